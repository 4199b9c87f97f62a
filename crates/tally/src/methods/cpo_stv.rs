//! CPO-STV: every set of winners is compared with every other one, and the best is elected.
//!
//! Nicolaus Tideman, "The Single Transferable Vote", Journal of Economic Perspectives 9 (1995).
//! Two sets are compared by a count for the candidates in either of them. Those in both keep no
//! more than the quota, and what they have beyond it goes on; then each set has the votes of its
//! members. The quota is the ballots that rank anyone, divided by one more than the seats.
//!
//! The surpluses go on by keep factors, so that no order of transfers has to be chosen: see
//! [`meek_stv`], also for ballots that rank several alike. Two sets whose votes differ by no more
//! than rounding may have caused are level. Where no set beats all others, the best are those of
//! Schulze's method, by the strength of the rules.
//!
//! A set has no order: all its members are one tier. If several sets are best and there is no tie
//! order, those in all of them are elected and those in some of them are level; with a tie order,
//! the set wins whose best placed member is placed best, then the next, and so on.

use std::{cmp::Ordering, collections::BTreeMap, fmt, iter};

use super::meek_stv::{self, UNIT};
use super::preferences::Preferences;
use super::stages::decimal;
use super::{Refusal, schulze::Paths};
use crate::ballot::Candidate;
use crate::explain::Named;
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::Strength;
use crate::ties::TieOrder;

/// The most sets of winners that are compared: 252, five of ten candidates.
pub const MAX_OUTCOMES: usize = 252;

/// The most ballots whose votes, to nine decimal places, fit 64 bits: 18,446,744,073.
pub const MAX_BALLOTS: u64 = u64::MAX / 1_000_000_000;

/// All sets of winners, compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparisons {
    /// The sets, each in order.
    pub outcomes: Vec<Vec<Candidate>>,
    /// The votes of one set against another, in billionths; its "candidates" are the sets.
    pub matrix: Matrix,
    /// The best sets, as places in `outcomes`; only one, unless they tie.
    pub best: Vec<usize>,
    /// The sets among which the tie order chose; none where it was not asked.
    pub tied: Vec<usize>,
    /// The elected, those who tie for what is left, and the others, where there are any.
    pub ranking: Vec<Vec<Candidate>>,
}

impl Comparisons {
    /// Compares the sets of as many winners as there are seats; more seats than candidates elects
    /// them all.
    ///
    /// What a blank means does not matter: a ballot counts for those it ranks.
    ///
    /// ```
    /// use tally::methods::{Refusal, cpo_stv::Comparisons};
    /// use tally::{Candidate, Profile, Rank, Strength};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(2), None], 12)?;
    /// profile.push(&[None, None, Rank::new(1)], 5)?;
    /// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
    /// let order = |profile: &Profile, seats| {
    ///     let compared = Comparisons::count(profile, seats, Strength::Margins, None);
    ///     compared.map(|compared| compared.ranking)
    /// };
    /// assert_eq!(order(&profile, 2)?, [vec![ada, ben], vec![cy]]);
    /// assert_eq!(order(&profile, 4)?, [[ada, ben, cy]]);
    ///
    /// // Ada's surplus makes Ben level with Cy: one seat is sure.
    /// profile.push(&[None, None, Rank::new(1)], 1)?;
    /// assert_eq!(order(&profile, 2)?, [vec![ada], vec![ben, cy]]);
    ///
    /// assert_eq!(order(&Profile::new(11)?, 5), Err(Refusal::TooManyOutcomes));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refusal::NoSeats`], [`Refusal::TooManyOutcomes`] and [`Refusal::TooManyBallots`].
    ///
    /// # Panics
    ///
    /// When the tie order has fewer candidates than the profile.
    pub fn count(
        profile: &Profile,
        seats: usize,
        strength: Strength,
        tie_order: Option<&TieOrder>,
    ) -> Result<Self, Refusal> {
        if profile.ballots() > MAX_BALLOTS {
            return Err(Refusal::TooManyBallots(profile.ballots()));
        }
        let outcomes = outcomes(profile.candidates(), seats)?;
        let matrix = compare_all(&Preferences::of(profile), &outcomes);
        let best = Paths::strongest(&matrix, strength).tiers().into_iter().next().unwrap_or_default();
        let best: Vec<usize> = best.iter().map(|outcome| outcome.0).collect();
        let (best, tied) = match tie_order {
            Some(order) if best.len() > 1 => (vec![first(order, &outcomes, &best)], best),
            _ => (best, Vec::new()),
        };
        let ranking = ranking(profile.candidates(), &outcomes, &best);
        Ok(Self { outcomes, matrix, best, tied, ranking })
    }
}

