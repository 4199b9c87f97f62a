//! Who worked where: what was said, and what follows from it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::{
    db::{self, LockClass},
    people::{
        Affiliation,
        affiliation::{Stated, Who},
    },
};

/// Where a person worked, earliest first.
pub async fn affiliations(db: &mut PgConnection, person_id: i64) -> sqlx::Result<Vec<Affiliation>> {
    sqlx::query_as!(
        Affiliation,
        r#"select company, stated, lower(span) as "from", upper(span) as "to"
           from affiliation where actor_id = $1 order by lower(span) nulls first"#,
        person_id
    )
    .fetch_all(db)
    .await
}

/// Numbers and logins apart, as columns.
fn split<'a>(whose: impl Iterator<Item = &'a Who>) -> (Vec<Option<i64>>, Vec<Option<String>>) {
    whose
        .map(|who| match who {
            Who::Account(id) => (Some(*id), None),
            Who::Login(login) => (None, Some(login.clone())),
        })
        .unzip()
}

/// What files say of some people.
pub(in crate::people) async fn stated(
    db: &mut PgConnection,
    whose: &BTreeSet<Who>,
) -> sqlx::Result<Vec<(Who, Affiliation)>> {
    let (ids, logins) = split(whose.iter());
    let rows = sqlx::query!(
        r#"select actor_id, login, company, lower(span) as "from", upper(span) as "to"
           from affiliation_stated where actor_id = any($1) or login = any($2)"#,
        &ids as &[Option<i64>],
        &logins as &[Option<String>]
    )
    .fetch_all(db)
    .await?;
    let who = |id: Option<i64>, login: Option<String>| id.map(Who::Account).or(login.map(Who::Login));
    let rows = rows.into_iter().filter_map(|row| {
        let span = Affiliation { company: row.company, stated: None, from: row.from, to: row.to };
        Some((who(row.actor_id, row.login)?, span))
    });
    Ok(rows.collect())
}

/// Puts what a file says in place of what files said of the same people.
pub(in crate::people) async fn replace_stated(
    db: &mut PgConnection,
    whose: &BTreeSet<Who>,
    rows: &[Stated],
    as_of: NaiveDate,
) -> sqlx::Result<()> {
    let (ids, logins) = split(whose.iter());
    sqlx::query!(
        "delete from affiliation_stated where actor_id = any($1) or login = any($2)",
        &ids as &[Option<i64>],
        &logins as &[Option<String>]
    )
    .execute(&mut *db)
    .await?;
    let (ids, logins) = split(rows.iter().map(|row| &row.who));
    let companies: Vec<_> = rows.iter().map(|row| row.span.company.clone()).collect();
    let (from, to): (Vec<_>, Vec<_>) = rows.iter().map(|row| (row.span.from, row.span.to)).unzip();
    sqlx::query!(
        "insert into affiliation_stated (actor_id, login, company, span, as_of)
         select actor_id, login, company, daterange(starts, ends), $6
         from unnest($1::bigint[], $2::text[], $3::text[], $4::date[], $5::date[])
             s (actor_id, login, company, starts, ends)",
        &ids as &[Option<i64>],
        &logins as &[Option<String>],
        &companies,
        &from as &[Option<NaiveDate>],
        &to as &[Option<NaiveDate>],
        as_of
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many of these nobody has seen.
pub(in crate::people) async fn unseen(db: &mut PgConnection, whose: &BTreeSet<Who>) -> sqlx::Result<i64> {
    let (ids, logins) = split(whose.iter());
    sqlx::query_scalar!(
        r#"select count(*) as "n!"
           from unnest($1::bigint[], $2::text[]) w (actor_id, login)
           where not exists (select from actor a where a.actor_id = w.actor_id)
             and not exists (select from actor_login l where lower(l.login) = w.login)"#,
        &ids as &[Option<i64>],
        &logins as &[Option<String>]
    )
    .fetch_one(db)
    .await
}

/// The map of acquisitions: pattern and company, the first that matches counts.
pub(in crate::people) async fn acquisitions(db: &mut PgConnection) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!("select pattern, company from acquisition order by place").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.pattern, row.company)).collect())
}

