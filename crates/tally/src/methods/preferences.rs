//! Ballots as orders of preference, identical ones merged, and who comes first on them.
//!
//! A first place that several share is cut into equal parts, exactly: votes are integers over one
//! denominator, the least common multiple of the numbers that share. With up to 46 candidates no
//! ballots can make that pass 128 bits, as the least common multiple of 1 to 46 is below 2⁶⁴;
//! beyond them it takes ballots with dozens of different numbers of equal first ranks, and the
//! answer is then a [`Refusal`] rather than a rounded number.

use std::collections::BTreeMap;

use super::{Refusal, scores::Scores};
use crate::ballot::{Candidate, Rank};
use crate::profile::Profile;

/// The distinct ballots of a profile that rank anyone, in an order that does not depend on theirs.
pub(super) struct Preferences {
    pub(super) candidates: usize,
    pub(super) ballots: Vec<Preference>,
}

/// One ballot and how often it was cast.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Preference {
    /// The ranked candidates, best first, ranks counted 1, 2, … without gaps. Two bytes each:
    /// a large pile is mostly this.
    order: Vec<(u16, u16)>,
    pub(super) count: u64,
}

/// The first places among those left.
pub(super) struct FirstPlaces {
    /// The votes of every candidate, none for those who are not left.
    pub(super) votes: Scores,
    /// Ballots on which nobody left is ranked, of those that rank anyone.
    pub(super) exhausted: u64,
}

impl Preferences {
    pub(super) fn of(profile: &Profile) -> Self {
        let cast = profile.iter().map(|(ranks, count)| Preference { order: order(&ranks), count });
        Self::merge(profile.candidates(), cast)
    }

    /// The same of those left alone, as if nobody else had stood.
    pub(super) fn among(&self, left: &[bool]) -> Self {
        let only = |ballot: &Preference| {
            let order = ballot.order.iter().copied().filter(|(_, candidate)| left[usize::from(*candidate)]);
            Preference { order: dense(&order.collect::<Vec<_>>()), count: ballot.count }
        };
        Self::merge(self.candidates, self.ballots.iter().map(only))
    }

    fn merge(candidates: usize, cast: impl Iterator<Item = Preference>) -> Self {
        let mut ballots: Vec<_> = cast.filter(|ballot| ballot.count > 0 && !ballot.order.is_empty()).collect();
        ballots.sort_unstable();
        ballots.dedup_by(|next, kept| {
            let same = next.order == kept.order;
            kept.count += if same { next.count } else { 0 };
            same
        });
        Self { candidates, ballots }
    }

    /// How many ballots rank anyone.
    pub(super) fn valid(&self) -> u64 {
        self.ballots.iter().map(|ballot| ballot.count).sum()
    }

    /// Counts the first places among the candidates for whom `left` is true.
    pub(super) fn first_places(&self, left: &[bool]) -> Result<FirstPlaces, Refusal> {
        let mut votes_by_share: BTreeMap<u128, Vec<u64>> = BTreeMap::new();
        let mut exhausted = 0;
        for ballot in &self.ballots {
            let first = ballot.first(left);
            let share = first.clone().map(|_| 1).sum();
            if share == 0 {
                exhausted += ballot.count;
                continue;
            }
            let votes = votes_by_share.entry(share).or_insert_with(|| vec![0; self.candidates]);
            first.for_each(|candidate| votes[candidate.0] += ballot.count);
        }
        let denominator = votes_by_share.keys().try_fold(1, |a, b| lcm(a, *b));
        let fits = |denominator: &u128| denominator.checked_mul(self.valid().into()).is_some();
        let denominator = denominator.filter(fits).ok_or(Refusal::TooManyShares)?;
        let numerator =
            |i| votes_by_share.iter().map(|(share, votes)| denominator / share * u128::from(votes[i])).sum();
        let numerators = (0..self.candidates).map(numerator).collect();
        Ok(FirstPlaces { votes: Scores { numerators, denominator }, exhausted })
    }
}

impl Preference {
    /// Lists the ranked candidates, best first, each with its rank counted without gaps from 1.
    pub(super) fn places(&self) -> impl Iterator<Item = (u16, Candidate)> + Clone {
        self.order.iter().map(|&(rank, candidate)| (rank, Candidate(candidate.into())))
    }

    /// Lists the tiers, best first.
    pub(super) fn tiers(&self) -> impl Iterator<Item = impl Iterator<Item = Candidate> + Clone> {
        let tiers = self.order.chunk_by(|a, b| a.0 == b.0);
        tiers.map(|tier| tier.iter().map(|&(_, candidate)| Candidate(candidate.into())))
    }

