//! Holes in the numbers of issues and pull requests.

use sqlx::PgConnection;

use crate::stats::{Kind, Numbers, Page, Window};

/// What gives a number, and what else tells of one: the kinds of the index `fact_numbered`.
const OPENED: &[Kind] = &[Kind::IssueOpened, Kind::PrOpened];
const NUMBERED: &[Kind] = &[
    Kind::IssueOpened,
    Kind::IssueClosed,
    Kind::IssueReopened,
    Kind::PrOpened,
    Kind::PrClosed,
    Kind::PrReopened,
    Kind::PrMerged,
];

struct Row {
    repo_id: i64,
    name: String,
    first: i32,
    last: i32,
    missing: i64,
    absent: i64,
    starts: Vec<i32>,
    ends: Vec<i32>,
}

/// Repositories with holes, those with most first; of each so many ranges.
pub(in crate::stats) async fn missing_numbers(
    db: &mut PgConnection,
    repos: Option<&[i64]>,
    window: Window,
    ranges: i64,
    page: Page,
) -> sqlx::Result<Vec<Numbers>> {
    let numbers = |kinds: &[Kind]| kinds.iter().map(|kind| *kind as i16).collect::<Vec<_>>();
    let rows = sqlx::query_as!(
        Row,
        r#"with seen as materialized (
            -- From the index of these kinds alone.
            select repo_id, number, at, kind = any($2) as opened, at >= $3 and at < $4 as inside
            from fact
            where kind = any($1) and ($5::bigint[] is null or repo_id = any($5)) and number is not null
        ), hull as (
            select repo_id, min(number) filter (where opened) as first, max(number) as last
            from seen where inside group by repo_id having bool_or(opened)
        ), known as (
            select repo_id, number, false as absent from seen where opened
            union all
            select repo_id, number, true from absent_number where $5::bigint[] is null or repo_id = any($5)
        ), here as (
            -- One row a number, and one behind the end: an opening beats what was said to be absent.
            select repo_id, number, bool_and(absent) as absent
            from known join hull using (repo_id)
            where number between first and last
            group by repo_id, number
            union all
            select repo_id, last + 1, false from hull
        ), steps as (
            select repo_id, number, absent, lag(number) over (partition by repo_id order by number) as before from here
        ), told as (
            -- GitHub's list of all issues was read to its end: what is not on it up to there is gone.
            select repo_id, max(number) as number
            from seen join api_cursor c using (repo_id)
            where c.stream = 'issues' and c.floor is null and seen.opened and seen.at <= c.whole_at
            group by repo_id
        ), holes as (
            select repo_id, before + 1 as start, s.number - 1 as "end", coalesce(t.number, 0) as told
            from steps s left join told t using (repo_id)
            where s.number > before + 1
        ), counted as (
            select repo_id, sum("end" - start + 1)::bigint as missing,
                   (array_agg(start order by start))[:$6] as starts, (array_agg("end" order by start))[:$6] as ends
            from (select repo_id, greatest(start, told + 1) as start, "end" from holes) open
            where start <= "end"
            group by repo_id
        )
        select repo_id as "repo_id!", r.name as "name!", first as "first!", last as "last!", missing as "missing!",
               (select count(*) from steps s where s.repo_id = counted.repo_id and s.absent)
               + coalesce((select sum(least("end", told) - start + 1) from holes h
                           where h.repo_id = counted.repo_id and told >= start), 0)::bigint as "absent!",
               starts as "starts!", ends as "ends!"
        from counted join hull using (repo_id) join repo r using (repo_id)
        order by missing desc, lower(r.name) collate "C", repo_id
        offset $7 limit $8"#,
        &numbers(NUMBERED),
        &numbers(OPENED),
        window.from,
        window.to,
        repos,
        i32::try_from(ranges).unwrap_or(i32::MAX),
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_numbers).collect())
}

impl Row {
    fn into_numbers(self) -> Numbers {
        let Self { repo_id, name, first, last, missing, absent, starts, ends } = self;
        Numbers { repo_id, name, first, last, missing, absent, ranges: starts.into_iter().zip(ends).collect() }
    }
}
