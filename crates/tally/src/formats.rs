//! Ballots and results as files. With [`crate::seed`] the only part of the crate that may use
//! others' crates.
//!
//! Each format has a file of its own with `read` and `write`; [`read`] and [`write()`] here choose
//! among them. Files are UTF-8 text, and nothing is partly read: the first thing that is not as
//! the format has it is an [`Error`] with its line and column.
//!
//! What a file looks like says which format it is. One that names its format in its first lines
//! (`#count,`, `#/`, `# candidates: [`, `# NUMBER ALTERNATIVES`, `{"hustings":`) is in that format
//! whatever is wrong further down. A file that could be two things, or none, is an error; then the
//! format has to be named.
//!
//! | format | a file is taken for it when | a blank means | seats | title |
//! |---|---|---|---|---|
//! | [`csv`] | names, then a row of as many ranks; no cell `No opinion`; a first name with `#` only if it is `#count` | is not said | no | no |
//! | [`civs`] | digits, `-`, `X` and separators only, besides `#` comments; or a comment `# candidates:` | `no-opinion` | no | no |
//! | [`elekto`] | as `csv`, but with a cell `No opinion` | `no-opinion` | no | no |
//! | [`debian`] | a line begins with `V: ` or says `Option 1->:` | `last` | no | no |
//! | [`blt`] | two numbers alone on the first line that is no comment, and something quoted or a line of more numbers or with a `0` at its end | `last` | yes | yes |
//! | [`preflib`] | a comment `# ALTERNATIVE NAME` or `# NUMBER ALTERNATIVES`; or a number alone on the first line and `1,` on the next | `last` | no | yes |
//! | [`abif`] | a line begins with `=` and a key, or with a count, `:` and a name | `last` | yes | yes |
//! | [`cef`] | a line begins with `#/`; or the first that is no comment has a `>` and no `:` | as it says | yes | no |
//! | [`json`](sealed) | it begins with `{"hustings":` | as it says | yes | yes |
//!
//! In `csv` and `elekto` a name has to have something that no rank has, or a file of `civs` could
//! be one of theirs; after `#count` it need not. Where a format has no place for seats or title, they are not written.

use std::fmt;

use crate::ballot::Election;
use crate::rules::{BlankRule, UnknownRule, any_of, spelled};

mod detect;
mod error;
mod text;

pub mod abif;
pub mod blt;
pub mod cef;
pub mod civs;
pub mod csv;
pub mod debian;
pub mod elekto;
pub mod json;
pub mod preflib;
pub mod report;
pub mod sealed;

pub use error::{Error, Problem, Unwritable};

/// What a file holds: an election, and what it declares about its count.
///
/// ```
/// use tally::formats::{File, csv};
///
/// // An election alone declares nothing.
/// let file = File::from(csv::read(b"Ada,Ben\n1,2\n").unwrap());
/// assert_eq!((file.title, file.seats, file.blank), (None, None, None));
/// ```
#[derive(Clone, Debug)]
pub struct File {
    /// The names and the ballots.
    pub election: Election,
    /// What the election is called.
    pub title: Option<String>,
    /// How many are to be elected.
    pub seats: Option<usize>,
    /// What a blank means, by the file or by its format.
    pub blank: Option<BlankRule>,
}

impl From<Election> for File {
    fn from(election: Election) -> Self {
        Self { election, title: None, seats: None, blank: None }
    }
}

/// A format of ballots.
///
/// ```
/// use tally::formats::Format;
///
/// assert_eq!("blt".parse(), Ok(Format::Blt));
/// assert!("xlsx".parse::<Format>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `csv`: our own table of ranks.
    Csv,
    /// `civs`: what the Condorcet Internet Voting Service takes.
    Civs,
    /// `elekto`: what Elekto publishes, and CIVS too.
    Elekto,
    /// `debian`: the tally sheet of Debian's devotee.
    Debian,
    /// `blt`: what STV programs exchange.
    Blt,
    /// `preflib`: PrefLib's .soc, .soi, .toc and .toi.
    Preflib,
    /// `abif`: the Aggregated Ballot Information Format.
    Abif,
    /// `cef`: the Condorcet Election Format.
    Cef,
    /// `json`: our own ballots with a hash.
    Json,
}

spelled!(Format);

impl Format {
    /// Every format and its spelling.
    pub const ALL: [(Self, &str); 9] = [
        (Self::Csv, "csv"),
        (Self::Civs, "civs"),
        (Self::Elekto, "elekto"),
        (Self::Debian, "debian"),
        (Self::Blt, "blt"),
        (Self::Preflib, "preflib"),
        (Self::Abif, "abif"),
        (Self::Cef, "cef"),
        (Self::Json, "json"),
    ];

