//! What must hold for the methods that look only at the matrix.

use std::cmp::Ordering;

use crate::common::polls::{Ballots, config, polls, profile};
use proptest::array::uniform5;
use proptest::prelude::*;
use tally::methods::{kemeny_young::KemenyYoung, minimax::Minimax, ranked_pairs::Decision, ranked_pairs::RankedPairs};
use tally::{BlankRule, Candidate, Duel, Matrix, Method, Rules, Strength, TieOrder, count, sets};

type Tiers = Vec<Vec<Candidate>>;

const METHODS: [Method; 6] = [
    Method::Schulze,
    Method::RankedPairs,
    Method::Minimax,
    Method::MinimaxOpposition,
    Method::Copeland,
    Method::KemenyYoung,
];

prop_compose! {
    fn rules()(
        method in prop::sample::select(&METHODS[..]),
        blank in prop::sample::select(&[BlankRule::Last, BlankRule::NoOpinion][..]),
        strength in strength(),
    ) -> Rules {
        Rules { method, strength, ..Rules::new(blank) }
    }
}

fn strength() -> impl Strategy<Value = Strength> {
    prop::sample::select(Strength::ALL.map(|(strength, _)| strength).to_vec())
}

/// Five candidates, and so many votes that two victories are seldom equal.
fn rows() -> impl Strategy<Value = [[u64; 5]; 5]> {
    uniform5(uniform5(0..1_000_u64))
}

/// The places of six candidates in an order.
fn orders() -> impl Strategy<Value = Vec<usize>> {
    Just((0..6).collect::<Vec<usize>>()).prop_shuffle()
}

/// Those of an order of six that there are.
fn tie_order(candidates: usize, order: &[usize]) -> TieOrder {
    TieOrder::new(order.iter().filter(|i| **i < candidates).map(|i| Candidate(*i)).collect()).unwrap()
}

fn ranking(candidates: usize, ballots: &Ballots, rules: &Rules) -> Tiers {
    count(&profile(candidates, ballots), rules).unwrap().ranking
}

fn lock(rows: [[u64; 5]; 5], strength: Strength) -> Tiers {
    RankedPairs::lock(&rows.into(), strength, None).tiers().to_vec()
}

fn transposed(rows: [[u64; 5]; 5]) -> [[u64; 5]; 5] {
    std::array::from_fn(|i| std::array::from_fn(|j| rows[j][i]))
}

fn pairs(matrix: &Matrix) -> impl Iterator<Item = (Candidate, Candidate)> {
    matrix.candidates().flat_map(|i| matrix.candidates().map(move |j| (i, j)))
}

/// By strength, then by the winning votes, then by the fewer votes against.
fn stronger(strength: Strength, a: &Duel, b: &Duel) -> Ordering {
    let votes = |duel: &Duel| (duel.for_first, u64::MAX - duel.for_second);
    strength.compare(a, b).then_with(|| votes(a).cmp(&votes(b)))
}

/// No two victories are equal; pairs can tie.
fn has_no_equal_victories(matrix: &Matrix, strength: Strength) -> bool {
    let victories: Vec<Duel> = matrix.duels().filter(|duel| duel.winner().is_some()).collect();
    let equals = |a: &Duel| victories.iter().filter(|b| stronger(strength, a, b).is_eq()).count();
    victories.iter().all(|a| equals(a) == 1)
}

/// No two victories are equal, and no pair ties: ranked pairs leaves nothing open.
fn is_decided(rows: [[u64; 5]; 5], strength: Strength) -> bool {
    let matrix = Matrix::from(rows);
    has_no_equal_victories(&matrix, strength) && matrix.duels().all(|duel| duel.winner().is_some())
}

/// Whether steps lead from one candidate to another, by depth-first search.
fn leads(steps: &[(Candidate, Candidate)], from: Candidate, to: Candidate) -> bool {
    let mut seen = vec![];
    let mut open = vec![from];
    while let Some(here) = open.pop() {
        for (_, next) in steps.iter().filter(|(first, _)| *first == here) {
            if *next == to {
                return true;
            }
            if !seen.contains(next) {
                seen.push(*next);
                open.push(*next);
            }
        }
    }
    false
}

/// The worst of a candidate's duels with those left that count.
fn worst(
    matrix: &Matrix,
    (left, candidate): (&[Candidate], Candidate),
    counts: impl Fn(&Duel) -> bool,
    compare: impl Fn(&Duel, &Duel) -> Ordering,
) -> Option<Duel> {
    let others = left.iter().filter(|rival| **rival != candidate);
    others.map(|rival| matrix.duel(*rival, candidate)).filter(counts).max_by(compare)
}

