//! Minimax: whoever suffers the least in its worst duel stands higher.
//!
//! Paul B. Simpson, "On defining areas of voter choice: Professor Tullock on stable voting",
//! Quarterly Journal of Economics 83 (1969), and Gerald H. Kramer, "A dynamical model of political
//! equilibrium", Journal of Economic Theory 16 (1977). They define a winner; the order of all is
//! sequential: the winners are taken out and the method is applied again to those left.

use std::{cmp::Ordering, iter};

use crate::ballot::Candidate;
use crate::pairwise::{Duel, Matrix};
use crate::rules::Strength;

/// The order of minimax, and the worst duel of each candidate when its turn came.
///
/// ```
/// use tally::{Candidate, Matrix, Strength, methods::minimax::Minimax};
///
/// // 1 beats everyone; without it 0 is unbeaten, though its defeat by 1 was the worst of all.
/// let [a, b, c] = [0, 1, 2].map(Candidate);
/// let matrix = Matrix::from([[0, 1, 6], [9, 0, 7], [4, 3, 0]]);
/// let order = Minimax::by_defeats(&matrix, Strength::WinningVotes);
/// assert_eq!(order.tiers(), [vec![b], vec![a], vec![c]]);
/// assert_eq!(order.worst(a), None);
/// ```
#[derive(Clone, Debug)]
pub struct Minimax {
    tiers: Vec<Vec<Candidate>>,
    worst: Vec<Option<Duel>>,
}

impl Minimax {
    /// Orders by the strongest defeat; whoever has none stands first. In O(candidates² · log).
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::minimax::Minimax};
    ///
    /// // 0 loses 50–49, 1 loses 40–35 and 2 loses 35–31.
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let cycle = Matrix::from([[0, 49, 35], [50, 0, 35], [31, 40, 0]]);
    /// let first = |strength| Minimax::by_defeats(&cycle, strength).tiers()[0].clone();
    /// assert_eq!(first(Strength::WinningVotes), [c]);
    /// assert_eq!(first(Strength::Margins), [a]);
    ///
    /// // Equal defeats are a tie.
    /// let tied = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
    /// assert_eq!(Minimax::by_defeats(&tied, Strength::Margins).tiers(), [[a, b, c]]);
    /// ```
    #[must_use]
    pub fn by_defeats(matrix: &Matrix, strength: Strength) -> Self {
        Self::of(Defeats::new(matrix, |a, b| strength.compare(a, b)))
    }

    /// Orders by the greatest number of ballots that rank anyone above the candidate, whoever won
    /// that duel: pairwise opposition, which CIVS calls `minimax_wv`.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, methods::minimax::Minimax};
    ///
    /// // 2 loses to both others, but fewer rank one of them above it than 49: those who rank 1
    /// // above 0, the Condorcet winner.
    /// let matrix = Matrix::from([[0, 50, 45], [49, 0, 40], [44, 39, 0]]);
    /// let order = Minimax::by_opposition(&matrix);
    /// assert_eq!(order.tiers()[0], [Candidate(2)]);
    /// assert_eq!(order.worst(Candidate(2)).map(|duel| duel.for_first), Some(45));
    /// ```
    #[must_use]
    pub fn by_opposition(matrix: &Matrix) -> Self {
        Self::of(Defeats::any(matrix, |a, b| a.for_first.cmp(&b.for_first)))
    }

    fn of(mut defeats: Defeats<impl Fn(&Duel, &Duel) -> Ordering>) -> Self {
        let mut worst = vec![None; defeats.rivals.len()];
        let tiers = super::tiers_of(worst.len(), |left| {
            let tier = defeats.mildest(left);
            for i in &tier {
                worst[i.0] = defeats.worst(*i);
            }
            defeats.take_out(&tier);
            tier
        });
        Self { tiers, worst }
    }

    /// Returns all candidates in tiers, best first, each tier in order.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::minimax::Minimax};
    ///
    /// let nobody_votes = Minimax::by_defeats(&Matrix::from([[0; 2]; 2]), Strength::Margins);
    /// assert_eq!(nobody_votes.tiers(), [[0, 1].map(Candidate)]);
    /// ```
    #[must_use]
    pub fn tiers(&self) -> &[Vec<Candidate>] {
        &self.tiers
    }

    /// Returns the duel that decided the place of a candidate, its rival first: its worst against
    /// those left when its turn came, of equally bad ones that with the first. None where it had
    /// lost to nobody left.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::minimax::Minimax};
    ///
    /// let matrix = Matrix::from([[0, 7, 4], [2, 0, 6], [5, 3, 0]]);
    /// let order = Minimax::by_defeats(&matrix, Strength::Margins);
    /// assert_eq!(order.worst(Candidate(0)), Some(matrix.duel(Candidate(2), Candidate(0))));
    /// assert_eq!(order.worst(Candidate(1)), None, "0, who beats 1, is out by then");
    /// ```
    ///
    /// # Panics
    ///
    /// When it is no candidate of the election.
    #[must_use]
    pub fn worst(&self, candidate: Candidate) -> Option<Duel> {
        self.worst[candidate.0]
    }
}

