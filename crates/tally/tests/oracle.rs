//! Real elections and published examples, compared with what other programs found.
//!
//! The data is not part of the project: `HUSTINGS_SHARED` says where it is. Where it is missing
//! these tests say so and pass, except in CI, where they fail.

use std::{collections::HashMap, env, fs, path::Path, path::PathBuf};

use serde_json::{Value, from_slice, json};
use tally::formats::{csv, json::Recount};
use tally::{BlankRule, Candidate, Election, Matrix, Profile, Rank, Rules, Strength, count};

fn elections() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("HUSTINGS_SHARED").map_or(beside, PathBuf::from).join("data/elections");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "no shared elections at {}", folder.display());
    println!("skipped: no shared elections at {}", folder.display());
    None
}

fn read_json(path: &Path) -> Value {
    from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// The folders of all elections, in no order.
fn folders(elections: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(elections).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir())
}

fn read_election(folder: &Path) -> Election {
    let bytes = fs::read(folder.join("ballots.csv")).expect("ballots");
    csv::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn blank_rule(meta: &Value) -> BlankRule {
    match meta["unranked"].as_str().expect("what a blank means") {
        rule if rule.starts_with("last") => BlankRule::Last,
        rule if rule.starts_with("no-opinion") => BlankRule::NoOpinion,
        rule => panic!("unknown rule for blanks: {rule}"),
    }
}

/// Where a recount differs from the oracle, by the oracle's names for what is compared.
fn differences(election: &Election, meta: &Value, oracle: &Value) -> Vec<&'static str> {
    let recount = |strength| {
        let rules = Rules { strength, ..Rules::new(blank_rule(meta)) };
        let outcome = count(&election.profile, &rules).expect("an outcome");
        serde_json::to_value(Recount::new(election, &outcome)).expect("JSON")
    };
    let [winning_votes, margins, wins_then_losses] =
        [Strength::WinningVotes, Strength::Margins, Strength::WinsThenLosses].map(recount);
    let found = [
        ("matrix", &winning_votes["matrix"]),
        ("condorcet_winner", &winning_votes["condorcet_winner"]),
        ("pref_voting_smith", &winning_votes["smith"]),
        ("pref_voting_schwartz", &winning_votes["schwartz"]),
        ("pref_voting_schwartz(GOCHA)", &winning_votes["schwartz"]),
        ("schulze_wv", &winning_votes["ranking"]),
        ("schulze_margins", &margins["ranking"]),
        ("schulze_wl", &wins_then_losses["ranking"]),
        ("schulze_civs", &wins_then_losses["ranking"]),
    ];
    let differs = |(key, found): &(&str, &Value)| oracle.get(key).is_some_and(|it| it != *found);
    found.into_iter().filter(differs).map(|(key, _)| key).collect()
}

#[test]
fn recounts_equal_the_oracles() {
    let Some(elections) = elections() else { return };
    let mut compared = 0;
    let mut wrong = HashMap::new();
    for folder in folders(&elections).filter(|folder| folder.join("oracle.json").exists()) {
        let [meta, oracle] = ["meta.json", "oracle.json"].map(|name| read_json(&folder.join(name)));
        let differences = differences(&read_election(&folder), &meta, &oracle);
        compared += 1;
        if !differences.is_empty() {
            wrong.insert(folder, differences);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= 115, "only {compared} elections");
}

#[test]
fn ballots_and_published_matrices_are_those_of_the_source() {
    let Some(elections) = elections() else { return };
    for folder in folders(&elections) {
        let (election, meta) = (read_election(&folder), read_json(&folder.join("meta.json")));
        let matrix = Matrix::count(&election.profile, blank_rule(&meta));
        let shape = (json!(election.profile.ballots()), json!(election.candidates.len()));
        let published = (meta["ballots"].clone(), meta["candidates"].clone());
        assert_eq!(shape, published, "{}", folder.display());
        if let Some(published) = meta.get("matrix") {
            let counted = json!(matrix.rows().collect::<Vec<_>>());
            assert_eq!(counted, *published, "{}", folder.display());
        }
    }
}

#[test]
fn every_file_is_read_back_as_it_is_written() {
    let Some(elections) = elections() else { return };
    for folder in folders(&elections) {
        let election = read_election(&folder);
        let again = csv::read(csv::write(&election).as_bytes()).expect("our own file");
        assert_eq!(again.candidates, election.candidates);
        assert!(again.profile.iter().eq(election.profile.iter()), "{}", folder.display());
    }
}

/// Reads `A > B = C * 42`; whoever is not named is blank.
fn ballot(line: &str, names: &[String]) -> (Vec<Option<Rank>>, u64) {
    let (order, count) = line.split_once('*').unwrap_or((line, "1"));
    let tiers: Vec<Vec<&str>> = order.split('>').map(|tier| tier.split('=').map(str::trim).collect()).collect();
    let place = |name: &String| tiers.iter().position(|tier| tier.contains(&name.as_str()));
    let rank = |place| Rank::new(u32::try_from(place).expect("few tiers"));
    let ranks = names.iter().map(|name| place(name).and_then(|place| rank(place + 1))).collect();
    (ranks, count.trim().parse().expect("a count"))
}

#[test]
fn the_papers_examples_have_their_winners() {
    let Some(elections) = elections() else { return };
    let strengths = HashMap::from([
        ("Schulze Winning", Strength::WinningVotes),
        ("Schulze Margin", Strength::Margins),
        ("Schulze Ratio", Strength::Ratio),
    ]);
    let mut compared = 0;
    for example in read_json(&elections.join("worked-examples.json")).as_array().expect("a list") {
        let strings = |list: &Value| -> Vec<String> {
            let list = list.as_array().expect("a list").iter();
            list.map(|name| name.as_str().expect("a string").to_owned()).collect()
        };
        for claim in example["winners"].as_array().expect("a list") {
            let method = claim[0].as_str().expect("a method");
            let Some(&strength) = strengths.get(method) else {
                continue;
            };
            let names = strings(&example["candidates"]);
            let mut profile = Profile::new(names.len()).expect("candidates");
            for line in strings(&example["votes"][0]) {
                let (ranks, count) = ballot(&line, &names);
                profile.push(&ranks, count).expect("a ballot");
            }
            let rules = Rules { strength, ..Rules::new(BlankRule::Last) };
            let outcome = count(&profile, &rules).expect("an outcome");
            let name = |candidate: &Candidate| names[candidate.0].clone();
            let first: Vec<String> = outcome.ranking[0].iter().map(name).collect();
            assert_eq!(first, strings(&claim[1]), "{} by {method}", example["test"]);
            compared += 1;
        }
    }
    assert!(compared >= 8, "only {compared} examples");
}
