//! The orders of PrefLib: .soc, .soi, .toc and .toi.
//!
//! ```text
//! # TITLE: A vote
//! # NUMBER ALTERNATIVES: 3
//! # NUMBER VOTERS: 7
//! # ALTERNATIVE NAME 1: Ada
//! # ALTERNATIVE NAME 2: Ben
//! # ALTERNATIVE NAME 3: Cy
//! 5: 1,{2,3}
//! 2: 3,1
//! ```
//!
//! That is the format since 2022 (Nicholas Mattei and Toby Walsh, preflib.org/format). The one
//! before has no comments: the number of candidates, a line `1,Ada` for each, a line of three
//! sums (ballots, ballots, different ballots), then `5,1,{2,3}`. Both are read, the new one is
//! written, with the `DATA TYPE` of what the ballots are: strict (s) or with ties (t), complete
//! (c) or incomplete (i). A ballot that ranks nobody is written as `{}`. Where the file says how
//! many ballots it has, it has to have as many, and they have to be what its `DATA TYPE` says.

use super::text::{self, Cast, Fault, Order, expected};
use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{BallotError, MAX_CANDIDATES, Rank};
use crate::profile::Profile;
use crate::rules::BlankRule;

/// Reads a file.
///
/// ```
/// use tally::formats::preflib;
///
/// let file = preflib::read(b"# ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 2: Ben\n5: {1,2}\n");
/// assert_eq!(file.unwrap().election.candidates, ["Ada", "Ben"]);
///
/// let old = preflib::read(b"2\n1,Ada\n2,Ben\n5,5,1\n5,2,1\n").unwrap();
/// assert_eq!(old.election.profile.ballots(), 5);
///
/// let error = preflib::read(b"2\n1,Ada\n2,Ben\n5,5,1\n4,2,1\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 4, column 1: expected 4, as many ballots as there are, found `5`");
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, or when the election
/// is too large to be counted.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    read_as(bytes, None)
}

/// Reads a file whose extension says what its ballots are, as its `DATA TYPE` does.
pub(super) fn read_as(bytes: &[u8], extension: Option<&str>) -> Result<File, Error> {
    text::read(bytes, |text| read_text(text, extension))
}

/// Writes a file that [`read`] reads back.
///
/// ```
/// use tally::{BlankRule, formats::preflib};
///
/// let mut file = preflib::read(b"2\n1,Ada\n2,Ben\n5,5,1\n5,2,1\n").unwrap();
/// assert_eq!(
///     preflib::write(&file).unwrap(),
///     "# DATA TYPE: soc\n# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 5\n# NUMBER UNIQUE ORDERS: 1\n\
///     \u{23} ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 2: Ben\n5: 2,1\n"
/// );
///
/// file.election.candidates[0] = "Ada\nLovelace".to_owned();
/// assert!(preflib::write(&file).is_err());
/// ```
///
/// # Errors
///
/// When there are blanks and they do not mean `last`, or a name does not fit a line.
/// A title is written in one line.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Preflib, &[BlankRule::Last])?;
    text::check_plain(file, Format::Preflib, &[])?;
    let (names, profile) = (&file.election.candidates, &file.election.profile);
    let title = file.title.iter().map(|title| format!("# TITLE: {}\n", text::one_line(title)));
    let name = |(place, name): (usize, &String)| format!("# ALTERNATIVE NAME {}: {name}\n", place + 1);
    let ballot = |(ranks, count): (Vec<Option<Rank>>, u64)| format!("{count}: {}\n", order(&ranks));
    Ok(title.collect::<String>()
        + &format!("# DATA TYPE: {}\n# NUMBER ALTERNATIVES: {}\n", data_type(profile), names.len())
        + &format!("# NUMBER VOTERS: {}\n# NUMBER UNIQUE ORDERS: {}\n", profile.ballots(), profile.iter().count())
        + &names.iter().enumerate().map(name).collect::<String>()
        + &profile.iter().map(ballot).collect::<String>())
}

