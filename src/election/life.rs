//! The steps an officer takes by hand, each once and each a line in the log.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Election, Phase, store, store::Step};
use crate::auth::Officer;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    #[error("{0}")]
    Order(&'static str),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Shows a draft to everyone.
pub async fn announce(db: &mut PgConnection, officer: &Officer, id: i64, now: DateTime<Utc>) -> Result<(), LifeError> {
    step(db, officer, id, now, Step::Announced, |e| {
        if e.announced_at.is_some() { Err("the election is announced already") } else { Ok(()) }
    })
    .await
}

/// Says that the officers have checked the count.
pub async fn certify(db: &mut PgConnection, officer: &Officer, id: i64, now: DateTime<Utc>) -> Result<(), LifeError> {
    step(db, officer, id, now, Step::Certified, |e| match e.closed_at {
        None => Err("the ballots are not counted yet: wait for the close, or run `hustings tally`"),
        Some(_) if e.certified_at.is_some() => Err("the result is certified already"),
        Some(_) => Ok(()),
    })
    .await
}

/// Shows the result to everyone.
pub async fn publish(db: &mut PgConnection, officer: &Officer, id: i64, now: DateTime<Utc>) -> Result<(), LifeError> {
    step(db, officer, id, now, Step::Published, |e| match e.phase(now) {
        Phase::Certified => Ok(()),
        Phase::Published | Phase::Archived => Err("the result is published already"),
        _ => Err("the result must be certified before it is published"),
    })
    .await
}

async fn step(
    db: &mut PgConnection,
    officer: &Officer,
    id: i64,
    now: DateTime<Utc>,
    step: Step,
    allowed: impl FnOnce(&Election) -> Result<(), &'static str>,
) -> Result<(), LifeError> {
    let election = store::locked(db, id).await?;
    if election.cancelled_at.is_some() {
        return Err(LifeError::Order("the election is cancelled"));
    }
    allowed(&election).map_err(LifeError::Order)?;
    store::set_step(db, id, step, now).await?;
    let event = match step {
        Step::Announced => "announced",
        Step::Certified => "certified",
        Step::Published => "published",
    };
    Ok(store::append_log(db, id, now, officer.login(), event, "").await?)
}
