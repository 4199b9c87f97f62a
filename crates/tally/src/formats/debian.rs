//! The tally sheet that Debian's vote engine, devotee, publishes.
//!
//! ```text
//!      Option 1--------->: Ada
//!    /  Option 2-------->: Ben
//!    |/  Option 3------->: None of the above
//!    ||/
//! V: 2-1      5983810b34693310479f3b26eda85177
//! ```
//!
//! After `V: ` comes a character for each option, its rank from `1` to `9` or `-`, then a hash by
//! which the voter finds the ballot; it is not read, and none is written. Whatever else stands in
//! the file is not read either. Without the lines that name them, options are "Option 1", ….
//! Ranks above 9 cannot be written in one character: such a ballot is renumbered, and refused if
//! that does not help.

use super::text::{self, Fault, expected};
use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{Election, Rank};
use crate::profile::Profile;
use crate::rules::BlankRule;

/// What a ballot's line begins with.
const VOTE: &str = "V: ";

/// Reads a file.
///
/// ```
/// use tally::{BlankRule, formats::debian};
///
/// let sheet = "\
///      Option 1------>: Ada
///    /  Option 2----->: None of the above
///    |/
/// V: 12 \t\t1ccb15e79dc5734b217fb8e3fb296b9d
/// V: -1 \t\t1d7ba886e62a2cf64379a5c8f8032cc2
/// ";
/// let file = debian::read(sheet.as_bytes()).unwrap();
/// assert_eq!(file.election.candidates, ["Ada", "None of the above"]);
/// assert_eq!((file.election.profile.ballots(), file.blank), (2, Some(BlankRule::Last)));
///
/// let error = debian::read(b"V: 12\nV: 1x\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 5: expected a rank from `1` to `9` or `-`, found `x`"
/// );
/// ```
///
/// # Errors
///
/// When a ballot does not have such a character for each option, the options are not numbered
/// 1, 2, …, or there is neither an option nor a ballot.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    let election = text::read(bytes, read_text)?;
    Ok(File { blank: Some(BlankRule::Last), ..File::from(election) })
}

/// Writes a file that [`read`] reads back, a ballot as often as it was cast, without hashes.
///
/// ```
/// use tally::{BlankRule, formats::{File, csv, debian}};
///
/// let election = csv::read(b"Ada,None of the above\n1,-\n").unwrap();
/// let mut file = File { blank: Some(BlankRule::Last), ..File::from(election) };
/// assert_eq!(
///     debian::write(&file).unwrap(),
///     "  Option 1-->: Ada\n/  Option 2->: None of the above\n|/\nV: 1-\n"
/// );
///
/// file.blank = Some(BlankRule::NoOpinion);
/// assert!(debian::write(&file).is_err());
/// ```
///
/// # Errors
///
/// When there are blanks and they do not mean `last`, a ballot has more than nine different
/// ranks, a name does not fit a line, or there are too many ballots for a line each.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Debian, &[BlankRule::Last])?;
    text::check_plain(file, Format::Debian, &[])?;
    let names = &file.election.candidates;
    let key = |(place, name): (usize, &String)| {
        let slash = if place == 0 { String::new() } else { format!("{}/", "|".repeat(place - 1)) };
        format!("{slash}  Option {}{}>: {name}\n", place + 1, "-".repeat(names.len() - place))
    };
    let keys: String = names.iter().enumerate().map(key).collect();
    let foot = format!("{}/\n", "|".repeat(names.len() - 1));
    Ok(keys + &foot + &text::singly(file, Format::Debian, vote)?)
}

fn vote(ranks: &[Option<Rank>]) -> Result<String, Unwritable> {
    let fits = |rank: &Rank| rank.get() <= 9;
    let written = |rank: &Option<Rank>| rank.map(Rank::get);
    let as_they_are = ranks.iter().flatten().all(fits);
    let numbers = if as_they_are { ranks.iter().map(written).collect() } else { text::renumbered(ranks) };
    let digit = |number: u32| char::from_digit(number, 10);
    let cells: Option<String> = numbers.into_iter().map(|number| number.map_or(Some('-'), digit)).collect();
    let too_many = || Unwritable::new(Format::Debian, "more than nine ranks on a ballot");
    Ok(format!("{VOTE}{}\n", cells.ok_or_else(too_many)?))
}

