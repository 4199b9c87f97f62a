//! The Aggregated Ballot Information Format, as electowiki.org/wiki/ABIF describes it.
//!
//! ```text
//! {"title": "A vote"}
//! {"seats": 1}
//! =a:[Ada Lovelace]
//! =b:[Ben]
//! 27: a>b=[Cy, of Rome]   # the third candidate is named on the ballot
//! 3: "Cy, of Rome"/5 > a/2
//! 1:
//! ```
//!
//! A ballot line is a count, `:` and an order: `>` for better, `=` for level. Candidates are
//! named by a key, or by their full name in `[…]` or `"…"`; those in lines that begin with `=`
//! come first, then whoever is first named on a ballot. `#` begins a comment. Of the metadata,
//! one JSON pair in a line, `title` and `seats` are read; `seats` is ours.
//!
//! A score after `/` is read and not kept: it must not contradict the order. Ballots that give
//! scores alone, between commas, are refused. Whoever is not named is blank and stands last, as
//! in abiflib's pairwise counts.

use std::collections::HashMap;

use super::text::{self, Cast, Fault, Order, expected};
use super::{Error, File, Format, Unwritable};
use crate::ballot::Rank;
use crate::rules::BlankRule;

/// What cannot be part of a name without quotes.
const RESERVED: [char; 9] = ['>', '=', ',', '/', ':', '#', '[', ']', '"'];

/// Reads a file.
///
/// ```
/// use tally::formats::abif;
///
/// let file = abif::read(b"=a:[Ada Lovelace]\n27: Ben>a\n").unwrap();
/// assert_eq!(file.election.candidates, ["Ada Lovelace", "Ben"]);
///
/// let error = abif::read(b"27: Ada/2>Ben/5\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1, column 15: expected a score that does not contradict the order, found `5`"
/// );
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, or when the election
/// is too large to be counted.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    text::read(bytes, read_text)
}

/// Writes a file that [`read`] reads back, with keys `c1`, `c2`, ….
///
/// ```
/// use tally::formats::abif;
///
/// let mut file = abif::read(b"27: Ada>Ben=Cy\n1:\n").unwrap();
/// assert_eq!(
///     abif::write(&file).unwrap(),
///     "=c1:[Ada]\n=c2:[Ben]\n=c3:[Cy]\n27:c1>c2=c3\n1:\n"
/// );
///
/// file.election.candidates[0] = "Ada [1]".to_owned();
/// assert!(abif::write(&file).unwrap_err().to_string().contains("found the name \"Ada [1]\""));
/// ```
///
/// # Errors
///
/// When there are blanks and they do not mean `last`, or a name has `]` or a line break.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Abif, &[BlankRule::Last])?;
    let names = &file.election.candidates;
    if let Some(name) = names.iter().find(|name| name.contains([']', '\n', '\r'])) {
        return Err(Unwritable::new(Format::Abif, format!("the name {name:?}")));
    }
    let title = file.title.iter().map(|title| format!("{{\"title\": {}}}\n", serde_json::Value::from(&title[..])));
    let seats = file.seats.iter().map(|seats| format!("{{\"seats\": {seats}}}\n"));
    let name = |(place, name): (usize, &String)| format!("={}:[{name}]\n", key(place));
    let ballot =
        |(ranks, count): (Vec<Option<Rank>>, u64)| format!("{count}:{}\n", text::order(&ranks, [">", "="], key));
    let ballots = file.election.profile.iter().map(ballot);
    Ok(title.chain(seats).chain(names.iter().enumerate().map(name)).chain(ballots).collect())
}

fn key(candidate: usize) -> String {
    format!("c{}", candidate + 1)
}

/// Whether a name on a ballot can begin with a character.
pub(super) fn begins_name(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '[' | '"')
}

/// Who stands, as far as the file was read.
#[derive(Default)]
struct Candidates<'a> {
    names: Vec<(&'a str, String)>,
    by_key: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Candidates<'a> {
    /// Adds a candidate with a key.
    fn declare(&mut self, key: &'a str, name: &'a str) -> Result<(), Fault<'a>> {
        if self.by_key.insert(key, self.names.len()).is_some() {
            return Err(expected(key, "another key"));
        }
        self.add(name);
        Ok(())
    }

    fn add(&mut self, name: &'a str) -> usize {
        self.by_name.entry(name).or_insert(self.names.len());
        self.names.push((name, name.to_owned()));
        self.names.len() - 1
    }

    /// Finds whom a ballot names.
    fn named(&mut self, word: &'a str) -> usize {
        let known = self.by_key.get(word).or_else(|| self.by_name.get(word)).copied();
        known.unwrap_or_else(|| self.add(word))
    }
}

