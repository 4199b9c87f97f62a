//! SQL of `people`.

mod affiliation;
mod authors;
mod claim;
mod find;
mod fold;
mod groups;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

pub use self::{
    affiliation::affiliations,
    authors::{Address, Author, Mapped, add_authors, replace_mailmap},
    claim::{Alias, Word, aliases, claims, people_log, waiting_claims},
    find::{BotPattern, Found, bot_list, find},
    fold::fold,
    groups::{PeopleGroup, people_groups},
};
pub(super) use self::{
    affiliation::{
        acquisitions, replace_acquisitions, replace_company_names, replace_stated, settle_everybody, stated,
        stated_companies, unseen,
    },
    claim::{accepted_in, add_claim, claim, decide_claim, lock_waiting, log},
    fold::{accounts_said_of, alias_of_an_alias, aliases_of, replace_aliases},
    groups::{add_members, mail_domains, org_id, people_in, replace_mail_domains, replace_people_groups},
};
use super::Affiliation;

/// Someone, with everything known about who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub person_id: i64,
    pub login: String,
    pub bot: bool,
    /// Latest first, over all of the person's accounts.
    pub logins: Vec<LoginSpan>,
    /// Earliest first.
    pub affiliations: Vec<Affiliation>,
}

/// The days between which a login was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSpan {
    pub login: String,
    pub first_seen: NaiveDate,
    pub last_seen: NaiveDate,
}

/// Finds a person by login, in any case: who holds it now, else who held it last;
/// but nobody who has opted out.
pub async fn by_login(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<Person>> {
    match id_by_login(db, login).await? {
        Some(id) if !has_opted_out(db, id).await? => by_id(db, id).await,
        _ => Ok(None),
    }
}

/// The id of a person by login, as [`by_login`], whether opted out or not.
pub async fn id_by_login(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<i64>> {
    Ok(holder(db, login).await?.map(|(_, person)| person))
}

/// The id of the account itself that holds a login or held it last.
pub async fn account_by_login(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<i64>> {
    Ok(holder(db, login).await?.map(|(account, _)| account))
}

async fn holder(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<(i64, i64)>> {
    let row = sqlx::query!(
        r#"select a.actor_id as "actor_id!", a.person_id as "person_id!"
           from (select actor_id, 1 as now, null::date as last_seen from actor where lower(login) = lower($1)
                 union all
                 select actor_id, 0, last_seen from actor_login where lower(login) = lower($1)) held
           join actor a using (actor_id)
           left join actor_login l on l.actor_id = a.actor_id and l.login = a.login
           order by held.now desc, coalesce(held.last_seen, l.last_seen) desc nulls last, a.actor_id desc
           limit 1"#,
        login
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.actor_id, row.person_id)))
}

/// Finds a person by id; the id of a merged account finds who it belongs to.
pub async fn by_id(db: &mut PgConnection, id: i64) -> sqlx::Result<Option<Person>> {
    let Some(row) = sqlx::query!(
        "select p.actor_id, p.login, p.bot from actor a join actor p on p.actor_id = a.person_id where a.actor_id = $1",
        id
    )
    .fetch_optional(&mut *db)
    .await?
    else {
        return Ok(None);
    };
    let logins = logins(db, row.actor_id).await?;
    let affiliations = affiliations(db, row.actor_id).await?;
    Ok(Some(Person { person_id: row.actor_id, login: row.login, bot: row.bot, logins, affiliations }))
}

async fn logins(db: &mut PgConnection, person_id: i64) -> sqlx::Result<Vec<LoginSpan>> {
    sqlx::query_as!(
        LoginSpan,
        r#"select l.login, min(l.first_seen) as "first_seen!", max(l.last_seen) as "last_seen!"
           from actor_login l
           join actor a using (actor_id)
           where a.actor_id = $1 or (a.person_id = $1 and a.person_id <> a.actor_id)
           group by l.login
           order by 3 desc, 2 desc, l.login collate "C" desc"#,
        person_id
    )
    .fetch_all(db)
    .await
}

pub(super) async fn bot_patterns(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select pattern from bot_pattern order by pattern").fetch_all(db).await
}

/// What is said of single accounts: by an officer, or else by GitHub.
pub(super) async fn bot_overrides(db: &mut PgConnection) -> sqlx::Result<HashMap<i64, bool>> {
    let rows = sqlx::query!(
        r#"select actor_id as "id!", bot as "bot!" from bot_override
           union all
           select actor_id, true from bot_account where actor_id not in (select actor_id from bot_override)"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.bot)).collect())
}

pub(super) async fn actor_marks(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, String, bool)>> {
    let rows = sqlx::query!("select actor_id, login, bot from actor").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.actor_id, row.login, row.bot)).collect())
}

