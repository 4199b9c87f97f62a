//! A call for numbers, as an extractor, and what every answer has around it.

use axum::Json;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::{HeaderValue, header, request::Parts};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::{IntoResponses, ToSchema};

use super::{document, queried};
use crate::stats::{Filter, Page as Rows, Period, Reader, StatsError};
use crate::web::error::Details;
use crate::web::export::{self, About, Definition};
use crate::web::filter::{Asked, Foot};
use crate::web::form::{Fields, QueryFields};
use crate::web::state::Snapshot;
use crate::web::{WebError, WebState, urls};

/// Rows of an answer, unless fewer or more are asked for.
const ROWS: i64 = 100;
const MOST_ROWS: i64 = 1_000;

/// What may be said more than once.
const LISTS: &[&str] = &["org", "repo"];

/// An answer: the numbers, and how to take them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    #[serde(flatten)]
    about: About,
    data: T,
    /// The address of the next rows, if there are more.
    next: Option<String>,
}

/// What else may come.
#[derive(Debug, IntoResponses)]
pub enum Otherwise {
    /// You have it: the tag in If-None-Match is still the answer's.
    #[response(status = 304)]
    NotModified,
    /// The address could not be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unread(#[to_schema] Details),
    /// Nothing is there, or nothing was read yet.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Details),
    /// There is no answer in a format that was asked for.
    #[response(status = 406, content_type = "application/problem+json")]
    NotAcceptable(#[to_schema] Details),
    /// A parameter could not be understood; says what was expected.
    #[response(status = 422, content_type = "application/problem+json")]
    Misunderstood(#[to_schema] Details),
}

/// A query that says only what the document of its address has.
#[derive(Debug)]
pub struct Known(pub Fields);

impl FromRequestParts<WebState> for Known {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, WebError> {
        let QueryFields(fields) = QueryFields::from_request_parts(parts, state).await?;
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let known = parameters(path);
        for (name, _) in fields.pairs() {
            if !known.contains(&name) {
                return Err(unknown(name, &known));
            }
            let wrong = match fields.all(name).len() {
                0 => "It has no value; leave it out.",
                2.. if !LISTS.contains(&name) => "It is given twice.",
                _ => continue,
            };
            return Err(WebError::Unprocessable(format!("{name}: {wrong}")));
        }
        Ok(Self(fields))
    }
}

/// The names that the query of an address may have.
fn parameters(path: &str) -> Vec<&'static str> {
    let operation = document().paths.paths.get(path).and_then(|it| it.get.as_ref());
    operation.into_iter().flat_map(queried).map(|it| it.name.as_str()).collect()
}

fn unknown(name: &str, known: &[&str]) -> WebError {
    WebError::Unprocessable(match known {
        [] => format!("{name}: Nothing can be asked for at this address."),
        _ => format!("{name}: This cannot be asked for here; what can is {}.", known.join(", ")),
    })
}

/// A call, understood as far as its words go.
#[derive(Debug)]
pub struct Call {
    snapshot: Snapshot,
    pub asked: Asked,
    limit: i64,
    offset: i64,
    path: String,
    pub now: DateTime<Utc>,
    /// Whether the people are invented: nothing leads to accounts of their names.
    pub invented: bool,
}

impl FromRequestParts<WebState> for Call {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, WebError> {
        let Known(fields) = Known::from_request_parts(parts, state).await?;
        let mut snapshot = Snapshot::from_request_parts(parts, state).await?;
        let mut asked = Asked::read(&mut snapshot.reader(), fields).await?;
        let limit = asked.number("limit", ROWS, MOST_ROWS);
        let offset = offset(&mut asked);
        let (path, now) = (parts.uri.path().to_owned(), state.app.clock.now());
        Ok(Self { snapshot, asked, limit, offset, path, now, invented: state.app.notice.is_some() })
    }
}

impl Call {
    /// What to count, and one row more than are wanted.
    pub fn ask(&mut self) -> Result<(Reader<'_>, Filter, Rows), WebError> {
        let filter = self.asked.filter.clone().filter(|_| self.asked.fields.is_valid());
        let filter = filter.ok_or_else(|| self.asked.refuse())?;
        Ok((self.snapshot.reader(), filter, Rows { limit: self.limit + 1, offset: self.offset }))
    }