fn read_text(text: &str) -> Result<Election, Fault<'_>> {
    let mut names: Vec<(&str, String)> = Vec::new();
    let mut ballots: Vec<(&str, Vec<Option<Rank>>)> = Vec::new();
    for line in text.lines() {
        if let Some(vote) = line.strip_prefix(VOTE) {
            let ranks = vote.split_whitespace().next().unwrap_or_default();
            ballots.push((vote, cells(vote, ranks)?));
        } else if let Some((number, name)) = option(line) {
            let next = names.len() + 1;
            if number != next.to_string() {
                return Err(expected(number, format!("the number {next} of the next option")));
            }
            names.push((name, name.to_owned()));
        }
    }
    if names.is_empty() {
        let first = ballots.first().ok_or_else(|| expected(&text[text.len()..], "an option or a ballot, `V: …`"))?;
        names = (1..=first.1.len()).map(|n| (first.0, format!("Option {n}"))).collect();
    }
    text::check_names(&names)?;
    let mut profile = Profile::new(names.len()).map_err(|error| (text, Problem::Ballots(error)))?;
    for (vote, ranks) in ballots {
        profile.push(&ranks, 1).map_err(|error| (vote, Problem::Ballots(error)))?;
    }
    Ok(Election { candidates: names.into_iter().map(|(_, name)| name).collect(), profile })
}

/// Reads a line such as `|/  Option 3------->: Ada` as number and name.
pub(super) fn option(line: &str) -> Option<(&str, &str)> {
    let option = line.trim_start_matches(['|', '/', ' ', '\t']).strip_prefix("Option ")?;
    let (number, name) = option.split_once("->:")?;
    Some((number.trim_end_matches('-'), name.trim()))
}

fn cells<'a>(vote: &'a str, ranks: &'a str) -> Result<Vec<Option<Rank>>, Fault<'a>> {
    if ranks.is_empty() {
        return Err(expected(vote, "the ranks of a ballot"));
    }
    let cell = |(at, character): (usize, char)| match character {
        '-' => Ok(None),
        '1'..='9' => Ok(character.to_digit(10).and_then(Rank::new)),
        _ => Err(expected(&ranks[at..at + character.len_utf8()], "a rank from `1` to `9` or `-`")),
    };
    ranks.char_indices().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv;

    fn error(file: &str) -> String {
        read(file.as_bytes()).unwrap_err().to_string()
    }

    fn sheet(csv: &str) -> Result<String, Unwritable> {
        let election = csv::read(csv.as_bytes()).unwrap();
        write(&File { blank: Some(BlankRule::Last), ..File::from(election) })
    }

    #[test]
    fn options_without_names_are_numbered() {
        assert_eq!(read(b"V: 1-2 abc\n").unwrap().election.candidates, ["Option 1", "Option 2", "Option 3"]);
    }

    #[test]
    fn a_sheet_without_ballots_is_an_election() {
        assert_eq!(read(b"  Option 1->: Ada\n").unwrap().election.profile.ballots(), 0);
        assert!(error("Tally sheet\n").ends_with("expected an option or a ballot, `V: …`, found nothing"));
    }

    #[test]
    fn what_is_no_ballot_and_no_option_is_not_read() {
        let file = read(b"Tally\n Option of the voter\n Option 1-->: Ada\n/ \nV: 1\n V: x\nEnd\n").unwrap();
        assert_eq!((file.election.candidates.len(), file.election.profile.ballots()), (1, 1));
    }

    #[test]
    fn ballots_of_another_width_are_refused() {
        assert_eq!(
            error("  Option 1-->: Ada\n/  Option 2->: Ben\nV: 12\nV: 1 2\n"),
            "line 4, column 4: expected one entry for each of 2 candidates, found 1"
        );
        assert_eq!(error("V: \n"), "line 1, column 4: expected the ranks of a ballot, found nothing");
    }

    #[test]
    fn options_out_of_order_or_named_twice_are_refused() {
        assert_eq!(
            error(" Option 2->: Ada\n"),
            "line 1, column 9: expected the number 1 of the next option, found `2`"
        );
        assert!(error(" Option 1->: A\n Option 2->: A\n").contains("expected another name, found `A` again"));
        assert!(error("V: 10\n").ends_with("expected a rank from `1` to `9` or `-`, found `0`"));
    }

    #[test]
    fn ranks_above_nine_are_renumbered_and_more_than_nine_refused() {
        assert!(sheet("A,B,C\n9,-,1\n10,-,3\n").unwrap().ends_with("V: 9-1\nV: 2-1\n"));
        let nine = sheet("A,B,C,D,E,F,G,H,I,J\n1,2,3,4,5,6,7,8,9,10\n").unwrap_err();
        assert!(nine.to_string().contains("more than nine ranks on a ballot"));
    }

    #[test]
    fn names_that_do_not_fit_a_line_are_refused() {
        assert!(sheet("\"A\nB\"\n1\n").unwrap_err().to_string().contains("the name \"A\\nB\""));
        assert!(sheet(" A,B\n1,1\n").is_err());
        assert!(sheet("A\n1\n").is_ok());
    }
}
