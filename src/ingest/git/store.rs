//! SQL of `git`: the ledger of readings, and which repository a name means.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A state of a repository, read whole.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub repo_id: i64,
    pub digest: &'a [u8],
    pub head: Option<String>,
    pub head_at: Option<DateTime<Utc>>,
    pub tips: i32,
    pub commits: i32,
    pub merges: i32,
    pub bad_commits: i32,
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    pub shallow: bool,
    pub since: Option<DateTime<Utc>>,
    pub reader: i16,
}

/// The repository that is called so now, else the one that was so last.
pub(super) async fn repo_by_name(db: &mut PgConnection, name: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        r#"select r.repo_id as "id!"
           from repo_name n join repo r using (repo_id)
           where lower(n.name) = lower($1) and r.repo_id > 0
           order by lower(r.name) = lower($1) desc, n.last_seen desc, r.repo_id desc
           limit 1"#,
        name
    )
    .fetch_optional(db)
    .await
}

/// Whether this reader, or a later one, has read this very state.
pub(super) async fn is_known(db: &mut PgConnection, repo_id: i64, digest: &[u8], reader: i16) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from git_reading where repo_id = $1 and digest = $2 and reader >= $3) as "known!""#,
        repo_id,
        digest,
        reader
    )
    .fetch_one(db)
    .await
}

/// Whether nothing newer than this head was read of the repository.
pub(super) async fn is_newest(db: &mut PgConnection, row: &Row<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select not exists (
               select from git_reading
               where repo_id = $1 and (head_at, head collate "C") > ($2, $3 collate "C")) as "newest!""#,
        row.repo_id,
        row.head_at,
        row.head
    )
    .fetch_one(db)
    .await
}

/// Empties the stage before another batch of the same transaction.
pub(super) async fn clear_stage(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("truncate pg_temp.fact_stage").execute(db).await?;
    Ok(())
}

/// Writes a reading's row of the ledger.
pub(super) async fn write_ledger(db: &mut PgConnection, row: &Row<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into git_reading (repo_id, digest, head, head_at, tips, commits, merges, bad_commits, first_at, last_at,
                                  shallow, since, reader, read_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict on constraint git_reading_pkey do update
         set commits = excluded.commits, merges = excluded.merges, bad_commits = excluded.bad_commits,
             first_at = excluded.first_at, last_at = excluded.last_at, reader = excluded.reader, read_at = excluded.read_at
         where git_reading.reader < excluded.reader",
        row.repo_id,
        row.digest,
        row.head,
        row.head_at,
        row.tips,
        row.commits,
        row.merges,
        row.bad_commits,
        row.first_at,
        row.last_at,
        row.shallow,
        row.since,
        row.reader,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps what could not be read: sha and reason of each.
pub(in crate::ingest) async fn keep_bad(
    db: &mut PgConnection,
    repo_id: i64,
    bad: &[(String, String)],
) -> sqlx::Result<()> {
    let shas: Vec<&str> = bad.iter().map(|(sha, _)| sha.as_str()).collect();
    let reasons: Vec<&str> = bad.iter().map(|(_, reason)| reason.as_str()).collect();
    sqlx::query!(
        "insert into git_quarantine (repo_id, sha, reason)
         select $1, * from unnest($2::text[], $3::text[])
         on conflict on constraint git_quarantine_pkey do nothing",
        repo_id,
        &shas as &[&str],
        &reasons as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}
