//! The ledger as `stats` reads it; `ingest` writes it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{LedgerHour, LedgerSummary, Page, QuarantinedLine, ThinHour, Window};

/// A query over `whole (hour)`: the hours from $1 until $2, in UTC, that were read
/// whole, or for every filter the ledger knows.
macro_rules! whole_hours {
    ($kind:ident, $rest:tt, $window:expr $(, $arg:expr)*) => {
        sqlx::$kind!(
            r#"with whole as (
                select hour + behind * interval '1 hour' as hour from archive_hour
                -- Names are at most that far from what they name.
                where status = 'done' and hour >= $1::timestamptz - interval '14 hours' and hour < $2::timestamptz + interval '12 hours'
                  and hour + behind * interval '1 hour' >= $1 and hour + behind * interval '1 hour' < $2
                group by 1
                having bool_or(scope = '*')
                    or count(*) = (select count(distinct scope) from archive_hour where scope <> '*')
            )
            "# + $rest,
            $window.from,
            $window.to
            $(, $arg)*
        )
    };
}

/// The hours of a window that are not whole, consecutive ones merged. The window
/// begins and ends on the hour.
pub(in crate::stats) async fn missing_hours(db: &mut PgConnection, window: Window) -> sqlx::Result<Vec<Window>> {
    let gaps = whole_hours!(
        query,
        r#"select min(hour) as "from!", max(hour) + interval '1 hour' as "to!"
           from (select hour, hour - row_number() over (order by hour) * interval '1 hour' as island
                 from generate_series($1, $2 - interval '1 hour', interval '1 hour') hour
                 where hour not in (select hour from whole)) gaps
           group by island
           order by 1"#,
        window
    )
    .fetch_all(db)
    .await?;
    Ok(gaps.into_iter().map(|gap| Window { from: gap.from, to: gap.to }).collect())
}

/// The whole hours of a window whose file has less than a tenth of the lines that
/// its day's hours usually have: the median of the medians of the days within a
/// week of it, so that neither a weekend nor a lost day moves what is usual. Below
/// a thousand lines chance makes such hours.
pub(in crate::stats) async fn thin_hours(db: &mut PgConnection, window: Window) -> sqlx::Result<Vec<ThinHour>> {
    sqlx::query_as!(
        ThinHour,
        r#"with hours as materialized (
               -- Lines, not events: a filter's hours may well be empty.
               select hour + behind * interval '1 hour' as hour, max(lines) as lines from archive_hour
               where status = 'done' and hour >= $1::timestamptz - interval '9 days' and hour < $2::timestamptz + interval '9 days'
               group by 1
           ), days as materialized (
               select date_trunc('day', hour, 'UTC') as day, percentile_disc(0.5) within group (order by lines) as lines
               from hours group by 1
           ), usual as (
               select d.day, percentile_disc(0.5) within group (order by n.lines) as lines
               from days d
               cross join generate_series(-7, 7) away
               join days n on n.day = d.day + away * interval '24 hours'
               group by d.day
           )
           select h.hour as "hour!", h.lines as "lines!", u.lines as "usual!"
           from hours h join usual u on u.day = date_trunc('day', h.hour, 'UTC')
           where h.hour >= $1 and h.hour < $2 and u.lines >= 1000 and h.lines < u.lines / 10
           order by h.hour"#,
        window.from,
        window.to
    )
    .fetch_all(db)
    .await
}

/// Whole hours of a window by period.
pub(in crate::stats) async fn done_by_period(
    db: &mut PgConnection,
    window: Window,
    period: &str,
) -> sqlx::Result<Vec<(DateTime<Utc>, i64)>> {
    let hours = Window { from: window.first_hour(), to: window.last_hour_end() };
    let rows = whole_hours!(
        query,
        r#"select date_trunc($3, hour, 'UTC') as "start!", count(*) as "n!" from whole group by 1"#,
        hours,
        period
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.start, row.n)).collect())
}

/// The end of the latest hour that is done.
pub(in crate::stats) async fn as_of(db: &mut PgConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "select max(hour + behind * interval '1 hour') + interval '1 hour' from archive_hour where status = 'done'"
    )
    .fetch_one(db)
    .await
}

pub(in crate::stats) async fn data_span(db: &mut PgConnection) -> sqlx::Result<Option<Window>> {
    let row = sqlx::query!(
        r#"select min(hour + behind * interval '1 hour') as "from",
                  max(hour + behind * interval '1 hour') + interval '1 hour' as "to"
           from archive_hour where status = 'done'"#
    )
    .fetch_one(db)
    .await?;
    Ok(row.from.zip(row.to).map(|(from, to)| Window { from, to }))
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
        r#"select hour, scope, status, problem, bytes, lines, events, ids, bad_lines, unknown_lines, same_fact, actors, repos
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
