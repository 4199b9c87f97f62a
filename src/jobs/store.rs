use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Job, LEASE, Lane, NewJob, pause};

/// Puts work into the queue; with a `unique_key` that already waits, does nothing.
pub async fn enqueue(db: &mut PgConnection, job: NewJob<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into job (kind, payload, unique_key, run_at) values ($1, $2, $3, $4)
         on conflict on constraint job_unique_key do nothing",
        job.kind,
        job.payload,
        job.unique_key,
        job.run_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `limit` due jobs of a lane, oldest first, under a lease.
pub async fn claim(db: &mut PgConnection, lane: Lane, now: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<Job>> {
    sqlx::query_as!(
        Job,
        "update job set leased_until = $2
         where job_id in (
            select job_id from job
            where run_at <= $1 and (leased_until is null or leased_until < $1) and (kind = any($4)) <> $5
            order by run_at, job_id
            limit $3
            for update skip locked)
         returning job_id, kind, payload, attempts",
        now,
        now + LEASE,
        limit,
        lane.kinds as &[&str],
        lane.others,
    )
    .fetch_all(db)
    .await
}

/// Keeps a job that takes longer than a lease.
pub async fn renew(db: &mut PgConnection, job_id: i64, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update job set leased_until = $2 where job_id = $1", job_id, now + LEASE).execute(db).await?;
    Ok(())
}

/// Begins a round of a task that is done by the clock; says whether it was not begun before.
pub async fn begin(db: &mut PgConnection, task: &str, slot: DateTime<Utc>) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "insert into schedule (task, slot) values ($1, $2)
         on conflict on constraint schedule_pkey do update set slot = excluded.slot where schedule.slot < excluded.slot",
        task,
        slot
    )
    .execute(db)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// How many jobs there are, by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Could be taken now.
    pub due: i64,
    /// Held by a worker.
    pub running: i64,
    /// Failed, and waiting to be tried again.
    pub failed: i64,
    /// To be done later.
    pub later: i64,
}

/// Counts the queue.
pub async fn depth(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Depth> {
    sqlx::query_as!(
        Depth,
        r#"select count(*) filter (where state = 'due') as "due!", count(*) filter (where state = 'running') as "running!",
                  count(*) filter (where state = 'failed') as "failed!", count(*) filter (where state = 'later') as "later!"
           from (select case when leased_until >= $1 then 'running'
                             when run_at <= $1 then 'due'
                             when attempts > 0 then 'failed'
                             else 'later' end as state
                 from job) j"#,
        now
    )
    .fetch_one(db)
    .await
}

/// Removes work that is done.
pub async fn finish(db: &mut PgConnection, job_id: i64) -> sqlx::Result<()> {
    sqlx::query!("delete from job where job_id = $1", job_id).execute(db).await?;
    Ok(())
}

/// Puts failed work back, to be tried again after a pause.
pub async fn retry(db: &mut PgConnection, job: &Job, now: DateTime<Utc>, error: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update job set attempts = attempts + 1, leased_until = null, last_error = $2, run_at = $3 where job_id = $1",
        job.job_id,
        error,
        now + pause(job.attempts),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// When the next job is due, if any waits.
pub async fn next_due(db: &mut PgConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!("select min(greatest(run_at, leased_until)) from job").fetch_one(db).await
}

/// Jobs waiting, by kind.
pub async fn waiting(db: &mut PgConnection) -> sqlx::Result<Vec<(String, i64)>> {
    let rows =
        sqlx::query!(r#"select kind, count(*) as "n!" from job group by kind order by kind"#).fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| (r.kind, r.n)).collect())
}
