//! Ballots and results as files. With [`crate::seed`] the only part of the crate that may use
//! others' crates.

pub mod csv;
pub mod json;
pub mod report;
