//! Who is at the door: officers' passwords (argon2id) and sessions. Domain
//! functions that need an officer take an [`Officer`], and only this room makes
//! one: from a session, from a password, or for the operator at the terminal.

mod password;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

pub use password::PasswordError;

use crate::random::Random;

/// How long a sign-in lasts.
pub const SESSION: TimeDelta = TimeDelta::hours(12);

/// Proof that an officer, or the operator, is acting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    id: Option<i64>,
    github_id: Option<i64>,
    login: String,
}

impl Officer {
    /// Whoever can run the program on the server.
    pub fn operator() -> Self {
        Self { id: None, github_id: None, login: "operator".into() }
    }

    /// The name that goes into public logs.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// The account; `None` for the operator.
    pub fn github_id(&self) -> Option<i64> {
        self.github_id
    }
}

/// An officer to be added.
#[derive(Clone, Debug)]
pub struct NewOfficer<'a> {
    pub github_id: i64,
    pub login: &'a str,
    pub employer: &'a str,
}

/// Why nobody was signed in or added.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("login or password is wrong")]
    Wrong,
    #[error("@{0} is an officer already")]
    Exists(String),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Adds an officer who signs in with a local password.
pub async fn add_officer(
    db: &mut PgConnection,
    officer: &NewOfficer<'_>,
    password: String,
    now: DateTime<Utc>,
) -> Result<(), AuthError> {
    let hash = password::hash(password).await?;
    match store::insert_officer(db, officer, &hash, now).await {
        Err(e) if crate::db::violates(&e, "officer_github_id_key") || crate::db::violates(&e, "officer_login_key") => {
            Err(AuthError::Exists(officer.login.to_owned()))
        }
        done => Ok(done?),
    }
}

/// Checks a password and opens a session; returns the cookie's value.
///
/// An unknown login costs the same time as a wrong password.
pub async fn sign_in(
    db: &mut PgConnection,
    random: &Random,
    login: &str,
    password: String,
    now: DateTime<Utc>,
) -> Result<String, AuthError> {
    let found = store::password_of(db, login).await?;
    let (officer_id, hash) = found.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
    let right = password::verify(password, hash).await?;
    let officer_id = officer_id.filter(|_| right).ok_or(AuthError::Wrong)?;
    let token = hex::encode(random.bytes::<32>());
    store::open_session(db, &token_sha256(&token), officer_id, now, now + SESSION).await?;
    Ok(token)
}

/// The officer whose session this cookie is, if it is one and lasts.
pub async fn officer_of(db: &mut PgConnection, token: &str, now: DateTime<Utc>) -> sqlx::Result<Option<Officer>> {
    store::session_officer(db, &token_sha256(token), now).await
}

/// Ends a session.
pub async fn sign_out(db: &mut PgConnection, token: &str) -> sqlx::Result<()> {
    store::close_session(db, &token_sha256(token)).await
}

/// Every officer: login, employer and account, for pages and readiness.
pub async fn officers(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, String, String)>> {
    store::officers(db).await
}

fn token_sha256(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use sqlx::PgPool;

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, 1, 12, 0, 0).unwrap()
    }

    const ADA: NewOfficer<'_> = NewOfficer { github_id: 7, login: "Ada", employer: "Analytical" };

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_signs_in_until_the_session_ends(pool: PgPool) {
        let mut db = pool.acquire().await.unwrap();
        add_officer(&mut db, &ADA, "correct horse battery".into(), noon()).await.unwrap();
        let token = sign_in(&mut db, &Random::seeded(1), "ada", "correct horse battery".into(), noon()).await.unwrap();

        let last = noon() + SESSION - TimeDelta::seconds(1);
        assert_eq!(officer_of(&mut db, &token, last).await.unwrap().unwrap().login(), "Ada");
        assert_eq!(officer_of(&mut db, &token, noon() + SESSION).await.unwrap(), None);
        sign_out(&mut db, &token).await.unwrap();
        assert_eq!(officer_of(&mut db, &token, noon()).await.unwrap(), None);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_wrong_password_and_an_unknown_login_read_alike(pool: PgPool) {
        let mut db = pool.acquire().await.unwrap();
        add_officer(&mut db, &ADA, "correct horse battery".into(), noon()).await.unwrap();
        for login in ["ada", "nobody"] {
            let refused = sign_in(&mut db, &Random::seeded(1), login, "wrong horse battery".into(), noon()).await;
            assert_eq!(refused.unwrap_err().to_string(), "login or password is wrong");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_same_officer_is_not_added_twice(pool: PgPool) {
        let mut db = pool.acquire().await.unwrap();
        add_officer(&mut db, &ADA, "correct horse battery".into(), noon()).await.unwrap();
        let twice = add_officer(&mut db, &ADA, "correct horse battery".into(), noon()).await;
        assert_eq!(twice.unwrap_err().to_string(), "@Ada is an officer already");
    }
}