    /// How long one point is.
    pub fn period(&self) -> Period {
        self.asked.period
    }

    /// What was found, or which name is not known.
    pub fn known<T>(&mut self, found: Result<T, StatsError>) -> Result<T, WebError> {
        self.asked.answer(found.map(Some))?.ok_or_else(|| self.asked.refuse())
    }

    /// Rows of a long list, the last of which says that there are more.
    pub async fn rows<S, T: Serialize>(
        mut self,
        found: Result<Vec<S>, StatsError>,
        row: impl FnMut(S) -> T,
    ) -> Result<Response, WebError> {
        let mut found = self.known(found)?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let next = (found.len() > limit).then(|| self.next());
        found.truncate(limit);
        let data: Vec<T> = found.into_iter().map(row).collect();
        self.tell(data, next, None).await
    }

    /// One thing, or all there is.
    pub async fn one<T: Serialize>(self, data: T) -> Result<Response, WebError> {
        self.tell(data, None, None).await
    }

    /// The same, where it is not a metric that says what counts.
    pub async fn defined<T: Serialize>(self, data: T, definition: Definition) -> Result<Response, WebError> {
        self.tell(data, None, Some(definition)).await
    }

    async fn tell<T: Serialize>(
        mut self,
        data: T,
        next: Option<String>,
        definition: Option<Definition>,
    ) -> Result<Response, WebError> {
        let now = self.now;
        let (mut db, filter, _) = self.ask()?;
        let coverage = filter.coverage(&mut db, now).await?;
        let foot = Foot::with(&self.asked, coverage, &self.path, &[]);
        let mut about = About::of(&self.asked, &foot);
        about.definition = definition.unwrap_or(about.definition);
        let link = next.as_ref().and_then(|url| HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")).ok());
        let mut response = export::said(Json(Answer { about, data, next }).into_response(), &foot);
        response.headers_mut().extend(link.map(|link| (header::LINK, link)));
        Ok(response)
    }

    /// The address of the next rows. It names the window, which without a name ends
    /// with the data and so would move.
    fn next(&self) -> String {
        let ends = self.asked.filter.as_ref().map(|filter| [("from", filter.window.from), ("to", filter.window.to)]);
        let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let ends: Vec<_> = ends.into_iter().flatten().map(|(name, at)| (name, stamp(at))).collect();
        let cursor = cursor(&self.asked, self.offset + self.limit);
        let rest = self.asked.fields.pairs().filter(|(name, _)| !matches!(*name, "from" | "to" | "cursor"));
        let pairs = rest.chain(ends.iter().map(|(name, at)| (*name, at.as_str()))).chain([("cursor", &*cursor)]);
        urls::with_query(&self.path, pairs)
    }
}

/// How many rows went before, and of which question.
fn cursor(asked: &Asked, offset: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{offset} {}", question(asked)))
}

fn question(asked: &Asked) -> String {
    let all = format!("{:?} {} {}", asked.filter, asked.min, asked.fields.get("login").to_lowercase());
    hex::encode(&Sha256::digest(all)[..8])
}

/// How many rows the cursor has gone over.
fn offset(asked: &mut Asked) -> i64 {
    let cursor = asked.fields.get("cursor");
    if cursor.is_empty() || asked.filter.is_none() {
        return 0;
    }
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let read = text.as_deref().and_then(|text| text.split_once(' '));
    let offset = read.filter(|(_, of)| *of == question(asked)).and_then(|(n, _)| n.parse::<u32>().ok());
    if offset.is_none() {
        let problem = "This is no cursor of this question; follow the address in `next`, or begin without one.";
        asked.fields.fail("cursor", problem);
    }
    i64::from(offset.unwrap_or_default())
}
