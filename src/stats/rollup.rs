//! The daily roll-up belongs to `stats`; `ingest` calls it in the transaction
//! that adds the facts, so that the two never disagree.

pub use super::store::{Moved, add_to_rollup, move_in_rollup};
