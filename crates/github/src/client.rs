//! One request after the other: signed, repeated when the line fails, stopped
//! when a limit says so.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{Answer, Content, Credential, Error, Pacing, Pause, Resource};

/// Times that one request is made before it is given up.
const ATTEMPTS: u32 = 6;
/// Pause before the second attempt; doubled before each further one.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_secs(30);

/// Where GitHub is and who asks.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server.
    pub base_url: String,
    pub credential: Credential,
}

/// Time and chance: a test holds them still.
pub trait World: Send + Sync + fmt::Debug {
    fn now(&self) -> DateTime<Utc>;
    /// At least 0, below 1.
    fn chance(&self) -> f64;
    fn wait(&self, pause: Duration) -> BoxFuture<'_, ()>;
}

/// The interface, on one connection pool.
#[derive(Debug)]
pub struct GitHub {
    crab: Octocrab,
    base: Url,
    credential: Credential,
    world: Box<dyn World>,
    /// Of REST and of GraphQL.
    pacing: Mutex<[Pacing; 2]>,
    /// An App's present token, and its end.
    app_token: Mutex<Option<(SecretString, DateTime<Utc>)>>,
}

/// What came back over the line.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What is asked.
struct Question<'a> {
    resource: Resource,
    url: Url,
    etag: Option<&'a str>,
    /// Posted; without it, it is read.
    body: Option<Value>,
}

