//! git: the commits of a repository, from a folder, a bundle or an address. What a
//! commit says of people is a claim, made by whoever wrote it: names and addresses.
//! Its facts belong to stand-ins, and `people` says whose those are.

mod bundle;
pub(super) mod commit;
#[cfg(test)]
mod fuzz;
mod history;
mod mailmap;
mod mirror;
mod place;
mod run;
pub(super) mod store;
mod walk;
pub(super) mod who;

pub use history::GitError;
pub use place::{Place, PlaceError, Subject, SubjectError};
pub use run::{IngestError, Report, find, ingest};
