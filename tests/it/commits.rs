//! Commits by GitHub's API: a list that is not in order of arrival, read to its end
//! and gone on with; and what git says of the same commits is the same.

use std::{collections::BTreeMap, path::Path, sync::Mutex};

use chrono::{DateTime, Utc};
use hustings::{
    clock::Clock,
    ingest::{
        api::{self, Credential, Heard, Report, Settings, Stream},
        git::{self, Place},
    },
    stats::parse_instant,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::harness::{
    archive::now,
    git::git as run_git,
    github::{History, Model, Still},
    shared::shared,
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

/// GitHub's own account.
const WEB_FLOW: i64 = 19_864_447;

/// Different from the first byte on: a fact keeps but eight of them.
fn sha(n: u64) -> String {
    format!("{n:02x}").repeat(20)
}

/// A commit of an hour of the first of January, by Ada, whom GitHub knows.
fn commit(n: u64, hour: u64, parents: &[u64]) -> (String, Value) {
    let signed = |name, email| json!({"name": name, "email": email, "date": format!("2016-01-01T{hour:02}:00:00Z")});
    let parents: Vec<_> = parents.iter().map(|n| json!({"sha": sha(*n)})).collect();
    let item = json!({
        "sha": sha(n), "parents": parents,
        "commit": {"author": signed("Ada", "ada@example.org"), "committer": signed("GitHub", "noreply@github.com"), "message": "Do it"},
        "author": {"id": 5, "login": "ada"}, "committer": {"id": WEB_FLOW, "login": "web-flow"},
    });
    (sha(n), item)
}

/// One commit after the other, each an hour after the one before.
fn row(length: u64) -> History {
    let commits = (1..=length).map(|n| commit(n, n, (1..n).last().as_slice()));
    History { head: Some(sha(length)), commits: commits.collect() }
}

fn model(history: History, page: usize) -> Model {
    let repo = json!({"id": 2, "full_name": "acme/anvil", "owner": {"id": 1, "login": "acme", "type": "Organization"}});
    let objects = [("/repos/acme/anvil".to_owned(), repo)].into();
    Model { history: Mutex::new(history), objects, page, ..Model::default() }
}

async fn read(db: &PgPool, url: &str, since: Option<DateTime<Utc>>, heard: &(dyn Fn(Heard<'_>) + Sync)) -> Report {
    let world = Still::at(now());
    let mut db = db.acquire().await.unwrap();
    let settings = Settings { base_url: url.to_owned(), credential: Credential::Nobody };
    let github = api::connect(&mut db, settings, Box::new(world.clone())).await.unwrap();
    api::ingest(&mut db, &github, &"acme/anvil".parse().unwrap(), since, &world.clock, heard).await.unwrap()
}

/// How many new facts each page of commits had; a commit is two.
async fn pages(db: &PgPool, url: &str) -> Vec<u64> {
    let pages = Mutex::new(Vec::new());
    read(db, url, None, &|heard| {
        assert_eq!(heard.stream, Stream::Commits);
        pages.lock().unwrap().push(heard.facts);
    })
    .await;
    pages.into_inner().unwrap()
}

/// Reads one page, and no further.
async fn read_one_page(db: &PgPool, url: &str) {
    let written = Notify::new();
    let heard = |_: Heard<'_>| written.notify_one();
    tokio::select! {
        biased;
        () = written.notified() => {}
        _ = read(db, url, None, &heard) => panic!("there was but one page"),
    }
}

/// The tables, and that they are those of whoever reads it all now for the first time.
async fn is_as_if_read_at_once(db: &PgPool, url: &str) {
    let found = tables(db).await;
    clear(db).await;
    pages(db, url).await;
    assert_eq!(tables(db).await, found);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_list_is_read_to_its_end_and_then_only_its_head_is_asked_for(db: PgPool) {
    let (url, served) = model(row(10), 4).start().await;
    assert_eq!(pages(&db, &url).await, [8, 8, 4]);
    let who: Vec<(String, i64, bool, i64)> = sqlx::query_as(
        "select k.name, f.actor_id, a.bot, count(*) from fact f join fact_kind k using (kind) join actor a using (actor_id)
         group by 1, 2, 3 order by 1",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(who, [("commit".to_owned(), 5, false, 10), ("commit_committed".to_owned(), WEB_FLOW, true, 10)]);
    let report = read(&db, &url, None, &|_| ()).await;
    assert_eq!((report.unchanged, report.pages, report.facts), (1, 0, 0));
    served.history.lock().unwrap().commits.extend(row(11).commits);
    served.history.lock().unwrap().head = Some(sha(11));
    assert_eq!(pages(&db, &url).await, [2], "one more");
    assert_eq!(pages(&db, &url).await, [0]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_pass_that_is_killed_goes_on_to_its_own_head_and_the_next_from_there(db: PgPool) {
    let (url, served) = model(row(10), 4).start().await;
    read_one_page(&db, &url).await;
    *served.history.lock().unwrap() = row(17);
    assert_eq!(pages(&db, &url).await, [8, 4]);
    read_one_page(&db, &url).await;
    assert_eq!(pages(&db, &url).await, [6], "seven are new");
    is_as_if_read_at_once(&db, &url).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_branch_that_is_merged_late_brings_its_old_commits(db: PgPool) {
    let (url, served) = model(row(6), 4).start().await;
    pages(&db, &url).await;
    let branch = [commit(20, 2, &[1]), commit(21, 3, &[20]), commit(22, 7, &[6, 21])];
    let mut history = row(6);
    history.commits.extend(branch);
    history.head = Some(sha(22));
    *served.history.lock().unwrap() = history;
    assert_eq!(pages(&db, &url).await, [6], "two old ones and the merge");
    is_as_if_read_at_once(&db, &url).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rewritten_history_is_read_anew_and_what_was_seen_stays(db: PgPool) {
    let (url, served) = model(row(6), 4).start().await;
    pages(&db, &url).await;
    let rewritten = |n: u64, forget: bool| {
        let mut history = row(5);
        history.commits.extend([commit(n, 6, &[5])]);
        history.head = Some(sha(n));
        if !forget {
            history.commits.extend(row(6).commits);
        }
        history
    };
    *served.history.lock().unwrap() = rewritten(20, false);
    assert_eq!(pages(&db, &url).await, [2], "GitHub still has what was pushed away");
    *served.history.lock().unwrap() = rewritten(21, true);
    assert_eq!(pages(&db, &url).await, [2, 0], "and now it has not");
    let commits: i64 = sqlx::query_scalar("select count(*) from fact where kind = 30").fetch_one(&db).await.unwrap();
    assert_eq!(commits, 8, "five in a row, and three that were at their end");
    clear(&db).await;
    read_one_page(&db, &url).await;
    *served.history.lock().unwrap() = rewritten(22, true);
    assert_eq!(pages(&db, &url).await, [2, 4], "the very head of the pass may be gone");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_instant_holds_for_the_list_and_not_for_what_comes_later(db: PgPool) {
    let (url, served) = model(row(6), 4).start().await;
    let since = Some(parse_instant("2016-01-01T05:00").unwrap());
    assert_eq!(read(&db, &url, since, &|_| ()).await.facts, 4);
    let mut history = row(6);
    history.commits.extend([commit(20, 2, &[1]), commit(22, 7, &[6, 20])]);
    history.head = Some(sha(22));
    *served.history.lock().unwrap() = history;
    assert_eq!(read(&db, &url, since, &|_| ()).await.facts, 4, "merged now, though written before");
    assert_eq!(pages(&db, &url).await, [2, 6], "everything, in the end");
    is_as_if_read_at_once(&db, &url).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repository_without_commits_is_left_out_and_it_is_said(db: PgPool) {
    let (url, served) = model(History::default(), 4).start().await;
    let said = "acme/anvil commits: GitHub answered 409 to /repos/acme/anvil/commits: Git Repository is empty.";
    let report = read(&db, &url, None, &|_| ()).await;
    assert!(report.skipped.iter().any(|line| line == said), "{:?}", report.skipped);
    *served.history.lock().unwrap() = row(1);
    assert_eq!(pages(&db, &url).await, [2]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_commit_that_cannot_be_read_is_named_without_anybodys_address(db: PgPool) {
    let mut history = row(4);
    let mut spoil = |n: u64, pointer: &str, value: Value| {
        *history.commits.get_mut(&sha(n)).unwrap().pointer_mut(pointer).unwrap() = value;
    };
    spoil(1, "/commit/author/date", json!("soon"));
    spoil(2, "/commit/committer", Value::Null);
    spoil(2, "/author", json!({}));
    spoil(3, "/commit/message", json!(["ada@example.org"]));
    spoil(4, "/author", json!({"id": 10_137, "login": "ghost"}));
    let (url, _) = model(history, 4).start().await;
    let report = read(&db, &url, None, &|_| ()).await;
    assert_eq!((report.facts, report.unread), (4, 3));
    let bad: Vec<(String, String)> =
        sqlx::query_as("select sha, reason from git_quarantine order by 1").fetch_all(&db).await.unwrap();
    let reasons =
        ["the author's date \"soon\" is not an instant from 1970 to 2100", "GitHub does not say who its committer is"];
    assert_eq!(bad, [1, 2].map(|n| (sha(n), reasons[usize::try_from(n).unwrap() - 1].to_owned())));
    let unread: Vec<(String, String)> = sqlx::query_as("select reason, body from unread").fetch_all(&db).await.unwrap();
    assert_eq!((unread.len(), &unread[0].1), (1, &sha(3)));
    assert!(!unread[0].0.contains("ada"), "{unread:?}");
    let authors: Vec<i64> =
        sqlx::query_scalar("select actor_id from fact where kind = 30").fetch_all(&db).await.unwrap();
    assert!(authors.len() == 2 && authors.iter().all(|id| *id < 0), "nobody has an account: {authors:?}");
}

/// GitHub's list of a repository's commits; `account` is whose it takes an address for.
fn as_github_tells(bare: &Path, account: impl Fn(&str) -> Option<i64>) -> History {
    History::of(bare, |mail| account(mail).map(|id| json!({"id": id, "login": format!("user{id}")})))
}

async fn read_bundle(db: &PgPool, bundle: &Path, repo_id: i64) {
    let place = Place::parse(bundle.to_str().unwrap()).unwrap();
    let subject = git::Subject { repo_id, name: "acme/anvil".to_owned(), is_told: true };
    let mirrors = tempfile::tempdir().unwrap();
    let db = &mut *db.acquire().await.unwrap();
    git::ingest(db, &place, &subject, None, mirrors.path(), &Clock::fixed(now())).await.unwrap();
}

/// Roles in commits: what was done, and by whom.
async fn roles(db: &PgPool) -> BTreeMap<(i16, i64, i64, DateTime<Utc>), i64> {
    let roles: Vec<(i16, i64, i64, DateTime<Utc>, i64)> =
        sqlx::query_as("select kind, key_a, key_b, at, actor_id from fact where kind >= 30")
            .fetch_all(db)
            .await
            .unwrap();
    roles.into_iter().map(|(kind, key_a, key_b, at, actor)| ((kind, key_a, key_b, at), actor)).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn git_and_the_api_say_the_steering_commits_once_in_any_order(db: PgPool) {
    let Some(bundle) = shared("git/kubernetes-steering.bundle") else { return };
    let dir = tempfile::tempdir().unwrap();
    run_git(dir.path(), &["clone", "--quiet", "--bare", bundle.to_str().unwrap(), "bare"]);
    let bare = dir.path().join("bare");
    read_bundle(&db, &bundle, 2).await;
    let by_git = roles(&db).await;
    clear(&db).await;
    let (url, _) = model(as_github_tells(&bare, |_| None), 100).start().await;
    pages(&db, &url).await;
    assert_eq!(roles(&db).await, by_git, "nobody has an account");
    assert_eq!(by_git.keys().filter(|(kind, ..)| *kind == 30).count(), 274);

    let known = |mail: &str| match mail {
        "noreply@github.com" => Some(WEB_FLOW),
        // Such an address names its account itself.
        mail if mail.contains('+') => None,
        mail if mail.len() % 2 == 0 => Some(1000 + i64::try_from(mail.len()).unwrap()),
        _ => None,
    };
    let told = as_github_tells(&bare, known);
    let of_accounts = told.commits.values().filter(|item| !item["author"].is_null()).count();
    let (url, _) = model(told, 100).start().await;
    let mut state = None;
    for order in [["git", "api", "git"], ["api", "git", "api"], ["api", "api", "git"]] {
        clear(&db).await;
        for source in order {
            match source {
                "git" => read_bundle(&db, &bundle, 2).await,
                _ => drop(pages(&db, &url).await),
            }
        }
        let found = tables(&db).await;
        let first = state.get_or_insert_with(|| found.clone());
        let differ: Vec<_> = found.iter().filter(|row| !first.contains(row)).collect();
        assert!(*first == found, "{order:?}: {differ:?}");
        let both = roles(&db).await;
        assert!(both.keys().eq(by_git.keys()), "{order:?}");
        let sources: Vec<i16> =
            sqlx::query_scalar("select distinct sources from fact where kind >= 30").fetch_all(&db).await.unwrap();
        assert_eq!(sources, [10], "{order:?}");
        let by_hand = both.iter().filter(|((kind, ..), actor)| *kind == 31 && **actor == WEB_FLOW).count();
        assert_eq!(by_hand, 156, "{order:?}");
    }
    // What GitHub has said of an address holds for what git alone says elsewhere.
    read_bundle(&db, &bundle, 3).await;
    let persons: Vec<(i64, i64)> = sqlx::query_as(
        "select count(*) filter (where f.actor_id = a.person_id), count(*) filter (where a.person_id > 0)
         from fact f join actor a using (actor_id) where kind = 30 group by repo_id order by repo_id",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let [(numbered, of_2), (none, of_3)] = persons[..] else { panic!("{persons:?}") };
    assert_eq!((of_2, none), (of_3, 0));
    assert_eq!(usize::try_from(numbered).unwrap(), of_accounts);
    assert!(of_accounts > 50, "{of_accounts}");
}
