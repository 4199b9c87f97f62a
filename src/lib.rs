//! Temporary map for the branch `web`: only the rooms that exist here. The real
//! one comes from main.

rust_i18n::i18n!("locales", fallback = "en");

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod ingest;
pub mod people;
pub mod stats;
pub mod web;

/// The schema: forward-only, embedded in the binary.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
