//! Sources to facts. A source only adds facts, each with its natural key, so the
//! same fact from two sources is one row and the order of arrival never matters.
//! The ledger says what was read and what was wrong with it; nothing is dropped
//! silently. Reading what was gathered belongs in `stats`.

pub mod api;
pub mod archive;
pub mod fact;
mod gathering;
pub mod git;
pub mod heal;
mod intake;
pub mod queue;
mod sightings;
mod store;
pub mod webhook;
mod write;

pub use archive::{Options, Progress, Report, Scope, Sources, ingest};
pub use fact::Fact;
pub use gathering::{Gathered, Gathering};
pub use heal::{HealError, Healed, Wanted, heal};
pub use intake::Intake;
pub use write::Writer;
