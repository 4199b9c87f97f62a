//! SQL of `stats`: counts here; names, the ledger and the roll-up in the files
//! beside. Every count aggregates first and joins names last.

mod days;
mod find;
mod groups;
mod ledger;
mod names;
mod numbers;
mod reach;
mod rollup;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub use self::{
    days::forget_changes,
    find::{definition_sql, find_repositories, unknown_types},
    groups::{Group, group_list, groups, in_several_groups},
    ledger::quarantine_size,
    names::{companies, orgs, owner_is_known},
    rollup::{Moved, add_to_rollup, count_days, move_in_rollup},
};
pub(super) use self::{
    days::*,
    groups::{members_of, replace_groups, repos_of_group, unseen_repositories},
    ledger::*,
    names::*,
    numbers::*,
    reach::*,
};
use super::{FactKey, FactRow, Kind, Page, Window, activity::url, filter::Selection};

/// One of a list of people, with a name to be ordered by.
pub(super) struct PersonRow {
    place: i64,
    pub person_id: i64,
    pub login: String,
    pub bot: bool,
    pub n: i64,
}

impl PersonRow {
    /// Where they are in the list.
    pub(super) fn place(&self) -> usize {
        usize::try_from(self.place - 1).unwrap_or_default()
    }
}

/// Names people, and orders them by their counts and then by their names.
pub(super) async fn people_named(
    db: &mut PgConnection,
    ids: &[i64],
    counts: &[i64],
    page: Page,
) -> sqlx::Result<Vec<PersonRow>> {
    sqlx::query_as!(
        PersonRow,
        r#"select l.place as "place!", l.id as "person_id!", coalesce(p.login, '') as "login!",
                  coalesce(p.bot, false) as "bot!", l.n as "n!"
           from unnest($1::bigint[], $2::bigint[]) with ordinality l (id, n, place) left join actor p on p.actor_id = l.id
           order by l.n desc, lower(p.login) collate "C", l.id
           offset $3 limit $4"#,
        ids,
        counts,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
}

/// One of a list of repositories.
pub(super) struct RepoRow {
    place: i64,
    pub repo_id: i64,
    pub name: String,
    pub n: i64,
}

impl RepoRow {
    /// Where it is in the list.
    pub(super) fn place(&self) -> usize {
        usize::try_from(self.place - 1).unwrap_or_default()
    }
}

/// Names repositories, and orders them by their counts and then by their names.
pub(super) async fn repositories_named(
    db: &mut PgConnection,
    ids: &[i64],
    counts: &[i64],
    page: Page,
) -> sqlx::Result<Vec<RepoRow>> {
    sqlx::query_as!(
        RepoRow,
        r#"select l.place as "place!", l.id as "repo_id!", coalesce(r.name, '(unknown)') as "name!", l.n as "n!"
           from unnest($1::bigint[], $2::bigint[]) with ordinality l (id, n, place) left join repo r on r.repo_id = l.id
           order by l.n desc, lower(r.name) collate "C", l.id
           offset $3 limit $4"#,
        ids,
        counts,
        page.offset,
        page.limit
    )
    .fetch_all(db)
    .await
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
           cross join lateral (
               -- The last ones of each account: no more of them are read.
               select * from fact
               where actor_id = a.actor_id and at >= $2 and at < $3 and kind = any($4)
                 and ($5::bigint[] is null or repo_id = any($5))
                 and ($9::text is null or exists (
                     select from affiliation w
                     where w.actor_id = $1 and w.company = $9 and w.span @> (at at time zone 'UTC')::date))
               order by at desc, kind, key_a desc, key_b
               limit $10
           ) f
           left join repo r using (repo_id)
           where a.person_id = $1 and ($8 or not a.bot)
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
        selection.company,
        page.offset.saturating_add(page.limit)
    )
    .fetch_all(db)
    .await
}