fn read_text(text: &str) -> Result<File, Fault<'_>> {
    let mut candidates = Candidates::default();
    let mut ballots = Vec::new();
    let (mut title, mut seats) = (None, None);
    for line in text.lines().map(str::trim) {
        match line.chars().next() {
            None | Some('#') => {}
            Some('=') => candidate(&line[1..], &mut candidates)?,
            Some('{') => match pair(line)? {
                ("title", value) => title = Some(string(value)?),
                ("seats", value) => seats = Some(text::seats(value)?),
                _ => {}
            },
            Some(_) => ballots.push(ballot(line, &mut candidates)?),
        }
    }
    let election = text::election(text, candidates.names, &ballots)?;
    Ok(File { election, title, seats, blank: Some(BlankRule::Last) })
}

fn string(value: &str) -> Result<String, Fault<'_>> {
    serde_json::from_str(value).map_err(|_| expected(value, "a JSON string"))
}

/// Reads metadata such as `{"title": "A vote"}`, the key with or without quotes.
fn pair(line: &str) -> Result<(&str, &str), Fault<'_>> {
    let inside = line[1..].rfind('}').map(|end| &line[1..=end]);
    let pair = inside.and_then(|inside| inside.split_once(':'));
    let (key, value) = pair.ok_or_else(|| expected(line, "a JSON pair such as `{\"title\": \"A vote\"}`"))?;
    Ok((key.trim().trim_matches('"'), value.trim()))
}

/// Reads a candidate such as `=a:[Ada Lovelace]`, after the `=`.
fn candidate<'a>(line: &'a str, candidates: &mut Candidates<'a>) -> Result<(), Fault<'a>> {
    let (key, after) = word(line)?;
    let name = after.trim_start().strip_prefix(':').ok_or_else(|| expected(after, "`:` after a candidate's key"))?;
    let (name, after) = word(name)?;
    candidates.declare(key, name)?;
    if ends(after) { Ok(()) } else { Err(expected(after, "the end of the line")) }
}

/// Reads a ballot such as `27: a/5>b=[Cy]`.
fn ballot<'a>(line: &'a str, candidates: &mut Candidates<'a>) -> Result<Cast<'a>, Fault<'a>> {
    let (count, mut rest) = line.split_once(':').ok_or_else(|| expected(line, "a count, `:` and an order"))?;
    let count = text::count(count)?;
    let mut order = Order::new();
    let mut last = None;
    if ends(rest) {
        return Ok((line, order, count));
    }
    let mut level = false;
    loop {
        let (name, after) = word(rest)?;
        let member = (candidates.named(name), name);
        match order.last_mut().filter(|_| level) {
            Some(tier) => tier.push(member),
            None => order.push(vec![member]),
        }
        let after = score(after, level, &mut last)?;
        if ends(after) {
            return Ok((line, order, count));
        }
        level = after.starts_with('=');
        let next = after.strip_prefix(['>', '=']);
        rest = next.ok_or_else(|| expected(after, "`>`, `=` or the end of the line"))?;
    }
}

/// Reads a score such as `/5`, if there is one, and what comes after it.
fn score<'a>(after: &'a str, level: bool, last: &mut Option<u64>) -> Result<&'a str, Fault<'a>> {
    let after = after.trim_start();
    let Some(score) = after.strip_prefix('/') else { return Ok(after) };
    let (digits, after) = score.split_at(score.find(RESERVED).unwrap_or(score.len()));
    let score = text::number(digits, "a score without a fraction")?;
    let contradicts = last.is_some_and(|last| score > last || level && score < last);
    *last = Some(score);
    if contradicts { Err(expected(digits, "a score that does not contradict the order")) } else { Ok(after) }
}

/// Reads a name or a key, and what comes after it.
fn word(rest: &str) -> Result<(&str, &str), Fault<'_>> {
    let rest = rest.trim_start();
    for (open, close) in [('[', ']'), ('"', '"')] {
        if let Some(quoted) = rest.strip_prefix(open) {
            return quoted.split_once(close).ok_or_else(|| expected(rest, format!("a closing `{close}`")));
        }
    }
    let (word, after) = rest.split_at(rest.find(RESERVED).unwrap_or(rest.len()));
    if word.is_empty() { Err(expected(rest, "a candidate")) } else { Ok((word.trim_end(), after)) }
}

