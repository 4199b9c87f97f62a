//! Our own ballots file: a header with the names, then one row of ranks for each ballot.
//!
//! ```text
//! #count,Ada,Ben,"Cy, of Rome"
//! 120,1,2,-
//! 88,2,1,1
//! ```
//!
//! Ranks are whole numbers from 1, best first; `-` or nothing is a blank. A first column `#count`
//! says how often each ballot was cast, once without it. Names are quoted as in RFC 4180; cells
//! may be quoted or have spaces around them, and empty lines are skipped.

use std::{mem, num::NonZeroUsize, ops::Range, thread};

use super::{Error, Problem, detect, text};
use crate::ballot::{Election, Rank};
use crate::profile::Profile;

/// The name of the column that holds counts.
pub(super) const COUNT: &str = "#count";

/// Bytes of ballots below which another thread costs more than it brings.
const BYTES_PER_THREAD: usize = 1 << 20;

/// How a dialect of this grammar writes what is not a rank.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// Whether a first column [`COUNT`] holds counts.
    pub(super) counts: bool,
    /// What a blank is called.
    pub(super) blank: &'static str,
    /// Whether an empty cell is a blank too.
    pub(super) empty: bool,
}

/// Our own dialect.
const OURS: Dialect = Dialect { counts: true, blank: "-", empty: true };

/// A problem and the byte it begins at.
type Fault = (usize, Problem);

/// Reads a file, on all cores where it is large.
///
/// ```
/// use tally::formats::csv;
///
/// let election = csv::read(b"#count,Ada,Ben\n3,1,2\n4,-,1\n").unwrap();
/// assert_eq!(election.candidates, ["Ada", "Ben"]);
/// assert_eq!(election.profile.ballots(), 7);
///
/// let error = csv::read(b"Ada,Ben\n1,2\n1,second\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 3, column 3: expected a rank from 1 to 4294967295, or `-` for a blank, \
///      found `second`"
/// );
/// ```
///
/// # Errors
///
/// At the first thing in the file that is not as this module describes it, or when the election
/// is too large to be counted. Nothing is partly read.
pub fn read(bytes: &[u8]) -> Result<Election, Error> {
    read_as(bytes, OURS)
}

/// Reads a file in a dialect.
pub(super) fn read_as(bytes: &[u8], dialect: Dialect) -> Result<Election, Error> {
    let text = text::text(bytes)?;
    read_text(text, dialect).map_err(|(offset, problem)| Error::at(text.as_bytes(), offset, problem))
}

/// Writes a file that [`read`] reads back; with a column of counts if any is not 1, or if the
/// names could be ranks.
///
/// ```
/// use tally::formats::csv;
///
/// let file = "#count,Ada,\"Ben \"\"Benny\"\"\"\n3,1,2\n4,-,1\n";
/// let election = csv::read(file.as_bytes()).unwrap();
/// assert_eq!(csv::write(&election), file);
/// ```
#[must_use]
pub fn write(election: &Election) -> String {
    let confusing =
        election.candidates.first().is_some_and(|name| name == COUNT) || !detect::tells(&election.candidates);
    let counted = confusing || election.profile.iter().any(|(_, count)| count != 1);
    let line = |count: String, cells: Vec<String>| {
        let count = counted.then_some(count);
        count.into_iter().chain(cells).collect::<Vec<_>>().join(",") + "\n"
    };
    let names = election.candidates.iter().map(|name| quote(name)).collect();
    let cell = |rank: &Option<Rank>| rank.map_or("-".to_owned(), |rank| rank.get().to_string());
    let ballots = election.profile.iter();
    let rows = ballots.map(|(ranks, count)| line(count.to_string(), ranks.iter().map(cell).collect()));
    line(COUNT.to_owned(), names) + &rows.collect::<String>()
}

pub(super) fn quote(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

fn read_text(text: &str, dialect: Dialect) -> Result<Election, Fault> {
    let (mut columns, body) = header(text)?;
    let counted = dialect.counts && columns[0].1 == COUNT;
    columns.drain(..usize::from(counted));
    text::check_names(&columns)?;
    let layout = Layout { candidates: columns.len(), counted, dialect };
    let profile = ballots(text.as_bytes(), body, layout)?;
    Ok(Election { candidates: columns.into_iter().map(|(_, name)| name).collect(), profile })
}

/// Reads the header: where each name begins, the name, and where its line ends.
pub(super) fn header(text: &str) -> Result<(Vec<(usize, String)>, usize), Fault> {
    let mut names = Vec::new();
    let mut at = 0;
    loop {
        let (name, end) = name(text, at)?;
        names.push((at, name));
        let rest = &text[end..];
        match rest.chars().next() {
            Some(',') => at = end + 1,
            Some('\n') | None => return Ok((names, end)),
            Some('\r') if rest.starts_with("\r\n") => return Ok((names, end)),
            Some(found) => return Err((end, Problem::AfterName(found))),
        }
    }
}

/// Reads the name that begins at a byte, and where it ends.
fn name(text: &str, start: usize) -> Result<(String, usize), Fault> {
    let Some(mut rest) = text[start..].strip_prefix('"') else {
        let length = text[start..].find([',', '\n', '\r']).unwrap_or(text.len() - start);
        return Ok((text[start..start + length].to_owned(), start + length));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"').ok_or((start, Problem::OpenQuote))?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => rest = after,
            None => return Ok((name, text.len() - after.len())),
        }
        name.push('"');
    }
}

