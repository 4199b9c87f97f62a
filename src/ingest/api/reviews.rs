//! Reviews of pull requests, fifty pull requests a request. REST has no list of
//! them: it would be one request for each pull request.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::items::{Page, Repository, User};
use crate::{
    ingest::{Fact, archive::small, fact::GHOST},
    stats::Kind,
};

/// By last change, so that what is new stands behind the last cursor.
pub const QUERY: &str = "query($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 50, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number reviews(first: 100) {
        pageInfo { hasNextPage }
        nodes { fullDatabaseId submittedAt author {
          __typename login
          ... on User { databaseId } ... on Bot { databaseId } ... on Mannequin { databaseId }
        } }
      } }
    }
  }
}";

/// A page of pull requests with their reviews.
#[derive(Debug)]
pub struct Reviews {
    pub page: Page,
    pub end: Option<String>,
    pub has_next: bool,
    /// Pull requests with more than a hundred: the rest is read one by one.
    pub long: Vec<i64>,
}

#[derive(Deserialize)]
struct Data {
    repository: Pulls,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pulls {
    pull_requests: Connection<Pull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    page_info: PageInfo,
    nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    #[serde(default)]
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    number: i64,
    reviews: Connection<Review>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    full_database_id: String,
    /// Absent while it is being written.
    submitted_at: Option<DateTime<Utc>>,
    author: Option<Author>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
    #[serde(default)]
    database_id: Option<i64>,
}

#[derive(Deserialize)]
struct RestReview {
    id: i64,
    user: Option<User>,
    submitted_at: Option<DateTime<Utc>>,
}

impl Author {
    /// The account as REST and the archive call it.
    fn user(self) -> Option<User> {
        let login = if self.kind == "Bot" { format!("{}[bot]", self.login) } else { self.login };
        self.database_id.filter(|id| *id != GHOST).map(|id| User { id, login })
    }
}

/// Reads what `QUERY` gave.
pub fn read(repo: &Repository, data: Value, now: DateTime<Utc>) -> Result<Reviews, serde_json::Error> {
    let pulls = serde_json::from_value::<Data>(data)?.repository.pull_requests;
    let mut page = Page::default();
    let mut long = Vec::new();
    for pull in pulls.nodes {
        if pull.reviews.page_info.has_next_page {
            long.push(pull.number);
        }
        for review in pull.reviews.nodes {
            let Ok(id) = review.full_database_id.parse() else { continue };
            add(&mut page, repo, pull.number, (id, review.submitted_at), review.author.and_then(Author::user), now);
        }
    }
    let PageInfo { has_next_page, end_cursor } = pulls.page_info;
    Ok(Reviews { page, end: end_cursor, has_next: has_next_page, long })
}

/// Reads REST's list for one pull request.
pub fn read_rest(repo: &Repository, number: i64, body: &[u8], now: DateTime<Utc>) -> Result<Page, serde_json::Error> {
    let mut page = Page::default();
    for RestReview { id, user, submitted_at } in serde_json::from_slice::<Vec<RestReview>>(body)? {
        add(&mut page, repo, number, (id, submitted_at), user.filter(|user| user.id != GHOST), now);
    }
    Ok(page)
}

fn add(
    page: &mut Page,
    repo: &Repository,
    number: i64,
    (id, submitted_at): (i64, Option<DateTime<Utc>>),
    user: Option<User>,
    now: DateTime<Utc>,
) {
    let Some(at) = submitted_at else { return };
    let Some(user) = user else {
        page.nobody += 1;
        return;
    };
    let (at, number) = (at.timestamp(), small(number).ok());
    let fact = Fact { kind: Kind::Review, key_a: id, key_b: 0, at, actor_id: user.id, repo_id: repo.id, number };
    page.add(repo, &user, vec![fact], now);
}
