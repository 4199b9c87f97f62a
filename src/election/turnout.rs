//! How many have voted, as far as anyone may know: in steps of 25 while the poll
//! is open, exactly afterwards. A finer number would tell, to someone who watches
//! it and a voter, when that voter cast (SECRECY.md).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Election, Phase, store};

/// A turnout is shown in steps of so many while the poll is open.
const STEP: i64 = 25;

/// A turnout that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turnout {
    /// The poll has not opened.
    None,
    /// Fewer than the first step.
    Fewer(i64),
    /// So many steps are full.
    AtLeast(i64),
    /// No more ballots can come.
    Exactly(i64),
}

impl Turnout {
    fn of(ballots: i64, phase: Phase) -> Self {
        match phase {
            Phase::Draft | Phase::Announced | Phase::Nominating | Phase::Waiting => Self::None,
            Phase::Closed | Phase::Certified | Phase::Published | Phase::Archived => Self::Exactly(ballots),
            Phase::Voting | Phase::Cancelled if ballots < STEP => Self::Fewer(STEP),
            Phase::Voting | Phase::Cancelled => Self::AtLeast(ballots / STEP * STEP),
        }
    }
}

/// The turnout that may be shown at an instant, to anyone.
pub async fn shown_turnout(db: &mut PgConnection, election: &Election, now: DateTime<Utc>) -> sqlx::Result<Turnout> {
    Ok(Turnout::of(store::turnout(db, election.election_id).await?, election.phase(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ballot_more_changes_nothing_until_a_step_is_full() {
        let open = |n| Turnout::of(n, Phase::Voting);
        assert_eq!((open(0), open(24)), (Turnout::Fewer(25), Turnout::Fewer(25)));
        assert_eq!((open(25), open(49), open(50)), (Turnout::AtLeast(25), Turnout::AtLeast(25), Turnout::AtLeast(50)));
        assert_eq!(Turnout::of(49, Phase::Closed), Turnout::Exactly(49));
    }

    #[test]
    fn a_cancelled_poll_never_tells_more_than_it_did() {
        assert_eq!(Turnout::of(49, Phase::Cancelled), Turnout::AtLeast(25));
    }
}
