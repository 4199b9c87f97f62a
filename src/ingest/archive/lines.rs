//! A gzip file as a stream of lines in bounded memory: never whole, never more
//! than a line's limit, and no bomb is followed to its end. Some hours before 2015
//! hold their events without newlines; there a line ends with its object.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use sha2::{Digest, Sha256};

/// How much is too much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one line.
    pub line: usize,
    /// Unpacked bytes of one hour.
    pub unpacked: u64,
    /// Unpacked bytes for each packed one, once `grace` bytes are out.
    pub ratio: u64,
    pub grace: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 8 << 20, unpacked: 4 << 30, ratio: 200, grace: 64 << 20 }
    }
}

/// Why a file cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    #[error("the file is cut off: it ends in the middle of the compressed data")]
    Truncated,
    #[error("the file is damaged: {0}")]
    Damaged(io::Error),
    #[error("the file unpacks to more than {} MiB", .0 >> 20)]
    TooLarge(u64),
    #[error("the file unpacks to more than {0} times its size: this is no archive of events")]
    Bomb(u64),
}

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Text(&'a [u8]),
    /// Only the beginning of a line beyond the limit.
    TooLong(&'a [u8]),
}

const CHUNK: usize = 256 << 10;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// A newline.
    Newline,
    /// A newline, or the brace that closes an object; what is blank is no line.
    Object,
}

/// The lines of a gzip file.
#[derive(Debug)]
pub struct Lines {
    gzip: MultiGzDecoder<BufReader<Summing>>,
    limits: Limits,
    /// How far into an object we are, where objects end lines.
    object: Option<Object>,
    buffer: Vec<u8>,
    /// How a line beyond the limit began.
    head: Vec<u8>,
    /// What of the buffer is text not yet handed out.
    start: usize,
    end: usize,
    unpacked: u64,
    ended: bool,
}

impl Lines {
    /// Opens a file.
    pub fn open(path: &Path, ends: Ends, limits: Limits) -> io::Result<Self> {
        let file = BufReader::with_capacity(CHUNK, Summing::new(File::open(path)?));
        let gzip = MultiGzDecoder::new(file);
        Ok(Self {
            gzip,
            limits,
            object: (ends == Ends::Object).then(Object::default),
            buffer: vec![0; 2 * CHUNK],
            head: Vec::new(),
            start: 0,
            end: 0,
            unpacked: 0,
            ended: false,
        })
    }

    /// The next line, if there is one.
    pub fn next(&mut self) -> Result<Option<Line<'_>>, LinesError> {
        let mut searched = 0;
        loop {
            let text = &self.buffer[self.start..self.end];
            if let Some(end) = end(&mut self.object, &text[searched..]) {
                let line = self.start..self.start + searched + end.line;
                self.start += searched + end.next;
                return Ok(Some(Line::Text(&self.buffer[line])));
            }
            searched = text.len();
            if self.ended {
                let line = self.start..self.end;
                self.start = self.end;
                let blank = line.is_empty() || self.object.as_ref().is_some_and(|object| !object.begun);
                return Ok((!blank).then(|| Line::Text(&self.buffer[line])));
            }
            if searched > self.limits.line {
                return self.skip_line().map(Some);
            }
            self.fill()?;
        }
    }

    /// Passes over the rest of a line; hands out how it began.
    fn skip_line(&mut self) -> Result<Line<'_>, LinesError> {
        let text = &self.buffer[self.start..self.end];
        self.head = text[..text.len().min(CHUNK)].to_vec();
        // What is in the buffer has been searched.
        self.start = self.end;
        loop {
            if let Some(end) = end(&mut self.object, &self.buffer[self.start..self.end]) {
                self.start += end.next;
                break;
            }
            (self.start, self.end) = (0, 0);
            if self.ended {
                break;
            }
            self.fill()?;
        }
        Ok(Line::TooLong(&self.head))
    }

    /// Reads another chunk behind what is there.
    fn fill(&mut self) -> Result<(), LinesError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.resize(self.buffer.len() + self.buffer.len().max(CHUNK), 0);
        }
        let read = self.gzip.read(&mut self.buffer[self.end..]).map_err(damaged)?;
        self.end += read;
        self.unpacked += read as u64;
        self.ended = read == 0;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), LinesError> {
        let Limits { unpacked, ratio, grace, .. } = self.limits;
        if self.unpacked > unpacked {
            return Err(LinesError::TooLarge(unpacked));
        }
        let packed = self.gzip.get_ref().get_ref().bytes;
        if self.unpacked > grace && self.unpacked / packed.max(1) > ratio {
            return Err(LinesError::Bomb(ratio));
        }
        Ok(())
    }

    /// How many bytes the file has, and their SHA-256. Only after its end.
    pub fn finish(self) -> ([u8; 32], u64) {
        let file = self.gzip.into_inner().into_inner();
        (file.hash.finalize().into(), file.bytes)
    }
}

