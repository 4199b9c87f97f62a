use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Job, LEASE, NewJob, pause};

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

/// Takes up to `limit` due jobs, oldest first, under a lease.
pub async fn claim(db: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<Job>> {
    sqlx::query_as!(
        Job,
        "update job set leased_until = $2
         where job_id in (
            select job_id from job
            where run_at <= $1 and (leased_until is null or leased_until < $1)
            order by run_at, job_id
            limit $3
            for update skip locked)
         returning job_id, kind, payload, attempts",
        now,
        now + LEASE,
        limit,
    )
    .fetch_all(db)
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
