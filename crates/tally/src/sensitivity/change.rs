//! The fewest identical ballots that, added to those cast, would have changed who is seated.
//!
//! There are far too many ballots to try them all. So one number is proved from below
//! ([`bound`]), another is found from above by trying the ballots that serve a rival best, and
//! where the two meet the answer is exact. With four candidates or fewer every ballot is tried.

mod bound;

use std::{cmp::Reverse, collections::BTreeMap, fmt};

use super::Counted;
use crate::ballot::{Candidate, Rank};
use crate::explain::Named;
use crate::methods::{self, Refusal};
use crate::outcome::Seats;
use crate::pairwise::Matrix;
use crate::profile::Profile;

/// The most candidates of whom every ballot there can be is tried: 150 ballots for four.
const EVERY_BALLOT: usize = 4;

/// Steps that a search may take, some hundred million to a second.
const STEPS: u64 = 150_000_000;

/// Recounts without which a search is not worth beginning.
const LEAST_RECOUNTS: u64 = 30;

/// How few more ballots would have changed who is seated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many.
    More(MoreBallots),
    /// No number: there are no seats, or as many as candidates.
    Never,
    /// It was not found in the time that a search may take.
    Unknown {
        /// With fewer than so many more ballots, of whatever ranking, the same are seated: proved.
        at_least: u64,
    },
}

/// Identical ballots that would have changed who is seated for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreBallots {
    /// With so many more of the ballot others are seated; with one fewer the same are.
    pub ballots: u64,
    /// With fewer than so many more ballots, of whatever ranking, the same are seated: proved.
    /// Where it equals `ballots`, that is the smallest number there is.
    pub at_least: u64,
    /// The ballot.
    pub ballot: Vec<Option<Rank>>,
    /// What comes of it.
    pub seats: Seats,
    /// Somebody who fares better by it, ranked on it above somebody who fares worse.
    pub above: Option<(Candidate, Candidate)>,
}

/// A ballot to try.
struct Trial {
    ranks: Vec<Option<Rank>>,
    /// Whom it ranks above whom.
    matrix: Matrix,
}

/// The search, and what it may still spend.
struct Search<'a> {
    count: &'a Counted<'a>,
    /// Who is seated, in order of candidates.
    winners: Vec<Candidate>,
    /// Recounts still allowed.
    left: u64,
}

pub(super) fn search(count: &Counted) -> Change {
    let (candidates, seats) = (count.profile.candidates(), count.rules.seats);
    // Whom a cap lets sit all together it always does; a default option can drop anyone.
    let everyone = count.seats.winners.len() == candidates && count.limits.threshold.is_none();
    if seats == 0 || everyone {
        return Change::Never;
    }
    let proved = bound::at_least(count);
    let left = STEPS / super::steps(count.profile, count.rules);
    if left < LEAST_RECOUNTS {
        return Change::Unknown { at_least: proved };
    }
    let mut search = Search { count, winners: sorted(&count.seats.winners), left };
    let trials = search.trials();
    let Some(found) = search.approach(&trials, proved) else { return Change::Unknown { at_least: proved } };
    let (ballots, trial, tried) = search.exhaust(&trials, proved, found);
    let at_least = if candidates <= EVERY_BALLOT { tried } else { proved };
    let seats = search.seats(trial, ballots).unwrap_or_default();
    let above = above(&trial.ranks, &count.seats, &seats);
    Change::More(MoreBallots { ballots, at_least, ballot: trial.ranks.clone(), seats, above })
}

