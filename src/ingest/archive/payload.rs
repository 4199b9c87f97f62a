//! What an event of each type says: its payload, read as far as we need it, to
//! facts. All shapes since 2015 are read, also the one that has lost most of its
//! fields since October 2025; `legacy` brings the older ones here.

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::value::RawValue;

use super::envelope::{Envelope, LineError, Text, parse_second};
use crate::{
    ingest::fact::{Fact, Instant, key_hash},
    stats::Kind,
};

/// What an event gave.
#[derive(Debug, Default)]
pub struct Reading {
    /// The fact it states, by its actor.
    pub fact: Option<Fact>,
    /// The merge it states beside, by the author.
    pub merge: Option<Merge>,
    /// Of a type that this version does not know.
    pub unknown: bool,
}

/// A merged pull request, counted for its author.
#[derive(Debug)]
pub struct Merge {
    pub fact: Fact,
    pub author: String,
}

/// Reads the payload of an event.
pub fn read(event: &Envelope<'_>) -> Result<Reading, LineError> {
    let e = Event { event, at: event.at()? };
    let fact = match &*event.kind.0 {
        "PushEvent" => e.push()?,
        "PullRequestEvent" => return e.pull_request(),
        "IssuesEvent" => e.issue()?,
        "IssueCommentEvent" => e.issue_comment()?,
        "PullRequestReviewCommentEvent" => e.review_comment()?,
        "PullRequestReviewEvent" => e.review()?,
        "CommitCommentEvent" => e.commit_comment()?,
        "CreateEvent" => e.reference(Kind::Create)?,
        "DeleteEvent" => e.reference(Kind::Delete)?,
        "GollumEvent" => e.wiki_edit()?,
        "WatchEvent" => e.plain(Kind::Star, &[]),
        "PublicEvent" => e.plain(Kind::Public, &[]),
        "ForkEvent" => e.fork()?,
        "MemberEvent" => e.member()?,
        "ReleaseEvent" => e.release()?,
        // Nobody's contribution, or about no repository.
        "FollowEvent" | "GistEvent" | "DownloadEvent" | "ForkApplyEvent" | "TeamAddEvent" | "SponsorshipEvent" => {
            return Ok(Reading::default());
        }
        _ => return Ok(Reading { unknown: true, ..Reading::default() }),
    };
    Ok(Reading { fact: Some(fact), ..Reading::default() })
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

#[derive(Deserialize)]
struct Numbered {
    number: i64,
    #[serde(default)]
    pull_request: Option<Links>,
}

impl Numbered {
    /// Until 2012 every issue had the links of a pull request, empty ones.
    fn is_pull_request(&self) -> bool {
        self.pull_request.as_ref().is_some_and(|links| links.url.is_some() || links.html_url.is_some())
    }
}

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    url: Option<IgnoredAny>,
    #[serde(default)]
    html_url: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    push_id: Option<i64>,
    #[serde(default)]
    head: Option<String>,
}

#[derive(Deserialize)]
struct Issue {
    action: String,
    issue: IssueBody,
}

#[derive(Deserialize)]
struct IssueBody {
    number: i64,
    #[serde(default)]
    closed_at: Option<String>,
}

#[derive(Deserialize)]
struct Comment {
    #[serde(rename = "comment")]
    body: Id,
    #[serde(default)]
    issue: Option<Numbered>,
    #[serde(default)]
    pull_request: Option<Numbered>,
}

#[derive(Deserialize)]
struct Review {
    review: Id,
    #[serde(default)]
    pull_request: Option<Numbered>,
}

#[derive(Deserialize)]
struct PullRequest {
    action: String,
    #[serde(default)]
    number: Option<i64>,
    #[serde(rename = "pull_request")]
    body: PullRequestBody,
}

#[derive(Deserialize)]
struct PullRequestBody {
    #[serde(default)]
    number: Option<i64>,
    #[serde(default)]
    merged: Option<bool>,
    #[serde(default)]
    merged_at: Option<String>,
    #[serde(default)]
    closed_at: Option<String>,
    #[serde(default)]
    user: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    id: i64,
    login: String,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, rename = "ref", default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    ref_type: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Wiki {
    #[serde(default)]
    pages: Vec<WikiPage>,
}

#[derive(Deserialize)]
struct WikiPage {
    #[serde(default)]
    sha: Option<String>,
}

#[derive(Deserialize)]
struct Fork {
    forkee: Id,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default)]
    member: Option<Id>,
}

#[derive(Deserialize)]
struct Release {
    release: ReleaseBody,
}

#[derive(Deserialize)]
struct ReleaseBody {
    id: i64,
    #[serde(default)]
    published_at: Option<String>,
}

