//! What lists of the API and copies of git repositories have told. Names are those of
//! the ledger's filters (`org:acme`, `repo:acme/anvil`); none is everything.

use sqlx::PgConnection;

use crate::stats::reach::Told;

/// Lists that were read to their end, by repository; those that tell of no kind too.
pub(in crate::stats) async fn told(db: &mut PgConnection, names: &[String]) -> sqlx::Result<Vec<Told>> {
    sqlx::query_as!(
        Told,
        r#"select repo_id as "repo_id!", r.name as "repository!", list as "list!", "from", "to" as "to!"
           from (select repo_id, stream as list, floor as "from", whole_at as "to"
                 from api_cursor
                 where repo_id > 0 and whole_at is not null
                 union all
                 select repo_id, 'git', since, max(whole_at)
                 from git_reading
                 where whole_at is not null and not shallow
                 group by repo_id, since) told
           join repo r using (repo_id)
           where cardinality($1::text[]) = 0 or 'repo:' || lower(r.name) = any($1)
              or 'org:' || lower(split_part(r.name, '/', 1)) = any($1)
           order by lower(r.name) collate "C", repo_id, list collate "C", "from" nulls first"#,
        names
    )
    .fetch_all(db)
    .await
}

/// How many repositories there are.
pub(in crate::stats) async fn repositories_of(db: &mut PgConnection, names: &[String]) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from repo r
           where repo_id > 0
             and (cardinality($1::text[]) = 0 or 'repo:' || lower(r.name) = any($1)
                  or 'org:' || lower(split_part(r.name, '/', 1)) = any($1))"#,
        names
    )
    .fetch_one(db)
    .await
}

/// Some of them by name, but not those of `but`.
pub(in crate::stats) async fn repositories_but(
    db: &mut PgConnection,
    names: &[String],
    but: &[i64],
    most: i64,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select r.name from repo r
           where repo_id > 0 and not repo_id = any($2)
             and (cardinality($1::text[]) = 0 or 'repo:' || lower(r.name) = any($1)
                  or 'org:' || lower(split_part(r.name, '/', 1)) = any($1))
           order by lower(r.name) collate "C", repo_id
           limit $3"#,
        names,
        but,
        most
    )
    .fetch_all(db)
    .await
}