/// How long a line is, and where the next one begins.
#[derive(Debug, PartialEq, Eq)]
struct End {
    line: usize,
    next: usize,
}

fn end(object: &mut Option<Object>, text: &[u8]) -> Option<End> {
    match object {
        None => memchr(b'\n', text).map(|at| End { line: at, next: at + 1 }),
        Some(object) => object.end(text),
    }
}

/// Braces opened and not yet closed, outside of strings; kept from chunk to chunk.
#[derive(Debug, Default)]
struct Object {
    depth: u64,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Object {
    fn end(&mut self, text: &[u8]) -> Option<End> {
        for (at, &byte) in text.iter().enumerate() {
            let closed = self.step(byte);
            // No string holds a newline, and no hour one inside of an object: what
            // is broken ends there, and does not take the next line with it.
            if closed || (byte == b'\n' && self.begun) {
                *self = Self::default();
                return Some(End { line: at + usize::from(closed), next: at + 1 });
            }
        }
        None
    }

    /// Whether this byte closes the object.
    fn step(&mut self, byte: u8) -> bool {
        self.begun |= !byte.is_ascii_whitespace();
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' => self.depth += 1,
            b'}' if self.depth > 0 => self.depth -= 1,
            _ => return false,
        }
        byte == b'}' && self.depth == 0
    }
}

fn damaged(error: io::Error) -> LinesError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => LinesError::Truncated,
        _ => LinesError::Damaged(error),
    }
}

/// Unpacks a file to its end, to see whether it has one.
pub fn unpack(path: &Path, limits: Limits) -> Result<(), LinesError> {
    let mut lines = Lines::open(path, Ends::Newline, limits).map_err(LinesError::Damaged)?;
    while lines.next()?.is_some() {}
    Ok(())
}

/// The SHA-256 of a file, by the way.
pub fn sum(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = Summing::new(File::open(path)?);
    let mut chunk = vec![0; CHUNK];
    while file.read(&mut chunk)? > 0 {}
    Ok(file.hash.finalize().into())
}

