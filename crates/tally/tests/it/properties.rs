//! What must hold for every pile of ballots.
//!
//! 2,000 cases each, or as many as `PROPTEST_CASES` says.

use crate::common::polls::{Ballots, config, polls, profile};
use proptest::prelude::*;
use tally::explain::Reason;
use tally::formats::csv;
use tally::methods::{Working, schulze::Paths};
use tally::{BlankRule, Candidate, Election, Matrix, Outcome, Rules, Strength, count};

fn counted(candidates: usize, ballots: &Ballots, rules: &Rules) -> Outcome {
    count(&profile(candidates, ballots), rules).unwrap()
}

prop_compose! {
    fn rules()(
        blank in prop::sample::select(&[BlankRule::Last, BlankRule::NoOpinion][..]),
        strength in prop::sample::select(
            &[Strength::WinningVotes, Strength::Margins, Strength::WinsThenLosses, Strength::Ratio][..]),
        seats in 0..4_usize,
    ) -> Rules {
        Rules { strength, seats, ..Rules::new(blank) }
    }
}

/// The definition of the matrix, ballot by ballot.
fn naive(candidates: usize, ballots: &Ballots, blank: BlankRule) -> Vec<Vec<u64>> {
    let above = |a: u32, b: u32| match (a, b) {
        (0, _) => false,
        (_, 0) => blank == BlankRule::Last,
        (a, b) => a < b,
    };
    let votes = |i: usize, j: usize| {
        let counts = ballots.iter().filter(|(ballot, _)| above(ballot[i], ballot[j]));
        counts.map(|(_, count)| count).sum()
    };
    (0..candidates).map(|i| (0..candidates).map(|j| votes(i, j)).collect()).collect()
}

/// Turns a ballot around; what was last, blanks too where they are last, becomes first.
fn reversed(ballot: &[u32], blank: BlankRule) -> Vec<u32> {
    let turn = |&number: &u32| match (number, blank) {
        (0, BlankRule::Last) => 1,
        (0, BlankRule::NoOpinion) => 0,
        (number, _) => 10 - number,
    };
    ballot.iter().map(turn).collect()
}

fn paths(outcome: &Outcome) -> &Paths {
    let Working::Paths(paths) = &outcome.working else { panic!("not Schulze's method") };
    paths
}

