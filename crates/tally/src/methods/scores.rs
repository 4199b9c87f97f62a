//! Scores: what the methods that give each candidate a number have in common.

use std::cmp::Reverse;

use crate::ballot::Candidate;

/// An exact score for each candidate: fractions with one common denominator.
///
/// ```
/// use tally::{Candidate, methods::scores::Scores};
///
/// // One and a half, a half, and again one and a half.
/// let scores = Scores { numerators: vec![3, 1, 3], denominator: 2 };
/// assert_eq!(scores.tiers(), [vec![Candidate(0), Candidate(2)], vec![Candidate(1)]]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scores {
    /// `numerators[i] / denominator` is the score of [`Candidate`]`(i)`.
    pub numerators: Vec<u128>,
    /// Greater than zero. Not always the smallest one that serves.
    pub denominator: u128,
}

impl Scores {
    /// Returns all candidates in tiers of the same score, the greatest first, each tier in order.
    ///
    /// ```
    /// use tally::methods::scores::Scores;
    ///
    /// let nobody = Scores { numerators: vec![], denominator: 1 };
    /// assert!(nobody.tiers().is_empty());
    /// ```
    #[must_use]
    pub fn tiers(&self) -> Vec<Vec<Candidate>> {
        super::tiers_by(self.numerators.iter().map(Reverse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_score_comes_first_and_equal_ones_share_a_tier() {
        let scores = Scores { numerators: vec![0, 2, u128::MAX, 2], denominator: 1 };
        let order: Vec<Vec<usize>> = scores.tiers().iter().map(|tier| tier.iter().map(|i| i.0).collect()).collect();
        assert_eq!(order, [vec![2], vec![1, 3], vec![0]]);
    }
}