/// Adds accounts that GitHub calls bots, and marks these and the `present` ones that
/// it called so before, but for an officer's word.
pub async fn add_bot_accounts(db: &mut PgConnection, new: &[i64], present: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into bot_account select unnest($1::bigint[]) on conflict on constraint bot_account_pkey do nothing",
        new
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update actor a set bot = true
         from bot_account b
         where b.actor_id = a.actor_id and not a.bot and a.actor_id = any($1)
           and not exists (select from bot_override o where o.actor_id = a.actor_id)",
        present
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An officer's word on an account, in place of an earlier one.
pub(super) async fn override_bot(db: &mut PgConnection, id: i64, bot: bool, reason: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into bot_override (actor_id, bot, reason) values ($1, $2, $3)
         on conflict on constraint bot_override_pkey do update set bot = excluded.bot, reason = excluded.reason",
        id,
        bot,
        reason
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Leaves an account to the patterns again; whether there was a word on it.
pub(super) async fn forget_override(db: &mut PgConnection, id: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from bot_override where actor_id = $1", id).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// Every officer's word: login (if the account was seen), id, bot or not, reason.
pub async fn overrides(db: &mut PgConnection) -> sqlx::Result<Vec<(Option<String>, i64, bool, String)>> {
    let rows = sqlx::query!(
        r#"select a.login as "login?", o.actor_id, o.bot, o.reason
           from bot_override o left join actor a using (actor_id) order by o.actor_id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.login, row.actor_id, row.bot, row.reason)).collect())
}

/// Takes a person out of what is shown of people; twice is once.
pub async fn opt_out(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into opt_out (actor_id, since) values ($1, $2) on conflict on constraint opt_out_pkey do nothing",
        person_id,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Shows a person again, over all of their accounts; whether they were not shown.
pub async fn opt_in(db: &mut PgConnection, person_id: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from opt_out o using actor a where a.actor_id = o.actor_id and a.person_id = $1",
        person_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn has_opted_out(db: &mut PgConnection, person_id: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from opt_out o join actor a using (actor_id) where a.person_id = $1) as "out!""#,
        person_id
    )
    .fetch_one(db)
    .await
}

/// Sets the mark of some accounts.
pub async fn mark_bots(db: &mut PgConnection, marks: &[(i64, bool)]) -> sqlx::Result<u64> {
    let (ids, bots): (Vec<i64>, Vec<bool>) = marks.iter().copied().unzip();
    let done = sqlx::query!(
        "update actor a set bot = m.bot from unnest($1::bigint[], $2::bool[]) m (actor_id, bot) where a.actor_id = m.actor_id",
        &ids,
        &bots
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_holder_of_a_login_wins_over_a_former_one(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        sqlx::query!("insert into actor values (1, 1, 'Ada2', false), (2, 2, 'ada', false), (3, 2, 'ada-work', false)")
            .execute(&mut *db)
            .await
            .unwrap();
        sqlx::query!(
            "insert into actor_login values (1, 'ada', '2015-01-01', '2016-01-01'), (1, 'Ada2', '2016-01-02', '2017-01-01'),
             (2, 'ada', '2015-06-01', '2015-06-01'), (3, 'ada-work', '2016-01-01', '2016-01-01'), (1, 'lovelace', '2014-01-01', '2014-01-01')"
        )
        .execute(&mut *db)
        .await
        .unwrap();
        let ada = by_login(&mut db, "ADA").await.unwrap().unwrap();
        assert_eq!((ada.person_id, ada.logins.len()), (2, 2));
        assert_eq!(by_login(&mut db, "Lovelace").await.unwrap().unwrap().login, "Ada2");
        assert_eq!(by_id(&mut db, 3).await.unwrap().unwrap().login, "ada");
        assert_eq!(by_login(&mut db, "nobody").await.unwrap(), None);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_opts_out_with_one_account_is_out_with_all(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        sqlx::query!("insert into actor values (2, 2, 'ada', false), (3, 2, 'ada-work', false)")
            .execute(&mut *db)
            .await
            .unwrap();
        sqlx::query!("insert into actor_login values (2, 'ada', '2016-01-01', '2016-01-01'), (3, 'ada-work', '2016-01-01', '2016-01-01')")
            .execute(&mut *db)
            .await
            .unwrap();
        opt_out(&mut db, 3, DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(by_login(&mut db, "ada").await.unwrap(), None);
        assert!(find(&mut db, "ada", 9).await.unwrap().is_empty());
        assert!(opt_in(&mut db, 2).await.unwrap() && !opt_in(&mut db, 2).await.unwrap());
        assert_eq!(by_login(&mut db, "ada-work").await.unwrap().unwrap().login, "ada");
        assert_eq!(find(&mut db, "ada", 9).await.unwrap().len(), 1);
    }
}
