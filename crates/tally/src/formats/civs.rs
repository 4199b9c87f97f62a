//! What the Condorcet Internet Voting Service takes as ballots (`upload_ballots` of its source).
//!
//! ```text
//! # candidates: ["Ada","Ben","Cy"]
//! 1,3,2
//! 8X1 2 -
//! ```
//!
//! A line is a ballot: a rank for each choice in the order of the poll, `-` for no opinion, with
//! commas or spaces between; `8X` before it says that it was cast eight times. `#` begins a
//! comment and empty lines are skipped. The file has no names: ours writes them as a JSON list in
//! a comment, and without it they are "Candidate 1", "Candidate 2", …
//!
//! CIVS itself refuses ranks above the number of choices, so [`write`] renumbers such ballots.

use super::text::{self, Fault, expected};
use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{Election, Rank};
use crate::profile::Profile;
use crate::rules::BlankRule;

/// How a blank is written.
const BLANK: &str = "-";

/// Reads a file.
///
/// ```
/// use tally::{BlankRule, formats::civs};
///
/// let file = civs::read(b"1,2,-\n8X2 1 3\n").unwrap();
/// assert_eq!(file.election.candidates, ["Candidate 1", "Candidate 2", "Candidate 3"]);
/// assert_eq!(file.election.profile.ballots(), 9);
/// assert_eq!(file.blank, Some(BlankRule::NoOpinion));
///
/// let error = civs::read(b"1,2,-\n8X2 1\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2, column 1: expected 3 cells, one for each name, found 2");
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, or when the election
/// is too large to be counted.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    let election = text::read(bytes, read_text)?;
    Ok(File { blank: Some(BlankRule::NoOpinion), ..File::from(election) })
}

/// Writes a file that [`read`] reads back.
///
/// ```
/// use tally::formats::civs;
///
/// let text = "# candidates: [\"Ada\",\"Ben\"]\n8X1,2\n-,1\n";
/// let mut file = civs::read(text.as_bytes()).unwrap();
/// assert_eq!(civs::write(&file).unwrap(), text);
///
/// file.blank = Some(tally::BlankRule::Last);
/// assert!(civs::write(&file).is_err());
/// ```
///
/// # Errors
///
/// When there are blanks and they do not mean `no-opinion`.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Civs, &[BlankRule::NoOpinion])?;
    let Election { candidates, profile } = &file.election;
    let line = |(ranks, count): (Vec<Option<Rank>>, u64)| {
        let times = if count == 1 { String::new() } else { format!("{count}X") };
        format!("{times}{}\n", cells(&ranks).join(","))
    };
    let names = serde_json::Value::from(candidates.clone());
    Ok(format!("# candidates: {names}\n") + &profile.iter().map(line).collect::<String>())
}

fn cells(ranks: &[Option<Rank>]) -> Vec<String> {
    let fits = |rank: &Rank| usize::try_from(rank.get()).is_ok_and(|rank| rank <= ranks.len());
    let cell = |rank: Option<u32>| rank.map_or(BLANK.to_owned(), |rank| rank.to_string());
    if ranks.iter().flatten().all(fits) {
        return ranks.iter().map(|rank| cell(rank.map(Rank::get))).collect();
    }
    text::renumbered(ranks).into_iter().map(cell).collect()
}

/// The list of names, if a line is the comment that holds it.
pub(super) fn names_line(line: &str) -> Option<&str> {
    line.strip_prefix("# candidates: ").filter(|names| names.starts_with('['))
}

fn read_text(text: &str) -> Result<Election, Fault<'_>> {
    let mut names = None;
    let mut pile: Option<Profile> = None;
    for line in text.lines().map(str::trim) {
        if let Some(list) = names_line(line).filter(|_| names.is_none() && pile.is_none()) {
            let read: Vec<String> = serde_json::from_str(list).map_err(|_| expected(list, "a JSON list of names"))?;
            pile = Some(Profile::new(read.len()).map_err(|error| (line, Problem::Ballots(error)))?);
            text::check_names(&read.iter().map(|name| (list, name.clone())).collect::<Vec<_>>())?;
            names = Some(read);
        } else if !line.is_empty() && !line.starts_with('#') {
            let (ranks, count) = ballot(line)?;
            let pile = match &mut pile {
                Some(pile) => pile,
                none => none.insert(Profile::new(ranks.len()).map_err(|error| (line, Problem::Ballots(error)))?),
            };
            let (found, width) = (ranks.len(), pile.candidates());
            if found != width {
                return Err((line, Problem::Cells { found, expected: width }));
            }
            pile.push(&ranks, count).map_err(|error| (line, Problem::Ballots(error)))?;
        }
    }
    let profile = pile.ok_or_else(|| expected(&text[text.len()..], "a ballot, or a comment with the candidates"))?;
    let unnamed = || (1..=profile.candidates()).map(|n| format!("Candidate {n}")).collect();
    Ok(Election { candidates: names.unwrap_or_else(unnamed), profile })
}

