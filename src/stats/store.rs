//! SQL of `stats`: counts here; names, the ledger and the roll-up in the files
//! beside. Every count aggregates first and joins names last.

#[macro_use]
mod counted;
mod find;
mod groups;
mod ledger;
mod names;
mod newcomers;
mod numbers;
mod reach;
mod rollup;
mod shares;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

pub use self::{
    find::{definition_sql, find_repositories, unknown_types},
    groups::{Group, group_list, groups, in_several_groups},
    ledger::quarantine_size,
    names::{companies, orgs, owner_is_known},
    rollup::{Moved, add_to_rollup, count_days, move_in_rollup},
};
pub(super) use self::{
    groups::{members_of, replace_groups, repos_of_group, unseen_repositories},
    ledger::*,
    names::*,
    newcomers::*,
    numbers::*,
    reach::*,
    shares::*,
};
use super::{
    FactKey, FactRow, Kind, Page, PersonCount, PersonKinds, RepoCount, Window,
    activity::{kinds, url},
    filter::Selection,
};

pub(super) struct PersonRow {
    rank: i64,
    person_id: i64,
    login: String,
    bot: bool,
    company: Option<String>,
    contributions: i64,
    kinds: Vec<i16>,
    counts: Vec<i64>,
}

impl PersonRow {
    pub(super) fn into_count(self) -> PersonCount {
        PersonCount {
            rank: self.rank,
            person_id: self.person_id,
            login: self.login,
            bot: self.bot,
            company: self.company,
            contributions: self.contributions,
            kinds: kinds(self.kinds.into_iter().zip(self.counts)),
        }
    }
}

pub(super) async fn people(
    db: &mut PgConnection,
    selection: &Selection,
    min: i64,
    page: Page,
    last_day: NaiveDate,
) -> sqlx::Result<Vec<PersonRow>> {
    counted!(
        PersonRow,
        r#", accounts as materialized (
            -- An integer, because sums of bigint are numeric, and slow.
            select actor_id, kind, sum(n)::integer as n from counted group by actor_id, kind
        ), split as materialized (
            select a.person_id, c.kind, c.n
            from accounts c join actor a using (actor_id)
            where ($10 or not a.bot)
              and a.person_id not in (select x.person_id from opt_out join actor x using (actor_id))
        ), persons as materialized (
            select person_id, sum(n) as n from split group by person_id having sum(n) >= $11::bigint
        ), ranked as (
            -- Ranked, named and ordered are only those down to the count of the page's last row.
            select person_id, n, rank() over (order by n desc) as rank
            from persons
            where $12::bigint is null
               or n >= coalesce((select n from persons order by n desc offset $12::bigint - 1 limit 1), 0)
        ), page as (
            select r.person_id, r.n, r.rank, p.login, p.bot
            from ranked r join actor p on p.actor_id = r.person_id
            order by r.n desc, lower(p.login) collate "C", r.person_id
            offset $13 limit $14
        )
        select page.rank as "rank!", page.person_id as "person_id!", page.login as "login!", page.bot as "bot!",
               page.n as "contributions!",
               (select w.company from affiliation w where w.actor_id = page.person_id and w.span @> $15::date) as company,
               kinds.kinds as "kinds!", kinds.counts as "counts!"
        from page
        join (select person_id, array_agg(kind order by kind) as kinds, array_agg(n order by kind) as counts
              from (select person_id, kind, sum(split.n) as n
                    from page join split using (person_id)
                    group by person_id, kind) per_kind
              group by person_id) kinds using (person_id)
        order by page.n desc, lower(page.login) collate "C", page.person_id"#,
        selection,
        selection.bots,
        min,
        page.limit.checked_add(page.offset),
        page.offset,
        page.limit,
        last_day
    )
    .fetch_all(db)
    .await
}

struct Count {
    n: i64,
}

