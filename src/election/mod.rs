//! The rules of an election: its phases, nominations, the ballot box, the close
//! and the result. Pages, commands and background work all call the functions
//! here, so that no rule is enforced in one place and forgotten in another.

pub mod ballot;
pub mod ballot_box;
mod box_store;
pub mod close;
pub mod definition;
pub mod freeze;
pub mod keys;
pub mod life;
pub mod nomination;
mod phase;
pub mod post;
pub mod result;
mod seal;
mod store;
mod turnout;

use chrono::{DateTime, Utc};

pub use phase::Phase;
pub use store::{
    Candidate, LogLine, Receipt, all, by_id, by_slug, candidate, candidates, log, nominees, receipt, turnout,
};
pub use turnout::{Turnout, shown_turnout};

/// An election, as stored.
#[derive(Clone, Debug)]
pub struct Election {
    pub election_id: i64,
    pub slug: String,
    pub title: String,
    pub organisation: String,
    pub description: String,
    pub seats: i16,
    pub method: String,
    /// How the relation of Schulze's method becomes an order.
    pub seat_order: String,
    pub strength: String,
    pub blank: String,
    /// The eligibility rule as TOML; empty when the roll is imported.
    pub rule: String,
    pub nominations_open_at: Option<DateTime<Utc>>,
    pub nominations_close_at: Option<DateTime<Utc>>,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub announced_at: Option<DateTime<Utc>>,
    pub frozen_at: Option<DateTime<Utc>>,
    pub definition: Option<String>,
    pub definition_sha256: Option<Vec<u8>>,
    pub seal_public: Option<Vec<u8>>,
    pub roll_sha256: Option<Vec<u8>>,
    pub close_step: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub certified_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub archived_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl Election {
    /// The first 16 hex digits of the frozen definition's SHA-256, as pages and mails show it.
    pub fn definition_short(&self) -> Option<String> {
        self.definition_sha256.as_ref().map(|h| hex::encode(&h[..8.min(h.len())]))
    }

    /// What a blank means to the count.
    pub fn blank_rule(&self) -> tally::BlankRule {
        if self.blank == "last" { tally::BlankRule::Last } else { tally::BlankRule::NoOpinion }
    }
}

/// There is no election of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no election {0:?}; `hustings election list` names those there are")]
pub struct NoElection(pub String);
