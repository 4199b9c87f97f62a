//! BLT, which STV programs exchange: OpenSTV, OpaVote, OpenTally, Droop.
//!
//! ```text
//! 4 2                 # four candidates, two seats
//! -2                  # the second has withdrawn
//! 3 1 3=4 0           # three ballots: the first, then the third and fourth
//! (a7) 1 4 - 1 0      # one, with an id; `-` is a place left open
//! 0
//! "Adam" "Basil" "Charlotte" "Donald"
//! "An election"
//! ```
//!
//! From I. D. Hill, B. A. Wichmann and D. R. Woodall, "Algorithm 123: single transferable vote by
//! Meek's method" (1987), with the extensions of OpenSTV: comments, ids, equal and skipped ranks.
//! Spaces and line breaks mean the same. The title may be missing. Whoever has withdrawn is
//! not read: neither a candidate nor on a ballot, and so not in any output. In a quoted name `\"` and `\\` stand for `"` and `\`.
//! Ids are not kept.

use super::text::{self, Cast, Fault, expected};
use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{BallotError, MAX_CANDIDATES, Rank};
use crate::rules::BlankRule;

/// Reads a file.
///
/// ```
/// use tally::formats::blt;
///
/// let file = blt::read(b"3 1 -2 2 1=3 0 1 3 2 0 0 \"Ada\" \"Ben\" \"Cy\" \"A vote\"").unwrap();
/// assert_eq!(file.election.candidates, ["Ada", "Cy"]);
/// assert_eq!((file.seats, file.title.as_deref()), (Some(1), Some("A vote")));
///
/// let error = blt::read(b"2 1\n1 3 0\n0\n\"Ada\"\n\"Ben\"\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2, column 3: expected a candidate from 1 to 2, found `3`");
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
/// use tally::formats::blt;
///
/// let text = "2 1\n3 2=1 0\n1 0\n0\n\"Ada\"\n\"Ben\"\n\"A vote\"\n";
/// let mut file = blt::read(text.as_bytes()).unwrap();
/// assert_eq!(blt::write(&file).unwrap(), text.replace("2=1", "1=2"));
///
/// file.seats = None;
/// assert!(blt::write(&file).unwrap_err().to_string().ends_with("say how many with --seats"));
/// ```
///
/// # Errors
///
/// When nobody said how many are to be elected, or there are blanks and they do not mean `last`.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Blt, &[BlankRule::Last])?;
    let unsaid = || Unwritable {
        format: Format::Blt,
        found: "no number of seats".to_owned(),
        remedy: "say how many with --seats",
    };
    let seats = file.seats.ok_or_else(unsaid)?;
    let names = &file.election.candidates;
    let ballot = |(ranks, count): (Vec<Option<Rank>>, u64)| {
        let order = text::order(&ranks, [" ", "="], |candidate| (candidate + 1).to_string());
        if order.is_empty() { format!("{count} 0\n") } else { format!("{count} {order} 0\n") }
    };
    // A ballot cast no times would be taken for the end of the ballots.
    let cast = file.election.profile.iter().filter(|(_, count)| *count > 0);
    let ballots: String = cast.map(ballot).collect();
    let quoted: String = names.iter().chain(&file.title).map(|name| quote(name)).collect();
    Ok(format!("{} {seats}\n{ballots}0\n{quoted}", names.len()))
}

fn quote(name: &str) -> String {
    format!("\"{}\"\n", name.replace('\\', r"\\").replace('"', "\\\""))
}

/// What is left of a file.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Takes spaces, line breaks and comments away.
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.rest = self.rest.trim_start_matches(|character| character != '\n').trim_start();
        }
    }

    /// Takes the next word, quoted or not; nothing at the end of the file.
    fn next(&mut self) -> Result<&'a str, Fault<'a>> {
        self.skip();
        let length = match self.rest.strip_prefix('"') {
            Some(quoted) => end_of_quote(quoted).ok_or((self.rest, Problem::OpenQuote))? + 1,
            None => self.rest.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(word)
    }

    /// Takes the next word, of which there has to be one.
    fn needed(&mut self, what: &'static str) -> Result<&'a str, Fault<'a>> {
        let word = self.next()?;
        if word.is_empty() { Err((word, Problem::CutOff(what))) } else { Ok(word) }
    }

    /// Takes the next word if it is this kind.
    fn next_if(&mut self, is: impl Fn(&str) -> bool) -> Result<Option<&'a str>, Fault<'a>> {
        let before = self.rest;
        let word = self.next()?;
        if is(word) {
            return Ok(Some(word));
        }
        self.rest = before;
        Ok(None)
    }
}

