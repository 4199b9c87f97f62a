//! Events from a pipe: put on disk, gzipped or not, and told apart by hour. A pipe
//! cannot say whether it is whole, so its hours are partial ones.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use chrono::NaiveDateTime;
use flate2::{Compression, write::GzEncoder};

use super::{
    SourceError, Sources,
    envelope::parse_instant,
    legacy,
    lines::{Ends, Limits, Line, Lines, LinesError},
};

/// Why nothing of a pipe was read.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("what is piped cannot be kept in {0}: {1}")]
    Disk(PathBuf, io::Error),
    #[error("what is piped cannot be read: {0}")]
    Lines(#[from] LinesError),
    #[error(transparent)]
    Folder(#[from] SourceError),
    #[error("no line of what is piped is an event")]
    NoEvents,
}

/// Puts a stream into files of `folder`, one for each hour that an event names; a
/// line that is no event goes with the one before it.
pub fn spool(input: impl Read, folder: &Path, limits: Limits) -> Result<Sources, SpoolError> {
    let disk = |error| SpoolError::Disk(folder.to_owned(), error);
    let whole = folder.join("piped.gz");
    keep(input, &whole).map_err(disk)?;
    let mut lines = Lines::open(&whole, Ends::Object, limits).map_err(disk)?;
    let first = loop {
        match lines.next()? {
            Some(Line::Text(line)) if hour_of(line).is_some() => break hour_of(line),
            Some(_) => {}
            None => return Err(SpoolError::NoEvents),
        }
    };
    let mut hours = Hours { folder, hour: first.unwrap_or_default(), file: None };
    let mut lines = Lines::open(&whole, Ends::Object, limits).map_err(disk)?;
    while let Some(line) = lines.next()? {
        let (Line::Text(line) | Line::TooLong(line)) = line;
        hours.write(line).map_err(disk)?;
    }
    hours.finish().map_err(disk)?;
    std::fs::remove_file(&whole).map_err(disk)?;
    Ok(Sources::folder_of_parts(folder)?)
}

/// As it is if it is gzip, else gzipped.
fn keep(input: impl Read, path: &Path) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let is_gzip = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut file = File::create(path)?;
    if is_gzip {
        io::copy(&mut input, &mut file)?;
        return Ok(());
    }
    let mut gzip = GzEncoder::new(file, Compression::fast());
    io::copy(&mut input, &mut gzip)?;
    gzip.finish()?;
    Ok(())
}

/// The hour of an event, as the archive would name its file.
fn hour_of(line: &[u8]) -> Option<NaiveDateTime> {
    let mut modern = String::new();
    let event = legacy::parse(line.trim_ascii(), &mut modern).ok()?;
    Some(parse_instant(&event.created_at.0).ok()?.naive_local())
}

/// The file of the present hour; going back to an earlier one adds to it.
struct Hours<'a> {
    folder: &'a Path,
    hour: NaiveDateTime,
    file: Option<GzEncoder<File>>,
}

impl Hours<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let name = |hour: NaiveDateTime| hour.format("%Y-%m-%d-%-H.json.gz").to_string();
        let hour = hour_of(line).unwrap_or(self.hour);
        if name(hour) != name(self.hour) {
            self.finish()?;
        }
        self.hour = hour;
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let file = File::options().create(true).append(true).open(self.folder.join(name(hour)))?;
            self.file.insert(GzEncoder::new(file, Compression::fast()))
        };
        file.write_all(line)?;
        file.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.file.take() {
            Some(file) => file.finish().map(drop),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: &str) -> String {
        format!(
            r#"{{"type":"WatchEvent","actor":{{"id":1,"login":"a"}},"repo":{{"id":2,"name":"a/b"}},"created_at":"{at}"}}"#
        )
    }

    #[test]
    fn a_stream_is_told_apart_by_hour_gzipped_or_not() {
        let (one, two) = (event("2016-01-01T01:59:59Z"), event("2016-01-01T02:00:00Z"));
        let text = format!("nonsense\n{one}{two}\n{one}\n");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        for input in [text.into_bytes(), gzip.finish().unwrap()] {
            let dir = tempfile::tempdir().unwrap();
            let sources = spool(&input[..], dir.path(), Limits::default()).unwrap();
            let mut texts = Vec::new();
            for file in sources.hours.into_values().flatten() {
                assert!(file.partial);
                let mut text = String::new();
                let file = File::open(file.place.to_string()).unwrap();
                flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
                texts.push(text);
            }
            assert_eq!(texts, [format!("nonsense\n{one}\n\n{one}\n"), format!("{two}\n")]);
        }
    }

    #[test]
    fn a_stream_without_an_event_or_cut_off_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let refused = |input: &[u8]| spool(input, dir.path(), Limits::default()).unwrap_err().to_string();
        assert_eq!(refused(b""), "no line of what is piped is an event");
        assert_eq!(refused(b"<html>\n"), "no line of what is piped is an event");
        assert!(refused(&[0x1f, 0x8b, 8]).contains("cut off"));
    }
}
