//! Where the hours are: files, folders of them, or a range looked for in a folder
//! or on a server.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::address::{PUBLIC, Template, TemplateError};
use crate::stats::{Window, WindowError, parse_instant, window::midnight};

/// From here on files are named by UTC.
const FIRST_OF_2015: NaiveDate = NaiveDate::from_ymd_opt(2015, 1, 1).expect("a day");

/// The hours to read, in order, each with its place or without one.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(super) hours: BTreeMap<DateTime<Utc>, Option<HourFile>>,
}

/// The file of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourFile {
    pub place: Place,
    /// 0 when it is not known yet.
    pub bytes: u64,
    /// It may be a part of the hour only.
    pub partial: bool,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    Address(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Address(url) => f.write_str(url),
        }
    }
}

impl HourFile {
    fn there(path: PathBuf, bytes: u64) -> Self {
        Self { place: Place::File(path), bytes, partial: false }
    }

    fn away(url: String) -> Self {
        Self { place: Place::Address(url), bytes: 0, partial: false }
    }
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no file or folder {0}")]
    NotThere(PathBuf),
    #[error("no hour is in {0}: an hour is a file called like 2016-01-01-15.json.gz")]
    NoHours(PathBuf),
    #[error("{0} is not called like an hour, e.g. 2016-01-01-15.json.gz")]
    NotAnHour(PathBuf),
    #[error("{0} cannot be read: {1}")]
    Io(PathBuf, io::Error),
    #[error(transparent)]
    Window(#[from] WindowError),
    #[error(
        "{0:?} is no range of hours; write 2016-01-01-1..2016-01-01-6 (both included) or 2016-01-01T01..2016-01-01T07"
    )]
    NotARange(String),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("{0} does not end like an hour, e.g. /2016-01-01-15.json.gz; for many hours give a range and --source")]
    NotAnHourThere(String),
    #[error("that is {0} hours; a range of more than 200,000 is probably a slip")]
    TooMany(i64),
}

impl SourceError {
    /// Whether something that was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotThere(_) | Self::NoHours(_))
    }

    /// Whether the question was not one.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::NotThere(_) | Self::NoHours(_) | Self::Io(..))
    }
}

impl Sources {
    /// What people write: files, folders, addresses, and ranges of hours that are
    /// looked for in `source`: a folder, or the template of an address.
    pub fn parse(inputs: &[String], source: Option<&str>) -> Result<Self, SourceError> {
        let source = source.unwrap_or(PUBLIC);
        let mut all = Self::default();
        for input in inputs {
            let path = Path::new(input);
            let more = match input.split_once("..") {
                Some((from, to)) if !path.exists() && !input.contains('/') => Self::window(range(from, to)?, source)?,
                _ if is_address(input) => Self::address(input)?,
                _ => Self::path(path)?,
            };
            all.merge(more);
        }
        Ok(all)
    }

    /// A range of hours as people write it.
    pub fn parse_range(text: &str) -> Result<Window, SourceError> {
        let (from, to) = text.split_once("..").ok_or_else(|| SourceError::NotARange(text.to_owned()))?;
        range(from, to)
    }

    /// A file or a folder. Holes between a folder's first and last hour are
    /// missing hours.
    pub fn path(path: &Path) -> Result<Self, SourceError> {
        let meta = fs::metadata(path).map_err(|_| SourceError::NotThere(path.to_owned()))?;
        if meta.is_dir() {
            let mut sources = Self { hours: folder(path)? };
            let span = sources.hours.keys().next().copied().zip(sources.hours.keys().last().copied());
            let Some((first, last)) = span else { return Err(SourceError::NoHours(path.to_owned())) };
            sources.fill((first, last));
            return Ok(sources);
        }
        let hour = hour_of(path).ok_or_else(|| SourceError::NotAnHour(path.to_owned()))?;
        Ok(Self { hours: [(hour, Some(HourFile::there(path.to_owned(), meta.len())))].into() })
    }

