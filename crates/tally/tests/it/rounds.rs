//! What must hold for every pile of ballots by the methods that go in rounds or fill seats by
//! quota.
//!
//! 2,000 cases each, or as many as `PROPTEST_CASES` says.

use crate::common::polls::config;
use crate::common::polls::{Ballots, profile};

use proptest::prelude::*;
use tally::methods::elimination::{Elimination, Runoff};
use tally::methods::stages::{Action, Stage, Stages};
use tally::methods::{Working, meek_stv, scottish_stv};
use tally::{BlankRule, Candidate, Matrix, Method, Outcome, Rank, Rules, Strength, TieOrder, count, sets};

const HYBRIDS: [Method; 4] = [Method::Benham, Method::SmithIrv, Method::TidemanAlternative, Method::BottomTwoRunoff];
const BASELINES: [Method; 5] =
    [Method::InstantRunoff, Method::Plurality, Method::Borda, Method::Approval(None), Method::Approval(Rank::new(2))];
const BY_QUOTA: [Method; 3] = [Method::ScottishStv, Method::MeekStv, Method::CpoStv];

fn counted(candidates: usize, ballots: &Ballots, rules: &Rules) -> Outcome {
    count(&profile(candidates, ballots), rules).unwrap()
}

fn all() -> impl Iterator<Item = Method> {
    HYBRIDS.into_iter().chain(BASELINES).chain(BY_QUOTA)
}

fn stages(outcome: &Outcome) -> &Stages {
    let Working::Stages(stages) = &outcome.working else { panic!("not by stages") };
    stages
}

/// The candidates from 0, turned by some places: any one of them can be first.
fn tie_order(candidates: usize, turn: usize) -> TieOrder {
    TieOrder::new((0..candidates).map(|i| Candidate((i + turn) % candidates)).collect()).unwrap()
}

prop_compose! {
    fn polls(least: usize)(candidates in least..=5)(
        ballots in prop::collection::vec((prop::collection::vec(0..=4_u32, candidates), 0..4_u64), 0..12),
        candidates in Just(candidates),
    ) -> (usize, Ballots) {
        (candidates, ballots)
    }
}

prop_compose! {
    /// Ballots that rank everyone, and no two alike.
    fn strict_polls(most: u64)(candidates in 2..=5_usize)(
        ballots in prop::collection::vec(
            (Just((1..).take(candidates).collect::<Vec<u32>>()).prop_shuffle(), 0..=most), 1..8),
        candidates in Just(candidates),
    ) -> (usize, Ballots) {
        (candidates, ballots)
    }
}

prop_compose! {
    fn rules()(
        blank in prop::sample::select(&[BlankRule::Last, BlankRule::NoOpinion][..]),
        strength in prop::sample::select(&[Strength::WinningVotes, Strength::Margins][..]),
        method in prop::sample::select(all().collect::<Vec<_>>()),
        seats in 1..=4_usize,
    ) -> Rules {
        Rules { method, strength, seats, ..Rules::new(blank) }
    }
}

fn some_tie_order(candidates: usize, turn: usize) -> Option<TieOrder> {
    (turn > 0).then(|| tie_order(candidates, turn))
}

/// The members of a set that a number stands for.
fn members(candidates: usize, bits: u32) -> Vec<usize> {
    (0..candidates).filter(|i| bits >> i & 1 == 1).collect()
}

/// How many ballots rank all of some candidates strictly above all others.
fn solid(ballots: &Ballots, coalition: &[usize]) -> u64 {
    let supports = |ballot: &Vec<u32>| {
        let (inside, outside): (Vec<_>, Vec<_>) = ballot.iter().enumerate().partition(|(i, _)| coalition.contains(i));
        inside.iter().map(|(_, rank)| **rank).max() < outside.iter().map(|(_, rank)| **rank).min()
    };
    let everyone = |ballot: &Vec<u32>| coalition.len() == ballot.len();
    ballots.iter().filter(|(ballot, _)| everyone(ballot) || supports(ballot)).map(|(_, count)| count).sum()
}

