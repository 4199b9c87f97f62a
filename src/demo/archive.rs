//! The activity as a folder of archive hours, `YYYY-MM-DD-H.json.gz`, as GH Archive serves them.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::community::{Community, instant};
use super::rhythm::HOUR;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Files, the empty ones included.
    pub hours: usize,
    pub empty_hours: usize,
    /// Lines in the files; those of the missing hour are not among them.
    pub events: usize,
    /// Compressed size of all files.
    pub bytes: usize,
    pub missing_hour: DateTime<Utc>,
    /// Lines the missing hour would have had.
    pub missing_events: usize,
}

/// Writes one file for each hour of the period but the missing one; an hour in which nothing
/// happened is an archive of no lines.
///
/// # Errors
///
/// When the folder or a file cannot be written.
pub fn write_hours(community: &Community, folder: &Path) -> Result<Summary> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let missing_hour = community.missing_hour();
    let mut summary = Summary { hours: 0, empty_hours: 0, events: 0, bytes: 0, missing_hour, missing_events: 0 };
    let mut next = 0;
    for hour in community.period.start / HOUR..community.period.end / HOUR {
        let start = hour * HOUR;
        let first = next;
        next += community.events[first..].partition_point(|event| event.at < start + HOUR);
        if instant(start) == missing_hour {
            summary.missing_events = next - first;
            continue;
        }
        let packed = pack(community, first..next).context("cannot compress an hour")?;
        let path = folder.join(file_name(instant(start)));
        fs::write(&path, &packed).with_context(|| format!("cannot write {}", path.display()))?;
        summary.count(next - first, packed.len());
    }
    Ok(summary)
}

impl Summary {
    fn count(&mut self, events: usize, bytes: usize) {
        self.hours += 1;
        self.empty_hours += usize::from(events == 0);
        self.events += events;
        self.bytes += bytes;
    }
}

/// The name of an hour's file; the hour has no leading zero.
fn file_name(hour: DateTime<Utc>) -> String {
    hour.format("%Y-%m-%d-%-H.json.gz").to_string()
}

fn pack(community: &Community, events: std::ops::Range<usize>) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for index in events {
        encoder.write_all(community.line(index).as_bytes())?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
}
