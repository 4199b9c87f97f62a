//! The elections of Debian: their published matrices, quorums, majorities and winners.
//!
//! `HUSTINGS_SHARED` says where the data is; see `oracle.rs`.

use std::path::Path;

use crate::common::data::{elections, folders, read_election, read_json, strings};
use serde_json::{Value, json};
use tally::default_option::{self, Check, Quorum, Screened, Threshold};
use tally::{BlankRule, Candidate, Rules};

/// The number of the option that a published line is about, from 1: "Option 3 passes …".
fn option(line: &str) -> Option<usize> {
    let (_, rest) = line.split_once("Option ")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The N that a published line about a majority compares with: "… 6.759 (196/29) >= 3".
fn majority(line: &str) -> Option<(Candidate, u64)> {
    let published = line.contains("Majority").then(|| line.rsplit(' ').next()?.parse().ok())??;
    Some((Candidate(option(line)? - 1), published))
}

/// How many were eligible, which the published quorum of 3·√n/2 gives away.
fn eligible(quorum: f64) -> u64 {
    let found = (0..10_000_u32).find(|n| (1.5 * f64::from(*n).sqrt() - quorum).abs() < 1e-9);
    found.expect("some number is eligible").into()
}

/// "Option 1 Reached quorum: 196 > 48.5824042221049", down to the point.
fn quorum_line(check: &Check) -> String {
    let verdict = if check.reaches_quorum() { "Reached quorum" } else { "Not reached quorum" };
    format!("Option {} {verdict}: {} > {}", check.duel.first.0 + 1, check.duel.for_first, check.quorum - 1)
}

/// "Option 1 passes Majority. (196/29) 3", which is what all lines since 2004 have in common.
fn majority_line(check: &Check) -> String {
    let (votes, against, option) = (check.duel.for_first, check.duel.for_second, check.duel.first.0 + 1);
    let verdict = if check.has_majority() {
        format!("Option {option} passes Majority.")
    } else {
        format!("Dropping Option {option} because of Majority.")
    };
    format!("{verdict} ({votes}/{against}) {}", check.majority)
}

/// Takes the quotient and its comparison from a published line, which differ from year to year.
fn without_quotient(line: &str) -> String {
    let fraction = |word: &&str| word.contains('.') && word.contains(|c: char| c.is_ascii_digit());
    let words = line.split_whitespace().filter(|word| !fraction(word) && !word.contains(['<', '>']));
    words.collect::<Vec<_>>().join(" ")
}

fn screened(folder: &Path, meta: &Value) -> Screened {
    let election = read_election(folder);
    let default = Candidate(election.candidates.len() - 1);
    let quorum = Some(Quorum::Eligible(eligible(meta["quorum"].as_f64().expect("a quorum"))));
    let majorities = strings(&meta["majority_lines"]).iter().filter_map(|line| majority(line)).collect();
    let threshold = Threshold { default, quorum, majority: 1, majorities };
    default_option::count(&election.profile, &Rules::new(BlankRule::Last), &threshold).expect("a count")
}

#[test]
fn debian_counted_what_we_count() {
    let Some(elections) = elections() else { return };
    let folders = folders(&elections, "debian-");
    for (key, folder) in &folders {
        let meta = read_json(&folder.join("meta.json"));
        let screened = screened(folder, &meta);
        assert_eq!(json!(screened.matrix.rows().collect::<Vec<_>>()), meta["matrix"], "{key}");

        let published = strings(&meta["quorum_lines"]);
        let published: Vec<_> = published.iter().map(|line| line.split_once('.').expect("a fraction").0).collect();
        assert_eq!(screened.checks.iter().map(quorum_line).collect::<Vec<_>>(), published, "{key}");

        let published = strings(&meta["majority_lines"]).into_iter().filter(|line| majority(line).is_some());
        let published: Vec<_> = published.map(|line| without_quotient(&line)).collect();
        assert_eq!(screened.checks.iter().map(majority_line).collect::<Vec<_>>(), published, "{key}");

        let winners: Vec<_> = screened.seats().winners.iter().map(|winner| winner.0).collect();
        assert_eq!(
            (json!(winners), json!(winners)),
            (meta["winner_idx"].clone(), meta["schwartz_idx"].clone()),
            "{key}"
        );
    }
    assert!(folders.len() >= 22, "only {} elections", folders.len());
}
