//! What must hold for every tie order that is drawn, and for every tie that one breaks.
//!
//! 2,000 cases each, or as many as `PROPTEST_CASES` says.

use crate::common::polls::config;

use proptest::prelude::*;
use tally::seed::{Draw, Seed};
use tally::{BlankRule, Candidate, Profile, Rank, Rules, TieOrder, count};

fn draw() -> impl Strategy<Value = Draw> {
    prop::sample::select(Draw::ALL.map(|(draw, _)| draw).to_vec())
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("Candidate {i}")).collect()
}

/// The candidates by a tie order, best first.
fn places(order: &TieOrder) -> Vec<usize> {
    let mut everyone: Vec<_> = (0..order.candidates()).collect();
    everyone.sort_by(|a, b| order.compare(Candidate(*a), Candidate(*b)));
    everyone
}

prop_compose! {
    fn polls()(candidates in 1..=6_usize)(
        ballots in prop::collection::vec(prop::collection::vec(0..=3_u32, candidates), 0..6),
        seats in 0..6_usize,
        keys in prop::collection::vec(any::<u32>(), candidates),
    ) -> (Profile, Rules) {
        let mut profile = Profile::new(keys.len()).unwrap();
        for numbers in ballots {
            profile.push(&numbers.into_iter().map(Rank::new).collect::<Vec<_>>(), 1).unwrap();
        }
        let mut order: Vec<_> = (0..keys.len()).map(Candidate).collect();
        order.sort_by_key(|candidate| keys[candidate.0]);
        (profile, Rules { seats, tie_order: TieOrder::new(order), ..Rules::new(BlankRule::Last) })
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_draw_names_each_candidate_once(draw in draw(), key in "[0-9./]{0,20}", n in 0..40_usize) {
        let mut drawn = places(&TieOrder::draw(draw, &key, &names(n)).unwrap());
        drawn.sort_unstable();
        prop_assert!(drawn.into_iter().eq(0..n));
    }

    #[test]
    fn our_draw_does_not_look_at_the_order_of_the_file(key in "[0-9./]{0,20}", n in 1..12_usize, turn in 0..12_usize) {
        let (names, mut turned) = (names(n), names(n));
        turned.rotate_left(turn % n);
        let [a, b] = [&names, &turned].map(|names| TieOrder::draw(Draw::Sha256, &key, names).unwrap());
        let named = |names: &[String], order| places(order).into_iter().map(|i| names[i].clone()).collect::<Vec<_>>();
        prop_assert_eq!(named(&names, &a), named(&turned, &b));
    }

    #[test]
    fn our_draw_does_not_look_at_who_else_stands(key in "[0-9./]{0,20}", n in 1..12_usize) {
        let [some, all] = [n - 1, n].map(|n| TieOrder::draw(Draw::Sha256, &key, &names(n)).unwrap());
        prop_assert!(places(&all).into_iter().filter(|i| *i < n - 1).eq(places(&some)));
    }

    #[test]
    fn the_rfc_s_draw_does_not_look_at_names(key in "[0-9./]{0,20}", n in 0..12_usize) {
        let [a, b] = [names(n), vec!["Ada".into(); n]].map(|names| TieOrder::draw(Draw::Rfc3797, &key, &names));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn the_order_of_drawn_numbers_changes_nothing(
        numbers in prop::collection::vec(0..99_u32, 1..8), draw in draw(), turn in 0..8_usize,
    ) {
        let seed = |numbers: &[u32]| {
            let value = numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
            let source = format!("lottery 2026-09-05 Lotto: {value}");
            Seed::new(&[&source], "2026-09-01", "2026-09-10").unwrap()
        };
        let mut turned = numbers.clone();
        turned.rotate_left(turn % numbers.len());
        prop_assert_eq!(seed(&numbers), seed(&turned));
        prop_assert!(seed(&numbers).order(draw, &names(2)).is_ok());
    }

    #[test]
    fn no_text_makes_a_seed_panic(kind in "lottery|beacon|stock|", text in "[ 0-9a-f.:/-]{0,30}", day in "[-0-9]{9,11}") {
        for source in [format!("{kind} {day} It: {text}"), text] {
            if let Ok(seed) = Seed::new(&[&source], "2026-09-01", &day) {
                prop_assert!(seed.key().ends_with('/'));
            }
        }
    }

    #[test]
    fn a_tie_order_decides_the_seat_line_and_nothing_else((profile, rules) in polls()) {
        let open = count(&profile, &Rules { tie_order: None, ..rules.clone() }).unwrap();
        let broken = count(&profile, &rules).unwrap();
        prop_assert_eq!(&open.ranking, &broken.ranking);
        prop_assert_eq!(broken.seats.tie(), []);
        prop_assert_eq!(open.seats.ties.iter().map(|tie| &tie.among).collect::<Vec<_>>(), broken.seats.ties.iter().map(|tie| &tie.among).collect::<Vec<_>>());
        let (certain, drawn) = broken.seats.winners.split_at(open.seats.winners.len());
        prop_assert_eq!(certain, &open.seats.winners[..]);
        prop_assert_eq!(drawn, &broken.seats.by_tie_order()[..]);
        if open.seats.tie().is_empty() {
            prop_assert_eq!(open.seats, broken.seats);
        } else {
            prop_assert_eq!((drawn.len(), broken.seats.open), (open.seats.open, 0));
            let order = rules.tie_order.unwrap();
            let lost = open.seats.tie().iter().filter(|one| !drawn.contains(one));
            for (lost, drawn) in lost.flat_map(|lost| drawn.iter().map(move |drawn| (lost, drawn))) {
                prop_assert!(order.compare(*drawn, *lost).is_lt() && open.seats.tie().contains(drawn));
            }
        }
    }
}
