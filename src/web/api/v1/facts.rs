//! `/api/v1/facts`: what is behind a person's number.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answered, people};
use crate::stats::{self, FactRow};
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{Counting, Paging, Whose};
use crate::web::people::person;

/// One thing that someone did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fact {
    kind: &'static str,
    at: DateTime<Utc>,
    /// Under which account.
    login: String,
    repository: String,
    /// Of the issue or pull request.
    number: Option<i32>,
    /// Where to see it, as near as GitHub has an address for it.
    url: Option<String>,
}

impl Fact {
    fn of(FactRow { kind, at, repo: repository, number, url, login }: FactRow, invented: bool) -> Self {
        Self { kind: kind.name(), at, login, repository, number, url: (!invented).then_some(url) }
    }
}

/// The facts behind a person's number, the newest first.
#[utoipa::path(get, path = "/api/v1/facts", tag = "Numbers", params(Whose, Counting, Paging),
    responses((status = 200, description = "The facts in their order.", body = Answer<Vec<Fact>>), Otherwise))]
pub async fn list(mut call: Call) -> Answered {
    let login = call.asked.fields.required("login", "Say whose: a login.").unwrap_or_default();
    let invented = call.invented;
    let (mut db, filter, rows) = call.ask()?;
    let person = people::find(&mut db, &login).await?;
    let found = stats::facts(&mut db, person.person_id, &person::of(&person, filter), rows).await;
    call.rows(found, |fact| Fact::of(fact, invented)).await
}
