//! The one list that matches job kinds to functions, and the loops that run them:
//! one for what people wait for, and apart from it one for each processor that reads
//! activity, which may take hours.

mod intake;

pub use intake::schedule;

use std::{num::NonZero, sync::Arc, time::Duration};

use anyhow::Context;
use futures_util::{FutureExt, StreamExt, TryFutureExt, future::join_all, stream};
use serde_json::Value;

use crate::{
    app::App,
    election::{self, close::CloseError, freeze, post},
    ingest::webhook,
    jobs::{self, Job, Lane},
    mail::{self, IN_FLIGHT, State},
};

/// Jobs taken from the queue at once.
const BATCH: i64 = 32;
/// Pause when nothing is due.
const IDLE: Duration = Duration::from_secs(1);

/// What people wait for, and what reads activity.
const PROMPT: Lane = Lane { kinds: intake::JOBS, others: true };
const READING: Lane = Lane { kinds: intake::JOBS, others: false };
/// How often the clock is looked at for what is due by it.
const ROUND: Duration = Duration::from_secs(20);
/// A job's lease is renewed when a third of it has passed.
const RENEW: Duration = Duration::from_secs(200);

/// Runs jobs until `stop` ends; then finishes those it holds.
pub async fn run(app: App, stop: impl Future<Output = ()>) {
    let stop = stop.shared();
    let readers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let reading = (0..readers).map(|_| repeat(stop.clone(), IDLE, || batch(&app, READING, 1)));
    let scheduling = repeat(stop.clone(), ROUND, || schedule(&app).map_ok(|_| 0));
    tokio::join!(repeat(stop.clone(), IDLE, || batch(&app, PROMPT, BATCH)), join_all(reading), scheduling);
}

