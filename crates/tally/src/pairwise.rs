//! The pairwise matrix: who is ranked above whom, and on how many ballots.

use std::{borrow::Cow, cmp::Ordering, iter, num::NonZeroUsize, thread};

use crate::ballot::Candidate;
use crate::profile::{BLOCK, Block, Blocks, Cell, Profile};
use crate::rules::BlankRule;

/// Ballots compared at once; divides [`BLOCK`] into at most 255 steps, so that no lane overflows.
const LANES: usize = 32;

/// Blocks below which another thread costs more than it brings.
const BLOCKS_PER_THREAD: usize = 32;

/// One candidate against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duel {
    /// One of the two.
    pub first: Candidate,
    /// The other.
    pub second: Candidate,
    /// Ballots that rank the first strictly above the second.
    pub for_first: u64,
    /// Ballots that rank the second strictly above the first.
    pub for_second: u64,
}

impl Duel {
    /// Returns who has more votes, if either has.
    ///
    /// ```
    /// use tally::{Candidate, Duel};
    ///
    /// let (first, second) = (Candidate(0), Candidate(1));
    /// let mut duel = Duel { first, second, for_first: 4, for_second: 5 };
    /// assert_eq!(duel.winner(), Some(second));
    /// duel.for_first = 5;
    /// assert_eq!(duel.winner(), None);
    /// ```
    #[must_use]
    pub fn winner(&self) -> Option<Candidate> {
        match self.for_first.cmp(&self.for_second) {
            Ordering::Greater => Some(self.first),
            Ordering::Equal => None,
            Ordering::Less => Some(self.second),
        }
    }

    /// Returns by how many votes the duel was decided.
    ///
    /// ```
    /// use tally::{Candidate, Duel};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 88, for_second: 120 };
    /// assert_eq!(duel.margin(), 32);
    /// assert_eq!(Duel { for_first: 120, ..duel }.margin(), 0);
    /// ```
    #[must_use]
    pub const fn margin(&self) -> u64 {
        self.for_first.abs_diff(self.for_second)
    }
}

/// For each ordered pair of candidates, the ballots that rank the first above the second.
///
/// Square, one row and one column for each candidate, the diagonal zero. With `n` ballots,
/// `above(i, j) + above(j, i)` is at most `n`: the others rank the two alike or do not count.
///
/// ```
/// use tally::{Candidate, Matrix};
///
/// let matrix = Matrix::from([[0, 120], [88, 0]]);
/// assert!(matrix.beats(Candidate(0), Candidate(1)));
/// // No duel looks at what stands on the diagonal of a matrix counted elsewhere.
/// let diagonal = Matrix::from([[7, 120], [88, 7]]);
/// assert!(diagonal.duels().eq(matrix.duels()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    candidates: usize,
    votes: Vec<u64>,
}