/// All sets of so many winners, in order.
fn outcomes(candidates: usize, seats: usize) -> Result<Vec<Vec<Candidate>>, Refusal> {
    let seats = seats.min(candidates);
    let times = |outcomes: usize, i| {
        let more = outcomes * (candidates - i) / (i + 1);
        (more <= MAX_OUTCOMES).then_some(more)
    };
    match seats {
        0 => Err(Refusal::NoSeats),
        // Not by `choose`, which would go as deep as there are candidates.
        _ if seats == candidates => Ok(vec![(0..candidates).map(Candidate).collect()]),
        _ => {
            // Growing up to half the candidates, so that it may stop where it passes the most.
            let count = (0..seats.min(candidates - seats)).try_fold(1, times);
            count.map(|_| choose(0, candidates, seats)).ok_or(Refusal::TooManyOutcomes)
        }
    }
}

/// Each way to choose so many of the candidates from one place to another.
fn choose(from: usize, to: usize, seats: usize) -> Vec<Vec<Candidate>> {
    if seats == 0 {
        return vec![Vec::new()];
    }
    let starting_with = |first: usize| {
        let others = choose(first + 1, to, seats - 1).into_iter();
        others.map(move |others| iter::once(Candidate(first)).chain(others).collect())
    };
    (from..=to - seats).flat_map(starting_with).collect()
}

/// The votes of each set against each other one.
fn compare_all(ballots: &Preferences, outcomes: &[Vec<Candidate>]) -> Matrix {
    let mut rows = vec![vec![0; outcomes.len()]; outcomes.len()];
    // Many pairs of sets have the same members, and few ballots differ among those.
    let mut among: BTreeMap<Vec<bool>, Preferences> = BTreeMap::new();
    for (i, a) in outcomes.iter().enumerate() {
        for (j, b) in outcomes.iter().enumerate().skip(i + 1) {
            let either: Vec<bool> =
                (0..ballots.candidates).map(Candidate).map(|i| a.contains(&i) || b.contains(&i)).collect();
            let few = among.entry(either).or_insert_with_key(|either| ballots.among(either));
            (rows[i][j], rows[j][i]) = compare(few, ballots.valid(), a, b);
        }
    }
    Matrix::from_rows(&rows)
}

/// The votes of two sets against each other, by what the ballots say of their members and by how
/// many rank anyone.
fn compare(ballots: &Preferences, valid: u64, a: &[Candidate], b: &[Candidate]) -> (u64, u64) {
    let both: Vec<Candidate> = a.iter().copied().filter(|candidate| b.contains(candidate)).collect();
    let mut keep = vec![UNIT; ballots.candidates];
    let valid = u128::from(valid);
    let quota = valid * UNIT / (a.len() as u128 + 1);
    let (votes, surplus) = meek_stv::share(ballots, &mut keep, &both, |_| quota, |_| false);
    let sum = |set: &[Candidate]| set.iter().map(|candidate| votes.of[candidate.0]).sum::<u128>();
    // Every candidate in both may round up once on each ballot.
    let rounding = surplus + valid * both.len() as u128;
    let (a, b) = (sum(a), sum(b));
    let level = a.abs_diff(b) <= rounding;
    let narrow = |votes: u128| u64::try_from(votes).unwrap_or(u64::MAX);
    if level { (narrow(a.max(b)), narrow(a.max(b))) } else { (narrow(a), narrow(b)) }
}

/// Which of some sets the tie order puts first.
fn first(order: &TieOrder, outcomes: &[Vec<Candidate>], tied: &[usize]) -> usize {
    let by_place = |outcome: usize| {
        let mut members = outcomes[outcome].clone();
        members.sort_by(|a, b| order.compare(*a, *b));
        members
    };
    let compare = |a: &usize, b: &usize| {
        let mut pairs = iter::zip(by_place(*a), by_place(*b)).map(|(a, b)| order.compare(a, b));
        pairs.find(|compared| compared.is_ne()).unwrap_or(Ordering::Equal)
    };
    tied.iter().copied().min_by(compare).unwrap_or(0)
}

/// Those in all of the best sets, those in some, and those in none.
fn ranking(candidates: usize, outcomes: &[Vec<Candidate>], best: &[usize]) -> Vec<Vec<Candidate>> {
    let sets = |candidate| best.iter().filter(|set| outcomes[**set].contains(&candidate)).count();
    let place = |candidate| match sets(candidate) {
        0 => 2,
        some => u8::from(some < best.len()),
    };
    super::tiers_by((0..candidates).map(|candidate| place(Candidate(candidate))))
}

