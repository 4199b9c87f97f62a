//! The pile of ballots, laid out so that counting it is one pass of wide compares.
//!
//! Ballots lie in blocks of 1,024, each block column by column: all ranks of the first candidate,
//! then all of the second. A rank takes one byte (two where there are more than 254 candidates),
//! and a blank is the greatest value of its type, which puts it below every rank. Identical
//! ballots are not merged: finding them costs more than counting them does.

use std::{iter, ops::AddAssign};

use crate::ballot::{BallotError, Candidate, MAX_CANDIDATES, MAX_ENTRIES, Rank};

/// Ballots in a block.
pub(crate) const BLOCK: usize = 1_024;

/// What a rank is stored in.
pub(crate) trait Cell:
    Copy + Default + Ord + AddAssign + From<bool> + Into<u32> + TryFrom<u32> + Send + Sync
{
    /// Above every rank in number, so below every rank in preference.
    const BLANK: Self;
}

impl Cell for u8 {
    const BLANK: Self = Self::MAX;
}

impl Cell for u16 {
    const BLANK: Self = Self::MAX;
}

/// Up to [`BLOCK`] ballots. Rows not yet filled are blank, so that they count for nothing.
#[derive(Clone, Debug)]
pub(crate) struct Block<C> {
    /// One column of [`BLOCK`] cells for each candidate.
    pub(crate) cells: Vec<C>,
    /// How often each ballot was cast; its length is how many ballots the block has.
    pub(crate) counts: Vec<u64>,
}

impl<C: Cell> Block<C> {
    fn new(candidates: usize) -> Self {
        Self { cells: vec![C::BLANK; candidates * BLOCK], counts: Vec::with_capacity(BLOCK) }
    }

    fn push(&mut self, ranks: &[Option<Rank>], count: u64) {
        let row = self.counts.len();
        for (column, rank) in self.cells.chunks_exact_mut(BLOCK).zip(ranks) {
            if let Some(rank) = rank {
                column[row] = C::try_from(rank.get()).unwrap_or(C::BLANK);
            }
        }
        self.counts.push(count);
    }

    fn is_full(&self) -> bool {
        self.counts.len() == BLOCK
    }

    fn ballot(&self, row: usize) -> Vec<Option<Rank>> {
        let rank = |cell: C| {
            if cell == C::BLANK { None } else { Rank::new(cell.into()) }
        };
        self.cells.chunks_exact(BLOCK).map(|column| rank(column[row])).collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Blocks {
    Narrow(Vec<Block<u8>>),
    Wide(Vec<Block<u16>>),
}

impl Blocks {
    const fn count(&self) -> usize {
        match self {
            Self::Narrow(blocks) => blocks.len(),
            Self::Wide(blocks) => blocks.len(),
        }
    }
}

/// Whether a pile of so many blocks has room for more.
const fn has_room(blocks: usize, more: usize, candidates: usize) -> Result<(), BallotError> {
    if blocks + more <= MAX_ENTRIES / BLOCK / candidates { Ok(()) } else { Err(BallotError::TooManyEntries) }
}

/// The ballots of one election; holds only ballots with an entry for each of its candidates.
///
/// ```
/// use tally::{Profile, Rank};
///
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(1), Rank::new(2), None], 1)?;
/// profile.push(&[None, Rank::new(1), Rank::new(1)], 40)?;
/// assert_eq!((profile.candidates(), profile.ballots()), (3, 41));
/// # Ok::<(), tally::BallotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    candidates: usize,
    ballots: u64,
    pub(crate) blocks: Blocks,
}

impl Profile {
    /// Makes an empty pile for an election of so many candidates.
    ///
    /// # Errors
    ///
    /// Without candidates, or with more than [`MAX_CANDIDATES`].
    ///
    /// ```
    /// use tally::{BallotError, Profile};
    ///
    /// assert_eq!(Profile::new(0).unwrap_err(), BallotError::NoCandidates);
    /// ```
    pub fn new(candidates: usize) -> Result<Self, BallotError> {
        let blocks = match candidates {
            0 => return Err(BallotError::NoCandidates),
            1..=254 => Blocks::Narrow(Vec::new()),
            255..=MAX_CANDIDATES => Blocks::Wide(Vec::new()),
            _ => return Err(BallotError::TooManyCandidates(candidates)),
        };
        Ok(Self { candidates, ballots: 0, blocks })
    }

