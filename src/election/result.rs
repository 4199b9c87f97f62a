//! The result: the opened ballots counted by the rules of the definition. It is
//! computed whenever it is shown, from the stored ballots, never kept.

use serde::Serialize;
use sqlx::PgConnection;
use tally::{Outcome, Profile, Rank, Rules, formats::json::Recount, sensitivity::Sensitivity};

use super::{Candidate, Election, box_store, store};
use crate::eligibility;

/// Fewest ballots below which a matrix would tell how somebody voted.
pub const FEWEST_FOR_MATRIX: u64 = 20;

/// An election's outcome with what is needed to read it.
#[derive(Clone, Debug)]
pub struct ElectionResult {
    /// On the ballot, in the order of the definition.
    pub candidates: Vec<Candidate>,
    /// Their names and the ballots, those without an opinion included.
    pub counted: tally::Election,
    pub outcome: Outcome,
    /// Ballots that rank nobody: they count for turnout alone.
    pub blank: u64,
    /// Who might have voted.
    pub eligible: u64,
}

/// What is told of an election so small that its matrix is withheld.
#[derive(Serialize)]
struct SeatsOnly<'a> {
    candidates: &'a [String],
    ballots: u64,
    ranking: Vec<Vec<&'a str>>,
    winners: Vec<&'a str>,
    tie_at_seat_line: Vec<&'a str>,
    withheld: &'static str,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    #[error("the ballots of this election have not been counted yet")]
    NotCounted,
    #[error("a stored ballot cannot be counted: {0}")]
    Ballot(#[from] tally::BallotError),
    #[error("the ballots cannot be counted by this election's rules: {0}")]
    Refused(#[from] tally::methods::Refusal),
    #[error("the stored rule cannot be read: {0}")]
    Rule(#[from] tally::UnknownRule),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl ElectionResult {
    /// The names on the ballot, in the order of the definition.
    pub fn names(&self) -> &[String] {
        &self.counted.candidates
    }

    /// Ballots counted, those without an opinion included.
    pub fn ballots(&self) -> u64 {
        self.counted.profile.ballots()
    }

    /// Whether so few voted that the matrix would tell how.
    pub fn is_small(&self) -> bool {
        self.ballots() < FEWEST_FOR_MATRIX
    }

    /// Whether another count would have seated others, and how few more ballots would have; takes up
    /// to a second. Of a small election nothing, for it would tell how somebody voted.
    pub fn sensitivity(&self) -> Option<Sensitivity> {
        (!self.is_small()).then(|| Sensitivity::of(&self.counted.profile, &self.outcome))
    }

    /// The result in the shape of `hustings recount --json`; of a small election
    /// order and seats only.
    pub fn json(&self) -> serde_json::Result<String> {
        let all = Recount::new(&self.counted, &self.outcome);
        if !self.is_small() {
            return serde_json::to_string(&all);
        }
        serde_json::to_string(&SeatsOnly {
            candidates: all.candidates,
            ballots: all.ballots,
            ranking: all.ranking,
            winners: all.winners,
            tie_at_seat_line: all.tie_at_seat_line,
            withheld: "the matrix: fewer than 20 ballots would tell how somebody voted",
        })
    }
}

/// Counts the ballots of an election that has closed.
pub async fn count(db: &mut PgConnection, election: &Election) -> Result<ElectionResult, ResultError> {
    if election.closed_at.is_none() {
        return Err(ResultError::NotCounted);
    }
    let id = election.election_id;
    let candidates = store::candidates(db, id).await?;
    let (profile, blank) = profile(candidates.len(), &box_store::counted(db, id).await?)?;
    let rules = rules(election)?;
    let (eligible, _) = eligibility::size(db, id).await?;
    Ok(ElectionResult {
        outcome: tally::count(&profile, &rules)?,
        counted: tally::Election { candidates: candidates.iter().map(|c| c.name.clone()).collect(), profile },
        blank,
        eligible: u64::try_from(eligible).unwrap_or(0),
        candidates,
    })
}

/// The rules an election is counted by.
pub fn rules(election: &Election) -> Result<Rules, tally::UnknownRule> {
    Ok(Rules {
        method: election.method.parse()?,
        order: election.seat_order.parse()?,
        strength: election.strength.parse()?,
        seats: usize::try_from(election.seats).unwrap_or(0),
        ..Rules::new(election.blank.parse()?)
    })
}

fn profile(candidates: usize, rows: &[(Vec<i16>, i32)]) -> Result<(Profile, u64), tally::BallotError> {
    let mut profile = Profile::new(candidates)?;
    let mut blank = 0;
    for (ranks, n) in rows {
        let n = u64::try_from(*n).unwrap_or(0);
        let ranks: Vec<Option<Rank>> = ranks.iter().map(|r| u32::try_from(*r).ok().and_then(Rank::new)).collect();
        blank += if ranks.iter().all(Option::is_none) { n } else { 0 };
        profile.push(&ranks, n)?;
    }
    Ok((profile, blank))
}
