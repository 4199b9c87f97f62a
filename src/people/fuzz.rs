//! Files of affiliations that nobody meant for us: no panic, the same answer twice,
//! and every row taken or named. Random changes to real shapes for a second each, or
//! for as many as `FUZZ_SECONDS` says.

use proptest::{collection::vec, prelude::any};

use super::gitdm;
use crate::testing::{changed, fuzz};

const TEXT: &str = "ada: ada!example.org, ada2!x\n\tAcme until 2019-03-01\n\tGlobex from 2019-04-01 until 2020-01-01\n\tIndependent\n\
                    # eve\neve: eve!x\n\tNotFound\n";

const JSON: &str = r#"[{"login": "ada", "email": "a!b", "affiliation": "Acme < 2019-03-01, Globex < 2020-01-01, (Independent)", "sex": null},
 {"login": "Ada", "email": "c!d", "affiliation": "Acme"}, {"login": "eve", "affiliation": "NotFound", "commits": 7}]"#;

#[test]
fn any_text_is_taken_or_named_row_by_row() {
    fuzz(&vec(any::<(u16, u8)>(), 0..12), |changes| {
        let text = String::from_utf8_lossy(&changed(TEXT.as_bytes(), &changes)).into_owned();
        let read = gitdm::text(&text);
        let rows = text.lines().filter(|row| !row.trim().is_empty() && !row.starts_with('#'));
        let employments = rows.clone().filter(|row| row.starts_with([' ', '\t'])).count();
        let headings = rows.count() - employments;
        let refused = read.unusable.len();
        assert!(read.stated.len() + read.unknown + refused >= employments, "no employment is lost");
        assert!(read.stated.len() + read.unknown + refused <= employments + headings);
        assert_eq!(read, gitdm::text(&text));
    });
}

#[test]
fn any_json_is_taken_or_named_entry_by_entry() {
    fuzz(&vec(any::<(u16, u8)>(), 0..12), |changes| {
        let text = String::from_utf8_lossy(&changed(JSON.as_bytes(), &changes)).into_owned();
        let Ok(read) = gitdm::json(&text) else {
            assert!(serde_json::from_str::<Vec<serde_json::Value>>(&text).is_err(), "what is a list is read");
            return;
        };
        let lines = text.lines().count();
        assert!(read.unusable.iter().all(|row| (1..=lines).contains(&row.line)));
        assert!(read.stated.iter().all(|row| (1..=lines).contains(&row.line)));
        assert_eq!(read, gitdm::json(&text).unwrap());
    });
}