/// Whether nothing more comes in a line.
fn ends(rest: &str) -> bool {
    matches!(rest.trim_start().chars().next(), None | Some('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(file: &str) -> String {
        read(file.as_bytes()).unwrap_err().to_string()
    }

    fn ballots(file: &str) -> Vec<(Vec<u32>, u64)> {
        let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
        let profile = read(file.as_bytes()).unwrap().election.profile;
        profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
    }

    #[test]
    fn names_keys_quotes_and_comments_are_read() {
        let file = "# one\n{version: \"0.1\"}\n{title: \"A {vote}\"} # it\n{\"seats\": 2}\n=a:[Ada # L] # first\n=\"b b\":Ben\n\n2: [Cy, of Rome] > a # why\n 1 :b b=Ada L=\"Cy, of Rome\"\n10:\n";
        let file = file.replace("b b=Ada L", "b b=[Ada # L]");
        assert_eq!(ballots(&file), [(vec![2, 0, 1], 2), (vec![1, 1, 1], 1), (vec![0, 0, 0], 10)]);
        let file = read(file.as_bytes()).unwrap();
        assert_eq!(file.election.candidates, ["Ada # L", "Ben", "Cy, of Rome"]);
        assert_eq!((file.title.as_deref(), file.seats), (Some("A {vote}"), Some(2)));
    }

    #[test]
    fn a_key_goes_before_a_name() {
        assert_eq!(ballots("=b:[a]\n=a:[b]\n1:a>b\n"), [(vec![2, 1], 1)]);
    }

    #[test]
    fn scores_may_repeat_the_order() {
        assert_eq!(ballots("1: A/5 > B/5 = C/5 > D > E/0 # far\n"), [(vec![1, 2, 2, 3, 4], 1)]);
        let contradicts = "expected a score that does not contradict the order, found";
        assert!(error("1: A/5=B/4\n").ends_with(&format!("{contradicts} `4`")));
        assert!(error("1: A/5=B/6\n").ends_with(&format!("{contradicts} `6`")));
        assert!(error("1: A/5>B>C/6\n").ends_with(&format!("{contradicts} `6`")));
        assert!(error("1: A/5.5\n").ends_with("expected a score without a fraction, found `5.5`"));
        assert!(error("1: A/5,B/6\n").ends_with("expected `>`, `=` or the end of the line, found `,B/6`"));
    }

    #[test]
    fn ballots_that_are_wrong_are_refused() {
        assert!(error("A>B\n").ends_with("expected a count, `:` and an order, found `A>B`"));
        assert!(error("x: A>B\n").ends_with("expected how often the ballot was cast, found `x`"));
        assert!(error("1: A>>B\n").ends_with("line 1, column 6: expected a candidate, found `>B`"));
        assert!(error("1: A>\n").ends_with("expected a candidate, found nothing"));
        assert!(error("1: [A>B\n").ends_with("expected a closing `]`, found `[A>B`"));
        assert!(error("1: A>B=A\n").ends_with("column 8: expected each candidate once on a ballot, found `A`"));
        assert!(error("1: []\n").ends_with("expected a candidate's name, found nothing"));
        assert!(error("1:\n").ends_with("expected at least one candidate, found none"));
    }

    #[test]
    fn candidates_that_are_wrong_are_refused() {
        assert!(error("=a:[A]\n=a:[B]\n").ends_with("line 2, column 2: expected another key, found `a`"));
        assert!(error("=a:[A]\n=b:[A]\n").ends_with("expected another name, found `A` again"));
        assert!(error("=a>b\n").ends_with("expected `:` after a candidate's key, found `>b`"));
        assert!(error("=a:b>c\n").ends_with("expected the end of the line, found `>c`"));
    }

    #[test]
    fn metadata_that_is_wrong_is_refused() {
        assert!(error("{title}\n").contains("expected a JSON pair such as"));
        assert!(error("{title: x\n").contains("expected a JSON pair such as"));
        assert!(error("{title: x}\n").ends_with("expected a JSON string, found `x`"));
        assert!(error("{seats: two}\n").ends_with("expected a number of seats, at least 1, found `two`"));
        assert!(error("{seats: 0}\n").ends_with("expected a number of seats, at least 1, found `0`"));
    }
}
