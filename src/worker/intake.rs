//! Reading by the clock: each hour of the archive once it is out, GitHub's lists of
//! what is followed every hour, and every night what is missing.

use anyhow::Context;
use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    app::App,
    db::{self, LockClass},
    ingest::{
        self, Wanted,
        api::{self, Subject},
        archive::{self, Quiet},
        queue::{Hours, JOB_ARCHIVE},
    },
    jobs::{self, Job, NewJob},
    stats::{self, Window, window::hour_of, window::midnight},
};

const JOB_API: &str = "api";
const JOB_HEAL: &str = "heal";
/// The kinds of job that read activity.
pub(super) const JOBS: &[&str] = &[JOB_ARCHIVE, JOB_API, JOB_HEAL];

/// How long after its end an hour of the archive is looked for.
const PUBLICATION: TimeDelta = TimeDelta::minutes(10);
/// How far back hours are asked for every hour; what is older is left to the night.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// The lists change all the time: a round begins at half past.
const HALF_PAST: TimeDelta = TimeDelta::minutes(30);
/// When what is missing is fetched, in UTC.
const NIGHT: TimeDelta = TimeDelta::hours(3);
/// Failures after which a job is left to the next round.
const MOST_ATTEMPTS: i32 = 7;

/// Puts what is due by the clock into the queue, unless another worker does so just
/// now; says whether it was ours to do.
pub async fn schedule(app: &App) -> anyhow::Result<bool> {
    if app.intake.follows.is_empty() {
        return Ok(false);
    }
    let mut tx = app.pool.begin().await?;
    if !db::try_lock(&mut tx, LockClass::Leader, 0).await? {
        return Ok(false);
    }
    let now = app.clock.now();
    let hour = hour_of(now - PUBLICATION);
    if jobs::begin(&mut tx, JOB_ARCHIVE, hour).await? {
        recent_hours(app, &mut tx, hour).await?;
    }
    if jobs::begin(&mut tx, JOB_API, hour_of(now - HALF_PAST)).await? {
        for subject in &app.intake.follows {
            enqueue(&mut tx, JOB_API, json!({"subject": subject.to_string()}), now).await?;
        }
    }
    let night = midnight((now - NIGHT).date_naive());
    if jobs::begin(&mut tx, JOB_HEAL, night).await? {
        enqueue(&mut tx, JOB_HEAL, json!({"to": night}), now).await?;
        stats::forget_changes(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Queues the hours before `end` that are not here yet.
async fn recent_hours(app: &App, db: &mut PgConnection, end: DateTime<Utc>) -> anyhow::Result<()> {
    let (orgs, repos) = app.intake.names();
    let window = Window { from: end - RECENT, to: end };
    let coverage = stats::coverage_of(db, &stats::Subject::new(&orgs, &repos), window, end).await?;
    for gap in coverage.missing {
        let hours = (0..gap.hours()).map(|n| gap.from + TimeDelta::hours(n));
        for from in hours {
            let (source, scope) = (app.intake.archive.clone(), app.intake.scope().to_string());
            Hours { from, to: from + TimeDelta::hours(1), source, scope }.enqueue(db, app.clock.now()).await?;
        }
    }
    Ok(())
}

async fn enqueue(db: &mut PgConnection, kind: &str, payload: Value, run_at: DateTime<Utc>) -> sqlx::Result<()> {
    let unique_key = Some(format!("{kind} {payload}"));
    jobs::enqueue(db, NewJob { kind, payload, unique_key, run_at }).await
}

/// Runs a job that reads. One that keeps failing is given up: the hour stays in the
/// ledger as failed, and the night comes back to it.
pub(super) async fn run(app: &App, job: &Job) -> anyhow::Result<()> {
    let done = match job.kind.as_str() {
        JOB_ARCHIVE => hours(app, read(&job.payload)?).await,
        JOB_API => lists(app, &read::<String>(&job.payload["subject"])?).await,
        _ => missing(app, read(&job.payload["to"])?).await,
    };
    match done {
        Err(error) if job.attempts >= MOST_ATTEMPTS => {
            tracing::error!(job.kind, error = format!("{error:#}"), "given up until the next round");
            Ok(())
        }
        done => done,
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> anyhow::Result<T> {
    serde_json::from_value(value.clone()).with_context(|| format!("the payload of the job cannot be read: {value}"))
}

async fn hours(app: &App, hours: Hours) -> anyhow::Result<()> {
    let (sources, scope) = hours.sources()?;
    let options = app.intake.options(1, &app.clock, &app.random)?;
    let report = archive::ingest(&app.pool, &sources, &scope, options, &app.clock, &Quiet).await?;
    match report.failed.first() {
        Some(hour) => anyhow::bail!("{hour}"),
        None => Ok(()),
    }
}

async fn lists(app: &App, subject: &str) -> anyhow::Result<()> {
    let subject: Subject = subject.parse()?;
    let db = &mut *app.pool.acquire().await?;
    let github = app.intake.connect(db, &app.clock, &app.random).await?;
    let report = api::ingest(db, &github, &subject, None, &app.clock, &|_| ()).await?;
    match report.paused {
        Some(pause) => anyhow::bail!("GitHub's limits allow nothing before {}", pause.until),
        None => Ok(()),
    }
}

/// Heals everything that is followed, from the first hour there is.
async fn missing(app: &App, to: DateTime<Utc>) -> anyhow::Result<()> {
    let span = stats::data_span(&mut *app.pool.acquire().await?).await?;
    let from = span.map_or(to - Days::new(1), |span| span.from);
    let Ok(window) = Window::new(from, to) else { return Ok(()) };
    let (orgs, repos) = app.intake.names();
    let wanted = Wanted { window, orgs, repos };
    let healed = ingest::heal(&app.pool, &app.intake, &wanted, (1, &app.clock, &app.random), &Quiet).await?;
    let (before, after) = (healed.before.coverage.gaps().len(), healed.after.coverage.gaps().len());
    tracing::info!(gaps.before = before, gaps.after = after, "looked for what is missing");
    match healed.told.and_then(|told| told.paused) {
        Some(pause) => anyhow::bail!("GitHub's limits allow nothing before {}", pause.until),
        None => Ok(()),
    }
}
