//! The ledger of the archive: what was read of each hour, and what could not be.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    ingest::archive::{Batch, Origin, READER},
    stats,
};

/// An hour that this reader, or a later one, has read.
pub(in crate::ingest) struct KnownHour {
    pub sha256: Vec<u8>,
    pub etag: Option<String>,
    pub partial: bool,
}

/// What is known of an hour that was read.
pub(in crate::ingest) async fn known(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    reader: i16,
) -> sqlx::Result<Option<KnownHour>> {
    sqlx::query_as!(
        KnownHour,
        r#"select sha256 as "sha256!", etag, status = 'partial' as "partial!"
           from archive_hour
           where hour = $1 and scope = $2 and status in ('done', 'partial') and reader >= $3"#,
        hour,
        scope,
        reader
    )
    .fetch_optional(db)
    .await
}

/// Notes an hour that is there but unreadable. What was read before stays.
pub(in crate::ingest) async fn note_failed(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    problem: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into archive_hour (hour, scope, status, problem, read_at) values ($1, $2, 'failed', $3, $4)
         on conflict on constraint archive_hour_pkey do update
         set status = 'failed', problem = excluded.problem, read_at = excluded.read_at
         where archive_hour.status not in ('done', 'partial')",
        hour,
        scope,
        problem,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes hours that were looked for and are not there.
pub(in crate::ingest) async fn note_missing(
    db: &mut PgConnection,
    hours: &[DateTime<Utc>],
    scope: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into archive_hour (hour, scope, status, read_at)
         select hour, $2, 'missing', $3 from unnest($1::timestamptz[]) hour
         on conflict on constraint archive_hour_pkey do nothing",
        hours,
        scope,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a filter that never kept anything out of the ledger.
pub(in crate::ingest) async fn forget_scope(db: &mut PgConnection, scope: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from archive_hour
         where scope = $1 and not exists (select from archive_hour where scope = $1 and events > 0)",
        scope
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from archive_day where scope = $1 and not exists (select from archive_hour where scope = $1)",
        scope
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes an hour's row of the ledger, with its types, bad lines and unknown events.
/// Of two readings the whole one stays, then the longer one, then one of them
/// whatever the order: its facts have gone in all the same.
pub(in crate::ingest) async fn write_ledger(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    batch: &Batch,
    origin: &Origin,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let counts = &batch.counts;
    let written = sqlx::query!(
        "insert into archive_hour (hour, scope, status, sha256, bytes, lines, events, ids, bad_lines, unknown_lines,
                                   same_fact, actors, repos, reader, read_at, behind, etag)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict on constraint archive_hour_pkey do update
         set status = excluded.status, problem = null, sha256 = excluded.sha256, bytes = excluded.bytes,
             lines = excluded.lines, events = excluded.events, ids = excluded.ids, bad_lines = excluded.bad_lines,
             unknown_lines = excluded.unknown_lines, same_fact = excluded.same_fact, actors = excluded.actors,
             repos = excluded.repos, reader = excluded.reader, read_at = excluded.read_at,
             behind = excluded.behind, etag = excluded.etag
         where archive_hour.status in ('missing', 'failed') or excluded.reader > archive_hour.reader
            or (excluded.status = 'done', excluded.lines, excluded.sha256)
               > (archive_hour.status = 'done', archive_hour.lines, archive_hour.sha256)",
        hour,
        scope,
        if origin.partial { "partial" } else { "done" },
        &batch.sha256[..],
        batch.bytes.cast_signed(),
        counts.lines,
        counts.events,
        counts.ids,
        counts.bad_lines,
        counts.unknown_lines,
        counts.same_fact,
        counts.actors,
        counts.repos,
        READER,
        now,
        batch.behind,
        origin.etag
    )
    .execute(&mut *db)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(());
    }
    write_types(db, hour, scope, batch).await?;
    stats::rollup::count_days(db, scope, &[hour]).await?;
    write_quarantine(db, hour, scope, batch).await?;
    write_unknown(db, hour, scope, batch).await
}

async fn write_types(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    let (types, counts): (Vec<String>, Vec<i32>) = batch.counts.by_type.clone().into_iter().unzip();
    sqlx::query!("delete from archive_hour_type where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    sqlx::query!(
        "insert into archive_hour_type (hour, scope, event_type, events)
         select $1, $2, t.* from unnest($3::text[], $4::integer[]) t",
        hour,
        scope,
        &types,
        &counts
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_quarantine(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    sqlx::query!("delete from quarantine where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    let lines: Vec<i32> = batch.quarantine.iter().map(|bad| bad.line).collect();
    let reasons: Vec<&str> = batch.quarantine.iter().map(|bad| bad.reason.as_str()).collect();
    let excerpts: Vec<&str> = batch.quarantine.iter().map(|bad| bad.excerpt.as_str()).collect();
    sqlx::query!(
        "insert into quarantine (hour, scope, line, reason, excerpt)
         select $1, $2, q.* from unnest($3::integer[], $4::text[], $5::text[]) q",
        hour,
        scope,
        &lines,
        &reasons as &[&str],
        &excerpts as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_unknown(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    sqlx::query!("delete from unknown_event where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    let lines: Vec<i32> = batch.unknown.iter().map(|unknown| unknown.line).collect();
    let types: Vec<&str> = batch.unknown.iter().map(|unknown| unknown.event_type.as_str()).collect();
    let bodies: Vec<&str> = batch.unknown.iter().map(|unknown| unknown.body.as_str()).collect();
    sqlx::query!(
        "insert into unknown_event (hour, scope, line, event_type, body)
         select $1, $2, u.* from unnest($3::integer[], $4::text[], $5::text[]) u",
        hour,
        scope,
        &lines,
        &types as &[&str],
        &bodies as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}
