//! Issues and pull requests that nobody has told us about, asked for one by one.
//! One that GitHub does not have is noted, and no longer missing.

use chrono::{DateTime, Utc};
use github::{Answer, Error as GitHubError, GitHub, Pause, Resource};
use serde::Deserialize;
use sqlx::{Connection, PgConnection};

use super::{
    ApiError,
    items::{self, Page, Repository, User},
    reviews,
    run::{Found, body, parse},
    store,
    stream::{PAGE, Stream},
};
use crate::{
    clock::Clock,
    ingest::{
        Fact, Writer,
        archive::small,
        fact::{API, GHOST, Instant},
        store as facts,
    },
    stats::{Kind, Numbers},
};

/// What GitHub said about the numbers.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub found: u64,
    /// Deleted, moved away, or opened by an account that is gone.
    pub absent: u64,
    pub facts: u64,
    /// Repositories that could not be asked, each with its reason.
    pub skipped: Vec<String>,
    /// The limits ended it: to be gone on with then.
    pub paused: Option<Pause>,
}

/// An issue, as far as it says where it is and how it ended.
#[derive(Deserialize)]
struct Issue {
    number: i64,
    repository_url: String,
    #[serde(default)]
    pull_request: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    closed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    closed_by: Option<User>,
}

/// Asks for the numbers that are missing, at most so many of them. Each is
/// committed by itself, so a run that ends early has done what it did.
///
/// # Errors
/// Only what keeps it from going on; a limit is in the answer.
pub async fn numbers(
    db: &mut PgConnection,
    github: &GitHub,
    missing: &[Numbers],
    most: usize,
    clock: &Clock,
) -> Result<Told, ApiError> {
    Writer::prepare(db).await?;
    let writer = Writer::load(db, API).await?;
    let mut asking = Asking { db, github, clock, writer, told: Told::default() };
    let ended = asking.all(missing, most).await;
    let Asking { db, mut told, .. } = asking;
    store::keep_pacing(db, github.base_url(), Resource::Rest, &github.pacing(Resource::Rest), (0, 0)).await?;
    match ended {
        Err(ApiError::GitHub(GitHubError::Paused(pause))) => told.paused = Some(pause),
        ended => ended?,
    }
    Ok(told)
}

struct Asking<'a> {
    db: &'a mut PgConnection,
    github: &'a GitHub,
    clock: &'a Clock,
    writer: Writer,
    told: Told,
}