/// What each row has.
#[derive(Clone, Copy)]
struct Layout {
    candidates: usize,
    counted: bool,
    dialect: Dialect,
}

/// Reads the rows that begin at a byte, a share of them on each core.
fn ballots(bytes: &[u8], body: usize, layout: Layout) -> Result<Profile, Fault> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min((bytes.len() - body) / BYTES_PER_THREAD).max(1);
    let parts: Vec<_> = thread::scope(|scope| {
        let shares = shares(bytes, body, threads).into_iter();
        let work: Vec<_> = shares.map(|share| scope.spawn(move || rows(bytes, share, layout))).collect();
        work.into_iter().map(|part| part.join().expect("reading does not panic")).collect()
    });
    let at_end = |error| (bytes.len(), Problem::Ballots(error));
    let mut all = Profile::new(layout.candidates).map_err(|error| (0, Problem::Ballots(error)))?;
    for part in parts {
        all.append(part?).map_err(at_end)?;
    }
    Ok(all)
}

/// Cuts the rows that begin at a byte into runs of about the same length.
fn shares(bytes: &[u8], body: usize, shares: usize) -> Vec<Range<usize>> {
    let mut start = body;
    let share = |n| {
        let aim = start.max(body + (bytes.len() - body) / shares * n);
        let newline = bytes[aim..].iter().position(|byte| *byte == b'\n');
        let end = newline.filter(|_| n < shares).map_or(bytes.len(), |length| aim + length + 1);
        mem::replace(&mut start, end)..end
    };
    (1..=shares).map(share).collect()
}

fn rows(bytes: &[u8], share: Range<usize>, layout: Layout) -> Result<Profile, Fault> {
    let mut at = share.start;
    let mut profile = Profile::new(layout.candidates).map_err(|e| (0, Problem::Ballots(e)))?;
    let mut ranks = Vec::with_capacity(layout.candidates);
    for line in bytes[share].split(|byte| *byte == b'\n') {
        if !line.trim_ascii().is_empty() {
            let count = row(line, layout, &mut ranks).map_err(|(offset, p)| (at + offset, p))?;
            profile.push(&ranks, count).map_err(|error| (at, Problem::Ballots(error)))?;
        }
        at += line.len() + 1;
    }
    Ok(profile)
}

/// Reads the ranks of a row, and returns its count.
fn row(line: &[u8], layout: Layout, ranks: &mut Vec<Option<Rank>>) -> Result<u64, Fault> {
    let mut cells = line.split(|byte| *byte == b',');
    let mut at = 0;
    let mut count = 1;
    if layout.counted {
        let cell = cells.next().unwrap_or_default();
        count = number(strip(cell)).ok_or_else(|| (0, Problem::Count(found(cell))))?;
        at = cell.len() + 1;
    }
    ranks.clear();
    for cell in cells {
        ranks.push(rank(cell, layout.dialect).map_err(|problem| (at, problem))?);
        at += cell.len() + 1;
    }
    let counted = usize::from(layout.counted);
    let (found, expected) = (ranks.len() + counted, layout.candidates + counted);
    if found == expected { Ok(count) } else { Err((0, Problem::Cells { found, expected })) }
}

fn rank(cell: &[u8], dialect: Dialect) -> Result<Option<Rank>, Problem> {
    let digit = |byte: u8| u32::from(byte - b'0');
    match *cell {
        // Nearly every cell there is.
        [a @ b'1'..=b'9'] => Ok(Rank::new(digit(a))),
        [a @ b'1'..=b'9', b @ b'0'..=b'9'] => Ok(Rank::new(digit(a) * 10 + digit(b))),
        _ => unusual_rank(strip(cell), dialect),
    }
}

fn unusual_rank(cell: &[u8], dialect: Dialect) -> Result<Option<Rank>, Problem> {
    if cell == dialect.blank.as_bytes() || dialect.empty && cell.is_empty() {
        return Ok(None);
    }
    let number = number(cell).and_then(|number| u32::try_from(number).ok());
    let wrong = || Problem::Rank { found: found(cell), blank: dialect.blank };
    number.and_then(Rank::new).map(Some).ok_or_else(wrong)
}

/// Takes spaces and a pair of quotes from a cell.
fn strip(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell)
}

fn found(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell.trim_ascii()).into_owned()
}

fn number(digits: &[u8]) -> Option<u64> {
    let append = |number: u64, byte: &u8| {
        let digit = char::from(*byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, append) }
}

#[cfg(test)]
mod tests;