/// Does something again and again until `stop` ends, with a pause when there was
/// nothing to do.
async fn repeat<F: Future<Output = anyhow::Result<usize>>>(
    mut stop: impl Future<Output = ()> + Unpin,
    idle: Duration,
    work: impl Fn() -> F,
) {
    loop {
        let done = work().await.unwrap_or_else(|error| {
            tracing::error!(error = format!("{error:#}"), "the worker could not reach its queue");
            0
        });
        let pause = if done == 0 { idle } else { Duration::ZERO };
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Runs every job that is due and returns how many.
pub async fn drain(app: &App) -> anyhow::Result<usize> {
    let mut done = 0;
    loop {
        match batch(app, PROMPT, BATCH).await? + batch(app, READING, 1).await? {
            0 => return Ok(done),
            n => done += n,
        }
    }
}

/// Runs the jobs due first, a few at a time, and returns how many.
async fn batch(app: &App, lane: Lane, most: i64) -> anyhow::Result<usize> {
    let jobs = jobs::claim(&mut *app.pool.acquire().await?, lane, app.clock.now(), most).await?;
    let done = jobs.len();
    let app = Arc::new(app.clone());
    stream::iter(jobs)
        .map(|job| attempt(app.clone(), job))
        .buffer_unordered(IN_FLIGHT as usize)
        .collect::<Vec<()>>()
        .await;
    Ok(done)
}

/// Runs one job; one that fails goes back into the queue with a pause.
async fn attempt(app: Arc<App>, job: Job) {
    let outcome = tokio::select! {
        outcome = dispatch(&app, &job) => outcome,
        error = hold(&app, &job) => Err(error),
    };
    let settled = match outcome {
        Ok(()) => settle(&app, &job).await,
        Err(error) => {
            tracing::warn!(
                job.kind,
                job.attempts,
                error = format!("{error:#}"),
                "a job failed; it will be tried again"
            );
            put_back(&app, &job, &format!("{error:#}")).await
        }
    };
    if let Err(error) = settled {
        tracing::error!(
            job.kind,
            error = format!("{error:#}"),
            "a job's end could not be noted; it runs again when its lease is over"
        );
    }
}

/// Renews the lease for as long as the job runs; ends only when it cannot.
async fn hold(app: &App, job: &Job) -> anyhow::Error {
    let renew = async || Ok(jobs::renew(&mut *app.pool.acquire().await?, job.job_id, app.clock.now()).await?);
    loop {
        tokio::time::sleep(RENEW).await;
        if let Err(error) = renew().await {
            return error;
        }
    }
}

async fn settle(app: &App, job: &Job) -> anyhow::Result<()> {
    jobs::finish(&mut *app.pool.acquire().await?, job.job_id).await?;
    tracing::debug!(job.id = job.job_id, job.kind, "a job is done");
    Ok(())
}

async fn put_back(app: &App, job: &Job, error: &str) -> anyhow::Result<()> {
    Ok(jobs::retry(&mut *app.pool.acquire().await?, job, app.clock.now(), error).await?)
}

async fn dispatch(app: &App, job: &Job) -> anyhow::Result<()> {
    match job.kind.as_str() {
        freeze::JOB_INVITE => invite(app, id(&job.payload, "election_id")?).await,
        freeze::JOB_CLOSE => close(app, id(&job.payload, "election_id")?).await,
        post::JOB_REMIND => remind(app, id(&job.payload, "election_id")?).await,
        post::JOB_SEND => send(app, id(&job.payload, "mail_id")?).await,
        webhook::JOB => webhook(app, &job.payload).await,
        kind if intake::JOBS.contains(&kind) => intake::run(app, job).await,
        unknown => anyhow::bail!("no function for jobs of kind {unknown:?}; an older or newer hustings enqueued it"),
    }
}

fn id(payload: &Value, field: &str) -> anyhow::Result<i64> {
    payload[field].as_i64().ok_or_else(|| anyhow::anyhow!("the payload has no number {field:?}"))
}

async fn webhook(app: &App, payload: &Value) -> anyhow::Result<()> {
    let id = payload["delivery"].as_str().context("the payload has no text \"delivery\"")?;
    let db = &mut *app.pool.acquire().await?;
    Ok(webhook::process(db, id, app.clock.now()).await?)
}

async fn invite(app: &App, election_id: i64) -> anyhow::Result<()> {
    let db = &mut *app.pool.acquire().await?;
    post::invite(db, election_id, (&app.public_url, &app.random), app.clock.now()).await?;
    Ok(())
}

async fn close(app: &App, election_id: i64) -> anyhow::Result<()> {
    let db = &mut *app.pool.acquire().await?;
    match election::close::close(db, &app.keys, &app.clock, election_id).await {
        Ok(_) | Err(CloseError::Cancelled) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Works off a reminder run: ends rows together, then sends those that are needed.
async fn remind(app: &App, election_id: i64) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        // A row that ends without its mail would be lost: first see that mail can leave.
        app.mailer.ready().await?;
        let mut db = app.pool.acquire().await?;
        let taken = post::take_reminders(&mut db, &app.keys, election_id, &app.public_url, now).await?;
        drop(db);
        let Some(mails) = taken else { return Ok(()) };
        let failed = stream::iter(mails)
            .map(|m| async move { app.mailer.send(&m.to, &m.message_id, &m.message).await.is_err() })
            .buffer_unordered(IN_FLIGHT as usize)
            .filter(|failed| std::future::ready(*failed))
            .count()
            .await;
        if failed > 0 {
            tracing::warn!(failed, "reminders were not taken by the mail server; they are not sent again");
        }
    }
}

/// Sends one mail of the outbox and notes what became of it.
async fn send(app: &App, mail_id: i64) -> anyhow::Result<()> {
    let mut db = app.pool.acquire().await?;
    let Some(row) = mail::load(&mut db, mail_id).await?.filter(|row| row.state != "sent") else { return Ok(()) };
    let composed = post::compose(&mut db, &app.keys, &row, &app.public_url, app.clock.now()).await?;
    drop(db);
    let (state, error) = match composed {
        None => (State::Failed, Some("no longer needed, or the recipient has no address any more".to_owned())),
        Some(m) => match app.mailer.send(&m.to, &m.message_id, &m.message).await {
            Ok(()) => (State::Sent, None),
            Err(e) => (if e.is_temporary() { State::Deferred } else { State::Failed }, Some(e.to_string())),
        },
    };
    let mut db = app.pool.acquire().await?;
    mail::mark(&mut db, mail_id, state, error.as_deref(), app.clock.now()).await?;
    match (state, error) {
        (State::Deferred, Some(error)) => Err(anyhow::anyhow!(error)),
        _ => Ok(()),
    }
}
