//! The hours of a source, read and written by several workers.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use sqlx::{Connection, PgConnection, PgPool};

use super::{
    Batch, Fetched, Fetcher, HourFile, HourReport, Limits, Outcome, Place, Progress, Report, Scope, Sources, lines,
    read_hour,
};
use crate::{
    clock::Clock,
    ingest::{Writer, fact::ARCHIVE, store},
    stats,
};

/// Version of the reader; a newer one reads known hours again. 2: a closing is
/// known by the instant that the issue states.
pub const READER: i16 = 2;

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Readers, each with a connection of its own.
    pub jobs: usize,
    pub limits: Limits,
    /// For hours that are elsewhere; without one they fail.
    pub fetcher: Option<Arc<Fetcher>>,
}

impl Options {
    /// So many readers, and the usual limits.
    pub fn jobs(jobs: usize) -> Self {
        Self { jobs, limits: Limits::default(), fetcher: None }
    }
}

/// Why an ingest stopped. Hours already written stay.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("the database did not take hour {hour}: {error}", hour = .hour.format("%Y-%m-%d %H:00"))]
    Write { hour: DateTime<Utc>, error: sqlx::Error },
    #[error("the database did not answer: {0}")]
    Db(#[from] sqlx::Error),
    #[error("a reader died: {0}")]
    Reader(#[from] tokio::task::JoinError),
}

/// Reads the hours of `sources` into the database. Each hour is committed by
/// itself with its row of the ledger; known hours are passed over, and an hour
/// that cannot be read leaves nothing but a `failed` row. Any order of hours, and
/// any repetition, gives the same tables.
///
/// Takes the pool, unlike everything else below `app`, because it works on
/// several connections at once, one a reader.
///
/// # Errors
/// Only what keeps it from going on; unreadable hours are in the report.
pub async fn ingest(
    pool: &PgPool,
    sources: &Sources,
    scope: &Scope,
    options: Options,
    clock: &Clock,
    progress: &dyn Progress,
) -> Result<Report, IngestError> {
    let mut db = pool.acquire().await?;
    let run = Run {
        scope,
        options,
        clock,
        progress,
        writer: Writer::load(&mut db, ARCHIVE).await?,
        hours: Mutex::new(sources.hours.iter().filter_map(|(hour, file)| Some((*hour, file.clone()?))).collect()),
        report: Mutex::default(),
    };
    run.hours.lock().unwrap_or_else(PoisonError::into_inner).reverse();
    drop(db);
    let jobs = run.options.jobs;
    let (files, bytes) = sources.size();
    progress.begin(files, bytes);
    let most = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
    let workers = jobs.clamp(1, most.max(1)).min(files.max(1));
    try_join_all((0..workers).map(|_| run.work(pool))).await?;
    let mut report = run.report.into_inner().unwrap_or_else(PoisonError::into_inner);
    run_end(&mut *pool.acquire().await?, sources, scope, clock.now(), &mut report).await?;
    Ok(report)
}

/// What is left to do once: missing hours, the time index, unknown names.
async fn run_end(
    db: &mut PgConnection,
    sources: &Sources,
    scope: &Scope,
    now: DateTime<Utc>,
    report: &mut Report,
) -> sqlx::Result<()> {
    let missing: Vec<_> = sources.hours.iter().filter(|(_, file)| file.is_none()).map(|(hour, _)| *hour).collect();
    note_missing(db, &missing, scope, now).await?;
    report.missing += missing.len() as u64;
    if report.done > 0 {
        store::summarise_times(db).await?;
    }
    for org in scope.orgs() {
        if !stats::store::owner_is_known(db, org).await? {
            report.unknown_orgs.push(org.clone());
        }
    }
    if !report.unknown_orgs.is_empty() && report.events == 0 && report.known == 0 {
        // A slip of the pen is no filter whose hours could be missing.
        let mut tx = db.begin().await?;
        store::forget_scope(&mut tx, &scope.to_string()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Notes hours that are not there.
async fn note_missing(
    db: &mut PgConnection,
    hours: &[DateTime<Utc>],
    scope: &Scope,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (mut tx, scope) = (db.begin().await?, scope.to_string());
    store::note_missing(&mut tx, hours, &scope, now).await?;
    stats::rollup::count_days(&mut tx, &scope, hours).await?;
    tx.commit().await
}

/// Where a batch is from, for the ledger.
#[derive(Debug)]
pub(in crate::ingest) struct Origin {
    pub partial: bool,
    pub etag: Option<String>,
}

struct Run<'a> {
    scope: &'a Scope,
    options: Options,
    clock: &'a Clock,
    progress: &'a dyn Progress,
    writer: Writer,
    /// Latest first: taken from the end.
    hours: Mutex<Vec<(DateTime<Utc>, HourFile)>>,
    report: Mutex<Report>,
}

impl Run<'_> {
    /// Takes hours until none is left.
    async fn work(&self, pool: &PgPool) -> Result<(), IngestError> {
        let mut db = pool.acquire().await?;
        Writer::prepare(&mut db).await?;
        while let Some((hour, file)) = self.next() {
            let outcome = self.hour(&mut db, hour, &file).await?;
            let report = HourReport { hour, place: file.place, bytes: file.bytes, outcome };
            self.progress.hour(&report);
            self.report.lock().unwrap_or_else(PoisonError::into_inner).add(report);
        }
        Ok(())
    }

    fn next(&self) -> Option<(DateTime<Utc>, HourFile)> {
        self.hours.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn hour(&self, db: &mut PgConnection, hour: DateTime<Utc>, file: &HourFile) -> Result<Outcome, IngestError> {
        let write = |error| IngestError::Write { hour, error };
        let known = store::known(db, hour, &self.scope.to_string(), READER).await.map_err(write)?;
        match &file.place {
            Place::File(path) => {
                if let Some(known) = known.filter(|known| file.partial || !known.partial) {
                    let path = path.clone();
                    let sum = tokio::task::spawn_blocking(move || lines::sum(&path)).await?;
                    if sum.is_ok_and(|sum| sum[..] == known.sha256[..]) {
                        return Ok(Outcome::Known);
                    }
                }
                self.read(db, hour, path, Origin { partial: file.partial, etag: None }).await
            }
            Place::Address(url) => self.fetch(db, hour, url, known.and_then(|known| known.etag)).await,
        }
    }

    /// Reads an hour that is elsewhere.
    async fn fetch(
        &self,
        db: &mut PgConnection,
        hour: DateTime<Utc>,
        url: &str,
        etag: Option<String>,
    ) -> Result<Outcome, IngestError> {
        let write = |error| IngestError::Write { hour, error };
        let fetched = match &self.options.fetcher {
            Some(fetcher) => fetcher.fetch(url, etag.as_deref()).await.map_err(|error| error.to_string()),
            None => Err("there is no folder to fetch it into".to_owned()),
        };
        match fetched {
            Ok(Fetched::Same) => Ok(Outcome::Known),
            Ok(Fetched::Missing) => {
                note_missing(db, &[hour], self.scope, self.clock.now()).await.map_err(write)?;
                Ok(Outcome::Missing)
            }
            Ok(Fetched::File { path, etag }) => {
                let outcome = self.read(db, hour, &path, Origin { partial: false, etag }).await;
                // It is in the database, or it is fetched again.
                drop(std::fs::remove_file(&path));
                outcome
            }
            Err(problem) => self.fail(db, hour, problem).await.map_err(write),
        }
    }

    /// Reads the file of an hour.
    async fn read(
        &self,
        db: &mut PgConnection,
        hour: DateTime<Utc>,
        path: &Path,
        origin: Origin,
    ) -> Result<Outcome, IngestError> {
        let write = |error| IngestError::Write { hour, error };
        let (path, filter, limits) = (path.to_owned(), self.scope.clone(), self.options.limits);
        match tokio::task::spawn_blocking(move || read_hour(&path, hour, &filter, limits)).await? {
            Ok(batch) => self.write(db, hour, batch, &origin).await.map_err(write),
            Err(error) => self.fail(db, hour, error.to_string()).await.map_err(write),
        }
    }

    async fn fail(&self, db: &mut PgConnection, hour: DateTime<Utc>, problem: String) -> sqlx::Result<Outcome> {
        let (mut tx, scope) = (db.begin().await?, self.scope.to_string());
        store::note_failed(&mut tx, hour, &scope, &problem, self.clock.now()).await?;
        stats::rollup::count_days(&mut tx, &scope, &[hour]).await?;
        tx.commit().await?;
        Ok(Outcome::Failed(problem))
    }

    async fn write(
        &self,
        db: &mut PgConnection,
        hour: DateTime<Utc>,
        mut batch: Batch,
        origin: &Origin,
    ) -> sqlx::Result<Outcome> {
        let now = self.clock.now();
        self.writer.names(db, &mut batch.gathered).await?;
        let facts = loop {
            match self.write_hour(db, hour, &batch, origin, now).await {
                // Two hours that correct each other's facts; the other one went on.
                Err(error) if store::is_deadlock(&error) => {}
                done => break done?,
            }
        };
        let Batch { counts, .. } = batch;
        let n = |count: i32| u64::from(count.unsigned_abs());
        Ok(Outcome::Done {
            events: n(counts.events),
            facts,
            bad_lines: n(counts.bad_lines),
            unknown_lines: n(counts.unknown_lines),
            same_fact: n(counts.same_fact),
        })
    }

    /// Facts, roll-up and ledger of an hour, in one transaction. Says how many
    /// facts were new.
    async fn write_hour(
        &self,
        db: &mut PgConnection,
        hour: DateTime<Utc>,
        batch: &Batch,
        origin: &Origin,
        now: DateTime<Utc>,
    ) -> sqlx::Result<u64> {
        let mut tx = db.begin().await?;
        let added = self.writer.facts(&mut tx, &batch.gathered, now).await?;
        store::write_ledger(&mut tx, hour, &self.scope.to_string(), batch, origin, now).await?;
        tx.commit().await?;
        Ok(added)
    }
}
