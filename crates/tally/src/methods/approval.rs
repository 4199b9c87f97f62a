//! Approval: the most ballots that rank a candidate, or rank it high enough. A baseline.

use super::{preferences::Preferences, scores::Scores};
use crate::ballot::Rank;
use crate::profile::Profile;

/// Counts the ballots that approve of each candidate; what a blank means does not matter.
///
/// A ballot approves of everyone it ranks, or of those down to `lowest`. Ranks are counted
/// without gaps: with `5, 9, 9, 12` on a ballot, rank 2 is the two nines.
///
/// ```
/// use tally::{Profile, Rank, methods::approval};
///
/// let mut profile = Profile::new(4)?;
/// profile.push(&[Rank::new(5), Rank::new(9), Rank::new(12), None], 3)?;
/// assert_eq!(approval::scores(&profile, None).numerators, [3, 3, 3, 0]);
/// assert_eq!(approval::scores(&profile, Rank::new(2)).numerators, [3, 3, 0, 0]);
/// # Ok::<(), tally::BallotError>(())
/// ```
#[must_use]
pub fn scores(profile: &Profile, lowest: Option<Rank>) -> Scores {
    let mut numerators = vec![0; profile.candidates()];
    for ballot in &Preferences::of(profile).ballots {
        let approves = |rank: u16| lowest.is_none_or(|lowest| u32::from(rank) <= lowest.get());
        for (_, candidate) in ballot.places().take_while(|(rank, _)| approves(*rank)) {
            numerators[candidate.0] += u128::from(ballot.count);
        }
    }
    Scores { numerators, denominator: 1 }
}
