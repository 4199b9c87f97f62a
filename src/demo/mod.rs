//! The demonstration's community: invented people, companies, repositories and two years of
//! activity, written as archive hours that the ordinary ingest reads.
//!
//! Everything generated follows from a seed and an end instant; it reads no clock, no
//! network and no database, and nothing pretends to be real ([`Community::NOTICE`]).
//!
//! [`community`] is what exists, [`population`] draws its people, [`rhythm`] says when they
//! act, [`activity`] lets them act in order of time, [`deeds`] is what they contribute,
//! [`chores`] adds bots, releases and stars, [`payload`] spells one event as GitHub does
//! (from [`shapes`]), [`archive`] writes the hours, and [`election`] draws
//! candidates and ballots for the demonstration's elections. [`populate`] alone is given an
//! app, and fills its database with all of it.

mod activity;
mod archive;
mod chores;
mod community;
mod deeds;
mod election;
mod names;
mod payload;
mod populate;
mod population;
mod rhythm;
mod shapes;
#[cfg(test)]
mod tests;

pub use archive::{Summary, write_hours};
pub use community::{Community, Group, Person, RepositoryRef, Scale, Span};
pub use election::{Ballot, Candidate, ballots, candidates};
pub use populate::{PASSWORD, Populated, populate};
