//! What an item of each list says, read as far as a fact needs it. The keys are
//! those of the archive's facts, so that both are one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::stream::Stream;
use crate::{
    ingest::{
        Fact, Gathering,
        archive::{Envelope, LineError, read_payload, second, small, storable, take_event},
        fact::{GHOST, Instant},
    },
    stats::Kind,
};

/// The repository that a page is about, as GitHub calls it today.
#[derive(Clone, Debug)]
pub struct Repository {
    pub id: i64,
    pub name: String,
    pub org_id: Option<i64>,
}

/// One page, read.
#[derive(Debug, Default)]
pub struct Page {
    pub gathering: Gathering,
    /// The ids of its items, where they are ordered by them.
    pub ids: Vec<i64>,
    /// The last change of its last item.
    pub changed: Option<DateTime<Utc>>,
    /// When its last item began to be.
    pub oldest: Option<DateTime<Utc>>,
    pub members: Vec<i64>,
    /// Items whose account is gone.
    pub nobody: u64,
    /// Items that could not be read, each with its reason.
    pub unread: Vec<(String, String)>,
    /// What could not be read of commits: the sha, and the reason.
    pub bad: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
pub struct User {
    pub id: i64,
    pub login: String,
}

#[derive(Deserialize)]
struct Item {
    id: i64,
    #[serde(default, alias = "actor", alias = "author")]
    user: Option<User>,
    #[serde(default)]
    created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    updated_at: Option<DateTime<Utc>>,
    #[serde(default)]
    published_at: Option<DateTime<Utc>>,
    #[serde(default)]
    number: Option<i64>,
    #[serde(default)]
    event: String,
    #[serde(default)]
    issue: Option<Issue>,
    #[serde(default)]
    pull_request: Option<Merged>,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    issue_url: String,
    #[serde(default)]
    pull_request_url: String,
}

#[derive(Deserialize)]
struct Issue {
    number: i64,
    #[serde(default)]
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pull_request: Option<Merged>,
}

#[derive(Deserialize)]
struct Merged {
    #[serde(default)]
    merged_at: Option<DateTime<Utc>>,
}

/// Reads a page. An item that cannot be read is set aside, the rest goes on.
pub fn read(stream: Stream, repo: &Repository, body: &[u8], now: DateTime<Utc>) -> Result<Page, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_slice(body)?;
    let mut page = Page::default();
    for item in items {
        let text = item.get();
        let read = match stream {
            Stream::Events => page.event(text),
            Stream::Members => page.member(text, now),
            _ => page.item(stream, repo, text, now),
        };
        if let Err(reason) = read {
            page.unread.push((reason.to_string(), text.to_owned()));
        }
    }
    Ok(page)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, LineError> {
    serde_json::from_str(text).map_err(LineError::Shape)
}

impl Page {
    fn event(&mut self, text: &str) -> Result<(), LineError> {
        let event = Envelope::parse(text.as_bytes())?;
        let reading = read_payload(&event)?;
        if reading.unknown {
            self.unread.push((format!("{} is not known yet", event.kind.0), text.to_owned()));
        }
        take_event(&mut self.gathering, &event, reading)
    }

    fn member(&mut self, text: &str, now: DateTime<Utc>) -> Result<(), LineError> {
        let user: User = parse(text)?;
        storable(&user.login)?;
        self.gathering.see_actor(user.id, &user.login, now.date_naive());
        self.members.push(user.id);
        Ok(())
    }

    fn item(&mut self, stream: Stream, repo: &Repository, text: &str, now: DateTime<Utc>) -> Result<(), LineError> {
        let item: Item = parse(text)?;
        let facts = item.facts(stream, repo.id)?;
        storable(item.user.as_ref().map_or("", |user| &user.login))?;
        self.ids.push(item.id);
        self.changed = item.updated_at.max(self.changed);
        self.oldest = item.created_at.or(self.oldest);
        if facts.is_empty() {
            return Ok(());
        }
        match item.user.filter(|user| user.id != GHOST) {
            Some(user) => self.add(repo, &user, facts, now),
            None => self.nobody += 1,
        }
        Ok(())
    }

