//! `/api/v1/coverage`: how much is there of what is asked for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Answered;
use crate::stats;
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{By, Counting};

/// What is there of one period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Part {
    /// Where it begins, even if the window begins later.
    start: DateTime<Utc>,
    /// Its hours inside the window that had begun.
    expected: i64,
    /// Those that are whole and not nearly empty.
    done: i64,
    missing: i64,
    /// Nearly empty: their source lost nearly everything.
    thin: i64,
}

impl From<stats::Part> for Part {
    fn from(stats::Part { start, expected, done, missing, thin }: stats::Part) -> Self {
        Self { start, expected, done, missing, thin }
    }
}

/// How complete the data is of what the filter asks for, period by period.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "Data", params(Counting, By),
    responses((status = 200, description = "The periods in their order.", body = Answer<Vec<Part>>), Otherwise))]
pub async fn show(mut call: Call) -> Answered {
    let (now, period) = (call.now, call.period());
    let (mut db, filter, _) = call.ask()?;
    let parts = filter.coverage(&mut db, now).await?.by(period);
    call.one(parts.into_iter().map(Part::from).collect::<Vec<_>>()).await
}
