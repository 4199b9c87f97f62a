//! The Condorcet Election Format, version 1 (github.com/CondorcetVote/CondorcetElectionFormat).
//!
//! ```text
//! #/Candidates: Ada ; Ben ; Cy
//! #/Number of Seats: 2
//! #/Implicit Ranking: true
//! #/Weight Allowed: false
//!
//! Ada > Ben = Cy * 42
//! tag, another || Cy ^7 * 2   # a comment
//! /EMPTY_RANKING/
//! ```
//!
//! `* 42` says that a ballot was cast 42 times; `^7` gives it the weight of seven, counted as
//! seven ballots where `Weight Allowed` is true and otherwise not. Candidates a ballot names
//! although they do not stand are passed over, as the format wants it; without
//! `#/Candidates` everyone stands whom a ballot names. `Implicit Ranking` says what a blank means:
//! `last` if true or not there, `no-opinion` if false. Tags are not kept, parameters with other
//! names not read. Where `Number of Seats` is missing nothing is declared; the format's own 100
//! stands for "all".

use std::collections::HashMap;

use super::text::{self, Cast, Fault, Order, expected};
use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{BallotError, Rank};
use crate::rules::BlankRule;

/// What cannot be part of a name.
const RESERVED: [char; 10] = ['>', '<', '=', ';', ',', '#', '/', '|', '^', '*'];

/// A ballot that ranks nobody.
const EMPTY: &str = "/EMPTY_RANKING/";

/// Reads a file.
///
/// ```
/// use tally::{BlankRule, formats::cef};
///
/// let file = cef::read(b"#/Candidates: Ada; Ben\n#/Implicit Ranking: false\nBen * 3\n").unwrap();
/// assert_eq!(file.election.profile.ballots(), 3);
/// assert_eq!((file.seats, file.blank), (None, Some(BlankRule::NoOpinion)));
///
/// let error = cef::read(b"#/Candidates: Ada; Ben\nAda < Ben\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 1: expected a candidate's name without any of > < = ; , # / | ^ *, \
///      found `Ada < Ben`"
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

/// Writes a file that [`read`] reads back.
///
/// ```
/// use tally::formats::cef;
///
/// let mut file = cef::read(b"Ada > Ben = Cy * 42\n/EMPTY_RANKING/\n").unwrap();
/// assert_eq!(
///     cef::write(&file).unwrap(),
///     "#/Candidates: Ada ; Ben ; Cy\n#/Implicit Ranking: true\n#/Weight Allowed: false\n\n\
///      Ada > Ben = Cy * 42\n/EMPTY_RANKING/\n"
/// );
///
/// file.election.candidates[0] = "Ada/Lovelace".to_owned();
/// assert!(cef::write(&file).is_err());
/// ```
///
/// # Errors
///
/// When there are blanks and nobody said what they mean, or a name has a reserved character or a
/// line break.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Cef, &[BlankRule::Last, BlankRule::NoOpinion])?;
    text::check_plain(file, Format::Cef, &RESERVED)?;
    let names = &file.election.candidates;
    let seats = file.seats.map(|seats| format!("#/Number of Seats: {seats}\n")).unwrap_or_default();
    let implicit = file.blank != Some(BlankRule::NoOpinion);
    let ballot = |(ranks, count): (Vec<Option<Rank>>, u64)| {
        let order = text::order(&ranks, [" > ", " = "], |candidate| names[candidate].clone());
        let order = if order.is_empty() { EMPTY } else { &order };
        if count == 1 { format!("{order}\n") } else { format!("{order} * {count}\n") }
    };
    Ok(format!(
        "#/Candidates: {}\n{seats}#/Implicit Ranking: {implicit}\n#/Weight Allowed: false\n\n",
        names.join(" ; ")
    ) + &file.election.profile.iter().map(ballot).collect::<String>())
}

/// What the parameters say, and who stands.
struct Poll<'a> {
    names: Vec<(&'a str, String)>,
    places: HashMap<&'a str, usize>,
    declared: bool,
    seats: Option<usize>,
    implicit: bool,
    weights: bool,
}

