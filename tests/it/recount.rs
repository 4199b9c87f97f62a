//! `hustings recount` as people call it: a process, its output, its exit code.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::shared::shared;

fn recount(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hustings")).arg("recount").args(args).output().unwrap()
}

fn counted(args: &[&str]) -> Value {
    let output = recount(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_election_with_an_oracle_is_counted_as_it_says() {
    let Some(root) = shared("elections") else { return };
    let mut compared = 0;
    for folder in std::fs::read_dir(root).unwrap().map(|f| f.unwrap().path()) {
        let Ok(oracle) = std::fs::read(folder.join("oracle.json")) else { continue };
        let oracle: Value = serde_json::from_slice(&oracle).unwrap();
        let meta: Value = serde_json::from_slice(&std::fs::read(folder.join("meta.json")).unwrap()).unwrap();
        let blank = if meta["unranked"].as_str().unwrap().starts_with("last") { "last" } else { "no-opinion" };
        let file = folder.join("ballots.csv");
        for (strength, ranking) in
            [("winning-votes", "schulze_wv"), ("margins", "schulze_margins"), ("wl", "schulze_wl")]
        {
            let args =
                [file.to_str().unwrap(), "--method", "schulze", "--strength", strength, "--blank", blank, "--json"];
            let ours = counted(&args);
            let what = format!("{} under {strength}", folder.display());
            assert_eq!(ours["matrix"], oracle["matrix"], "{what}");
            assert_eq!(ours["condorcet_winner"], oracle["condorcet_winner"], "{what}");
            assert_eq!(sorted(&ours["smith"]), sorted(&oracle["pref_voting_smith"]), "{what}");
            if !oracle[ranking].is_null() {
                assert_eq!(tiers(&ours["ranking"]), tiers(&oracle[ranking]), "{what}");
            }
        }
        compared += 1;
    }
    assert!(compared >= 115, "only {compared} elections had an oracle");
}

fn sorted(names: &Value) -> Vec<String> {
    let mut names: Vec<String> = serde_json::from_value(names.clone()).unwrap();
    names.sort();
    names
}

fn tiers(ranking: &Value) -> Vec<Vec<String>> {
    ranking.as_array().unwrap().iter().map(sorted).collect()
}

#[test]
fn the_fields_come_in_the_order_of_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ballots.csv");
    std::fs::write(&file, "Ada,Ben,Cy\n1,2,-\n1,2,2\n-,-,-\n").unwrap();
    let output = recount(&[file.to_str().unwrap(), "--blank", "last", "--seats", "2", "--json"]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "{\"candidates\":[\"Ada\",\"Ben\",\"Cy\"],\"ballots\":3,\"matrix\":[[0,2,2],[0,0,1],[0,0,0]],\
         \"condorcet_winner\":\"Ada\",\"smith\":[\"Ada\"],\"schwartz\":[\"Ada\"],\
         \"ranking\":[[\"Ada\"],[\"Ben\"],[\"Cy\"]],\"winners\":[\"Ada\",\"Ben\"],\"tie_at_seat_line\":[]}\n"
    );
}

#[test]
fn a_tie_at_the_seat_line_seats_nobody_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ballots.csv");
    std::fs::write(&file, "Ada,Ben,Cy\n1,2,3\n1,3,2\n").unwrap();
    let ours = counted(&[file.to_str().unwrap(), "--blank", "last", "--seats", "2", "--json"]);
    assert_eq!((&ours["winners"], &ours["tie_at_seat_line"]), (&json!(["Ada"]), &json!(["Ben", "Cy"])));
}

#[test]
fn bad_input_is_named_by_line_and_column_and_exits_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ballots.csv");
    std::fs::write(&file, "Ada,Ben\n1,2\n1,x\n").unwrap();
    let output = recount(&[file.to_str().unwrap(), "--blank", "last"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("ballots.csv") && error.contains("line 3") && error.contains("column"), "{error}");
}

#[test]
fn what_a_blank_means_must_be_said_and_its_absence_is_a_usage_error() {
    let output = recount(&["ballots.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--blank"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = recount(&["nowhere.csv", "--blank", "last"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("nowhere.csv cannot be read"));
}
