//! Names to ids, in any case and against the history; and lists of names.

use sqlx::PgConnection;

/// Repositories of an organisation by its present name, and those that were only
/// seen under it when the archive did not say whose they are.
pub(in crate::stats) async fn repos_of_org(db: &mut PgConnection, org: &str) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"with known as (select org_id from org where lower(login) = lower($1))
           select repo_id as "id!" from repo where org_id in (select org_id from known)
           union
           select repo_id from repo
           where org_id is null and same_as is null and split_part(lower(name), '/', 1) = lower($1) and exists (select from known)"#,
        org
    )
    .fetch_all(db)
    .await
}

/// The stand-ins of repositories: what was done there before 2015.
pub(in crate::stats) async fn stand_ins(db: &mut PgConnection, repos: &[i64]) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!("select repo_id from repo where same_as = any($1)", repos).fetch_all(db).await
}

/// Repositories that were ever seen under an owner, and everything else of the
/// organisations that they belong to: for old names, and for users.
pub(in crate::stats) async fn repos_of_owner(db: &mut PgConnection, owner: &str) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"with seen as (select repo_id, org_id from repo_name where split_part(lower(name), '/', 1) = lower($1))
           select repo_id as "id!" from seen
           union
           select repo_id from repo where org_id in (select org_id from seen)"#,
        owner
    )
    .fetch_all(db)
    .await
}

pub(in crate::stats) async fn is_org(db: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from org where lower(login) = lower($1)) as "known!""#, name)
        .fetch_one(db)
        .await
}

/// Repositories that have or had this name: who has it now, else who had it.
pub(in crate::stats) async fn repos_by_name(db: &mut PgConnection, name: &str) -> sqlx::Result<Vec<i64>> {
    let now = sqlx::query_scalar!(
        "select distinct r.repo_id
         from repo_name n join repo r using (repo_id)
         where lower(n.name) = lower($1) and lower(r.name) = lower($1) and r.repo_id > 0",
        name
    )
    .fetch_all(&mut *db)
    .await?;
    if !now.is_empty() {
        return Ok(now);
    }
    sqlx::query_scalar!("select distinct repo_id from repo_name where lower(name) = lower($1)", name)
        .fetch_all(db)
        .await
}

/// Whether anybody, organisation or user, was ever seen owning a repository.
pub async fn owner_is_known(db: &mut PgConnection, owner: &str) -> sqlx::Result<bool> {
    Ok(is_org(db, owner).await? || !repos_of_owner(db, owner).await?.is_empty())
}

/// A few names that begin like this one, or the first ones.
pub(in crate::stats) async fn orgs_like(db: &mut PgConnection, name: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select login from org
           order by starts_with(lower(login), left(lower($1), 3)) desc, lower(login) collate "C" limit 5"#,
        name
    )
    .fetch_all(db)
    .await
}

pub(in crate::stats) async fn repos_like(db: &mut PgConnection, name: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select name from repo
           order by split_part(lower(name), '/', 1) = split_part(lower($1), '/', 1) desc,
                    starts_with(lower(name), left(lower($1), 3)) desc, lower(name) collate "C" limit 5"#,
        name
    )
    .fetch_all(db)
    .await
}

/// Every company that an affiliation names, those with most people first.
pub async fn companies(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select company from affiliation group by company order by count(*) desc, lower(company) collate "C", company"#
    )
    .fetch_all(db)
    .await
}

/// Every organisation seen, by its present name.
pub async fn orgs(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"select login from org order by lower(login) collate "C", login"#).fetch_all(db).await
}