/// The duels against each candidate by those not yet taken out, the worst at hand.
pub(super) struct Defeats<'a, F> {
    matrix: &'a Matrix,
    compare: F,
    /// The rivals of each candidate, the worst last; of equally bad ones the first in order.
    rivals: Vec<Vec<Candidate>>,
    out: Vec<bool>,
}

impl<'a, F: Fn(&Duel, &Duel) -> Ordering> Defeats<'a, F> {
    /// The duels that each candidate lost; the greater one is the worse.
    pub(super) fn new(matrix: &'a Matrix, compare: F) -> Self {
        Self::among(matrix, compare, |duel| duel.for_first > duel.for_second)
    }

    /// All duels of each candidate.
    fn any(matrix: &'a Matrix, compare: F) -> Self {
        Self::among(matrix, compare, |_| true)
    }

    fn among(matrix: &'a Matrix, compare: F, counts: impl Fn(&Duel) -> bool) -> Self {
        let rivals = matrix.candidates().map(|i| {
            let duels = matrix.candidates().rev().filter(|j| *j != i).map(|j| matrix.duel(j, i));
            let mut duels: Vec<Duel> = duels.filter(&counts).collect();
            duels.sort_by(&compare);
            duels.into_iter().map(|duel| duel.first).collect()
        });
        let rivals: Vec<_> = rivals.collect();
        Self { out: vec![false; rivals.len()], matrix, compare, rivals }
    }

    /// The worst duel of a candidate, its rival first.
    pub(super) fn worst(&mut self, candidate: Candidate) -> Option<Duel> {
        let rivals = &mut self.rivals[candidate.0];
        while rivals.pop_if(|rival| self.out[rival.0]).is_some() {}
        rivals.last().map(|rival| self.matrix.duel(*rival, candidate))
    }

    /// Those whose worst duel is the mildest, in the order given.
    pub(super) fn mildest(&mut self, among: &[Candidate]) -> Vec<Candidate> {
        let worst: Vec<Option<Duel>> = among.iter().map(|i| self.worst(*i)).collect();
        let compare = |a: &Option<Duel>, b: &Option<Duel>| match (a, b) {
            (Some(a), Some(b)) => (self.compare)(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let Some(mildest) = worst.iter().min_by(|a, b| compare(a, b)) else { return Vec::new() };
        let tied = iter::zip(among, &worst).filter(|(_, worst)| compare(worst, mildest).is_eq());
        tied.map(|(candidate, _)| *candidate).collect()
    }

    /// Leaves the duels of these out from now on.
    pub(super) fn take_out(&mut self, candidates: &[Candidate]) {
        for candidate in candidates {
            self.out[candidate.0] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(tiers: &[Vec<Candidate>]) -> Vec<Vec<usize>> {
        tiers.iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    /// Four in a ring of three and one that loses to all by less than they lose to one another.
    const LOSER: [[u64; 4]; 4] = [[0, 20, 1, 11], [1, 0, 20, 11], [20, 1, 0, 11], [10, 10, 10, 0]];

    #[test]
    fn the_condorcet_loser_can_win() {
        let order = Minimax::by_defeats(&LOSER.into(), Strength::WinningVotes);
        assert_eq!(indices(order.tiers()), [vec![3], vec![0, 1, 2]]);
    }

    #[test]
    fn the_worst_duel_is_that_of_the_candidates_turn() {
        let order = Minimax::by_defeats(&LOSER.into(), Strength::WinningVotes);
        let worst = |i| order.worst(Candidate(i)).map(|duel| (duel.first.0, duel.for_first));
        assert_eq!([0, 1, 2, 3].map(worst), [Some((2, 20)), Some((0, 20)), Some((1, 20)), Some((0, 11))]);
    }

    #[test]
    fn opposition_looks_at_duels_that_were_won_too() {
        // 0 beats both; 2 loses to both, but at most 45 rank one of them above it.
        let matrix = Matrix::from([[0, 50, 45], [49, 0, 40], [44, 39, 0]]);
        assert_eq!(indices(Minimax::by_defeats(&matrix, Strength::Margins).tiers()), [vec![0], vec![1], vec![2]]);
        assert_eq!(indices(Minimax::by_opposition(&matrix).tiers()), [vec![2], vec![0], vec![1]]);
    }

    #[test]
    fn ties_are_no_defeats() {
        let order = Minimax::by_defeats(&[[0, 5], [5, 0]].into(), Strength::Margins);
        assert_eq!(indices(order.tiers()), [vec![0, 1]]);
    }
}
