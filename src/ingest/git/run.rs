//! A repository, read whole: once for whom it names, in a short transaction of
//! their own, and once for its facts, in one transaction with the ledger.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use gix::ObjectId;
use sqlx::{Connection, PgConnection};
use tokio::{sync::mpsc, task::JoinError};

use super::{
    commit,
    history::{GitError, History},
    place::{Place, Subject, SubjectError},
    store::{self, Row},
    walk::walk,
};
use crate::{
    clock::Clock,
    ingest::{Fact, Gathered, Gathering, Writer, fact::GIT, store as facts},
    people::store::{Mapped, replace_mailmap},
    stats::Kind,
};

/// Version of the reader; a newer one reads known repositories again.
const READER: i16 = 1;
/// So many facts are sent to the database at once.
const BATCH: usize = 20_000;
/// At most this many problems of one reading are kept; all are counted.
const KEPT: usize = 10_000;

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Subject(#[from] SubjectError),
    #[error("{0} says nothing of which repository it is: name it with --repository owner/name")]
    Nameless(String),
    #[error(
        "{0} was not seen yet, so its number is not known: read an hour of the archive or the API that names it, or give the number with --repository-id (it is the id in https://api.github.com/repos/{0})"
    )]
    Unknown(String),
    #[error("the database did not answer: {0}")]
    Db(#[from] sqlx::Error),
    #[error("a reader died: {0}")]
    Reader(#[from] JoinError),
}

/// What became of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Read before, and the same: nothing was done.
    pub known: bool,
    pub commits: u64,
    pub merges: u64,
    /// New ones.
    pub facts: u64,
    /// Stand-ins: each name and address.
    pub people: u64,
    /// Commits with something that could not be read.
    pub bad_commits: u64,
    /// The copy does not reach back to the beginning.
    pub shallow: bool,
}

/// The repository that a place is of: by the name, or by the place's own, and by
/// the number that a source has named, or by the given one.
pub async fn find(
    db: &mut PgConnection,
    place: &Place,
    name: Option<&str>,
    repo_id: Option<i64>,
) -> Result<Subject, IngestError> {
    let name = match name {
        Some(name) => Subject::check(name)?,
        None => place.repository().ok_or_else(|| IngestError::Nameless(place.to_string()))?,
    };
    let known = match repo_id {
        Some(id) => Some(id),
        None => store::repo_by_name(db, &name).await?,
    };
    match known {
        Some(known) => Ok(Subject { repo_id: known, name, is_told: repo_id.is_some() }),
        None => Err(IngestError::Unknown(name)),
    }
}

/// Reads every commit of a repository's branches, but for what was committed before
/// `since`. All of it is committed at once; the same state again is passed over.
///
/// # Errors
/// Whatever it is, nothing of the repository was taken but names.
pub async fn ingest(
    db: &mut PgConnection,
    place: &Place,
    subject: &Subject,
    since: Option<DateTime<Utc>>,
    mirrors: &Path,
    clock: &Clock,
) -> Result<Report, IngestError> {
    let (place, mirrors) = (place.clone(), mirrors.to_owned());
    let history = tokio::task::spawn_blocking(move || History::open(&place, &mirrors)).await??;
    let run =
        Arc::new(Run { digest: history.digest(since), history, subject: subject.clone(), since, now: clock.now() });
    if store::is_known(db, subject.repo_id, &run.digest, READER).await? {
        return Ok(Report { known: true, shallow: run.is_shallow(), ..Report::default() });
    }
    let surveying = run.clone();
    let mut survey = tokio::task::spawn_blocking(move || surveying.survey()).await??;
    let writer = Writer::load(db, GIT).await?;
    Writer::prepare(db).await?;
    writer.names(db, &mut std::mem::take(&mut survey.names).finish()).await?;
    let added = loop {
        match run.clone().write(db, &writer, &survey).await {
            // Another source corrected the same facts; it went on.
            Err(IngestError::Db(error)) if facts::is_deadlock(&error) => {}
            done => break done?,
        }
    };
    Ok(Report { facts: added, shallow: run.is_shallow(), ..survey.report })
}

struct Run {
    history: History,
    digest: [u8; 32],
    subject: Subject,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

/// Whom a repository names, and what the ledger says of it.
#[derive(Default)]
struct Survey {
    names: Gathering,
    mailmap: Vec<Mapped>,
    span: Option<(i64, i64)>,
    bad: Vec<(String, String)>,
    report: Report,
}

impl Run {
    fn is_shallow(&self) -> bool {
        !self.history.shallow.is_empty()
    }

