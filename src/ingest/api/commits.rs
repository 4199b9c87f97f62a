//! Commits of the default branch. What GitHub says of one is what git says, and whose
//! account it takes author and committer for: so the facts are git's own, by an account
//! where there is one. Which of them merged a pull request is not to be seen from a list;
//! the issues say so.

use chrono::{DateTime, SecondsFormat, Utc};
use gix::{ObjectId, bstr::BStr};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny},
};
use serde_json::value::RawValue;

use super::{
    items::{Page, Repository, User},
    store::Cursor,
    stream::PAGE,
};
use crate::ingest::{
    archive::storable,
    fact::GHOST,
    git::{
        Subject,
        commit::{self, Commit, CommitError},
        who::Who,
    },
};

#[derive(Deserialize)]
struct Item {
    #[serde(deserialize_with = "sha")]
    sha: ObjectId,
    commit: Written,
    #[serde(default)]
    author: Option<Account>,
    #[serde(default)]
    committer: Option<Account>,
    #[serde(default)]
    parents: Vec<IgnoredAny>,
}

/// As it is in the object.
#[derive(Deserialize)]
struct Written {
    author: Option<Signature>,
    committer: Option<Signature>,
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Signature {
    name: String,
    email: String,
    date: String,
}

/// Whose GitHub says it is; `{}` is nobody's too.
#[derive(Deserialize)]
struct Account {
    id: Option<i64>,
    login: Option<String>,
}

#[derive(Deserialize)]
struct Sha {
    #[serde(deserialize_with = "sha")]
    sha: ObjectId,
}

/// From one commit to another.
#[derive(Deserialize)]
struct Comparison<'a> {
    #[serde(borrow)]
    commits: Vec<&'a RawValue>,
}

/// The newest commit of a list, if there is one.
pub fn head(body: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let commits: Vec<Sha> = serde_json::from_slice(body)?;
    Ok(commits.first().map(|commit| commit.sha.to_string()))
}

/// The first page of a pass to a head: of all that can be reached from it, or of what
/// could not be reached from the last one.
pub fn pass(repo: &Repository, last: &Cursor, head: &str) -> String {
    if let Some(done) = &last.head {
        return format!("/repos/{}/compare/{done}...{head}?per_page={PAGE}", repo.name);
    }
    let since = last.floor.map(|at| format!("&since={}", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
    format!("/repos/{}/commits?sha={head}&per_page={PAGE}{}", repo.name, since.unwrap_or_default())
}

/// Reads a page of either sort. Of a commit that cannot be read only the sha is kept:
/// GitHub has the rest, and addresses are nobody's to keep.
pub fn read(repo: &Repository, body: &[u8], now: DateTime<Utc>) -> Result<Page, serde_json::Error> {
    let commits = match body.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice::<Comparison<'_>>(body)?.commits,
        _ => serde_json::from_slice(body)?,
    };
    let mut page = Page::default();
    for text in commits.into_iter().map(RawValue::get) {
        match serde_json::from_str(text) {
            Ok(item) => add(&mut page, repo, item, now),
            Err(error) => {
                let sha = serde_json::from_str::<Sha>(text).map_or_else(|_| String::new(), |item| item.sha.to_string());
                page.unread.push((format!("not a commit: see byte {} of it", error.column()), sha));
            }
        }
    }
    Ok(page)
}

fn add(page: &mut Page, repo: &Repository, item: Item, now: DateTime<Utc>) {
    let names = &mut page.gathering;
    names.see_repo(repo.id, &repo.name, repo.org_id, now.date_naive());
    let mut signature = |role, signature: Option<Signature>, account: Option<Account>| {
        let user = account.and_then(Account::user);
        if let Some(user) = &user {
            names.see_actor(user.id, &user.login, now.date_naive());
        }
        signature.ok_or(CommitError::Nobody(role))?.read(role, user.map(|user| user.id))
    };
    let commit = Commit {
        sha: &item.sha,
        author: signature("author", item.commit.author, item.author),
        committer: signature("committer", item.commit.committer, item.committer),
        message: BStr::new(&item.commit.message),
        is_merge: item.parents.len() > 1,
        is_mainline: false,
    };
    let subject = Subject { repo_id: repo.id, name: repo.name.clone(), is_told: false };
    let reading = commit::take(&subject, commit);
    reading.note(repo.id, names);
    names.facts.extend(reading.facts);
    page.bad.extend(reading.problems.into_iter().map(|reason| (item.sha.to_string(), reason)));
}

impl Signature {
    fn read(self, role: &'static str, account: Option<i64>) -> Result<commit::Signature, CommitError> {
        let second = DateTime::parse_from_rfc3339(&self.date).map(|at| at.timestamp()).ok();
        let at = commit::instant(role, second, &self.date)?;
        Ok((Who::new(BStr::new(&self.name), BStr::new(&self.email)).of_account(account), at))
    }
}

impl Account {
    fn user(self) -> Option<User> {
        let id = self.id.filter(|id| *id > 0 && *id != GHOST)?;
        let login = self.login.filter(|login| storable(login).is_ok())?;
        Some(User { id, login })
    }
}

fn sha<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectId, D::Error> {
    let text = String::deserialize(deserializer)?;
    ObjectId::from_hex(text.as_bytes()).map_err(|_| D::Error::custom("not the name of a commit"))
}