    /// One hour on a server.
    fn address(url: &str) -> Result<Self, SourceError> {
        let hour = hour_of(Path::new(url)).ok_or_else(|| SourceError::NotAnHourThere(url.to_owned()))?;
        Ok(Self { hours: [(hour, Some(HourFile::away(url.to_owned())))].into() })
    }

    /// The hours of a window on a server; which of them are there, it will say.
    pub fn addresses(window: Window, template: &Template) -> Result<Self, SourceError> {
        let mut sources = Self::default();
        sources.fill(hours_of(window)?);
        for (hour, file) in &mut sources.hours {
            *file = Some(HourFile::away(template.url(*hour)));
        }
        Ok(sources)
    }

    /// The hours of some gaps, looked for in a folder or on a server. Before 2015 a
    /// file is named by Pacific time, 7 or 8 hours behind its hour.
    pub fn of_gaps(gaps: &[Window], source: &str) -> Result<Self, SourceError> {
        let mut all = Self::default();
        for gap in gaps {
            let behind = if gap.from < midnight(FIRST_OF_2015) { (8, 7) } else { (0, 0) };
            let named = Window::new(gap.from - Duration::hours(behind.0), gap.to - Duration::hours(behind.1))?;
            all.merge(Self::window(named, source)?);
        }
        Ok(all)
    }

    /// The hours of a window, looked for in a folder or on a server.
    pub fn window(window: Window, source: &str) -> Result<Self, SourceError> {
        if is_address(source) {
            Self::addresses(window, &Template::parse(source)?)
        } else {
            Self::range(window, Path::new(source))
        }
    }

    /// What is in a folder of hours that may be parts.
    pub(super) fn folder_of_parts(path: &Path) -> Result<Self, SourceError> {
        let mut sources = Self { hours: folder(path)? };
        for file in sources.hours.values_mut().flatten() {
            file.partial = true;
        }
        Ok(sources)
    }

    /// The hours of a window, looked for in a folder.
    pub fn range(window: Window, path: &Path) -> Result<Self, SourceError> {
        let (first, last) = hours_of(window)?;
        if !path.is_dir() {
            return Err(SourceError::NotThere(path.to_owned()));
        }
        let mut hours = folder(path)?;
        hours.retain(|hour, _| (first..=last).contains(hour));
        let mut sources = Self { hours };
        sources.fill((first, last));
        Ok(sources)
    }

    /// How many hours have a file, and how many bytes those are.
    pub fn size(&self) -> (usize, u64) {
        let files = self.hours.values().flatten();
        files.fold((0, 0), |(n, bytes), file| (n + 1, bytes + file.bytes))
    }

    /// Notes every hour of an inclusive span; those without a file are missing.
    fn fill(&mut self, (first, last): (DateTime<Utc>, DateTime<Utc>)) {
        let mut hour = first;
        while hour <= last {
            self.hours.entry(hour).or_default();
            hour += Duration::hours(1);
        }
    }

