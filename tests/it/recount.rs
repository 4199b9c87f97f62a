//! `hustings recount` as people call it: a process, its output, its exit code.

use std::process::{Command, Output, Stdio};

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
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr).unwrap().contains("nowhere.csv cannot be read: there is no such file"));
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
    assert_eq!((&broken["winners"], &broken["tie_at_seat_line"]), (&json!(["Ben"]), &json!([])));
    assert_eq!(broken["seated_by_tie_order"], json!(["Ben"]));
    assert_eq!(broken["ties_broken"][0]["among"], json!(["Ada", "Ben"]));
    assert_eq!(broken["tie_order"], json!({"order": ["Ben", "Ada"]}));
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

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ballots.csv");
    // More duels than a pipe holds.
    let names: Vec<_> = (0..120).map(|n| format!("Candidate {n}")).collect();
    std::fs::write(&file, format!("{}\n{}\n", names.join(","), vec!["1"; 120].join(","))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hustings"))
        .args(["recount", file.to_str().unwrap(), "--blank", "last"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

/// Two for each of Ben and Cy, level last behind Ada, and nobody has a majority.
const LEVEL: &str = "#count,Ada,Ben,Cy\n3,1,2,3\n2,3,1,2\n2,3,2,1\n";

fn text_of(ballots: &str, args: &[&str]) -> String {
    let output = with_file(ballots, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_tie_that_an_elimination_met_without_a_tie_order_is_told() {
    let sentence = "in round 1 Ben and Cy are level last: a declared tie order could seat somebody else";
    let json = json_of(LEVEL, &["--blank", "last", "--method", "irv"]);
    assert_eq!((&json["winners"], &json["tie_at_seat_line"]), (&json!(["Ada"]), &json!([])));
    assert_eq!(json["ties_left_open"], json!([{"among": ["Ben", "Cy"], "sentence": sentence}]));
    assert!(text_of(LEVEL, &["--blank", "last", "--method", "irv"]).contains(&format!("A tie was met: {sentence}.\n")));
    let all = json_of(LEVEL, &["--blank", "last", "--method", "all"]);
    assert_eq!(all["methods"]["irv"]["ties_left_open"], json["ties_left_open"]);
    assert!(
        text_of(LEVEL, &["--blank", "last", "--method", "all"]).contains(&format!("irv: Ada is elected; {sentence}"))
    );
}

#[test]
fn a_tie_order_that_was_used_before_the_seats_is_told_in_every_entry() {
    let args = ["--blank", "last", "--tie-order", "Ada,Cy,Ben", "--method"];
    let all = json_of(LEVEL, &[&args[..], &["all"]].concat());
    for method in ["irv", "scottish-stv", "meek-stv"] {
        let alone = json_of(LEVEL, &[&args[..], &[method]].concat());
        assert_eq!(alone["ties_broken"][0]["among"], json!(["Ben", "Cy"]), "{method}: {alone}");
        assert_eq!(alone["ties_broken"][0]["chosen"], json!(["Ben"]), "{method}");
        assert_eq!(all["methods"][method]["ties_broken"], alone["ties_broken"], "{method}");
        let text = text_of(LEVEL, &[&args[..], &[method]].concat());
        assert!(text.contains("A tie was met: in ") && text.contains("Tie order:\n  declared: Ada, Cy, Ben"), "{text}");
    }
    let level = "Ada,Ben,Cy\n1,2,3\n2,3,1\n3,1,2\n";
    let pairs = json_of(level, &[&args[..], &["ranked-pairs"]].concat());
    assert!(pairs["ties_broken"][0]["sentence"].as_str().unwrap().starts_with("equally strong, and the tie order"));
}

#[test]
fn a_draw_can_be_repeated_from_what_is_printed() {
    let lottery = "lottery 2026-09-05 UK Lotto: 41 9 18 26 34 45";
    let args = ["--blank", "last", "--tie-seed", lottery];
    let json = json_of("Ada,Ben,Cy\n1,1,1\n", &args);
    let drawn = json!({"draw": "sha256", "key": "9.18.26.34.41.45./", "order": json["tie_order"]["order"]});
    assert_eq!(json["tie_order"], drawn);
    assert_eq!(json["winners"][0], json["tie_order"]["order"][0]);
    let text = text_of("Ada,Ben,Cy\n1,1,1\n", &args);
    assert!(text.contains("drawn by sha256 from the key 9.18.26.34.41.45./: "), "{text}");
    let days = ["--candidates-final", "2026-09-01", "--voting-opens", "2026-09-05"];
    let (code, error) = refused("Ada,Ben\n1,1\n", &[&args[..], &days].concat());
    assert!(code == Some(2) && error.contains("before voting opens on 2026-09-05"), "{error}");
}

#[test]
fn seeds_that_are_empty_or_steerable_are_usage_errors() {
    for (seed, said) in [
        ("", "expected a source such as"),
        ("Ada,Ben", "expected a source such as"),
        ("9.18.26./", "expected a source such as"),
        ("figure 2026-09-05 number of ballots: 307", "can be steered by whoever votes or stands last"),
        ("figure 2026-09-05 names of the candidates: 7", "can be steered by whoever votes or stands last"),
        ("figure 2026-09-05 public debt: 7", "bits of chance"),
    ] {
        let (code, error) = refused("Ada,Ben\n1,1\n", &["--blank", "last", "--tie-seed", seed]);
        assert!(code == Some(2) && error.contains(said), "{seed}: {error}");
    }
}

#[test]
fn contradictory_arguments_are_usage_errors_that_say_what_was_expected() {
    let ballots = "Ada,Ben,Cy\n1,2,3\n";
    let cap = ["--cap", "1", "--employer", "Ada=Acme"];
    let default = ["--default-option", "Cy"];
    for (args, said) in [
        (&["--employer", "Ada=Acme"][..], "--cap"),
        (&["--continuing", "Acme"], "--cap"),
        (&[&cap[..], &["--employer", "Ada=Initech"]].concat(), "--employer has to be given once for \"Ada\""),
        (&[&cap[..], &["--employer", "Ben= "]].concat(), "--employer has to be NAME=EMPLOYER"),
        (&["--cap", "2/1", "--employer", "Ada=Acme"], "a fraction of the body"),
        (&[&default[..], &["--majority", "0"]].concat(), "with N at least 1, found \"0\""),
        (&[&default[..], &["--majority", "2", "--majority", "3:1"]].concat(), "given once for \"every option\""),
        (&[&default[..], &["--majority", "Ada=2", "--majority", "Ada=3"]].concat(), "given once for \"Ada\""),
        (&[&default[..], &["--majority", "Cy=2"]].concat(), "another option than the default option"),
        (&["--order", "defeats", "--method", "minimax"], "expected no --order with minimax"),
    ] {
        let (code, error) = refused(ballots, &[&["--blank", "last"], args].concat());
        assert!(code == Some(2) && error.contains(said), "{args:?}: {error}");
    }
    let (code, error) = refused("1,-\n2,1\n", &["--blank", "last"]);
    assert!(code == Some(2) && error.contains("expected --blank no-opinion, as the file declares"), "{error}");
    let same = ["--blank", "last", "--cap", "1", "--employer", "Ada=Acme", "--employer", "Ada= ACME "];
    assert_eq!(json_of(ballots, &same)["winners"], json!(["Ada"]));
}

#[test]
fn employers_are_one_whatever_their_capitals_and_are_printed_as_first_written() {
    let args = ["--blank", "last", "--seats", "2", "--cap", "1", "--employer", "Ada= Acme", "--employer", "Ben=ACME "];
    let found = json_of("Ada,Ben,Cy\n1,2,3\n", &args);
    assert_eq!(found["winners"], json!(["Ada", "Cy"]));
    assert!(found["limits"][0].as_str().unwrap().contains("would be number 2 of Acme, where"), "{found}");
}

#[test]
fn the_sensitivity_report_counts_under_the_same_limits() {
    let args = ["--blank", "last", "--cap", "1", "--seats", "2", "--employer", "Ada=Acme", "--employer", "Ben=Acme"];
    let args = [&args[..], &["--sensitivity"]].concat();
    let found = json_of("#count,Ada,Ben,Cy\n9,1,2,3\n", &args);
    for recount in found["sensitivity"]["recounts"].as_array().unwrap() {
        let winners = recount["winners"].as_array().unwrap();
        assert!(!(winners.contains(&json!("Ada")) && winners.contains(&json!("Ben"))), "{recount}");
    }
    // Nine more who rank Ben above Ada make them level for the seat of their employer.
    let change = &found["sensitivity"]["change"];
    assert_eq!((&change["ballots"], &change["winners"]), (&json!(9), &json!(["Cy"])), "{change}");

    let ballots = "#count,Ada,Ben,Nobody\n6,1,2,3\n5,2,3,1\n";
    let args = ["--blank", "last", "--default-option", "Nobody", "--sensitivity"];
    let change = &json_of(ballots, &args)["sensitivity"]["change"];
    assert_eq!((&change["ballots"], &change["winners"]), (&json!(1), &json!(["Nobody"])), "{change}");
}

#[test]
fn ties_of_two_employers_are_two_ties() {
    let ballots = "Ada,Ben,Cy,Dee\n1,1,2,2\n";
    let employers = ["Ada=Acme", "Ben=Acme", "Cy=Initech", "Dee=Initech"].map(|it| ["--employer", it]).concat();
    let args = [&["--blank", "last", "--seats", "2", "--cap", "1"], &employers[..]].concat();
    let found = json_of(ballots, &args);
    assert_eq!((&found["winners"], &found["tie_at_seat_line"]), (&json!([]), &json!([])));
    let sentence = "Ada and Ben tie for 1 seat of Acme";
    assert_eq!(found["ties_left_open"][0], json!({"among": ["Ada", "Ben"], "sentence": sentence}));
    assert_eq!(found["ties_left_open"][1]["among"], json!(["Cy", "Dee"]));
    let text = text_of(ballots, &args);
    assert!(
        text.starts_with(&format!("nobody is elected; {sentence}; Cy and Dee tie for 1 seat of Initech.")),
        "{text}"
    );
}

#[test]
fn seats_that_nobody_is_left_for_are_told() {
    let args = ["--blank", "last", "--seats", "4"];
    assert_eq!(json_of("Ada,Ben\n1,2\n", &args)["vacant_seats"], json!(2));
    assert!(text_of("Ada,Ben\n1,2\n", &args).starts_with("Ada and Ben are elected; 2 seats stay empty."));
}

#[test]
fn names_cannot_break_a_line_or_a_terminal() {
    let ballots = "\"Ada\n\u{1b}[31m\",Ben\n1,2\n";
    let args =
        ["--blank", "last", "--explain", "--sensitivity", "--method", "all", "--tie-order", "Ben,Ada\n\u{1b}[31m"];
    let text = text_of(ballots, &args);
    assert!(text.contains("Ada\\n\\u{1b}[31m is elected") && !text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| !line.starts_with('[')), "{text}");
    assert_eq!(json_of(ballots, &["--blank", "last"])["winners"], json!(["Ada\n\u{1b}[31m"]));
    let (_, error) = refused(ballots, &["--blank", "last", "--default-option", "Dee"]);
    assert!(!error.contains('\u{1b}'), "{error}");
}

#[test]
fn a_count_by_quota_under_a_cap_does_not_contradict_itself() {
    let args = ["--blank", "last", "--method", "scottish-stv", "--seats", "2", "--explain", "--cap", "1"];
    let args = [&args[..], &["--employer", "Ada=Acme", "--employer", "Ben=Acme"]].concat();
    let text = text_of("#count,Ada,Ben,Cy\n5,1,2,3\n4,2,1,3\n1,3,2,1\n", &args);
    assert!(text.starts_with("Ada and Cy are elected."), "{text}");
    assert!(text.contains("Ben would be elected in stage 1, and is passed over"), "{text}");
    assert!(text.contains("After the count: Ben is passed over for the cap"), "{text}");
    assert!(text.contains("Cy is still standing when the count ends, and moves up"), "{text}");
}

#[test]
fn an_explanation_of_ranked_pairs_says_what_put_one_of_two_unbeaten_first() {
    let ballots = "#count,A,B,C,D\n3,3,4,2,1\n5,1,2,4,3\n3,4,2,3,1\n1,2,3,1,4\n";
    let text = text_of(ballots, &["--blank", "last", "--method", "ranked-pairs"]);
    let said = "D ties with A 6–6, but locked victories leave both unbeaten, and its worst defeat by anyone left is \
                weaker: none; of A: C beats A 7–5";
    assert!(text.contains(said), "{text}");
    let text = text_of(ballots, &["--blank", "last", "--method", "ranked-pairs", "--tie-order", "A,B,C,D"]);
    let said = "ties with D 6–6, but locked victories leave both unbeaten, and the tie order puts it first";
    assert!(text.contains(said), "{text}");
    assert!(
        text.contains(
            "A tie was met: locked victories leave A and D unbeaten, and the tie order puts them thus: A and D"
        )
    );
}

#[test]
fn an_extension_of_preflib_says_what_its_ballots_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = |extension: &str| {
        let file = dir.path().join(format!("ballots.{extension}"));
        std::fs::write(&file, "2\n1,Ada\n2,Ben\n5,5,1\n5,2\n").unwrap();
        file.to_str().unwrap().to_owned()
    };
    assert!(recount(&[&path("soi")]).status.success());
    let output = recount(&[&path("soc")]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && error.contains("line 5, column 1: expected an order of all 2"),
        "{error}"
    );
}