    /// Adds a ballot that was cast `count` times; `ranks[i]` is for the candidate at place `i`.
    ///
    /// Ranks too large to be stored are renumbered 1, 2, … on that ballot, which changes nothing.
    ///
    /// ```
    /// use tally::{BallotError, Profile, Rank};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(1), None], 40)?;
    ///
    /// let short = profile.push(&[Rank::new(1)], 1);
    /// assert_eq!(short, Err(BallotError::WrongLength { found: 1, expected: 2 }));
    /// assert_eq!(profile.push(&[None, None], u64::MAX), Err(BallotError::TooManyBallots));
    /// assert_eq!(profile.ballots(), 40);
    /// # Ok::<(), BallotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the ballot does not have one entry for each candidate, the number of ballots passes
    /// 2⁶⁴ − 1, or that of their entries [`MAX_ENTRIES`]. The pile is then as it was before.
    pub fn push(&mut self, ranks: &[Option<Rank>], count: u64) -> Result<(), BallotError> {
        let (found, expected) = (ranks.len(), self.candidates);
        if found != expected {
            return Err(BallotError::WrongLength { found, expected });
        }
        let ballots = self.ballots.checked_add(count).ok_or(BallotError::TooManyBallots)?;
        match &mut self.blocks {
            Blocks::Narrow(blocks) => push(blocks, ranks, count)?,
            Blocks::Wide(blocks) => push(blocks, ranks, count)?,
        }
        self.ballots = ballots;
        Ok(())
    }

    /// Adds the ballots of another pile for the same candidates after these.
    ///
    /// ```
    /// use tally::{BallotError, Profile, Rank};
    ///
    /// let (mut profile, mut more) = (Profile::new(2)?, Profile::new(2)?);
    /// more.push(&[Rank::new(1), None], 40)?;
    /// profile.append(more)?;
    /// assert_eq!(profile.ballots(), 40);
    ///
    /// let foreign = profile.append(Profile::new(3)?);
    /// assert_eq!(foreign, Err(BallotError::WrongLength { found: 3, expected: 2 }));
    /// # Ok::<(), BallotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the other pile is for another number of candidates, the number of ballots passes
    /// 2⁶⁴ − 1, or that of their entries [`MAX_ENTRIES`]. The pile is then as it was before.
    pub fn append(&mut self, other: Self) -> Result<(), BallotError> {
        let (found, expected) = (other.candidates, self.candidates);
        if found != expected {
            return Err(BallotError::WrongLength { found, expected });
        }
        let ballots = self.ballots.checked_add(other.ballots).ok_or(BallotError::TooManyBallots)?;
        has_room(self.blocks.count(), other.blocks.count(), expected)?;
        self.ballots = ballots;
        match (&mut self.blocks, other.blocks) {
            (Blocks::Narrow(blocks), Blocks::Narrow(more)) => blocks.extend(more),
            (Blocks::Wide(blocks), Blocks::Wide(more)) => blocks.extend(more),
            _ => unreachable!("as many candidates, so the same width"),
        }
        Ok(())
    }

    /// Lists the ballots in the order they were added, each with how often it was cast.
    ///
    /// ```
    /// use tally::{Profile, Rank};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[None, Rank::new(7)], 3)?;
    /// let ballots: Vec<_> = profile.iter().collect();
    /// assert_eq!(ballots, [(vec![None, Rank::new(7)], 3)]);
    /// # Ok::<(), tally::BallotError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Vec<Option<Rank>>, u64)> {
        let ballots: Box<dyn Iterator<Item = _>> = match &self.blocks {
            Blocks::Narrow(blocks) => Box::new(rows(blocks)),
            Blocks::Wide(blocks) => Box::new(rows(blocks)),
        };
        ballots
    }

    /// Returns the same ballots when only these stand, who are counted anew from 0.
    ///
    /// ```
    /// use tally::{BallotError, Candidate, Profile, Rank};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(2), None], 5)?;
    /// let left = profile.among(&[Candidate(1), Candidate(2)])?;
    /// assert!(left.iter().eq([(vec![Rank::new(2), None], 5)]));
    ///
    /// assert_eq!(profile.among(&[]).unwrap_err(), BallotError::NoCandidates);
    /// # Ok::<(), BallotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Without candidates, or with more than [`MAX_CANDIDATES`].
    ///
    /// # Panics
    ///
    /// When one of them is no candidate of this profile, and there are ballots.
    pub fn among(&self, left: &[Candidate]) -> Result<Self, BallotError> {
        let mut profile = Self::new(left.len())?;
        for (ranks, count) in self.iter() {
            let ranks: Vec<_> = left.iter().map(|candidate| ranks[candidate.0]).collect();
            profile.push(&ranks, count)?;
        }
        Ok(profile)
    }

    /// Returns how many candidates each ballot is about.
    ///
    /// ```
    /// use tally::Profile;
    ///
    /// // However many ballots there are, even none.
    /// assert_eq!(Profile::new(3)?.candidates(), 3);
    /// # Ok::<(), tally::BallotError>(())
    /// ```
    #[must_use]
    pub const fn candidates(&self) -> usize {
        self.candidates
    }

    /// Returns how many ballots were cast, blank ones included.
    ///
    /// ```
    /// use tally::{Profile, Rank};
    ///
    /// let mut profile = Profile::new(2)?;
    /// assert_eq!(profile.ballots(), 0);
    /// profile.push(&[Rank::new(1), None], 40)?;
    /// profile.push(&[None, None], 1)?;
    /// assert_eq!(profile.ballots(), 41);
    /// # Ok::<(), tally::BallotError>(())
    /// ```
    #[must_use]
    pub const fn ballots(&self) -> u64 {
        self.ballots
    }
}