impl<'a> Poll<'a> {
    /// Takes a parameter such as `Number of Seats: 2`; capitals are as good as others.
    fn parameter(&mut self, line: &'a str) -> Result<(), Fault<'a>> {
        let pair = line.split_once(':');
        let (name, value) = pair.ok_or_else(|| expected(line, "a parameter's name, `:` and its value"))?;
        match &name.to_lowercase()[..] {
            "candidates" => {
                self.declared = true;
                for part in value.split(';') {
                    self.add(check(part)?);
                }
            }
            "number of seats" => self.seats = Some(text::seats(value)?),
            "implicit ranking" => self.implicit = boolean(value)?,
            "weight allowed" => self.weights = boolean(value)?,
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, name: &'a str) {
        self.places.entry(name).or_insert(self.names.len());
        self.names.push((name, name.to_owned()));
    }

    /// Finds whom a ballot names, if it is somebody who stands.
    fn named(&mut self, name: &'a str) -> Option<usize> {
        if !self.declared && !self.places.contains_key(name) {
            self.add(name);
        }
        self.places.get(name).copied()
    }

    /// Reads a ballot such as `tag || Ada > Ben = Cy ^7 * 42`.
    fn ballot(&mut self, line: &'a str) -> Result<Cast<'a>, Fault<'a>> {
        let line = line.split_once('#').map_or(line, |(ballot, _)| ballot);
        let rest = line.split_once("||").map_or(line, |(_, ballot)| ballot);
        let (rest, count) = factor(rest, '*')?;
        let (rest, weight) = factor(rest, '^')?;
        let weight = if self.weights { weight } else { 1 };
        let cast = count.checked_mul(weight).ok_or((line, Problem::Ballots(BallotError::TooManyBallots)))?;
        let mut order = Order::new();
        if rest.trim() != EMPTY {
            for tier in rest.split('>') {
                order.push(self.tier(tier)?);
            }
        }
        Ok((line, order, cast))
    }

    fn tier(&mut self, tier: &'a str) -> Result<Vec<(usize, &'a str)>, Fault<'a>> {
        let mut members = Vec::new();
        for part in tier.split('=') {
            let name = check(part)?;
            if name.is_empty() {
                return Err(expected(part, "a candidate"));
            }
            members.extend(self.named(name).map(|place| (place, name)));
        }
        Ok(members)
    }
}

fn read_text(text: &str) -> Result<File, Fault<'_>> {
    let (names, places) = (Vec::new(), HashMap::new());
    let mut poll = Poll { names, places, declared: false, seats: None, implicit: true, weights: false };
    let mut ballots = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("#/") {
            Some(parameter) if ballots.is_empty() => poll.parameter(parameter)?,
            Some(_) => return Err(expected(line, "every parameter before the first ballot")),
            None if line.trim().is_empty() || line.trim_start().starts_with('#') => {}
            None => ballots.push(poll.ballot(line)?),
        }
    }
    let election = text::election(text, poll.names, &ballots)?;
    let blank = if poll.implicit { BlankRule::Last } else { BlankRule::NoOpinion };
    Ok(File { election, title: None, seats: poll.seats, blank: Some(blank) })
}

/// Takes a number after a sign from the end of a ballot; 1 without it.
fn factor(ballot: &str, sign: char) -> Result<(&str, u64), Fault<'_>> {
    match ballot.rsplit_once(sign) {
        Some((rest, number)) => Ok((rest, text::count(number)?)),
        None => Ok((ballot, 1)),
    }
}

fn check(name: &str) -> Result<&str, Fault<'_>> {
    if !name.contains(RESERVED) {
        return Ok(name.trim());
    }
    let reserved = RESERVED.map(String::from).join(" ");
    Err(expected(name, format!("a candidate's name without any of {reserved}")))
}

