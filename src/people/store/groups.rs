//! Named groups of people, members of organisations, and mail domains.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::people::owners::Member;

pub(in crate::people) async fn people_in(db: &mut PgConnection, groups: &[String]) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as!(Member, r#"select name as "group", login from people_group where name = any($1)"#, groups)
        .fetch_all(db)
        .await
}

pub(in crate::people) async fn replace_people_groups(
    db: &mut PgConnection,
    groups: &[String],
    members: &BTreeSet<Member>,
    as_of: NaiveDate,
) -> sqlx::Result<()> {
    let (names, logins): (Vec<_>, Vec<_>) = members.iter().map(|m| (m.group.clone(), m.login.clone())).unzip();
    sqlx::query!("delete from people_group where name = any($1)", groups).execute(&mut *db).await?;
    sqlx::query!(
        "insert into people_group (name, login, as_of)
         select name, login, $3 from unnest($1::text[], $2::text[]) m (name, login)",
        &names,
        &logins,
        as_of
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A named group of people as the file of a day has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleGroup {
    pub name: String,
    pub as_of: NaiveDate,
    /// By login; nobody who has opted out.
    pub logins: Vec<String>,
}

/// Every named group of people, by name.
pub async fn people_groups(db: &mut PgConnection) -> sqlx::Result<Vec<PeopleGroup>> {
    sqlx::query_as!(
        PeopleGroup,
        r#"select g.name, max(g.as_of) as "as_of!", array_agg(g.login order by g.login collate "C") as "logins!"
           from people_group g
           where g.login not in (
               select lower(l.login) from opt_out join actor o using (actor_id)
               join actor a on a.person_id = o.person_id join actor_login l on l.actor_id = a.actor_id)
           group by g.name
           order by lower(g.name) collate "C", g.name"#
    )
    .fetch_all(db)
    .await
}

/// Every mail domain and its company.
pub(in crate::people) async fn mail_domains(db: &mut PgConnection) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!("select domain, company from mail_domain").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.domain, row.company)).collect())
}

pub(in crate::people) async fn replace_mail_domains(
    db: &mut PgConnection,
    domains: &[(String, String)],
) -> sqlx::Result<()> {
    let (names, companies): (Vec<_>, Vec<_>) = domains.iter().cloned().unzip();
    sqlx::query!("delete from mail_domain").execute(&mut *db).await?;
    sqlx::query!("insert into mail_domain select * from unnest($1::text[], $2::text[])", &names, &companies)
        .execute(db)
        .await?;
    Ok(())
}

/// The number of an organisation, by its present login in any case.
pub(in crate::people) async fn org_id(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select org_id from org where lower(login) = lower($1) order by last_seen desc limit 1", login)
        .fetch_optional(db)
        .await
}

/// Widens the days between which accounts were members to a day; says for which of
/// them that is new.
pub(in crate::people) async fn add_members(
    db: &mut PgConnection,
    org_id: i64,
    ids: &[i64],
    day: NaiveDate,
) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        "insert into org_member (org_id, actor_id, first_seen, last_seen)
         select $1, id, $3, $3 from unnest($2::bigint[]) i (id)
         on conflict on constraint org_member_pkey do update
         set first_seen = least(org_member.first_seen, excluded.first_seen),
             last_seen = greatest(org_member.last_seen, excluded.last_seen)
         where excluded.first_seen < org_member.first_seen or excluded.last_seen > org_member.last_seen
         returning actor_id",
        org_id,
        ids,
        day
    )
    .fetch_all(db)
    .await
}
