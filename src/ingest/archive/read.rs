//! One hour's file to a batch. Blocking: runs on a thread of its own.

use std::{io, path::Path};

use chrono::{DateTime, Datelike, Utc};

use super::{
    Scope,
    batch::{Batch, Reading},
    envelope::{Envelope, LineError},
    legacy,
    lines::{Ends, Limits, Line, Lines, LinesError},
};

/// Why an hour was not read. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum HourError {
    #[error("the file cannot be opened: {0}")]
    Open(io::Error),
    #[error(transparent)]
    Lines(#[from] LinesError),
    #[error("no line of it is an event; the first one is {0}")]
    NoEvents(String),
}

/// Reads the file of an hour.
pub fn read_hour(path: &Path, hour: DateTime<Utc>, scope: &Scope, limits: Limits) -> Result<Batch, HourError> {
    let ends = if hour.year() < 2015 { Ends::Object } else { Ends::Newline };
    let mut lines = Lines::open(path, ends, limits).map_err(HourError::Open)?;
    let mut reading = Reading::default();
    while let Some(line) = lines.next()? {
        reading.counts.lines += 1;
        match line {
            Line::Text(text) => take(&mut reading, text, scope),
            Line::TooLong(head) => reading.set_aside(&format!("longer than {} MiB", limits.line >> 20), head),
        }
    }
    match reading.first_problem() {
        Some(problem) if reading.counts.bad_lines == reading.counts.lines => {
            Err(HourError::NoEvents(problem.to_owned()))
        }
        _ => Ok(reading.finish(lines.finish())),
    }
}

/// Unpacks an hour and reads what every event has, and nothing else: what an
/// ingest is measured against.
pub fn count_events(path: &Path, limits: Limits) -> Result<u64, HourError> {
    let mut lines = Lines::open(path, Ends::Newline, limits).map_err(HourError::Open)?;
    let mut events = 0;
    while let Some(line) = lines.next()? {
        events += u64::from(matches!(line, Line::Text(text) if Envelope::parse(text).is_ok()));
    }
    Ok(events)
}

fn take(reading: &mut Reading, line: &[u8], scope: &Scope) {
    let line = line.trim_ascii();
    if line.is_empty() || !scope.might_keep(line) {
        return;
    }
    if let Err(error) = read_line(reading, line, scope) {
        reading.set_aside(&error.to_string(), line);
    }
}

fn read_line(reading: &mut Reading, line: &[u8], scope: &Scope) -> Result<(), LineError> {
    let mut modern = String::new();
    let event = legacy::parse(line, &mut modern)?;
    reading.note_zone(&event)?;
    let org = event.org.as_ref().map(|org| &*org.login.0);
    if scope.keeps(&event.repo.name.0, org) { reading.take(&event, line) } else { Ok(()) }
}