pub(super) async fn people_count(db: &mut PgConnection, selection: &Selection, min: i64) -> sqlx::Result<i64> {
    let count = counted!(
        Count,
        r#"select count(*) as "n!" from (
            select a.person_id
            from (select actor_id, sum(n) as n from counted group by actor_id) c join actor a using (actor_id)
            where ($10 or not a.bot)
              and a.person_id not in (select x.person_id from opt_out join actor x using (actor_id))
            group by a.person_id
            having sum(c.n) >= $11::bigint) persons"#,
        selection,
        selection.bots,
        min
    )
    .fetch_one(db)
    .await?;
    Ok(count.n)
}

struct KindRow {
    kind: i16,
    n: i64,
}

pub(super) async fn by_kind(db: &mut PgConnection, selection: &Selection) -> sqlx::Result<Vec<(i16, i64)>> {
    let rows = counted!(
        KindRow,
        r#"select c.kind as "kind!", sum(c.n)::bigint as "n!"
           from (select actor_id, kind, sum(n) as n from counted group by actor_id, kind) c
           join actor a using (actor_id)
           where $10 or not a.bot
           group by c.kind
           order by c.kind"#,
        selection,
        selection.bots
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.n)).collect())
}

pub(super) struct Distinct {
    pub people: i64,
    pub repositories: i64,
    pub companies: i64,
}

pub(super) async fn distinct(db: &mut PgConnection, selection: &Selection) -> sqlx::Result<Distinct> {
    counted!(
        Distinct,
        r#", seen as materialized (
            select distinct a.person_id, c.repo_id, (c.at at time zone 'UTC')::date as day
            from counted c join actor a using (actor_id)
            where $10 or not a.bot
        )
        select (select count(distinct person_id) from seen) as "people!",
               (select count(distinct coalesce(r.same_as, s.repo_id)) from seen s left join repo r using (repo_id)) as "repositories!",
               (select count(distinct w.company)
                from affiliation w
                where w.company not in ('Independent', 'Unknown', '(Robots)')
                  and exists (select from seen s where s.person_id = w.actor_id and w.span @> s.day)) as "companies!""#,
        selection,
        selection.bots
    )
    .fetch_one(db)
    .await
}

pub(super) async fn repositories(
    db: &mut PgConnection,
    selection: &Selection,
    page: Page,
) -> sqlx::Result<Vec<RepoCount>> {
    counted!(
        RepoCount,
        r#", per_repo as (
            select coalesce(r.same_as, c.repo_id) as repo_id, sum(c.n)::bigint as n, count(distinct a.person_id) as people
            from counted c join actor a using (actor_id) left join repo r using (repo_id)
            where $10 or not a.bot
            group by 1
        )
        select p.repo_id as "repo_id!", coalesce(r.name, '(unknown)') as "name!", p.n as "contributions!", p.people as "people!"
        from per_repo p left join repo r using (repo_id)
        order by p.n desc, lower(r.name) collate "C", p.repo_id
        offset $11 limit $12"#,
        selection,
        selection.bots,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
}

struct SeriesRow {
    start: DateTime<Utc>,
    n: i64,
    people: i64,
}

pub(super) async fn series(
    db: &mut PgConnection,
    selection: &Selection,
    period: &str,
) -> sqlx::Result<Vec<(DateTime<Utc>, i64, i64)>> {
    let rows = counted!(
        SeriesRow,
        r#"select date_trunc($11, c.at, 'UTC') as "start!", sum(c.n)::bigint as "n!", count(distinct a.person_id) as "people!"
           from counted c join actor a using (actor_id)
           where $10 or not a.bot
           group by 1"#,
        selection,
        selection.bots,
        period
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.start, row.n, row.people)).collect())
}

/// Of one person: few facts, found by whose they are.
pub(super) async fn person_series(
    db: &mut PgConnection,
    person_id: i64,
    window: Window,
    selection: &Selection,
    period: &str,
) -> sqlx::Result<Vec<(DateTime<Utc>, i64)>> {
    let rows = sqlx::query!(
        r#"select date_trunc($1, f.at, 'UTC') as "start!", count(*) as "n!"
           from actor a join fact f using (actor_id)
           where a.person_id = $2 and f.at >= $3 and f.at < $4 and f.kind = any($5)
             and ($6::bigint[] is null or f.repo_id = any($6))
           group by 1"#,
        period,
        person_id,
        window.from,
        window.to,
        &selection.kinds,
        selection.repos.as_deref()
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.start, row.n)).collect())
}

