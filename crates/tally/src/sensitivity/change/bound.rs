//! How many ballots leave an outcome of Schulze's method as it is, whatever stands on them.
//!
//! With `k` more ballots each entry of the matrix grows by at most `k`. So a victory of `i` over
//! `j` that is wider than `k` stands, and is at least as strong as if all `k` were against it;
//! and `j` beats `i` at most as strongly as if all `k` were for it. If the strongest path from `i`
//! to `j` over what is left in the worst case is still stronger than the strongest path back in
//! the best, `i` stands above `j` with any `k` ballots more. If so everyone seated stands above
//! everyone else, the same are seated: no tier, and no number of defeats, can mix the two.

use std::array;

use crate::ballot::Candidate;
use crate::methods::schulze;
use crate::outcome::Outcome;
use crate::pairwise::Duel;
use crate::rules::Method;

/// The most candidates for whom it is looked for, which takes some dozen counts.
const MOST_CANDIDATES: usize = 200;

/// The fewest ballots that could change who is seated; 1 where nothing better is known.
pub(super) fn at_least(outcome: &Outcome) -> u64 {
    let seated_alike = outcome.seats.winners.len() == outcome.rules.seats;
    let few = outcome.matrix.candidates().count() <= MOST_CANDIDATES;
    if outcome.rules.method != Method::Schulze || !seated_alike || !few {
        return 1;
    }
    let (mut stands, mut unsure) = (0, 1);
    while stands_with(outcome, unsure) {
        (stands, unsure) = (unsure, unsure.saturating_mul(2));
    }
    while unsure - stands > 1 {
        let middle = stands + (unsure - stands) / 2;
        if stands_with(outcome, middle) { stands = middle } else { unsure = middle }
    }
    unsure
}

/// Whether the same are certainly seated with so many more ballots.
fn stands_with(outcome: &Outcome, more: u64) -> bool {
    let [worst, best] = strongest(outcome, more);
    let seated = |candidate: &Candidate| outcome.seats.winners.contains(candidate);
    let mut others = outcome.matrix.candidates().filter(|other| !seated(other));
    others.all(|u| outcome.seats.winners.iter().all(|s| worst[s.0][u.0] > best[u.0][s.0]))
}

/// The strongest paths if all the ballots are against each victory, and if all are for it.
fn strongest(outcome: &Outcome, more: u64) -> [Vec<Vec<u32>>; 2] {
    let (matrix, strength) = (&outcome.matrix, outcome.rules.strength);
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
