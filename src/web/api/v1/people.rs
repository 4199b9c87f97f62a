//! `/api/v1/people`: who did how much; and one of them.

use axum::extract::Path;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answered, Kinds, by_kind};
use crate::people::{Affiliation, Person, store as people};
use crate::stats::{self, Page as Rows, PersonCount};
use crate::web::WebError;
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{Counting, Least, Paging};
use crate::web::people::person;

/// A person, over all of their accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonRow {
    /// From 1; equal counts share a rank.
    rank: i64,
    login: String,
    github_id: i64,
    bot: bool,
    /// On the last day of the window.
    company: Option<String>,
    count: i64,
    kinds: Kinds,
}

impl From<PersonCount> for PersonRow {
    fn from(it: PersonCount) -> Self {
        let PersonCount { rank, person_id: github_id, login, bot, company, contributions: count, kinds } = it;
        Self { rank, login, github_id, bot, company, count, kinds: by_kind(kinds) }
    }
}

/// One person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonFull {
    login: String,
    github_id: i64,
    bot: bool,
    former_logins: Vec<String>,
    affiliations: Vec<Span>,
    count: i64,
    kinds: Kinds,
    repositories: Vec<RepositoryCount>,
}

/// Where someone worked, from and to the day before; open ends are null.
#[derive(Debug, Serialize, ToSchema)]
pub struct Span {
    company: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// How much of it was in one repository.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepositoryCount {
    repository: String,
    count: i64,
}

impl From<Affiliation> for Span {
    fn from(Affiliation { company, from, to, .. }: Affiliation) -> Self {
        Self { company, from, to }
    }
}

/// Who did how much, most first, equal ones by login.
#[utoipa::path(get, path = "/api/v1/people", tag = "Numbers", params(Counting, Least, Paging),
    responses((status = 200, description = "The people in their order.", body = Answer<Vec<PersonRow>>), Otherwise))]
pub async fn list(mut call: Call) -> Answered {
    let min = call.asked.min;
    let (mut db, filter, rows) = call.ask()?;
    let found = stats::people(&mut db, &filter, min, rows).await;
    call.rows(found, PersonRow::from).await
}

/// One person: how much they did, of which kinds and where. A former login finds who held it last.
#[utoipa::path(get, path = "/api/v1/people/{login}", tag = "Numbers",
    params(("login" = String, Path, description = "The login, present or former.", example = "ada"), Counting),
    responses((status = 200, description = "The person.", body = Answer<PersonFull>), Otherwise))]
pub async fn show(Path(login): Path<String>, mut call: Call) -> Answered {
    let (mut db, filter, _) = call.ask()?;
    let person = find(&mut db, &login).await?;
    let filter = person::of(&person, filter);
    let totals = stats::totals(&mut db, &filter).await;
    let repositories = stats::repositories(&mut db, &filter, Rows::ALL).await;
    let (totals, repositories) = (call.known(totals)?, call.known(repositories)?);
    let former = person.logins.into_iter().map(|span| span.login).filter(|login| *login != person.login);
    let repositories = repositories.into_iter();
    let full = PersonFull {
        former_logins: former.collect(),
        affiliations: person.affiliations.into_iter().map(Span::from).collect(),
        count: totals.contributions,
        kinds: by_kind(person::most_first(totals.by_kind)),
        repositories: repositories.map(|it| RepositoryCount { repository: it.name, count: it.contributions }).collect(),
        login: person.login,
        github_id: person.person_id,
        bot: person.bot,
    };
    call.one(full).await
}

/// The person who holds a login or held it last, unless they have opted out.
pub async fn find(db: &mut sqlx::PgConnection, login: &str) -> Result<Person, WebError> {
    let found = people::by_login(db, &login.replace('\0', "")).await?;
    found.ok_or_else(|| WebError::not_found(format!("Nobody called {login} has been seen here.")))
}
