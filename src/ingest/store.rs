//! SQL of `ingest`: names, facts and the ledger's rows. Everything is written in
//! the order of its key, so that connections wait for each other in one direction.

mod facts;
mod ledger;
mod names;

pub(super) use self::{facts::*, ledger::*, names::*};

/// Two transactions stood in each other's way, and this one was ended.
pub(super) fn is_deadlock(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().as_deref() == Some("40P01"))
}
