//! GH Archive: one gzip file of events an hour, since 2011. Hours are read by
//! several threads and written by as many connections, each hour in a
//! transaction of its own together with its row of the ledger.

mod address;
mod batch;
mod bot_type;
mod envelope;
mod fetch;
#[cfg(test)]
mod fuzz;
mod legacy;
mod lines;
mod part;
mod payload;
mod progress;
mod read;
mod run;
mod scope;
mod sources;
mod spool;
mod sums;

pub use address::{PUBLIC, Template, TemplateError};
pub(super) use batch::take_event;
pub use batch::{Batch, Counts};
pub(super) use envelope::{Envelope, LineError, second, storable};
pub use fetch::{FetchError, Fetched, Fetcher, Patience};
pub use lines::Limits;
pub(super) use payload::{read as read_payload, small};
pub use progress::{HourReport, Outcome, Progress, Quiet, Report};
pub use read::{HourError, count_events, read_hour};
pub use run::{IngestError, Options, ingest};
pub(in crate::ingest) use run::{Origin, READER};
pub use scope::Scope;
pub use sources::{HourFile, Place, SourceError, Sources};
pub use spool::{SpoolError, spool};
