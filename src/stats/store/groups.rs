//! Repository groups. A group names repositories as they were called on a day; which
//! those are is asked anew each time, so that one seen later is in its group too.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::stats::groups::Membership;

/// The repositories of a group: each the one that was called so on the day of the
/// file, of those seen by then the one seen last, else who was first seen after it.
pub(in crate::stats) async fn repos_of_group(db: &mut PgConnection, group: &str) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"select distinct h.repo_id as "id!"
           from group_repository g
           cross join lateral (
               select n.repo_id from repo_name n
               where lower(n.name) = lower(g.repository)
               order by n.repo_id > 0 desc, n.first_seen <= g.as_of desc,
                        case when n.first_seen <= g.as_of then least(n.last_seen, g.as_of) end desc,
                        case when n.first_seen <= g.as_of then n.first_seen end desc,
                        n.first_seen, n.repo_id
               limit 1) h
           where lower(g.name) = lower($1)
           order by 1"#,
        group
    )
    .fetch_all(db)
    .await
}

/// Every repository group, by name.
pub async fn groups(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"select name from group_repository group by name order by lower(name) collate "C", name"#)
        .fetch_all(db)
        .await
}

/// A group as the file of a day has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub as_of: NaiveDate,
    pub repositories: i64,
    /// Those of them that were seen.
    pub seen: i64,
}

/// Every repository group with its size, by name.
pub async fn group_list(db: &mut PgConnection) -> sqlx::Result<Vec<Group>> {
    sqlx::query_as!(
        Group,
        r#"select g.name, max(g.as_of) as "as_of!", count(*) as "repositories!",
                  count(*) filter (where exists (select from repo_name n where lower(n.name) = lower(g.repository))) as "seen!"
           from group_repository g
           group by g.name
           order by lower(g.name) collate "C", g.name"#
    )
    .fetch_all(db)
    .await
}

/// How many repositories are in more than one group.
pub async fn in_several_groups(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!"
           from (select from group_repository group by lower(repository) having count(distinct name) > 1) several"#
    )
    .fetch_one(db)
    .await
}

pub(in crate::stats) async fn members_of(db: &mut PgConnection, groups: &[String]) -> sqlx::Result<Vec<Membership>> {
    sqlx::query_as!(
        Membership,
        r#"select name as "group", repository from group_repository where name = any($1)"#,
        groups
    )
    .fetch_all(db)
    .await
}

/// Repositories of some groups that nobody has seen, by name.
pub(in crate::stats) async fn unseen_repositories(
    db: &mut PgConnection,
    groups: &[String],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select g.repository from group_repository g
           where g.name = any($1)
             and not exists (select from repo_name n where lower(n.name) = lower(g.repository))
           group by g.repository
           order by lower(g.repository) collate "C", g.repository"#,
        groups
    )
    .fetch_all(db)
    .await
}

/// Puts memberships in place of what was in the groups.
pub(in crate::stats) async fn replace_groups(
    db: &mut PgConnection,
    groups: &[String],
    members: &BTreeSet<Membership>,
    as_of: NaiveDate,
) -> sqlx::Result<()> {
    let (names, repositories): (Vec<_>, Vec<_>) =
        members.iter().map(|member| (member.group.clone(), member.repository.clone())).unzip();
    sqlx::query!("delete from group_repository where name = any($1)", groups).execute(&mut *db).await?;
    sqlx::query!(
        "insert into group_repository (name, repository, as_of)
         select name, repository, $3 from unnest($1::text[], $2::text[]) m (name, repository)",
        &names,
        &repositories,
        as_of
    )
    .execute(db)
    .await?;
    Ok(())
}
