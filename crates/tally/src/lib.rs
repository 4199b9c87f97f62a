//! The counting room of Hustings: ranked ballots in, an outcome with its reasons out.
//!
//! Pure functions over integers; nothing here reads a clock, a file or a random number, so that
//! everyone who has the ballots can count them again and find the same.
//!
//! ```
//! use tally::{BlankRule, Rules, Strength, formats::csv};
//!
//! let election = csv::read(b"#count,Ada,Ben,Cy\n120,1,2,-\n88,2,1,-\n").unwrap();
//! let rules = Rules { blank: BlankRule::Last, strength: Strength::WinningVotes, seats: 1 };
//! let outcome = tally::count(&election.profile, &rules);
//!
//! let names = &election.candidates;
//! assert_eq!(outcome.seats.named(names).to_string(), "Ada is elected");
//! let duel = outcome.matrix.duels().next().unwrap();
//! assert_eq!(duel.named(names).to_string(), "Ada beats Ben 120–88");
//! ```
//!
//! Each module may use those before it:
//!
//! - [`Profile`] keeps ballots, made of [`Rank`]s for each [`Candidate`], ready to be counted;
//! - [`Matrix`] is who was ranked above whom, by a [`BlankRule`];
//! - [`sets`] finds the Condorcet winner and loser, the Smith and the Schwartz set;
//! - [`schulze`] ranks by the strongest paths, by a [`Strength`];
//! - [`count`] puts these together into an [`Outcome`] with [`Seats`];
//! - [`explain`] says it in words;
//! - [`formats`] reads ballots and writes results.

mod ballot;
mod outcome;
mod pairwise;
mod profile;
mod rules;

pub mod explain;
pub mod formats;
pub mod schulze;
pub mod sets;

pub use ballot::{BallotError, Candidate, Election, MAX_CANDIDATES, Rank};
pub use explain::Reason;
pub use outcome::{Outcome, Seats, count};
pub use pairwise::{Duel, Matrix};
pub use profile::Profile;
pub use rules::{BlankRule, Rules, Strength, UnknownRule};
