//! Elections from beginning to end.

mod ballot_box;
mod linkability;
mod replay;
