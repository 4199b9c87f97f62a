use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{NewOfficer, Officer};

pub(super) async fn insert_officer(
    db: &mut PgConnection,
    officer: &NewOfficer<'_>,
    password_hash: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into officer (github_id, login, employer, password_hash, created_at) values ($1, $2, $3, $4, $5)",
        officer.github_id,
        officer.login,
        officer.employer,
        password_hash,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn password_of(db: &mut PgConnection, login: &str) -> sqlx::Result<Option<(i64, String)>> {
    let row = sqlx::query!("select officer_id, password_hash from officer where lower(login) = lower($1)", login)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|r| (r.officer_id, r.password_hash)))
}

/// Also sweeps the sessions that have ended.
pub(super) async fn open_session(
    db: &mut PgConnection,
    token_sha256: &[u8],
    officer_id: i64,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with swept as (delete from session where expires_at <= $3)
         insert into session (token_sha256, officer_id, created_at, expires_at) values ($1, $2, $3, $4)",
        token_sha256,
        officer_id,
        now,
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn session_officer(
    db: &mut PgConnection,
    token_sha256: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Officer>> {
    let row = sqlx::query!(
        "select officer_id, github_id, login from session join officer using (officer_id)
         where token_sha256 = $1 and expires_at > $2",
        token_sha256,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| Officer { id: Some(r.officer_id), github_id: Some(r.github_id), login: r.login }))
}

pub(super) async fn close_session(db: &mut PgConnection, token_sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("delete from session where token_sha256 = $1", token_sha256).execute(db).await?;
    Ok(())
}

pub(super) async fn officers(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, String, String)>> {
    let rows =
        sqlx::query!("select github_id, login, employer from officer order by lower(login)").fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| (r.github_id, r.login, r.employer)).collect())
}
