//! What must hold for every cap, and who sat on the Kubernetes steering committee of 2017.
//!
//! 2,000 cases each, or as many as `PROPTEST_CASES` says. `HUSTINGS_SHARED`: see `oracle.rs`.

use crate::common::polls::config;
use std::{env, fs, path::Path, path::PathBuf};

use proptest::prelude::*;
use tally::formats::csv;
use tally::seating::{Body, Cap};
use tally::{BlankRule, Candidate, Rules, Strength, TieOrder};

fn employer() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(&[None, Some("A"), Some("B")][..]).prop_map(|label| label.map(str::to_owned))
}

fn cap() -> impl Strategy<Value = Option<Cap>> {
    prop::sample::select(&["0", "1", "2", "1/3", "<1/2", ""][..]).prop_map(|cap| cap.parse().ok())
}

prop_compose! {
    /// A body, and the order of its candidates in tiers.
    fn bodies()(candidates in 1..=6_usize)(
        employers in prop::collection::vec(employer(), candidates),
        continuing in prop::collection::vec(employer(), 0..4),
        places in prop::collection::vec(0..3_usize, candidates),
        unavailable in prop::collection::vec((0..candidates).prop_map(Candidate), 0..2),
        cap in cap(),
        seats in 0..5_usize,
    ) -> (Body, Vec<Vec<Candidate>>) {
        let tier = |tier| (0..employers.len()).filter(|i| places[*i] == tier).map(Candidate).collect();
        let tiers = (0..3).map(tier).filter(|tier: &Vec<_>| !tier.is_empty()).collect();
        (Body { seats, employers, continuing, cap, unavailable }, tiers)
    }
}

/// Who sits by a strict order, by the definition: one after the other, unless the cap is broken.
fn definition(body: &Body, order: &[Candidate]) -> Vec<Candidate> {
    let at_most = body.cap.map(|cap| cap.members(body.seats + body.continuing.len()));
    let mut sitting: Vec<Candidate> = Vec::new();
    for candidate in order.iter().filter(|candidate| !body.unavailable.contains(candidate)) {
        let employer = &body.employers[candidate.0];
        let colleagues = sitting.iter().map(|other| &body.employers[other.0]).chain(&body.continuing);
        let number = colleagues.filter(|other| *other == employer).count() + 1;
        let fits = employer.is_none() || at_most.is_none_or(|at_most| number <= at_most);
        if fits && sitting.len() < body.seats {
            sitting.push(*candidate);
        }
    }
    sitting
}

/// Every order of these.
fn orders(of: &[Candidate]) -> Vec<Vec<Candidate>> {
    let Some((first, others)) = of.split_first() else { return vec![Vec::new()] };
    let insert = |order: Vec<Candidate>| {
        (0..=order.len()).map(move |place| [&order[..place], &[*first], &order[place..]].concat())
    };
    orders(others).into_iter().flat_map(insert).collect()
}

/// Every strict order that has the same tiers.
fn resolutions(tiers: &[Vec<Candidate>]) -> Vec<Vec<Candidate>> {
    let longer = |starts: Vec<Vec<Candidate>>, tier: &Vec<Candidate>| {
        let ends = orders(tier);
        starts.iter().flat_map(|start| ends.iter().map(move |end| [&start[..], end].concat())).collect()
    };
    tiers.iter().fold(vec![Vec::new()], longer)
}