fn tier(outcome: &Outcome, candidate: usize) -> usize {
    outcome.ranking.iter().position(|tier| tier.contains(&Candidate(candidate))).unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_matrix_is_its_definition((n, ballots) in polls(1), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        prop_assert!(matrix.rows().eq(naive(n, &ballots, rules.blank)));
    }

    #[test]
    fn every_ballot_counts_for_one_side_for_none_or_not_at_all(
        (n, ballots) in polls(2), rules in rules(),
    ) {
        let profile = profile(n, &ballots);
        let matrix = Matrix::count(&profile, rules.blank);
        for duel in matrix.duels() {
            let (i, j) = (duel.first.0, duel.second.0);
            let idle = ballots.iter().filter(|(ballot, _)| {
                let (a, b) = (ballot[i], ballot[j]);
                a == b || rules.blank == BlankRule::NoOpinion && a.min(b) == 0
            });
            let idle: u64 = idle.map(|(_, count)| count).sum();
            prop_assert_eq!(duel.for_first + duel.for_second + idle, profile.ballots());
        }
    }

    #[test]
    fn the_order_of_ballots_changes_nothing(
        (n, ballots) in polls(1), rules in rules(), turn in 0..12_usize,
    ) {
        let mut other = ballots.clone();
        other.rotate_left(turn % ballots.len().max(1));
        other.reverse();
        let [a, b] = [&ballots, &other].map(|ballots| counted(n, ballots, &rules));
        prop_assert_eq!(a.matrix, b.matrix);
        prop_assert_eq!(a.ranking, b.ranking);
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        (n, ballots) in polls(1), rules in rules(), turn in 0..6_usize,
    ) {
        let turn = turn % n;
        let turned = |(ballot, count): &(Vec<u32>, u64)| {
            let mut ballot = ballot.clone();
            ballot.rotate_left(turn);
            (ballot, *count)
        };
        let a = counted(n, &ballots, &rules);
        let b = counted(n, &ballots.iter().map(turned).collect(), &rules);
        for i in 0..n {
            prop_assert_eq!(tier(&a, (i + turn) % n), tier(&b, i));
        }
    }

    #[test]
    fn every_ballot_twice_changes_nothing_but_the_matrix((n, ballots) in polls(1), rules in rules()) {
        let [a, b] = [ballots.clone(), [&ballots[..], &ballots].concat()]
            .map(|ballots| counted(n, &ballots, &rules));
        prop_assert_eq!((a.ranking, a.seats), (b.ranking, b.seats));
        prop_assert_eq!((a.smith, a.schwartz, a.condorcet), (b.smith, b.schwartz, b.condorcet));
    }

    #[test]
    fn the_result_is_a_total_preorder((n, ballots) in polls(1), rules in rules()) {
        let outcome = counted(n, &ballots, &rules);
        let mut everyone = outcome.ranking.concat();
        everyone.sort_unstable();
        prop_assert!(everyone.into_iter().eq((0..n).map(Candidate)));
        prop_assert!(outcome.ranking.iter().all(|tier| !tier.is_empty() && tier.is_sorted()));
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let above = paths(&outcome).above(Candidate(i), Candidate(j));
            prop_assert!(!above || tier(&outcome, i) < tier(&outcome, j));
        }
    }

    #[test]
    fn seats_go_down_the_ranking((n, ballots) in polls(1), rules in rules()) {
        let outcome = counted(n, &ballots, &rules);
        let (seats, ranking) = (outcome.seats, outcome.ranking.concat());
        prop_assert_eq!(&seats.winners[..], &ranking[..seats.winners.len()]);
        prop_assert_eq!(seats.winners.len() + seats.open, rules.seats);
        let crosses = seats.open > 0 && seats.winners.len() < n;
        prop_assert_eq!(seats.tie().len() > seats.open, crosses);
    }

    #[test]
    fn the_condorcet_winner_wins_and_the_loser_does_not((n, ballots) in polls(2), rules in rules()) {
        let outcome = counted(n, &ballots, &rules);
        if let Some(winner) = outcome.condorcet.winner {
            prop_assert_eq!(&outcome.ranking[0], &[winner]);
            prop_assert_eq!(&outcome.smith, &[winner]);
            prop_assert_eq!(&outcome.condorcet.unbeaten, &[winner]);
        }
        if let Some(loser) = outcome.condorcet.loser {
            prop_assert_eq!(outcome.ranking.last().unwrap(), &[loser]);
        }
    }

    #[test]
    fn winners_are_in_the_schwartz_set_and_that_in_the_smith_set(
        (n, ballots) in polls(1), rules in rules(),
    ) {
        let outcome = counted(n, &ballots, &rules);
        prop_assert!(outcome.ranking[0].iter().all(|winner| outcome.schwartz.contains(winner)));
        prop_assert!(outcome.schwartz.iter().all(|member| outcome.smith.contains(member)));
    }

    #[test]
    fn the_smith_set_dominates((n, ballots) in polls(1), rules in rules()) {
        let outcome = counted(n, &ballots, &rules);
        let outside = |i: &Candidate| !outcome.smith.contains(i);
        for i in outcome.matrix.candidates().filter(outside) {
            prop_assert!(outcome.smith.iter().all(|member| outcome.matrix.beats(*member, i)));
        }
    }

    #[test]
    fn raising_a_winner_keeps_it_a_winner(
        (n, ballots) in polls(2), rules in rules(), who in 0..6_usize, raised in 0..12_usize,
        higher in 1..=10_u32,
    ) {
        let mut ballots = ballots;
        ballots.iter_mut().flat_map(|(ballot, _)| ballot).for_each(|rank| *rank *= 2);
        let winners = counted(n, &ballots, &rules).ranking[0].clone();
        let winner = winners[who % winners.len()];
        if let Some((ballot, _)) = ballots.get_mut(raised) {
            // A blank that is no opinion cannot be raised: any rank could be lower.
            ballot[winner.0] = ballot[winner.0].min(higher);
        }
        prop_assert!(counted(n, &ballots, &rules).ranking[0].contains(&winner));
    }

    #[test]
    fn a_clone_changes_nothing_among_the_others(
        (n, ballots) in polls(1), rules in rules(), twin in 0..6_usize,
        sides in prop::collection::vec(0..3_u32, 12),
    ) {
        let twin = twin % n;
        let cloned = ballots.iter().zip(&sides).map(|((ballot, count), side)| {
            let alone = ballot.iter().filter(|rank| **rank == ballot[twin]).count() == 1;
            let clone = if ballot[twin] == 0 || !alone { 3 * ballot[twin] } else { 3 * ballot[twin] + side - 1 };
            let wider = ballot.iter().map(|rank| 3 * rank).chain([clone]);
            (wider.collect(), *count)
        });
        let before = counted(n, &ballots, &rules);
        let after = counted(n + 1, &cloned.collect(), &rules);
        let won = |outcome: &Outcome, i: usize| tier(outcome, i) == 0;
        for i in (0..n).filter(|i| *i != twin) {
            prop_assert_eq!(won(&before, i), won(&after, i));
        }
        prop_assert_eq!(won(&before, twin), won(&after, twin) || won(&after, n));
    }

    #[test]
    fn turning_every_ballot_around_turns_the_relation_around(
        (n, ballots) in polls(2), rules in rules(),
    ) {
        let turned = ballots.iter().map(|(ballot, count)| (reversed(ballot, rules.blank), *count));
        let turned = counted(n, &turned.collect(), &rules);
        let outcome = counted(n, &ballots, &rules);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (Candidate(i), Candidate(j)))) {
            prop_assert_eq!(paths(&outcome).above(i, j), paths(&turned).above(j, i));
        }
        if let [winner] = outcome.ranking[0][..] {
            prop_assert!(!turned.ranking[0].contains(&winner));
        }
    }

    #[test]
    fn a_path_is_as_strong_as_the_relation_says((n, ballots) in polls(2), rules in rules()) {
        let matrix = Matrix::count(&profile(n, &ballots), rules.blank);
        let paths = Paths::strongest(&matrix, rules.strength);
        let weakest = |from, to| {
            let path = paths.path(from, to)?;
            let steps = path.windows(2).map(|step| matrix.duel(step[0], step[1]));
            steps.min_by(|a, b| rules.strength.compare(a, b))
        };
        for (i, j) in matrix.candidates().flat_map(|i| matrix.candidates().map(move |j| (i, j))) {
            let above = match (weakest(i, j), weakest(j, i)) {
                (Some(forth), Some(back)) => rules.strength.compare(&forth, &back).is_gt(),
                (forth, _) => forth.is_some() && i != j,
            };
            prop_assert_eq!(above, paths.above(i, j));
        }
    }

    #[test]
    fn reasons_say_what_the_paths_do((n, ballots) in polls(1), rules in rules()) {
        let outcome = counted(n, &ballots, &rules);
        let names: Vec<String> = (0..n).map(|i| format!("Candidate {i}")).collect();
        for candidate in outcome.matrix.candidates() {
            let reason = outcome.reason(candidate);
            prop_assert!(!reason.named(&names).to_string().is_empty());
            let winner = outcome.condorcet.winner == Some(candidate);
            prop_assert_eq!(reason == Reason::CondorcetWinner, winner);
            let Reason::Despite(detours) = reason else { continue };
            for detour in detours {
                let duel = detour.duel;
                prop_assert_ne!(duel.winner(), Some(candidate));
                prop_assert_eq!(!detour.path().is_empty(), paths(&outcome).above(candidate, duel.second));
            }
        }
    }

    #[test]
    fn files_are_read_back_as_they_are_written(
        (n, ballots) in polls(1), name in "[ -~\n\ré,\"]{0,6}",
    ) {
        let candidates: Vec<String> = (0..n).map(|i| format!("{name}{i}")).collect();
        let election = Election { candidates, profile: profile(n, &ballots) };
        let again = csv::read(csv::write(&election).as_bytes()).unwrap();
        prop_assert_eq!(again.candidates, election.candidates);
        prop_assert!(again.profile.iter().eq(election.profile.iter()));
    }

    #[test]
    fn no_file_makes_the_reader_panic(file in "[#countAB0-9,\"\n\r -]{0,40}") {
        if let Err(error) = csv::read(file.as_bytes()) {
            prop_assert!(error.line <= file.split('\n').count());
        }
    }
}

#[test]
fn the_matrix_is_its_definition_over_many_blocks() {
    let mut state = 1_u64;
    let mut random = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from(state >> 33).unwrap() % below
    };
    for (candidates, most) in [(4, 1), (4, 9), (260, 2)] {
        let ballots: Ballots = (0..2_500 / candidates * 4)
            .map(|_| ((0..candidates).map(|_| random(400)).collect(), random(most).into()))
            .map(|(ballot, count): (_, u64)| (ballot, count + 1))
            .collect();
        for blank in [BlankRule::Last, BlankRule::NoOpinion] {
            let matrix = Matrix::count(&profile(candidates, &ballots), blank);
            assert!(matrix.rows().eq(naive(candidates, &ballots, blank)));
        }
    }
}
