//! What went wrong, as a page that says what happened and what to do next.
//!
//! A [`WebError`] becomes a response that carries its [`Problem`]; the middleware
//! [`pages`] around every route, which knows the address and the reader, turns
//! that into a page or, below `.json` addresses, into `problem+json`. It is also
//! where an internal error is logged, once.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use serde::Serialize;
use utoipa::ToSchema;

use crate::stats::StatsError;
use crate::web::layout::Layout;
use crate::web::{WebState, urls};

/// Why a page could not be shown or a form not be accepted.
#[derive(Debug)]
pub enum WebError {
    /// Nothing is there; says what was looked for.
    NotFound(String),
    /// The request makes no sense; says what was expected.
    BadRequest(String),
    /// Whoever sent it has not shown who they are.
    Unauthorized(String),
    Forbidden(String),
    /// The state of things does not allow it (now).
    Conflict(Refusal),
    /// It was there and is over.
    Gone(Refusal),
    TooLarge(String),
    /// The request was read but asks for what cannot be; says what and why.
    Unprocessable(String),
    /// There is no answer in a format that was asked for; says which there is.
    NotAcceptable(String),
    /// Our fault: logged with the request's id, shown as such.
    Internal(anyhow::Error),
}

/// A refusal with its reason and the way back.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub title: String,
    pub message: String,
    pub back: Link,
}

/// A link on an error page.
#[derive(Clone, Debug)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl WebError {
    /// Nothing is there: a sentence that says what was looked for.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound(what.into())
    }
}

impl Refusal {
    /// A refusal; the way back is a label and an address.
    pub fn new(title: impl Into<String>, message: impl Into<String>, back: (&str, &str)) -> Self {
        let back = Link { label: back.0.to_owned(), url: back.1.to_owned() };
        Self { title: title.into(), message: message.into(), back }
    }
}

impl From<sqlx::Error> for WebError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(anyhow::Error::new(error).context("the database"))
    }
}

/// Pages say an unknown name beside its field; what arrives here is the rest.
impl From<StatsError> for WebError {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::Db(error) => error.into(),
            unknown => Self::Unprocessable(unknown.to_string()),
        }
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(anyhow::Error::new(error).context("a template"))
    }
}

impl From<anyhow::Error> for WebError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// The content of an error page; in the extensions of the response.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub title: String,
    pub message: String,
    pub back: Option<Link>,
    cause: Option<Arc<anyhow::Error>>,
}

impl From<WebError> for Problem {
    fn from(error: WebError) -> Self {
        match error {
            WebError::NotFound(what) => Self::new(StatusCode::NOT_FOUND, what),
            WebError::BadRequest(what) => Self::new(StatusCode::BAD_REQUEST, what),
            WebError::Unauthorized(why) => Self::new(StatusCode::UNAUTHORIZED, why),
            WebError::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, why),
            WebError::TooLarge(what) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, what),
            WebError::Unprocessable(what) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, what),
            WebError::NotAcceptable(what) => Self::new(StatusCode::NOT_ACCEPTABLE, what),
            WebError::Conflict(refusal) => Self::refused(StatusCode::CONFLICT, refusal),
            WebError::Gone(refusal) => Self::refused(StatusCode::GONE, refusal),
            WebError::Internal(cause) => {
                Self { cause: Some(Arc::new(cause)), ..Self::of_status(StatusCode::INTERNAL_SERVER_ERROR) }
            }
        }
    }
}

impl Problem {
    fn new(status: StatusCode, message: String) -> Self {
        Self { message, ..Self::of_status(status) }
    }

    fn refused(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, title: refusal.title, message: refusal.message, back: Some(refusal.back), cause: None }
    }

    /// What the framework answers on its own: no such route, too large, too slow.
    fn of_status(status: StatusCode) -> Self {
        let (title, message) = words(status);
        Self { status, title: title.into(), message: message.into(), back: None, cause: None }
    }

    fn of(response: &Response) -> Option<Self> {
        let status = response.status();
        if let Some(problem) = response.extensions().get::<Self>() {
            return Some(problem.clone());
        }
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let bare = kind.is_empty() || kind.starts_with("text/plain");
        ((status.is_client_error() || status.is_server_error()) && bare).then(|| Self::of_status(status))
    }
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("Not found", "Nothing is at this address."),
        StatusCode::UNAUTHORIZED => ("Not signed", "Nothing shows who has sent this."),
        StatusCode::FORBIDDEN => ("Not allowed", "You may not do this."),
        StatusCode::METHOD_NOT_ALLOWED => ("Not like this", "This address does not take that kind of request."),
        StatusCode::NOT_ACCEPTABLE => ("Not in this format", "There is no answer in a format that was asked for."),
        StatusCode::PAYLOAD_TOO_LARGE => ("Too large", "What was sent is larger than this address takes (64 KiB)."),
        StatusCode::GATEWAY_TIMEOUT => {
            ("This took too long", "The answer was not ready within 30 seconds. A shorter range is quicker.")
        }
        s if s.is_server_error() => ("Something broke on our side", "Nothing you did was wrong. It has been logged."),
        _ => ("That did not make sense", "Part of the address or the form could not be read."),
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let problem = Problem::from(self);
        let mut response = problem.status.into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

/// What [`Details`] are sent as.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for programs (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Details {
    /// Nothing beyond what the status means.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What kind of thing went wrong.
    title: String,
    status: u16,
    /// What happened, what was expected, and what to do.
    detail: String,
    /// The request; to be named when asking for help.
    instance: String,
}

/// The error page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    problem: Problem,
}

impl ErrorPage {
    /// The page that was perhaps meant.
    fn nearest(&self) -> Option<&'static str> {
        (self.problem.status == StatusCode::NOT_FOUND).then(|| urls::nearest(&self.layout.path)).flatten()
    }
}

/// Turns every error into its page; logs the internal ones.
pub async fn pages(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let layout = Layout::of(&web.app, &parts);
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = Problem::of(&response) else { return response };
    if let Some(cause) = &problem.cause {
        tracing::error!(request.id = %layout.request_id, error.cause = format!("{cause:#}"), "a request failed");
    }
    let mut headers = response.headers().clone();
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    answer(layout, problem, headers)
}

fn answer(layout: Layout, problem: Problem, headers: HeaderMap) -> Response {
    let status = problem.status;
    let is_data = [".json", ".csv", ".svg", ".atom"].iter().any(|end| layout.path.ends_with(end));
    if is_data || urls::is_below(&layout.path, urls::API) {
        let body = Details {
            kind: "about:blank",
            title: problem.title,
            status: status.as_u16(),
            detail: problem.message,
            instance: format!("urn:request:{}", layout.request_id),
        };
        return (status, headers, [(header::CONTENT_TYPE, PROBLEM_JSON)], Json(body)).into_response();
    }
    let page = ErrorPage { layout, problem }.render();
    let html = page.unwrap_or_else(|error| {
        tracing::error!(error.cause = %error, "the error page itself failed");
        "<!doctype html><title>Error</title><p>Something broke on our side.".to_owned()
    });
    (status, headers, Html(html)).into_response()
}