impl Matrix {
    /// Counts a profile, on all cores where it is large.
    ///
    /// Takes O(ballots · candidates²) time.
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Matrix, Profile, Rank};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(1), None], 5)?;
    /// let (ada, ben) = (Candidate(0), Candidate(1));
    /// assert_eq!(Matrix::count(&profile, BlankRule::Last).above(ada, ben), 5);
    /// assert_eq!(Matrix::count(&profile, BlankRule::NoOpinion).above(ada, ben), 0);
    /// # Ok::<(), tally::BallotError>(())
    /// ```
    #[must_use]
    pub fn count(profile: &Profile, blank: BlankRule) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::count_on(cores, profile, blank)
    }

    /// Counts a profile on at most so many threads.
    ///
    /// ```
    /// use tally::{BlankRule, Matrix, Profile, Rank};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(1), Rank::new(2)], 5)?;
    /// let matrix = Matrix::count_on(2, &profile, BlankRule::Last);
    /// // It is the same on any number, and none is counted as one.
    /// assert_eq!(matrix, Matrix::count_on(0, &profile, BlankRule::Last));
    /// # Ok::<(), tally::BallotError>(())
    /// ```
    #[must_use]
    pub fn count_on(threads: usize, profile: &Profile, blank: BlankRule) -> Self {
        let empty = Self::zero(profile.candidates());
        match &profile.blocks {
            Blocks::Narrow(blocks) => empty.add_shares(threads, blocks, blank),
            Blocks::Wide(blocks) => empty.add_shares(threads, blocks, blank),
        }
    }

    /// Takes a square matrix that is not of ballots.
    pub(crate) fn from_rows(rows: &[Vec<u64>]) -> Self {
        Self { candidates: rows.len(), votes: rows.concat() }
    }

    fn zero(candidates: usize) -> Self {
        Self { candidates, votes: vec![0; candidates * candidates] }
    }

    /// Gives each thread a run of blocks and a matrix of its own, and adds those up.
    fn add_shares<C: Cell>(self, threads: usize, blocks: &[Block<C>], blank: BlankRule) -> Self {
        let threads = threads.min(blocks.len() / BLOCKS_PER_THREAD).max(1);
        let share = blocks.len().div_ceil(threads).max(1);
        let mut sums = vec![self; threads];
        let mut work = iter::zip(&mut sums, blocks.chunks(share));
        let own = work.next();
        thread::scope(|scope| {
            for (sum, blocks) in work {
                scope.spawn(move || sum.add(blocks, blank));
            }
            if let Some((sum, blocks)) = own {
                sum.add(blocks, blank);
            }
        });
        let candidates = sums[0].candidates;
        sums.iter().fold(Self::zero(candidates), |mut total, sum| {
            iter::zip(&mut total.votes, &sum.votes).for_each(|(total, votes)| *total += votes);
            total
        })
    }

    /// Returns the matrix with another one of the same candidates added so many times.
    pub(crate) fn plus(&self, other: &Self, times: u64) -> Self {
        let votes = iter::zip(&self.votes, &other.votes).map(|(votes, more)| votes + more * times);
        Self { candidates: self.candidates, votes: votes.collect() }
    }

    /// Returns the matrix of these alone, counted anew from 0.
    pub(crate) fn among(&self, left: &[Candidate]) -> Self {
        let votes = left.iter().flat_map(|a| left.iter().map(|b| self.above(*a, *b))).collect();
        Self { candidates: left.len(), votes }
    }

    fn add<C: Cell>(&mut self, blocks: &[Block<C>], blank: BlankRule) {
        for block in blocks {
            let below = opponents(&block.cells, blank);
            let used = block.counts.len().next_multiple_of(LANES);
            let once = block.counts.iter().all(|&count| count == 1);
            let rows = self.votes.chunks_exact_mut(self.candidates);
            for (row, a) in iter::zip(rows, block.cells.chunks_exact(BLOCK)) {
                for (votes, b) in iter::zip(row, below.chunks_exact(BLOCK)) {
                    *votes += if once { above(&a[..used], &b[..used]) } else { above_weighted(a, b, &block.counts) };
                }
            }
        }
    }

    /// Returns the candidates, in order.
    ///
    /// ```
    /// use tally::{Candidate, Matrix};
    ///
    /// let mut candidates = Matrix::from([[0, 120], [88, 0]]).candidates();
    /// assert_eq!((candidates.next(), candidates.next_back()), (Some(Candidate(0)), Some(Candidate(1))));
    /// assert_eq!(candidates.next(), None);
    /// ```
    pub fn candidates(&self) -> impl DoubleEndedIterator<Item = Candidate> + Clone + use<> {
        (0..self.candidates).map(Candidate)
    }

    /// Returns the rows: `rows().nth(i)[j]` ballots rank `i` above `j`.
    ///
    /// ```
    /// use tally::Matrix;
    ///
    /// let matrix = Matrix::from([[0, 120], [88, 0]]);
    /// assert!(matrix.rows().eq([[0, 120], [88, 0]]));
    /// assert_eq!(matrix.rows().nth(2), None);
    /// // A matrix of nobody has none.
    /// assert_eq!(Matrix::from([[0; 0]; 0]).rows().count(), 0);
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.votes.chunks_exact(self.candidates.max(1))
    }

    /// Returns on how many ballots `a` stands strictly above `b`.
    ///
    /// ```
    /// use tally::{Candidate, Matrix};
    ///
    /// let matrix = Matrix::from([[0, 120], [88, 0]]);
    /// assert_eq!(matrix.above(Candidate(0), Candidate(1)), 120);
    /// assert_eq!(matrix.above(Candidate(1), Candidate(0)), 88);
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of this matrix.
    ///
    /// ```should_panic
    /// # use tally::{Candidate, Matrix};
    /// Matrix::from([[0, 120], [88, 0]]).above(Candidate(0), Candidate(2));
    /// ```
    #[must_use]
    pub fn above(&self, a: Candidate, b: Candidate) -> u64 {
        assert!(b.0 < self.candidates, "no candidate {}", b.0);
        self.votes[a.0 * self.candidates + b.0]
    }

    /// Says whether more ballots rank `a` above `b` than `b` above `a`.
    ///
    /// ```
    /// use tally::{Candidate, Matrix};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let matrix = Matrix::from([[0, 120, 9], [88, 0, 0], [9, 0, 0]]);
    /// assert!(matrix.beats(a, b) && !matrix.beats(b, a));
    /// // In a tie neither beats the other.
    /// assert!(!matrix.beats(a, c) && !matrix.beats(c, a));
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of this matrix.
    #[must_use]
    pub fn beats(&self, a: Candidate, b: Candidate) -> bool {
        self.above(a, b) > self.above(b, a)
    }

    /// Returns the duel of two candidates, seen from the first.
    ///
    /// ```
    /// use tally::{Candidate, Matrix};
    ///
    /// // Seen from the first also where that one loses.
    /// let (ada, ben) = (Candidate(0), Candidate(1));
    /// let duel = Matrix::from([[0, 88], [120, 0]]).duel(ada, ben);
    /// assert_eq!((duel.first, duel.for_first, duel.for_second), (ada, 88, 120));
    /// assert_eq!(duel.winner(), Some(ben));
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of this matrix.
    #[must_use]
    pub fn duel(&self, first: Candidate, second: Candidate) -> Duel {
        let (for_first, for_second) = (self.above(first, second), self.above(second, first));
        Duel { first, second, for_first, for_second }
    }

    /// Lists each pair once, the winner first; where they tie, the one listed first.
    ///
    /// ```
    /// use tally::{Candidate, Matrix};
    ///
    /// let first = |matrix: Matrix| matrix.duels().next().map(|duel| duel.first);
    /// assert_eq!(first([[0, 88], [120, 0]].into()), Some(Candidate(1)));
    /// assert_eq!(first([[0, 104], [104, 0]].into()), Some(Candidate(0)));
    /// assert_eq!(first([[0]].into()), None);
    /// ```
    pub fn duels(&self) -> impl Iterator<Item = Duel> {
        let pair = |a: Candidate, b| if self.beats(b, a) { (b, a) } else { (a, b) };
        let pairs = self.candidates().flat_map(move |a| (a.0 + 1..self.candidates).map(move |b| pair(a, Candidate(b))));
        pairs.map(|(first, second)| self.duel(first, second))
    }
}

