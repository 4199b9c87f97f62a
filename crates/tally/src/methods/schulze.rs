//! Schulze's method: whoever has the stronger path of victories stands higher.
//!
//! Markus Schulze, "A new monotonic, clone-independent, reversal symmetric, and
//! Condorcet-consistent single-winner election method", Social Choice and Welfare 36 (2011),
//! section 2.2 and the algorithm of section 2.3.1.

use std::{cmp::Ordering, iter};

use crate::ballot::Candidate;
use crate::pairwise::{Duel, Matrix};
use crate::rules::Strength;

/// The strongest path from each candidate to each other one.
///
/// A path goes from candidate to candidate over victories and is as strong as the weakest of
/// them. `P[i][j]` is the strength of the strongest path from `i` to `j`, none where there is no
/// path; `i` stands above `j` if and only if `P[i][j] > P[j][i]`, which is transitive.
///
/// ```
/// use tally::{Candidate, Matrix, Strength, methods::schulze::Paths};
///
/// let [a, b, c] = [0, 1, 2].map(Candidate);
/// let cycle = Matrix::from([[0, 89, 81], [84, 0, 91], [88, 86, 0]]);
/// let paths = Paths::strongest(&cycle, Strength::WinningVotes);
/// assert_eq!(paths.path(a, c), Some(vec![a, b, c]));
/// assert!(paths.above(a, c));
///
/// let tied = Paths::strongest(&Matrix::from([[0, 9], [9, 0]]), Strength::WinningVotes);
/// assert_eq!(tied.path(a, b), None);
/// ```
#[derive(Clone, Debug)]
pub struct Paths {
    /// How strong the victory of `i` over `j` is among all victories, weakest 1; 0 is none.
    victories: Vec<Vec<u32>>,
    /// The same for the strongest path from `i` to `j`.
    paths: Vec<Vec<u32>>,
}

impl Paths {
    /// Finds the strongest paths of a matrix, in O(candidates³).
    #[must_use]
    pub fn strongest(matrix: &Matrix, strength: Strength) -> Self {
        let victories = levels(matrix, strength);
        Self { paths: widest(victories.clone()), victories }
    }

    /// Says whether `a` stands above `b`: its strongest path is stronger than the one back.
    #[must_use]
    pub fn above(&self, a: Candidate, b: Candidate) -> bool {
        self.paths[a.0][b.0] > self.paths[b.0][a.0]
    }

    /// Returns a strongest path with both its ends, one with the fewest steps, if there is any.
    #[must_use]
    pub fn path(&self, from: Candidate, to: Candidate) -> Option<Vec<Candidate>> {
        let least = self.paths[from.0][to.0].max(1);
        let step = |i: Candidate, j: Candidate| self.victories[i.0][j.0] >= least;
        super::shortest_path(self.paths.len(), (from, to), step)
    }

    /// Returns all candidates in tiers, best first, each tier in order.
    ///
    /// A tier is everyone above whom nobody stands among those left when the tiers before it are
    /// taken away.
    #[must_use]
    pub fn tiers(&self) -> Vec<Vec<Candidate>> {
        super::tiers_of(self.paths.len(), |left| super::unbeaten(left, |i, j| self.above(i, j)))
    }

    /// Returns all candidates by how many stand above them, fewest first, as Elekto orders them.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::schulze::Paths};
    ///
    /// // 0 stands above 1, and 2 is level with both.
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let paths = Paths::strongest(&[[0, 5, 0], [4, 0, 0], [0, 0, 0]].into(), Strength::Margins);
    /// assert_eq!(paths.by_defeats(), [vec![a, c], vec![b]]);
    /// // The tiers are the same here; they differ where those left are level among themselves.
    /// assert_eq!(paths.tiers(), [vec![a, c], vec![b]]);
    /// ```
    #[must_use]
    pub fn by_defeats(&self) -> Vec<Vec<Candidate>> {
        let all = (0..self.paths.len()).map(Candidate);
        let defeats = |i: Candidate| all.clone().filter(|j| self.above(*j, i)).count();
        super::tiers_by(all.clone().map(defeats))
    }
}

/// The strongest paths over victories that are numbered by strength, in O(candidates³).
pub(crate) fn widest(mut paths: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    for k in 0..paths.len() {
        let onward = paths[k].clone();
        for row in &mut paths {
            let to_k = row[k];
            for (path, &onward) in iter::zip(row, &onward) {
                *path = to_k.min(onward).max(*path);
            }
        }
    }
    paths
}

/// Numbers the victories by strength, weakest 1 and equally strong ones alike; 0 is no victory.
///
/// Paths need only compare strengths, so any order of them serves.
fn levels(matrix: &Matrix, strength: Strength) -> Vec<Vec<u32>> {
    let mut victories: Vec<Duel> = matrix.duels().filter(|duel| duel.winner().is_some()).collect();
    victories.sort_unstable_by(|a, b| strength.compare(a, b));
    let mut levels = vec![vec![0; matrix.candidates().count()]; matrix.candidates().count()];
    let mut level = 0;
    let mut weaker = None;
    for victory in &victories {
        if weaker.is_none_or(|weaker| strength.compare(weaker, victory) == Ordering::Less) {
            level += 1;
        }
        levels[victory.first.0][victory.second.0] = level;
        weaker = Some(victory);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Example 1 of the paper (section 3.1): 45 voters, five candidates.
    const EXAMPLE_1: [[u64; 5]; 5] =
        [[0, 20, 26, 30, 22], [25, 0, 16, 33, 18], [19, 29, 0, 17, 24], [15, 12, 28, 0, 14], [23, 27, 21, 31, 0]];

    fn order(matrix: &Matrix, strength: Strength) -> Vec<Vec<usize>> {
        let tiers = Paths::strongest(matrix, strength).tiers();
        tiers.iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    #[test]
    fn the_example_of_the_paper_gives_its_order() {
        let order = order(&EXAMPLE_1.into(), Strength::WinningVotes);
        assert_eq!(order, [[4], [0], [2], [1], [3]]);
    }

    #[test]
    fn the_example_of_the_paper_gives_its_paths() {
        let paths = Paths::strongest(&EXAMPLE_1.into(), Strength::WinningVotes);
        let path = paths.path(Candidate(0), Candidate(1)).unwrap();
        assert_eq!(path, [0, 3, 2, 1].map(Candidate));
        assert_eq!(paths.path(Candidate(0), Candidate(0)), None);
    }

    #[test]
    fn strengths_can_differ_in_who_wins() {
        // Whoever suffers the weakest of the three defeats wins the cycle.
        let cycle = Matrix::from([[0, 50, 31], [46, 0, 40], [32, 38, 0]]);
        assert_eq!(order(&cycle, Strength::WinningVotes), [[0], [1], [2]]);
        assert_eq!(order(&cycle, Strength::Margins), [[0], [1], [2]]);
        let cycle = Matrix::from([[0, 50, 31], [49, 0, 40], [35, 35, 0]]);
        assert_eq!(order(&cycle, Strength::WinningVotes), [[0], [1], [2]]);
        assert_eq!(order(&cycle, Strength::Margins), [[1], [2], [0]]);
    }

    #[test]
    fn equally_strong_victories_in_a_cycle_tie() {
        let cycle = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
        assert_eq!(order(&cycle, Strength::WinningVotes), [[0, 1, 2]]);
    }

    #[test]
    fn without_votes_all_tie() {
        assert_eq!(order(&Matrix::from([[0; 4]; 4]), Strength::Margins), [[0, 1, 2, 3]]);
    }
}