impl GitHub {
    /// Sets up, and asks nothing.
    pub fn new(settings: Settings, world: Box<dyn World>) -> Result<Self, Error> {
        let wrong = || Error::BaseUrl(settings.base_url.clone());
        let base = Url::parse(settings.base_url.trim_end_matches('/')).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https") || base.query().is_some() || !base.username().is_empty() {
            return Err(wrong());
        }
        let builder = Octocrab::builder().set_connect_timeout(Some(CONNECT)).set_read_timeout(Some(READ));
        let crab = builder.build().map_err(|error| Error::Client(chain(&error)))?;
        let (pacing, app_token) = (Mutex::default(), Mutex::default());
        Ok(Self { crab, base, credential: settings.credential, world, pacing, app_token })
    }

    /// Takes over what a run before this one learnt about the limits, in the order
    /// of `Resource::ALL`.
    pub fn resume(&self, pacing: [Pacing; 2]) {
        *self.pacing.lock().unwrap_or_else(PoisonError::into_inner) = pacing;
    }

    /// What is known about the limits now, to be kept.
    pub fn pacing(&self, resource: Resource) -> Pacing {
        self.pacing.lock().unwrap_or_else(PoisonError::into_inner)[resource as usize]
    }

    /// The base address, as the limits are kept under.
    pub fn base_url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Whether we may ask GraphQL, which answers nobody without a token.
    pub fn is_somebody(&self) -> bool {
        !matches!(self.credential, Credential::Nobody)
    }

    /// Reads a path, or the address of a next page. With the `ETag` of the body we
    /// know, an unchanged one is not sent again.
    pub async fn get(&self, address: &str, etag: Option<&str>) -> Result<Answer, Error> {
        let question = Question { resource: Resource::Rest, url: self.locate(address)?, etag, body: None };
        let reply = self.ask(&question).await?;
        if reply.status == StatusCode::NOT_MODIFIED {
            return Ok(Answer::read(&reply.headers, Content::Unchanged));
        }
        let etag = reply.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let content = Content::Fresh { body: reply.body, etag };
        Ok(Answer::read(&reply.headers, content))
    }

    /// Asks GraphQL and hands on its `data`.
    pub async fn graphql(&self, query: &str, variables: &Value) -> Result<Value, Error> {
        #[derive(Deserialize)]
        struct Response {
            data: Option<Value>,
            #[serde(default)]
            errors: Vec<Value>,
        }
        let url = self.graphql_url();
        let path = url.path().to_owned();
        let body = Some(json!({"query": query, "variables": variables}));
        let reply = self.ask(&Question { resource: Resource::GraphQl, url, etag: None, body }).await?;
        let unreadable = |message: String| Error::Unreadable { path: path.clone(), message };
        let response: Response = serde_json::from_slice(&reply.body).map_err(|error| unreadable(error.to_string()))?;
        match (response.data, response.errors.first()) {
            (Some(data), None) => Ok(data),
            (_, Some(error)) => {
                Err(unreadable(error["message"].as_str().unwrap_or("an error without words").to_owned()))
            }
            (None, None) => Err(unreadable("neither data nor errors".to_owned())),
        }
    }

    /// An Enterprise Server has it beside its REST interface, not below.
    fn graphql_url(&self) -> Url {
        let mut url = self.base.clone();
        let path = url.path().trim_end_matches('/');
        let path = format!("{}/graphql", path.strip_suffix("/v3").unwrap_or(path));
        url.set_path(&path);
        url
    }

    /// Only where we were told to ask: a token goes nowhere else.
    fn locate(&self, address: &str) -> Result<Url, Error> {
        if address.starts_with('/') {
            let base = self.base.as_str().trim_end_matches('/');
            return Url::parse(&format!("{base}{address}")).map_err(|_| Error::Elsewhere(address.to_owned()));
        }
        let url = Url::parse(address).map_err(|_| Error::Elsewhere(address.to_owned()))?;
        if url.origin() == self.base.origin() { Ok(url) } else { Err(Error::Elsewhere(address.to_owned())) }
    }

    async fn ask(&self, question: &Question<'_>) -> Result<Reply, Error> {
        if let Some(pause) = self.pacing(question.resource).pause(self.world.now()) {
            return Err(Error::Paused(pause));
        }
        let authorization = self.authorization().await?;
        let reply = self.send(question, authorization).await?;
        self.judge(question, reply)
    }

    /// Sends until the line and the server hold, at most `ATTEMPTS` times.
    async fn send(&self, question: &Question<'_>, authorization: Option<HeaderValue>) -> Result<Reply, Error> {
        let mut problem = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.world.wait(self.backoff(attempt)).await;
            }
            match self.exchange(question, authorization.as_ref()).await {
                Ok(reply) if !reply.status.is_server_error() => return Ok(reply),
                Ok(reply) => problem = format!("the answer was {}", reply.status),
                Err(error) => problem = chain(&error),
            }
        }
        Err(Error::Unreachable { path: question.url.path().to_owned(), attempts: ATTEMPTS, message: problem })
    }

    async fn exchange(
        &self,
        question: &Question<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Reply, octocrab::Error> {
        let method = if question.body.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::builder().method(method).uri(question.url.as_str());
        let headers = [(header::ACCEPT, "application/vnd.github+json"), (header::USER_AGENT, "hustings")];
        for (name, value) in headers.into_iter().chain(question.etag.map(|etag| (header::IF_NONE_MATCH, etag))) {
            request = request.header(name, value);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = self.crab.build_request(request, question.body.as_ref())?;
        let (parts, body) = self.crab.execute(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    /// 1, 2, 4 … seconds, each shortened by up to a half, so that many clients do
    /// not come back together.
    fn backoff(&self, attempt: u32) -> Duration {
        let longest = FIRST_BACKOFF * 2_u32.pow(attempt - 1);
        longest.mul_f64(1.0 - self.world.chance() / 2.0)
    }

    /// What to make of a reply that is neither a broken line nor a broken server.
    fn judge(&self, question: &Question<'_>, reply: Reply) -> Result<Reply, Error> {
        let Reply { status, headers, body } = &reply;
        if let Some(pause) = self.hear(question.resource, *status, headers, body) {
            return Err(Error::Paused(pause));
        }
        let (path, message) = (question.url.path().to_owned(), message(body));
        match *status {
            StatusCode::NOT_MODIFIED => Ok(reply),
            status if status.is_success() => Ok(reply),
            StatusCode::UNAUTHORIZED => Err(Error::Unauthorized),
            StatusCode::FORBIDDEN => Err(Error::Forbidden { path, message }),
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Error::NotFound { path }),
            status => Err(Error::Refused { status: status.as_u16(), path, message }),
        }
    }

    fn hear(&self, resource: Resource, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Pause> {
        let mut pacing = self.pacing.lock().unwrap_or_else(PoisonError::into_inner);
        pacing[resource as usize].hear(status, headers, body, self.world.now())
    }

    async fn authorization(&self) -> Result<Option<HeaderValue>, Error> {
        let token = match &self.credential {
            Credential::Nobody => return Ok(None),
            Credential::Token(token) => token.clone(),
            Credential::App(_) => self.installation_token().await?,
        };
        bearer(&token).map(Some)
    }

    /// The App's token: kept until five minutes before its end.
    async fn installation_token(&self) -> Result<SecretString, Error> {
        #[derive(Deserialize)]
        struct Granted {
            token: SecretString,
            expires_at: DateTime<Utc>,
        }
        let Credential::App(key) = &self.credential else { return Err(Error::Unauthorized) };
        let now = self.world.now();
        let kept = self.app_token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, _)) = kept.filter(|(_, end)| now + TimeDelta::minutes(5) < *end) {
            return Ok(token);
        }
        let url = self.locate(&format!("/app/installations/{}/access_tokens", key.installation))?;
        let statement = bearer(&key.statement(now)?)?;
        let question = Question { resource: Resource::Rest, url, etag: None, body: Some(json!({})) };
        let reply = self.judge(&question, self.send(&question, Some(statement)).await?)?;
        let granted: Granted = serde_json::from_slice(&reply.body)
            .map_err(|error| Error::Unreadable { path: question.url.path().to_owned(), message: error.to_string() })?;
        *self.app_token.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((granted.token.clone(), granted.expires_at));
        Ok(granted.token)
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let text = format!("Bearer {}", token.expose_secret().trim());
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Unauthorized)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The sentence of an error's body, if it has one.
fn message(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    value["message"].as_str().unwrap_or("no reason given").chars().take(300).collect()
}

/// An error with its causes: octocrab's own text is only its kind.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .map(|text| text.lines().next().unwrap_or_default().to_owned())
        .collect::<Vec<_>>()
        .join(": ")
}
