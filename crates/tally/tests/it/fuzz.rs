//! Readers meet bytes that nobody meant for them: no panic, nothing out of proportion, and what
//! was read is the same after it was written and read again.
//!
//! Each target replays `corpus/`, then changes its files at random for a second, or for as many
//! as `FUZZ_SECONDS` says. Proptest draws the changes and shrinks what fails: on stable Rust no
//! fuzzer is guided by coverage, and the corpus and the words below stand in for that.

use std::time::{Duration, Instant};
use std::{env, fs, path::Path};

use crate::common::orders::{orders, sums};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use tally::formats::{self, Format};

/// What means something in one of the formats, or is just too large.
const WORDS: [&str; 40] = [
    "0",
    "1",
    "2",
    "-",
    ",",
    "\n",
    " ",
    "#",
    "=",
    ">",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    "/",
    "|",
    "^",
    "*",
    "X",
    "(",
    ")",
    ";",
    "V: ",
    "#/",
    "#count",
    "No opinion",
    "/EMPTY_RANKING/",
    "Option 1->: ",
    "# NUMBER ALTERNATIVES: ",
    "null",
    "# candidates: [",
    "\\",
    "\u{e9}",
    "\0",
    "4000000",
    "18446744073709551615",
    "18446744073709551616",
    "||",
];

/// A change: where, which, and with what or how much.
type Change = (u16, u8, u8);

/// A file of the corpus and what becomes of it.
type Input = (u8, Vec<Change>);

fn corpus(format: Format) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(format.to_string());
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a file")).collect()
}

fn everything() -> Vec<Vec<u8>> {
    Format::ALL.into_iter().flat_map(|(format, _)| corpus(format)).collect()
}

fn changed(corpus: &[Vec<u8>], (file, changes): &Input) -> Vec<u8> {
    let mut bytes = corpus[usize::from(*file) % corpus.len()].clone();
    for (place, kind, much) in changes {
        let at = usize::from(*place) % (bytes.len() + 1);
        let end = (at + usize::from(much % 16)).min(bytes.len());
        let word = WORDS[usize::from(*much) % WORDS.len()].bytes();
        match kind % 5 {
            0 => drop(bytes.splice(at..at, word)),
            1 => drop(bytes.splice(at..end, word)),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part));
            }
            _ => bytes.insert(at, *much),
        }
    }
    bytes
}

/// Calls a target with one input after the other, until its time is over.
#[expect(clippy::disallowed_methods, reason = "a variable of the tests' own")]
fn fuzz(target: impl Fn(Input)) {
    let seconds = env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(1));
    let change = (any::<u16>(), any::<u8>(), any::<u8>());
    let input = (any::<u8>(), vec(change, 0..12));
    while Instant::now() < end {
        let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
        let run = TestRunner::new(config).run(&input, |input| {
            target(input);
            Ok(())
        });
        run.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Reads a file, and what was written of it.
fn survives(bytes: &[u8], format: Option<Format>) {
    let Ok(file) = formats::read(bytes, format) else { return };
    assert!(file.election.candidates.len() <= bytes.len());
    assert!(file.election.profile.iter().count() <= bytes.len());
    for (format, _) in Format::ALL {
        // A line for each of ten million ballots is not out of proportion, but it is slow.
        if file.election.profile.ballots() > 1_000 && matches!(format, Format::Elekto | Format::Debian) {
            continue;
        }
        let Ok(text) = formats::write(&file, format) else { continue };
        let again =
            formats::read(text.as_bytes(), Some(format)).unwrap_or_else(|error| panic!("{format}: {error}\n{text}"));
        assert_eq!(again.election.candidates, file.election.candidates, "{format}: {text}");
        assert_eq!(sums(orders(&again)), sums(orders(&file)), "{format}: {text}");
    }
}

macro_rules! targets {
    ($($name:ident: $corpus:expr, $format:expr;)*) => {$(
        #[test]
        fn $name() {
            let corpus = $corpus;
            for bytes in &corpus {
                survives(bytes, $format);
            }
            fuzz(|input| survives(&changed(&corpus, &input), $format));
        }
    )*};
}

targets! {
    csv: corpus(Format::Csv), Some(Format::Csv);
    civs: corpus(Format::Civs), Some(Format::Civs);
    elekto: corpus(Format::Elekto), Some(Format::Elekto);
    debian: corpus(Format::Debian), Some(Format::Debian);
    blt: corpus(Format::Blt), Some(Format::Blt);
    preflib: corpus(Format::Preflib), Some(Format::Preflib);
    abif: corpus(Format::Abif), Some(Format::Abif);
    cef: corpus(Format::Cef), Some(Format::Cef);
    json: corpus(Format::Json), Some(Format::Json);
    detected: everything(), None;
}

#[test]
fn every_file_of_the_corpus_is_taken_for_its_format() {
    for (format, _) in Format::ALL {
        for bytes in corpus(format) {
            assert_eq!(Format::detect(&bytes), Ok(format), "{}", String::from_utf8_lossy(&bytes));
            assert!(formats::read(&bytes, None).is_ok(), "{format}");
        }
    }
}
