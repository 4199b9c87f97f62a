//! The life of an election as one function of its instants and the clock. Pages,
//! guards and background work all ask it; nothing stores a phase.

use chrono::{DateTime, Utc};

use super::Election;

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Seen by officers only.
    Draft,
    /// Public; nominations have not begun.
    Announced,
    /// Nominations are open.
    Nominating,
    /// Between nominations and voting, or waiting for the officers to freeze it.
    Waiting,
    Voting,
    /// No more ballots; being counted or certified.
    Closed,
    Certified,
    Published,
    Archived,
    Cancelled,
}

impl Phase {
    /// A stable name, also the key of its text in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Announced => "announced",
            Self::Nominating => "nominating",
            Self::Waiting => "waiting",
            Self::Voting => "voting",
            Self::Closed => "closed",
            Self::Certified => "certified",
            Self::Published => "published",
            Self::Archived => "archived",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether visitors may see the election.
    pub fn is_public(self) -> bool {
        self != Self::Draft
    }

    /// Whether visitors may see the result.
    pub fn shows_result(self) -> bool {
        matches!(self, Self::Published | Self::Archived)
    }
}

impl Election {
    /// The phase at an instant. Every interval holds its beginning and not its end.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        let since = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
        if since(self.cancelled_at) {
            Phase::Cancelled
        } else if since(self.archived_at) {
            Phase::Archived
        } else if since(self.published_at) {
            Phase::Published
        } else if since(self.certified_at) {
            Phase::Certified
        } else if self.frozen_at.is_some() && self.opens_at <= now {
            if now < self.closes_at && self.close_step.is_none() { Phase::Voting } else { Phase::Closed }
        } else if !since(self.announced_at) {
            Phase::Draft
        } else if since(self.nominations_close_at) || self.opens_at <= now {
            Phase::Waiting
        } else if since(self.nominations_open_at) {
            Phase::Nominating
        } else if self.nominations_open_at.is_none() {
            Phase::Waiting
        } else {
            Phase::Announced
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    fn day(n: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 9, 1, 12, 0, 0).unwrap() + TimeDelta::days(n)
    }

    fn election() -> Election {
        Election {
            election_id: 1,
            slug: "s".into(),
            title: "T".into(),
            organisation: "O".into(),
            description: String::new(),
            seats: 1,
            method: "schulze".into(),
            seat_order: "tiers".into(),
            strength: "winning-votes".into(),
            blank: "no-opinion".into(),
            rule: String::new(),
            nominations_open_at: Some(day(10)),
            nominations_close_at: Some(day(20)),
            opens_at: day(25),
            closes_at: day(40),
            announced_at: Some(day(0)),
            frozen_at: Some(day(22)),
            definition: None,
            definition_sha256: None,
            seal_public: None,
            roll_sha256: None,
            close_step: None,
            closed_at: None,
            certified_at: None,
            published_at: None,
            archived_at: None,
            cancelled_at: None,
        }
    }

    #[test]
    fn each_deadline_holds_to_the_second() {
        let second = TimeDelta::seconds(1);
        let election = election();
        for (at, before, after) in [
            (day(0), Phase::Draft, Phase::Announced),
            (day(10), Phase::Announced, Phase::Nominating),
            (day(20), Phase::Nominating, Phase::Waiting),
            (day(25), Phase::Waiting, Phase::Voting),
            (day(40), Phase::Voting, Phase::Closed),
        ] {
            assert_eq!(election.phase(at - second), before, "a second before {at}");
            assert_eq!(election.phase(at), after, "at {at}");
        }
    }

    #[test]
    fn an_election_that_nobody_froze_never_opens() {
        let election = Election { frozen_at: None, ..election() };
        assert_eq!(election.phase(day(30)), Phase::Waiting);
        assert_eq!(election.phase(day(50)), Phase::Waiting);
    }

    #[test]
    fn a_cancelled_election_stays_cancelled() {
        let election = Election { cancelled_at: Some(day(26)), ..election() };
        assert_eq!(election.phase(day(25)), Phase::Voting);
        assert_eq!(election.phase(day(41)), Phase::Cancelled);
    }
}