fn boolean(value: &str) -> Result<bool, Fault<'_>> {
    value.trim().to_lowercase().parse().map_err(|_| expected(value, "`true` or `false`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# My beautiful election\n#/Candidates: A ; B;C\n";

    fn error(ballots: &str) -> String {
        read(format!("{HEAD}{ballots}").as_bytes()).unwrap_err().to_string()
    }

    fn ballots(file: &str) -> Vec<(Vec<u32>, u64)> {
        let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
        let profile = read(format!("{HEAD}{file}").as_bytes()).unwrap().election.profile;
        profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
    }

    #[test]
    fn the_examples_of_the_format_are_read() {
        let file = "#/Weight allowed: TRUE\n#/Voting Methods: Schulze\n\nA > B > C * 42 # fine\n x@y, signature:55 || A > B=C\nC > A=B ^7 * 8\nC\n/EMPTY_RANKING/ *2\n  # end\n";
        let expected =
            [(vec![1, 2, 3], 42), (vec![1, 2, 2], 1), (vec![2, 2, 1], 56), (vec![0, 0, 1], 1), (vec![0, 0, 0], 2)];
        assert_eq!(ballots(file), expected);
        assert_eq!(ballots("C > A=B ^7 * 8\n"), [(vec![2, 2, 1], 8)]);
    }

    #[test]
    fn those_who_do_not_stand_are_passed_over() {
        assert_eq!(ballots("X > B = Y > A\n"), [(vec![3, 2, 0], 1)]);
        assert_eq!(read(b"X > B\nC\n").unwrap().election.candidates, ["X", "B", "C"]);
    }

    #[test]
    fn seats_and_blanks_are_as_the_file_says() {
        let file = read(format!("{HEAD}#/Number of Seats: 2\n#/IMPLICIT RANKING: False\n").as_bytes()).unwrap();
        assert_eq!((file.seats, file.blank), (Some(2), Some(BlankRule::NoOpinion)));
        assert_eq!(read(HEAD.as_bytes()).unwrap().blank, Some(BlankRule::Last));
        assert!(error("#/Number of Seats: 0\n").ends_with("expected a number of seats, at least 1, found `0`"));
    }

    #[test]
    fn the_invalid_examples_of_the_format_are_refused() {
        let reserved = "expected a candidate's name without any of > < = ; , # / | ^ *, found";
        assert!(error("A < B > C\n").ends_with(&format!("line 3, column 1: {reserved} `A < B`")));
        assert!(error("A > B > A\n").ends_with("column 9: expected each candidate once on a ballot, found `A`"));
        assert!(error("A > B * 8 ^7\n").ends_with("expected how often the ballot was cast, found `8 ^7`"));
        assert!(error("A > /EMPTY_RANKING/\n").ends_with(&format!("{reserved} `/EMPTY_RANKING/`")));
        assert!(error("#/Implicit Ranking: no\n").ends_with("expected `true` or `false`, found `no`"));
        assert!(
            error("#/Number of Seats\n")
                .ends_with("expected a parameter's name, `:` and its value, found `Number of Seats`")
        );
        assert!(read(b"#/Candidates: A;B # two\n").unwrap_err().to_string().contains(reserved));
    }

    #[test]
    fn empty_ranks_and_late_parameters_are_refused() {
        assert!(error("A > > B\n").ends_with("expected a candidate, found nothing"));
        assert!(error("A\n#/Number of Seats: 2\n").contains("expected every parameter before the first ballot"));
        assert!(error("#/Candidates: A\n").ends_with("expected another name, found `A` again"));
        assert!(read(b"#/Candidates: A;;B\n").unwrap_err().to_string().contains("expected a candidate's name"));
        let many = "#/Weight Allowed: true\nA ^4294967296 * 4294967296\n";
        assert!(error(many).ends_with("line 4, column 1: expected fewer than 2^64 ballots, found more"));
    }

    #[test]
    fn blanks_without_a_meaning_are_not_written() {
        let mut file = read(b"A > B\nA\n").unwrap();
        file.blank = None;
        assert!(write(&file).unwrap_err().to_string().contains("say what a blank means with --blank"));
        file.blank = Some(BlankRule::NoOpinion);
        assert!(write(&file).unwrap().contains("#/Implicit Ranking: false\n"));
    }
}
