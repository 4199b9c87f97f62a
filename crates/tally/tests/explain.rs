//! What is said of an outcome is true of the ballots, and of real elections it says what happened.

use std::{env, fs, path::Path, path::PathBuf};

use proptest::prelude::*;
use serde_json::{Value, from_slice};
use tally::explain::Detour;
use tally::formats::csv;
use tally::sensitivity::{Change, MoreBallots, Sensitivity, Way};
use tally::{BlankRule, Candidate, Election, Method, Outcome, Profile, Rank, Rules, SeatOrder, Seats, Strength, count};

/// An election of the shared data and its seats; nothing where the data is missing.
fn election(key: &str) -> Option<(Election, usize)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("HUSTINGS_SHARED").map_or(beside, PathBuf::from).join("data/elections").join(key);
    if !folder.is_dir() {
        assert!(env::var_os("CI").is_none(), "no shared elections at {}", folder.display());
        println!("skipped: no shared elections at {}", folder.display());
        return None;
    }
    let meta: Value = from_slice(&fs::read(folder.join("meta.json")).unwrap()).unwrap();
    let seats = usize::try_from(meta["seats"].as_u64().unwrap()).unwrap();
    Some((csv::read(&fs::read(folder.join("ballots.csv")).unwrap()).unwrap(), seats))
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
    eprintln!("{}", found.named(names));
    eprintln!("{}", outcome.explain().named(names));
}
