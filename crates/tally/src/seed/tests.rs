use super::*;

const RFC_KEY: &str = "9319./2.5.8.10.12./9.18.26.34.41.45./";

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("No. {i}")).collect()
}

fn seed(sources: &[&str]) -> Result<Seed, Refused> {
    Seed::new(sources, "2026-09-01", "2026-09-10")
}

#[test]
fn the_example_of_the_rfc_has_its_selections() {
    // Section 6: the sixteen it prints, the others drawn by hand from the same rule.
    let selected = [17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4];
    let order = TieOrder::draw(Draw::Rfc3797, RFC_KEY, &names(25)).unwrap();
    let mut everyone: Vec<_> = (0..25).map(Candidate).collect();
    everyone.sort_by(|a, b| order.compare(*a, *b));
    assert_eq!(everyone[..16], selected.map(|number: usize| Candidate(number - 1)));
}

#[test]
fn the_example_of_the_rfc_has_its_key() {
    let sources = [
        "figure 2026-09-05 Public debt: 09319",
        "lottery 2026-09-05 Lotto of one state: 2 5 12 8 10",
        "lottery 2026-09-06 Lotto of another: 9 18 26 34 41 45",
    ];
    let seed = seed(&sources).unwrap();
    assert_eq!((seed.key(), seed.bits()), (RFC_KEY, 3 * (2 + 5 + 6)));
}

#[test]
fn our_draw_is_what_sha256sum_says() {
    // printf %s '9319./2.5.8.10.12./9.18.26.34.41.45./Ada' | sha256sum, and so on
    let names = ["Ada", "Ben", "Cy", "Dée"].map(String::from);
    let order = TieOrder::draw(Draw::Sha256, RFC_KEY, &names).unwrap();
    let mut everyone = [0, 1, 2, 3];
    everyone.sort_by(|a, b| order.compare(Candidate(*a), Candidate(*b)));
    assert_eq!(everyone, [1, 3, 0, 2]);
}

#[test]
fn values_are_written_in_one_way() {
    let key = |source| seed(&[source]).map(|seed| seed.key().to_owned());
    // RFC 3797 puts nothing after a fraction.
    assert_eq!(key("stock 2026-09-05 DJIA: 00.50 7.250 010 9.0"), Ok("0.57.259.10./".into()));
    assert_eq!(key("beacon 2026-09-05 NIST: 00ab C1\t9f"), Ok("00ABC19F/".into()));
    for bad in ["", "7 x", "1,200", "-3", ".5", "1.2.3", "9f"] {
        let source = format!("figure 2026-09-05 Debt: {bad}");
        assert_eq!(seed(&[&source]), Err(Refused::Value(bad.to_owned())));
    }
    assert_eq!(key("block 2026-09-05 Chain: 12.5"), Err(Refused::Value("12.5".into())));
}

#[test]
fn chance_is_counted_on_the_cautious_side() {
    let bits = |source| seed(&[source]).unwrap().bits();
    assert_eq!(bits("lottery 2026-09-05 Lotto: 9 18 26 34 41 45"), 18);
    assert_eq!(bits("stock 2026-09-05 Volume: 1234.56 7"), 12);
    assert_eq!(bits("block 2026-09-05 Chain: 0000ab00"), 16);
}

#[test]
fn what_the_last_voter_can_steer_is_refused() {
    for name in ["Number of Ballots", "turnout", "votes cast", "names of candidates", "hash of the log root"] {
        let source = format!("figure 2026-09-05 {name}: 307");
        assert_eq!(seed(&[&source]), Err(Refused::Steerable(name.to_owned())));
    }
    let error = seed(&["turnout 2026-09-05 as counted: 307"]).unwrap_err();
    assert_eq!(error, Refused::Steerable("as counted".to_owned()));
}

#[test]
fn a_value_is_known_after_the_candidates_and_before_the_vote() {
    let known = |day: &str| seed(&[&format!("lottery {day} Lotto: 1 2")]);
    assert!(known("2026-09-02").is_ok() && known("2026-09-09").is_ok());
    for day in ["2026-09-01", "2026-09-10", "2025-09-05", "2027-01-01"] {
        let [name, known_on, after, before] = ["Lotto", day, "2026-09-01", "2026-09-10"].map(str::to_owned);
        assert_eq!(known(day), Err(Refused::Day { name, known: known_on, after, before }));
    }
    for day in
        ["2026-9-05", "2026-13-05", "2026-00-05", "2026-09-32", "2026-09-00", "x026-09-05", "2026-09", "02026-09-5"]
    {
        assert_eq!(known(day), Err(Refused::Date(day.to_owned())));
    }
    assert!(matches!(Seed::new(&["lottery 2026-09-05 Lotto: 1"], "", "2026-09-10"), Err(Refused::Date(_))));
}

#[test]
fn refusals_say_what_to_use_instead() {
    let say = |sources: &[&str]| seed(sources).unwrap_err().to_string();
    assert!(say(&[]).contains("expected at least one source such as `lottery "));
    assert!(say(&["lottery 2026-09-05: 4"]).contains("found `lottery 2026-09-05: 4`"));
    assert!(say(&["dice 2026-09-05 Mine: 4"]).contains("`block` or `figure`, found `dice`"));
    assert!(say(&["figure 2026-09-05 turnout: 4"]).contains("use a lottery"));
    assert!(say(&["lottery today Lotto: 4"]).contains("found `today`"));
    assert!(say(&["lottery 2026-09-10 Lotto: 4"]).contains("use a value of a day between"));
    assert!(say(&["lottery 2026-09-05 Lotto: four"]).contains("found `four`"));
    let too_many = TieOrder::draw(Draw::Rfc3797, RFC_KEY, &names(MAX_CANDIDATES + 1)).unwrap_err();
    assert_eq!(too_many.to_string(), "expected at most 2048 candidates, found 2049");
}

#[test]
fn it_takes_the_bits_of_all_orders() {
    let weak =
        |bits: usize, candidates| Seed { key: RFC_KEY.into(), bits }.order(Draw::Sha256, &names(candidates)).is_err();
    // log₂(1!), log₂(2!), log₂(3!) rounded up for each place, and the bits of MD5.
    assert_eq!([weak(0, 1), weak(0, 2), weak(1, 2), weak(2, 3), weak(3, 3)], [false, true, false, true, false]);
    assert_eq!([weak(127, MAX_CANDIDATES), weak(128, MAX_CANDIDATES)], [true, false]);
}

#[test]
fn sources_are_read_as_they_are_written() {
    let text = "lottery 2026-09-05 Lotto: the big one: 9 18";
    let source: Source = text.parse().unwrap();
    assert_eq!((source.to_string().as_str(), source.name.as_str()), (text, "Lotto: the big one"));
    for (draw, spelling) in Draw::ALL {
        assert_eq!((draw.to_string().as_str(), spelling.parse()), (spelling, Ok(draw)));
    }
}
