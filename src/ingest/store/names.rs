//! Accounts, repositories, organisations, and every name they were seen under.

use chrono::NaiveDate;
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::plan_for_each_batch;
use crate::{
    db::{self, LockClass},
    ingest::sightings::Seen,
    people::{self, Bots},
};

/// What a transaction of names is about.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) enum Names {
    /// With organisations.
    Accounts,
    Repositories,
}

/// One transaction at a time writes names of a sort: the label of an account is the
/// latest of all its sightings, so they must all be in sight.
pub(in crate::ingest) async fn lock_names(db: &mut PgConnection, names: Names) -> sqlx::Result<()> {
    db::lock_exclusive(db, LockClass::Names, names as i32).await
}

/// Begins a transaction of names. It reaches the disk with the next one, that of the
/// facts: what is lost of the names in a crash is lost of the facts too.
pub(in crate::ingest) async fn begin_names(
    db: &mut PgConnection,
    names: Names,
) -> sqlx::Result<Transaction<'_, Postgres>> {
    let mut tx = db.begin().await?;
    sqlx::raw_sql("set local synchronous_commit = off").execute(&mut *tx).await?;
    plan_for_each_batch(&mut tx).await?;
    lock_names(&mut tx, names).await?;
    Ok(tx)
}

struct Columns<'a> {
    ids: Vec<i64>,
    names: Vec<&'a str>,
    orgs: Vec<Option<i64>>,
    first: Vec<NaiveDate>,
    last: Vec<NaiveDate>,
}

impl<'a> Columns<'a> {
    fn of(seen: &'a [(i64, Seen)]) -> Self {
        Self {
            ids: seen.iter().map(|(id, _)| *id).collect(),
            names: seen.iter().map(|(_, seen)| &*seen.name).collect(),
            orgs: seen.iter().map(|(_, seen)| seen.org_id).collect(),
            first: seen.iter().map(|(_, seen)| seen.first).collect(),
            last: seen.iter().map(|(_, seen)| seen.last).collect(),
        }
    }
}

/// Adds organisations; the login of the latest day stays.
pub(in crate::ingest) async fn add_orgs(db: &mut PgConnection, seen: &[(i64, Seen)]) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    sqlx::query!(
        r#"insert into org (org_id, login, last_seen)
           select distinct on (id) id, login, seen
           from unnest($1::bigint[], $2::text[], $3::date[]) s (id, login, seen)
           order by id, seen desc, login collate "C" desc
           on conflict on constraint org_pkey do update set login = excluded.login, last_seen = excluded.last_seen
           where (excluded.last_seen, excluded.login collate "C") > (org.last_seen, org.login collate "C")"#,
        &columns.ids,
        &columns.names as &[&str],
        &columns.last
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds accounts and their logins; the login of the latest sighting is the label.
pub(in crate::ingest) async fn add_actors(
    db: &mut PgConnection,
    seen: &[(i64, Seen)],
    bots: &Bots,
) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    let marks: Vec<bool> = seen.iter().map(|(id, seen)| bots.is_bot(*id, &seen.name)).collect();
    sqlx::query!(
        "insert into actor (actor_id, person_id, login, bot)
         select id, id, login, bot from unnest($1::bigint[], $2::text[], $3::bool[]) s (id, login, bot)
         on conflict on constraint actor_pkey do nothing",
        &columns.ids,
        &columns.names as &[&str],
        &marks
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into actor_login (actor_id, login, first_seen, last_seen)
         select * from unnest($1::bigint[], $2::text[], $3::date[], $4::date[])
         on conflict on constraint actor_login_pkey do update
         set first_seen = least(actor_login.first_seen, excluded.first_seen),
             last_seen = greatest(actor_login.last_seen, excluded.last_seen)
         where excluded.first_seen < actor_login.first_seen or excluded.last_seen > actor_login.last_seen",
        &columns.ids,
        &columns.names as &[&str],
        &columns.first,
        &columns.last
    )
    .execute(&mut *db)
    .await?;
    relabel_actors(db, &columns.ids, bots).await?;
    people::store::fold(db, &columns.ids).await
}