impl Comparisons {
    /// Says with names how the best sets compare with each other one, a line each. Displaying it
    /// panics where a name lacks.
    ///
    /// ```
    /// use tally::methods::cpo_stv::Comparisons;
    /// use tally::{Profile, Rank, Strength};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(2), None], 12)?;
    /// profile.push(&[None, None, Rank::new(1)], 5)?;
    /// let compared = Comparisons::count(&profile, 2, Strength::Margins, None)?;
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// let said = compared.named(&names).to_string();
    /// assert_eq!(said.lines().last(), Some("Ada and Ben: 12 votes, against Ben and Cy: 5"));
    ///
    /// // With one set there is nothing to compare.
    /// let compared = Comparisons::count(&profile, 3, Strength::Margins, None)?;
    /// assert_eq!(compared.named(&names).to_string(), "");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Comparisons> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparisons { outcomes, matrix, best, .. } = self.what;
        let said = |set: usize| self.list(&outcomes[set]);
        let votes = |a, b| decimal(matrix.above(Candidate(a), Candidate(b)).into(), UNIT);
        for &a in best {
            for b in (0..outcomes.len()).filter(|b| *b != a) {
                writeln!(f, "{}: {} votes, against {}: {}", said(a), votes(a, b), said(b), votes(b, a))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;

    fn compared(seats: usize, ballots: &[(&[u32], u64)], tie_order: Option<&[usize]>) -> Comparisons {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        let tie_order = tie_order.map(|order| TieOrder::new(order.iter().copied().map(Candidate).collect()).unwrap());
        Comparisons::count(&profile, seats, Strength::Margins, tie_order.as_ref()).unwrap()
    }

    #[test]
    fn a_tie_order_is_not_asked_where_one_set_is_best() {
        let compared = compared(1, &[(&[1, 2], 2), (&[2, 1], 1)], Some(&[1, 0]));
        assert_eq!((compared.best, compared.tied), (vec![0], vec![]));
    }

    fn sets(candidates: usize, seats: usize) -> Option<usize> {
        outcomes(candidates, seats).ok().map(|sets| sets.len())
    }

    #[test]
    fn every_set_is_compared_up_to_the_most() {
        assert_eq!([sets(10, 5), sets(252, 1), sets(252, 251), sets(22, 2)].map(Option::unwrap), [252, 252, 252, 231]);
        assert_eq!([sets(2_048, 2_048), sets(3, 9), sets(4, 2)].map(Option::unwrap), [1, 1, 6]);
        assert_eq!([sets(253, 1), sets(253, 252), sets(11, 5), sets(23, 2), sets(2_048, 1_024)], [None; 5]);
    }

    #[test]
    fn without_seats_there_is_nothing_to_compare() {
        assert_eq!(outcomes(4, 0), Err(Refusal::NoSeats));
    }

    #[test]
    fn surpluses_of_those_in_both_sets_go_on() {
        let compared = compared(2, &[(&[1, 2, 0], 12), (&[0, 0, 1], 5)], None);
        let votes = |a, b| compared.matrix.above(Candidate(a), Candidate(b));
        assert_eq!(compared.outcomes, [[0, 1], [0, 2], [1, 2]].map(|set| set.map(Candidate).to_vec()));
        // Of 17 votes the quota is 5⅔: 0 keeps that and 1 gets the rest, or it is exhausted.
        assert_eq!(votes(0, 1), 12_000_000_000);
        assert!(votes(1, 0).abs_diff(10_666_666_666) < 1_000);
        // Nobody in both has the quota, and nothing goes on.
        assert_eq!((votes(0, 2), votes(2, 0)), (12_000_000_000, 5_000_000_000));
    }

    #[test]
    fn those_in_all_of_the_best_sets_are_elected_and_those_in_some_tie() {
        let level: [(&[u32], u64); 3] = [(&[1, 0, 0], 4), (&[0, 1, 0], 2), (&[0, 0, 1], 2)];
        let open = compared(2, &level, None);
        assert_eq!((open.best.len(), open.tied.len()), (2, 0));
        assert_eq!(open.ranking, [vec![Candidate(0)], [1, 2].map(Candidate).to_vec()]);
        let broken = compared(2, &level, Some(&[2, 0, 1]));
        assert_eq!((broken.best, broken.tied), (vec![1], vec![0, 1]));
        assert_eq!(broken.ranking, [[0, 2].map(Candidate).to_vec(), vec![Candidate(1)]]);
    }

    #[test]
    fn what_rounding_may_have_caused_is_no_difference() {
        // 0 keeps 8 of 12 votes; a third of six makes 1 level with 2, but for nine decimal places.
        let ballots: [(&[u32], u64); 4] = [(&[1, 2, 0], 6), (&[1, 0, 0], 6), (&[0, 1, 0], 5), (&[0, 0, 1], 7)];
        let compared = compared(2, &ballots, None);
        assert_eq!(compared.ranking, [vec![Candidate(0)], [1, 2].map(Candidate).to_vec()]);
    }

    #[test]
    fn more_ballots_than_fit_are_refused() {
        assert_eq!(MAX_BALLOTS, 18_446_744_073);
        let mut profile = Profile::new(2).unwrap();
        profile.push(&[Rank::new(1), None], MAX_BALLOTS).unwrap();
        assert!(Comparisons::count(&profile, 1, Strength::Margins, None).is_ok());
        profile.push(&[Rank::new(1), None], 1).unwrap();
        let refused = Comparisons::count(&profile, 1, Strength::Margins, None);
        assert_eq!(refused.err(), Some(Refusal::TooManyBallots(MAX_BALLOTS + 1)));
    }
}
