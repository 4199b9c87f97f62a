//! The two files of cncf/gitdm. Both hold mail addresses, which are passed over.
//!
//! `developers_affiliationsN.txt`, where a span without a beginning begins where the
//! one before it ended:
//!
//! ```text
//! ada: ada!example.org, ada!acme.example
//! 	Acme until 2019-03-01
//! 	Globex from 2019-04-01
//! ```
//!
//! `github_users.json`, an entry for each address of a login:
//! `{"login": "ada", "affiliation": "Acme < 2019-03-01, Globex", …}`.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    affiliation::{Affiliation, Stated, UNKNOWN, Who, company},
    import::Unusable,
};

/// What a file says, what of it could not be used, and how many it knows nothing of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub stated: Vec<Stated>,
    pub unusable: Vec<Unusable>,
    pub unknown: usize,
}

impl Read {
    fn refuse(&mut self, line: usize, problem: impl Into<String>) {
        self.unusable.push(Unusable { line, problem: problem.into() });
    }

    /// Takes the spans of one login, but for those that say nothing.
    fn take(&mut self, line: usize, login: &str, spans: Vec<Affiliation>) {
        let known = spans.iter().any(|span| span.company != UNKNOWN);
        self.unknown += usize::from(!known);
        let who = Who::Login(login.to_lowercase());
        let spans = spans.into_iter().filter(|_| known);
        self.stated.extend(spans.map(|span| Stated { line, who: who.clone(), span }));
    }
}

/// Whether GitHub could have given this login: letters, digits, `-` and, of old and
/// of companies' own accounts, `_`; of bots also brackets.
pub(super) fn is_login(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '[' | ']' | '.');
    !text.is_empty() && text.len() <= 100 && text.chars().all(fits)
}

/// Reads a `developers_affiliationsN.txt`.
pub fn text(text: &str) -> Read {
    let mut read = Read::default();
    let mut login: Option<&str> = None;
    let mut last_end = None;
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty() && !row.starts_with('#')) {
        if !row.starts_with([' ', '\t']) {
            login = row.split_once(':').map(|(name, _)| name.trim()).filter(|name| is_login(name));
            last_end = None;
            if login.is_none() {
                read.refuse(line, format!("{row:?} is not a login followed by a colon and addresses"));
            }
            continue;
        }
        match (login, employment(row.trim(), last_end)) {
            (None, _) => read.refuse(line, "it is not known whose employment this is"),
            (_, Err(problem)) => read.refuse(line, problem),
            (Some(login), Ok(span)) => {
                last_end = span.to;
                read.take(line, login, vec![span]);
            }
        }
    }
    read
}

/// `Company from 2018-01-01 until 2019-03-01`, both ends optional.
fn employment(row: &str, last_end: Option<NaiveDate>) -> Result<Affiliation, String> {
    let (row, to) = ending(row, "until")?;
    let (name, from) = ending(row, "from")?;
    Affiliation::new(name, from.or(last_end), to)
}

/// Takes `word` and the day after it off the end of a row, where they are.
fn ending<'a>(row: &'a str, word: &str) -> Result<(&'a str, Option<NaiveDate>), String> {
    let parted = row.rsplit_once(char::is_whitespace).and_then(|(rest, date)| {
        let before = rest.trim_end().strip_suffix(word)?;
        before.ends_with(char::is_whitespace).then_some((before.trim_end(), date))
    });
    match parted {
        Some((before, date)) => Ok((before, Some(day(date)?))),
        None => Ok((row, None)),
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("{text:?} is not a day; write 2016-01-31"))
}

#[derive(Deserialize)]
struct User {
    login: Option<String>,
    affiliation: Option<String>,
}

/// Reads a `github_users.json`. Of the entries of a login the one that names most
/// spans counts, of equal ones the first, as `DevStats` has it.
///
/// # Errors
///
/// When it is no list of objects in JSON.
pub fn json(text: &str) -> Result<Read, serde_json::Error> {
    let entries: Vec<&RawValue> = serde_json::from_str(text)?;
    let mut read = Read::default();
    let mut logins: BTreeMap<String, Vec<(usize, Vec<Affiliation>)>> = BTreeMap::new();
    let (mut line, mut read_to) = (1, 0);
    for entry in entries {
        // The entry is a part of the text.
        let at = entry.get().as_ptr() as usize - text.as_ptr() as usize;
        line += text[read_to..at].matches('\n').count();
        read_to = at;
        match user(entry.get()) {
            Ok((login, spans)) => logins.entry(login).or_default().push((line, spans)),
            Err(problem) => read.refuse(line, problem),
        }
    }
    for (login, mut entries) in logins {
        entries.sort_by_key(|(line, spans)| (Reverse(known(spans)), *line));
        let (line, spans) = entries.remove(0);
        for (other, differing) in entries.iter().filter(|(_, other)| known(other) > 0 && *other != spans) {
            let names: Vec<_> = differing.iter().map(ToString::to_string).collect();
            read.refuse(*other, format!("{login} is also said to be with {}; line {line} counts", names.join(", ")));
        }
        read.take(line, &login, spans);
    }
    read.unusable.sort_by_key(|row| row.line);
    Ok(read)
}

