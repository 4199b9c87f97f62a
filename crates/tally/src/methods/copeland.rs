//! Copeland's method: one point for each duel won, half a point for each duel tied.
//!
//! A. H. Copeland, "A reasonable social welfare function", University of Michigan seminar on the
//! applications of mathematics to the social sciences (1951), in the form with 1, ½ and 0.

use std::cmp::Ordering;

use super::scores::Scores;
use crate::ballot::Candidate;
use crate::pairwise::Matrix;

/// Scores each candidate: 1 for a duel won, ½ for a tie, 0 for a defeat.
///
/// The scores are in halves, so that a tie stays an integer: their denominator is 2.
///
/// ```
/// use tally::{Candidate, Matrix, methods::copeland};
///
/// let scores = copeland::scores(&Matrix::from([[0, 7, 5], [3, 0, 5], [5, 5, 0]]));
/// assert_eq!((scores.numerators.clone(), scores.denominator), (vec![3, 1, 2], 2));
///
/// // A cycle of three is level whatever its victories are worth: Copeland does not weigh them.
/// let cycle = copeland::scores(&Matrix::from([[0, 9, 1], [1, 0, 6], [7, 4, 0]]));
/// assert_eq!(cycle.tiers(), [[0, 1, 2].map(Candidate)]);
/// ```
#[must_use]
pub fn scores(matrix: &Matrix) -> Scores {
    let halves = |i: Candidate, j: Candidate| match matrix.above(i, j).cmp(&matrix.above(j, i)) {
        Ordering::Greater => 2,
        Ordering::Equal => 1,
        Ordering::Less => 0,
    };
    let score = |i| matrix.candidates().filter(|j| *j != i).map(|j| halves(i, j)).sum();
    Scores { numerators: matrix.candidates().map(score).collect(), denominator: 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_is_no_duel() {
        assert_eq!(scores(&Matrix::from([[9]])).numerators, [0]);
        assert_eq!(scores(&Matrix::from([[0; 4]; 4])).numerators, [3; 4]);
    }
}
