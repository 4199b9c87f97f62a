//! `/api/v1/companies`: for whom people work who contribute.

use serde::Serialize;
use utoipa::ToSchema;

use super::Answered;
use crate::stats::{self, CompanyCount};
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{Counting, Paging};

/// A company, or `Independent`, `Unknown`, `(Robots)`: the rows add up to the whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyRow {
    company: String,
    count: i64,
    /// Who worked there when they did it; somebody who moved counts in both.
    people: i64,
}

impl From<CompanyCount> for CompanyRow {
    fn from(CompanyCount { company, contributions: count, people }: CompanyCount) -> Self {
        Self { company, count, people }
    }
}

/// For whom people worked when they did it, the busiest first, equal ones by name.
#[utoipa::path(get, path = "/api/v1/companies", tag = "Numbers", params(Counting, Paging),
    responses((status = 200, description = "The companies in their order.", body = Answer<Vec<CompanyRow>>), Otherwise))]
pub async fn list(mut call: Call) -> Answered {
    let (mut db, filter, rows) = call.ask()?;
    let found = stats::company_counts(&mut db, &filter, rows).await;
    call.rows(found, CompanyRow::from).await
}