fn known(spans: &[Affiliation]) -> usize {
    spans.iter().filter(|span| span.company != UNKNOWN).count()
}

fn user(entry: &str) -> Result<(String, Vec<Affiliation>), String> {
    let user: User =
        serde_json::from_str(entry).map_err(|_| "this is no object with a login and an affiliation".to_owned())?;
    let login =
        user.login.filter(|login| is_login(login)).ok_or("there is no login, or none that GitHub could have given")?;
    let mut last_end = None;
    let mut spans = Vec::new();
    for part in user.affiliation.as_deref().unwrap_or_default().split(", ") {
        let (name, to) = match part.rsplit_once(" < ") {
            Some((name, date)) => (name, Some(day(date.trim())?)),
            None => (part, None),
        };
        spans.push(Affiliation::new(company(name), last_end, to)?);
        last_end = to;
    }
    Ok((login.to_lowercase(), spans))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(read: &Read) -> Vec<String> {
        read.stated.iter().map(|one| format!("{}: {} {}", one.line, one.who, one.span)).collect()
    }

    fn problems(read: &Read) -> Vec<String> {
        read.unusable.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_span_without_a_beginning_begins_where_the_last_one_ended() {
        let read = text(
            "# developers\nAda: ada!example.org\n\tAcme until 2019-03-01\n\tGlobex until 2020-01-01\n\
             \tIndependent\neve: eve!x\n\tInitech from 2018-01-01 until 2019-01-01\n\tFrom here\n",
        );
        assert_eq!(
            said(&read),
            [
                "3: ada Acme until 2019-02-28",
                "4: ada Globex 2019-03-01 to 2019-12-31",
                "5: ada Independent since 2020-01-01",
                "7: eve Initech 2018-01-01 to 2018-12-31",
                "8: eve From here since 2019-01-01",
            ]
        );
        assert!(read.unusable.is_empty());
    }

    #[test]
    fn every_row_that_cannot_be_used_is_named() {
        let read = text(
            "\tAcme\nno colon\n\tAcme\nada: a!b\n\tAcme until soon\n\tuntil 2019-01-01\n\tAcme from 2019-01-02 until 2019-01-01\n\t?\n",
        );
        assert_eq!(
            problems(&read),
            [
                "line 1: it is not known whose employment this is",
                "line 2: \"no colon\" is not a login followed by a colon and addresses",
                "line 3: it is not known whose employment this is",
                "line 5: \"soon\" is not a day; write 2016-01-31",
                "line 7: the span ends (2019-01-01) before it begins (2019-01-02)",
            ]
        );
        assert_eq!((said(&read), read.unknown), (vec!["6: ada until 2019-01-01 always".to_owned()], 1));
    }

    #[test]
    fn of_a_login_s_entries_the_one_with_most_spans_counts() {
        let read = json(
            r#"[{"login": "ada", "email": "a!b", "affiliation": "Acme"},
                {"login": "Ada", "email": "c!d", "affiliation": "Acme < 2019-03-01, (Independent)"},
                {"login": "eve", "affiliation": "NotFound"}, {"login": "mal", "affiliation": null},
                {"login": "two words", "affiliation": "Acme"},
                {"login": "bob", "affiliation": "Acme < 2019-13-01"},
                7]"#,
        )
        .unwrap();
        assert_eq!(said(&read), ["2: ada Acme until 2019-02-28", "2: ada Independent since 2019-03-01"]);
        assert_eq!(read.unknown, 2);
        assert_eq!(
            problems(&read),
            [
                "line 1: ada is also said to be with Acme always; line 2 counts",
                "line 4: there is no login, or none that GitHub could have given",
                "line 5: \"2019-13-01\" is not a day; write 2016-01-31",
                "line 6: this is no object with a login and an affiliation",
            ]
        );
    }
}
