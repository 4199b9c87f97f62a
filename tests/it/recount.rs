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

/// Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4.
const CYCLE: &str = "#count,Ada,Ben,Cy\n4,1,2,3\n2,3,1,2\n3,2,3,1\n";

fn with_file(ballots: &str, args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ballots.csv");
    std::fs::write(&file, ballots).unwrap();
    recount(&[&[file.to_str().unwrap()], args].concat())
}

fn json_of(ballots: &str, args: &[&str]) -> Value {
    let output = with_file(ballots, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The exit code and what was said.
fn refused(ballots: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = with_file(ballots, args);
    assert!(output.stdout.is_empty(), "{args:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn all_methods_are_counted_beside_the_common_fields() {
    let one = json_of(CYCLE, &["--blank", "last"]);
    let mut all = json_of(CYCLE, &["--blank", "last", "--method", "all"]);
    let methods = all.as_object_mut().unwrap().remove("methods").unwrap();
    assert_eq!(all, one, "the common fields are those of Schulze's method");
    let methods = methods.as_object().unwrap();
    assert_eq!(methods.len(), tally::Method::ALL.len());
    let schulze = json!({"ranking": [["Ada"], ["Ben"], ["Cy"]], "winners": ["Ada"], "tie_at_seat_line": []});
    assert_eq!(methods["schulze"], schulze);
    let copeland = json!({"ranking": [["Ada", "Ben", "Cy"]], "winners": [], "tie_at_seat_line": ["Ada", "Ben", "Cy"]});
    assert_eq!(methods["copeland"], copeland);
}

#[test]
fn each_method_alone_says_what_it_says_among_all() {
    let all = json_of(CYCLE, &["--blank", "last", "--method", "all"]);
    for (_, method) in tally::Method::ALL {
        let alone = json_of(CYCLE, &["--blank", "last", "--method", method]);
        for field in ["ranking", "winners", "tie_at_seat_line"] {
            assert_eq!(alone[field], all["methods"][method][field], "{field} of {method}");
        }
    }
}

#[test]
fn a_method_that_refuses_says_why_and_the_others_count() {
    let names: Vec<String> = (0..19).map(|i| format!("C{i}")).collect();
    let ballots = format!("{}\n{}\n", names.join(","), ["1"; 19].join(","));
    let all = json_of(&ballots, &["--blank", "last", "--method", "all"]);
    let refused = all["methods"]["kemeny-young"]["refused"].as_str().unwrap();
    assert!(refused.contains("at most 18") && refused.contains("19"), "{refused}");
    assert_eq!(all["methods"]["benham"]["ranking"].as_array().unwrap().len(), 1);
    let alone = with_file(&ballots, &["--blank", "last", "--method", "kemeny-young"]);
    assert_eq!(alone.status.code(), Some(1));
}

#[test]
fn the_explanation_is_there_as_data() {
    let explained = json_of(CYCLE, &["--blank", "last", "--explain"]);
    let explanation = &explained["explanation"];
    assert_eq!(explanation["cycles"][0]["sentence"], "Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4");
    assert_eq!(explanation["cycles"][0]["at_seat_line"], true);
    assert_eq!(explanation["duels"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&explanation["detours"][0]["above"], &explanation["detours"][0]["below"]),
        (&json!("Ada"), &json!("Cy"))
    );
    assert_eq!(explanation["passed_over"], explanation["detours"]);
}

#[test]
fn the_explanation_is_readable() {
    let output = with_file(CYCLE, &["--blank", "last", "--explain"]);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r"
    Ada is elected.

    9 ballots, counted by schulze, winning-votes, tiers, last.

    Places, best first:
      1. Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3
      2. Ben beats everyone but Ada
      3. Cy beats everyone but Ben

    Pairs that their own duel did not decide:
      Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3

    Cycles of victories:
      At the seat line: Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4

    Passed over for somebody they beat:
      Cy is not seated: Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3

    Every pair:
      Ada beats Ben 7–2
      Cy beats Ada 5–4
      Ben beats Cy 6–3
    ");
}

#[test]
fn the_ballots_that_would_have_changed_the_seats_do_when_they_are_added() {
    let found = json_of(CYCLE, &["--blank", "last", "--sensitivity"]);
    let change = &found["sensitivity"]["change"];
    let number = change["ballots"].as_u64().unwrap();
    let tiers = change["ballot"].as_array().unwrap();
    let rank = |name: &str| tiers.iter().position(|tier| tier.as_array().unwrap().contains(&json!(name)));
    let cells = ["Ada", "Ben", "Cy"].map(|name| rank(name).map_or("-".into(), |place| (place + 1).to_string()));
    let with = |more| json_of(&format!("{CYCLE}{more},{}\n", cells.join(",")), &["--blank", "last"]);
    assert_eq!(with(number)["winners"], change["winners"]);
    assert_ne!(with(number)["winners"], found["winners"]);
    assert_eq!(with(number - 1)["winners"], found["winners"]);
    assert_eq!(found["sensitivity"]["cycles_at_seat_line"].as_array().unwrap().len(), 1);
    assert!(found["sensitivity"]["recounts"].as_array().unwrap().len() > tally::Method::ALL.len());
}

#[test]
fn a_declared_tie_order_breaks_the_tie_and_is_shown() {
    let tied = "Ada,Ben\n1,2\n2,1\n";
    let broken = json_of(tied, &["--blank", "last", "--tie-order", "Ben, Ada"]);
    assert_eq!((&broken["winners"], &broken["tie_at_seat_line"]), (&json!(["Ben"]), &json!(["Ada", "Ben"])));
    assert_eq!(broken["seated_by_tie_order"], json!(["Ben"]));
    let (code, error) = refused(tied, &["--blank", "last", "--tie-order", "Ben"]);
    assert!(code == Some(2) && error.contains("each candidate once"), "{error}");
}

#[test]
fn a_cap_passes_over_and_says_so() {
    let capped = "Ada,Ben,Cy\n1,2,3\n";
    let args = ["--blank", "last", "--seats", "2", "--cap", "1", "--employer", "Ada=Acme", "--employer", "Ben=Acme"];
    let found = json_of(capped, &args);
    assert_eq!(found["winners"], json!(["Ada", "Cy"]));
    assert!(found["limits"][0].as_str().unwrap().contains("passed over"), "{found}");
}

#[test]
fn an_option_that_fails_against_the_default_option_is_dropped() {
    let ballots = "#count,Change,Keep,Discuss\n60,1,2,3\n40,3,1,2\n";
    let args = ["--blank", "last", "--default-option", "Discuss", "--eligible", "1000", "--majority", "Change=3:1"];
    let found = json_of(ballots, &args);
    assert_eq!((&found["winners"], &found["ranking"]), (&json!(["Keep"]), &json!([["Keep"], ["Discuss"]])));
    assert_eq!(found["matrix"], json!([[0, 60, 60], [40, 0, 100], [40, 0, 0]]), "of all, dropped or not");
}

#[test]
fn an_unknown_candidate_is_not_found_and_an_unknown_method_is_a_usage_error() {
    let (code, error) = refused(CYCLE, &["--blank", "last", "--default-option", "Dee"]);
    assert!(code == Some(4) && error.contains("Dee") && error.contains("Ada, Ben, Cy"), "{error}");
    let (code, error) = refused(CYCLE, &["--blank", "last", "--method", "best"]);
    assert!(code == Some(2) && error.contains("`schulze`"), "{error}");
    let (code, error) = refused(CYCLE, &[]);
    assert!(code == Some(2) && error.contains("--blank"), "{error}");
}
