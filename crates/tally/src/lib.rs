//! The counting room of Hustings: ranked ballots in, an outcome with its reasons out.
//!
//! Pure functions over integers; nothing here reads a clock, a file or a random number, so that
//! everyone who has the ballots can count them again and find the same.
//!
//! ```
//! use tally::{BlankRule, Rules, formats::csv};
//!
//! let election = csv::read(b"#count,Ada,Ben,Cy\n120,1,2,-\n88,2,1,-\n").unwrap();
//! let outcome = tally::count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
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
//! - [`methods`] put all candidates in order, one file for each [`Method`], leaving ties as ties
//!   or breaking them by a [`TieOrder`], which a [`seed`] of public values gives;
//! - [`count`] puts these together, by [`Rules`], into an [`Outcome`] with [`Seats`];
//! - [`seating`] fills a body whose members of one employer are capped, and its vacancies;
//! - [`default_option`] asks for a quorum and majorities first;
//! - [`limits`] applies both to a count;
//! - [`explain`] says it in words;
//! - [`sensitivity`] says how firmly it stands;
//! - [`formats`] reads ballots and writes results.

mod ballot;
mod outcome;
mod pairwise;
mod profile;
mod rules;
mod ties;

pub mod default_option;
pub mod explain;
pub mod formats;
pub mod limits;
pub mod methods;
pub mod seating;
pub mod seed;
pub mod sensitivity;
pub mod sets;

pub use ballot::{BallotError, Candidate, Election, MAX_CANDIDATES, MAX_ENTRIES, Rank};
pub use explain::Reason;
pub use outcome::{Outcome, SeatTie, Seats, count};
pub use pairwise::{Duel, Matrix};
pub use profile::Profile;
pub use rules::{BlankRule, Method, Rules, SeatOrder, Strength, UnknownRule};
pub use ties::TieOrder;
