//! What is said of an outcome is true of the ballots, and of real elections it says what happened.

use crate::common::data::{elections, read_election, read_json};
use crate::common::polls::{config, polls, profile};
use proptest::prelude::*;
use tally::explain::{Cycle, Detour};
use tally::sensitivity::{Change, MoreBallots, Recount, Sensitivity, Way};
use tally::{BlankRule, Candidate, Election, Method, Profile, Rank, Rules, SeatOrder, Strength, count};

/// An election of the shared data and its seats; nothing where the data is missing.
fn election(key: &str) -> Option<(Election, usize)> {
    let folder = elections()?.join(key);
    let seats = read_json(&folder.join("meta.json"))["seats"].as_u64().unwrap();
    Some((read_election(&folder), usize::try_from(seats).unwrap()))
}

fn named(list: &[Candidate], names: &[String]) -> Vec<String> {
    list.iter().map(|candidate| names[candidate.0].clone()).collect()
}

#[test]
fn the_cycle_on_the_seat_line_of_kubernetes_2021_is_named() {
    let Some((election, seats)) = election("k8s-steering-2021") else { return };
    let rules = Rules { seats, ..Rules::new(BlankRule::NoOpinion) };
    let outcome = count(&election.profile, &rules).unwrap();
    let names = &election.candidates;
    let found = Sensitivity::of(&election.profile, &outcome);
    let [cycle] = &found.cycles[..] else { panic!("one cycle on the seat line: {:?}", found.cycles) };
    assert_eq!(
        cycle.named(names).to_string(),
        "cblecker beats tpepper 89–84, tpepper beats deads2k 91–86, deads2k beats cblecker 88–81"
    );
    let [passed_over] = &outcome.explain().passed_over[..] else { panic!("one was passed over") };
    assert_eq!(names[passed_over.duel.second.0], "deads2k");
    // All three pairs of these are possible for the last two seats.
    let last_two = |kept: &[&str]| {
        let pair = |recount: &Recount| {
            let winners = recount.seats.as_ref().map_or(vec![], |seats| named(&seats.winners, names));
            kept.iter().all(|name| winners.iter().any(|winner| winner == name))
        };
        found.recounts.iter().filter(|recount| pair(recount)).count()
    };
    let pairs = [["cblecker", "tpepper"], ["tpepper", "deads2k"], ["cblecker", "deads2k"]];
    assert!(pairs.iter().all(|pair| last_two(pair) > 0), "{:?}", pairs.map(|pair| last_two(&pair)));
}

#[test]
fn the_tie_for_the_first_place_of_the_code_of_conduct_2025_is_there_and_the_orders_differ_in_seat_3() {
    let Some((election, seats)) = election("k8s-cocc-2025") else { return };
    let names = &election.candidates;
    let by = |order| count(&election.profile, &Rules { seats, order, ..Rules::new(BlankRule::NoOpinion) }).unwrap();
    let [tiers, defeats] = [SeatOrder::Tiers, SeatOrder::Defeats].map(by);
    assert_eq!(named(&tiers.ranking[0], names), ["endocrimes", "divya-mohan0209"]);
    assert_eq!(tiers.ranking[0], defeats.ranking[0]);
    assert_eq!(
        tiers.seats.named(names).to_string(),
        "endocrimes and divya-mohan0209 are elected; swatisehgal and stmcginnis tie for 1 seat"
    );
    assert_eq!(defeats.seats.named(names).to_string(), "endocrimes, divya-mohan0209 and stmcginnis are elected");
    let found = Sensitivity::of(&election.profile, &tiers);
    let way = Way { order: Some(SeatOrder::Defeats), ..Way::of(&tiers.rules) };
    let other = found.recounts.iter().find(|recount| recount.way == way).unwrap();
    assert_eq!(other.named(names).to_string(), "stmcginnis as well");
}

fn ranks(numbers: &[u32]) -> Vec<Option<Rank>> {
    numbers.iter().map(|&number| Rank::new(number)).collect()
}

prop_compose! {
    fn rules()(
        (method, _) in prop::sample::select(&Method::ALL[..]),
        (strength, _) in prop::sample::select(&Strength::ALL[..]),
        (order, _) in prop::sample::select(&SeatOrder::ALL[..]),
        (blank, _) in prop::sample::select(&BlankRule::ALL[..]),
        seats in 1..4_usize,
    ) -> Rules {
        Rules { method, strength, order, seats, ..Rules::new(blank) }
    }
}