impl Asking<'_> {
    async fn all(&mut self, missing: &[Numbers], most: usize) -> Result<(), ApiError> {
        let mut left = most;
        for repo in missing {
            let numbers = repo.ranges.iter().flat_map(|(from, to)| *from..=*to).take(left);
            let numbers: Vec<i32> = numbers.collect();
            left -= numbers.len();
            match self.repository(repo, &numbers).await {
                Err(ApiError::GitHub(
                    error
                    @ (GitHubError::Forbidden { .. } | GitHubError::NotFound { .. } | GitHubError::Refused { .. }),
                )) => self.told.skipped.push(format!("{}: {error}", repo.name)),
                done => done?,
            }
        }
        Ok(())
    }

    async fn repository(&mut self, known: &Numbers, numbers: &[i32]) -> Result<(), ApiError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let path = format!("/repos/{}", known.name);
        let repo: Repository = parse::<Found>(&path, &self.github.get(&path, None).await?)?.into();
        if repo.id != known.repo_id {
            self.told.skipped.push(format!("{}: the name is another repository's now", known.name));
            return Ok(());
        }
        for number in numbers {
            self.number(&repo, *number).await?;
        }
        Ok(())
    }

    async fn number(&mut self, repo: &Repository, number: i32) -> Result<(), ApiError> {
        let path = format!("/repos/{}/issues/{number}", repo.name);
        let answer = match self.github.get(&path, None).await {
            Err(GitHubError::NotFound { .. }) => return self.absent(repo, number, "deleted").await,
            answer => answer?,
        };
        let issue: Issue = parse(&path, &answer)?;
        let here = issue.repository_url.to_lowercase().ends_with(&format!("/repos/{}", repo.name.to_lowercase()));
        if !here || issue.number != i64::from(number) {
            return self.absent(repo, number, "moved").await;
        }
        let now = self.clock.now();
        let mut opened = read(Stream::Issues, repo, &as_list(&answer), now)?;
        if opened.nobody > 0 {
            return self.absent(repo, number, "nobody").await;
        }
        // Its own fact last: until that is in, the number is missing and asked for again.
        self.details(repo, number, issue.pull_request.is_some()).await?;
        if let Some((user, fact)) = closing(repo, number, issue) {
            opened.add(repo, &user, vec![fact], now);
        }
        self.write(repo, number, opened, None, now).await?;
        self.told.found += 1;
        Ok(())
    }

    /// Its comments, and of a pull request what reviewers said.
    async fn details(&mut self, repo: &Repository, number: i32, is_pr: bool) -> Result<(), ApiError> {
        let lists = [("issues", "comments"), ("pulls", "comments"), ("pulls", "reviews")];
        for (place, list) in lists.into_iter().take(if is_pr { 3 } else { 1 }) {
            let mut next = Some(format!("/repos/{}/{place}/{number}/{list}?per_page={PAGE}", repo.name));
            while let Some(path) = next {
                let (now, answer) = (self.clock.now(), self.github.get(&path, None).await?);
                let page = match (place, list) {
                    ("pulls", "reviews") => reviews::read_rest(repo, number.into(), body(&answer), now)
                        .map_err(|error| ApiError::Page { place: path, error })?,
                    ("pulls", _) => read(Stream::ReviewComments, repo, body(&answer), now)?,
                    _ => read(Stream::IssueComments, repo, body(&answer), now)?,
                };
                self.write(repo, number, page, None, now).await?;
                next = answer.next;
            }
        }
        Ok(())
    }

    async fn absent(&mut self, repo: &Repository, number: i32, reason: &'static str) -> Result<(), ApiError> {
        self.write(repo, number, Page::default(), Some(reason), self.clock.now()).await?;
        self.told.absent += 1;
        Ok(())
    }

    async fn write(
        &mut self,
        repo: &Repository,
        number: i32,
        page: Page,
        absent: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let place = format!("{}#{number}", repo.name);
        let mut gathered = page.gathering.finish();
        let failed = |error| ApiError::Write { place: place.clone(), error };
        self.writer.names(self.db, &mut gathered).await.map_err(failed)?;
        self.told.facts += loop {
            let written = async {
                let mut tx = self.db.begin().await?;
                let added = self.writer.facts(&mut tx, &gathered, now).await?;
                store::keep_unread(&mut tx, API, &place, &page.unread, now).await?;
                if let Some(reason) = absent {
                    store::note_absent(&mut tx, repo.id, number, reason, now).await?;
                }
                tx.commit().await?;
                Ok(added)
            };
            match written.await {
                Err(error) if facts::is_deadlock(&error) => {}
                done => break done.map_err(failed)?,
            }
        };
        Ok(())
    }
}

fn read(stream: Stream, repo: &Repository, body: &[u8], now: DateTime<Utc>) -> Result<Page, ApiError> {
    let place = || format!("{} {}", repo.name, stream.name());
    items::read(stream, repo, body, now).map_err(|error| ApiError::Page { place: place(), error })
}

fn as_list(answer: &Answer) -> Vec<u8> {
    [b"[", body(answer), b"]"].concat()
}

/// The last closing, which the issue itself names.
fn closing(repo: &Repository, number: i32, issue: Issue) -> Option<(User, Fact)> {
    let (user, at) = (issue.closed_by.filter(|user| user.id != GHOST)?, issue.closed_at?.timestamp());
    let kind = if issue.pull_request.is_some() { Kind::PrClosed } else { Kind::IssueClosed };
    let key_b = Instant::Exact(at).key(small(i64::from(number)).ok()?);
    Some((user, Fact { kind, key_a: repo.id, key_b, at, actor_id: 0, repo_id: repo.id, number: Some(number) }))
}