pub(in crate::people) async fn replace_acquisitions(
    db: &mut PgConnection,
    pairs: &[(String, String)],
) -> sqlx::Result<()> {
    let (patterns, companies): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
    sqlx::query!("delete from acquisition").execute(&mut *db).await?;
    sqlx::query!(
        "insert into acquisition (place, pattern, company)
         select place, pattern, company from unnest($1::text[], $2::text[]) with ordinality p (pattern, company, place)",
        &patterns,
        &companies
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every company as it was said.
pub(in crate::people) async fn stated_companies(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select company as "company!" from affiliation_stated
           union
           select company from affiliation_claim where state = 'accepted'"#
    )
    .fetch_all(db)
    .await
}

pub(in crate::people) async fn replace_company_names(
    db: &mut PgConnection,
    names: &[(String, String)],
) -> sqlx::Result<()> {
    let (stated, companies): (Vec<_>, Vec<_>) = names.iter().cloned().unzip();
    sqlx::query!("delete from company_name").execute(&mut *db).await?;
    sqlx::query!("insert into company_name select * from unnest($1::text[], $2::text[])", &stated, &companies)
        .execute(db)
        .await?;
    Ok(())
}

/// Derives anew where everybody works of whom anything is or was said.
pub(in crate::people) async fn settle_everybody(db: &mut PgConnection) -> sqlx::Result<()> {
    db::lock_exclusive(db, LockClass::Affiliations, 0).await?;
    let ids = sqlx::query_scalar!(
        r#"select actor_id as "id!" from affiliation
           union
           select actor_id from affiliation_stated where actor_id is not null
           union
           select actor_id from affiliation_claim where state = 'accepted'
           union
           select l.actor_id from affiliation_stated s join actor_login l on lower(l.login) = s.login"#
    )
    .fetch_all(&mut *db)
    .await?;
    settle(db, &ids).await
}

/// Derives anew where these accounts' persons work, and whoever else held one of
/// their logins. An ingest asks for every hour: mostly nothing was ever said.
pub(in crate::people) async fn settle(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    // Who adds a login and who says something of it must not miss each other.
    db::lock_exclusive(db, LockClass::Affiliations, 0).await?;
    let said = sqlx::query_scalar!(
        r#"select exists (select from affiliation_stated) or exists (select from affiliation_claim where state = 'accepted')
               or exists (select from affiliation) as "said!""#
    )
    .fetch_one(&mut *db)
    .await?;
    if !said || ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"with near as (
               select unnest($1::bigint[]) as actor_id
               union
               select o.actor_id
               from actor_login l
               join affiliation_stated s on s.login = lower(l.login)
               join actor_login o on lower(o.login) = s.login
               where l.actor_id = any($1)
           ), persons as (
               -- An account that is somebody's now may have been its own person before.
               select actor_id as person_id from near
               union
               select a.person_id from near join actor a using (actor_id)
           ), accounts as (
               select p.person_id as actor_id, coalesce(a.person_id, p.person_id) as person_id
               from persons p left join actor a on a.actor_id = p.person_id
               union
               select a.actor_id, a.person_id
               from persons p join actor a on a.person_id = p.person_id and a.person_id <> a.actor_id
           ), said as (
               select a.person_id, a.actor_id, c.company, c.span, 1 as voice
               from accounts a join affiliation_claim c using (actor_id) where c.state = 'accepted'
               union all
               select a.person_id, a.actor_id, s.company, s.span, 2
               from accounts a join affiliation_stated s using (actor_id)
               union all
               select a.person_id, a.actor_id, s.company, s.span, 3
               from affiliation_stated s
               -- Who held the login on the day of the file: of those seen by then the one
               -- seen last, else who was seen first after it; a stand-in only for nobody.
               cross join lateral (
                   select l.actor_id from actor_login l
                   where lower(l.login) = s.login
                   order by l.actor_id > 0 desc, l.first_seen <= s.as_of desc,
                            case when l.first_seen <= s.as_of then least(l.last_seen, s.as_of) end desc,
                            case when l.first_seen <= s.as_of then l.first_seen end desc,
                            l.first_seen, l.actor_id
                   limit 1) h
               join accounts a on a.actor_id = h.actor_id
               where s.login in (select lower(l.login) from accounts join actor_login l using (actor_id))
           ), cut as (
               -- An earlier voice keeps its days.
               select person_id, company,
                      datemultirange(span) - coalesce(range_agg(span) over earlier, '{}') as days
               from said
               window earlier as (
                   partition by person_id
                   order by voice, actor_id <> person_id, actor_id, lower(span) nulls first, company collate "C"
                   rows between unbounded preceding and 1 preceding)
           ), derived as (
               select c.person_id, coalesce(n.company, c.company) as company,
                      case when n.company is not null then c.company end as stated, d.span
               from cut c
               cross join lateral unnest(c.days) d (span)
               left join company_name n on n.stated = c.company
           ), gone as (
               delete from affiliation f
               where f.actor_id in (select person_id from persons)
                 and not exists (select from derived d
                                 where d.person_id = f.actor_id and d.company = f.company
                                   and d.stated is not distinct from f.stated and d.span = f.span)
               returning f.actor_id
           )
           insert into affiliation (actor_id, company, stated, span)
           select d.person_id, d.company, d.stated, d.span
           from derived d
           -- Counted, so that what is gone is gone before the new comes.
           where (select count(*) from gone) >= 0
             and not exists (select from affiliation f
                             where f.actor_id = d.person_id and f.company = d.company
                               and f.stated is not distinct from d.stated and f.span = d.span)"#,
        ids
    )
    .execute(db)
    .await?;
    Ok(())
}
