//! Files of affiliations that nobody meant for us: no panic, the same answer twice,
//! and every row taken or named. Random changes to real shapes for a second each, or
//! for as many as `FUZZ_SECONDS` says.

use std::time::{Duration, Instant};

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    test_runner::{Config, TestRunner},
};

use super::gitdm;

/// Some bytes of a text put in place of others: where, and what.
pub fn changed(text: &[u8], changes: &[(u16, u8)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (at, byte) in changes {
        let at = usize::from(*at) % text.len();
        text[at] = *byte;
    }
    text
}

/// The same of a text that is read as one.
pub fn changed_text(text: &str, changes: &[(u16, u8)]) -> String {
    String::from_utf8_lossy(&changed(text.as_bytes(), changes)).into_owned()
}

/// Calls a target with one input after the other, until its time is over.
#[expect(clippy::disallowed_methods, reason = "the long runs are told by the environment how long")]
pub fn fuzz<S: Strategy>(input: &S, target: impl Fn(S::Value)) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(1));
    while Instant::now() < end {
        let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
        let run = TestRunner::new(config).run(input, |input| {
            target(input);
            Ok(())
        });
        run.unwrap();
    }
}

const TEXT: &str = "ada: ada!example.org, ada2!x\n\tAcme until 2019-03-01\n\tGlobex from 2019-04-01 until 2020-01-01\n\tIndependent\n\
                    # eve\neve: eve!x\n\tNotFound\n";

const JSON: &str = r#"[{"login": "ada", "email": "a!b", "affiliation": "Acme < 2019-03-01, Globex < 2020-01-01, (Independent)", "sex": null},
 {"login": "Ada", "email": "c!d", "affiliation": "Acme"}, {"login": "eve", "affiliation": "NotFound", "commits": 7}]"#;

#[test]
fn any_text_is_taken_or_named_row_by_row() {
    fuzz(&vec(any::<(u16, u8)>(), 0..12), |changes| {
        let text = changed_text(TEXT, &changes);
        let read = gitdm::text(&text);
        let rows = || text.lines().filter(|row| !row.trim().is_empty() && !row.starts_with('#'));
        let employments = rows().filter(|row| row.starts_with([' ', '\t'])).count();
        let accounted = read.stated.len() + read.unknown + read.unusable.len();
        assert!((employments..=rows().count()).contains(&accounted), "{accounted} of {employments} in {text:?}");
        assert_eq!(read, gitdm::text(&text));
    });
}

#[test]
fn any_json_is_taken_or_named_entry_by_entry() {
    fuzz(&vec(any::<(u16, u8)>(), 0..12), |changes| {
        let text = changed_text(JSON, &changes);
        let Ok(read) = gitdm::json(&text) else {
            let list = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(&text);
            assert!(list.is_err(), "what is a list is read");
            return;
        };
        let lines = text.lines().count();
        assert!(read.unusable.iter().all(|row| (1..=lines).contains(&row.line)));
        assert!(read.stated.iter().all(|row| (1..=lines).contains(&row.line)));
        assert_eq!(read, gitdm::json(&text).unwrap());
    });
}
