//! The methods: from ballots, or their matrix, to an order of all candidates. One file each.
//!
//! Each file has a public function of its own that can be called alone, and says what it found in
//! a type of its own. What all share: an order is a list of tiers, best first, each tier in the
//! order of the candidates; a tie is a tier of several, never an accident of that order.

pub mod schulze;
pub mod scores;

use std::{collections::BTreeMap, error, fmt};

use crate::ballot::Candidate;
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::{Method, Rules, SeatOrder};
use schulze::Paths;

/// How a method came to its order.
#[derive(Clone, Debug)]
pub enum Working {
    /// The strongest paths of Schulze's method.
    Paths(Paths),
}

/// Why a method will not count an election.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The declared tie order is for another number of candidates.
    TieOrder {
        /// Candidates of the tie order.
        found: usize,
        /// Candidates of the election.
        expected: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TieOrder { found, expected } => {
                write!(f, "expected a tie order of {expected} candidates, found one of {found}")
            }
        }
    }
}

impl error::Error for Refusal {}

/// All candidates in tiers, best first, and how the method came to them.
pub(crate) fn rank(
    _profile: &Profile,
    matrix: &Matrix,
    rules: &Rules,
) -> Result<(Vec<Vec<Candidate>>, Working), Refusal> {
    match rules.method {
        Method::Schulze => {
            let paths = Paths::strongest(matrix, rules.strength);
            let tiers = match rules.order {
                SeatOrder::Tiers => paths.tiers(),
                SeatOrder::Defeats => paths.by_defeats(),
            };
            Ok((tiers, Working::Paths(paths)))
        }
    }
}

/// Puts the candidates into tiers by a number each, the smallest first.
fn tiers_by<K: Ord>(keys: impl IntoIterator<Item = K>) -> Vec<Vec<Candidate>> {
    let mut tiers: BTreeMap<K, Vec<Candidate>> = BTreeMap::new();
    for (candidate, key) in keys.into_iter().enumerate() {
        tiers.entry(key).or_default().push(Candidate(candidate));
    }
    tiers.into_values().collect()
}
