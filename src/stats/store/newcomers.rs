//! Who came for the first time, and who comes now and then. From the roll-up alone:
//! both are told by days, and need everything before the window too.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::stats::filter::Selection;

pub(in crate::stats) struct NewcomerRow {
    pub start: DateTime<Utc>,
    pub people: i64,
    pub new: i64,
    pub episodic: i64,
}

/// In each period, those who did one of these kinds: all, those who never had, and
/// those who had at most 12 times and not within the three months before.
pub(in crate::stats) async fn newcomers(
    db: &mut PgConnection,
    selection: &Selection,
    days: (NaiveDate, NaiveDate),
    period: &str,
) -> sqlx::Result<Vec<NewcomerRow>> {
    sqlx::query_as!(
        NewcomerRow,
        r#"with acted as (
            select a.person_id, date_trunc($1, d.day::timestamp) as start, max(d.day) as last_day, sum(d.n) as n
            from activity_day d join actor a using (actor_id)
            where d.kind = any($2) and d.day < $4
              and ($5::bigint[] is null or d.repo_id = any($5))
              and ($6::text is null or exists (
                  select from affiliation w where w.actor_id = a.person_id and w.company = $6 and w.span @> d.day))
              and ($7 or not a.bot)
            group by 1, 2
        ), history as (
            select start, lag(last_day) over before as last_day, sum(n) over (before rows between unbounded preceding and 1 preceding) as n
            from acted
            window before as (partition by person_id order by start)
        )
        select start at time zone 'UTC' as "start!", count(*) as "people!",
               count(*) filter (where last_day is null) as "new!",
               count(*) filter (where last_day < start - interval '3 months' and n <= 12) as "episodic!"
        from history
        where start >= date_trunc($1, $3::date::timestamp)
        group by start"#,
        period,
        &selection.kinds,
        days.0,
        days.1,
        selection.repos.as_deref(),
        selection.company,
        selection.bots
    )
    .fetch_all(db)
    .await
}