    /// Adds others; a file wins over a hole.
    fn merge(&mut self, other: Self) {
        for (hour, file) in other.hours {
            let own = self.hours.entry(hour).or_default();
            *own = file.or(own.take());
        }
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The first and the last hour of a window.
fn hours_of(window: Window) -> Result<(DateTime<Utc>, DateTime<Utc>), SourceError> {
    if window.hours() > 200_000 {
        return Err(SourceError::TooMany(window.hours()));
    }
    Ok((window.first_hour(), window.last_hour_end() - Duration::hours(1)))
}

fn folder(path: &Path) -> Result<BTreeMap<DateTime<Utc>, Option<HourFile>>, SourceError> {
    let io = |error| SourceError::Io(path.to_owned(), error);
    let mut hours = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Some(hour) = hour_of(&entry.path()) else { continue };
        let meta = fs::metadata(entry.path()).map_err(io)?;
        if meta.is_file() {
            hours.insert(hour, Some(HourFile::there(entry.path(), meta.len())));
        }
    }
    Ok(hours)
}

/// `2016-01-01-15.json.gz` to its hour.
fn hour_of(path: &Path) -> Option<DateTime<Utc>> {
    parse_hour(path.file_name()?.to_str()?.strip_suffix(".json.gz")?)
}

/// `2016-01-01-15`, as GH Archive names its hours.
fn parse_hour(text: &str) -> Option<DateTime<Utc>> {
    let (date, hour) = text.rsplit_once('-')?;
    let date: NaiveDate = (date.len() == 10).then(|| date.parse().ok())??;
    let hour: u8 = (hour.len() <= 2).then(|| hour.parse().ok())??;
    (hour < 24).then(|| midnight(date) + Duration::hours(i64::from(hour)))
}

/// Hours as GH Archive names them are both included; instants are half-open.
fn range(from: &str, to: &str) -> Result<Window, SourceError> {
    match (parse_hour(from), parse_hour(to)) {
        (Some(from), Some(to)) => Ok(Window::new(from, to + Duration::hours(1))?),
        (None, None) => {
            let no = |_| SourceError::NotARange(format!("{from}..{to}"));
            Ok(Window::new(parse_instant(from).map_err(no)?, parse_instant(to).map_err(no)?)?)
        }
        _ => Err(SourceError::NotARange(format!("{from}..{to}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_known_by_its_file_s_name() {
        assert_eq!(hour_of(Path::new("/x/2016-01-01-3.json.gz")), Some(parse_instant("2016-01-01T03").unwrap()));
        assert_eq!(hour_of(Path::new("2016-01-01-03.json.gz")), Some(parse_instant("2016-01-01T03").unwrap()));
        for no in [
            "2016-01-01-24.json.gz",
            "2016-01-01.json.gz",
            "x-2016-01-01-3.json.gz",
            "2016-01-01-3.json",
            "2016-01-01--3.json.gz",
        ] {
            assert_eq!(hour_of(Path::new(no)), None, "{no}");
        }
    }

    #[test]
    fn a_range_may_be_written_in_two_ways() {
        let six = Window::parse("2016-01-01T01", "2016-01-01T07").unwrap();
        assert_eq!(range("2016-01-01-1", "2016-01-01-6").unwrap(), six);
        assert_eq!(range("2016-01-01T01", "2016-01-01T07").unwrap(), six);
        assert!(matches!(range("2016-01-01-6", "2016-01-01-1"), Err(SourceError::Window(_))));
        assert!(matches!(range("2016-01-01-6", "2016-01-02"), Err(SourceError::NotARange(_))));
    }

    #[test]
    fn holes_of_a_folder_and_of_a_range_are_missing_hours() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["2016-01-01-1.json.gz", "2016-01-01-4.json.gz", "README.md"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let there = |sources: Sources| sources.hours.values().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(there(Sources::path(dir.path()).unwrap()), [true, false, false, true]);
        let folder = dir.path().to_str().unwrap();
        let range = Sources::parse(&["2016-01-01-0..2016-01-01-2".into()], Some(folder)).unwrap();
        assert_eq!(range.size(), (1, 1));
        assert_eq!(there(range), [false, true, false]);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let parse = |input: &str, folder| Sources::parse(&[input.to_owned()], folder).unwrap_err();
        let empty = parse(dir.path().to_str().unwrap(), None);
        assert!(empty.is_not_found() && empty.to_string().starts_with("no hour is in"), "{empty}");
        assert!(parse("/no/such/folder", None).is_not_found());
        assert!(matches!(parse("https://data.gharchive.org", None), SourceError::NotAnHourThere(_)));
        assert!(matches!(
            parse("2016-01-01-0..2016-01-01-2", Some("https://data.gharchive.org")),
            SourceError::Template(_)
        ));
    }

    #[test]
    fn hours_of_an_address_are_places_to_look_at() {
        let there = |inputs: &str, source| {
            let sources = Sources::parse(&[inputs.to_owned()], source).unwrap();
            sources.hours.into_values().map(|file| file.unwrap().place.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            there("2016-01-01-9..2016-01-01-10", None),
            ["https://data.gharchive.org/2016-01-01-9.json.gz", "https://data.gharchive.org/2016-01-01-10.json.gz"]
        );
        assert_eq!(there("http://x/y/2016-01-01-09.json.gz", None), ["http://x/y/2016-01-01-09.json.gz"]);
    }
}
