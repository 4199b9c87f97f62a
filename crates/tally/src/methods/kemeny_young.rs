//! The Kemeny–Young method: the order that agrees most with the ballots.
//!
//! John G. Kemeny, "Mathematics without numbers", Daedalus 88 (1959), and H. P. Young and A.
//! Levenglick, "A consistent extension of Condorcet's election principle", SIAM Journal on Applied
//! Mathematics 35 (1978). An order agrees with a ballot once for each pair that both put the same
//! way around, so its agreement is the sum of `M[i][j]` over all pairs with `i` above `j`.

use super::Refusal;
use crate::ballot::Candidate;
use crate::pairwise::Matrix;
use crate::rules::Method;

/// The most candidates that are counted by this method: 18.
///
/// Time and memory double with each candidate: 2¹⁸ sets take 4 MiB.
pub const MOST: usize = 18;

/// What all orders of the greatest agreement have in common.
///
/// ```
/// use tally::{Candidate, Matrix, methods::kemeny_young::KemenyYoung};
///
/// let [a, b, c] = [0, 1, 2].map(Candidate);
/// let cycle = KemenyYoung::count(&Matrix::from([[0, 7, 4], [2, 0, 6], [5, 3, 0]]))?;
/// assert_eq!((cycle.tiers(), cycle.agreement()), (vec![vec![a], vec![b], vec![c]], 17));
///
/// // Two orders agree as much: b stands first in both, and a and c are level.
/// let tied = KemenyYoung::count(&Matrix::from([[0, 2, 4], [7, 0, 6], [4, 3, 0]]))?;
/// assert_eq!(tied.tiers(), [vec![b], vec![a, c]]);
/// # Ok::<(), tally::methods::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct KemenyYoung {
    agreement: u128,
    /// For each candidate the set of those below it in some order of the greatest agreement.
    below: Vec<usize>,
}

impl KemenyYoung {
    /// Finds the greatest agreement, in O(2ⁿ · n²) for `n` candidates.
    ///
    /// No order is listed: an order is a way from nobody to everyone that adds one candidate at a
    /// time, and the sets on a best way are found backwards from everyone.
    ///
    /// # Errors
    ///
    /// With more than [`MOST`] candidates.
    ///
    /// ```
    /// use tally::{Matrix, methods::kemeny_young::KemenyYoung};
    ///
    /// let error = KemenyYoung::count(&Matrix::from([[0; 19]; 19])).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`kemeny-young` counts at most 18 candidates, found 19: choose another method, or hold \
    ///      the election among fewer"
    /// );
    /// ```
    pub fn count(matrix: &Matrix) -> Result<Self, Refusal> {
        let candidates = matrix.candidates().count();
        if candidates > MOST {
            return Err(Refusal::TooManyCandidates { method: Method::KemenyYoung, found: candidates, most: MOST });
        }
        let best = best_tops(matrix, candidates);
        let everyone = best.len() - 1;
        let mut on_a_best_way = vec![false; best.len()];
        on_a_best_way[everyone] = true;
        let mut below = vec![0; candidates];
        for top in (1..=everyone).rev() {
            if on_a_best_way[top] {
                for last in members(top) {
                    let rest = top & !(1 << last);
                    on_a_best_way[rest] |= best[rest] + votes_above(matrix, rest, last) == best[top];
                    below[last] |= everyone & !top;
                }
            }
        }
        Ok(Self { agreement: best[everyone], below })
    }

    /// Returns the greatest agreement: the ballots that put a pair the same way around, summed over
    /// all pairs.
    ///
    /// ```
    /// use tally::{Matrix, methods::kemeny_young::KemenyYoung};
    ///
    /// assert_eq!(KemenyYoung::count(&Matrix::from([[0, 3], [2, 0]]))?.agreement(), 3);
    /// assert_eq!(KemenyYoung::count(&Matrix::from([[0]]))?.agreement(), 0);
    /// # Ok::<(), tally::methods::Refusal>(())
    /// ```
    #[must_use]
    pub const fn agreement(&self) -> u128 {
        self.agreement
    }

