//! Hustings: elections for open-source communities, and who contributes to them.
//!
//! One binary, one `PostgreSQL`. This page is the map of the house; each room's
//! own documentation says what belongs there. A room may import only what stands
//! to its left (`tests/it/architecture.rs` holds the arrow):
//!
//! ```text
//! {clock, config, random} ← db ← jobs ← mail ← people ← auth ← stats ← ingest ← eligibility
//!   ← election ← app ← {web, worker} ← demo ← cli ← main
//! ```
//!
//! The counting itself is the pure crate `tally`, which imports nothing of ours;
//! the crate `github` is octocrab behind our own types, and only `ingest` asks it.

rust_i18n::i18n!("locales", fallback = "en");

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod election;
pub mod eligibility;
pub mod ingest;
pub mod jobs;
pub mod mail;
pub mod people;
pub mod random;
pub mod stats;
pub mod web;
pub mod worker;

/// The schema: forward-only, embedded in the binary.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