struct Event<'e, 'a> {
    event: &'e Envelope<'a>,
    at: i64,
}

impl<'a> Event<'_, 'a> {
    fn payload<T: DeserializeOwned>(&self) -> Result<T, LineError> {
        serde_json::from_str(self.raw()).map_err(|error| self.unreadable(error))
    }

    fn raw(&self) -> &'a str {
        self.event.payload.map_or("{}", RawValue::get)
    }

    fn unreadable(&self, error: serde_json::Error) -> LineError {
        LineError::Payload(self.event.kind.0.to_string(), error)
    }

    fn without(&self, what: &'static str) -> LineError {
        LineError::Without(self.event.kind.0.to_string(), what)
    }

    fn fact(&self, kind: Kind, key_a: i64, key_b: i64, number: Option<i32>) -> Fact {
        let (actor_id, repo_id) = (self.event.actor.id, self.event.repo.id);
        Fact { kind, key_a, key_b, at: self.at, actor_id, repo_id, number }
    }

    /// A fact whose key is its second and a hash of who did what where.
    fn plain(&self, kind: Kind, parts: &[&[u8]]) -> Fact {
        let (repo, actor) = (self.event.repo.id.to_be_bytes(), self.event.actor.id.to_be_bytes());
        let parts: Vec<&[u8]> = [&repo[..], &actor[..]].into_iter().chain(parts.iter().copied()).collect();
        self.fact(kind, self.at, key_hash(&parts), None)
    }

    fn push(&self) -> Result<Fact, LineError> {
        let push: Push = self.payload()?;
        let id = match (push.push_id, push.head) {
            (Some(id), _) => id,
            // Below zero, where no push id is.
            (None, Some(head)) => key_hash(&[head.as_bytes()]) | i64::MIN,
            (None, None) => return Err(self.without("push_id and head")),
        };
        Ok(self.fact(Kind::Push, id, self.event.repo.id, None))
    }

    fn commit_comment(&self) -> Result<Fact, LineError> {
        let comment: Comment = self.payload()?;
        Ok(self.fact(Kind::CommitComment, comment.body.id, 0, None))
    }

    fn issue_comment(&self) -> Result<Fact, LineError> {
        let comment: Comment = self.payload()?;
        let issue = comment.issue.ok_or_else(|| self.without("issue"))?;
        let kind = if issue.is_pull_request() { Kind::PrComment } else { Kind::IssueComment };
        Ok(self.fact(kind, comment.body.id, 0, Some(small(issue.number)?)))
    }

    fn review_comment(&self) -> Result<Fact, LineError> {
        let comment: Comment = self.payload()?;
        let number = comment.pull_request.map(|pr| small(pr.number)).transpose()?;
        Ok(self.fact(Kind::ReviewComment, comment.body.id, 0, number))
    }

    fn review(&self) -> Result<Fact, LineError> {
        let review: Review = self.payload()?;
        let number = review.pull_request.map(|pr| small(pr.number)).transpose()?;
        Ok(self.fact(Kind::Review, review.review.id, 0, number))
    }

    fn issue(&self) -> Result<Fact, LineError> {
        let Issue { action, issue } = self.payload()?;
        let number = small(issue.number)?;
        Ok(match action.as_str() {
            "opened" => self.opened(Kind::IssueOpened, number),
            "closed" => self.closed(Kind::IssueClosed, number, issue.closed_at.as_deref()),
            "reopened" => self.reopened(Kind::IssueReopened, number),
            _ => self.other(Kind::IssueOther, number, &action),
        })
    }

    fn pull_request(&self) -> Result<Reading, LineError> {
        let PullRequest { action, number, body } = self.payload()?;
        let number = number.or(body.number).ok_or_else(|| self.without("number"))?;
        let number = small(number)?;
        let fact = match action.as_str() {
            "opened" => self.opened(Kind::PrOpened, number),
            "closed" | "merged" => self.closed(Kind::PrClosed, number, body.closed_at.as_deref()),
            "reopened" => self.reopened(Kind::PrReopened, number),
            _ => self.other(Kind::PrOther, number, &action),
        };
        let merged = action == "merged" || (action == "closed" && body.merged == Some(true));
        let merge = if merged { self.merge(number, body)? } else { None };
        Ok(Reading { fact: Some(fact), merge, unknown: false })
    }

    /// The merge, if the event names the author.
    fn merge(&self, number: i32, body: PullRequestBody) -> Result<Option<Merge>, LineError> {
        let Some(author) = body.user else { return Ok(None) };
        if author.login.len() > 300 || author.login.contains('\0') {
            return Err(LineError::Name(author.login.len()));
        }
        let at = body.merged_at.as_deref().map(parse_second).transpose()?.unwrap_or(self.at);
        let fact = self.opened(Kind::PrMerged, number);
        Ok(Some(Merge { fact: Fact { at, actor_id: author.id, ..fact }, author: author.login }))
    }

    /// What happens to an issue once.
    fn opened(&self, kind: Kind, number: i32) -> Fact {
        self.fact(kind, self.event.repo.id, i64::from(number), Some(number))
    }

    /// What may happen to it again.
    fn again(&self, kind: Kind, number: i32, instant: Instant) -> Fact {
        self.fact(kind, self.event.repo.id, instant.key(number), Some(number))
    }

    /// A closing, which the issue dates itself, if the payload still says so.
    fn closed(&self, kind: Kind, number: i32, at: Option<&str>) -> Fact {
        self.again(kind, number, Instant::new(self.at, second(at)))
    }

    /// A reopening, which only the event dates.
    fn reopened(&self, kind: Kind, number: i32) -> Fact {
        self.again(kind, number, Instant::Near(self.at))
    }

    fn other(&self, kind: Kind, number: i32, action: &str) -> Fact {
        let fact = self.plain(kind, &[&number.to_be_bytes(), action.as_bytes()]);
        Fact { number: Some(number), ..fact }
    }

    fn reference(&self, kind: Kind) -> Result<Fact, LineError> {
        let payload: Reference<'_> = serde_json::from_str(self.raw()).map_err(|error| self.unreadable(error))?;
        let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.0.to_string()).unwrap_or_default();
        Ok(self.plain(kind, &[text(&payload.ref_type).as_bytes(), text(&payload.name).as_bytes()]))
    }

    fn wiki_edit(&self) -> Result<Fact, LineError> {
        let wiki: Wiki = self.payload()?;
        let shas: Vec<&[u8]> =
            wiki.pages.iter().map(|page| page.sha.as_deref().unwrap_or_default().as_bytes()).collect();
        Ok(self.plain(Kind::WikiEdit, &shas))
    }

    fn fork(&self) -> Result<Fact, LineError> {
        let fork: Fork = self.payload()?;
        Ok(self.plain(Kind::Fork, &[&fork.forkee.id.to_be_bytes()]))
    }

    fn member(&self) -> Result<Fact, LineError> {
        let member: Member = self.payload()?;
        Ok(self.plain(Kind::Member, &[&member.member.map_or(0, |member| member.id).to_be_bytes()]))
    }

    fn release(&self) -> Result<Fact, LineError> {
        let Release { release } = self.payload()?;
        let published = second(release.published_at.as_deref()).unwrap_or(self.at);
        Ok(self.fact(Kind::Release, release.id, published, None))
    }
}

