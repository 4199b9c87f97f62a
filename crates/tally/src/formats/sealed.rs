//! Our own ballots as JSON, sealed with a hash.
//!
//! ```text
//! {"hustings":"ballots","version":1,"title":"A vote","candidates":["Ada","Ben"],
//!  "blank":"no-opinion","seats":1,"ballots":[[120,[1,null]],[3,[2,1]]],"sha256":"…"}
//! ```
//!
//! A ballot is how often it was cast and a rank from 1, or null, for each candidate. `title`,
//! `blank` and `seats` are left out, or null, where nobody declared them.
//!
//! The hash is SHA-256, in lowercase hexadecimal, over the UTF-8 bytes of the same object without
//! `sha256`, its fields in the order above, fields that are null left out, and without any space
//! or line break outside of strings. Strings escape `"`, `\` and control characters and nothing
//! else: `\b \t \n \f \r` by letter, the others as `\u001f`. So a file may be laid out in any way
//! and keeps its hash; in what [`write()`] writes, it is that of the line without its last field.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::text::{self, Fault, expected};
use super::{Error, File, Problem};
use crate::ballot::{Election, Rank};
use crate::profile::Profile;
use crate::rules::BlankRule;

/// What a ballot is.
const BALLOT: &str = "a ballot such as [2,[1,null]], with a rank from 1 or null for each candidate";

/// How often a ballot was cast, and its ranks.
type Row = (u64, Vec<Option<u32>>);

/// What is hashed.
#[derive(Serialize)]
struct Content<'a> {
    hustings: &'static str,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: &'a Option<String>,
    candidates: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    blank: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<usize>,
    ballots: &'a [Row],
}

/// A file as it stands, so that each fault has its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    hustings: &'a RawValue,
    #[serde(borrow)]
    version: &'a RawValue,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    candidates: &'a RawValue,
    #[serde(borrow)]
    blank: Option<&'a RawValue>,
    #[serde(borrow)]
    seats: Option<&'a RawValue>,
    #[serde(borrow)]
    ballots: Vec<&'a RawValue>,
    #[serde(borrow)]
    sha256: &'a RawValue,
}

/// Reads a file, and sees that it has the hash it says.
///
/// ```
/// use tally::formats::{File, csv, sealed};
///
/// let file = sealed::write(&File::from(csv::read(b"Ada,Ben\n1,-\n").unwrap()));
/// assert_eq!(sealed::read(file.as_bytes()).unwrap().election.candidates, ["Ada", "Ben"]);
///
/// let forged = file.replace("[1,null]", "[null,1]");
/// let error = sealed::read(forged.as_bytes()).unwrap_err().to_string();
/// assert!(error.contains("expected the hash of what the file says, `"), "{error}");
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, when the hash is that
/// of something else, or when the election is too large to be counted.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    let text = text::text(bytes)?;
    serde_json::from_str::<Raw>(text).map_err(|error| broken(&error))?;
    text::read(bytes, read_text)
}

/// Writes a file that [`read`] reads back, as one line.
///
/// ```
/// use tally::{BlankRule, formats::{File, csv, sealed}};
///
/// let election = csv::read(b"#count,Ada,Ben\n120,1,-\n").unwrap();
/// let file = File { blank: Some(BlankRule::NoOpinion), seats: Some(1), ..File::from(election) };
/// assert_eq!(
///     sealed::write(&file),
///     r#"{"hustings":"ballots","version":1,"candidates":["Ada","Ben"],"blank":"no-opinion","#.to_owned()
///         + r#""seats":1,"ballots":[[120,[1,null]]],"#
///         + "\"sha256\":\"162865c4b4d0fc7c895177ad9353aa75867ce859327f6507b99308106ba6d45a\"}\n"
/// );
/// ```
#[must_use]
pub fn write(file: &File) -> String {
    let numbers = |ranks: Vec<Option<Rank>>| ranks.into_iter().map(|rank| rank.map(Rank::get)).collect();
    let rows: Vec<Row> = file.election.profile.iter().map(|(ranks, count)| (count, numbers(ranks))).collect();
    let content = canonical(file, &rows);
    let open = content.strip_suffix('}').unwrap_or(&content);
    format!("{open},\"sha256\":\"{}\"}}\n", hash(&content))
}

/// The bytes that are hashed.
fn canonical(file: &File, ballots: &[Row]) -> String {
    let content = Content {
        hustings: "ballots",
        version: 1,
        title: &file.title,
        candidates: &file.election.candidates,
        blank: file.blank.map(|rule| rule.to_string()),
        seats: file.seats,
        ballots,
    };
    serde_json::to_string(&content).expect("strings and numbers are JSON")
}

