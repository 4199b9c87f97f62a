//! What several topics share.

pub mod data;
pub mod example;
pub mod orders;
pub mod polls;