struct PersonKindRow {
    person_id: i64,
    login: String,
    bot: bool,
    kinds: Vec<i16>,
    counts: Vec<i64>,
}

pub(super) async fn counts_by_person(db: &mut PgConnection, selection: &Selection) -> sqlx::Result<Vec<PersonKinds>> {
    let rows = counted!(
        PersonKindRow,
        r#", per_kind as (
            select a.person_id, c.kind, sum(c.n)::bigint as n
            from (select actor_id, kind, sum(n) as n from counted group by actor_id, kind) c
            join actor a using (actor_id)
            where $10 or not a.bot
            group by a.person_id, c.kind
        ), per_person as (
            select person_id, array_agg(kind order by kind) as kinds, array_agg(n order by kind) as counts
            from per_kind group by person_id
        )
        select s.person_id as "person_id!", p.login as "login!", p.bot as "bot!", s.kinds as "kinds!", s.counts as "counts!"
        from per_person s join actor p on p.actor_id = s.person_id
        order by s.person_id"#,
        selection,
        selection.bots
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PersonKinds {
            person_id: row.person_id,
            login: row.login,
            bot: row.bot,
            kinds: kinds(row.kinds.into_iter().zip(row.counts)),
        })
        .collect())
}

pub(super) async fn fact_keys(
    db: &mut PgConnection,
    window: Window,
    selection: &Selection,
) -> sqlx::Result<Vec<FactKey>> {
    sqlx::query_as!(
        FactKey,
        "select f.kind, f.key_a, f.key_b
         from fact f join actor a using (actor_id)
         where f.at >= $1 and f.at < $2
           and f.kind = any($3)
           and ($4::bigint[] is null or f.repo_id = any($4))
           and ($5 or not a.bot)
         order by f.kind, f.key_a, f.key_b",
        window.from,
        window.to,
        &selection.kinds,
        selection.repos.as_deref(),
        selection.bots
    )
    .fetch_all(db)
    .await
}

pub(super) struct RawFact {
    kind: i16,
    key_a: i64,
    at: DateTime<Utc>,
    repo: String,
    number: Option<i32>,
    login: String,
}

impl RawFact {
    pub(super) fn into_row(self) -> Option<FactRow> {
        let kind = Kind::by_number(self.kind)?;
        let url = url(kind, &self.repo, self.number, self.key_a, &self.login);
        Some(FactRow { kind, at: self.at, repo: self.repo, number: self.number, url, login: self.login })
    }
}

pub(super) async fn facts(
    db: &mut PgConnection,
    person_id: i64,
    window: Window,
    selection: &Selection,
    page: Page,
) -> sqlx::Result<Vec<RawFact>> {
    sqlx::query_as!(
        RawFact,
        r#"select f.kind, f.key_a, f.at, coalesce(r.name, '(unknown)') as "repo!", f.number, a.login
           from actor a
           join fact f using (actor_id)
           left join repo r using (repo_id)
           where (a.actor_id = $1 or (a.person_id = $1 and a.person_id <> a.actor_id))
             and a.person_id = $1
             and ($8 or not a.bot)
             and f.at >= $2 and f.at < $3
             and f.kind = any($4)
             and ($5::bigint[] is null or f.repo_id = any($5))
             and ($9::text is null or exists (
                 select from affiliation w
                 where w.actor_id = $1 and w.company = $9 and w.span @> (f.at at time zone 'UTC')::date))
           order by f.at desc, f.kind, f.key_a desc, f.key_b
           offset $6 limit $7"#,
        person_id,
        window.from,
        window.to,
        &selection.kinds,
        selection.repos.as_deref(),
        page.offset,
        page.limit,
        selection.bots,
        selection.company
    )
    .fetch_all(db)
    .await
}
