//! What a delivery says, to facts. Only those whose key it names itself: a push
//! has no push id here, a star no event's second, a reopening no instant, so they
//! are counted when the archive or the API brings them.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{
    ingest::{
        Fact, Gathering,
        archive::{LineError, second, small, storable},
        fact::{GHOST, Instant},
    },
    stats::Kind,
};

/// Events that say nothing about contributions, or what another source says with
/// the key that counts.
const HINTS: &str = "
    branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert
    create custom_property custom_property_values delete dependabot_alert deploy_key deployment
    deployment_protection_rule deployment_review deployment_status discussion discussion_comment fork
    github_app_authorization gollum installation installation_repositories installation_target
    issue_dependencies label marketplace_purchase member membership merge_group meta milestone
    org_block organization package page_build personal_access_token_request ping project project_card
    project_column projects_v2 projects_v2_item projects_v2_status_update public
    pull_request_review_thread push registry_package repository repository_advisory repository_dispatch
    repository_import repository_ruleset repository_vulnerability_alert secret_scanning_alert
    secret_scanning_alert_location secret_scanning_scan security_advisory security_and_analysis
    sponsorship star status sub_issues team team_add watch workflow_dispatch workflow_job workflow_run
";

/// Why a delivery is not what its event says.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("not what such an event holds: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("without {0}")]
    Without(&'static str),
    #[error(transparent)]
    Value(#[from] LineError),
}

/// What a delivery gave.
#[derive(Debug, Default)]
pub struct Found {
    action: Option<String>,
    unknown: bool,
    repository: Option<Repository>,
    organization: Option<Account>,
    facts: Vec<(Fact, Account)>,
    received: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    repository: Option<Repository>,
    #[serde(default)]
    organization: Option<Account>,
    #[serde(default)]
    sender: Option<Account>,
    #[serde(default)]
    issue: Option<Issue>,
    #[serde(default)]
    pull_request: Option<Issue>,
    #[serde(default)]
    comment: Option<Item>,
    #[serde(default)]
    review: Option<Item>,
    #[serde(default)]
    release: Option<Item>,
}

#[derive(Clone, Debug, Deserialize)]
struct Account {
    id: i64,
    login: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Repository {
    id: i64,
    full_name: String,
}

#[derive(Deserialize)]
struct Issue {
    number: i64,
    #[serde(default)]
    user: Option<Account>,
    #[serde(default)]
    created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    merged_at: Option<DateTime<Utc>>,
    /// There on an issue that is a pull request.
    #[serde(default)]
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Item {
    id: i64,
    #[serde(default, alias = "author")]
    user: Option<Account>,
    #[serde(default)]
    created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    submitted_at: Option<DateTime<Utc>>,
    #[serde(default)]
    published_at: Option<DateTime<Utc>>,
}

/// Reads the body of an event that arrived at an instant.
pub fn read(event: &str, body: &str, received: DateTime<Utc>) -> Result<Found, ReadError> {
    let counts = matches!(
        event,
        "issues"
            | "pull_request"
            | "issue_comment"
            | "pull_request_review"
            | "pull_request_review_comment"
            | "commit_comment"
            | "release"
    );
    if !counts {
        let unknown = !HINTS.split_whitespace().any(|hint| hint == event);
        return Ok(Found { unknown, received, ..Found::default() });
    }
    let body: Body = serde_json::from_str(body)?;
    let repository = body.repository.clone().ok_or(ReadError::Without("repository"))?;
    let facts = body.facts(event, repository.id)?;
    let (action, organization) = (body.action, body.organization);
    let logins = facts.iter().map(|(_, by)| by).chain(&organization).map(|account| account.login.as_str());
    let names = logins.chain([repository.full_name.as_str(), action.as_deref().unwrap_or_default()]);
    names.into_iter().try_for_each(storable)?;
    Ok(Found { action, unknown: false, repository: Some(repository), organization, facts, received })
}

impl Found {
    /// Whether the event is of a kind that this version does not know.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Whether it gave no fact.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The word in its body for what was done.
    pub fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    /// The facts, and the names as they were on arrival.
    pub fn gathering(&self) -> Gathering {
        let mut gathering = Gathering::default();
        let day = self.received.date_naive();
        if let Some(repo) = &self.repository {
            gathering.see_repo(repo.id, &repo.full_name, self.organization.as_ref().map(|org| org.id), day);
        }
        if let Some(org) = &self.organization {
            gathering.see_org(org.id, &org.login, day);
        }
        for (fact, account) in &self.facts {
            gathering.see_actor(account.id, &account.login, day);
            gathering.facts.push(*fact);
        }
        gathering
    }
}

impl Body {
    fn facts(&self, event: &str, repo_id: i64) -> Result<Vec<(Fact, Account)>, ReadError> {
        let action = self.action.as_deref().unwrap_or_default();
        match (event, action) {
            ("issues", "opened" | "closed") => {
                let issue = self.issue.as_ref().ok_or(ReadError::Without("issue"))?;
                self.issue(repo_id, issue, action, [Kind::IssueOpened, Kind::IssueClosed])
            }
            ("pull_request", "opened" | "closed") => {
                let pull = self.pull_request.as_ref().ok_or(ReadError::Without("pull_request"))?;
                self.issue(repo_id, pull, action, [Kind::PrOpened, Kind::PrClosed])
            }
            ("issue_comment", "created") => {
                let is_pr = self.issue.as_ref().is_some_and(|issue| issue.pull_request.is_some());
                let kind = if is_pr { Kind::PrComment } else { Kind::IssueComment };
                item(repo_id, kind, self.comment.as_ref(), self.issue.as_ref())
            }
            ("pull_request_review", "submitted") => {
                item(repo_id, Kind::Review, self.review.as_ref(), self.pull_request.as_ref())
            }
            ("pull_request_review_comment", "created") => {
                item(repo_id, Kind::ReviewComment, self.comment.as_ref(), self.pull_request.as_ref())
            }
            ("commit_comment", "created") => item(repo_id, Kind::CommitComment, self.comment.as_ref(), None),
            ("release", "published") => {
                let made = item(repo_id, Kind::Release, self.release.as_ref(), None)?;
                Ok(made.into_iter().map(|(fact, by)| (Fact { key_b: fact.at, ..fact }, by)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Opened by the author, closed by the sender, merged for the author.
    fn issue(
        &self,
        repo_id: i64,
        issue: &Issue,
        action: &str,
        [opened, closed]: [Kind; 2],
    ) -> Result<Vec<(Fact, Account)>, ReadError> {
        let number = small(issue.number)?;
        let made = |kind, at: Option<DateTime<Utc>>, by: Option<&Account>| {
            let at = second(at.ok_or(ReadError::Without("an instant"))?)?;
            let key_b = if kind == closed { Instant::Exact(at).key(number) } else { number.into() };
            let fact = Fact { kind, key_a: repo_id, key_b, at, actor_id: 0, repo_id, number: Some(number) };
            Ok::<_, ReadError>(by_somebody(fact, by))
        };
        let merged = issue.merged_at.filter(|_| action == "closed");
        let done = match action {
            "opened" => made(opened, issue.created_at, issue.user.as_ref())?,
            _ => made(closed, issue.closed_at, self.sender.as_ref())?,
        };
        let merged = merged.map(|at| made(Kind::PrMerged, Some(at), issue.user.as_ref())).transpose()?;
        Ok(done.into_iter().chain(merged.flatten()).collect())
    }
}

fn item(repo_id: i64, kind: Kind, item: Option<&Item>, on: Option<&Issue>) -> Result<Vec<(Fact, Account)>, ReadError> {
    let item = item.ok_or(ReadError::Without("what it is about"))?;
    let at = item.published_at.or(item.submitted_at).or(item.created_at);
    let at = second(at.ok_or(ReadError::Without("an instant"))?)?;
    let number = on.map(|issue| small(issue.number)).transpose()?;
    let fact = Fact { kind, key_a: item.id, key_b: 0, at, actor_id: 0, repo_id, number };
    Ok(by_somebody(fact, item.user.as_ref()).into_iter().collect())
}

/// An account that is gone has done nothing that counts.
fn by_somebody(fact: Fact, by: Option<&Account>) -> Option<(Fact, Account)> {
    let by = by.filter(|by| by.id != GHOST)?;
    Some((Fact { actor_id: by.id, ..fact }, by.clone()))
}

#[cfg(test)]
mod fuzz {
    use std::cell::Cell;

    use proptest::{
        collection::vec,
        prelude::any,
        sample::{Index, select},
    };

    use super::*;
    use crate::{ingest::fact, people::fuzz::fuzz};

    const EVENTS: &[&str] =
        &["issues", "pull_request", "issue_comment", "pull_request_review", "commit_comment", "release", "push"];

    const BODY: &str = r#"{"action":"closed","repository":{"id":2,"full_name":"acme/anvil"},"organization":{"id":1,"login":"acme"},"sender":{"id":8,"login":"merger"},"issue":{"number":3,"user":{"id":7,"login":"ada"},"created_at":"2026-11-01T00:00:00Z","closed_at":"2026-11-23T08:00:00Z","pull_request":null},"pull_request":{"number":3,"user":{"id":7,"login":"ada"},"created_at":"2026-11-01T00:00:00Z","closed_at":"2026-11-23T08:00:00Z","merged_at":"2026-11-23T08:00:00Z"},"comment":{"id":4,"user":{"id":7,"login":"ada"},"created_at":"2026-11-02T00:00:00Z"},"review":{"id":5,"user":null,"submitted_at":"2026-11-02T00:00:00Z"},"release":{"id":6,"author":{"id":7,"login":"ada"},"published_at":"2026-11-02T00:00:00Z"}}"#;

    /// What means something in such a body, or is just too large.
    const WORDS: &[&str] = &[
        "",
        "null",
        "-1",
        "0",
        "134217728",
        "9223372036854775807",
        "18446744073709551616",
        "1e400",
        "\"",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\\",
        "\\u0000",
        "\\ud800",
        "opened",
        "created",
        "submitted",
        "published",
        "+262142",
        "1899-",
        "9999",
    ];

    /// For a second, or for as many as `FUZZ_SECONDS` says: some bytes go, a word comes.
    #[test]
    fn a_changed_body_is_read_or_refused() {
        let changes = vec((any::<Index>(), 0..8_usize, select(WORDS)), 0..4);
        let facts = Cell::new(0);
        fuzz(&(select(EVENTS), changes), |(event, changes)| {
            let mut body = BODY.to_owned();
            for (place, gone, word) in changes {
                let at = place.index(body.len());
                body.replace_range(at..(at + gone).min(body.len()), word);
            }
            if let Ok(found) = super::read(event, &body, DateTime::UNIX_EPOCH) {
                let gathered = found.gathering().finish();
                assert!(gathered.facts.iter().all(|fact| fact.key_b >= 0 && fact.actor_id != fact::GHOST));
                facts.set(facts.get() + gathered.facts.len());
            }
        });
        assert!(facts.get() > 0, "nothing was ever read");
    }
}
