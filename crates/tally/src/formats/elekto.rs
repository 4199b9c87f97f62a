//! What Elekto publishes as `ballots.csv`, and CIVS as its download.
//!
//! ```text
//! ada,ben,cy
//! 1,3,No opinion
//! ```
//!
//! A header of names and a row of ranks for each ballot; `No opinion` is a blank. As in
//! [`csv`](super::csv), but without counts.

use super::csv::{self, Dialect};
use super::{Error, File, Format, Unwritable, text};
use crate::ballot::Rank;
use crate::rules::BlankRule;

/// How a blank is written.
pub(super) const BLANK: &str = "No opinion";

/// Reads a file.
///
/// ```
/// use tally::{BlankRule, formats::elekto};
///
/// let file = elekto::read(b"ada,ben\n1,No opinion\n").unwrap();
/// assert_eq!(file.election.candidates, ["ada", "ben"]);
/// assert_eq!(file.blank, Some(BlankRule::NoOpinion));
///
/// let error = elekto::read(b"ada,ben\n1,-\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 3: expected a rank from 1 to 4294967295, or `No opinion` for a blank, \
///      found `-`"
/// );
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, or when the election
/// is too large to be counted.
pub fn read(bytes: &[u8]) -> Result<File, Error> {
    let election = csv::read_as(bytes, Dialect { counts: false, blank: BLANK, empty: false })?;
    Ok(File { blank: Some(BlankRule::NoOpinion), ..File::from(election) })
}

/// Writes a file that [`read`] reads back, a ballot as often as it was cast.
///
/// ```
/// use tally::formats::{File, csv, elekto};
///
/// let file = File::from(csv::read(b"#count,ada,ben\n2,1,2\n").unwrap());
/// assert_eq!(elekto::write(&file).unwrap(), "ada,ben\n1,2\n1,2\n");
///
/// let file = File::from(csv::read(b"#count,ada\n4000000000,1\n").unwrap());
/// let refusal = elekto::write(&file).unwrap_err().to_string();
/// assert!(refusal.contains("found 4000000000 ballots, more than 10000000 lines"));
/// ```
///
/// # Errors
///
/// When there are blanks and they do not mean `no-opinion`, or too many ballots for a line each.
pub fn write(file: &File) -> Result<String, Unwritable> {
    text::check_blanks(file, Format::Elekto, &[BlankRule::NoOpinion])?;
    let names: Vec<_> = file.election.candidates.iter().map(|name| csv::quote(name)).collect();
    let cell = |rank: &Option<Rank>| rank.map_or(BLANK.to_owned(), |rank| rank.get().to_string());
    let line = |ranks: &[Option<Rank>]| Ok(ranks.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
    Ok(names.join(",") + "\n" + &text::singly(file, Format::Elekto, line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_called_count_is_a_candidate() {
        let file = read(b"#count,ada\n2,1\n").unwrap();
        assert_eq!(file.election.candidates, ["#count", "ada"]);
    }

    #[test]
    fn blanks_that_are_last_are_not_written_as_no_opinion() {
        let mut file = read(b"ada,ben\n1,No opinion\n").unwrap();
        file.blank = Some(BlankRule::Last);
        let refusal = write(&file).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "expected what `elekto` can hold, found blanks that mean `last`: `csv` and `json` can hold it"
        );
    }

    #[test]
    fn empty_cells_are_no_blanks() {
        assert!(read(b"ada,ben\n1,\n").is_err());
    }
}
