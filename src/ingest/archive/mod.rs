//! GH Archive: one gzip file of events an hour, since 2011. Hours are read by
//! several threads and written by as many connections, each hour in a
//! transaction of its own together with its row of the ledger.

mod batch;
mod envelope;
mod legacy;
mod lines;
mod payload;
mod progress;
mod read;
mod run;
mod scope;
mod sources;

pub use batch::{Batch, Counts};
pub use lines::Limits;
pub use progress::{HourReport, Outcome, Progress, Quiet, Report};
pub use read::{HourError, count_events, read_hour};
pub use run::{IngestError, Options, ingest};
pub use scope::Scope;
pub use sources::{HourFile, SourceError, Sources};
