//! Why a file cannot be read, and why an election cannot be written.

use std::{borrow::Cow, error, fmt};

use super::Format;
use crate::ballot::BallotError;
use crate::explain::visible;
use crate::rules::any_of;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// The place in the line, in characters from 1.
    pub column: usize,
    /// What was found there, and what was expected.
    pub problem: Problem,
}

/// What was found in a file instead of what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing at all.
    Empty,
    /// A byte that is not part of UTF-8 text.
    NotUtf8(u8),
    /// A column without a name.
    NoName,
    /// A name that was given before.
    SameName(String),
    /// A quoted name that does not end.
    OpenQuote,
    /// Something other than a comma or the end of the line after a name.
    AfterName(char),
    /// A row with more or fewer cells than there are candidates.
    Cells {
        /// Cells of the row.
        found: usize,
        /// Cells of the header, or of the first row.
        expected: usize,
    },
    /// A cell that is neither a rank nor blank.
    Rank {
        /// The cell.
        found: String,
        /// How the format writes a blank.
        blank: &'static str,
    },
    /// A count that is not a whole number.
    Count(String),
    /// The end of the file, where it has to go on; holds what was expected.
    CutOff(&'static str),
    /// A header of names with no row below it, in a file of which nobody said the format.
    HeaderAlone,
    /// An election that cannot be counted.
    Ballots(BallotError),
    /// A file that could be any of these, or of no known format.
    Formats(Vec<Format>),
    /// Anything else.
    Expected {
        /// What the format has there.
        expected: Cow<'static, str>,
        /// What the file has there; empty at the end of a line or of the file.
        found: String,
    },
}

impl Error {
    /// A problem at a byte of the file.
    pub(super) fn at(bytes: &[u8], offset: usize, problem: Problem) -> Self {
        let (line, column) = locate(&bytes[..offset]);
        Self { line, column, problem }
    }
}

/// The line and column of whatever comes after these bytes.
fn locate(before: &[u8]) -> (usize, usize) {
    let (lines, last) = before.iter().fold((1, 0), |(line, start), byte| match byte {
        b'\n' => (line + 1, 0),
        // Not a continuation of the character before.
        byte if byte & 0xC0 != 0x80 => (line, start + 1),
        _ => (line, start),
    });
    (lines, last + 1)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, visible(&self.problem.to_string()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "expected candidates' names and ballots, found nothing"),
            Self::NotUtf8(byte) => write!(f, "expected UTF-8 text, found the byte 0x{byte:02X}"),
            Self::NoName => write!(f, "expected a candidate's name, found nothing"),
            Self::SameName(name) => write!(f, "expected another name, found `{name}` again"),
            Self::OpenQuote => write!(f, "expected a closing quote, found the end of the file"),
            Self::AfterName(found) => {
                write!(f, "expected a comma or the end of the line, found {found:?}")
            }
            Self::Cells { found, expected } => {
                write!(f, "expected {expected} cells, one for each name, found {found}")
            }
            Self::Rank { found, blank } => {
                let most = u32::MAX;
                write!(f, "expected a rank from 1 to {most}, or `{blank}` for a blank, found `{found}`")
            }
            Self::Count(found) => {
                write!(f, "expected how often the ballot was cast, found `{found}`")
            }
            Self::CutOff(expected) => write!(f, "expected {expected}, found the end of the file: it is cut off"),
            Self::HeaderAlone => write!(
                f,
                "expected a row of ranks for each ballot below the candidates' names, found no row: with --format csv \
                 it is an election without ballots"
            ),
            Self::Ballots(error) => error.fmt(f),
            Self::Formats(could_be) if could_be.is_empty() => {
                write!(f, "expected {}, found none of them: say which with --format", any_of(&Format::ALL))
            }
            Self::Formats(could_be) => {
                let could_be = any_of(&super::spelled(could_be));
                write!(f, "expected one format, found what could be {could_be}: say which with --format")
            }
            Self::Expected { expected, found } if found.is_empty() => {
                write!(f, "expected {expected}, found nothing")
            }
            Self::Expected { expected, found } => write!(f, "expected {expected}, found `{found}`"),
        }
    }
}

impl error::Error for Error {}

/// What an election has that a format cannot hold, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// The format.
    pub format: Format,
    /// What it cannot hold, or what it needs.
    pub found: String,
    /// Which formats can, or what to say.
    pub remedy: &'static str,
}

impl Unwritable {
    /// Something that only the formats which hold everything can hold.
    pub(super) fn new(format: Format, found: impl Into<String>) -> Self {
        Self { format, found: found.into(), remedy: "`csv` and `json` can hold it" }
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { format, found, remedy } = self;
        write!(f, "expected what `{format}` can hold, found {found}: {remedy}")
    }
}

impl error::Error for Unwritable {}