    /// Calls `each` with what every commit says that is not too old.
    fn read(&self, mut each: impl FnMut(&ObjectId, commit::Reading) -> bool) -> Result<(), GitError> {
        let floor = self.since.map(|since| since.timestamp());
        walk(&self.history, |id, data, mainline| {
            let reading = commit::read(&self.subject, id, data, mainline);
            let is_old = floor.zip(reading.committed_at).is_some_and(|(floor, at)| at < floor);
            is_old || each(id, reading)
        })
    }

    fn survey(&self) -> Result<Survey, GitError> {
        let mut survey = Survey::default();
        self.read(|id, reading| {
            survey.take(id, reading, self.subject.repo_id);
            true
        })?;
        survey.report.people = survey.names.authors.len() as u64;
        let day = self.history.head_at().map(|at| at.min(self.now).date_naive()).unwrap_or_default();
        if self.subject.is_told {
            survey.names.see_repo(self.subject.repo_id, &self.subject.name, None, day);
        }
        for entry in self.history.mailmap() {
            // A name of its own is the label of today; without one there is at least a row.
            let day = if entry.is_named { day } else { NaiveDate::default() };
            entry.meant.note_address(day, &mut survey.names);
            let (address, name, meant) = (entry.address, entry.name, entry.meant.address());
            survey.mailmap.push(Mapped { address, name, meant });
        }
        Ok(survey)
    }

    /// Facts, ledger and mailmap, in one transaction. Says how many facts were new.
    async fn write(
        self: Arc<Self>,
        db: &mut PgConnection,
        writer: &Writer,
        survey: &Survey,
    ) -> Result<u64, IngestError> {
        let mut tx = db.begin().await?;
        let (sender, mut batches) = mpsc::channel(1);
        let run = self.clone();
        let reader = tokio::task::spawn_blocking(move || run.send(&sender));
        let mut added = 0;
        while let Some(gathered) = batches.recv().await {
            store::clear_stage(&mut tx).await?;
            added += writer.facts(&mut tx, &gathered, self.now).await?;
        }
        reader.await??;
        let row = self.row(survey);
        facts::lock_names(&mut tx, facts::Names::Accounts).await?;
        if store::is_newest(&mut tx, &row).await? {
            replace_mailmap(&mut tx, row.repo_id, &survey.mailmap).await?;
        }
        store::write_ledger(&mut tx, &row, self.now).await?;
        store::keep_bad(&mut tx, row.repo_id, &survey.bad).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Sends all facts, a batch at a time, for as long as somebody listens. Several
    /// commits may name one pull request: merges go last, together.
    fn send(&self, batches: &mpsc::Sender<Gathered>) -> Result<(), GitError> {
        let (mut batch, mut merges) = (Gathering::default(), Gathering::default());
        self.read(|_, reading| {
            let (merge, roles): (Vec<Fact>, Vec<Fact>) =
                reading.facts.into_iter().partition(|fact| fact.kind == Kind::PrMerged);
            merges.facts.extend(merge);
            batch.facts.extend(roles);
            batch.facts.len() < BATCH || batches.blocking_send(std::mem::take(&mut batch).finish()).is_ok()
        })?;
        for rest in [batch, merges] {
            // Who does not listen any more knows why.
            let _ = batches.blocking_send(rest.finish());
        }
        Ok(())
    }

    fn row<'a>(&'a self, survey: &Survey) -> Row<'a> {
        let count = |n: u64| i32::try_from(n).unwrap_or(i32::MAX);
        let instant = |at: i64| DateTime::from_timestamp(at, 0);
        Row {
            repo_id: self.subject.repo_id,
            digest: &self.digest,
            head: self.history.head.map(|head| head.to_string()),
            head_at: self.history.head_at(),
            tips: count(self.history.tips.len() as u64),
            commits: count(survey.report.commits),
            merges: count(survey.report.merges),
            bad_commits: count(survey.report.bad_commits),
            first_at: survey.span.and_then(|(first, _)| instant(first)),
            last_at: survey.span.and_then(|(_, last)| instant(last)),
            shallow: self.is_shallow(),
            since: self.since,
            reader: READER,
        }
    }
}

impl Survey {
    fn take(&mut self, id: &ObjectId, reading: commit::Reading, repo_id: i64) {
        self.report.commits += 1;
        self.report.merges += u64::from(reading.is_merge);
        self.report.bad_commits += u64::from(!reading.problems.is_empty());
        if let Some(at) = reading.committed_at {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        reading.note(repo_id, &mut self.names);
        let kept = KEPT.saturating_sub(self.bad.len());
        self.bad.extend(reading.problems.into_iter().take(kept).map(|reason| (id.to_string(), reason)));
    }
}
