//! Who stands, what a ballot says of them, and the pile of ballots with its names.
//!
//! Belongs here: the small types every other module speaks. Imports only [`crate::profile`].

use std::{error, fmt, num::NonZeroU32};

use crate::profile::Profile;

/// The most candidates one election can have: 2,048.
///
/// It keeps the matrix below 32 MiB and the strongest paths, O(candidates³), to some seconds.
pub const MAX_CANDIDATES: usize = 2_048;

/// The most entries all distinct ballots can have together: 2³⁰, so about fifty million ballots of
/// twenty candidates.
///
/// It keeps the ballots below 2 GiB, whatever a file of short lines makes of many candidates.
pub const MAX_ENTRIES: usize = 1 << 30;

/// A candidate, as a place in the election's list, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate(pub usize);

/// A place on a ballot: 1 is best. Equal ranks are allowed and gaps mean nothing.
///
/// A blank is not a rank: it is the `None` of an `Option<Rank>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(NonZeroU32);

impl Rank {
    /// Makes a rank, unless the number is 0.
    ///
    /// ```
    /// use tally::Rank;
    ///
    /// assert!(Rank::new(1) < Rank::new(2));
    /// assert_eq!(Rank::new(0), None);
    /// ```
    #[must_use]
    pub const fn new(rank: u32) -> Option<Self> {
        match NonZeroU32::new(rank) {
            Some(rank) => Some(Self(rank)),
            None => None,
        }
    }

    /// Returns the number, 1 or more.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// The ballots of an election and the names they are about.
///
/// `candidates[i]` is the name of [`Candidate`]`(i)`, so there are as many names as the profile
/// has candidates.
#[derive(Clone, Debug)]
pub struct Election {
    /// The names, in the order of the file or of the election page.
    pub candidates: Vec<String>,
    /// The ballots.
    pub profile: Profile,
}

/// Why a ballot, or a whole election, cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotError {
    /// An election of nobody.
    NoCandidates,
    /// More than [`MAX_CANDIDATES`]; holds how many.
    TooManyCandidates(usize),
    /// A ballot with more or fewer entries than there are candidates.
    WrongLength {
        /// Entries on the ballot.
        found: usize,
        /// Candidates of the election.
        expected: usize,
    },
    /// The ballots would no longer fit a 64-bit number.
    TooManyBallots,
    /// The ballots would have more than [`MAX_ENTRIES`].
    TooManyEntries,
}

impl fmt::Display for BallotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCandidates => write!(f, "expected at least one candidate, found none"),
            Self::TooManyCandidates(found) => {
                write!(f, "expected at most {MAX_CANDIDATES} candidates, found {found}")
            }
            Self::WrongLength { found, expected } => {
                write!(f, "expected one entry for each of {expected} candidates, found {found}")
            }
            Self::TooManyBallots => write!(f, "expected fewer than 2^64 ballots, found more"),
            Self::TooManyEntries => write!(
                f,
                "expected at most {MAX_ENTRIES} ballots times candidates, found more: give equal ballots once, \
                 with their count"
            ),
        }
    }
}

impl error::Error for BallotError {}