/// Of the accounts that have had more than one login, takes the latest.
async fn relabel_actors(db: &mut PgConnection, ids: &[i64], bots: &Bots) -> sqlx::Result<()> {
    let changed = sqlx::query!(
        r#"update actor a set login = l.login
           from (select distinct on (actor_id) actor_id, login
                 from actor_login
                 where actor_id in (select actor_id from actor_login where actor_id = any($1)
                                    group by actor_id having count(*) > 1)
                 order by actor_id, last_seen desc, first_seen desc, login collate "C" desc) l
           where a.actor_id = l.actor_id and a.login <> l.login
           returning a.actor_id, a.login"#,
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    if !changed.is_empty() {
        let marks: Vec<_> = changed.iter().map(|row| (row.actor_id, bots.is_bot(row.actor_id, &row.login))).collect();
        people::store::mark_bots(db, &marks).await?;
    }
    Ok(())
}

/// Adds accounts that a source calls bots, and marks those and any of the accounts
/// just added that were called so before.
pub(in crate::ingest) async fn add_bots(db: &mut PgConnection, seen: &[(i64, Seen)], bots: &[i64]) -> sqlx::Result<()> {
    let ids: Vec<i64> = seen.iter().map(|(id, _)| *id).chain(bots.iter().copied()).collect();
    people::store::add_bot_accounts(db, bots, &ids).await
}

/// Adds repositories and their names, in the same way.
pub(in crate::ingest) async fn add_repos(db: &mut PgConnection, seen: &[(i64, Seen)]) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    sqlx::query!(
        "insert into repo (repo_id, name, org_id)
         select * from unnest($1::bigint[], $2::text[], $3::bigint[])
         on conflict on constraint repo_pkey do nothing",
        &columns.ids,
        &columns.names as &[&str],
        &columns.orgs as &[Option<i64>]
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into repo_name (repo_id, name, org_id, first_seen, last_seen)
         select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[], $5::date[])
         on conflict on constraint repo_name_pkey do update
         set first_seen = least(repo_name.first_seen, excluded.first_seen),
             last_seen = greatest(repo_name.last_seen, excluded.last_seen),
             org_id = greatest(repo_name.org_id, excluded.org_id)
         where excluded.first_seen < repo_name.first_seen or excluded.last_seen > repo_name.last_seen
            or excluded.org_id > coalesce(repo_name.org_id, 0)",
        &columns.ids,
        &columns.names as &[&str],
        &columns.orgs as &[Option<i64>],
        &columns.first,
        &columns.last
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"update repo r set name = n.name, org_id = n.org_id
           from (select distinct on (repo_id) repo_id, name, org_id
                 from repo_name
                 where repo_id = any($1)
                 order by repo_id, last_seen desc, first_seen desc, name collate "C" desc) n
           where r.repo_id = n.repo_id and (r.name <> n.name or r.org_id is distinct from n.org_id)"#,
        &columns.ids
    )
    .execute(&mut *db)
    .await?;
    place_stand_ins(db, &columns.ids).await
}

/// The greatest repository number of the first hour of 2015: nothing before was
/// about a repository with a greater one.
const LAST_OF_2014: i64 = 28_678_207;

/// Says anew which repository each stand-in is that could be one of these.
async fn place_stand_ins(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "with touched as (
             select s.repo_id
             from repo_name n join repo s on lower(s.name) = lower(n.name) and s.repo_id < 0
             where n.repo_id = any($1) and exists (select from repo where repo_id < 0)
         ), placed as (
             select repo_id, (
                 select n.repo_id from repo_name n
                 where lower(n.name) = lower(r.name) and n.repo_id between 1 and $2
                 order by n.first_seen, n.repo_id limit 1) as same_as
             from repo r where repo_id in (select repo_id from touched)
         )
         update repo r set same_as = p.same_as
         from placed p where r.repo_id = p.repo_id and r.same_as is distinct from p.same_as",
        ids,
        LAST_OF_2014
    )
    .execute(db)
    .await?;
    Ok(())
}