fn order(ranks: &[Option<Rank>]) -> String {
    let number = |candidate: usize| (candidate + 1).to_string();
    let tier = |tier: Vec<usize>| match tier[..] {
        [alone] => number(alone),
        _ => format!("{{{}}}", tier.into_iter().map(number).collect::<Vec<_>>().join(",")),
    };
    let tiers: Vec<_> = text::tiers(ranks).map(tier).collect();
    if tiers.is_empty() { "{}".to_owned() } else { tiers.join(",") }
}

/// The extension of files with such ballots.
fn data_type(profile: &Profile) -> &'static str {
    let level = |ranks: &[Option<Rank>]| text::tiers(ranks).any(|tier| tier.len() > 1);
    let ties = profile.iter().any(|(ranks, _)| level(&ranks));
    let blanks = profile.iter().any(|(ranks, _)| ranks.contains(&None));
    match (ties, blanks) {
        (false, false) => "soc",
        (false, true) => "soi",
        (true, false) => "toc",
        (true, true) => "toi",
    }
}

/// What a file says before its ballots.
#[derive(Default)]
struct Head<'a> {
    title: Option<&'a str>,
    candidates: Option<&'a str>,
    voters: Option<&'a str>,
    /// What the ballots are, such as `soc`.
    kind: Option<&'a str>,
    names: Vec<(&'a str, String)>,
}

impl<'a> Head<'a> {
    /// Takes a candidate's number and name.
    fn name(&mut self, number: &'a str, name: &'a str) -> Result<(), Fault<'a>> {
        let next = self.names.len() + 1;
        if number.trim() != next.to_string() {
            return Err(expected(number, format!("the number {next} of the next candidate")));
        }
        self.names.push((name, name.trim().to_owned()));
        Ok(())
    }

    /// Takes a comment that says something about the file.
    fn comment(&mut self, comment: &'a str) -> Result<(), Fault<'a>> {
        let Some((key, value)) = comment.split_once(':') else { return Ok(()) };
        match key.trim() {
            "TITLE" => self.title = Some(value.trim()).filter(|title| !title.is_empty()),
            "NUMBER ALTERNATIVES" => self.candidates = Some(value),
            "DATA TYPE" => self.kind = Some(value.trim()),
            "NUMBER VOTERS" => self.voters = Some(value),
            key => {
                if let Some(number) = key.strip_prefix("ALTERNATIVE NAME ") {
                    self.name(number, value)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the lines before the ballots in a file of the old format.
    fn old(&mut self, lines: &mut impl Iterator<Item = &'a str>, end: &'a str) -> Result<(), Fault<'a>> {
        let first = lines.next().unwrap_or(end);
        let candidates: usize = text::number(first, "the number of candidates")?;
        if candidates > MAX_CANDIDATES {
            return Err((first, Problem::Ballots(BallotError::TooManyCandidates(candidates))));
        }
        self.candidates = Some(first);
        for _ in 0..candidates {
            let line = lines.next().unwrap_or(end);
            let (number, name) = line.split_once(',').ok_or_else(|| expected(line, "a candidate, such as `1,Ada`"))?;
            self.name(number, name)?;
        }
        let sums = lines.next().unwrap_or(end);
        self.voters = sums.split(',').next();
        Ok(())
    }
}

fn read_text<'a>(text: &'a str, extension: Option<&str>) -> Result<File, Fault<'a>> {
    let mut head = Head::default();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    let old = lines.peek().is_some_and(|line| text::number::<u64>(line, "").is_ok());
    if old {
        head.old(&mut lines, &text[text.len()..])?;
    }
    let mut ballots = Vec::new();
    for line in lines {
        match line.strip_prefix('#') {
            Some(comment) if !old => head.comment(comment)?,
            _ => ballots.push(ballot(line, if old { ',' } else { ':' }, head.names.len())?),
        }
    }
    let candidates = head.names.len();
    for kind in head.kind.into_iter().chain(extension) {
        ballots.iter().try_for_each(|ballot| check(ballot, candidates, kind))?;
    }
    let election = text::election(text, head.names, &ballots)?;
    agree(head.candidates, "candidates as are named", candidates as u64)?;
    agree(head.voters, "ballots as there are", election.profile.ballots())?;
    Ok(File { election, title: head.title.map(str::to_owned), seats: None, blank: Some(BlankRule::Last) })
}

/// Sees that a ballot is what the file says of its ballots: strict, complete, both or neither.
fn check<'a>((line, order, _): &Cast<'a>, candidates: usize, kind: &str) -> Result<(), Fault<'a>> {
    let complete = order.iter().map(Vec::len).sum::<usize>() == candidates;
    let strict = order.iter().all(|tier| tier.len() < 2);
    if matches!(kind, "soc" | "toc") && !complete {
        return Err(expected(line, format!("an order of all {candidates} candidates, as the file is `{kind}`")));
    }
    if matches!(kind, "soc" | "soi") && !strict {
        return Err(expected(line, format!("an order without equal ranks, as the file is `{kind}`")));
    }
    Ok(())
}

