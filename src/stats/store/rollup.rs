//! Keeping `activity_day` the same as the facts.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

/// A change of one count of the roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    pub day: NaiveDate,
    pub actor_id: i64,
    pub repo_id: i64,
    pub kind: i16,
    pub n: i32,
}

/// Says to those who hold these days in memory that they are others now.
async fn note_days(db: &mut PgConnection, rows: &[Moved]) -> sqlx::Result<()> {
    let mut days: Vec<NaiveDate> = rows.iter().map(|row| row.day).collect();
    days.sort_unstable();
    days.dedup();
    sqlx::query!("insert into activity_change (day) select unnest($1::date[])", &days).execute(db).await?;
    Ok(())
}

/// Adds counts, one row a key, sorted by it: two transactions that add to the
/// same day then wait for each other instead of standing in each other's way.
pub async fn add_to_rollup(db: &mut PgConnection, rows: &[Moved]) -> sqlx::Result<()> {
    note_days(db, rows).await?;
    let columns = Columns::of(rows);
    sqlx::query!(
        "insert into activity_day (day, actor_id, repo_id, kind, n)
         select * from unnest($1::date[], $2::bigint[], $3::bigint[], $4::smallint[], $5::integer[])
         on conflict on constraint activity_day_pkey do update set n = activity_day.n + excluded.n",
        &columns.days,
        &columns.actors,
        &columns.repos,
        &columns.kinds,
        &columns.counts
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes counts away and adds others: a fact turned out to be another day's or
/// another account's.
pub async fn move_in_rollup(db: &mut PgConnection, gone: &[Moved], come: &[Moved]) -> sqlx::Result<()> {
    add_to_rollup(db, come).await?;
    note_days(db, gone).await?;
    let columns = Columns::of(gone);
    // Locked first: between the update and the delete nobody else may add to them.
    sqlx::query!(
        "select d.n
         from activity_day d
         join unnest($1::date[], $2::bigint[], $3::bigint[], $4::smallint[]) g (day, actor_id, repo_id, kind)
              using (day, actor_id, repo_id, kind)
         order by d.day, d.actor_id, d.repo_id, d.kind
         for update of d",
        &columns.days,
        &columns.actors,
        &columns.repos,
        &columns.kinds
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "delete from activity_day d
         using unnest($1::date[], $2::bigint[], $3::bigint[], $4::smallint[], $5::integer[]) g (day, actor_id, repo_id, kind, n)
         where (d.day, d.actor_id, d.repo_id, d.kind) = (g.day, g.actor_id, g.repo_id, g.kind) and d.n = g.n",
        &columns.days,
        &columns.actors,
        &columns.repos,
        &columns.kinds,
        &columns.counts
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update activity_day d set n = d.n - g.n
         from unnest($1::date[], $2::bigint[], $3::bigint[], $4::smallint[], $5::integer[]) g (day, actor_id, repo_id, kind, n)
         where (d.day, d.actor_id, d.repo_id, d.kind) = (g.day, g.actor_id, g.repo_id, g.kind) and d.n > g.n",
        &columns.days,
        &columns.actors,
        &columns.repos,
        &columns.kinds,
        &columns.counts
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}

/// Writes the days of these hours anew from the ledger. Takes a lock that ends with
/// the transaction: whoever comes second sees the hours of the first.
pub async fn count_days(db: &mut PgConnection, scope: &str, hours: &[DateTime<Utc>]) -> sqlx::Result<()> {
    const DAYS: i32 = 66;
    let (Some(first), Some(last)) = (hours.iter().min(), hours.iter().max()) else { return Ok(()) };
    sqlx::query!("select pg_advisory_xact_lock($1, 0)", DAYS).execute(&mut *db).await?;
    sqlx::query!(
        "with days as (
            -- An hour is about one up to 14 later, or 12 earlier, than its file is named.
            select generate_series(date_trunc('day', $2::timestamptz - interval '12 hours', 'UTC'),
                                   $3::timestamptz + interval '14 hours', interval '24 hours') as day
         ), hours as (
            select hour + behind * interval '1 hour' as hour, max(lines) filter (where status = 'done') as lines
            from archive_hour
            where scope = $1 and hour >= $2::timestamptz - interval '50 hours' and hour < $3::timestamptz + interval '50 hours'
            group by 1
         ), types as (
            select day, array_agg(event_type order by event_type) as types, array_agg(n order by event_type) as events
            from (select date_trunc('day', h.hour + h.behind * interval '1 hour', 'UTC') as day, t.event_type,
                         sum(t.events)::integer as n
                  from archive_hour h join archive_hour_type t using (hour, scope)
                  where h.scope = $1 and h.status = 'done'
                    and h.hour >= $2::timestamptz - interval '50 hours' and h.hour < $3::timestamptz + interval '50 hours'
                  group by 1, 2) t
            group by day
         )
         insert into archive_day (day, scope, lines, types, events)
         select (day at time zone 'UTC')::date, $1, array_agg(h.lines order by n),
                coalesce(t.types, '{}'), coalesce(t.events, '{}')
         from days
         cross join generate_series(0, 23) n
         left join hours h on h.hour = day + n * interval '1 hour'
         left join types t using (day)
         group by day, t.types, t.events
         having count(h.hour) > 0
         on conflict on constraint archive_day_pkey do update
         set lines = excluded.lines, types = excluded.types, events = excluded.events
         where (archive_day.lines, archive_day.types, archive_day.events)
               is distinct from (excluded.lines, excluded.types, excluded.events)",
        scope,
        first,
        last
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    days: Vec<NaiveDate>,
    actors: Vec<i64>,
    repos: Vec<i64>,
    kinds: Vec<i16>,
    counts: Vec<i32>,
}

impl Columns {
    fn of(rows: &[Moved]) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.days.push(row.day);
            columns.actors.push(row.actor_id);
            columns.repos.push(row.repo_id);
            columns.kinds.push(row.kind);
            columns.counts.push(row.n);
        }
        columns
    }
}
