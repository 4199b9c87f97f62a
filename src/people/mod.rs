//! Who someone is: a numeric GitHub id with the logins it was seen under, the
//! companies it worked for and when, and whether it is a bot. Logins are labels:
//! nothing here keys on one, but the stand-ins for people of before 2015, whose
//! numbers nobody wrote down. What people did belongs in `stats`.

pub mod acquisition;
pub mod affiliation;
pub mod alias;
pub mod bots;
pub mod claim;
pub mod domain;
#[cfg(test)]
pub(crate) mod fuzz;
pub mod gitdm;
pub mod import;
pub mod member;
pub mod owners;
pub mod store;

pub use affiliation::Affiliation;
pub use bots::Bots;
pub use import::Imported;
pub use store::{LoginSpan, Person};