impl Search<'_> {
    /// Who is seated with so many more of a ballot.
    fn seats(&self, trial: &Trial, more: u64) -> Result<Seats, Refusal> {
        let Counted { profile, rules, limits, .. } = *self.count;
        let matrix = self.count.matrix.plus(&trial.matrix, more);
        if !methods::looks_at_ballots(rules.method) {
            return limits.seats(profile, &matrix, rules);
        }
        let mut profile = profile.clone();
        // The number is below what a pile can hold: see `limit`.
        let _ = profile.push(&trial.ranks, more);
        limits.seats(&profile, &matrix, rules)
    }

    fn changes(&mut self, trial: &Trial, more: u64) -> bool {
        self.left = self.left.saturating_sub(1);
        self.seats(trial, more).is_ok_and(|seats| sorted(&seats.winners) != self.winners)
    }

    /// More ballots than this are not tried; with fewer a rival is already first of a majority.
    fn limit(&self) -> u64 {
        let cast = self.count.profile.ballots();
        cast.saturating_add(1).saturating_mul(2).min(u64::MAX - cast)
    }

    /// For some ballot a number that changes the outcome while one fewer does not, as small as
    /// was found, when no fewer than `proved` can.
    fn approach<'t>(&mut self, trials: &'t [Trial], proved: u64) -> Option<(u64, &'t Trial)> {
        let mut best: Option<(u64, &Trial)> = None;
        for trial in trials {
            if self.left == 0 || best.is_some_and(|(fewest, _)| fewest <= proved) {
                break;
            }
            let fewest = match best {
                // Only what is better than the best is worth halving the way to.
                Some((fewest, _)) => Some(fewest - 1).filter(|fewer| self.changes(trial, *fewer)),
                None => self.doubled(trial, proved),
            };
            if let Some(enough) = fewest {
                best = Some((self.halved(trial, proved - 1, enough), trial));
            }
        }
        best
    }

    /// The first of `from`, 2 · `from`, 4 · `from`, … that changes the outcome.
    fn doubled(&mut self, trial: &Trial, from: u64) -> Option<u64> {
        let mut tried = std::iter::successors(Some(from), |more| more.checked_mul(2));
        let limit = self.limit();
        tried.find(|more| *more > limit || self.changes(trial, *more)).filter(|more| *more <= limit)
    }

    /// A number that changes the outcome while one fewer does not, between one that does not and
    /// one that does. There may be several: not every method moves only one way.
    fn halved(&mut self, trial: &Trial, mut unchanged: u64, mut changed: u64) -> u64 {
        while changed - unchanged > 1 {
            let middle = unchanged + (changed - unchanged) / 2;
            if self.changes(trial, middle) { changed = middle } else { unchanged = middle }
        }
        changed
    }

    /// Tries each number from the one proved, with every ballot, up to the one found; and says up
    /// to which number no ballot tried changed the outcome.
    fn exhaust<'t>(
        &mut self,
        trials: &'t [Trial],
        proved: u64,
        (found, by): (u64, &'t Trial),
    ) -> (u64, &'t Trial, u64) {
        for more in proved..found {
            for trial in trials {
                if self.left == 0 {
                    return (found, by, more);
                }
                if self.changes(trial, more) {
                    return (more, trial, more);
                }
            }
        }
        (found, by, found)
    }

    /// The ballots worth trying, the likeliest first.
    fn trials(&self) -> Vec<Trial> {
        let candidates = self.count.profile.candidates();
        let ballots = if candidates <= EVERY_BALLOT { every_ballot(candidates) } else { self.serving_a_rival() };
        ballots.iter().filter_map(|numbers| self.trial(numbers)).collect()
    }

    /// Makes a ballot of numbers, 0 for a blank.
    fn trial(&self, numbers: &[u32]) -> Option<Trial> {
        let ranks: Vec<_> = numbers.iter().map(|number| Rank::new(*number)).collect();
        let mut once = Profile::new(ranks.len()).ok()?;
        once.push(&ranks, 1).ok()?;
        Some(Trial { matrix: Matrix::count_on(1, &once, self.count.rules.blank), ranks })
    }

    /// For each rival of each who is seated or ties: the rival first and the other last, with all
    /// between them level, in the order of the outcome or in the reverse; and these two alone.
    fn serving_a_rival(&self) -> Vec<Vec<u32>> {
        let Counted { seats, ranking, .. } = self.count;
        let tied = seats.ties.iter().flat_map(|tie| &tie.among);
        let seated: Vec<_> = seats.winners.iter().chain(tied).rev().collect();
        let not = |candidate: &&Candidate| !seats.winners.contains(candidate);
        let pairs = seated.into_iter().flat_map(move |s| ranking.iter().flatten().filter(not).map(move |u| (*u, *s)));
        pairs.filter(|(u, s)| u != s).flat_map(|(u, s)| self.serving(u, s)).collect()
    }

    fn serving(&self, rival: Candidate, seated: Candidate) -> [Vec<u32>; 6] {
        let tiers = u32::try_from(self.count.ranking.len()).unwrap_or(u32::MAX - 3);
        let tier = |it| u32::try_from(self.count.tier(it)).unwrap_or(0);
        let ballot = |first: u32, last: u32, between: &dyn Fn(Candidate) -> u32| -> Vec<u32> {
            let number = |it| {
                if it == rival {
                    first
                } else if it == seated {
                    last
                } else {
                    between(it)
                }
            };
            self.count.matrix.candidates().map(number).collect()
        };
        [
            ballot(1, 3, &|_| 2),
            ballot(1, tiers + 3, &|it| 2 + tier(it)),
            ballot(1, tiers + 3, &|it| 2 + tiers - tier(it)),
            ballot(1, 2, &|_| 0),
            ballot(1, 2, &|_| 2),
            ballot(1, 2, &|_| 1),
        ]
    }
}

