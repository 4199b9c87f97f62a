//! The daily roll-ups belong to `stats`; `ingest` calls them in the
//! transaction that adds the facts, or the hour, so that they never disagree.

pub use super::store::{Moved, add_to_rollup, count_days, move_in_rollup};
