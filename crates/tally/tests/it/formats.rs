//! What is written in a format is read back the same, on generated and on real ballots.

use crate::common::data::elections;
use std::fs;

use crate::common::orders::{orders, sums};
use crate::common::polls::config;
use proptest::prelude::*;
use tally::formats::{self, File, Format, csv};
use tally::{BlankRule, Election, Profile, Rank};

/// What a format says a blank means; our own hold any rule.
fn blank(format: Format) -> Option<BlankRule> {
    match format {
        Format::Csv => None,
        Format::Civs | Format::Elekto | Format::Json => Some(BlankRule::NoOpinion),
        Format::Debian | Format::Blt | Format::Preflib | Format::Abif | Format::Cef => Some(BlankRule::Last),
    }
}

/// Whether a file has nothing that tells what is written from a header or a table of ours.
fn may_refuse(file: &File, format: Format) -> bool {
    let mut rows = file.election.profile.iter();
    match format {
        Format::Csv => rows.next().is_none(),
        Format::Elekto => !rows.any(|(ranks, count)| count > 0 && ranks.contains(&None)),
        _ => false,
    }
}

/// Sees that a file is read back as it was written.
fn returns(file: &File, format: Format, text: &str) {
    let again =
        formats::read(text.as_bytes(), Some(format)).unwrap_or_else(|error| panic!("{format}: {error}\n{text}"));
    assert_eq!(again.election.candidates, file.election.candidates, "{format}");
    match format {
        Format::Csv | Format::Json => {
            assert!(again.election.profile.iter().eq(file.election.profile.iter()), "{format}");
        }
        Format::Elekto | Format::Debian | Format::Blt => {
            assert_eq!(sums(orders(&again)), sums(orders(file)), "{format}");
        }
        _ => assert_eq!(orders(&again), orders(file), "{format}"),
    }
    assert_eq!(again.blank, file.blank, "{format}");
    let seats = matches!(format, Format::Blt | Format::Abif | Format::Cef | Format::Json);
    assert_eq!(again.seats, file.seats.filter(|_| seats), "{format}");
    let title = matches!(format, Format::Blt | Format::Preflib | Format::Abif | Format::Json);
    assert_eq!(again.title, file.title.clone().filter(|_| title), "{format}");
}

prop_compose! {
    fn files(name: &'static str)(candidates in 1..=6_usize, name in name)(
        ballots in prop::collection::vec(
            (prop::collection::vec(0..=9_u32, candidates), 0..4_u64), 0..12),
        names in Just((0..candidates).map(|n| format!("{name}{n}")).collect::<Vec<_>>()),
        seats in 1..4_usize,
        title in prop::option::of("[A-Z][a-zé\"]{0,9}"),
    ) -> File {
        let mut profile = Profile::new(names.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.into_iter().map(Rank::new).collect();
            profile.push(&ranks, count).unwrap();
        }
        File { election: Election { candidates: names, profile }, title, seats: Some(seats), blank: None }
    }
}