/// Every ballot of so many candidates, those with the fewest blanks and the most ranks first.
fn every_ballot(candidates: usize) -> Vec<Vec<u32>> {
    let numbers = 0..=u32::try_from(candidates).unwrap_or(0);
    let longer = |shorter: Vec<Vec<u32>>, _| {
        let one_more = |ballot: Vec<u32>| numbers.clone().map(move |number| [&ballot[..], &[number]].concat());
        shorter.into_iter().flat_map(one_more).collect()
    };
    let mut ballots = (0..candidates).fold(vec![vec![]], longer);
    let ranks = |ballot: &[u32]| ballot.iter().copied().max().unwrap_or(0);
    ballots.retain(|ballot| (1..=ranks(ballot)).all(|rank| ballot.contains(&rank)));
    ballots.sort_by_key(|ballot| (ballot.iter().filter(|rank| **rank == 0).count(), Reverse(ranks(ballot))));
    ballots
}

/// Somebody who fares better now, ranked above somebody who fares worse.
fn above(ballot: &[Option<Rank>], before: &Seats, now: &Seats) -> Option<(Candidate, Candidate)> {
    let all = || (0..ballot.len()).map(Candidate);
    let better = || all().filter(|it| now.fate(*it) < before.fate(*it));
    let worse = |it: &Candidate| now.fate(*it) > before.fate(*it);
    let place = |it: Candidate| ballot[it.0].map_or(u32::MAX, Rank::get);
    let below = |a: Candidate| all().filter(worse).find(move |b| place(a) < place(*b));
    better().find_map(|a| below(a).map(|b| (a, b)))
}

fn sorted(candidates: &[Candidate]) -> Vec<Candidate> {
    let mut sorted = candidates.to_vec();
    sorted.sort_unstable();
    sorted
}

impl MoreBallots {
    /// Returns the ballot in tiers, best first; blanks are in none.
    ///
    /// ```
    /// use tally::{Candidate, Rank, Seats, sensitivity::MoreBallots};
    ///
    /// let ballot = [2, 1, 0, 2].map(Rank::new).to_vec();
    /// let more = MoreBallots { ballots: 1, at_least: 1, ballot, seats: Seats::default(), above: None };
    /// assert_eq!(more.tiers(), [vec![Candidate(1)], vec![Candidate(0), Candidate(3)]]);
    /// ```
    #[must_use]
    pub fn tiers(&self) -> Vec<Vec<Candidate>> {
        let mut tiers = BTreeMap::<Rank, Vec<Candidate>>::new();
        for (candidate, rank) in self.ballot.iter().enumerate() {
            if let Some(rank) = rank {
                tiers.entry(*rank).or_default().push(Candidate(candidate));
            }
        }
        tiers.into_values().collect()
    }
}

impl Change {
    /// Says it with names. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::sensitivity::Change;
    ///
    /// assert_eq!(
    ///     Change::Never.named(&[]).to_string(),
    ///     "However many more ballots there were, the same people would be seated."
    /// );
    /// let said = Change::Unknown { at_least: 3 }.named(&[]).to_string();
    /// assert!(said.ends_with("was not found in the time allowed; fewer than 3 could not."));
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Change> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            Change::Never => f.write_str("However many more ballots there were, the same people would be seated."),
            Change::Unknown { at_least } => {
                f.write_str("How few more ballots would have changed who is seated was not found in the time allowed")?;
                if *at_least > 1 { write!(f, "; fewer than {at_least} could not.") } else { f.write_str(".") }
            }
            Change::More(more) => Named::new(more, self.names).fmt(f),
        }
    }
}

impl fmt::Display for Named<'_, MoreBallots> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MoreBallots { ballots, at_least, seats, above, .. } = self.what;
        let exact = ballots == at_least;
        let (noun, verb) = if *ballots == 1 { ("ballot", "ranks") } else { ("ballots", "rank") };
        write!(f, "{}{ballots} more {noun}", if exact { "" } else { "At most " })?;
        if let Some((better, worse)) = above {
            write!(f, " that {verb} {} above {}", self.name(*better), self.name(*worse))?;
        }
        let tiers = self.what.tiers();
        let tier = |tier: &Vec<Candidate>| tier.iter().map(|it| self.name(*it)).collect::<Vec<_>>().join(" = ");
        let order = tiers.iter().map(tier).collect::<Vec<_>>().join(" > ");
        write!(f, " ({order}) would have changed who is seated: {}.", seats.named(self.names))?;
        match at_least {
            _ if exact => f.write_str(" Fewer could not."),
            1 => Ok(()),
            least => write!(f, " Fewer than {least} could not."),
        }
    }
}
