//! Reading as jobs: several workers share the hours of a backfill.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::archive::{Scope, SourceError, Sources};
use crate::{
    jobs::{self, NewJob},
    stats::{Window, window::midnight},
};

/// The job that reads some hours of the archive.
pub const JOB_ARCHIVE: &str = "archive";

/// Hours to be read: at most a day of them, so that a worker that dies costs little.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// A folder that every worker sees, or the template of an address.
    pub source: String,
    /// As the ledger writes it.
    pub scope: String,
}

impl Hours {
    /// Where they are, and what is kept of them.
    pub fn sources(&self) -> Result<(Sources, Scope), SourceError> {
        let window = Window::new(self.from, self.to)?;
        Ok((Sources::window(window, &self.source)?, Scope::parse(&self.scope)))
    }

    /// Queues them; hours that wait already are not queued twice.
    pub async fn enqueue(&self, db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
        let Self { from, to, scope, .. } = self;
        let unique_key = Some(format!("{JOB_ARCHIVE} {} {} {scope}", from.timestamp(), to.timestamp()));
        let payload = serde_json::json!(self);
        jobs::enqueue(db, NewJob { kind: JOB_ARCHIVE, payload, unique_key, run_at: now }).await
    }
}

/// Queues a window, a job a day; says how many.
pub async fn backfill(
    db: &mut PgConnection,
    window: Window,
    source: &str,
    scope: &Scope,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let (mut from, end, mut jobs) = (window.first_hour(), window.last_hour_end(), 0);
    while from < end {
        let to = (midnight(from.date_naive()) + Duration::days(1)).min(end);
        Hours { from, to, source: source.to_owned(), scope: scope.to_string() }.enqueue(db, now).await?;
        (from, jobs) = (to, jobs + 1);
    }
    Ok(jobs)
}
