//! The close: a sequence of steps, each done once and each safe to begin again,
//! so that a machine that dies half-way goes on where it stopped (SECRECY.md):
//!
//! 1. *stopped*: alone in the ballot box, no cast can follow;
//! 2. *rewritten*: the sealed ballots without their keys, in order of ciphertext;
//! 3. *dropped*: the box with its keys and dead versions;
//! 4. *key-destroyed*: the election key; nobody can tell whose ballot is whose;
//! 5. closed: the ballots opened in memory, merged, and stored for the count.

use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection};

use super::{
    Election, box_store,
    keys::{KeyDir, KeyError},
    seal, store,
};
use crate::{
    clock::Clock,
    db::{LockClass, lock_exclusive},
};

/// Why a poll was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    #[error("the poll is open until {}; it cannot be counted before", crate::clock::utc_text(*.0))]
    Open(chrono::DateTime<chrono::Utc>),
    #[error("this election was never frozen, so it never opened and there is nothing to count")]
    NeverOpened,
    #[error("this election was cancelled")]
    Cancelled,
    #[error("{problem}; nothing was counted, and the sealed ballots are untouched")]
    Tampered { problem: String },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Closes a poll whose time has passed; on one that is closed already, does nothing.
pub async fn close(
    db: &mut PgConnection,
    keys: &KeyDir,
    clock: &Clock,
    election_id: i64,
) -> Result<Election, CloseError> {
    loop {
        let election = store::by_id(db, election_id).await?;
        if election.closed_at.is_some() {
            return Ok(election);
        }
        let mut tx = db.begin().await?;
        match next_step(&mut tx, keys, clock, election_id).await {
            Ok(()) => tx.commit().await?,
            // Not by dropping it: that waits for the connection's next use, and keeps the lock.
            Err(error) => return tx.rollback().await.map_err(CloseError::from).and(Err(error)),
        }
    }
}

/// One step, alone in the ballot box; another process may have taken it meanwhile.
async fn next_step(db: &mut PgConnection, keys: &KeyDir, clock: &Clock, election_id: i64) -> Result<(), CloseError> {
    lock_exclusive(db, LockClass::BallotBox, store::lock_number(election_id)).await?;
    let election = store::locked(db, election_id).await?;
    match election.close_step.as_deref() {
        None => stop(db, &election, clock).await,
        Some("stopped") => rewrite(db, election_id).await,
        Some("rewritten") => drop_box(db, election_id).await,
        Some("dropped") => destroy_key(db, keys, &election, clock).await,
        Some(_) if election.closed_at.is_none() => open(db, keys, &election, clock).await,
        Some(_) => Ok(()),
    }
}

async fn stop(db: &mut PgConnection, election: &Election, clock: &Clock) -> Result<(), CloseError> {
    let now = clock.now();
    if election.cancelled_at.is_some() {
        return Err(CloseError::Cancelled);
    }
    if election.frozen_at.is_none() {
        return Err(CloseError::NeverOpened);
    }
    if now < election.closes_at {
        return Err(CloseError::Open(election.closes_at));
    }
    box_store::set_close_step(db, election.election_id, "stopped").await?;
    Ok(store::append_log(db, election.election_id, now, "hustings", "stopped", "no more ballots").await?)
}

async fn rewrite(db: &mut PgConnection, election_id: i64) -> Result<(), CloseError> {
    box_store::rewrite(db, election_id).await?;
    Ok(box_store::set_close_step(db, election_id, "rewritten").await?)
}

async fn drop_box(db: &mut PgConnection, election_id: i64) -> Result<(), CloseError> {
    box_store::drop(db, election_id).await?;
    Ok(box_store::set_close_step(db, election_id, "dropped").await?)
}

async fn destroy_key(
    db: &mut PgConnection,
    keys: &KeyDir,
    election: &Election,
    clock: &Clock,
) -> Result<(), CloseError> {
    keys.destroy_election(&election.slug)?;
    box_store::set_close_step(db, election.election_id, "key-destroyed").await?;
    let detail = "the election key is gone: no ballot can be traced to a voter any more";
    Ok(store::append_log(db, election.election_id, clock.now(), "hustings", "key destroyed", detail).await?)
}

async fn open(db: &mut PgConnection, keys: &KeyDir, election: &Election, clock: &Clock) -> Result<(), CloseError> {
    let id = election.election_id;
    let sealed = box_store::sealed(db, id).await?;
    check_leaves(&sealed, &box_store::live_leaves(db, id).await?)?;
    let ballots = open_all(&keys.seal(&election.slug)?, id, &sealed)?;
    box_store::store_counted(db, id, &ballots).await?;
    box_store::set_closed(db, id, clock.now()).await?;
    let detail = format!("{} ballots", sealed.len());
    Ok(store::append_log(db, id, clock.now(), "hustings", "counted", &detail).await?)
}

/// Live leaves, and the leaves of the ballots to be opened, must be the same.
fn check_leaves(sealed: &[Vec<u8>], live: &[Vec<u8>]) -> Result<(), CloseError> {
    let mut leaves: Vec<Vec<u8>> = sealed.iter().map(|s| seal::leaf(s)).collect();
    leaves.sort_unstable();
    if leaves == live {
        return Ok(());
    }
    let problem = format!(
        "the log has {} live leaves and the box {} ballots, and they are not the same: the database was changed by hand",
        live.len(),
        leaves.len()
    );
    Err(CloseError::Tampered { problem })
}

/// Ranks by candidate, with how many ballots say so.
fn open_all(secret: &[u8; 32], id: i64, sealed: &[Vec<u8>]) -> Result<BTreeMap<Vec<u8>, i32>, CloseError> {
    let mut ballots = BTreeMap::new();
    for one in sealed {
        let ranks = seal::open(secret, id, one)
            .map_err(|e| CloseError::Tampered { problem: format!("a ballot does not open with the seal key: {e}") })?;
        *ballots.entry(ranks).or_insert(0) += 1;
    }
    Ok(ballots)
}