/// Σ votes + exhausted + lost is all there is.
fn accounts_for(stage: &Stage, all: u128) -> bool {
    stage.votes.iter().sum::<u128>() + stage.exhausted + stage.lost == all
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn hybrids_elect_the_condorcet_winner_never_the_loser_and_only_from_the_smith_set(
        (n, ballots) in polls(2), rules in rules(), turn in 0..3_usize,
    ) {
        for method in HYBRIDS {
            let tie_order = some_tie_order(n, turn);
            let outcome = counted(n, &ballots, &Rules { method, tie_order, ..rules.clone() });
            let winners = &outcome.ranking[0];
            if let Some(winner) = outcome.condorcet.winner {
                prop_assert_eq!(winners, &[winner]);
            }
            prop_assert!(outcome.condorcet.loser.is_none_or(|loser| !winners.contains(&loser)));
            prop_assert!(winners.iter().all(|winner| outcome.smith.contains(winner)), "{method}");
        }
    }

    #[test]
    fn without_its_winners_a_hybrid_counts_as_if_they_had_not_stood(
        (n, ballots) in polls(2), rules in rules(), method in prop::sample::select(&HYBRIDS[..]),
    ) {
        let outcome = counted(n, &ballots, &Rules { method, ..rules.clone() });
        let left: Vec<usize> = (0..n).filter(|i| !outcome.ranking[0].contains(&Candidate(*i))).collect();
        if !left.is_empty() {
            let fewer = ballots.iter().map(|(ballot, count)| (left.iter().map(|i| ballot[*i]).collect(), *count));
            let again = counted(left.len(), &fewer.collect(), &Rules { method, ..rules });
            let named = again.ranking.iter().map(|tier| tier.iter().map(|i| Candidate(left[i.0])).collect::<Vec<_>>());
            prop_assert!(named.eq(outcome.ranking[1..].iter().cloned()));
        }
    }

    #[test]
    fn the_last_of_two_in_an_instant_runoff_is_never_the_condorcet_loser(
        (n, ballots) in polls(2), turn in 0..5_usize,
    ) {
        // With a tie order only: without one, all who could beat the loser may go out at once.
        let rules = Rules { method: Method::InstantRunoff, tie_order: Some(tie_order(n, turn)), ..Rules::new(BlankRule::Last) };
        let outcome = counted(n, &ballots, &rules);
        prop_assert!(outcome.condorcet.loser.is_none_or(|loser| !outcome.ranking[0].contains(&loser)));
    }

    #[test]
    fn the_order_of_ballots_changes_nothing(
        (n, ballots) in polls(1), rules in rules(), turn in 0..12_usize,
    ) {
        let mut other = ballots.clone();
        other.rotate_left(turn % ballots.len().max(1));
        other.reverse();
        let [a, b] = [&ballots, &other].map(|ballots| counted(n, ballots, &rules));
        prop_assert_eq!(a.ranking, b.ranking);
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        (n, ballots) in polls(1), rules in rules(), turn in 0..5_usize,
    ) {
        let turn = turn % n;
        let turned = |(ballot, count): &(Vec<u32>, u64)| {
            let mut ballot = ballot.clone();
            ballot.rotate_left(turn);
            (ballot, *count)
        };
        let a = counted(n, &ballots, &rules);
        let b = counted(n, &ballots.iter().map(turned).collect(), &rules);
        let back = |tier: &Vec<Candidate>| {
            let mut tier: Vec<_> = tier.iter().map(|i| Candidate((i.0 + turn) % n)).collect();
            tier.sort_unstable();
            tier
        };
        prop_assert!(b.ranking.iter().map(back).eq(a.ranking.iter().cloned()), "{:?} {:?}", a.ranking, b.ranking);
    }

    #[test]
    fn every_ballot_twice_changes_nothing_without_a_quota((n, ballots) in polls(1), rules in rules()) {
        for method in HYBRIDS.into_iter().chain(BASELINES) {
            let rules = Rules { method, ..rules.clone() };
            let [a, b] = [ballots.clone(), [&ballots[..], &ballots].concat()]
                .map(|ballots| counted(n, &ballots, &rules));
            prop_assert_eq!(a.ranking, b.ranking);
        }
    }

    #[test]
    fn the_result_is_a_total_preorder((n, ballots) in polls(1), rules in rules(), turn in 0..3_usize) {
        let tie_order = some_tie_order(n, turn);
        let outcome = counted(n, &ballots, &Rules { tie_order, ..rules });
        let mut everyone = outcome.ranking.concat();
        everyone.sort_unstable();
        prop_assert!(everyone.into_iter().eq((0..n).map(Candidate)));
        prop_assert!(outcome.ranking.iter().all(|tier| !tier.is_empty() && tier.is_sorted()));
    }

    #[test]
    fn a_tie_order_leaves_no_tie_in_an_elimination((n, ballots) in polls(1), rules in rules(), turn in 0..5_usize) {
        for method in HYBRIDS.into_iter().chain([Method::InstantRunoff]) {
            let tie_order = Some(tie_order(n, turn));
            let outcome = counted(n, &ballots, &Rules { method, tie_order, ..rules.clone() });
            let Working::Runoff(runoff) = &outcome.working else { panic!("not by rounds") };
            let rounds = runoff.runs.iter().map(|run| run.last().unwrap());
            for round in rounds {
                prop_assert_eq!(round.verdict.candidates().len(), 1);
            }
        }
    }

    #[test]
    fn first_places_add_up_to_the_ballots((n, ballots) in polls(1), method in prop::sample::select(&HYBRIDS[..])) {
        let outcome = counted(n, &ballots, &Rules { method, ..Rules::new(BlankRule::Last) });
        let valid: u64 = ballots.iter().filter(|(ballot, _)| ballot.iter().any(|rank| *rank > 0)).map(|(_, count)| count).sum();
        let Working::Runoff(runoff) = &outcome.working else { panic!("not by rounds") };
        for round in runoff.runs.iter().flatten() {
            let votes = round.votes.numerators.iter().sum::<u128>();
            prop_assert_eq!(votes, round.votes.denominator * u128::from(valid - round.exhausted));
        }
    }

    #[test]
    fn borda_is_the_row_sum_of_the_matrix((n, ballots) in polls(1), blank in prop::sample::select(&[BlankRule::Last, BlankRule::NoOpinion][..])) {
        // What is level gives half a point to both; an all-blank ballot gives none.
        let cast: Ballots = ballots.into_iter().filter(|(ballot, _)| ballot.iter().any(|rank| *rank > 0)).collect();
        let scores = tally::methods::borda::scores(&profile(n, &cast), blank);
        let counts = |i: usize, j: usize| -> u128 {
            let ballots = cast.iter().filter(|(ballot, _)| blank == BlankRule::Last || ballot[i] > 0 && ballot[j] > 0);
            let points = |(ballot, count): &(Vec<u32>, u64)| {
                let place = |i: usize| if ballot[i] == 0 { u32::MAX } else { ballot[i] };
                u128::from(*count) * (1 + place(j).cmp(&place(i)) as i128).unsigned_abs()
            };
            ballots.map(points).sum()
        };
        for i in 0..n {
            prop_assert_eq!(scores.numerators[i], (0..n).filter(|j| *j != i).map(|j| counts(i, j)).sum::<u128>());
        }
    }

    #[test]
    fn seats_by_quota_are_filled_unless_they_tie(
        (n, ballots) in polls(1), rules in rules(), turn in 0..3_usize,
    ) {
        for method in BY_QUOTA {
            let tie_order = some_tie_order(n, turn);
            let outcome = counted(n, &ballots, &Rules { method, tie_order: tie_order.clone(), ..rules.clone() });
            let seats = &outcome.seats;
            if seats.tie().is_empty() {
                prop_assert_eq!(seats.winners.len(), rules.seats.min(n));
            } else {
                prop_assert!(tie_order.is_none() && seats.winners.len() < rules.seats.min(n));
            }
        }
    }

    #[test]
    fn every_stage_accounts_for_every_vote((n, ballots) in polls(1), rules in rules(), turn in 0..3_usize) {
        for method in [Method::ScottishStv, Method::MeekStv] {
            let tie_order = some_tie_order(n, turn);
            let outcome = counted(n, &ballots, &Rules { method, tie_order, ..rules.clone() });
            let Stages { unit, valid, stages, ranking } = stages(&outcome);
            for stage in stages {
                prop_assert!(accounts_for(stage, unit * u128::from(*valid)), "{stage:?}");
            }
            let elected: Vec<_> = stages.iter().flat_map(|stage| stage.elected.clone()).collect();
            prop_assert_eq!(&ranking[..elected.len()], &elected[..]);
        }
    }

    #[test]
    fn a_solid_coalition_gets_the_seats_its_quotas_are_worth(
        (n, ballots) in strict_polls(6), seats in 1..=3_usize, turn in 0..5_usize,
    ) {
        // Droop proportionality (Woodall 1994). A quota is anything above ballots / (seats + 1) by
        // Meek's method, and the next whole number in Scotland; of so few ballots, rounding cannot
        // lose a vote.
        let (tie_order, profile) = (tie_order(n, turn), profile(n, &ballots));
        let (cast, parts) = (profile.ballots(), seats as u64 + 1);
        let meek = meek_stv::count(&profile, seats, Some(&tie_order)).unwrap();
        let scottish = scottish_stv::count(&profile, seats, Some(&tie_order)).unwrap();
        for bits in 1..1 << n {
            let coalition = members(n, bits);
            let votes = solid(&ballots, &coalition);
            let above = (1..=seats as u64).filter(|quotas| votes * parts > quotas * cast).count();
            let whole = usize::try_from(votes / (cast / parts + 1)).unwrap();
            for (count, quotas) in [(&meek, above), (&scottish, whole)] {
                let deserved = coalition.len().min(quotas);
                let elected = &count.ranking.concat()[..seats.min(n)];
                let seated = coalition.iter().filter(|i| elected.contains(&Candidate(**i))).count();
                prop_assert!(seated >= deserved, "{coalition:?} has {seated} of {deserved} seats");
            }
        }
    }

    #[test]
    fn one_seat_by_quota_is_an_instant_runoff((n, ballots) in strict_polls(6), turn in 0..5_usize) {
        let (tie_order, profile) = (tie_order(n, turn), profile(n, &ballots));
        let matrix = Matrix::count(&profile, BlankRule::Last);
        let runoff = Runoff::count(&profile, &matrix, Elimination::InstantRunoff, Some(&tie_order)).unwrap();
        let meek = meek_stv::count(&profile, 1, Some(&tie_order)).unwrap();
        prop_assert_eq!(&meek.ranking[0], &runoff.ranking[0]);
    }

    #[test]
    fn one_seat_by_cpo_is_schulze_by_margins((n, ballots) in polls(1)) {
        let rules = |method| Rules { method, strength: Strength::Margins, ..Rules::new(BlankRule::Last) };
        let [cpo, schulze] = [Method::CpoStv, Method::Schulze].map(|method| counted(n, &ballots, &rules(method)));
        prop_assert_eq!(&cpo.ranking[0], &schulze.ranking[0]);
    }

    #[test]
    fn what_is_done_is_said((n, ballots) in polls(1), rules in rules(), turn in 0..3_usize) {
        let names: Vec<String> = (0..n).map(|i| format!("Candidate {i}")).collect();
        let outcome = counted(n, &ballots, &Rules { tie_order: some_tie_order(n, turn), ..rules });
        let (said, lines) = match &outcome.working {
            Working::Runoff(runoff) => (runoff.named(&names).to_string(), runoff.runs.concat().len()),
            Working::Stages(stages) => (stages.named(&names).to_string(), stages.stages.len()),
            Working::Comparisons(all) => (all.named(&names).to_string(), all.best.len() * (all.outcomes.len() - 1)),
            _ => return Ok(()),
        };
        prop_assert_eq!(said.lines().count(), lines);
    }

    #[test]
    fn a_count_stops_only_where_nobody_can_resolve_a_tie((n, ballots) in polls(1), rules in rules(), turn in 0..3_usize) {
        for method in [Method::ScottishStv, Method::MeekStv] {
            let tie_order = some_tie_order(n, turn);
            let outcome = counted(n, &ballots, &Rules { method, tie_order: tie_order.clone(), ..rules.clone() });
            let stages = &stages(&outcome).stages;
            let ties = stages.iter().filter(|stage| matches!(&stage.action, Action::Tie(level) if level.len() > 1));
            prop_assert!(ties.count() <= usize::from(tie_order.is_none()));
            prop_assert!(stages.iter().all(|stage| stage.tied.len() != 1));
            let stopped = |stage: &&Stage| matches!(stage.action, Action::Tie(_));
            let idle = |stage: &Stage| stage.tied.is_empty();
            prop_assert!(stages.iter().filter(stopped).all(idle));
            let elected: Vec<_> = stages.iter().flat_map(|stage| &stage.elected).collect();
            prop_assert!((1..elected.len()).all(|i| !elected[..i].contains(&elected[i])), "nobody is elected twice");
        }
    }

    #[test]
    fn the_smith_set_is_the_smallest_that_dominates((n, ballots) in polls(1), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let dominates = |set: &Vec<usize>| {
            let outside = (0..n).filter(|i| !set.contains(i));
            outside.into_iter().all(|i| set.iter().all(|j| matrix.beats(Candidate(*j), Candidate(i))))
        };
        let sets = (1..1 << n).map(|bits| members(n, bits)).filter(dominates);
        let smallest = sets.min_by_key(Vec::len).unwrap();
        prop_assert!(sets::smith(&matrix).iter().map(|i| i.0).eq(smallest));
    }
}
