//! The ledger as `stats` reads it; `ingest` writes it.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::stats::{Kind, LedgerHour, LedgerSummary, Page, QuarantinedLine, Window, hours::LedgerDay};

/// The ledger's days, both ends included, by day.
pub(in crate::stats) async fn ledger_days(
    db: &mut PgConnection,
    (first, last): (NaiveDate, NaiveDate),
) -> sqlx::Result<Vec<LedgerDay>> {
    sqlx::query_as!(
        LedgerDay,
        r#"select day, scope, lines as "lines!: Vec<Option<i32>>", types, events from archive_day
           where day >= $1 and day <= $2 order by day, scope collate "C""#,
        first,
        last
    )
    .fetch_all(db)
    .await
}

/// Every filter that hours were ever looked for with.
pub(in crate::stats) async fn scopes(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"select distinct scope collate "C" as "scope!" from archive_day order by 1"#)
        .fetch_all(db)
        .await
}

/// The end of the latest hour that is done.
pub(in crate::stats) async fn as_of(db: &mut PgConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        r#"select day::timestamp at time zone 'UTC' + n * interval '1 hour' as "end!"
           from archive_day, unnest(lines) with ordinality h (lines, n)
           where h.lines is not null
           order by day desc, n desc limit 1"#
    )
    .fetch_optional(db)
    .await
}

/// From the first to the end of the last hour that is done.
pub(in crate::stats) async fn data_span(db: &mut PgConnection) -> sqlx::Result<Option<Window>> {
    let from = sqlx::query_scalar!(
        r#"select day::timestamp at time zone 'UTC' + (n - 1) * interval '1 hour' as "start!"
           from archive_day, unnest(lines) with ordinality h (lines, n)
           where h.lines is not null
           order by day, n limit 1"#
    )
    .fetch_optional(&mut *db)
    .await?;
    Ok(from.zip(as_of(db).await?).map(|(from, to)| Window { from, to }))
}

/// From the first day of which the API told anything, but for commits, whose dates are
/// what people wrote, to the last instant up to which it told everything.
pub(in crate::stats) async fn told_span(db: &mut PgConnection) -> sqlx::Result<Option<Window>> {
    sqlx::query_as!(
        Window,
        r#"select day::timestamp at time zone 'UTC' as "from!", whole_at as "to!"
           from (select min(day) as day from activity_day where kind < $1) first,
                (select max(whole_at) as whole_at from api_cursor) last
           where day is not null and day::timestamp at time zone 'UTC' < whole_at"#,
        Kind::Commit as i16
    )
    .fetch_optional(db)
    .await
}

/// Lines of the archive in a window. Of an hour that was read whole and filtered,
/// only the whole reading counts.
pub(in crate::stats) async fn events(db: &mut PgConnection, window: Window) -> sqlx::Result<i64> {
    Ok(ledger_lines(db, Window { from: window.first_hour(), to: window.last_hour_end() }).await?.events)
}

/// The sums over a window, without the types.
pub(in crate::stats) async fn ledger_lines(db: &mut PgConnection, window: Window) -> sqlx::Result<LedgerSummary> {
    let row = sqlx::query!(
        r#"select count(*) filter (where status = 'done') as "done!",
                  count(*) filter (where status = 'missing') as "missing!",
                  count(*) filter (where status = 'failed') as "failed!",
                  coalesce(sum(lines), 0) as "lines!", coalesce(sum(events), 0) as "events!",
                  coalesce(sum(bad_lines), 0) as "bad_lines!", coalesce(sum(unknown_lines), 0) as "unknown_lines!",
                  coalesce(sum(same_fact), 0) as "same_fact!"
           from archive_hour h
           where hour >= $1 and hour < $2
             and (scope = '*' or not exists (
                 select from archive_hour w where w.hour = h.hour and w.scope = '*' and w.status = 'done'))"#,
        window.from,
        window.to
    )
    .fetch_one(db)
    .await?;
    Ok(LedgerSummary {
        done: row.done,
        missing: row.missing,
        failed: row.failed,
        lines: row.lines,
        events: row.events,
        bad_lines: row.bad_lines,
        unknown_lines: row.unknown_lines,
        same_fact: row.same_fact,
        by_type: Vec::new(),
    })
}

pub(in crate::stats) async fn events_by_type(
    db: &mut PgConnection,
    window: Window,
) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select t.event_type, sum(t.events)::bigint as "events!"
           from archive_hour_type t
           where t.hour >= $1 and t.hour < $2
             and (t.scope = '*' or not exists (
                 select from archive_hour w where w.hour = t.hour and w.scope = '*' and w.status = 'done'))
           group by t.event_type
           order by 2 desc, 1"#,
        window.from,
        window.to
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_type, row.events)).collect())
}

pub(in crate::stats) async fn ledger(
    db: &mut PgConnection,
    window: Window,
    page: Page,
) -> sqlx::Result<Vec<LedgerHour>> {
    sqlx::query_as!(
        LedgerHour,
        r#"select hour, scope, status, problem, sha256, bytes, lines, events, ids, bad_lines, unknown_lines, same_fact,
                  actors, repos, read_at
           from archive_hour
           where hour >= $1 and hour < $2
           order by hour, scope collate "C"
           offset $3 limit $4"#,
        window.from,
        window.to,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
}

/// The rows that are about an hour, whatever their files are named by.
pub(in crate::stats) async fn ledger_of(db: &mut PgConnection, hour: DateTime<Utc>) -> sqlx::Result<Vec<LedgerHour>> {
    sqlx::query_as!(
        LedgerHour,
        r#"select hour, scope, status, problem, sha256, bytes, lines, events, ids, bad_lines, unknown_lines, same_fact,
                  actors, repos, read_at
           from archive_hour
           where hour between $1::timestamptz - interval '14 hours' and $1::timestamptz + interval '12 hours'
             and hour + behind * interval '1 hour' = $1
           order by scope collate "C", hour"#,
        hour
    )
    .fetch_all(db)
    .await
}

/// Facts of a window by the sources that told us.
pub(in crate::stats) async fn facts_by_sources(db: &mut PgConnection, window: Window) -> sqlx::Result<Vec<(i16, i64)>> {
    let rows = sqlx::query!(
        r#"select sources, count(*) as "n!" from fact where at >= $1 and at < $2 group by sources"#,
        window.from,
        window.to
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.sources, row.n)).collect())
}

/// Lines of the archive that could not be read, in all.
pub async fn quarantine_size(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from quarantine"#).fetch_one(db).await
}

pub(in crate::stats) async fn quarantine(
    db: &mut PgConnection,
    window: Window,
    page: Page,
) -> sqlx::Result<Vec<QuarantinedLine>> {
    sqlx::query_as!(
        QuarantinedLine,
        r#"select hour, scope, line, reason, excerpt
           from quarantine
           where hour >= $1 and hour < $2
           order by hour, scope collate "C", line
           offset $3 limit $4"#,
        window.from,
        window.to,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
}