fn defeat(duel: &Duel) -> bool {
    duel.for_first > duel.for_second
}

fn milder(compare: impl Fn(&Duel, &Duel) -> Ordering, a: Option<&Duel>, b: Option<&Duel>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b).is_lt(),
        (a, b) => a.is_none() && b.is_some(),
    }
}

/// The victories that ranked pairs locks without a tie order, by the definition.
fn locked(matrix: &Matrix, strength: Strength) -> Vec<(Candidate, Candidate)> {
    let mut victories: Vec<Duel> = matrix.duels().filter(|duel| duel.winner().is_some()).collect();
    victories.sort_by(|a, b| stronger(strength, b, a));
    let mut locked = vec![];
    for bunch in victories.chunk_by(|a, b| stronger(strength, a, b).is_eq()) {
        let before = locked.clone();
        let agrees = |duel: &&Duel| !leads(&before, duel.second, duel.first);
        locked.extend(bunch.iter().filter(agrees).map(|duel| (duel.first, duel.second)));
    }
    locked
}

/// Every order of so many candidates.
fn permutations(candidates: usize) -> Vec<Vec<Candidate>> {
    let Some(last) = candidates.checked_sub(1) else { return vec![vec![]] };
    let insert = |order: Vec<Candidate>| {
        (0..candidates).map(move |place| {
            let mut order = order.clone();
            order.insert(place, Candidate(last));
            order
        })
    };
    permutations(last).into_iter().flat_map(insert).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_condorcet_winner_wins_but_by_opposition((n, ballots) in polls(1), rules in rules()) {
        let winner = sets::condorcet(&Matrix::count(&profile(n, &ballots), rules.blank)).winner;
        if let Some(winner) = winner.filter(|_| rules.method != Method::MinimaxOpposition) {
            prop_assert_eq!(&ranking(n, &ballots, &rules)[0], &[winner]);
        }
    }

    #[test]
    fn the_condorcet_loser_wins_by_minimax_alone((n, ballots) in polls(2), rules in rules()) {
        let loser = sets::condorcet(&Matrix::count(&profile(n, &ballots), rules.blank)).loser;
        let minimax = matches!(rules.method, Method::Minimax | Method::MinimaxOpposition);
        if let Some(loser) = loser.filter(|_| !minimax) {
            prop_assert!(!ranking(n, &ballots, &rules)[0].contains(&loser));
        }
    }

    #[test]
    fn every_candidate_has_one_place((n, ballots) in polls(1), rules in rules()) {
        let tiers = ranking(n, &ballots, &rules);
        prop_assert!(tiers.iter().all(|tier| !tier.is_empty() && tier.is_sorted()));
        let mut everyone = tiers.concat();
        everyone.sort_unstable();
        prop_assert!(everyone.into_iter().eq((0..n).map(Candidate)));
    }

    #[test]
    fn the_order_of_ballots_changes_nothing((n, ballots) in polls(1), rules in rules(), turn in 0..12_usize) {
        let mut other = ballots.clone();
        other.rotate_left(turn % ballots.len().max(1));
        other.reverse();
        prop_assert_eq!(ranking(n, &ballots, &rules), ranking(n, &other, &rules));
    }

    #[test]
    fn every_ballot_twice_changes_nothing((n, ballots) in polls(1), rules in rules()) {
        let twice = [&ballots[..], &ballots].concat();
        prop_assert_eq!(ranking(n, &ballots, &rules), ranking(n, &twice, &rules));
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        (n, ballots) in polls(1), rules in rules(), moved in orders(), ties in prop::option::of(orders()),
    ) {
        // The candidate at place i is put where `moved` has it, and in the tie order likewise.
        let moved: Vec<usize> = moved.into_iter().filter(|i| *i < n).collect();
        let to = |candidate: Candidate| Candidate(moved[candidate.0]);
        let relabelled = ballots.iter().map(|(ballot, count)| {
            let mut numbers = vec![0; n];
            (0..n).for_each(|i| numbers[moved[i]] = ballot[i]);
            (numbers, *count)
        });
        let relabelled: Ballots = relabelled.collect();
        let order: Option<Vec<Candidate>> =
            ties.map(|order| order.into_iter().filter(|i| *i < n).map(Candidate).collect());
        let with = |order: Option<Vec<Candidate>>| Rules { tie_order: order.and_then(TieOrder::new), ..rules.clone() };
        let before = ranking(n, &ballots, &with(order.clone()));
        let after = ranking(n, &relabelled, &with(order.map(|order| order.into_iter().map(to).collect())));
        let expected: Tiers = before
            .into_iter()
            .map(|tier| {
                let mut tier: Vec<_> = tier.into_iter().map(to).collect();
                tier.sort_unstable();
                tier
            })
            .collect();
        prop_assert_eq!(after, expected);
    }

    #[test]
    fn ranked_pairs_elects_from_the_smith_set(
        (n, ballots) in polls(1), rules in rules(), ties in prop::option::of(orders()),
    ) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let order = ties.map(|order| tie_order(n, &order));
        let pairs = RankedPairs::lock(&matrix, rules.strength, order.as_ref());
        let smith = sets::smith(&matrix);
        prop_assert!(pairs.tiers()[0].iter().all(|winner| smith.contains(winner)));
    }

    #[test]
    fn ranked_pairs_locks_what_its_definition_does((n, ballots) in polls(1), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let pairs = RankedPairs::lock(&matrix, rules.strength, None);
        let locked = locked(&matrix, rules.strength);
        for it in pairs.decisions() {
            prop_assert_eq!(it.locked, locked.contains(&(it.victory.first, it.victory.second)));
        }
        for (i, j) in self::pairs(&matrix) {
            prop_assert_eq!(pairs.above(i, j), leads(&locked, i, j) && !leads(&locked, j, i));
        }
        let mut left: Vec<Candidate> = matrix.candidates().collect();
        let compare = |a: &Duel, b: &Duel| stronger(rules.strength, a, b);
        for tier in pairs.tiers() {
            let unbeaten = |i: &Candidate| !left.iter().any(|j| pairs.above(*j, *i));
            let top: Vec<Candidate> = left.iter().copied().filter(unbeaten).collect();
            let worst = |i: &Candidate| worst(&matrix, (&left, *i), defeat, compare);
            let first = |i: &Candidate| !top.iter().any(|j| milder(compare, worst(j).as_ref(), worst(i).as_ref()));
            prop_assert_eq!(tier, &top.iter().copied().filter(first).collect::<Vec<_>>());
            left.retain(|i| !tier.contains(i));
        }
    }

    #[test]
    fn ranked_pairs_skips_only_what_stronger_locked_victories_contradict(
        (n, ballots) in polls(1), rules in rules(), ties in prop::option::of(orders()),
    ) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let order = ties.map(|order| tie_order(n, &order));
        let pairs = RankedPairs::lock(&matrix, rules.strength, order.as_ref());
        for it in pairs.decisions() {
            let (winner, loser) = (it.victory.first, it.victory.second);
            let chain = pairs.contradiction(winner, loser);
            prop_assert_eq!(chain.is_none(), it.locked);
            let Some(chain) = chain else { continue };
            prop_assert_eq!((chain[0], chain[chain.len() - 1]), (loser, winner));
            for step in chain.windows(2) {
                let before = |other: &&Decision| {
                    other.locked && other.bunch < it.bunch && [other.victory.first, other.victory.second] == *step
                };
                prop_assert_eq!(pairs.decisions().iter().filter(before).count(), 1);
            }
        }
    }

    #[test]
    fn a_tie_order_leaves_ranked_pairs_strict((n, ballots) in polls(1), rules in rules(), ties in orders()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let order = tie_order(n, &ties);
        let pairs = RankedPairs::lock(&matrix, rules.strength, Some(&order));
        prop_assert!(pairs.tiers().iter().all(|tier| tier.len() == 1));
        let strict = pairs.tiers().concat();
        for (i, j) in self::pairs(&matrix).filter(|(i, j)| pairs.above(*i, *j)) {
            prop_assert!(strict.iter().position(|it| *it == i) < strict.iter().position(|it| *it == j));
        }
        for equals in pairs.decisions().windows(2) {
            let [a, b] = [equals[0].victory, equals[1].victory];
            prop_assert!(stronger(rules.strength, &a, &b).is_ge());
            if stronger(rules.strength, &a, &b).is_eq() {
                let later = order.compare(a.second, b.second);
                prop_assert!(later.then(order.compare(b.first, a.first)).is_gt());
            }
        }
    }

    #[test]
    fn a_tie_order_changes_nothing_between_victories_that_differ(
        (n, ballots) in polls(1), rules in rules(), ties in orders(),
    ) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        if has_no_equal_victories(&matrix, rules.strength) {
            let order = tie_order(n, &ties);
            let [with, without] =
                [Some(&order), None].map(|order| RankedPairs::lock(&matrix, rules.strength, order));
            prop_assert_eq!(with.decisions(), without.decisions());
        }
    }

    #[test]
    fn ranked_pairs_turns_around_with_every_ballot(rows in rows(), strength in strength()) {
        if is_decided(rows, strength) {
            let mut turned = lock(transposed(rows), strength);
            turned.reverse();
            prop_assert_eq!(lock(rows, strength), turned);
        }
    }

    #[test]
    fn raising_the_winner_of_ranked_pairs_keeps_it(
        rows in rows(), strength in strength(), rival in 1..5_usize, votes in 1..400_u64,
    ) {
        let winner = lock(rows, strength)[0][0].0;
        let rival = (winner + rival) % 5;
        let mut raised = rows;
        let votes = votes.min(rows[rival][winner]);
        raised[winner][rival] += votes;
        raised[rival][winner] -= votes;
        if is_decided(rows, strength) && is_decided(raised, strength) {
            prop_assert_eq!(&lock(raised, strength)[0], &[Candidate(winner)]);
        }
    }

    #[test]
    fn a_clone_changes_nothing_in_the_order_of_ranked_pairs(
        rows in rows(), strength in strength(), twin in 0..5_usize, (ours, theirs) in (0..1_000_u64, 0..1_000_u64),
    ) {
        let of = |i: usize| if i == 5 { twin } else { i };
        let votes = |i: usize, j: usize| match (i, j) {
            (5, j) if j == twin => theirs,
            (i, 5) if i == twin => ours,
            (i, j) => rows[of(i)][of(j)],
        };
        let cloned: [[u64; 6]; 6] = std::array::from_fn(|i| std::array::from_fn(|j| votes(i, j)));
        if is_decided(rows, strength) {
            let after = RankedPairs::lock(&cloned.into(), strength, None);
            let mut after: Vec<usize> = after.tiers().concat().iter().map(|candidate| of(candidate.0)).collect();
            after.dedup();
            let before: Vec<usize> = lock(rows, strength).concat().iter().map(|candidate| candidate.0).collect();
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn minimax_takes_out_those_with_the_mildest_worst_duel((n, ballots) in polls(1), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let opposition = rules.method == Method::MinimaxOpposition;
        let order =
            if opposition { Minimax::by_opposition(&matrix) } else { Minimax::by_defeats(&matrix, rules.strength) };
        let compare = |a: &Duel, b: &Duel| {
            if opposition { a.for_first.cmp(&b.for_first) } else { rules.strength.compare(a, b) }
        };
        let mut left: Vec<Candidate> = matrix.candidates().collect();
        for tier in order.tiers() {
            let worst = |i: &Candidate| worst(&matrix, (&left, *i), |duel| opposition || defeat(duel), compare);
            let first = |i: &Candidate| !left.iter().any(|j| milder(compare, worst(j).as_ref(), worst(i).as_ref()));
            prop_assert_eq!(tier, &left.iter().copied().filter(first).collect::<Vec<_>>());
            for i in tier {
                let (found, expected) = (order.worst(*i), worst(i));
                prop_assert_eq!(found.is_some(), expected.is_some());
                prop_assert!(found.is_none_or(|duel| duel.second == *i && left.contains(&duel.first)));
                prop_assert!(found.zip(expected).is_none_or(|(a, b)| compare(&a, &b).is_eq()));
            }
            left.retain(|i| !tier.contains(i));
        }
    }

    #[test]
    fn kemeny_young_is_the_best_of_all_orders((n, ballots) in polls(1), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let agreement = |order: &Vec<Candidate>| -> u64 {
            let below = |place: usize| order[place + 1..].iter().map(move |j| (order[place], *j));
            (0..n).flat_map(below).map(|(i, j)| matrix.above(i, j)).sum()
        };
        let orders = permutations(n);
        let best = orders.iter().map(agreement).max().unwrap();
        let best_orders: Vec<_> = orders.iter().filter(|order| agreement(order) == best).collect();
        let count = KemenyYoung::count(&matrix).unwrap();
        prop_assert_eq!(count.agreement(), u128::from(best));
        for (i, j) in pairs(&matrix) {
            let before = |order: &&Vec<Candidate>| {
                order.iter().position(|it| *it == i) < order.iter().position(|it| *it == j)
            };
            prop_assert_eq!(count.above(i, j), best_orders.iter().all(before));
        }
    }
}
