//! What every method is measured by: Condorcet winner and loser, Smith and Schwartz set.

use std::iter;

use crate::ballot::Candidate;
use crate::pairwise::Matrix;

/// The candidates that win, do not lose, or lose all their duels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condorcet {
    /// Beats every other candidate; there is at most one.
    pub winner: Option<Candidate>,
    /// The weak Condorcet winners: beaten by nobody, in order. The winner is then the only one.
    pub unbeaten: Vec<Candidate>,
    /// Is beaten by every other candidate; there is at most one, and none in an election of one.
    pub loser: Option<Candidate>,
}

/// Finds the Condorcet winner, the unbeaten candidates and the Condorcet loser.
///
/// ```
/// use tally::{Candidate, Matrix, sets};
///
/// let found = sets::condorcet(&Matrix::from([[0, 5, 5], [5, 0, 9], [4, 0, 0]]));
/// assert_eq!(found.winner, None);
/// assert_eq!(found.unbeaten, [Candidate(0), Candidate(1)]);
/// assert_eq!(found.loser, Some(Candidate(2)));
/// ```
#[must_use]
pub fn condorcet(matrix: &Matrix) -> Condorcet {
    let others = |i| matrix.candidates().filter(move |j| *j != i);
    let beats_all = |i: &Candidate| others(*i).all(|j| matrix.beats(*i, j));
    let unbeaten = |i: &Candidate| !others(*i).any(|j| matrix.beats(j, *i));
    let beaten_by_all = |i: &Candidate| others(*i).all(|j| matrix.beats(j, *i));
    let winner = matrix.candidates().find(beats_all);
    Condorcet {
        winner,
        unbeaten: matrix.candidates().filter(unbeaten).collect(),
        loser: matrix.candidates().find(beaten_by_all).filter(|loser| Some(*loser) != winner),
    }
}

/// Finds the Smith set: the smallest set whose members beat everyone outside it; in order.
///
/// A candidate belongs to it if it reaches every other over duels that it does not lose.
///
/// ```
/// use tally::{Candidate, Matrix, sets};
///
/// // Nobody is beaten by 0 and 1 alike, so the tie lets 2 in.
/// let matrix = Matrix::from([[0, 5, 4], [4, 0, 5], [4, 3, 0]]);
/// assert_eq!(sets::smith(&matrix), [Candidate(0), Candidate(1), Candidate(2)]);
/// ```
#[must_use]
pub fn smith(matrix: &Matrix) -> Vec<Candidate> {
    smith_among(matrix, &matrix.candidates().collect::<Vec<_>>())
}

/// Finds the Smith set of an election of these candidates alone, in order, in O(candidates²).
///
/// Whoever wins most duels is a member, and so is everyone whom some member does not beat.
pub(crate) fn smith_among(matrix: &Matrix, left: &[Candidate]) -> Vec<Candidate> {
    let wins = |i: &&Candidate| left.iter().filter(|j| matrix.beats(**i, **j)).count();
    let mut members: Vec<Candidate> = left.iter().max_by_key(wins).copied().into_iter().collect();
    let mut outside: Vec<Candidate> = left.iter().copied().filter(|i| !members.contains(i)).collect();
    let mut asked = 0;
    while let Some(&member) = members.get(asked) {
        let (beaten, join): (Vec<_>, Vec<_>) = outside.iter().partition(|i| matrix.beats(member, **i));
        members.extend(join);
        outside = beaten;
        asked += 1;
    }
    members.sort_unstable();
    members
}

/// Finds the Schwartz set: the union of the smallest sets that nobody outside beats; in order.
///
/// A candidate belongs to it if it has a path of victories to everyone who has one to it.
///
/// ```
/// use tally::{Candidate, Matrix, sets};
///
/// // As above, but a tie does not count as a victory.
/// let matrix = Matrix::from([[0, 5, 4], [4, 0, 5], [4, 3, 0]]);
/// assert_eq!(sets::schwartz(&matrix), [Candidate(0)]);
/// ```
#[must_use]
pub fn schwartz(matrix: &Matrix) -> Vec<Candidate> {
    let reaches = closure(matrix, |i, j| matrix.beats(i, j));
    let answers = |i: Candidate, j: Candidate| reaches[i.0][j.0] || !reaches[j.0][i.0];
    matrix.candidates().filter(|i| matrix.candidates().all(|j| answers(*i, j))).collect()
}

/// The transitive closure of a relation (Warshall's algorithm), in O(candidates³).
pub(crate) fn closure(matrix: &Matrix, related: impl Fn(Candidate, Candidate) -> bool) -> Vec<Vec<bool>> {
    let row = |i| matrix.candidates().map(|j| related(i, j)).collect();
    let mut reaches: Vec<Vec<bool>> = matrix.candidates().map(row).collect();
    for k in 0..reaches.len() {
        let through = reaches[k].clone();
        for row in reaches.iter_mut().filter(|row| row[k]) {
            iter::zip(row, &through).for_each(|(reached, more)| *reached |= more);
        }
    }
    reaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(candidates: &[Candidate]) -> Vec<usize> {
        candidates.iter().map(|candidate| candidate.0).collect()
    }

    #[test]
    fn one_candidate_wins_and_does_not_lose() {
        let matrix = Matrix::from([[0]]);
        let (winner, unbeaten) = (Some(Candidate(0)), vec![Candidate(0)]);
        assert_eq!(condorcet(&matrix), Condorcet { winner, unbeaten, loser: None });
        assert_eq!(indices(&smith(&matrix)), [0]);
        assert_eq!(indices(&schwartz(&matrix)), [0]);
    }

    #[test]
    fn a_condorcet_winner_is_both_sets() {
        let matrix = Matrix::from([[0, 1, 1], [3, 0, 3], [3, 1, 0]]);
        let found = condorcet(&matrix);
        assert_eq!(found.winner, Some(Candidate(1)));
        assert_eq!(found.loser, Some(Candidate(0)));
        assert_eq!(indices(&smith(&matrix)), [1]);
        assert_eq!(indices(&schwartz(&matrix)), [1]);
    }

    #[test]
    fn a_cycle_is_both_sets_and_leaves_nobody_unbeaten() {
        let matrix = Matrix::from([[0, 2, 1, 3], [1, 0, 2, 3], [2, 1, 0, 3], [0, 0, 0, 0]]);
        assert!(condorcet(&matrix).unbeaten.is_empty());
        assert_eq!(indices(&smith(&matrix)), [0, 1, 2]);
        assert_eq!(indices(&schwartz(&matrix)), [0, 1, 2]);
    }

    #[test]
    fn without_votes_everyone_is_in_both_sets() {
        let matrix = Matrix::from([[0; 3]; 3]);
        assert_eq!(indices(&smith(&matrix)), [0, 1, 2]);
        assert_eq!(indices(&schwartz(&matrix)), [0, 1, 2]);
    }
}
