//! How many ballots leave an outcome of Schulze's method as it is, whatever stands on them.
//!
//! With `k` more ballots each entry of the matrix grows by at most `k`. So a victory of `i` over
//! `j` that is wider than `k` stands, and is at least as strong as if all `k` were against it;
//! and `j` beats `i` at most as strongly as if all `k` were for it. If the strongest path from `i`
//! to `j` over what is left in the worst case is still stronger than the strongest path back in
//! the best, `i` stands above `j` with any `k` ballots more. If so everyone seated stands above
//! everyone else, the same are seated: no tier, and no number of defeats, can mix the two. A cap
//! lets them sit together, as it did before. What a default option drops can change with one vote.

use std::array;

use crate::ballot::Candidate;
use crate::methods::schulze;
use crate::pairwise::Duel;
use crate::rules::Method;
use crate::sensitivity::Counted;

/// The most candidates for whom it is looked for, which takes some dozen counts.
const MOST_CANDIDATES: usize = 200;

/// The fewest ballots that could change who is seated; 1 where nothing better is known.
pub(super) fn at_least(count: &Counted) -> u64 {
    let seated_alike = count.seats.winners.len() == count.rules.seats && count.limits.threshold.is_none();
    let few = count.matrix.candidates().count() <= MOST_CANDIDATES;
    if count.rules.method != Method::Schulze || !seated_alike || !few {
        return 1;
    }
    let (mut stands, mut unsure) = (0, 1);
    while stands_with(count, unsure) {
        (stands, unsure) = (unsure, unsure.saturating_mul(2));
    }
    while unsure - stands > 1 {
        let middle = stands + (unsure - stands) / 2;
        if stands_with(count, middle) { stands = middle } else { unsure = middle }
    }
    unsure
}

/// Whether the same are certainly seated with so many more ballots.
fn stands_with(count: &Counted, more: u64) -> bool {
    let [worst, best] = strongest(count, more);
    let seated = |candidate: &Candidate| count.seats.winners.contains(candidate);
    let mut others = count.matrix.candidates().filter(|other| !seated(other));
    others.all(|u| count.seats.winners.iter().all(|s| worst[s.0][u.0] > best[u.0][s.0]))
}

/// The strongest paths if all the ballots are against each victory, and if all are for it.
fn strongest(count: &Counted, more: u64) -> [Vec<Vec<u32>>; 2] {
    let (matrix, strength) = (count.matrix, count.rules.strength);
    let pairs = matrix.candidates().flat_map(|a| matrix.candidates().map(move |b| matrix.duel(a, b)));
    let cases = pairs.filter(|duel| duel.first != duel.second).flat_map(|duel| {
        let against = Duel { for_second: duel.for_second.saturating_add(more), ..duel };
        [(0, against), (1, Duel { for_first: duel.for_first.saturating_add(more), ..duel })]
    });
    let mut victories: Vec<_> = cases.filter(|(_, duel)| duel.winner() == Some(duel.first)).collect();
    victories.sort_unstable_by(|(_, a), (_, b)| strength.compare(a, b));
    let empty = vec![vec![0; matrix.candidates().count()]; matrix.candidates().count()];
    let mut cases: [_; 2] = array::from_fn(|_| empty.clone());
    for (alike, level) in victories.chunk_by(|(_, a), (_, b)| strength.compare(a, b).is_eq()).zip(1..) {
        for (case, duel) in alike {
            cases[*case][duel.first.0][duel.second.0] = level;
        }
    }
    cases.map(schulze::widest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlankRule, Profile, Rank, Rules, count, limits::Limits};

    #[test]
    fn ballots_that_strengthen_the_way_back_can_unseat() {
        // A beats B 10–0, B beats C 9–0, C beats A 6–5: A wins by its path to C, of 9.
        let mut profile = Profile::new(3).unwrap();
        for (ballot, cast) in [([1, 2, 0], 10), ([0, 1, 2], 9), ([2, 0, 1], 6), ([1, 0, 2], 5)] {
            profile.push(&ballot.map(Rank::new), cast).unwrap();
        }
        let outcome = count(&profile, &Rules::new(BlankRule::NoOpinion)).unwrap();
        let crate::Outcome { ref matrix, ref rules, ref ranking, ref seats, .. } = outcome;
        let (ranking, seats, limits) = (ranking.clone(), seats.clone(), &Limits::default());
        let counted = Counted { profile: &profile, rules, matrix, ranking, seats, limits };
        // With two more C's path to A is at most of 8, with three of 9.
        assert!(stands_with(&counted, 2));
        assert!(!stands_with(&counted, 3));
    }
}
