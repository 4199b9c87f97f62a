//! `hustings convert` as people call it: a process, the files it leaves, its exit code.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

fn convert(dir: &Path, args: &[&str]) -> Output {
    let mut hustings = Command::new(env!("CARGO_BIN_EXE_hustings"));
    hustings.arg("convert").args(args).current_dir(dir).stdin(Stdio::null()).output().unwrap()
}

fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with a file of two ballots.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in.csv"), "Ada,Ben\n1,2\n1,-\n").unwrap();
    dir
}

#[test]
fn the_extension_says_the_format_and_nothing_else_is_left_behind() {
    let dir = folder();
    let output = convert(dir.path(), &["in.csv", "out.blt", "--blank", "last", "--seats", "1"]);
    assert!(output.status.success(), "{}", talk(&output));
    let text = fs::read_to_string(dir.path().join("out.blt")).unwrap();
    assert_eq!(text, "2 1\n1 1 2 0\n1 1 0\n0\n\"Ada\"\n\"Ben\"\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    assert_eq!(talk(&output), "");
}

#[test]
fn standard_output_takes_any_format_and_what_is_lost_is_said_beside_it() {
    let dir = folder();
    let blt = ["in.csv", "out.blt", "--blank", "last", "--seats", "1"];
    assert!(convert(dir.path(), &blt).status.success());
    let output = convert(dir.path(), &["out.blt", "-", "--to", "csv"]);
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), "Ada,Ben\n1,2\n1,-\n");
    assert_eq!(talk(&output), "csv has no place for the number of seats\ncsv has no place for what a blank means\n");
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let dir = folder();
    fs::write(dir.path().join("out.json"), "mine").unwrap();
    let args = ["in.csv", "out.json", "--blank", "no-opinion"];
    let output = convert(dir.path(), &args);
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("out.json is there already: --force replaces it"), "{}", talk(&output));
    assert_eq!(fs::read_to_string(dir.path().join("out.json")).unwrap(), "mine");

    assert!(convert(dir.path(), &[&args[..], &["--force"]].concat()).status.success());
    assert!(fs::read_to_string(dir.path().join("out.json")).unwrap().starts_with("{\"hustings\":\"ballots\""));
}

#[test]
fn a_format_that_nobody_named_is_a_usage_error() {
    let dir = folder();
    let output = convert(dir.path(), &["in.csv", "out.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(talk(&output).contains("say so with --to"), "{}", talk(&output));
    assert_eq!(convert(dir.path(), &["in.csv", "-", "--to", "xls"]).status.code(), Some(2));
}

#[test]
fn what_a_format_cannot_hold_is_refused_and_leaves_no_file() {
    let dir = folder();
    let output = convert(dir.path(), &["in.csv", "out.civs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("say what a blank means with --blank"), "{}", talk(&output));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn bad_input_is_named_by_file_line_and_column() {
    let dir = folder();
    fs::write(dir.path().join("in.abif"), "3: Ada>Ben\n3: Ada>>Ben\n").unwrap();
    let output = convert(dir.path(), &["in.abif", "-", "--to", "csv"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "hustings: in.abif: line 2, column 8: expected a candidate, found `>Ben`\n";
    assert_eq!(talk(&output), expected);
    assert!(output.stdout.is_empty());
}

#[test]
fn another_meaning_of_blanks_than_the_file_declares_is_refused() {
    let dir = folder();
    fs::write(dir.path().join("in.civs"), "1,-\n").unwrap();
    let output = convert(dir.path(), &["in.civs", "-", "--to", "csv", "--blank", "last"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(talk(&output).contains("expected --blank no-opinion, as the file declares"), "{}", talk(&output));
}

#[test]
fn what_would_be_taken_for_another_format_is_refused() {
    let dir = folder();
    fs::write(dir.path().join("full.csv"), "Ada,Ben\n1,2\n").unwrap();
    let output = convert(dir.path(), &["full.csv", "-", "--to", "elekto", "--blank", "no-opinion"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("found ballots that would be taken for `csv`"), "{}", talk(&output));
    assert!(convert(dir.path(), &["in.csv", "-", "--to", "elekto", "--blank", "no-opinion"]).status.success());
}

#[test]
fn orders_that_are_not_complete_are_not_written_to_a_soc() {
    let dir = folder();
    let output = convert(dir.path(), &["in.csv", "out.soc", "--blank", "last"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("expected an order of all 2 candidates"), "{}", talk(&output));
    assert!(convert(dir.path(), &["in.csv", "out.soi", "--blank", "last"]).status.success());
}

#[test]
fn a_file_that_is_not_there_is_not_found() {
    let dir = folder();
    let output = convert(dir.path(), &["nowhere.csv", "out.blt"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(talk(&output).contains("nowhere.csv cannot be read: there is no such file"), "{}", talk(&output));
}