fn push<C: Cell>(blocks: &mut Vec<Block<C>>, ranks: &[Option<Rank>], count: u64) -> Result<(), BallotError> {
    let renumbered;
    let fits = |rank: &Rank| C::try_from(rank.get()).is_ok_and(|cell| cell < C::BLANK);
    let ranks = if ranks.iter().flatten().all(fits) {
        ranks
    } else {
        renumbered = renumber(ranks);
        &renumbered
    };
    if blocks.last().is_none_or(Block::is_full) {
        has_room(blocks.len(), 1, ranks.len())?;
        blocks.push(Block::new(ranks.len()));
    }
    if let Some(block) = blocks.last_mut() {
        block.push(ranks, count);
    }
    Ok(())
}

/// Gives the ranks used on one ballot the numbers 1, 2, …
fn renumber(ranks: &[Option<Rank>]) -> Vec<Option<Rank>> {
    let mut used: Vec<Rank> = ranks.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    let place = |rank: Rank| u32::try_from(used.partition_point(|other| *other <= rank)).ok();
    ranks.iter().map(|rank| rank.and_then(place).and_then(Rank::new)).collect()
}

fn rows<C: Cell>(blocks: &[Block<C>]) -> impl Iterator<Item = (Vec<Option<Rank>>, u64)> {
    blocks.iter().flat_map(|block| iter::zip(0.., &block.counts).map(|(row, count)| (block.ballot(row), *count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(numbers: &[u32]) -> Vec<Option<Rank>> {
        numbers.iter().map(|&number| Rank::new(number)).collect()
    }

    fn only_ballot(numbers: &[u32]) -> Vec<Option<Rank>> {
        let mut profile = Profile::new(numbers.len()).unwrap();
        profile.push(&ranks(numbers), 1).unwrap();
        profile.iter().next().unwrap().0
    }

    #[test]
    fn ranks_that_fit_a_byte_are_kept() {
        assert_eq!(only_ballot(&[254, 0, 3]), ranks(&[254, 0, 3]));
    }

    #[test]
    fn greater_ranks_are_renumbered_in_order() {
        assert_eq!(only_ballot(&[255, 0, 3, u32::MAX, 3]), ranks(&[2, 0, 1, 3, 1]));
        assert_eq!(only_ballot(&[255, 3]), ranks(&[2, 1]), "the byte of a blank is no rank");
    }

    #[test]
    fn more_candidates_than_a_byte_can_rank_are_kept_apart() {
        let numbers: Vec<u32> = (1..=300).collect();
        assert_eq!(only_ballot(&numbers), ranks(&numbers));
    }

    #[test]
    fn blocks_fill_and_append_in_order() {
        let mut all = Profile::new(1).unwrap();
        for first in [1, 2_000] {
            let mut part = Profile::new(1).unwrap();
            (first..first + 1_500).for_each(|n| part.push(&ranks(&[1]), n).unwrap());
            all.append(part).unwrap();
        }
        let counts: Vec<u64> = all.iter().map(|(_, count)| count).collect();
        assert_eq!(counts, (1..1_501).chain(2_000..3_500).collect::<Vec<_>>());
        assert_eq!(all.ballots(), counts.iter().sum::<u64>());
        assert_eq!(all.blocks.count(), 4, "each part has a full one and one that is not");
    }

    #[test]
    fn piles_of_many_candidates_are_appended_too() {
        let numbers: Vec<u32> = (1..=300).collect();
        let mut all = Profile::new(300).unwrap();
        all.push(&ranks(&numbers), 1).unwrap();
        all.append(all.clone()).unwrap();
        assert_eq!((all.iter().count(), all.blocks.count()), (2, 2));
    }

    #[test]
    fn piles_of_other_candidates_are_refused() {
        let error = Profile::new(2).unwrap().append(Profile::new(3).unwrap());
        assert_eq!(error, Err(BallotError::WrongLength { found: 3, expected: 2 }));
    }

    #[test]
    fn too_many_ballots_are_refused_and_leave_the_pile_alone() {
        let mut profile = Profile::new(1).unwrap();
        profile.push(&ranks(&[1]), u64::MAX).unwrap();
        assert_eq!(profile.append(profile.clone()), Err(BallotError::TooManyBallots));
        assert_eq!(profile.push(&ranks(&[1]), 1), Err(BallotError::TooManyBallots));
        assert_eq!((profile.ballots(), profile.iter().count()), (u64::MAX, 1));
    }

    #[test]
    fn a_pile_may_have_2_to_the_30_entries_and_no_more() {
        for (blocks, candidates) in [(1 << 20, 1), (1 << 9, 2_048), (52_428, 20)] {
            assert_eq!(has_room(blocks - 3, 3, candidates), Ok(()));
            assert_eq!(has_room(blocks, 1, candidates), Err(BallotError::TooManyEntries));
        }
    }

    #[test]
    fn too_many_candidates_are_refused() {
        assert!(Profile::new(MAX_CANDIDATES).is_ok());
        let error = Profile::new(MAX_CANDIDATES + 1).unwrap_err();
        assert_eq!(error, BallotError::TooManyCandidates(MAX_CANDIDATES + 1));
    }
}
