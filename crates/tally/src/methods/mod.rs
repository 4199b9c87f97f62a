//! The methods: from ballots, or their matrix, to an order of all candidates. One file each.
//!
//! Each file has a public function of its own that can be called alone, and says what it found in
//! a type of its own. What all share: an order is a list of tiers, best first, each tier in the
//! order of the candidates; a tie is a tier of several, never an accident of that order.

pub mod approval;
pub mod borda;
pub mod copeland;
pub mod cpo_stv;
pub mod elimination;
pub mod kemeny_young;
pub mod meek_stv;
pub mod minimax;
pub mod plurality;
mod preferences;
pub mod ranked_pairs;
pub mod schulze;
pub mod scores;
pub mod scottish_stv;
pub mod stages;

use std::collections::{BTreeMap, VecDeque};
use std::{error, fmt, iter};

use crate::ballot::Candidate;
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::{Method, Rules, SeatOrder};
use cpo_stv::Comparisons;
use elimination::{Elimination, Runoff};
use kemeny_young::KemenyYoung;
use minimax::Minimax;
use ranked_pairs::RankedPairs;
use schulze::Paths;
use scores::Scores;
use stages::Stages;

/// How a method came to its order.
#[derive(Clone, Debug)]
pub enum Working {
    /// The strongest paths of Schulze's method.
    Paths(Paths),
    /// The victories that ranked pairs locked and skipped.
    RankedPairs(RankedPairs),
    /// The worst duels of minimax.
    Minimax(Minimax),
    /// What the orders of the greatest agreement have in common.
    KemenyYoung(KemenyYoung),
    /// A number for each candidate.
    Scores(Scores),
    /// The rounds of instant runoff or one of its Condorcet hybrids.
    Runoff(Runoff),
    /// The stages of a count by quota.
    Stages(Stages),
    /// The sets of winners that CPO-STV compared.
    Comparisons(Comparisons),
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
    /// More candidates than the method can count in reasonable time.
    TooManyCandidates {
        /// The method.
        method: Method,
        /// Candidates of the election.
        found: usize,
        /// The most that it counts.
        most: usize,
    },
    /// First places are shared among so many different numbers of candidates that their parts
    /// have no common denominator of 128 bits.
    TooManyShares,
    /// A count by quota without seats.
    NoSeats,
    /// More sets of winners than CPO-STV compares: [`cpo_stv::MAX_OUTCOMES`].
    TooManyOutcomes,
    /// More ballots than CPO-STV compares: [`cpo_stv::MAX_BALLOTS`]; holds how many.
    TooManyBallots(u64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TieOrder { found, expected } => {
                write!(f, "expected a tie order of {expected} candidates, found one of {found}")
            }
            Self::TooManyCandidates { method, found, most } => write!(
                f,
                "`{method}` counts at most {most} candidates, found {found}: choose another method, or hold the election among fewer"
            ),
            Self::TooManyShares => write!(
                f,
                "expected first places that can be shared in 128 bits, found ties among too many different numbers \
                 of candidates: use a method that counts duels"
            ),
            Self::NoSeats => write!(f, "expected at least one seat for a quota, found none"),
            Self::TooManyOutcomes => write!(
                f,
                "expected at most {} sets of winners to compare, found more: use `meek-stv`",
                cpo_stv::MAX_OUTCOMES
            ),
            Self::TooManyBallots(found) => write!(
                f,
                "expected at most {} ballots to compare sets of winners, found {found}: use `meek-stv`",
                cpo_stv::MAX_BALLOTS
            ),
        }
    }
}

impl error::Error for Refusal {}

