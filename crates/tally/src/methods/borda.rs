//! Borda's count: a point for everyone a ballot ranks below. A baseline, not a recommendation.
//!
//! Jean-Charles de Borda, "Mémoire sur les élections au scrutin" (1784). Of several candidates a
//! ballot gives the best one n − 1 points and the last one none; those level share the points of
//! their places equally, which comes to half a point for each other one of them.

use super::preferences::{Preference, Preferences};
use super::scores::Scores;
use crate::profile::Profile;
use crate::rules::BlankRule;

/// Counts the points of each candidate, in halves.
///
/// Where blanks count as last, they are level below everyone else and share the last places.
/// Where they are no opinion, they give and get nothing: a ballot counts as one for the candidates
/// it ranks. A ballot that ranks nobody gives nothing by either rule.
///
/// ```
/// use tally::{BlankRule, Profile, Rank, methods::borda};
///
/// let mut profile = Profile::new(4)?;
/// profile.push(&[Rank::new(1), Rank::new(2), None, None], 1)?;
/// let halves = |blank| borda::scores(&profile, blank).numerators;
/// assert_eq!(halves(BlankRule::Last), [6, 4, 1, 1]);
/// assert_eq!(halves(BlankRule::NoOpinion), [2, 0, 0, 0]);
/// # Ok::<(), tally::BallotError>(())
/// ```
#[must_use]
pub fn scores(profile: &Profile, blank: BlankRule) -> Scores {
    let mut numerators = vec![0; profile.candidates()];
    for ballot in &Preferences::of(profile).ballots {
        add(&mut numerators, ballot, blank);
    }
    Scores { numerators, denominator: 2 }
}

/// Adds the half points of one ballot, tier by tier from the top.
fn add(halves: &mut [u128], ballot: &Preference, blank: BlankRule) {
    let ranked = ballot.places().count();
    let blanks = if blank == BlankRule::Last { halves.len() - ranked } else { 0 };
    let times = |points: usize| points as u128 * u128::from(ballot.count);
    // The ranked candidates get this too, and below the rest of what is theirs.
    let for_a_blank = blanks.saturating_sub(1);
    for halves in &mut *halves {
        *halves += times(for_a_blank);
    }
    let mut below = ranked + blanks;
    for tier in ballot.tiers() {
        let level = tier.clone().count();
        below -= level;
        let points = 2 * below + level - 1;
        tier.for_each(|candidate| halves[candidate.0] += times(points - for_a_blank));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;

    fn halves(numbers: &[u32], count: u64, blank: BlankRule) -> Vec<u128> {
        let mut profile = Profile::new(numbers.len()).unwrap();
        let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
        profile.push(&ranks, count).unwrap();
        scores(&profile, blank).numerators
    }

    #[test]
    fn those_level_share_the_points_of_their_places() {
        assert_eq!(halves(&[1, 2, 2, 2, 3], 3, BlankRule::Last), [24, 12, 12, 12, 0]);
        assert_eq!(halves(&[7, 7], 1, BlankRule::NoOpinion), [1, 1]);
    }

    #[test]
    fn one_blank_has_nobody_to_share_the_last_place_with() {
        assert_eq!(halves(&[1, 0, 2], 1, BlankRule::Last), [4, 0, 2]);
        assert_eq!(halves(&[1, 0, 2], 1, BlankRule::NoOpinion), [2, 0, 0]);
    }

    #[test]
    fn a_ballot_that_ranks_nobody_gives_nothing() {
        assert_eq!(halves(&[0, 0, 0], 9, BlankRule::Last), [0, 0, 0]);
    }
}