    /// Says whether `a` stands above `b` in every order of the greatest agreement.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, methods::kemeny_young::KemenyYoung};
    ///
    /// let [a, b] = [0, 1].map(Candidate);
    /// assert!(KemenyYoung::count(&Matrix::from([[0, 3], [2, 0]]))?.above(a, b));
    /// assert!(!KemenyYoung::count(&Matrix::from([[0, 3], [3, 0]]))?.above(a, b));
    /// # Ok::<(), tally::methods::Refusal>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of the election.
    #[must_use]
    pub fn above(&self, a: Candidate, b: Candidate) -> bool {
        assert!(a.0 < self.below.len(), "no candidate {}", a.0);
        a != b && !members(self.below[b.0]).any(|other| other == a.0)
    }

    /// Returns all candidates in tiers, best first, each tier in order.
    ///
    /// A tier is everyone above whom nobody left stands in every order of the greatest agreement.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, methods::kemeny_young::KemenyYoung};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let cycle = KemenyYoung::count(&Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]))?;
    /// assert_eq!(cycle.tiers(), [[a, b, c]], "three orders agree as much");
    /// # Ok::<(), tally::methods::Refusal>(())
    /// ```
    #[must_use]
    pub fn tiers(&self) -> Vec<Vec<Candidate>> {
        super::tiers_of(self.below.len(), |left| super::unbeaten(left, |i, j| self.above(i, j)))
    }
}

/// The greatest agreement within each set of candidates; a set is a number with a bit for each.
fn best_tops(matrix: &Matrix, candidates: usize) -> Vec<u128> {
    let mut best = vec![0; 1 << candidates];
    for top in 1..best.len() {
        let ways = members(top).map(|last| {
            let rest = top & !(1 << last);
            best[rest] + votes_above(matrix, rest, last)
        });
        best[top] = ways.max().unwrap_or_default();
    }
    best
}

/// The ballots that rank the members of a set above a candidate, summed over the members.
fn votes_above(matrix: &Matrix, set: usize, candidate: usize) -> u128 {
    members(set).map(|member| u128::from(matrix.above(Candidate(member), Candidate(candidate)))).sum()
}

fn members(set: usize) -> impl Iterator<Item = usize> {
    (0..MOST).filter(move |candidate| set >> candidate & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(matrix: impl Into<Matrix>) -> Vec<Vec<usize>> {
        let tiers = KemenyYoung::count(&matrix.into()).unwrap().tiers();
        tiers.iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    #[test]
    fn one_candidate_agrees_with_everyone() {
        let alone = KemenyYoung::count(&[[0]].into()).unwrap();
        assert_eq!((alone.agreement(), order([[0]])), (0, vec![vec![0]]));
    }

    #[test]
    fn the_weakest_victory_of_a_cycle_is_turned_around() {
        assert_eq!(order([[0, 7, 4], [2, 0, 6], [5, 3, 0]]), [[0], [1], [2]]);
        assert_eq!(order([[0, 5, 2], [4, 0, 6], [7, 3, 0]]), [[1], [2], [0]]);
    }

    #[test]
    fn a_cycle_of_equal_victories_is_level() {
        assert_eq!(order([[0, 7, 4], [4, 0, 7], [7, 4, 0]]), [[0, 1, 2]]);
    }

    #[test]
    fn one_more_than_can_be_counted_is_refused_with_what_to_do() {
        let refusal = KemenyYoung::count(&[[0; MOST + 1]; MOST + 1].into()).unwrap_err();
        assert_eq!(refusal, Refusal::TooManyCandidates { method: Method::KemenyYoung, found: 19, most: 18 });
        let sentence = "`kemeny-young` counts at most 18 candidates, found 19: choose another method, \
                        or hold the election among fewer";
        assert_eq!(refusal.to_string(), sentence);
    }

    #[test]
    #[should_panic(expected = "no candidate 2")]
    fn strangers_are_refused() {
        let _ = KemenyYoung::count(&[[0, 1], [2, 0]].into()).unwrap().above(Candidate(2), Candidate(0));
    }

    #[test]
    fn as_many_as_can_be_counted_are() {
        let mut rows = [[0; MOST]; MOST];
        rows.iter_mut().enumerate().for_each(|(i, row)| row[..i].fill(u64::MAX));
        let count = KemenyYoung::count(&rows.into()).unwrap();
        assert_eq!(count.agreement(), 153 * u128::from(u64::MAX));
        assert!(count.tiers().concat().into_iter().eq((0..MOST).rev().map(Candidate)));
    }
}
