//! The lists of a repository, or of every repository of an organisation, read to
//! their end.

use chrono::{DateTime, Utc};
use github::{Answer, Content, Error as GitHubError, GitHub, Pause, Resource, Settings, World};
use serde::Deserialize;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{
    commits,
    items::{self, Page, Repository},
    reviews, store,
    store::Cursor,
    stream::{Order, PAGE, Stream},
    subject::Subject,
};
use crate::{
    clock::Clock,
    ingest::{Writer, fact::API, git, store as facts},
};

/// Why a run ended early. What was written stays, and the next run goes on there.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error("the database did not take a page of {place}: {error}")]
    Write { place: String, error: sqlx::Error },
    #[error("the database did not answer: {0}")]
    Db(#[from] sqlx::Error),
    #[error("a page of {place} is not a list: {error}")]
    Page { place: String, error: serde_json::Error },
}

/// A page was written.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    pub name: &'a str,
    pub stream: Stream,
    /// New ones.
    pub facts: u64,
}

/// What became of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub repositories: u64,
    /// Pages with a body, and those that had not changed.
    pub pages: u64,
    pub unchanged: u64,
    pub facts: u64,
    /// Items by accounts that are gone.
    pub nobody: u64,
    pub unread: u64,
    /// Lists that GitHub refused, each with its reason.
    pub skipped: Vec<String>,
    /// The limits ended it: to be gone on with then.
    pub paused: Option<Pause>,
}

#[derive(Deserialize)]
pub(super) struct Found {
    id: i64,
    full_name: String,
    owner: Owner,
}

#[derive(Clone, Deserialize)]
struct Owner {
    id: i64,
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

impl From<Found> for Repository {
    fn from(found: Found) -> Self {
        let org_id = (found.owner.kind == "Organization").then_some(found.owner.id);
        Self { id: found.id, name: found.full_name, org_id }
    }
}

/// An interface that knows what a run before this one learnt about its limits.
pub async fn connect(db: &mut PgConnection, settings: Settings, world: Box<dyn World>) -> Result<GitHub, ApiError> {
    let github = GitHub::new(settings, world)?;
    github.resume(store::pacing(db, github.base_url()).await?);
    Ok(github)
}

/// Reads a subject to the end of all its lists, or until the limits say stop.
/// Each page is committed with its cursor. With `since`, what is older is left out
/// where GitHub can leave it out.
///
/// # Errors
/// Only what keeps it from going on; a limit is in the report.
pub async fn ingest(
    db: &mut PgConnection,
    github: &GitHub,
    subject: &Subject,
    since: Option<DateTime<Utc>>,
    clock: &Clock,
    heard: &(dyn Fn(Heard<'_>) + Sync),
) -> Result<Report, ApiError> {
    Writer::prepare(db).await?;
    let writer = Writer::load(db, API).await?;
    let mut run = Run { db, github, since, clock, heard, writer, report: Report::default() };
    let ended = run.subject(subject).await;
    let Run { db, mut report, .. } = run;
    for resource in Resource::ALL {
        store::keep_pacing(db, github.base_url(), resource, &github.pacing(resource), (0, 0)).await?;
    }
    match ended {
        Err(ApiError::GitHub(GitHubError::Paused(pause))) => report.paused = Some(pause),
        ended => ended?,
    }
    Ok(report)
}

struct Run<'a> {
    db: &'a mut PgConnection,
    github: &'a GitHub,
    since: Option<DateTime<Utc>>,
    clock: &'a Clock,
    heard: &'a (dyn Fn(Heard<'_>) + Sync),
    writer: Writer,
    report: Report,
}

