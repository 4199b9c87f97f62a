//! Plurality: the most first places. A baseline, not a recommendation.

use super::{Refusal, preferences::Preferences, scores::Scores};
use crate::profile::Profile;

/// Counts the first places of each candidate, in votes; what a blank means does not matter.
///
/// Those who share a first place share the vote equally. A ballot that ranks nobody gives none.
///
/// ```
/// use tally::{Profile, Rank, methods::plurality};
///
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(4), Rank::new(9), None], 2)?;
/// let scores = plurality::scores(&profile)?;
/// assert_eq!((scores.numerators, scores.denominator), (vec![2, 0, 0], 1));
///
/// // One more ballot shares its first place: two and a half votes, a half, and none.
/// profile.push(&[Rank::new(1), Rank::new(1), Rank::new(2)], 1)?;
/// let scores = plurality::scores(&profile)?;
/// assert_eq!((scores.numerators, scores.denominator), (vec![5, 1, 0], 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Refusal::TooManyShares`], which takes more than 46 candidates.
pub fn scores(profile: &Profile) -> Result<Scores, Refusal> {
    let everyone = vec![true; profile.candidates()];
    Ok(Preferences::of(profile).first_places(&everyone)?.votes)
}