    /// Adds facts of one account; the names are today's.
    pub fn add(&mut self, repo: &Repository, user: &User, facts: Vec<Fact>, now: DateTime<Utc>) {
        let day = now.date_naive();
        self.gathering.see_actor(user.id, &user.login, day);
        self.gathering.see_repo(repo.id, &repo.name, repo.org_id, day);
        self.gathering.facts.extend(facts.into_iter().map(|fact| Fact { actor_id: user.id, ..fact }));
    }
}

impl Item {
    /// The facts of an item, still without who did it.
    fn facts(&self, stream: Stream, repo_id: i64) -> Result<Vec<Fact>, LineError> {
        let made = |kind, key_a, key_b, at: Option<DateTime<Utc>>, number| {
            let at = second(at.ok_or(LineError::Without(stream.name().to_owned(), "an instant"))?)?;
            Ok(vec![Fact { kind, key_a, key_b, at, actor_id: 0, repo_id, number }])
        };
        match stream {
            Stream::Issues => self.issue(repo_id),
            Stream::IssueEvents => self.issue_event(repo_id),
            Stream::IssueComments => {
                let kind = if self.html_url.contains("/pull/") { Kind::PrComment } else { Kind::IssueComment };
                made(kind, self.id, 0, self.created_at, tail(&self.issue_url))
            }
            Stream::ReviewComments => {
                made(Kind::ReviewComment, self.id, 0, self.created_at, tail(&self.pull_request_url))
            }
            Stream::CommitComments => made(Kind::CommitComment, self.id, 0, self.created_at, None),
            // A draft is nobody's yet.
            Stream::Releases => match self.published_at {
                Some(at) => made(Kind::Release, self.id, at.timestamp(), Some(at), None),
                None => Ok(Vec::new()),
            },
            Stream::Commits | Stream::Reviews | Stream::Events | Stream::Members => Ok(Vec::new()),
        }
    }

    fn issue(&self, repo_id: i64) -> Result<Vec<Fact>, LineError> {
        let number = small(self.number.unwrap_or_default())?;
        let at = second(self.created_at.ok_or(LineError::Without("issue".to_owned(), "created_at"))?)?;
        let opened = if self.pull_request.is_some() { Kind::PrOpened } else { Kind::IssueOpened };
        let opened =
            Fact { kind: opened, key_a: repo_id, key_b: number.into(), at, actor_id: 0, repo_id, number: Some(number) };
        let merged_at = self.pull_request.as_ref().and_then(|pr| pr.merged_at);
        let merged = merged_at.map(second).transpose()?.map(|at| Fact { kind: Kind::PrMerged, at, ..opened });
        Ok([opened].into_iter().chain(merged).collect())
    }

    fn issue_event(&self, repo_id: i64) -> Result<Vec<Fact>, LineError> {
        let (Some(issue), Some(at)) = (&self.issue, self.created_at) else { return Ok(Vec::new()) };
        let is_pr = issue.pull_request.is_some();
        let kind = match (self.event.as_str(), is_pr) {
            ("closed", false) => Kind::IssueClosed,
            ("closed", true) => Kind::PrClosed,
            ("reopened", false) => Kind::IssueReopened,
            ("reopened", true) => Kind::PrReopened,
            _ => return Ok(Vec::new()),
        };
        let (number, at) = (small(issue.number)?, second(at)?);
        let instant = match self.event.as_str() {
            // An issue names its last closing only.
            "closed" => match Instant::new(at, issue.closed_at.map(|at| at.timestamp())) {
                Instant::Near(at) => Instant::Told(at),
                exact => exact,
            },
            _ => Instant::Exact(at),
        };
        let key_b = instant.key(number);
        Ok(vec![Fact { kind, key_a: repo_id, key_b, at, actor_id: 0, repo_id, number: Some(number) }])
    }
}

/// The number at the end of an address.
fn tail(url: &str) -> Option<i32> {
    small(url.rsplit('/').next()?.parse().ok()?).ok()
}