/// Where a quoted word ends, its closing quote included.
fn end_of_quote(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    let closes = |character: char| {
        let closes = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    };
    quoted.find(closes).map(|at| at + 1)
}

fn read_text(text: &str) -> Result<File, Fault<'_>> {
    let mut tokens = Tokens { rest: text };
    let word = tokens.needed("the number of candidates")?;
    let candidates: usize = text::number(word, "the number of candidates")?;
    if candidates > MAX_CANDIDATES {
        return Err((word, Problem::Ballots(BallotError::TooManyCandidates(candidates))));
    }
    let seats = text::seats(tokens.needed("the number of seats")?)?;
    let withdrawn = withdrawn(&mut tokens, candidates)?;
    let ballots = ballots(&mut tokens, &withdrawn)?;
    let mut names = Vec::new();
    for _ in 0..candidates {
        let word = tokens.needed("a candidate's name")?;
        names.push((word, unquote(word)));
    }
    let title = unquote(tokens.next()?);
    let rest = tokens.next()?;
    if !rest.is_empty() {
        return Err(expected(rest, "the end of the file"));
    }
    let stands = |(place, name): (usize, _)| (!withdrawn[place]).then_some(name);
    let names = names.into_iter().enumerate().filter_map(stands).collect();
    let title = Some(title).filter(|title| !title.is_empty());
    let election = text::election(text, names, &ballots)?;
    Ok(File { election, title, seats: Some(seats), blank: Some(BlankRule::Last) })
}

/// Who has withdrawn.
fn withdrawn<'a>(tokens: &mut Tokens<'a>, candidates: usize) -> Result<Vec<bool>, Fault<'a>> {
    let mut withdrawn = vec![false; candidates];
    while let Some(word) = tokens.next_if(|word| word.starts_with('-'))? {
        withdrawn[text::place(&word[1..], candidates)?] = true;
    }
    Ok(withdrawn)
}

/// Reads the ballots to the zero that ends them.
fn ballots<'a>(tokens: &mut Tokens<'a>, withdrawn: &[bool]) -> Result<Vec<Cast<'a>>, Fault<'a>> {
    let places = renumber(withdrawn);
    let mut ballots = Vec::new();
    loop {
        id(tokens)?;
        let weight = tokens.needed("a ballot, or the `0` that ends them")?;
        let count = text::count(weight)?;
        if count == 0 {
            return Ok(ballots);
        }
        let mut order = Vec::new();
        loop {
            match tokens.needed("a candidate, or the `0` that ends the ballot")? {
                "0" => break,
                "-" => {}
                word => order.push(tier(word, &places)?),
            }
        }
        ballots.push((weight, order, count));
    }
}

/// The places of those who stand, counted without those who have withdrawn.
fn renumber(withdrawn: &[bool]) -> Vec<Option<usize>> {
    let mut next = 0..;
    withdrawn.iter().map(|withdrawn| if *withdrawn { None } else { next.next() }).collect()
}

/// Takes the id of a ballot away, if it has one.
fn id<'a>(tokens: &mut Tokens<'a>) -> Result<(), Fault<'a>> {
    tokens.skip();
    let Some(id) = tokens.rest.strip_prefix('(') else { return Ok(()) };
    let (_, rest) = id.split_once(')').ok_or_else(|| expected(tokens.rest, "an id that ends with `)`"))?;
    tokens.rest = rest;
    Ok(())
}