fn hash(content: &str) -> String {
    let digits = Sha256::digest(content).into_iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// What serde found, with its place.
fn broken(error: &serde_json::Error) -> Error {
    let found = error.to_string();
    let found = found.split_once(" at line ").map_or(&found[..], |(found, _)| found).to_owned();
    let problem = Problem::Expected { expected: "ballots in our own JSON".into(), found };
    Error { line: error.line().max(1), column: error.column().max(1), problem }
}

fn read_text(text: &str) -> Result<File, Fault<'_>> {
    let raw: Raw = serde_json::from_str(text).map_err(|_| expected(text, "ballots in our own JSON"))?;
    field(raw.hustings, "\"ballots\"", |name: &String| name == "ballots")?;
    field(raw.version, "version 1", |version: &u32| *version == 1)?;
    let title = raw.title.map(|title| field(title, "a title", |_| true)).transpose()?;
    let seats =
        raw.seats.map(|seats| field(seats, "a number of seats, at least 1", |seats: &usize| *seats > 0)).transpose()?;
    let rule = |raw| field(raw, "`last` or `no-opinion`", |rule: &String| rule.parse::<BlankRule>().is_ok());
    let blank = raw.blank.map(rule).transpose()?.and_then(|rule| rule.parse().ok());
    let candidates: Vec<String> = field(raw.candidates, "a list of names", |_| true)?;
    let names: Vec<_> = candidates.iter().map(|name| (raw.candidates.get(), name.clone())).collect();
    text::check_names(&names)?;
    let mut profile =
        Profile::new(candidates.len()).map_err(|error| (raw.candidates.get(), Problem::Ballots(error)))?;
    let mut rows = Vec::new();
    for ballot in raw.ballots {
        let (count, numbers): Row = field(ballot, BALLOT, |(_, numbers): &Row| !numbers.contains(&Some(0)))?;
        let ranks: Vec<_> = numbers.iter().map(|number| number.and_then(Rank::new)).collect();
        profile.push(&ranks, count).map_err(|error| (ballot.get(), Problem::Ballots(error)))?;
        rows.push((count, numbers));
    }
    let file = File { election: Election { candidates, profile }, title, seats, blank };
    let hash = hash(&canonical(&file, &rows));
    let wrong = format!("the hash of what the file says, `{hash}`");
    field(raw.sha256, wrong, |found: &String| *found == hash)?;
    Ok(file)
}

/// Reads a field that has to be as the file needs it.
fn field<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    what: impl Into<Cow<'static, str>>,
    fits: impl FnOnce(&T) -> bool,
) -> Result<T, Fault<'a>> {
    serde_json::from_str(raw.get()).ok().filter(fits).ok_or_else(|| expected(raw.get(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"hustings":"ballots","version":1,"title":"A \"vote\"","candidates":["Ada","Zo\u00eb"],"blank":"last","seats":2,
"ballots":[[120,[1,null]],[3,[2,1000]]],"sha256":"HASH"}"#;

    fn error(from: &str, to: &str) -> String {
        assert!(FILE.contains(from));
        read(FILE.replace(from, to).as_bytes()).unwrap_err().to_string()
    }

    /// The file with the hash that belongs to it.
    fn signed() -> String {
        let error = error("HASH", "HASH");
        let (_, hash) = error.split_once("the file says, `").unwrap();
        FILE.replace("HASH", &hash[..64])
    }

    #[test]
    fn a_file_keeps_its_hash_however_it_is_laid_out() {
        let file = signed();
        let spaced = file.replace(',', " ,\n ").replace("\\u00eb", "ë");
        let read = |file: &str| read(file.as_bytes()).unwrap();
        assert_eq!((read(&file).title.as_deref(), read(&spaced).seats), (Some("A \"vote\""), Some(2)));
        assert_eq!(read(&spaced).blank, Some(BlankRule::Last));
        assert_eq!(read(&file).election.candidates, ["Ada", "Zoë"]);
    }

    #[test]
    fn whatever_is_changed_breaks_the_hash() {
        let file = signed();
        for (from, to) in
            [("vote", "Vote"), ("Ada", "Eva"), ("last", "no-opinion"), (":2,", ":3,"), ("120", "121"), ("1000", "1001")]
        {
            let error = read(file.replace(from, to).as_bytes()).unwrap_err();
            assert!(
                error.to_string().starts_with("line 2, column 50: expected the hash of what the file says"),
                "{error}"
            );
        }
    }

    #[test]
    fn ranks_too_large_to_be_stored_are_hashed_as_they_stand() {
        assert!(read(signed().as_bytes()).is_ok());
    }

    #[test]
    fn fields_that_are_wrong_are_refused_where_they_stand() {
        assert!(
            error("\"ballots\",", "\"recount\",")
                .starts_with("line 1, column 13: expected \"ballots\", found `\"recount\"`")
        );
        assert!(error("\"version\":1", "\"version\":2").ends_with("expected version 1, found `2`"));
        assert!(error("\"last\"", "\"Last\"").ends_with("expected `last` or `no-opinion`, found `\"Last\"`"));
        assert!(error("\"seats\":2", "\"seats\":-2").ends_with("expected a number of seats, at least 1, found `-2`"));
        assert!(error("\"seats\":2", "\"seats\":0").ends_with("expected a number of seats, at least 1, found `0`"));
        assert!(error("[\"Ada\"", "[1").contains("expected a list of names"));
        assert!(error("\"A \\\"vote\\\"\"", "7").ends_with("expected a title, found `7`"));
        assert!(error("Ada", "").ends_with("expected a candidate's name, found nothing"));
        assert!(error("1,null", "0,null").starts_with("line 2, column 12: expected a ballot such as"));
        assert!(
            error("1,null", "1").ends_with("line 2, column 12: expected one entry for each of 2 candidates, found 1")
        );
        assert!(error("120", "18446744073709551615").ends_with("expected fewer than 2^64 ballots, found more"));
        assert!(error("[\"Ada\",\"Zo\\u00eb\"]", "[]").ends_with("expected at least one candidate, found none"));
    }

    #[test]
    fn text_that_is_not_this_json_is_refused_where_it_ends() {
        assert_eq!(
            error("\"version\"", "\"versions\"").split(", found").next(),
            Some("line 1, column 32: expected ballots in our own JSON")
        );
        assert!(error(",\"sha256\":\"HASH\"", "").contains("found `missing field `sha256``"));
        assert!(error("}", "").contains("found `EOF while parsing an object`"));
    }
}