/// Reads a line such as `8X1,2,-`.
fn ballot(line: &str) -> Result<(Vec<Option<Rank>>, u64), Fault<'_>> {
    let (count, cells) = match line.split_once(['x', 'X']) {
        Some((count, cells)) => (text::count(count)?, cells),
        None => (1, line),
    };
    let parts = cells.split(',').flat_map(|part| match part.trim() {
        "" => vec![part],
        part => part.split_whitespace().collect(),
    });
    Ok((parts.map(rank).collect::<Result<_, _>>()?, count))
}

fn rank(cell: &str) -> Result<Option<Rank>, Fault<'_>> {
    if cell == BLANK {
        return Ok(None);
    }
    let rank = text::number(cell, "a rank").ok().and_then(Rank::new);
    let wrong = || (cell, Problem::Rank { found: cell.trim().to_owned(), blank: BLANK });
    rank.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballots(file: &str) -> Vec<(Vec<u32>, u64)> {
        let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
        let profile = read(file.as_bytes()).unwrap().election.profile;
        profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
    }

    fn error(file: &str) -> String {
        read(file.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn commas_spaces_and_tabs_separate_ranks() {
        let one = [(vec![1, 4, 3, 0, 5], 1)];
        assert_eq!(ballots("1,4,3,-,5\n"), one);
        assert_eq!(ballots("\t1 4\t3  -, 5"), one);
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        assert_eq!(ballots("# a poll\n\n1,2\r\n # candidates: of 2021\n0x2,1\n"), [(vec![1, 2], 1), (vec![2, 1], 0)]);
    }

    #[test]
    fn a_list_of_names_counts_only_before_the_first_ballot() {
        let file = read(b"1,2\n# candidates: [\"Ada\",\"Ben\"]\n").unwrap();
        assert_eq!(file.election.candidates, ["Candidate 1", "Candidate 2"]);
        let file = read(b"# candidates: [\"A\\n\",\"B\"]\n# candidates: [\"C\",\"D\"]\n").unwrap();
        assert_eq!(file.election.candidates, ["A\n", "B"]);
    }

    #[test]
    fn broken_lists_of_names_are_refused() {
        assert_eq!(error("# candidates: [Ada]\n"), "line 1, column 15: expected a JSON list of names, found `[Ada]`");
        assert_eq!(error("# candidates: []\n"), "line 1, column 1: expected at least one candidate, found none");
        assert!(error("# candidates: [\"A\",\"A\"]\n").contains("expected another name, found `A` again"));
    }

    #[test]
    fn broken_ballots_are_refused() {
        assert!(
            error("1,2\n1,,\n").starts_with("line 2, column 3: expected a rank from 1 to"),
            "{}",
            error("1,2\n1,,\n")
        );
        assert!(error("1,0\n").starts_with("line 1, column 3: expected a rank"));
        assert!(error("mX1,2\n").starts_with("line 1, column 1: expected how often the ballot was cast, found `m`"));
        assert!(error("X1,2\n").contains("expected how often"));
        assert!(error("# nothing\n").contains("expected a ballot, or a comment with the candidates, found nothing"));
        assert!(error("18446744073709551615X1\n1\n").contains("fewer than 2^64 ballots"));
    }

    #[test]
    fn ranks_above_the_number_of_choices_are_renumbered_for_civs() {
        let mut file = read(b"1,2,-\n3,1,2\n9,-,9\n").unwrap();
        file.election.candidates = vec!["A".to_owned(), "B".to_owned(), "C".to_owned()];
        assert_eq!(write(&file).unwrap(), "# candidates: [\"A\",\"B\",\"C\"]\n1,2,-\n3,1,2\n1,-,1\n");
    }
}
