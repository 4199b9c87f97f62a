//! Lines and files that nobody meant for us: no panic, nothing lost, and the same
//! answer twice. Each target changes real shapes at random for a second, or for as
//! many as `FUZZ_SECONDS` says.

use std::io::{Read, Write};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use proptest::{collection::vec, prelude::any};

use super::{
    batch::Reading,
    legacy,
    lines::{Ends, Limits, Line, Lines},
};
use crate::people::fuzz::{changed, fuzz};

/// An event of each dialect, and of the payloads with most in them.
const LINES: [&str; 6] = [
    r#"{"id":"7","type":"PushEvent","actor":{"id":5,"login":"ada"},"repo":{"id":2,"name":"a/b"},"org":{"id":1,"login":"a"},"payload":{"push_id":9,"head":"x"},"created_at":"2016-01-01T01:00:00Z"}"#,
    r#"{"type":"PullRequestEvent","actor":{"id":5,"login":"ada"},"repo":{"id":2,"name":"a/b"},"payload":{"action":"closed","number":3,"pull_request":{"merged":true,"merged_at":"2016-01-01T00:59:59Z","user":{"id":9,"login":"eve"}}},"created_at":"2016-01-01T01:00:00Z"}"#,
    r#"{"repo":{"url":"https://api.github.dev/repos//","name":"/"},"type":"CreateEvent","created_at":"2011-02-15T00:00:11Z","payload":{"name":"M","object":"branch","object_name":"master"},"actor":{"id":3,"login":"d"},"id":"1"}"#,
    r#"{"repository":{"name":"b","owner":"a","url":"https://github.com/a/b"},"created_at":"2012/04/11 15:01:38 -0700","actor":"X","payload":{"issue_id":4,"comment_id":5},"url":"https://github.com/a/b/issues/7#issuecomment-5","type":"IssueCommentEvent"}"#,
    r#"{"created_at":"2014-02-15T00:03:54-08:00","payload":{"pages":[{"sha":"q"}]},"type":"GollumEvent","actor":"o","repository":{"id":1,"name":"O","url":"https://github.com/O/O"}}"#,
    r#"{"type":"TeleportEvent","actor":null,"created_at":"2013-01-01T00:00:00Z"}"#,
];

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

#[test]
fn any_line_is_read_or_refused_and_twice_in_the_same_way() {
    fuzz(&(any::<u8>(), vec(any::<(u16, u8)>(), 0..8)), |(which, changes)| {
        let line = changed(LINES[usize::from(which) % LINES.len()].as_bytes(), &changes);
        let read = || {
            let (mut modern, mut reading) = (String::new(), Reading::default());
            let taken = legacy::parse(&line, &mut modern).and_then(|event| reading.take(&event, &line));
            let batch = reading.finish(([0; 32], 0));
            (taken.map_err(|error| error.to_string()), batch.counts.events, batch.gathered.facts)
        };
        let (taken, events, facts) = read();
        assert_eq!(events, i32::from(taken.is_ok()), "counted if and only if it was taken");
        assert!(taken.is_ok() || facts.is_empty(), "a refused line leaves no fact");
        assert_eq!((taken, events, facts), read());
    });
}

#[test]
fn any_gzip_gives_every_byte_of_its_text_or_an_error() {
    let whole = [gzip(LINES.join("\n").as_bytes()), gzip(LINES.concat().as_bytes())].concat();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hour.json.gz");
    let limits = Limits { line: 64 << 10, unpacked: 4 << 20, ratio: 50, grace: 1 << 20 };
    fuzz(&(vec(any::<(u16, u8)>(), 0..8), any::<Option<u16>>()), |(changes, cut)| {
        let mut bytes = changed(&whole, &changes);
        bytes.truncate(cut.map_or(bytes.len(), usize::from));
        std::fs::write(&path, &bytes).unwrap();
        let mut text = Vec::new();
        let is_gzip = MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).is_ok() && !bytes.is_empty();
        for ends in [Ends::Newline, Ends::Object] {
            match joined(&path, ends, limits) {
                Ok(lines) => assert_eq!(without_blanks(&lines), without_blanks(&text), "{ends:?}"),
                Err(error) => assert!(!is_gzip, "{error}"),
            }
        }
    });
}

fn joined(path: &std::path::Path, ends: Ends, limits: Limits) -> Result<Vec<u8>, String> {
    let mut lines = Lines::open(path, ends, limits).unwrap();
    let mut all = Vec::new();
    while let Some(line) = lines.next().map_err(|error| error.to_string())? {
        let (Line::Text(line) | Line::TooLong(line)) = line;
        all.extend_from_slice(line);
    }
    Ok(all)
}

fn without_blanks(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}
