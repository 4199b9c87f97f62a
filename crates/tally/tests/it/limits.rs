//! Limits are applied anew to every count, those of the sensitivity report among them.

use crate::common::polls::{Ballots, config, polls, profile};
use proptest::prelude::*;
use tally::default_option::{Quorum, Threshold};
use tally::limits::Limits;
use tally::seating::Body;
use tally::sensitivity::{Change, Sensitivity};
use tally::{BlankRule, Candidate, Method, Profile, Rules, Strength, TieOrder};

/// Every case counts in dozens of ways and searches besides: a twentieth of the usual number.
fn few() -> ProptestConfig {
    let config = config();
    ProptestConfig { cases: config.cases.div_ceil(20), ..config }
}

fn methods() -> impl Strategy<Value = Method> {
    use Method::{Benham, InstantRunoff, Minimax, Plurality, RankedPairs, Schulze, ScottishStv};
    prop::sample::select(&[Schulze, RankedPairs, Minimax, InstantRunoff, Benham, Plurality, ScottishStv][..])
}

prop_compose! {
    fn rules(candidates: usize)(
        method in methods(),
        blank in prop::sample::select(&[BlankRule::Last, BlankRule::NoOpinion][..]),
        seats in 1..4_usize,
        order in prop::option::of(Just((0..candidates).map(Candidate).collect::<Vec<_>>()).prop_shuffle()),
    ) -> Rules {
        Rules { method, strength: Strength::Margins, seats, tie_order: order.and_then(TieOrder::new), ..Rules::new(blank) }
    }
}

prop_compose! {
    fn limits(candidates: usize)(
        threshold in prop::option::of((0..candidates, 0..4_u64, 1..3_u64)),
        employers in prop::collection::vec(prop::option::of("[AB]"), candidates),
        cap in prop::option::of(0..3_usize),
    ) -> Limits {
        let threshold = threshold.map(|(default, quorum, majority)| Threshold {
            default: Candidate(default),
            quorum: Some(Quorum::Votes(quorum)),
            majority,
            majorities: vec![],
        });
        let cap = cap.map(|cap| cap.to_string().parse().unwrap());
        let body = cap.map(|cap| Body { seats: 9, employers, continuing: vec![], cap: Some(cap), unavailable: vec![] });
        Limits { threshold, body }
    }
}

fn cases() -> impl Strategy<Value = ((usize, Ballots), Rules, Limits)> {
    polls(1).prop_flat_map(|(n, ballots)| (Just((n, ballots)), rules(n), limits(n)))
}

fn seated(profile: &Profile, rules: &Rules, limits: &Limits) -> Vec<Candidate> {
    let mut winners = limits.count(profile, rules).unwrap().seats().winners;
    winners.sort_unstable();
    winners
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn the_ballots_found_change_who_is_seated_under_the_same_limits(((n, ballots), rules, limits) in cases()) {
        let profile = profile(n, &ballots);
        let Ok(limited) = limits.count(&profile, &rules) else { return Ok(()) };
        let Change::More(more) = Sensitivity::under(&profile, &limited).change else { return Ok(()) };
        let with = |number: u64| {
            let mut profile = profile.clone();
            profile.push(&more.ballot, number).unwrap();
            seated(&profile, &rules, &limits)
        };
        let mut winners = more.seats.winners.clone();
        winners.sort_unstable();
        prop_assert_eq!(with(more.ballots), winners);
        prop_assert_eq!(with(more.ballots - 1), seated(&profile, &rules, &limits));
        prop_assert_ne!(with(more.ballots), with(0));
        for fewer in 1..more.at_least {
            prop_assert_eq!(with(fewer), with(0));
        }
    }

    #[test]
    fn each_other_way_is_counted_under_the_same_limits(((n, ballots), rules, limits) in cases()) {
        let profile = profile(n, &ballots);
        let Ok(limited) = limits.count(&profile, &rules) else { return Ok(()) };
        for recount in Sensitivity::under(&profile, &limited).recounts {
            let direct = limits.count(&profile, &recount.way.rules(&rules)).map(|limited| limited.seats());
            prop_assert_eq!(recount.seats, direct, "{}", recount.way);
        }
    }

    #[test]
    fn without_limits_nothing_is_limited((n, ballots) in polls(1), method in methods()) {
        let profile = profile(n, &ballots);
        let rules = Rules { method, ..Rules::new(BlankRule::Last) };
        let (Ok(limited), Ok(outcome)) = (Limits::default().count(&profile, &rules), tally::count(&profile, &rules))
        else {
            return Ok(());
        };
        prop_assert_eq!(Sensitivity::under(&profile, &limited), Sensitivity::of(&profile, &outcome));
    }
}

