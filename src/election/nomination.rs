//! Nominations: anyone on the roll may be named, by themselves or another; the
//! nominee answers by a mailed link, and nothing is public before that.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    Candidate, Election, Phase,
    keys::{KeyDir, KeyError, Token},
    post, store,
};
use crate::{db::violates, eligibility, random::Random};

/// Hard limit of a statement, in words.
pub const MOST_WORDS: usize = 450;
/// What a statement should keep to, in words.
pub const GOOD_WORDS: usize = 300;

/// Why a nomination or an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NominationError {
    #[error("nominations are not open now")]
    NotOpen,
    #[error(
        "@{0} is not on the roll of this election, so they cannot be nominated; check the spelling of the GitHub login"
    )]
    NotOnRoll(String),
    #[error("@{0} is not on the roll of this election; only people on the roll may nominate")]
    NominatorNotOnRoll(String),
    #[error("there is no mail address for @{0}, so they cannot be asked; tell the election officers")]
    NoAddress(String),
    #[error("@{0} has been nominated already")]
    Already(String),
    #[error("this link answers no nomination: open it again from the mail, whole and unchanged")]
    Link,
    #[error("another candidate of this election is called {0:?}; write your name so that voters can tell you apart")]
    NameTaken(String),
    #[error("{problem}")]
    Field { field: &'static str, problem: &'static str },
    #[error("the statement has {0} words; {MOST_WORDS} at most are allowed")]
    TooLong(usize),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Names someone and asks them by mail. `by` is the login of the nominator.
pub async fn nominate(
    db: &mut PgConnection,
    (keys, public_url, random): (&KeyDir, &str, &Random),
    election: &Election,
    (login, by): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), NominationError> {
    let id = election.election_id;
    if election.phase(now) != Phase::Nominating {
        return Err(NominationError::NotOpen);
    }
    let (login, by) = (login.trim().trim_start_matches('@'), by.trim().trim_start_matches('@'));
    let on_roll = |login: &str| login.to_owned();
    let by = eligibility::entry_by_login(db, id, by).await?.ok_or(NominationError::NominatorNotOnRoll(on_roll(by)))?;
    let nominee =
        eligibility::entry_by_login(db, id, login).await?.ok_or(NominationError::NotOnRoll(on_roll(login)))?;
    if nominee.email.is_none() {
        return Err(NominationError::NoAddress(nominee.login));
    }
    keys.election_or_new(&election.slug, random)?;
    let row = store::NewCandidate {
        github_id: Some(nominee.github_id),
        login: Some(&nominee.login),
        name: &nominee.login,
        employer: "",
        bio: "",
        nominated_by: &format!("@{}", by.login),
        accepted_at: None,
    };
    match store::insert_candidate(db, id, &row, now).await {
        Err(e) if violates(&e, "candidate_once") || violates(&e, "candidate_name_once") => {
            return Err(NominationError::Already(nominee.login));
        }
        inserted => drop(inserted?),
    }
    Ok(post::enqueue(db, id, "nomination", &[nominee.github_id], (public_url, random), now).await?)
}

/// The election and the nominee whose link this is; writes nothing.
pub async fn open(db: &mut PgConnection, token: &Token) -> Result<(Election, Candidate), NominationError> {
    let found = store::nominee_by_token(db, &token.auth_sha256()).await?;
    let (election_id, nominee) = found.ok_or(NominationError::Link)?;
    Ok((store::by_id(db, election_id).await?, nominee))
}

/// Accepts a nomination, or changes the statement of one accepted, while nominations are open.
pub async fn accept(
    db: &mut PgConnection,
    token: &Token,
    (name, employer, bio): (&str, &str, &str),
    now: DateTime<Utc>,
) -> Result<(Election, Candidate), NominationError> {
    let (election, nominee) = open(db, token).await?;
    if election.phase(now) != Phase::Nominating {
        return Err(NominationError::NotOpen);
    }
    check(name, employer, bio)?;
    let (name, employer) = (name.trim(), employer.trim());
    match store::accept_candidate(db, nominee.candidate_id, (name, employer, bio), now).await {
        Err(e) if violates(&e, "candidate_name_once") => return Err(NominationError::NameTaken(name.into())),
        Ok(0) => return Err(NominationError::Link),
        done => drop(done?),
    }
    if nominee.accepted_at.is_none() {
        store::append_log(db, election.election_id, now, name, "accepted", "a nomination").await?;
    }
    Ok((election, nominee))
}

fn check(name: &str, employer: &str, bio: &str) -> Result<(), NominationError> {
    let wrong = |field, problem| Err(NominationError::Field { field, problem });
    if name.trim().is_empty() || name.chars().count() > 80 || name.contains(char::is_control) {
        return wrong("name", "write your name as it should stand on the ballot, in 80 characters at most");
    }
    if employer.trim().is_empty() || employer.chars().count() > 80 {
        return wrong("employer", "write your employer, or “Independent”");
    }
    let words = bio.split_whitespace().count();
    match words {
        0 => wrong("bio", "write a statement: who you are and what you want to do"),
        _ if words > MOST_WORDS => Err(NominationError::TooLong(words)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_a_limit_and_a_name_is_needed() {
        assert!(check("Ada", "Independent", "I want to.").is_ok());
        assert!(matches!(check("Ada", "Independent", &"word ".repeat(451)), Err(NominationError::TooLong(451))));
        assert!(check(" ", "Independent", "x").is_err());
        assert!(check("Ada", "", "x").is_err());
        assert!(check("Ada", "Independent", " ").is_err());
    }
}
