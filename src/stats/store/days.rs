//! What of the roll-up is read into memory, and what was written since.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::stats::filter::Selection;

/// What was written since a snapshot.
pub(in crate::stats) struct Changes {
    /// The snapshot of this question, as PostgreSQL writes it, and when it was asked.
    pub now: String,
    pub at: DateTime<Utc>,
    /// The first and the last day of which there is anything.
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
    pub days: Vec<NaiveDate>,
    /// Whether somebody's facts count for somebody else now, or for another company.
    pub people: bool,
    /// Whether the snapshot asked about is so old that changes may be forgotten.
    pub is_late: bool,
}

pub(in crate::stats) async fn changes_since(
    db: &mut PgConnection,
    snapshot: Option<&str>,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<Changes> {
    sqlx::query_as!(
        Changes,
        r#"select pg_current_snapshot()::text as "now!", now() as "at!",
                  (select min(day) from activity_day) as first, (select max(day) from activity_day) as last,
                  coalesce(array_agg(distinct day) filter (where day is not null), '{}') as "days!",
                  coalesce(bool_or(day is null), false) as "people!",
                  coalesce(now() - $2::timestamptz > interval '1 day', false) as "is_late!"
           from activity_change
           where $1::text is not null
             and xid >= pg_snapshot_xmin($1::text::pg_snapshot)
             and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"#,
        snapshot,
        at
    )
    .fetch_one(db)
    .await
}

/// What was done on one day of one kind: parallel lists.
pub(in crate::stats) struct DayRow {
    pub day: NaiveDate,
    pub kind: i16,
    pub accounts: Vec<i64>,
    pub repos: Vec<i64>,
    pub counts: Vec<i32>,
}

pub(in crate::stats) async fn days(
    db: &mut PgConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> sqlx::Result<Vec<DayRow>> {
    sqlx::query_as!(
        DayRow,
        r#"select day, kind, array_agg(actor_id) as "accounts!", array_agg(repo_id) as "repos!", array_agg(n) as "counts!"
           from activity_day
           where day between $1 and $2
           group by day, kind"#,
        first,
        last
    )
    .fetch_all(db)
    .await
}

pub(in crate::stats) struct EdgeRow {
    pub at: DateTime<Utc>,
    pub kind: i16,
    pub actor_id: i64,
    pub repo_id: i64,
}

/// The facts of the parts of a window that are no whole days, in order of time.
pub(in crate::stats) async fn edges(db: &mut PgConnection, selection: &Selection) -> sqlx::Result<Vec<EdgeRow>> {
    let mut rows = Vec::new();
    for (from, to) in [selection.head, selection.tail] {
        if from < to {
            let part = sqlx::query_as!(
                EdgeRow,
                "select at, kind, actor_id, repo_id
                 from fact
                 where at >= $1 and at < $2 and kind = any($3) and ($4::bigint[] is null or repo_id = any($4))
                   and ($5::bigint is null or actor_id in (select actor_id from actor where person_id = $5))
                 order by at",
                from,
                to,
                &selection.kinds,
                selection.repos.as_deref(),
                selection.person
            );
            rows.extend(part.fetch_all(&mut *db).await?);
        }
    }
    Ok(rows)
}

pub(in crate::stats) struct AccountRow {
    pub actor_id: i64,
    pub person_id: i64,
    pub bot: bool,
}

pub(in crate::stats) async fn accounts(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<AccountRow>> {
    sqlx::query_as!(AccountRow, "select actor_id, person_id, bot from actor where actor_id = any($1)", ids)
        .fetch_all(db)
        .await
}

/// Who is not to be named.
pub(in crate::stats) async fn opted_out(db: &mut PgConnection) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!("select person_id from opt_out join actor using (actor_id)").fetch_all(db).await
}

pub(in crate::stats) struct JobRow {
    pub actor_id: i64,
    pub company: String,
    pub first: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
}

pub(in crate::stats) async fn jobs(db: &mut PgConnection, people: &[i64]) -> sqlx::Result<Vec<JobRow>> {
    sqlx::query_as!(
        JobRow,
        r#"select actor_id, company, lower(span) as first, upper(span) as "end" from affiliation where actor_id = any($1)"#,
        people
    )
    .fetch_all(db)
    .await
}

/// Stand-ins, each with the repository that it stands for.
pub(in crate::stats) async fn stands_for(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<(i64, i64)>> {
    let rows = sqlx::query!(
        r#"select repo_id, same_as as "same_as!" from repo where repo_id = any($1) and same_as is not null"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.repo_id, row.same_as)).collect())
}

/// Forgets changes so old that whoever has not seen them reads everything anew.
pub async fn forget_changes(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("delete from activity_change where at < now() - interval '2 days'").execute(db).await?;
    Ok(())
}