#[test]
fn an_option_that_failed_can_come_back_with_more_ballots() {
    // Ada leads, but needs 3:1 over nobody and has 6–3; three more ballots give it.
    let mut profile = Profile::new(3).unwrap();
    profile.push(&[1, 2, 3].map(tally::Rank::new), 6).unwrap();
    profile.push(&[3, 1, 2].map(tally::Rank::new), 3).unwrap();
    let threshold = Threshold { default: Candidate(2), quorum: None, majority: 1, majorities: vec![(Candidate(0), 3)] };
    let limits = Limits { threshold: Some(threshold), body: None };
    let limited = limits.count(&profile, &Rules::new(BlankRule::Last)).unwrap();
    assert_eq!(limited.seats().winners, [Candidate(1)]);
    let Change::More(more) = Sensitivity::under(&profile, &limited).change else { panic!("a number") };
    assert_eq!((more.ballots, more.at_least, more.seats.winners), (4, 4, vec![Candidate(0)]));
}

#[test]
fn a_cap_that_lets_everybody_sit_always_does() {
    let body =
        Body { seats: 0, employers: vec![None; 2], continuing: vec![], cap: "1".parse().ok(), unavailable: vec![] };
    let limits = Limits { threshold: None, body: Some(body) };
    let profile = Profile::new(2).unwrap();
    let limited = limits.count(&profile, &Rules { seats: 2, ..Rules::new(BlankRule::Last) }).unwrap();
    assert_eq!(Sensitivity::under(&profile, &limited).change, Change::Never);
}

#[test]
fn approval_of_everybody_is_not_listed() {
    let listed = |ranks: [u32; 2]| {
        let mut profile = Profile::new(2).unwrap();
        profile.push(&ranks.map(tally::Rank::new), 1).unwrap();
        profile.push(&[None, None], 1).unwrap();
        let outcome = tally::count(&profile, &Rules::new(BlankRule::Last)).unwrap();
        let recounts = Sensitivity::of(&profile, &outcome).recounts;
        recounts.iter().any(|recount| recount.way.method == Method::Approval(None))
    };
    assert!(!listed([1, 2]) && listed([1, 0]));
}

#[test]
fn what_the_limits_did_is_said_with_the_names_of_all() {
    // Cy fails against the discussion, Ada cannot sit, Ben's employer has its member: Dee moves up.
    let mut profile = Profile::new(5).unwrap();
    profile.push(&[5, 1, 2, 3, 4].map(tally::Rank::new), 5).unwrap();
    let threshold = Threshold { default: Candidate(4), quorum: None, majority: 1, majorities: vec![] };
    let employers = vec![None, None, Some("Acme".to_owned()), None, None];
    let cap = "1".parse().ok();
    let body =
        Body { seats: 9, employers, continuing: vec![Some("Acme".to_owned())], cap, unavailable: vec![Candidate(1)] };
    let limits = Limits { threshold: Some(threshold), body: Some(body) };
    let limited = limits.count(&profile, &Rules::new(BlankRule::Last)).unwrap();
    assert_eq!(limited.seats().winners, [Candidate(3)]);
    let names = ["Cy", "Ada", "Ben", "Dee", "Discuss"].map(String::from);
    assert_eq!(limited.names(&names), ["Ada", "Ben", "Dee", "Discuss"]);
    let said = limited.said(&names);
    assert_eq!(said[0], "Cy is dropped: 0–5 over Discuss, where more than 1:1 is needed");
    assert_eq!(said[4], "Ben would be number 2 of Acme, where at most 1 of 2 may be; passed over; Dee moves up");
    assert_eq!(said.len(), 5, "who passes is said, too");
}

#[test]
fn a_tie_order_holds_among_those_whom_the_default_option_leaves() {
    // 0 fails; 1, 2 and 3 are in a cycle of equals.
    let mut profile = Profile::new(5).unwrap();
    for ranks in [[5, 1, 2, 3, 4], [5, 3, 1, 2, 4], [5, 2, 3, 1, 4]] {
        profile.push(&ranks.map(tally::Rank::new), 2).unwrap();
    }
    let threshold = Threshold { default: Candidate(4), quorum: None, majority: 1, majorities: vec![] };
    let limits = Limits { threshold: Some(threshold), body: None };
    let tie_order = TieOrder::new([1, 2, 3, 0, 4].map(Candidate).to_vec());
    let rules = Rules { tie_order, ..Rules::new(BlankRule::Last) };
    let limited = limits.count(&profile, &rules).unwrap();
    for recount in Sensitivity::under(&profile, &limited).recounts {
        let direct = limits.count(&profile, &recount.way.rules(&rules)).map(|limited| limited.seats());
        assert_eq!(recount.seats, direct, "{}", recount.way);
    }
}
