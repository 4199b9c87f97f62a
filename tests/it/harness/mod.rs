//! What flows share.

pub mod archive;
pub mod shared;
