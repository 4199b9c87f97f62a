//! One binary: what must hold for every pile of ballots, and what others found for real ones.

mod common;

mod debian;
mod examples;
mod explain;
mod formats;
mod fuzz;
mod limits;
mod oracle;
mod pairwise_methods;
mod properties;
mod published;
mod rounds;
mod rounds_real;
mod seating;
mod ties;