/// Compares a sum in the file with what was found.
fn agree<'a>(sum: Option<&'a str>, what: &str, found: u64) -> Result<(), Fault<'a>> {
    match sum {
        Some(sum) if sum.trim() != found.to_string() => Err(expected(sum, format!("{found}, as many {what}"))),
        _ => Ok(()),
    }
}

/// Reads a line such as `5: 1,{2,3}`.
fn ballot(line: &str, separator: char, candidates: usize) -> Result<Cast<'_>, Fault<'_>> {
    let missing = || expected(line, format!("a count, `{separator}` and an order"));
    let (count, mut rest) = line.split_once(separator).ok_or_else(missing)?;
    let mut order = Order::new();
    while !rest.trim().is_empty() {
        let (tier, after) = match rest.trim_start().strip_prefix('{') {
            Some(braced) => braced.split_once('}').ok_or_else(|| expected(rest, "a closing `}`"))?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        order.push(if after.is_empty() && rest.trim() == "{}" { Vec::new() } else { members(tier, candidates)? });
        rest = match after.trim_start().strip_prefix(',') {
            Some(rest) if rest.trim().is_empty() => return Err(expected(rest, "another candidate")),
            Some(rest) => rest,
            None if after.trim().is_empty() => after,
            None => return Err(expected(after, "`,` or the end of the line")),
        };
    }
    Ok((line, order, text::count(count)?))
}

/// Reads the numbers of those who are level.
fn members(tier: &str, candidates: usize) -> Result<Vec<(usize, &str)>, Fault<'_>> {
    tier.split(',').map(|part| text::place(part, candidates).map(|place| (place, part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv;

    const HEAD: &str = "# TITLE: A vote\n# FILE NAME: x.toi\n#\n# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 6\n# ALTERNATIVE NAME 1: Ada: a\n# ALTERNATIVE NAME 2: Ben\n";

    fn error(ballots: &str) -> String {
        read(format!("{HEAD}{ballots}").as_bytes()).unwrap_err().to_string()
    }

    fn ballots(file: &str) -> Vec<(Vec<u32>, u64)> {
        let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
        let profile = read(file.as_bytes()).unwrap().election.profile;
        profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
    }

    #[test]
    fn both_formats_are_read() {
        let modern = format!("{HEAD}3: {{1, 2}}\n2:2,1\n1: {{}}\n");
        let old = "2\n1,Ada: a\n2,Ben\n6,6,3\n3,{1,2}\n2,2,1\n1,{}\n";
        let both = [(vec![1, 1], 3), (vec![2, 1], 2), (vec![0, 0], 1)];
        assert_eq!((ballots(&modern), ballots(old)), (both.to_vec(), both.to_vec()));
        let file = read(modern.as_bytes()).unwrap();
        assert_eq!((file.title.as_deref(), &file.election.candidates[0][..]), (Some("A vote"), "Ada: a"));
    }

    #[test]
    fn ballots_that_are_not_what_the_file_says_are_refused() {
        let read = |kind: &str, ballot: &str| {
            let head = HEAD.replace("# FILE NAME: x.toi", &format!("# DATA TYPE: {kind}"));
            read(format!("{head}6: {ballot}\n").as_bytes()).map_err(|error| error.to_string())
        };
        for (kind, fit, unfit) in [
            ("soc", &["1,2"][..], &["1", "{}", "{1,2}"][..]),
            ("soi", &["1,2", "1", "{}"], &["{1,2}"]),
            ("toc", &["1,2", "{1,2}"], &["1", "{}"]),
            ("toi", &["1,2", "{1,2}", "1"], &[]),
        ] {
            assert!(fit.iter().all(|ballot| read(kind, ballot).is_ok()), "{kind}");
            assert!(unfit.iter().all(|ballot| read(kind, ballot).unwrap_err().starts_with("line 8")), "{kind}");
        }
        let found = "expected an order of all 2 candidates, as the file is `soc`, found `6: 1`";
        assert!(read("soc", "1").unwrap_err().ends_with(found));
    }

    #[test]
    fn sums_that_are_wrong_are_refused() {
        assert!(error("5: 1\n").ends_with("line 5, column 18: expected 5, as many ballots as there are, found `6`"));
        let error = read(b"# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: A\n").unwrap_err().to_string();
        assert!(error.ends_with("expected 1, as many candidates as are named, found `2`"));
    }

    #[test]
    fn ballots_that_are_wrong_are_refused() {
        assert!(error("6 1\n").ends_with("expected a count, `:` and an order, found `6 1`"));
        assert!(error("x: 1\n").ends_with("expected how often the ballot was cast, found `x`"));
        assert!(error("6: {1,2\n").ends_with("expected a closing `}`, found `{1,2`"));
        assert!(error("6: {1} 2\n").ends_with("expected `,` or the end of the line, found `2`"));
        assert!(error("6: 1,\n").ends_with("expected another candidate, found nothing"));
        assert!(error("6: 1,,2\n").ends_with("expected a candidate from 1 to 2, found nothing"));
        assert!(error("6: 3\n").ends_with("line 8, column 4: expected a candidate from 1 to 2, found `3`"));
        assert!(error("6: 1,1\n").ends_with("expected each candidate once on a ballot, found `1`"));
    }

    #[test]
    fn heads_that_are_wrong_are_refused() {
        let refused =
            |file: &str, end| assert!(read(file.as_bytes()).unwrap_err().to_string().ends_with(end), "{file}");
        refused("# ALTERNATIVE NAME 2: A\n", "expected the number 1 of the next candidate, found `2`");
        refused("# ALTERNATIVE NAME 1:\n", "expected a candidate's name, found nothing");
        refused("2\n1,A\n", "expected a candidate, such as `1,Ada`, found nothing");
        refused("1\n1,A\n", "line 3, column 1: expected 0, as many ballots as there are, found nothing");
        refused("999999999\n1,A\n", "line 1, column 1: expected at most 2048 candidates, found 999999999");
        refused("2048\n1,A\n", "expected a candidate, such as `1,Ada`, found nothing");
        refused("1\n1,A\n0,0,0\n# 0,1\n", "expected how often the ballot was cast, found `# 0`");
        refused("# TITLE: no one\n", "expected at least one candidate, found none");
    }

    #[test]
    fn the_data_type_is_what_the_ballots_are() {
        for (rows, expected) in [("1,2\n2,1\n", "soc"), ("1,-\n", "soi"), ("1,1\n", "toc"), ("1,1\n1,-\n", "toi")] {
            let election = csv::read(format!("Ada,Ben\n{rows}").as_bytes()).unwrap();
            let file = File { blank: Some(BlankRule::Last), ..File::from(election) };
            assert!(write(&file).unwrap().starts_with(&format!("# DATA TYPE: {expected}\n")), "{rows}");
        }
    }
}