fn sorted(candidates: impl IntoIterator<Item = Candidate>) -> Vec<Candidate> {
    let mut candidates: Vec<_> = candidates.into_iter().collect();
    candidates.sort_unstable();
    candidates
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn winners_are_who_sits_however_ties_are_broken((body, tiers) in bodies()) {
        let ways: Vec<_> = resolutions(&tiers).iter().map(|order| definition(&body, order)).collect();
        let everyone = || (0..body.employers.len()).map(Candidate);
        let always = everyone().filter(|one| ways.iter().all(|way| way.contains(one)));
        let sometimes = everyone().filter(|one| ways.iter().any(|way| way.contains(one)));

        let seating = body.seat(&tiers, None);
        prop_assert_eq!(sorted(seating.winners.clone()), sorted(always));
        let possible = seating.ties.iter().flat_map(|tie| tie.among.clone()).chain(seating.winners.clone());
        prop_assert_eq!(sorted(possible), sorted(sometimes));
        for tie in &seating.ties {
            prop_assert!(tie.among.len() > tie.seats && tie.seats > 0 && tie.among.is_sorted());
            let seated = |way: &Vec<Candidate>| tie.among.iter().filter(|one| way.contains(one)).count();
            prop_assert!(ways.iter().all(|way| seated(way) == tie.seats));
        }
        let open: usize = seating.ties.iter().map(|tie| tie.seats).sum();
        prop_assert_eq!(ways[0].len(), seating.winners.len() + open);
        prop_assert_eq!(seating.winners.len() + seating.open, body.seats);
        for step in &seating.passed_over {
            prop_assert!(step.number > step.at_most);
            prop_assert!(ways.iter().all(|way| !way.contains(&step.candidate)));
        }
    }

    #[test]
    fn a_tie_order_seats_by_the_definition((body, tiers) in bodies(), turn in 0..720_usize) {
        let everyone: Vec<_> = (0..body.employers.len()).map(Candidate).collect();
        let orders = orders(&everyone);
        let order = TieOrder::new(orders[turn % orders.len()].clone()).unwrap();
        let mut strict = tiers.clone();
        for tier in &mut strict {
            tier.sort_by(|a, b| order.compare(*a, *b));
        }

        let seating = body.seat(&tiers, Some(&order));
        prop_assert_eq!(sorted(seating.winners.clone()), sorted(definition(&body, &strict.concat())));
        let open = body.seat(&tiers, None);
        let among = |ties: &[tally::seating::SeatTie]| ties.iter().map(|tie| tie.among.clone()).collect::<Vec<_>>();
        prop_assert_eq!(among(&seating.ties), among(&open.ties));
        let by_tie_order = seating.ties.iter().flat_map(|tie| tie.by_tie_order.clone());
        prop_assert_eq!(sorted(by_tie_order.chain(open.winners)), sorted(seating.winners));
    }

    #[test]
    fn when_one_leaves_the_others_stay_and_the_order_without_the_leaver_says_the_same(
        (body, tiers) in bodies(), leaver in 0..6_usize,
    ) {
        let order: Vec<_> = tiers.concat().into_iter().map(|one| vec![one]).collect();
        let seated = body.seat(&order, None).winners;
        let leaver = Candidate(leaver % body.employers.len());
        let vacancy = body.after(&seated, &[leaver]);
        let successors = vacancy.seat(&order, None).winners;
        let stay = seated.iter().copied().filter(|one| *one != leaver);

        let without = Body { unavailable: [&body.unavailable[..], &[leaver]].concat(), ..body };
        prop_assert_eq!(sorted(stay.chain(successors)), sorted(without.seat(&order, None).winners));
    }
}

/// The charter of 2017: no more than a third of thirteen from one company; seven of the bootstrap
/// committee stayed. Only Google's employees matter to the result, and who they were is this
/// test's assumption: Brian Grant, Tim Hockin and Sarah Novotny of those who stayed, and Phillip
/// Wittrock and Michael Rubin of the candidates.
#[test]
fn kubernetes_2017_passed_rank_four_over() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = env::var_os("HUSTINGS_SHARED").map_or(beside, PathBuf::from);
    let Ok(ballots) = fs::read(shared.join("data/elections/k8s-steering-2017/ballots.csv")) else {
        assert!(env::var_os("CI").is_none(), "no shared elections at {}", shared.display());
        println!("skipped: no shared elections at {}", shared.display());
        return;
    };
    let election = csv::read(&ballots).unwrap();
    let rules = Rules { strength: Strength::WinsThenLosses, ..Rules::new(BlankRule::NoOpinion) };
    let ranking = tally::count(&election.profile, &rules).unwrap().ranking;
    let google = || Some("Google".to_owned());
    let of_google = |name: &String| ["Phillip Whitrock", "Michael Rubin"].contains(&name.as_str());
    let body = Body {
        seats: 6,
        employers: election.candidates.iter().map(|name| google().filter(|_| of_google(name))).collect(),
        continuing: [[(); 3].map(|()| google()).to_vec(), vec![None; 4]].concat(),
        cap: "1/3".parse().ok(),
        unavailable: Vec::new(),
    };

    let seating = body.seat(&ranking, None);
    let names: Vec<_> = seating.winners.iter().map(|winner| election.candidates[winner.0].as_str()).collect();
    let published = [
        "Derek Carr",
        "Michelle Noorali",
        "Phillip Whitrock",
        "Timothy St. Clair",
        "Quinton Hoole",
        "Aaron Crickenberger",
    ];
    assert_eq!(names, published);
    let steps: Vec<_> = seating.passed_over.iter().map(|step| step.named(&election.candidates).to_string()).collect();
    let step = "Michael Rubin would be number 5 of Google, where at most 4 of 13 may be; passed over; \
                Timothy St. Clair moves up";
    assert_eq!(steps, [step]);
}