    /// Lists the best ranked of those left; nobody where all of them are blank.
    pub(super) fn first(&self, left: &[bool]) -> impl Iterator<Item = Candidate> + Clone {
        let mut ranked = self.places().filter(|(_, candidate)| left[candidate.0]).peekable();
        let best = ranked.peek().map(|(rank, _)| *rank);
        ranked.take_while(move |(rank, _)| Some(*rank) == best).map(|(_, candidate)| candidate)
    }
}

fn order(ranks: &[Option<Rank>]) -> Vec<(u16, u16)> {
    let mut ranked: Vec<_> = (0..).zip(ranks).filter_map(|(candidate, rank)| Some(((*rank)?, candidate))).collect();
    ranked.sort_unstable();
    dense(&ranked)
}

/// Counts the ranks of what is in order from 1, without gaps.
fn dense<R: PartialEq>(ranked: &[(R, u16)]) -> Vec<(u16, u16)> {
    let tiers = ranked.chunk_by(|a, b| a.0 == b.0);
    (1..).zip(tiers).flat_map(|(rank, tier)| tier.iter().map(move |(_, candidate)| (rank, *candidate))).collect()
}

fn lcm(a: u128, b: u128) -> Option<u128> {
    (a / gcd(a, b)).checked_mul(b)
}

/// The greatest common divisor (Euclid).
pub(super) const fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferences(ballots: &[(&[u32], u64)]) -> Preferences {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        Preferences::of(&profile)
    }

    #[test]
    fn ballots_that_say_the_same_are_merged_whatever_their_gaps() {
        let merged =
            preferences(&[(&[1, 5, 0], 2), (&[0, 0, 0], 7), (&[3, 4, 0], 3), (&[2, 2, 0], 1), (&[1, 2, 3], 0)]);
        let counts: Vec<u64> = merged.ballots.iter().map(|ballot| ballot.count).collect();
        assert_eq!(counts, [1, 5]);
        assert_eq!(merged.valid(), 6);
    }

    #[test]
    fn a_shared_first_place_is_cut_into_equal_parts() {
        let ballots = preferences(&[(&[1, 1, 0, 2], 3), (&[1, 1, 1, 2], 1), (&[0, 0, 0, 1], 2), (&[1, 2, 0, 0], 4)]);
        let first = ballots.first_places(&[true; 4]).unwrap();
        assert_eq!(first.votes, Scores { numerators: vec![35, 11, 2, 12], denominator: 6 });
        let later = ballots.first_places(&[false, false, true, false]).unwrap();
        assert_eq!(later.votes, Scores { numerators: vec![0, 0, 1, 0], denominator: 1 });
        assert_eq!(later.exhausted, 9);
    }

    #[test]
    fn among_a_few_the_others_have_never_stood() {
        let ballots = preferences(&[(&[1, 2, 3], 2), (&[2, 1, 3], 3), (&[0, 1, 0], 4), (&[1, 0, 1], 5)]);
        let few = ballots.among(&[true, false, true]);
        let expected = preferences(&[(&[1, 0, 2], 5), (&[1, 0, 1], 5)]);
        assert!(few.ballots == expected.ballots);
    }

    /// Ballots that share a first place among each of these numbers of candidates.
    fn shared_by(numbers: &[usize], count: u64) -> Preferences {
        let most = *numbers.iter().max().unwrap();
        let mut profile = Profile::new(most).unwrap();
        for number in numbers {
            let ranks: Vec<_> = (0..most).map(|i| Rank::new(u32::from(i < *number))).collect();
            profile.push(&ranks, count).unwrap();
        }
        Preferences::of(&profile)
    }

    #[test]
    fn shares_of_46_candidates_never_pass_128_bits() {
        let numbers: Vec<usize> = (1..=46).collect();
        let ballots = shared_by(&numbers, u64::MAX / 46);
        assert!(ballots.first_places(&[true; 46]).is_ok());
    }

    #[test]
    fn shares_without_a_common_denominator_of_128_bits_are_refused() {
        let primes: Vec<usize> = (2..=103).filter(|n| (2..*n).all(|d| n % d > 0)).collect();
        let refused = |ballots: &Preferences| ballots.first_places(&[true; 103]).err();
        assert_eq!(refused(&shared_by(&primes, 1)), Some(Refusal::TooManyShares));
        let without_the_last = &primes[..primes.len() - 2];
        let left = vec![true; 103];
        assert!(shared_by(without_the_last, 1).first_places(&left).is_ok());
        assert!(shared_by(without_the_last, u64::MAX / 100).first_places(&left).is_err());
    }
}