/// Those seated for certain, in order, with so many more of a ballot.
fn seated_with(profile: &Profile, rules: &Rules, ballot: &[Option<Rank>], more: u64) -> Vec<Candidate> {
    let mut profile = profile.clone();
    profile.push(ballot, more).unwrap();
    let mut winners = count(&profile, rules).unwrap().seats.winners;
    winners.sort_unstable();
    winners
}

fn more(found: &Sensitivity) -> Option<&MoreBallots> {
    match &found.change {
        Change::More(more) => Some(more),
        Change::Never | Change::Unknown { .. } => None,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_pair_that_is_told_is_as_the_matrix_has_it((n, ballots) in polls(1), rules in rules()) {
        let Ok(outcome) = count(&profile(n, &ballots), &rules) else { return Ok(()) };
        let explanation = outcome.explain();
        prop_assert_eq!(explanation.duels.len(), n * (n - 1) / 2);
        let cycles = explanation.cycles.iter().flat_map(|cycle| &cycle.duels);
        let detours = explanation.detours.iter().flat_map(|detour| detour.path().iter().chain([&detour.duel]));
        for duel in explanation.duels.iter().chain(cycles).chain(detours) {
            prop_assert_eq!(*duel, outcome.matrix.duel(duel.first, duel.second));
        }
        let tier = |it: Candidate| outcome.ranking.iter().position(|tier| tier.contains(&it)).unwrap();
        for detour in &explanation.detours {
            let (duel, path) = (detour.duel, detour.path());
            prop_assert!(tier(duel.first) < tier(duel.second) && duel.winner() != Some(duel.first));
            prop_assert!(path.iter().all(|step| step.winner() == Some(step.first)));
            prop_assert!(path.windows(2).all(|steps| steps[0].second == steps[1].first));
            let ends = path.first().map(|step| step.first).zip(path.last().map(|step| step.second));
            prop_assert!(ends.is_none_or(|ends| ends == (duel.first, duel.second)));
        }
        for Detour { duel, .. } in &explanation.passed_over {
            let seated = |it| outcome.seats.winners.contains(&it);
            prop_assert!(seated(duel.first) && !seated(duel.second));
            prop_assert!(outcome.matrix.beats(duel.second, duel.first));
        }
    }

    #[test]
    fn a_named_cycle_is_a_cycle_of_victories((n, ballots) in polls(1), rules in rules()) {
        let Ok(outcome) = count(&profile(n, &ballots), &rules) else { return Ok(()) };
        let seats = &outcome.seats;
        for Cycle { members, duels, at_seat_line } in outcome.cycles() {
            prop_assert!(duels.len() >= 3);
            prop_assert!(duels.iter().all(|duel| duel.winner() == Some(duel.first)));
            prop_assert!(duels.windows(2).all(|steps| steps[0].second == steps[1].first));
            prop_assert_eq!(duels[0].first, duels[duels.len() - 1].second);
            let mut all: Vec<_> = duels.iter().map(|duel| duel.first).collect();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(all.len(), duels.len());
            prop_assert!(all.iter().all(|one| members.contains(one)));
            let mixed = |these: &[Candidate]| {
                let tied = these.iter().any(|it| seats.tie().contains(it));
                let seated = these.iter().filter(|it| seats.winners.contains(it)).count();
                tied || seated % these.len() > 0
            };
            prop_assert_eq!(mixed(&members), at_seat_line);
            prop_assert_eq!(mixed(&all), at_seat_line);
        }
    }

    #[test]
    fn every_cycle_there_is_lies_within_one_that_is_told((n, ballots) in polls(1), rules in rules()) {
        let Ok(outcome) = count(&profile(n, &ballots), &rules) else { return Ok(()) };
        let cycles = outcome.cycles();
        let beats = |a, b| outcome.matrix.beats(a, b);
        let told = |these: &[Candidate]| cycles.iter().any(|it| these.iter().all(|one| it.members.contains(one)));
        let all = || outcome.matrix.candidates();
        for (a, b, c) in all().flat_map(|a| all().flat_map(move |b| all().map(move |c| (a, b, c)))) {
            prop_assert!(!(beats(a, b) && beats(b, c) && beats(c, a)) || told(&[a, b, c]));
            for d in all() {
                prop_assert!(!(beats(a, b) && beats(b, c) && beats(c, d) && beats(d, a)) || told(&[a, b, c, d]));
            }
        }
    }
}

/// Every ballot of three candidates: ranks from 1 to 3, or blank.
fn every_ballot() -> impl Iterator<Item = Vec<u32>> {
    (0..64).map(|number| vec![number % 4, number / 4 % 4, number / 16])
}

/// Each of these cases is some hundred or thousand counts.
fn fewer_cases() -> ProptestConfig {
    ProptestConfig { cases: config().cases / 10, ..config() }
}

proptest! {
    #![proptest_config(fewer_cases())]

    #[test]
    fn the_ballots_found_change_the_seats_and_one_fewer_does_not((n, ballots) in polls(1), rules in rules()) {
        let profile = profile(n, &ballots);
        let Ok(outcome) = count(&profile, &rules) else { return Ok(()) };
        let found = Sensitivity::of(&profile, &outcome);
        prop_assert_eq!(found.change == Change::Never, rules.seats >= n);
        let Some(more) = more(&found) else { return Ok(()) };
        let seated = |number| seated_with(&profile, &rules, &more.ballot, number);
        prop_assert_ne!(seated(more.ballots), seated(0));
        prop_assert_eq!(seated(more.ballots - 1), seated(0));
        prop_assert!((1..=more.ballots).contains(&more.at_least));
        let mut winners = more.seats.winners.clone();
        winners.sort_unstable();
        prop_assert_eq!(winners, seated(more.ballots));
        if let Some((better, worse)) = more.above {
            let place = |it: Candidate| more.ballot[it.0].map_or(u32::MAX, Rank::get);
            prop_assert!(place(better) < place(worse));
        }
    }

    #[test]
    fn fewer_ballots_than_proved_change_nothing(
        (n, ballots) in polls(1), rules in rules(), numbers in prop::collection::vec(0..=6_u32, 6),
    ) {
        let profile = profile(n, &ballots);
        let Ok(outcome) = count(&profile, &rules) else { return Ok(()) };
        let found = Sensitivity::of(&profile, &outcome);
        let Some(more) = more(&found) else { return Ok(()) };
        let seated = |number| seated_with(&profile, &rules, &ranks(&numbers[..n]), number);
        for fewer in 1..more.at_least {
            prop_assert_eq!(seated(fewer), seated(0));
        }
    }

    #[test]
    fn each_other_way_is_counted_as_if_it_were_the_rule((n, ballots) in polls(1), rules in rules()) {
        let profile = profile(n, &ballots);
        let Ok(outcome) = count(&profile, &rules) else { return Ok(()) };
        for recount in Sensitivity::of(&profile, &outcome).recounts {
            let direct = count(&profile, &recount.way.rules(&rules)).map(|outcome| outcome.seats);
            prop_assert_ne!(recount.way, Way::of(&rules));
            prop_assert_eq!(&recount.seats, &direct);
            let Ok(seats) = direct else { continue };
            let all = || (0..n).map(Candidate);
            let (ours, theirs) = (&outcome.seats.winners, &seats.winners);
            let lost: Vec<_> = all().filter(|it| ours.contains(it) && !theirs.contains(it)).collect();
            let gained: Vec<_> = all().filter(|it| !ours.contains(it) && theirs.contains(it)).collect();
            prop_assert_eq!(recount.same, gained.is_empty() && lost.is_empty() && seats.tie() == outcome.seats.tie());
            prop_assert_eq!((recount.gained, recount.lost), (gained, lost));
        }
    }

    #[test]
    fn with_three_candidates_the_number_is_the_smallest_there_is(
        (n, ballots) in polls(3).prop_filter("three candidates", |(n, _)| *n == 3), rules in rules(),
    ) {
        let profile = profile(n, &ballots);
        let Ok(outcome) = count(&profile, &rules) else { return Ok(()) };
        let found = Sensitivity::of(&profile, &outcome);
        let Some(more) = more(&found) else { return Ok(()) };
        prop_assert_eq!(more.ballots, more.at_least);
        for (ballot, fewer) in every_ballot().flat_map(|ballot| (1..more.ballots).map(move |it| (ballot.clone(), it))) {
            let seated = |number| seated_with(&profile, &rules, &ranks(&ballot), number);
            prop_assert_eq!(seated(fewer), seated(0), "{} times {:?}", fewer, ballot);
        }
    }
}