impl<const N: usize> From<[[u64; N]; N]> for Matrix {
    /// Takes a matrix counted elsewhere; what stands on the diagonal is not looked at.
    fn from(rows: [[u64; N]; N]) -> Self {
        Self { candidates: N, votes: rows.concat() }
    }
}

/// What the cells of a candidate are compared with: where a blank is no opinion, nothing stands
/// above it, as nothing stands above a rank of 0.
fn opponents<C: Cell>(cells: &[C], blank: BlankRule) -> Cow<'_, [C]> {
    let silent = |&cell: &C| if cell == C::BLANK { C::default() } else { cell };
    match blank {
        BlankRule::Last => Cow::Borrowed(cells),
        BlankRule::NoOpinion => Cow::Owned(cells.iter().map(silent).collect()),
    }
}

/// Counts the places at which `a` is the smaller one. Both are at most [`BLOCK`] long and a
/// multiple of [`LANES`].
fn above<C: Cell>(a: &[C], b: &[C]) -> u64 {
    let mut lanes = [C::default(); LANES];
    for (a, b) in iter::zip(a.chunks_exact(LANES), b.chunks_exact(LANES)) {
        for (lane, (a, b)) in iter::zip(&mut lanes, iter::zip(a, b)) {
            *lane += C::from(a < b);
        }
    }
    u64::from(lanes.map(Into::<u32>::into).iter().sum::<u32>())
}