proptest! {
    #![proptest_config(config())]

    // A name such as `X0` alone could be the head of a line of CIVS.
    #[test]
    fn every_format_returns_what_it_was_given(file in files("[A-WYZa-wyzé][a-z é.()-]{0,6}")) {
        for (format, _) in Format::ALL {
            let file = File { blank: blank(format), ..file.clone() };
            match formats::write(&file, format) {
                Ok(text) => {
                    returns(&file, format, &text);
                    returns(&file, Format::detect(text.as_bytes()).unwrap(), &text);
                    prop_assert_eq!(Format::detect(text.as_bytes()), Ok(format));
                }
                Err(refusal) => prop_assert!(may_refuse(&file, format), "{}", refusal),
            }
        }
    }

    #[test]
    fn names_of_any_characters_return_or_are_refused(file in files("[ -~\n\ré]{0,6}")) {
        for (format, _) in Format::ALL {
            let file = File { blank: blank(format), ..file.clone() };
            match formats::write(&file, format) {
                Ok(text) => returns(&file, format, &text),
                Err(refusal) => {
                    let of_names = refusal.found.starts_with("the name") || refusal.found.contains("be taken for");
                    prop_assert!(of_names || may_refuse(&file, format), "{}", refusal);
                }
            }
        }
    }

    #[test]
    fn blanks_are_never_given_another_meaning(file in files("[A-Z]")) {
        let blanks = file.election.profile.iter().any(|(ranks, _)| ranks.contains(&None));
        for (format, _) in Format::ALL {
            for rule in [None, Some(BlankRule::Last), Some(BlankRule::NoOpinion)] {
                let file = File { blank: rule, ..file.clone() };
                let holds = rule == blank(format) || format == Format::Json || format == Format::Csv
                    || format == Format::Cef && rule.is_some();
                match formats::write(&file, format) {
                    Ok(text) => {
                        prop_assert!(holds || !blanks, "{format}");
                        let again = formats::read(text.as_bytes(), Some(format)).unwrap();
                        prop_assert!(!blanks || format == Format::Csv || again.blank == rule, "{format}");
                    }
                    Err(refusal) if refusal.found.starts_with("blanks") => prop_assert!(!holds, "{}", refusal),
                    Err(refusal) => prop_assert!(may_refuse(&file, format), "{}", refusal),
                }
            }
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[AB #/={}()\\[\\]\":,;>|*^XV0-9\n-]{0,60}") {
        for (format, _) in Format::ALL {
            if let Err(error) = formats::read(text.as_bytes(), Some(format)) {
                prop_assert!(error.line <= text.split('\n').count());
                prop_assert!(error.to_string().contains(": expected "), "{}", error);
            }
        }
    }
}

#[test]
fn every_real_election_returns_from_every_format() {
    let Some(elections) = elections() else { return };
    let (mut returned, mut refused) = (0, Vec::new());
    for folder in fs::read_dir(elections).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let election = csv::read(&fs::read(folder.join("ballots.csv")).unwrap()).unwrap();
        for (format, _) in Format::ALL {
            let file = File { seats: Some(2), blank: blank(format), ..File::from(election.clone()) };
            match formats::write(&file, format) {
                Ok(text) => {
                    returns(&file, format, &text);
                    returned += 1;
                }
                Err(refusal) => refused.push(format!("{}: {refusal}", folder.display())),
            }
        }
    }
    // More than nine ranks for Debian, commas and the like in the names of the others.
    let reason =
        |refusal: &String| ["nine ranks", "the name", "be taken for"].iter().any(|reason| refusal.contains(reason));
    assert!(refused.iter().all(reason), "{refused:#?}");
    assert!(returned > 900, "only {returned}; refused: {refused:#?}");
}

#[test]
fn a_header_alone_gets_its_own_sentence() {
    for file in ["Ada,Ben\n", "#count,Ada,Ben\n", "Ada"] {
        let error = formats::read(file.as_bytes(), None).unwrap_err().to_string();
        assert!(error.contains("expected a row of ranks for each ballot below the candidates' names"), "{error}");
        assert_eq!(formats::read(file.as_bytes(), Some(Format::Csv)).unwrap().election.profile.ballots(), 0);
    }
}

#[test]
fn a_bad_row_is_the_error_of_the_format_that_the_file_names() {
    let error = |file: &str| formats::read(file.as_bytes(), None).unwrap_err().to_string();
    assert!(error("#count,Ada,Ben\n1,x,2\n").starts_with("line 2, column 3: expected a rank from 1"));
    assert!(error("#count,Ada,Ben\n1,2\n").starts_with("line 2, column 1: expected 3 cells"));
    assert!(error("Ada,Ben\n1,2,3\n").starts_with("line 2, column 1: expected 2 cells"));
    assert!(error("#/Candidates: A;B\n3: A<B\n").starts_with("line 2, column 1: expected a candidate's name"));
    assert!(error("3 1\n5 1 2 3 0\n4 2").ends_with("found the end of the file: it is cut off"));
}

#[test]
fn a_name_cannot_break_the_line_of_an_error() {
    let error = formats::read(b"Ada,\"\x1b[31mBen\n\",\"\x1b[31mBen\n\"\n1,2,3\n", None).unwrap_err().to_string();
    assert!(error.ends_with("expected another name, found `\\u{1b}[31mBen\\n` again"), "{error}");
}

#[test]
fn published_files_are_those_of_the_table() {
    let Some(elections) = elections() else { return };
    let files = [
        ("k8s-steering-2018/raw/BALLOTS.csv", Format::Elekto, 307),
        ("k8s-steering-2021/raw/ballots.csv", Format::Elekto, 256),
        // Nobody left a candidate out, so it could be ours just as well.
        ("k8s-cocc-2025/raw/ballots.csv", Format::Csv, 6),
        ("debian-2006-vote_002/raw/vote_002_tally.txt", Format::Debian, 421),
    ];
    for (path, format, ballots) in files {
        let path = elections.join(path);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(Format::detect(&bytes), Ok(format), "{}", path.display());
        let found = formats::read(&bytes, None).unwrap();
        let table = csv::read(&fs::read(path.parent().unwrap().with_file_name("ballots.csv")).unwrap()).unwrap();
        assert_eq!(found.election.candidates, table.candidates);
        assert!(found.election.profile.iter().eq(table.profile.iter()), "{}", path.display());
        assert_eq!(found.election.profile.ballots(), ballots);
    }
}

#[test]
fn an_extension_says_the_format_where_it_is_of_one() {
    let known = [
        ("csv", Format::Csv),
        ("civs", Format::Civs),
        ("blt", Format::Blt),
        ("soc", Format::Preflib),
        ("toi", Format::Preflib),
        ("abif", Format::Abif),
        ("cvotes", Format::Cef),
        ("json", Format::Json),
    ];
    for (extension, format) in known {
        assert_eq!(Format::by_extension(extension), Some(format), "{extension}");
    }
    assert_eq!(Format::by_extension("txt"), None);
}

#[test]
fn what_could_be_taken_for_several_formats_is_not_written() {
    let mut profile = Profile::new(2).unwrap();
    profile.push(&[1, 2].map(Rank::new), 1).unwrap();
    let file = File::from(Election { candidates: ["3", "x"].map(String::from).to_vec(), profile });
    let error = formats::write(&file, Format::Elekto).unwrap_err().to_string();
    assert!(error.contains("found ballots that could be taken for `csv` or `civs`:"), "{error}");
}

#[test]
fn what_would_be_taken_for_no_format_is_not_written() {
    // Names that could be ranks, above a blank that only Elekto writes so.
    let mut profile = Profile::new(2).unwrap();
    profile.push(&[Rank::new(1), None], 1).unwrap();
    let election = Election { candidates: ["1", "2"].map(String::from).to_vec(), profile };
    let file = File { blank: Some(BlankRule::NoOpinion), ..File::from(election) };
    let error = formats::write(&file, Format::Elekto).unwrap_err().to_string();
    assert!(error.contains("found ballots that would not be taken for `elekto`:"), "{error}");
}