fn second(text: Option<&str>) -> Option<i64> {
    text.and_then(|text| parse_second(text).ok())
}

/// Issue numbers are keyed in 27 bits, so that a key has room for how exact it is.
pub fn small(number: i64) -> Result<i32, LineError> {
    i32::try_from(number).ok().filter(|n| (0..1 << 27).contains(n)).ok_or(LineError::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(kind: &str, payload: &str) -> Result<Reading, LineError> {
        let line = format!(
            r#"{{"type":"{kind}","actor":{{"id":5,"login":"ada"}},"repo":{{"id":2,"name":"a/b"}},"payload":{payload},"created_at":"2016-01-01T01:00:00Z"}}"#
        );
        read(&Envelope::parse(line.as_bytes()).unwrap())
    }

    fn fact(kind: &str, payload: &str) -> Fact {
        reading(kind, payload).unwrap().fact.unwrap()
    }

    const AT: i64 = 1_451_610_000;

    #[test]
    fn a_push_is_its_number_or_else_its_head() {
        let push = fact("PushEvent", r#"{"push_id":7,"commits":[{"sha":"x"}]}"#);
        assert_eq!((push.kind, push.key_a, push.key_b, push.actor_id), (Kind::Push, 7, 2, 5));
        assert!(fact("PushEvent", r#"{"head":"abc"}"#).key_a < 0);
        assert_eq!(reading("PushEvent", "{}").unwrap_err().to_string(), "PushEvent without push_id and head");
    }

    #[test]
    fn a_merged_pull_request_is_closed_by_one_and_merged_for_another() {
        let full = r#"{"action":"closed","number":3,"pull_request":{"number":3,"merged":true,"merged_at":"2016-01-01T00:59:59Z","user":{"id":9,"login":"eve"}}}"#;
        let Reading { fact: Some(closed), merge: Some(merge), .. } = reading("PullRequestEvent", full).unwrap() else {
            panic!("two facts")
        };
        assert_eq!((closed.kind, closed.actor_id, closed.key_b), (Kind::PrClosed, 5, Instant::Near(AT).key(3)));
        assert_eq!(
            (merge.fact.kind, merge.fact.actor_id, merge.fact.at, merge.fact.key_b),
            (Kind::PrMerged, 9, AT - 1, 3)
        );
        assert_eq!(merge.author, "eve");
    }

    #[test]
    fn a_pull_request_of_today_is_closed_but_its_author_is_not_known() {
        let trimmed = r#"{"action":"merged","number":3,"pull_request":{"id":1,"number":3}}"#;
        let reading = reading("PullRequestEvent", trimmed).unwrap();
        assert_eq!(reading.fact.unwrap().kind, Kind::PrClosed);
        assert!(reading.merge.is_none());
    }

    #[test]
    fn a_pull_request_closed_unmerged_is_not_merged() {
        let closed = r#"{"action":"closed","pull_request":{"number":3,"merged":false,"user":{"id":9,"login":"eve"}}}"#;
        assert!(reading("PullRequestEvent", closed).unwrap().merge.is_none());
    }

    #[test]
    fn comments_on_issues_and_on_pull_requests_are_told_apart() {
        let on = |issue: &str| fact("IssueCommentEvent", &format!(r#"{{"comment":{{"id":8}},"issue":{issue}}}"#));
        assert_eq!(on(r#"{"number":3}"#).kind, Kind::IssueComment);
        assert_eq!(on(r#"{"number":3,"pull_request":null}"#).kind, Kind::IssueComment);
        let comment = on(r#"{"number":3,"pull_request":{"url":"x"}}"#);
        assert_eq!((comment.kind, comment.key_a, comment.number), (Kind::PrComment, 8, Some(3)));
    }

    #[test]
    fn every_type_of_event_makes_its_kind_of_fact() {
        for (event, payload, kind) in [
            ("IssuesEvent", r#"{"action":"opened","issue":{"number":3}}"#, Kind::IssueOpened),
            ("IssuesEvent", r#"{"action":"closed","issue":{"number":3}}"#, Kind::IssueClosed),
            ("IssuesEvent", r#"{"action":"reopened","issue":{"number":3}}"#, Kind::IssueReopened),
            ("IssuesEvent", r#"{"action":"labeled","issue":{"number":3}}"#, Kind::IssueOther),
            ("PullRequestEvent", r#"{"action":"opened","number":3,"pull_request":{}}"#, Kind::PrOpened),
            ("PullRequestEvent", r#"{"action":"reopened","number":3,"pull_request":{}}"#, Kind::PrReopened),
            ("PullRequestEvent", r#"{"action":"labeled","number":3,"pull_request":{}}"#, Kind::PrOther),
            ("PullRequestReviewEvent", r#"{"review":{"id":4},"pull_request":{"number":3}}"#, Kind::Review),
            (
                "PullRequestReviewCommentEvent",
                r#"{"comment":{"id":4},"pull_request":{"number":3}}"#,
                Kind::ReviewComment,
            ),
            ("CommitCommentEvent", r#"{"comment":{"id":4}}"#, Kind::CommitComment),
            ("CreateEvent", r#"{"ref":"main","ref_type":"branch"}"#, Kind::Create),
            ("DeleteEvent", r#"{"ref":"main","ref_type":"branch"}"#, Kind::Delete),
            ("CreateEvent", r#"{"ref":null,"ref_type":"repository"}"#, Kind::Create),
            ("GollumEvent", r#"{"pages":[{"sha":"x"}]}"#, Kind::WikiEdit),
            ("WatchEvent", r#"{"action":"started"}"#, Kind::Star),
            ("ForkEvent", r#"{"forkee":{"id":4}}"#, Kind::Fork),
            ("PublicEvent", "{}", Kind::Public),
            ("MemberEvent", r#"{"member":{"id":4},"action":"added"}"#, Kind::Member),
            ("ReleaseEvent", r#"{"release":{"id":4}}"#, Kind::Release),
        ] {
            assert_eq!(fact(event, payload).kind, kind, "{event} {payload}");
        }
    }

    #[test]
    fn an_unknown_type_is_unknown_and_a_broken_payload_is_an_error() {
        assert!(reading("DiscussionEvent", "{}").unwrap().unknown);
        assert!(!reading("FollowEvent", "{}").unwrap().unknown);
        let error = reading("IssuesEvent", r#"{"action":"opened","issue":{}}"#).unwrap_err().to_string();
        assert!(error.starts_with("IssuesEvent: missing field `number`"), "{error}");
        let error = reading("IssuesEvent", r#"{"action":"opened","issue":{"number":9999999999}}"#).unwrap_err();
        assert_eq!(error.to_string(), "number 9999999999 is out of range");
    }
}
