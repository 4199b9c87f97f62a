//! GitHub's API: everything a repository has, page by page. The cursor of each
//! stream is in the database and committed with the facts of its page, so a run
//! that is killed, or paused by a limit, goes on where it was.

mod commits;
mod items;
mod number;
mod reviews;
mod run;
pub(super) mod store;
mod stream;
mod subject;
mod world;

pub use github::{AppKey, Cause, Credential, Error as GitHubError, GitHub, Pause, Resource, Settings, World};
pub use number::{Told, numbers};
pub use run::{ApiError, Heard, Report, connect, ingest};
pub use store::{Cursor, Limits, cursors, limits, note_whole, unread_size};
pub use stream::Stream;
pub use subject::{Subject, SubjectError};
pub use world::Surroundings;
