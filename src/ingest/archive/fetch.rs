//! An hour from a server to a file: what broke off goes on where it stopped, what
//! fails is tried again after a growing pause, and only what is whole is handed on.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rand::RngExt;
use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_RANGE, ETAG, HeaderMap, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER},
    redirect::Policy,
};
use tokio::io::AsyncWriteExt;

use super::{
    lines::{self, Limits, LinesError},
    part::Part,
    sums::Sums,
};
use crate::{clock::Clock, random::Random};

/// Packed bytes of one hour; the largest so far has 170 MB.
const MOST_BYTES: u64 = 2 << 30;
/// A server that asks for more is asked again in the next run.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How long to wait, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection, and for each next piece of an answer.
    pub stall: Duration,
    pub tries: u32,
    /// Before the second try, at most; doubled before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { stall: Duration::from_secs(30), tries: 6, pause: Duration::from_secs(2) }
    }
}

/// What became of an address.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It is here, whole; whoever reads it removes it.
    File { path: PathBuf, etag: Option<String> },
    /// It is the version that is known.
    Same,
    /// There is none, or none yet.
    Missing,
}

/// Why an hour was not fetched. What came of it stays for the next time.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("it cannot be put into {0}: {1}")]
    Disk(PathBuf, io::Error),
    #[error("another process is fetching it into {0}")]
    Busy(PathBuf),
    #[error("the server answers {status}")]
    Status { status: StatusCode, wait: Option<Duration> },
    #[error("the server cannot be asked: {0}")]
    Request(String),
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    #[error("the server goes on at another byte than was asked for")]
    WrongRange,
    #[error("the answer has more than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    #[error("what arrived does not have the checksum that the server states")]
    Checksum,
    #[error(transparent)]
    Gzip(#[from] LinesError),
}

impl FetchError {
    /// Whether it may go better next time.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
            Self::Disk(..) | Self::Busy(_) | Self::TooLarge => false,
            _ => true,
        }
    }
}

/// Fetches hours into a folder.
#[derive(Debug)]
pub struct Fetcher {
    client: Client,
    folder: PathBuf,
    patience: Patience,
    clock: Clock,
    random: Random,
}

impl Fetcher {
    /// Fetches into `folder`, which is made when it is needed.
    pub fn new(folder: PathBuf, patience: Patience, clock: Clock, random: Random) -> Result<Self, FetchError> {
        // Somebody else may have installed it; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("hustings/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(patience.stall)
            .read_timeout(patience.stall)
            .redirect(Policy::limited(3))
            .build()
            .map_err(|error| FetchError::Request(said(&error)))?;
        Ok(Self { client, folder, patience, clock, random })
    }

    /// Fetches an address, unless its version is the known one.
    pub async fn fetch(&self, url: &str, known: Option<&str>) -> Result<Fetched, FetchError> {
        let mut tried = 1;
        loop {
            match self.attempt(url, known).await {
                Err(error) if error.may_pass() && tried < self.patience.tries => {
                    let pause = self.pause(tried, &error);
                    tracing::debug!(url, tried, error = %error, ?pause, "an hour did not come; it is tried again");
                    tokio::time::sleep(pause).await;
                    tried += 1;
                }
                done => return done,
            }
        }
    }

    /// Doubled after each try, less up to half of it by chance, so that many do not
    /// come back at once; longer if the server asks for it.
    fn pause(&self, tried: u32, error: &FetchError) -> Duration {
        let most = self.patience.pause.saturating_mul(1 << (tried - 1).min(16));
        let some = most.mul_f64(self.random.with(|rng| rng.random_range(0.5..=1.0)));
        let asked = match error {
            FetchError::Status { wait: Some(wait), .. } => *wait,
            _ => Duration::ZERO,
        };
        some.max(asked).min(LONGEST_PAUSE)
    }

    async fn attempt(&self, url: &str, known: Option<&str>) -> Result<Fetched, FetchError> {
        let mut part = Part::open(&self.folder, url)?;
        let mut request = self.client.get(url);
        if let Some(etag) = part.resumable() {
            request = request.header(RANGE, format!("bytes={}-", part.bytes)).header(IF_RANGE, etag);
        } else if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(|error| FetchError::Request(said(&error)))?;
        match response.status() {
            StatusCode::OK => part.begin(text(response.headers(), ETAG.as_str()))?,
            StatusCode::PARTIAL_CONTENT if goes_on_at(&response, part.bytes) => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                part.remove();
                return Err(FetchError::WrongRange);
            }
            StatusCode::NOT_MODIFIED => return Ok(Fetched::Same),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Fetched::Missing),
            status => return Err(FetchError::Status { status, wait: self.retry_after(response.headers()) }),
        }
        self.receive(response, part).await
    }

    /// Writes the answer behind what is there, and looks whether it is whole.
    async fn receive(&self, mut response: Response, mut part: Part) -> Result<Fetched, FetchError> {
        let length = response.content_length().map(|rest| part.bytes + rest);
        let sums = Sums::stated(response.headers());
        let mut file = part.append()?;
        let poured = pour(&mut response, &mut part, &mut file).await;
        // Also when it broke off: the next try goes on at the end of the file.
        file.flush().await.map_err(|error| part.disk(error))?;
        poured?;
        let path = part.path().to_owned();
        let check = move || check(&path, &sums, length.is_some());
        let checked = tokio::task::spawn_blocking(check).await.map_err(|error| part.disk(error.into()))?;
        match checked {
            Ok(()) => part.finish(),
            Err(error) => {
                part.remove();
                Err(error)
            }
        }
    }

    /// Seconds, or an instant.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let wait = text(headers, RETRY_AFTER.as_str())?;
        if let Ok(seconds) = wait.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = chrono::DateTime::parse_from_rfc2822(&wait).ok()?;
        (until.to_utc() - self.clock.now()).to_std().ok()
    }
}

async fn pour(response: &mut Response, part: &mut Part, file: &mut tokio::fs::File) -> Result<(), FetchError> {
    while let Some(chunk) = response.chunk().await.map_err(|error| FetchError::BrokeOff(said(&error)))? {
        part.bytes += chunk.len() as u64;
        if part.bytes > MOST_BYTES {
            return Err(FetchError::TooLarge);
        }
        file.write_all(&chunk).await.map_err(|error| part.disk(error))?;
    }
    Ok(())
}

/// A checksum vouches for the file, or else its length, or else the gzip itself.
fn check(path: &Path, sums: &Sums, has_length: bool) -> Result<(), FetchError> {
    if !sums.hold(path).map_err(|error| FetchError::Disk(path.to_owned(), error))? {
        return Err(FetchError::Checksum);
    }
    if sums.is_empty() && !has_length {
        lines::unpack(path, Limits::default())?;
    }
    Ok(())
}

fn goes_on_at(response: &Response, byte: u64) -> bool {
    let range = text(response.headers(), CONTENT_RANGE.as_str()).unwrap_or_default();
    range
        .strip_prefix("bytes ")
        .and_then(|range| range.split_once('-'))
        .is_some_and(|(from, _)| from.parse() == Ok(byte))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The innermost cause says what was wrong; the outer ones only repeat the address.
fn said(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