/// Adds up the counts at the places at which `a` is the smaller one.
fn above_weighted<C: Cell>(a: &[C], b: &[C], counts: &[u64]) -> u64 {
    iter::zip(counts, iter::zip(a, b)).map(|(&count, (a, b))| if a < b { count } else { 0 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;

    const RULES: [BlankRule; 2] = [BlankRule::Last, BlankRule::NoOpinion];

    fn profile(ballots: &[(&[u32], u64)]) -> Profile {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        profile
    }

    #[test]
    fn a_blank_is_below_a_rank_only_where_it_counts_as_last() {
        let ballots = profile(&[(&[1, 2, 0, 0], 1)]);
        let [last, no_opinion] = RULES.map(|blank| Matrix::count(&ballots, blank));
        assert_eq!(last, [[0, 1, 1, 1], [0, 0, 1, 1], [0; 4], [0; 4]].into());
        assert_eq!(no_opinion, [[0, 1, 0, 0], [0; 4], [0; 4], [0; 4]].into());
    }

    #[test]
    fn blank_and_level_ballots_leave_the_matrix_empty() {
        let ballots = profile(&[(&[0, 0], 3), (&[4, 4], 2)]);
        for blank in RULES {
            assert_eq!(Matrix::count(&ballots, blank), [[0; 2]; 2].into());
        }
    }

    #[test]
    fn counts_weigh() {
        let ballots = profile(&[(&[1, 2], 1), (&[2, 1], 7), (&[1, 0], u64::from(u32::MAX))]);
        let matrix = Matrix::count(&ballots, BlankRule::Last);
        assert_eq!(matrix, [[0, 1 + u64::from(u32::MAX)], [7, 0]].into());
    }

    #[test]
    fn three_hundred_candidates_are_counted() {
        let numbers: Vec<u32> = (1..=300).collect();
        let matrix = Matrix::count(&profile(&[(&numbers, 1)]), BlankRule::NoOpinion);
        for (i, row) in matrix.rows().enumerate() {
            assert!((0..300).all(|j| row[j] == u64::from(i < j)));
        }
    }

    #[test]
    fn threads_share_the_ballots_without_losing_any() {
        let mut ballots = Profile::new(2).unwrap();
        for n in 0..200_000_u32 {
            ballots.push(&[Rank::new(n % 3), Rank::new(1)], 1).unwrap();
        }
        let expected = Matrix::from([[0, 0], [133_333, 0]]);
        for threads in [0, 1, 2, 3, 7] {
            assert_eq!(Matrix::count_on(threads, &ballots, BlankRule::Last), expected);
        }
    }

    #[test]
    fn a_matrix_is_added_as_often_as_it_is_said() {
        let (kept, added) = (Matrix::from([[0, 5], [3, 0]]), Matrix::from([[0, 2], [1, 0]]));
        assert_eq!(kept.plus(&added, 3), [[0, 11], [6, 0]].into());
    }

    #[test]
    #[should_panic(expected = "no candidate 2")]
    fn strangers_are_refused() {
        let _ = Matrix::from([[0, 1], [2, 0]]).above(Candidate(0), Candidate(2));
    }
}