/// All candidates in tiers, best first, and how the method came to them.
pub(crate) fn rank(
    profile: &Profile,
    matrix: &Matrix,
    rules: &Rules,
) -> Result<(Vec<Vec<Candidate>>, Working), Refusal> {
    let by_scores = |scores: Scores| Ok((scores.tiers(), Working::Scores(scores)));
    let tie_order = rules.tie_order.as_ref();
    let elimination = |rule| {
        let runoff = Runoff::count(profile, matrix, rule, tie_order)?;
        Ok((runoff.ranking.clone(), Working::Runoff(runoff)))
    };
    let by_stages = |stages: Stages| Ok((stages.ranking.clone(), Working::Stages(stages)));
    match rules.method {
        Method::Schulze => {
            let paths = Paths::strongest(matrix, rules.strength);
            let tiers = match rules.order {
                SeatOrder::Tiers => paths.tiers(),
                SeatOrder::Defeats => paths.by_defeats(),
            };
            Ok((tiers, Working::Paths(paths)))
        }
        Method::RankedPairs => {
            let pairs = RankedPairs::lock(matrix, rules.strength, rules.tie_order.as_ref());
            Ok((pairs.tiers().to_vec(), Working::RankedPairs(pairs)))
        }
        Method::Minimax => {
            let minimax = Minimax::by_defeats(matrix, rules.strength);
            Ok((minimax.tiers().to_vec(), Working::Minimax(minimax)))
        }
        Method::MinimaxOpposition => {
            let minimax = Minimax::by_opposition(matrix);
            Ok((minimax.tiers().to_vec(), Working::Minimax(minimax)))
        }
        Method::Copeland => by_scores(copeland::scores(matrix)),
        Method::KemenyYoung => {
            let kemeny = KemenyYoung::count(matrix)?;
            Ok((kemeny.tiers(), Working::KemenyYoung(kemeny)))
        }
        Method::InstantRunoff => elimination(Elimination::InstantRunoff),
        Method::Benham => elimination(Elimination::Benham),
        Method::SmithIrv => elimination(Elimination::SmithIrv),
        Method::TidemanAlternative => elimination(Elimination::TidemanAlternative),
        Method::BottomTwoRunoff => elimination(Elimination::BottomTwoRunoff),
        Method::Plurality => by_scores(plurality::scores(profile)?),
        Method::Borda => by_scores(borda::scores(profile, rules.blank)),
        Method::Approval(lowest) => by_scores(approval::scores(profile, lowest)),
        Method::ScottishStv => by_stages(scottish_stv::count(profile, rules.seats, tie_order)?),
        Method::MeekStv => by_stages(meek_stv::count(profile, rules.seats, tie_order)?),
        Method::CpoStv => {
            let comparisons = Comparisons::count(profile, rules.seats, rules.strength, tie_order)?;
            Ok((comparisons.ranking.clone(), Working::Comparisons(comparisons)))
        }
    }
}

/// Whether a method looks at the ballots themselves, not only at their matrix.
pub(crate) const fn looks_at_ballots(method: Method) -> bool {
    let by_duels = matches!(method, Method::Schulze | Method::RankedPairs | Method::Copeland | Method::KemenyYoung);
    !by_duels && !matches!(method, Method::Minimax | Method::MinimaxOpposition)
}

/// Puts the candidates into tiers by a number each, the smallest first.
fn tiers_by<K: Ord>(keys: impl IntoIterator<Item = K>) -> Vec<Vec<Candidate>> {
    let mut tiers: BTreeMap<K, Vec<Candidate>> = BTreeMap::new();
    for (candidate, key) in keys.into_iter().enumerate() {
        tiers.entry(key).or_default().push(Candidate(candidate));
    }
    tiers.into_values().collect()
}

/// Takes a tier out of those left, again and again; `next` has to find somebody.
fn tiers_of(candidates: usize, mut next: impl FnMut(&[Candidate]) -> Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut left: Vec<Candidate> = (0..candidates).map(Candidate).collect();
    let mut tiers = Vec::new();
    while !left.is_empty() {
        let tier = next(&left);
        left.retain(|i| !tier.contains(i));
        tiers.push(tier);
    }
    tiers
}

/// Those of the ones left above whom none of them stands.
fn unbeaten(left: &[Candidate], above: impl Fn(Candidate, Candidate) -> bool) -> Vec<Candidate> {
    left.iter().copied().filter(|i| !left.iter().any(|j| above(*j, *i))).collect()
}

/// A way of the fewest steps with both its ends, if there is any.
pub(crate) fn shortest_path(
    candidates: usize,
    (from, to): (Candidate, Candidate),
    step: impl Fn(Candidate, Candidate) -> bool,
) -> Option<Vec<Candidate>> {
    let mut before = vec![None; candidates];
    let mut reached = VecDeque::from([from]);
    while let Some(here) = reached.pop_front() {
        for next in (0..candidates).map(Candidate).filter(|next| *next != from) {
            if before[next.0].is_none() && step(here, next) {
                before[next.0] = Some(here);
                reached.push_back(next);
            }
        }
    }
    before[to.0]?;
    let mut path: Vec<_> = iter::successors(Some(to), |here| before[here.0]).collect();
    path.reverse();
    Some(path)
}
