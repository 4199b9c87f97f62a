use std::iter;

use super::*;

/// One letter for each candidate's employer, `-` for none.
fn body(seats: usize, employers: &str, continuing: &str, cap: &str) -> Body {
    let labels = |letters: &str| -> Vec<Option<String>> {
        letters.chars().map(|letter| (letter != '-').then(|| letter.to_string())).collect()
    };
    let cap = Some(cap.parse().unwrap());
    Body { seats, employers: labels(employers), continuing: labels(continuing), cap, unavailable: vec![] }
}

fn tiers(tiers: &[&[usize]]) -> Vec<Vec<Candidate>> {
    tiers.iter().map(|tier| list(tier)).collect()
}

fn list(candidates: &[usize]) -> Vec<Candidate> {
    candidates.iter().copied().map(Candidate).collect()
}

fn say(seating: &Seating) -> Vec<String> {
    let names = ["Ada", "Ben", "Cy", "Dee", "Eve"].map(String::from);
    let steps = seating.passed_over.iter().map(|step| step.named(&names).to_string());
    iter::once(seating.named(&names).to_string()).chain(steps).collect()
}

#[test]
fn a_cap_that_does_not_bind_seats_the_order() {
    let seating = body(2, "AAA", "", "2").seat(&tiers(&[&[2], &[0], &[1]]), None);
    assert_eq!(seating, Seating { winners: list(&[2, 0]), ..Seating::default() });
}

#[test]
fn members_who_stay_can_fill_the_cap() {
    let seating = body(1, "AB", "AA", "2").seat(&tiers(&[&[0], &[1]]), None);
    assert_eq!(seating.winners, list(&[1]));
    assert_eq!(
        say(&seating),
        ["Ben is elected", "Ada would be number 3 of A, where at most 2 of 3 may be; passed over; Ben moves up"]
    );
}

#[test]
fn whoever_has_no_employer_is_not_capped() {
    let seating = body(2, "---", "---", "1").seat(&tiers(&[&[0], &[1], &[2]]), None);
    assert_eq!((seating.winners, seating.passed_over), (list(&[0, 1]), vec![]));
}

#[test]
fn seats_that_nobody_fits_stay_open() {
    let seating = body(3, "AA-", "", "1").seat(&tiers(&[&[2], &[0], &[1]]), None);
    assert_eq!((seating.winners.len(), seating.open, seating.passed_over[0].moves_up), (2, 1, None));
    assert_eq!(
        say(&seating),
        [
            "Cy and Ada are elected; 1 seat stays empty",
            "Ben would be number 2 of A, where at most 1 of 3 may be; passed over"
        ]
    );
}

#[test]
fn nobody_is_passed_over_when_all_sit() {
    let seating = body(1, "AAB", "", "1").seat(&tiers(&[&[0], &[1], &[2]]), None);
    assert_eq!((seating.winners, seating.passed_over), (list(&[0]), vec![]));
}

#[test]
fn a_tie_at_the_seat_line_is_among_those_who_fit() {
    let seating = body(1, "ABC", "A", "1").seat(&tiers(&[&[0, 1, 2]]), None);
    assert_eq!((seating.winners, seating.open), (vec![], 1));
    assert_eq!((&seating.ties[0].among, seating.ties[0].seats), (&list(&[1, 2]), 1));
    assert_eq!(seating.passed_over[0].candidate, Candidate(0));
}

#[test]
fn a_cap_can_make_a_tier_fit() {
    // Three for two seats, but only one of the two of A can sit.
    let seating = body(2, "A-A", "", "1").seat(&tiers(&[&[0, 1, 2]]), None);
    assert_eq!((&seating.winners, seating.open), (&list(&[1]), 1));
    assert_eq!(say(&seating), ["Ben is elected; Ada and Cy tie for 1 seat of A"]);
}

#[test]
fn seats_below_a_tie_of_one_employer_are_certain() {
    let seating = body(3, "AABA-", "", "1").seat(&tiers(&[&[0, 1], &[3], &[2], &[4]]), None);
    assert_eq!((&seating.winners, seating.open), (&list(&[2, 4]), 1));
    let dee = "Dee would be number 2 of A, where at most 1 of 3 may be; passed over; Cy moves up";
    assert_eq!(say(&seating), ["Cy and Eve are elected; Ada and Ben tie for 1 seat of A", dee]);
}

#[test]
fn a_tie_order_breaks_ties_and_is_named() {
    let order = TieOrder::new(list(&[4, 3, 2, 1, 0])).unwrap();
    let ranking = tiers(&[&[0, 1], &[2, 3, 4]]);
    let seating = body(2, "AA---", "", "1").seat(&ranking, Some(&order));
    assert_eq!((&seating.winners, seating.open), (&list(&[1, 4]), 0));
    let sentence = "Ben and Eve are elected; Ada and Ben tied for 1 seat of A, and the tie order gave it to Ben; \
                    Cy, Dee and Eve tied for 1 seat, and the tie order gave it to Eve";
    assert_eq!(say(&seating), [sentence]);
}

#[test]
fn within_a_broken_tie_the_cap_passes_over() {
    let order = TieOrder::new(list(&[0, 1, 2, 3])).unwrap();
    let seating = body(2, "AA--", "", "1").seat(&tiers(&[&[0, 1, 2, 3]]), Some(&order));
    assert_eq!(seating.winners, list(&[0, 2]));
    let sentences = [
        "Ada and Cy are elected; Ada, Ben, Cy and Dee tied for 2 seats, and the tie order gave them to Ada and Cy",
        "Ben would be number 2 of A, where at most 1 of 2 may be; passed over; Cy moves up",
    ];
    assert_eq!(say(&seating), sentences);
}

#[test]
fn a_successor_keeps_to_the_cap() {
    let order = tiers(&[&[0], &[1], &[2], &[3]]);
    let body = body(2, "ABAB", "", "1");
    let seated = body.seat(&order, None).winners;
    assert_eq!(seated, list(&[0, 1]));
    let vacancy = body.after(&seated, &list(&[1]));
    assert_eq!((vacancy.seats, vacancy.continuing.clone()), (1, vec![Some("A".to_owned())]));
    let seating = vacancy.seat(&order, None);
    assert_eq!(seating.winners, list(&[3]));
    assert_eq!(
        say(&seating),
        ["Dee is elected", "Cy would be number 2 of A, where at most 1 of 2 may be; passed over; Dee moves up"]
    );
}