/// Reads a word such as `3=4`.
fn tier<'a>(word: &'a str, places: &[Option<usize>]) -> Result<Vec<(usize, &'a str)>, Fault<'a>> {
    let mut tier = Vec::new();
    for part in word.split('=') {
        tier.extend(places[text::place(part, places.len())?].map(|place| (place, part)));
    }
    Ok(tier)
}

fn unquote(word: &str) -> String {
    let Some(quoted) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) else {
        return word.to_owned();
    };
    let mut name = String::new();
    let mut characters = quoted.chars().peekable();
    while let Some(character) = characters.next() {
        let escapes = character == '\\' && matches!(characters.peek(), Some('"' | '\\'));
        name.push(if escapes { characters.next().unwrap_or(character) } else { character });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv;

    fn error(file: &str) -> String {
        read(file.as_bytes()).unwrap_err().to_string()
    }

    fn ballots(file: &str) -> Vec<(Vec<u32>, u64)> {
        let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
        let profile = read(file.as_bytes()).unwrap().election.profile;
        profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
    }

    #[test]
    fn the_files_of_opavote_are_read() {
        let file = "4 2\n# two seats\n-2 # gone\n\n3 1 3=4 0\n(a (7) 1 4 - 1 0\n1 2 0\n0 # the end\n\"Adam\" \"Basil\"\nCharlotte\n\"Donald #1\"\n\"\"\n";
        assert_eq!(ballots(file), [(vec![1, 2, 2], 3), (vec![2, 0, 1], 1), (vec![0, 0, 0], 1)]);
        let file = read(file.as_bytes()).unwrap();
        assert_eq!(file.election.candidates, ["Adam", "Charlotte", "Donald #1"]);
        assert_eq!((file.seats, file.title), (Some(2), None));
    }

    #[test]
    fn names_may_have_quotes_and_backslashes() {
        for name in ["a\"b", "\\", "\\\"", "a\\\\b", "#\n", "\"x\""] {
            let file = format!("1 1\n0\n{}", quote(name));
            assert_eq!(read(file.as_bytes()).unwrap().election.candidates, [name]);
        }
        assert_eq!(read(br#"1 1 0 "C:\tally""#).unwrap().election.candidates, [r"C:\tally"]);
    }

    #[test]
    fn headers_that_are_wrong_are_refused() {
        assert!(error("x 1").starts_with("line 1, column 1: expected the number of candidates, found `x`"));
        assert!(error("2 0").ends_with("expected a number of seats, at least 1, found `0`"));
        assert!(error("4000000 1").ends_with("expected at most 2048 candidates, found 4000000"));
        assert!(error("0 1 0").ends_with("expected at least one candidate, found none"));
        assert!(error("2 1 -3").ends_with("line 1, column 6: expected a candidate from 1 to 2, found `3`"));
        assert!(error("2048 1").ends_with("found the end of the file: it is cut off"));
    }

    #[test]
    fn ballots_that_are_wrong_are_refused() {
        assert!(error("2 1\n1 1=0 0").contains("line 2, column 5: expected a candidate from 1 to 2, found `0`"));
        assert!(error("2 1\n1.5 1 0").ends_with("expected how often the ballot was cast, found `1.5`"));
        assert!(error("2 1\n(7 1 1 0").ends_with("expected an id that ends with `)`, found `(7 1 1 0`"));
        assert!(error("2 1\n1 2 2 0 0 A B").ends_with("column 5: expected each candidate once on a ballot, found `2`"));
    }

    #[test]
    fn a_ballot_cast_no_times_is_not_written() {
        let election = csv::read(b"#count,A,B\n0,1,2\n3,2,1\n").unwrap();
        let file = File { seats: Some(1), blank: Some(BlankRule::Last), ..File::from(election) };
        assert_eq!(write(&file).unwrap(), "2 1\n3 2 1 0\n0\n\"A\"\n\"B\"\n");
    }

    #[test]
    fn a_file_that_is_cut_off_says_so_wherever_it_ends() {
        let whole = "2 1\n3 1 2 0\n0\n\"A\" \"B\"\n";
        assert!(read(whole.as_bytes()).is_ok());
        for (end, expected) in [
            (1, "the number of seats"),
            (3, "a ballot, or the `0` that ends them"),
            (9, "a candidate, or the `0` that ends the ballot"),
            (12, "a ballot, or the `0` that ends them"),
            (14, "a candidate's name"),
            (17, "a candidate's name"),
        ] {
            let found = format!("expected {expected}, found the end of the file: it is cut off");
            assert!(error(&whole[..end]).ends_with(&found), "{end}: {}", error(&whole[..end]));
        }
    }

    #[test]
    fn whoever_has_withdrawn_is_no_candidate() {
        let file = read(b"3 1\n-2\n4 2 3 0\n0\n\"A\" \"B\" \"C\"\n").unwrap();
        assert_eq!(file.election.candidates, ["A", "C"]);
        assert_eq!(ballots("3 1\n-2\n4 2 3 0\n0\n\"A\" \"B\" \"C\"\n"), [(vec![0, 2], 4)]);
    }

    #[test]
    fn names_that_are_missing_or_too_many_are_refused() {
        assert!(error("2 1 0 \"A\" \"B").ends_with("expected a closing quote, found the end of the file"));
        assert!(error("1 1 0 \"A\" \"T\" \"more\"").ends_with("expected the end of the file, found `\"more\"`"));
        assert!(error("2 1 0 \"A\" \"A\"").contains("found `A` again"));
    }
}