#[derive(Debug)]
struct Summing {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Summing {
    fn new(file: File) -> Self {
        Self { file, hash: Sha256::new(), bytes: 0 }
    }
}

impl Read for Summing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buf)?;
        self.hash.update(&buf[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use tempfile::NamedTempFile;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::best());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    fn read(bytes: &[u8], limits: Limits) -> Result<Vec<String>, LinesError> {
        read_until(Ends::Newline, bytes, limits)
    }

    fn read_until(ends: Ends, bytes: &[u8], limits: Limits) -> Result<Vec<String>, LinesError> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut lines = Lines::open(file.path(), ends, limits).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next()? {
            all.push(match line {
                Line::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Line::TooLong(head) => format!("too long: {}", String::from_utf8_lossy(&head[..3])),
            });
        }
        assert_eq!(lines.finish(), (sum(file.path()).unwrap(), bytes.len() as u64));
        Ok(all)
    }

    #[test]
    fn members_of_one_file_are_one_text() {
        let bytes = [gzip(b"one\ntw"), gzip(b"o\n\nlast")].concat();
        assert_eq!(read(&bytes, Limits::default()).unwrap(), ["one", "two", "", "last"]);
    }

    #[test]
    fn a_file_cut_off_anywhere_is_truncated() {
        let whole = gzip(b"one\ntwo\nthree\n");
        for cut in [0, 5, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            assert!(matches!(read(&whole[..cut], Limits::default()), Err(LinesError::Truncated)), "{cut}");
        }
    }

    #[test]
    fn garbage_is_damaged() {
        assert!(matches!(read(b"this is not gzip at all", Limits::default()), Err(LinesError::Damaged(_))));
        let mut bytes = gzip(b"one\ntwo\nthree\n");
        let at = bytes.len() - 6;
        bytes[at] ^= 1;
        assert!(matches!(read(&bytes, Limits::default()), Err(LinesError::Damaged(_))));
    }

    #[test]
    fn a_line_beyond_the_limit_does_not_stop_the_next_ones() {
        let long = "x".repeat(3 << 20);
        let limits = Limits { line: 1 << 20, ..Limits::default() };
        let text = format!("a\n{long}\nb\n{long}\n{long}");
        assert_eq!(
            read(&gzip(text.as_bytes()), limits).unwrap(),
            ["a", "too long: xxx", "b", "too long: xxx", "too long: xxx"]
        );
    }

    #[test]
    fn lines_of_every_length_come_out_whole() {
        let lines: Vec<_> = (0..60).map(|n| "y".repeat(n * 9973)).chain(["end".to_owned()]).collect();
        assert_eq!(read(&gzip(lines.join("\n").as_bytes()), Limits::default()).unwrap(), lines);
    }

    #[test]
    fn objects_without_newlines_are_told_apart() {
        for (text, lines) in [
            (r#"{"a":{"b":"}{"}}{"c":"\\\"}"}[1]"#, vec![r#"{"a":{"b":"}{"}}"#, r#"{"c":"\\\"}"}"#, "[1]"]),
            ("{}\n\n {}\r\n", vec!["{}", "\n\n {}"]),
            ("{}\n{\"a\":", vec!["{}", "\n{\"a\":"]),
            // A broken line does not take the next one with it.
            ("{\"a\":\"\n{}", vec!["{\"a\":\"", "{}"]),
            ("}{}", vec!["}{}"]),
        ] {
            let read = read_until(Ends::Object, &gzip(text.as_bytes()), Limits::default()).unwrap();
            assert_eq!(read, lines, "{text}");
        }
    }

    #[test]
    fn objects_are_told_apart_across_chunks_and_beyond_the_limit() {
        let object = |n: usize| format!("{{\"x\":\"{}\\\"\"}}", "}{".repeat(n));
        let lines: Vec<_> = (0..60).map(|n| object(n * 4993)).collect();
        assert_eq!(read_until(Ends::Object, &gzip(lines.concat().as_bytes()), Limits::default()).unwrap(), lines);
        let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        let limits = Limits { line: 1 << 10, ..Limits::default() };
        let text = [object(1), deep, object(2), object(1 << 20), object(3)].concat();
        let read = read_until(Ends::Object, &gzip(text.as_bytes()), limits).unwrap();
        let short = [object(1), object(2), object(3)];
        assert_eq!(
            read.iter().filter(|line| !line.starts_with("too long")).collect::<Vec<_>>(),
            short.iter().collect::<Vec<_>>()
        );
        assert_eq!(read.len(), 5);
    }

    #[test]
    fn a_bomb_is_not_followed_to_its_end() {
        let zeros = gzip(&vec![b'\n'; 8 << 20]);
        let limits = Limits { grace: 1 << 20, ratio: 50, ..Limits::default() };
        assert!(matches!(read(&zeros, limits), Err(LinesError::Bomb(50))));
        let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
        assert!(matches!(read(&zeros, limits), Err(LinesError::TooLarge(_))));
    }
}
