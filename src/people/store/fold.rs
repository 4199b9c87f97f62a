//! Which accounts are one person: derived, never told, so that any order of
//! arrival gives the same rows.

use sqlx::PgConnection;

use super::{affiliation::settle, authors::fold_authors};

/// The greatest account number of the first hour of 2015: who has a greater one
/// did nothing before.
const LAST_OF_2014: i64 = 10_361_459;

/// Derives anew whose person these accounts are, and every account that hangs on
/// them: their aliases, the stand-ins for their logins and those that commits name;
/// then where they work.
pub async fn fold(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    let mut touched = ids.to_vec();
    if may_fold(db).await? {
        touched.extend(place(db, ids).await?);
        // Among the touched are stand-ins of the same label, which are themselves again.
        fold_authors(db, &touched).await?;
    }
    settle(db, &touched).await
}

/// Names the accounts that are somebody else's now, and whose they were.
async fn place(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<i64>> {
    let moved = sqlx::query!(
        r#"with accounts as (
               select actor_id from actor where actor_id = any($1)
               union
               select a.actor_id from alias join actor a using (actor_id) where alias.person_id = any($1)
           ), touched as (
               select actor_id from accounts
               union
               select s.actor_id
               from accounts join actor_login l using (actor_id)
               join actor s on lower(s.login) = lower(l.login) and s.actor_id < 0
           ), held as (
               select t.actor_id, coalesce(case when t.actor_id < 0 then (
                   select l.actor_id from actor_login l
                   where lower(l.login) = lower(a.login) and l.actor_id between 1 and $2
                   order by l.first_seen, l.actor_id limit 1) end, t.actor_id) as holder
               from touched t join actor a using (actor_id)
           ), folded as (
               select h.actor_id, coalesce(p.actor_id, h.holder) as person_id
               from held h
               left join alias x on x.actor_id = h.holder
               -- Until the other account is seen, each is its own person.
               left join actor p on p.actor_id = x.person_id
           )
           update actor a set person_id = f.person_id
           from folded f join actor was using (actor_id)
           where a.actor_id = f.actor_id and a.person_id <> f.person_id
           returning a.actor_id, was.person_id"#,
        ids,
        LAST_OF_2014
    )
    .fetch_all(db)
    .await?;
    Ok(moved.iter().flat_map(|row| [row.actor_id, row.person_id]).collect())
}

/// Whether there is anything that could be somebody else's: mostly there is not,
/// and an ingest asks for every hour.
async fn may_fold(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from alias) or exists (select from actor where actor_id < 0)
               or exists (select from actor where person_id <> actor_id) as "may!""#
    )
    .fetch_one(db)
    .await
}

/// What is said about these accounts.
pub(in crate::people) async fn aliases_of(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<(i64, i64)>> {
    let rows =
        sqlx::query!("select actor_id, person_id from alias where actor_id = any($1)", ids).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.actor_id, row.person_id)).collect())
}

/// The accounts that are said to be somebody's.
pub(in crate::people) async fn accounts_said_of(db: &mut PgConnection, person_id: i64) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!("select actor_id from alias where person_id = $1", person_id).fetch_all(db).await
}

/// Replaces what was said about these accounts; an account that is its own person
/// is no alias any more.
pub(in crate::people) async fn replace_aliases(db: &mut PgConnection, aliases: &[(i64, i64)]) -> sqlx::Result<()> {
    let (ids, persons): (Vec<i64>, Vec<i64>) = aliases.iter().copied().unzip();
    sqlx::query!("delete from alias where actor_id = any($1)", &ids).execute(&mut *db).await?;
    sqlx::query!(
        "insert into alias (actor_id, person_id)
         select * from unnest($1::bigint[], $2::bigint[]) a (actor_id, person_id) where actor_id <> person_id",
        &ids,
        &persons
    )
    .execute(&mut *db)
    .await?;
    fold(db, &ids).await
}

/// An alias whose person is an alias too, if there is one.
pub(in crate::people) async fn alias_of_an_alias(db: &mut PgConnection) -> sqlx::Result<Option<(i64, i64)>> {
    let row = sqlx::query!(
        "select a.actor_id, a.person_id from alias a join alias b on b.actor_id = a.person_id order by a.actor_id limit 1"
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.actor_id, row.person_id)))
}
