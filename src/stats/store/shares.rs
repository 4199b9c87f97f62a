//! Who holds how large a share: companies, and how few people or companies make up
//! more than half; and what was done when, by kind.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{CompanyCount, Page, Share, filter::Selection};

pub(in crate::stats) async fn company_counts(
    db: &mut PgConnection,
    selection: &Selection,
    page: Page,
) -> sqlx::Result<Vec<CompanyCount>> {
    counted!(
        CompanyCount,
        r#", days as materialized (
            select a.person_id, (c.at at time zone 'UTC')::date as day, sum(c.n)::integer as n
            from counted c join actor a using (actor_id)
            where $10 or not a.bot
            group by 1, 2
        ), worked as (
            select d.person_id, coalesce(w.company, 'Unknown') as company, sum(d.n) as n
            from days d left join affiliation w on w.actor_id = d.person_id and w.span @> d.day
            group by 1, 2
        )
        select company as "company!", sum(n)::bigint as "contributions!", count(*) as "people!"
        from worked
        group by company
        order by 2 desc, lower(company) collate "C", company
        offset $11 limit $12"#,
        selection,
        selection.bots,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
}

/// Of people.
pub(in crate::stats) async fn people_share(db: &mut PgConnection, selection: &Selection) -> sqlx::Result<Share> {
    counted!(
        Share,
        r#", held as (
            select sum(c.n) as n
            from (select actor_id, sum(n) as n from counted group by actor_id) c join actor a using (actor_id)
            where $10 or not a.bot
            group by a.person_id
        ), summed as (
            -- Rows, so that of equal ones each is a step.
            select sum(n) over (order by n desc rows unbounded preceding) as so_far, sum(n) over () as whole,
                   row_number() over (order by n desc) as place
            from held
        )
        select coalesce(min(place) filter (where 2 * so_far > whole), 0) as "few!", count(*) as "all!" from summed"#,
        selection,
        selection.bots
    )
    .fetch_one(db)
    .await
}

pub(in crate::stats) struct KindPoint {
    pub start: DateTime<Utc>,
    pub kind: i16,
    pub n: i64,
}

pub(in crate::stats) async fn kind_points(
    db: &mut PgConnection,
    selection: &Selection,
    period: &str,
) -> sqlx::Result<Vec<KindPoint>> {
    counted!(
        KindPoint,
        r#"select date_trunc($11, c.at, 'UTC') as "start!", c.kind as "kind!", sum(c.n)::bigint as "n!"
           from counted c join actor a using (actor_id)
           where $10 or not a.bot
           group by 1, 2"#,
        selection,
        selection.bots,
        period
    )
    .fetch_all(db)
    .await
}
