//! `/api/v1/repositories`: where it happens.

use serde::Serialize;
use utoipa::ToSchema;

use super::Answered;
use crate::stats::{self, RepoCount};
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{Counting, Paging};

/// A repository.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepositoryRow {
    repository: String,
    github_id: i64,
    count: i64,
    people: i64,
}

impl From<RepoCount> for RepositoryRow {
    fn from(RepoCount { repo_id, name, contributions, people }: RepoCount) -> Self {
        Self { repository: name, github_id: repo_id, count: contributions, people }
    }
}

/// Where how much happened, the busiest first, equal ones by name.
#[utoipa::path(get, path = "/api/v1/repositories", tag = "Numbers", params(Counting, Paging),
    responses((status = 200, description = "The repositories in their order.", body = Answer<Vec<RepositoryRow>>), Otherwise))]
pub async fn list(mut call: Call) -> Answered {
    let (mut db, filter, rows) = call.ask()?;
    let found = stats::repositories(&mut db, &filter, rows).await;
    call.rows(found, RepositoryRow::from).await
}
