//! A gzip file as a stream of lines in bounded memory: never whole, never more
//! than a line's limit, and no bomb is followed to its end.

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

/// The lines of a gzip file.
#[derive(Debug)]
pub struct Lines {
    gzip: MultiGzDecoder<BufReader<Summing>>,
    limits: Limits,
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
    pub fn open(path: &Path, limits: Limits) -> io::Result<Self> {
        let file = BufReader::with_capacity(CHUNK, Summing::new(File::open(path)?));
        let gzip = MultiGzDecoder::new(file);
        Ok(Self {
            gzip,
            limits,
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
            if let Some(at) = memchr(b'\n', &text[searched..]) {
                let line = self.start..self.start + searched + at;
                self.start = line.end + 1;
                return Ok(Some(Line::Text(&self.buffer[line])));
            }
            searched = text.len();
            if self.ended {
                let line = self.start..self.end;
                self.start = self.end;
                return Ok((!line.is_empty()).then(|| Line::Text(&self.buffer[line])));
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
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += at + 1;
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

fn damaged(error: io::Error) -> LinesError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => LinesError::Truncated,
        _ => LinesError::Damaged(error),
    }
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
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut lines = Lines::open(file.path(), limits).unwrap();
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
    fn a_bomb_is_not_followed_to_its_end() {
        let zeros = gzip(&vec![b'\n'; 8 << 20]);
        let limits = Limits { grace: 1 << 20, ..Limits::default() };
        assert!(matches!(read(&zeros, limits), Err(LinesError::Bomb(200))));
        let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
        assert!(matches!(read(&zeros, limits), Err(LinesError::TooLarge(_))));
    }
}