impl Run<'_> {
    async fn subject(&mut self, subject: &Subject) -> Result<(), ApiError> {
        let repositories = match subject {
            Subject::Repository(name) => vec![self.fetch::<Found>(&format!("/repos/{name}")).await?.into()],
            Subject::Owner(name) => self.owner(name).await?,
        };
        for repo in repositories {
            self.report.repositories += 1;
            for stream in Stream::OF_REPOSITORY {
                let done = match stream {
                    Stream::Commits => self.commits(&repo).await,
                    Stream::Reviews => self.reviews(&repo).await,
                    _ => self.stream(&repo, stream).await,
                };
                self.skip(&repo.name, stream, done)?;
            }
        }
        Ok(())
    }

    /// The repositories of an organisation, with its members, or of a user.
    async fn owner(&mut self, name: &str) -> Result<Vec<Repository>, ApiError> {
        let owner: Owner = self.fetch(&format!("/users/{name}")).await?;
        let place = if owner.kind == "Organization" { "orgs" } else { "users" };
        let mut address = Some(format!("/{place}/{}/repos?per_page={PAGE}", owner.login));
        let mut repositories = Vec::new();
        while let Some(page) = address {
            let answer = self.github.get(&page, None).await?;
            let found: Vec<Found> = parse(&page, &answer)?;
            repositories.extend(found.into_iter().map(Repository::from));
            address = answer.next;
        }
        if owner.kind == "Organization" {
            let org = Repository { id: 0, name: owner.login, org_id: Some(owner.id) };
            let done = self.stream(&org, Stream::Members).await;
            self.skip(&org.name, Stream::Members, done)?;
        }
        Ok(repositories)
    }

    /// A list that GitHub refuses (no such feature, no permission) is left out.
    fn skip(&mut self, name: &str, stream: Stream, done: Result<(), ApiError>) -> Result<(), ApiError> {
        use GitHubError::{Forbidden, NotFound, Refused, Unreadable};
        match done {
            Err(ApiError::GitHub(
                error @ (Forbidden { .. } | NotFound { .. } | Refused { .. } | Unreadable { .. }),
            )) => {
                self.report.skipped.push(format!("{name} {}: {error}", stream.name()));
                Ok(())
            }
            done => done,
        }
    }

    async fn fetch<T: for<'de> Deserialize<'de>>(&self, address: &str) -> Result<T, ApiError> {
        parse(address, &self.github.get(address, None).await?)
    }

    /// Where a list is; a list that was read from a later instant on begins anew.
    async fn cursor(&mut self, repo: &Repository, stream: Stream) -> sqlx::Result<Cursor> {
        let anew = self.anew(repo, stream);
        let kept = store::cursor(self.db, anew.repo_id, anew.org_id, stream).await?;
        let reaches = |kept: &Cursor| kept.floor.is_none_or(|floor| self.since.is_some_and(|since| since >= floor));
        Ok(kept.filter(reaches).unwrap_or(anew))
    }

    /// The beginning of a list.
    fn anew(&self, repo: &Repository, stream: Stream) -> Cursor {
        let org_id = if repo.id == 0 { repo.org_id.unwrap_or_default() } else { 0 };
        let address = stream.start(&repo.name, self.since);
        let (start, stream) = (Some(address.clone()), stream.name().to_owned());
        Cursor { repo_id: repo.id, org_id, stream, address, start, floor: self.since, ..Cursor::default() }
    }

    async fn stream(&mut self, repo: &Repository, stream: Stream) -> Result<(), ApiError> {
        let mut cursor = self.cursor(repo, stream).await?;
        loop {
            let now = self.clock.now();
            if cursor.not_before.is_some_and(|then| now < then) {
                return Ok(());
            }
            let known = cursor.etag.as_deref().filter(|_| cursor.start.as_ref() == Some(&cursor.address));
            let answer = self.github.get(&cursor.address, known).await?;
            let Content::Fresh { body, .. } = &answer.content else {
                cursor.whole_at = Some(now);
                cursor.not_before = answer.poll_interval.map(|pause| now + pause);
                return self.write(repo, stream, &cursor, None, now).await;
            };
            let place = || format!("{} {}", repo.name, stream.name());
            let page =
                items::read(stream, repo, body, now).map_err(|error| ApiError::Page { place: place(), error })?;
            let ended = advance(&mut cursor, stream, repo, &page, &answer, now);
            self.write(repo, stream, &cursor, Some(page), now).await?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Commits. If history was rewritten, what was read of it may be gone, and so the
    /// way from there to here: then once more from the beginning.
    async fn commits(&mut self, repo: &Repository) -> Result<(), ApiError> {
        use GitHubError::{NotFound, Refused, Unreachable};
        let cursor = self.cursor(repo, Stream::Commits).await?;
        let went_on = cursor.head.is_some();
        match self.commits_from(repo, cursor).await {
            Err(ApiError::GitHub(NotFound { .. } | Refused { .. } | Unreachable { .. })) if went_on => {
                self.commits_from(repo, self.anew(repo, Stream::Commits)).await
            }
            done => done,
        }
    }

    async fn commits_from(&mut self, repo: &Repository, mut cursor: Cursor) -> Result<(), ApiError> {
        if cursor.start.as_ref() == Some(&cursor.address) && !self.pin(repo, &mut cursor).await? {
            return Ok(());
        }
        loop {
            let now = self.clock.now();
            let answer = self.github.get(&cursor.address, None).await?;
            let page = commits::read(repo, body(&answer), now).map_err(|error| not_a_list(&cursor.address, error))?;
            let ended = answer.next.is_none();
            cursor.address = answer.next.unwrap_or_else(|| Stream::Commits.start(&repo.name, None));
            if ended {
                cursor.start = Some(cursor.address.clone());
                cursor.whole_at = Some(now);
            }
            self.write(repo, Stream::Commits, &cursor, Some(page), now).await?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Pins a new pass to the head of the default branch; says whether anything is new.
    async fn pin(&mut self, repo: &Repository, cursor: &mut Cursor) -> Result<bool, ApiError> {
        let now = self.clock.now();
        let answer = self.github.get(&cursor.address, cursor.etag.as_deref()).await?;
        let is_fresh = matches!(answer.content, Content::Fresh { .. });
        if let Content::Fresh { body, etag } = answer.content {
            let head = commits::head(&body).map_err(|error| not_a_list(&cursor.address, error))?;
            cursor.etag = etag;
            if let Some(head) = head.filter(|head| cursor.head.as_ref() != Some(head)) {
                cursor.address = commits::pass(repo, cursor, &head);
                cursor.head = Some(head);
                return Ok(true);
            }
        }
        let page = is_fresh.then(Page::default);
        cursor.whole_at = Some(now);
        self.write(repo, Stream::Commits, cursor, page, now).await?;
        Ok(false)
    }

    /// Reviews, which only GraphQL gives in bulk and to nobody without a token.
    async fn reviews(&mut self, repo: &Repository) -> Result<(), ApiError> {
        if !self.github.is_somebody() {
            self.report.skipped.push(format!("{} reviews: GitHub gives them in bulk only to a token", repo.name));
            return Ok(());
        }
        let mut cursor = self.cursor(repo, Stream::Reviews).await?;
        let (owner, name) = repo.name.split_once('/').unwrap_or_default();
        loop {
            let now = self.clock.now();
            let after = Some(&cursor.address).filter(|after| !after.is_empty());
            let variables = json!({"owner": owner, "name": name, "after": after});
            let data = self.github.graphql(reviews::QUERY, &variables).await?;
            let place = || format!("{} reviews", repo.name);
            let read = reviews::read(repo, data, now).map_err(|error| ApiError::Page { place: place(), error })?;
            for number in read.long {
                self.long_reviews(repo, number, &cursor).await?;
            }
            cursor.address = read.end.unwrap_or(cursor.address);
            cursor.whole_at = if read.has_next { cursor.whole_at } else { Some(now) };
            self.write(repo, Stream::Reviews, &cursor, Some(read.page), now).await?;
            if !read.has_next {
                return Ok(());
            }
        }
    }

    /// All reviews of a pull request that has more than a page of them.
    async fn long_reviews(&mut self, repo: &Repository, number: i64, cursor: &Cursor) -> Result<(), ApiError> {
        let mut address = Some(format!("/repos/{}/pulls/{number}/reviews?per_page={PAGE}", repo.name));
        while let Some(place) = address {
            let now = self.clock.now();
            let answer = self.github.get(&place, None).await?;
            let Content::Fresh { body, .. } = &answer.content else { return Ok(()) };
            let page = reviews::read_rest(repo, number, body, now).map_err(|error| ApiError::Page { place, error })?;
            self.write(repo, Stream::Reviews, cursor, Some(page), now).await?;
            address = answer.next;
        }
        Ok(())
    }

    /// Commits a page with its cursor; `None` is one that has not changed.
    async fn write(
        &mut self,
        repo: &Repository,
        stream: Stream,
        cursor: &Cursor,
        page: Option<Page>,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let failed = |error| ApiError::Write { place: format!("{} {}", repo.name, stream.name()), error };
        let unchanged = i64::from(page.is_none());
        let Page { gathering, members, nobody, unread, bad, .. } = page.unwrap_or_default();
        let mut gathered = gathering.finish();
        self.writer.names(self.db, &mut gathered).await.map_err(failed)?;
        let place = format!("{} {}", repo.name, stream.name());
        let resource = if stream == Stream::Reviews { Resource::GraphQl } else { Resource::Rest };
        let added = loop {
            let written = async {
                let mut tx = self.db.begin().await?;
                let added = self.writer.facts(&mut tx, &gathered, now).await?;
                store::note_members(&mut tx, cursor.org_id, &members, now.date_naive()).await?;
                store::keep_unread(&mut tx, API, &place, &unread, now).await?;
                git::store::keep_bad(&mut tx, repo.id, &bad).await?;
                store::keep_cursor(&mut tx, cursor, now).await?;
                let (api, pacing) = (self.github.base_url(), self.github.pacing(resource));
                store::keep_pacing(&mut tx, api, resource, &pacing, (1, unchanged)).await?;
                tx.commit().await?;
                Ok(added)
            };
            match written.await {
                Err(error) if facts::is_deadlock(&error) => {}
                done => break done.map_err(failed)?,
            }
        };
        self.report.unchanged += unchanged.unsigned_abs();
        self.report.pages += 1 - unchanged.unsigned_abs();
        self.report.facts += added;
        self.report.nobody += nobody;
        self.report.unread += (unread.len() + bad.len()) as u64;
        (self.heard)(Heard { name: &repo.name, stream, facts: added });
        Ok(())
    }
}

/// Moves a cursor over a page; says whether the pass is over.
fn advance(
    cursor: &mut Cursor,
    stream: Stream,
    repo: &Repository,
    page: &Page,
    answer: &Answer,
    now: DateTime<Utc>,
) -> bool {
    let Content::Fresh { etag, .. } = &answer.content else { return true };
    let order = stream.order();
    if cursor.start.as_ref() == Some(&cursor.address) {
        cursor.etag.clone_from(etag);
        cursor.not_before = answer.poll_interval.filter(|_| answer.next.is_none()).map(|pause| now + pause);
    }
    cursor.top = page.ids.iter().copied().fold(cursor.top, i64::max);
    let known = order == Order::NewestFirst
        && (page.ids.iter().any(|id| *id <= cursor.mark)
            || page.oldest.is_some_and(|oldest| cursor.floor.is_some_and(|floor| oldest < floor)));
    if let Some(next) = answer.next.as_ref().filter(|_| !known) {
        cursor.address.clone_from(next);
        return false;
    }
    let again = match order {
        Order::Changed => page.changed.map(|at| stream.start(&repo.name, Some(at))),
        Order::OldestFirst | Order::Graph => None,
        Order::NewestFirst | Order::Whole => Some(stream.start(&repo.name, None)),
    };
    let again = again.unwrap_or_else(|| cursor.address.clone());
    if again == cursor.address {
        cursor.etag.clone_from(etag);
    } else if cursor.start.as_ref() != Some(&again) {
        cursor.etag = None;
    }
    cursor.start = Some(again.clone());
    cursor.address = again;
    cursor.mark = cursor.top;
    cursor.whole_at = Some(now);
    true
}

pub(super) fn parse<T: for<'de> Deserialize<'de>>(place: &str, answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_slice(body(answer)).map_err(|error| not_a_list(place, error))
}

/// What was sent, if anything was.
pub(super) fn body(answer: &Answer) -> &[u8] {
    if let Content::Fresh { body, .. } = &answer.content { body } else { b"[]" }
}

fn not_a_list(place: &str, error: serde_json::Error) -> ApiError {
    ApiError::Page { place: place.to_owned(), error }
}