    /// Returns the format that files with an extension are in, where it says so.
    ///
    /// ```
    /// use tally::formats::Format;
    ///
    /// assert_eq!(Format::by_extension("toi"), Some(Format::Preflib));
    /// assert_eq!(Format::by_extension("txt"), None);
    /// ```
    #[must_use]
    pub fn by_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "csv" => Self::Csv,
            "civs" => Self::Civs,
            "blt" => Self::Blt,
            "soc" | "soi" | "toc" | "toi" => Self::Preflib,
            "abif" => Self::Abif,
            "cvotes" => Self::Cef,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// Finds out which format a file is in, by the table of this [module](self).
    ///
    /// ```
    /// use tally::formats::Format;
    ///
    /// assert_eq!(Format::detect(b"Ada,Ben\n1,2\n"), Ok(Format::Csv));
    /// assert_eq!(Format::detect(b"3: Ada>Ben\n"), Ok(Format::Abif));
    /// // It says so itself, whatever is wrong with its rows.
    /// assert_eq!(Format::detect(b"#count,Ada,Ben\n1,x\n"), Ok(Format::Csv));
    ///
    /// let error = Format::detect(b"# Ada,Ben\n1,2\n").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "line 1, column 1: expected one format, found what could be `csv` or `civs`: \
    ///      say which with --format"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no text, could be in several formats or in none, or is a header alone.
    pub fn detect(bytes: &[u8]) -> Result<Self, Error> {
        let text = text::text(bytes)?;
        let refused = |problem| Err(Error::at(text.as_bytes(), 0, problem));
        let all = Self::ALL.into_iter().map(|(format, _)| format);
        let looks_like = || all.filter(|format| detect::could_be(*format, text)).collect();
        let could_be: Vec<_> = detect::named(text).map_or_else(looks_like, |format| vec![format]);
        match could_be[..] {
            [Self::Csv] | [] if detect::is_header_alone(text) => refused(Problem::HeaderAlone),
            [format] => Ok(format),
            [] => detect::likely(text).map_or_else(|| refused(Problem::Formats(could_be)), Ok),
            _ => refused(Problem::Formats(could_be)),
        }
    }
}

/// Reads a file in a format, or in the one it looks like.
///
/// ```
/// use tally::{BlankRule, formats};
///
/// let file = formats::read(b"2 1\n3 2 1 0\n0\n\"Ada\"\n\"Ben\"\n\"A vote\"\n", None)?;
/// assert_eq!(file.election.candidates, ["Ada", "Ben"]);
/// assert_eq!((file.seats, file.blank), (Some(1), Some(BlankRule::Last)));
///
/// let error = formats::read(b"hello\nworld\n", None).unwrap_err();
/// assert!(error.to_string().ends_with("found none of them: say which with --format"));
/// # Ok::<(), formats::Error>(())
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as its format has it, when the election is too
/// large to be counted, or when no format is named and the file does not show it.
pub fn read(bytes: &[u8], format: Option<Format>) -> Result<File, Error> {
    read_named(bytes, format, None)
}

/// Reads a file as [`read`] does, and holds it to what its extension says of the ballots: .soc,
/// .soi, .toc and .toi of PrefLib.
///
/// ```
/// use tally::formats::read_named;
///
/// let file = b"2\n1,Ada\n2,Ben\n5,5,1\n5,2\n";
/// assert!(read_named(file, None, Some("soi")).is_ok());
/// let error = read_named(file, None, Some("soc")).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 5, column 1: expected an order of all 2 candidates, as the file is `soc`, found `5,2`"
/// );
/// ```
///
/// # Errors
///
/// As for [`read`].
pub fn read_named(bytes: &[u8], format: Option<Format>, extension: Option<&str>) -> Result<File, Error> {
    match format.map_or_else(|| Format::detect(bytes), Ok)? {
        Format::Csv => csv::read(bytes).map(File::from),
        Format::Civs => civs::read(bytes),
        Format::Elekto => elekto::read(bytes),
        Format::Debian => debian::read(bytes),
        Format::Blt => blt::read(bytes),
        Format::Preflib => preflib::read_as(bytes, extension),
        Format::Abif => abif::read(bytes),
        Format::Cef => cef::read(bytes),
        Format::Json => sealed::read(bytes),
    }
}

/// Writes a file that [`read`] takes for this format and reads back: the same names and ballots, in
/// the same order.
///
/// Formats that have only orders renumber the ranks of a ballot 1, 2, …; formats without counts
/// write a ballot as often as it was cast.
///
/// ```
/// use tally::{BlankRule, formats::{self, Format}};
///
/// let mut file = formats::read(b"Ada,Ben\n1,2\n1,-\n", None)?;
/// let refusal = formats::write(&file, Format::Civs).unwrap_err();
/// assert_eq!(
///     refusal.to_string(),
///     "expected what `civs` can hold, found blanks that nobody gave a meaning: \
///      say what a blank means with --blank"
/// );
///
/// file.blank = Some(BlankRule::NoOpinion);
/// let civs = formats::write(&file, Format::Civs)?;
/// assert_eq!(civs, "# candidates: [\"Ada\",\"Ben\"]\n1,2\n1,-\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the format cannot hold the names or the ballots, gives blanks another meaning, or what it
/// makes of them would not be taken for it: `elekto` without a blank looks like `csv`.
pub fn write(file: &File, format: Format) -> Result<String, Unwritable> {
    let text = match format {
        Format::Csv => csv::write(&file.election),
        Format::Civs => civs::write(file)?,
        Format::Elekto => elekto::write(file)?,
        Format::Debian => debian::write(file)?,
        Format::Blt => blt::write(file)?,
        Format::Preflib => preflib::write(file)?,
        Format::Abif => abif::write(file)?,
        Format::Cef => cef::write(file)?,
        Format::Json => sealed::write(file),
    };
    let found = match Format::detect(text.as_bytes()) {
        Ok(found) if found == format => return Ok(text),
        Ok(other) => format!("ballots that would be taken for `{other}`"),
        Err(Error { problem: Problem::Formats(several), .. }) if !several.is_empty() => {
            format!("ballots that could be taken for {}", any_of(&spelled(&several)))
        }
        Err(Error { problem: Problem::HeaderAlone, .. }) => "names without a ballot".to_owned(),
        Err(_) => format!("ballots that would not be taken for `{format}`"),
    };
    Err(Unwritable { format, found, remedy: "`json` can hold them" })
}

/// These formats with their spellings.
fn spelled(formats: &[Format]) -> Vec<(Format, &'static str)> {
    Format::ALL.into_iter().filter(|(format, _)| formats.contains(format)).collect()
}
