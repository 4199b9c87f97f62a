//! GitHub's API to facts: against recordings, a model of a repository, the
//! simulator, and lines that fail.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use hustings::{
    ingest::{
        api::{self, AppKey, Cause, Credential, GitHub, GitHubError, Report, Settings, Subject},
        archive::{self, Options, Quiet, Scope, Sources},
        webhook,
    },
    stats::parse_instant,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{
    archive::{event, write_hour},
    github::{BadLine, History, Model, Recording, Simulator, Still},
    shared::shared,
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

fn now() -> DateTime<Utc> {
    parse_instant("2026-11-23T09:00").unwrap()
}

fn at(url: &str, credential: Credential) -> Settings {
    Settings { base_url: url.to_owned(), credential }
}

async fn connect(db: &PgPool, url: &str, world: &Still) -> GitHub {
    let settings = at(url, Credential::Token("github_pat_secret".into()));
    api::connect(&mut db.acquire().await.unwrap(), settings, Box::new(world.clone())).await.unwrap()
}

async fn ingest(db: &PgPool, url: &str, world: &Still) -> Report {
    let github = connect(db, url, world).await;
    let subject: Subject = "acme/anvil".parse().unwrap();
    let mut db = db.acquire().await.unwrap();
    api::ingest(&mut db, &github, &subject, None, &world.clock, &|_| ()).await.unwrap()
}

/// Goes on after every pause, as whoever calls it does.
async fn ingest_whole(db: &PgPool, url: &str, world: &Still) -> Report {
    loop {
        let report = ingest(db, url, world).await;
        let Some(pause) = report.paused else { return report };
        world.clock.set(pause.until);
    }
}

async fn kinds(db: &PgPool) -> HashMap<String, i64> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select name, count(*) from fact join fact_kind using (kind) group by name")
            .fetch_all(db)
            .await
            .unwrap();
    rows.into_iter().collect()
}

fn user(id: i64) -> Value {
    json!({"id": id, "login": format!("user{id}"), "type": "User"})
}

/// Ten commits in a row, the fifth of them not to be read whole.
fn history() -> History {
    let sha = |n: u32| format!("{n:02x}").repeat(20);
    let commit = |n: u32| {
        let signed = |date: &str| json!({"name": "Ada", "email": format!("{}@example.org", n % 3), "date": date});
        let date = format!("2026-01-{:02}T00:00:00Z", n + 1);
        let author = if n == 5 { signed("soon") } else { signed(&date) };
        json!({
            "sha": sha(n), "author": (!n.is_multiple_of(3)).then(|| user(i64::from(n % 3))), "committer": null,
            "commit": {"author": author, "committer": signed(&date), "message": "Do it\n\nCo-authored-by: Eve <eve@example.org>"},
            "parents": (1..n).last().map(|n| json!({"sha": sha(n)})).as_slice(),
        })
    };
    let commits = (1..=10).map(|n| (sha(n), commit(n))).collect();
    History { head: Some(sha(10)), commits }
}

/// A repository with `n` issues, every third a pull request, and all that follows.
fn model(n: i64) -> Model {
    let time = |n: i64, hours: i64| {
        (parse_instant("2026-01-01").unwrap() + TimeDelta::days(n) + TimeDelta::hours(hours))
            .format("%FT%TZ")
            .to_string()
    };
    let is_pr = |n: i64| n % 3 == 0;
    let pull = |n: i64| if is_pr(n) { json!({"merged_at": time(n, 3)}) } else { Value::Null };
    let place = |n: i64| if is_pr(n) { "pull" } else { "issues" };
    let issues = (1..=n).map(|n| {
        json!({
            "id": n, "number": n, "user": user(n % 7 + 1), "created_at": time(n, 0), "updated_at": time(n, 4),
            "closed_at": time(n, 3), "pull_request": pull(n),
        })
    });
    let events = (1..=n).rev().map(|n| {
        json!({
            "id": n, "event": "closed", "actor": user(2), "created_at": time(n, 3),
            "issue": {"number": n, "closed_at": time(n, 3), "pull_request": pull(n)},
        })
    });
    let comments = (1..=n).map(|n| {
        json!({
            "id": n, "user": user(3), "created_at": time(n, 1), "updated_at": time(n, 1),
            "html_url": format!("https://h/acme/anvil/{}/{n}#issuecomment-{n}", place(n)),
            "issue_url": format!("https://h/repos/acme/anvil/issues/{n}"),
        })
    });
    let review_comments = (1..=n).filter(|n| is_pr(*n)).map(|n| {
        json!({
            "id": n, "user": user(4), "created_at": time(n, 2), "updated_at": time(n, 2),
            "pull_request_url": format!("https://h/repos/acme/anvil/pulls/{n}"),
        })
    });
    let releases =
        (1..=3).map(|n| json!({"id": n, "author": user(5), "published_at": time(n, 5), "created_at": time(n, 0)}));
    let commit_comments = (1..=4).map(|n| json!({"id": n, "user": user(6), "created_at": time(n, 6)}));
    let events_list = (1..=5).map(|n| {
        let line = event("PushEvent", (9, "pusher"), &time(n, 7), &json!({"push_id": n}));
        serde_json::from_str(&line).unwrap()
    });
    let reviews: Vec<_> = (1..=n).filter(|n| is_pr(*n)).map(|n| json!({
        "number": n, "reviews": {"pageInfo": {"hasNextPage": false}, "nodes": [
            {"fullDatabaseId": n.to_string(), "submittedAt": time(n, 2), "author": {"__typename": "Bot", "login": "reviewer", "databaseId": 8}},
            {"fullDatabaseId": (n + 1000).to_string(), "submittedAt": null, "author": null},
        ]},
    })).collect();
    let lists = [
        ("issues", issues.collect::<Vec<_>>()),
        ("issues/events", events.collect()),
        ("issues/comments", comments.collect()),
        ("pulls/comments", review_comments.collect()),
        ("comments", commit_comments.collect()),
        ("releases", releases.collect()),
        ("events", events_list.collect()),
    ];
    let lists = lists.into_iter().map(|(name, items)| (format!("/repos/acme/anvil/{name}"), items)).collect();
    let repo = json!({"id": 2, "full_name": "acme/anvil", "owner": {"id": 1, "login": "acme", "type": "Organization"}});
    let pulls = json!({"pageInfo": {"hasNextPage": false, "endCursor": "Y3Vyc29y"}, "nodes": reviews});
    Model {
        lists: std::sync::Mutex::new(lists),
        history: std::sync::Mutex::new(history()),
        objects: [("/repos/acme/anvil".to_owned(), repo)].into(),
        graphql: Some(json!({"data": {"repository": {"pullRequests": pulls}}})),
        page: 4,
        ..Model::default()
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repository_is_read_whole_and_the_second_time_for_nothing(db: PgPool) {
    let (url, model) = model(30).start().await;
    let world = Still::at(now());
    let report = ingest(&db, &url, &world).await;
    assert_eq!(report.skipped, Vec::<String>::new());
    let want = [
        ("issue_opened", 20),
        ("issue_closed", 20),
        ("issue_comment", 20),
        ("pr_opened", 10),
        ("pr_closed", 10),
        ("pr_merged", 10),
        ("pr_comment", 10),
        ("review", 10),
        ("review_comment", 10),
        ("commit_comment", 4),
        ("release", 3),
        ("push", 5),
        ("commit", 9),
        ("commit_committed", 10),
        ("commit_co_authored", 9),
    ];
    assert_eq!(kinds(&db).await, want.map(|(kind, n)| (kind.to_owned(), n)).into());
    let before = tables(&db).await;
    // Lists by last change begin anew at their last item: once more with a body.
    let again = ingest(&db, &url, &world).await;
    assert_eq!((again.facts, again.unchanged), (0, 5));
    let asked = model.asked.load(Ordering::SeqCst);
    let third = ingest(&db, &url, &world).await;
    assert_eq!((third.facts, third.unchanged, third.pages), (0, 8, 1), "all but GraphQL's are unchanged");
    assert_eq!(model.asked.load(Ordering::SeqCst) - asked, 10);
    assert_eq!(tables(&db).await, before);
    let limits = api::limits(&mut db.acquire().await.unwrap()).await.unwrap();
    let rest = limits.iter().find(|row| row.resource == "rest").unwrap();
    assert_eq!((rest.unchanged, rest.hit_ratio().is_some_and(|ratio| ratio > 0.1)), (13, true));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_new_is_all_that_is_read_of_a_long_list(db: PgPool) {
    let (url, served) = model(60).start().await;
    let world = Still::at(now());
    ingest(&db, &url, &world).await;
    let news = model(61).lists.into_inner().unwrap();
    let old = std::mem::replace(&mut *served.lists.lock().unwrap(), news);
    assert_eq!(old["/repos/acme/anvil/issues"].len(), 60);
    let before = served.asked.load(Ordering::SeqCst);
    assert_eq!(ingest(&db, &url, &world).await.facts, 3, "opened, closed, commented");
    assert!(served.asked.load(Ordering::SeqCst) - before < 16);
    let (fresh_url, _) = model(61).start().await;
    assert_eq!(ingest(&db, &fresh_url, &world).await.facts, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_line_that_fails_on_every_fifth_call_gives_the_same_tables(db: PgPool) {
    let (url, _) = model(40).start().await;
    let (bad_url, line) = BadLine::start(url.clone(), 11).await;
    let world = Still::at(now());
    ingest_whole(&db, &bad_url, &world).await;
    let faulty = tables(&db).await;
    assert!(line.faults.load(Ordering::SeqCst) >= 8, "{:?} faults", line.faults);
    assert!(!world.pauses.lock().unwrap().is_empty(), "a broken line is tried again after a pause");
    clear(&db).await;
    ingest_whole(&db, &url, &Still::at(now())).await;
    assert_eq!(tables(&db).await, faulty);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_run_that_is_killed_anywhere_goes_on_where_it_was(db: PgPool) {
    let (url, served) = model(30).start().await;
    let world = Still::at(now());
    for killed_after in [1, 3, 8, 15, 22, 30] {
        let most = served.asked.load(Ordering::SeqCst) + killed_after;
        tokio::select! {
            _ = ingest(&db, &url, &world) => {}
            () = async { while served.asked.load(Ordering::SeqCst) < most { tokio::task::yield_now().await } } => {}
        }
    }
    ingest(&db, &url, &world).await;
    let killed = tables(&db).await;
    clear(&db).await;
    ingest(&db, &url, &world).await;
    assert_eq!(tables(&db).await, killed);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_used_up_budget_pauses_the_run_and_the_pause_outlives_it(db: PgPool) {
    let reset = now() + TimeDelta::minutes(20);
    let (url, served) = Model { allowed: Some((6, reset)), ..model(30) }.start().await;
    let world = Still::at(now());
    let report = ingest(&db, &url, &world).await;
    let pause = report.paused.unwrap();
    assert_eq!((pause.until, pause.cause), (reset, Cause::Primary));
    let asked = served.asked.load(Ordering::SeqCst);
    // Another process, a second before: nothing is asked.
    world.clock.set(reset - TimeDelta::seconds(1));
    assert_eq!(ingest(&db, &url, &world).await.paused, Some(pause));
    assert_eq!(served.asked.load(Ordering::SeqCst), asked);
    let limits = api::limits(&mut db.acquire().await.unwrap()).await.unwrap();
    assert!(limits.iter().any(|row| row.paused_until == Some(reset) && row.cause.as_deref() == Some("primary")));
    world.clock.set(reset);
    assert!(ingest(&db, &url, &world).await.paused.is_some());
    assert!(served.asked.load(Ordering::SeqCst) > asked);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_renamed_repository_is_followed_and_keeps_its_number(db: PgPool) {
    let mut served = model(3);
    served.moved.insert("/repos/acme/hammer".into(), "/repositories/2".into());
    let repo = served.objects["/repos/acme/anvil"].clone();
    served.objects.insert("/repositories/2".into(), repo);
    let (url, _) = served.start().await;
    let world = Still::at(now());
    let github = connect(&db, &url, &world).await;
    let mut conn = db.acquire().await.unwrap();
    let subject: Subject = "acme/hammer".parse().unwrap();
    let report = api::ingest(&mut conn, &github, &subject, None, &world.clock, &|_| ()).await.unwrap();
    assert!(report.facts > 10);
    let names: Vec<(i64, String)> = sqlx::query_as("select repo_id, name from repo").fetch_all(&db).await.unwrap();
    assert_eq!(names, [(2, "acme/anvil".to_owned())]);
}

/// The same deeds as the archive and the API tell them: its events are a second or
/// three late.
#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_archive_and_the_api_both_know_is_one_fact(db: PgPool) {
    let (url, _) = model(3).start().await;
    let world = Still::at(now());
    ingest(&db, &url, &world).await;
    let alone = kinds(&db).await;
    let dir = tempfile::tempdir().unwrap();
    let pr = json!({"number": 3, "merged": true, "merged_at": "2026-01-04T03:00:00Z", "closed_at": "2026-01-04T03:00:00Z", "user": user(4)});
    let lines = [
        event(
            "IssuesEvent",
            (2, "user2"),
            "2026-01-02T00:00:01Z",
            &json!({"action": "opened", "issue": {"number": 1}}),
        ),
        event(
            "IssuesEvent",
            (2, "user2"),
            "2026-01-02T03:00:03Z",
            &json!({"action": "closed", "issue": {"number": 1, "closed_at": "2026-01-02T03:00:00Z"}}),
        ),
        event(
            "IssueCommentEvent",
            (3, "user3"),
            "2026-01-02T01:00:02Z",
            &json!({"issue": {"number": 1}, "comment": {"id": 1}}),
        ),
        event(
            "PullRequestEvent",
            (2, "user2"),
            "2026-01-04T03:00:02Z",
            &json!({"action": "closed", "number": 3, "pull_request": pr}),
        ),
        event(
            "PullRequestReviewEvent",
            (8, "reviewer[bot]"),
            "2026-01-04T02:00:01Z",
            &json!({"review": {"id": 3}, "pull_request": {"number": 3}}),
        ),
        event(
            "ReleaseEvent",
            (5, "user5"),
            "2026-01-02T05:00:02Z",
            &json!({"release": {"id": 1, "published_at": "2026-01-02T05:00:00Z"}}),
        ),
    ];
    let hour = write_hour(dir.path(), "2026-01-05-0", &lines);
    let sources = Sources::path(&hour).unwrap();
    archive::ingest(&db, &sources, &Scope::everything(), Options::jobs(1), &world.clock, &Quiet).await.unwrap();
    assert_eq!(kinds(&db).await, alone);
    let both: i64 = sqlx::query_scalar("select count(*) from fact where sources = 3").fetch_one(&db).await.unwrap();
    assert_eq!(both, 7);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_a_webhook_and_the_api_both_say_is_one_fact(db: PgPool) {
    let (url, _) = model(3).start().await;
    ingest(&db, &url, &Still::at(now())).await;
    let alone = kinds(&db).await;
    let repository = json!({"id": 2, "full_name": "acme/anvil"});
    let instant = "2026-01-04T03:00:00Z";
    let pull = json!({"number": 3, "user": user(4), "closed_at": instant, "merged_at": instant});
    let comment = json!({"id": 1, "user": user(3), "created_at": "2026-01-02T01:00:00Z"});
    let release = json!({"id": 1, "author": user(5), "published_at": "2026-01-02T05:00:00Z"});
    let mut conn = db.acquire().await.unwrap();
    for (event, body) in [
        (
            "pull_request",
            json!({"action": "closed", "sender": user(2), "repository": repository, "pull_request": pull}),
        ),
        (
            "issue_comment",
            json!({"action": "created", "repository": repository, "issue": {"number": 1}, "comment": comment}),
        ),
        ("release", json!({"action": "published", "sender": user(5), "repository": repository, "release": release})),
    ] {
        assert!(webhook::receive(&mut conn, (event, event), &body.to_string(), now()).await.unwrap());
        webhook::process(&mut conn, event, now()).await.unwrap();
    }
    assert_eq!(kinds(&db).await, alone);
    let both: i64 = sqlx::query_scalar("select count(*) from fact where sources = 6").fetch_one(&db).await.unwrap();
    assert_eq!(both, 4, "closed, merged, commented, released");
}

/// A closing whose event has lost the issue's instant, as since October 2025, gives
/// way to the exact one, whichever comes first.
#[sqlx::test(migrator = "MIGRATOR")]
async fn a_trimmed_closing_is_the_one_that_the_api_knows_in_both_orders(db: PgPool) {
    let (url, _) = model(3).start().await;
    let dir = tempfile::tempdir().unwrap();
    let pr = json!({"action": "merged", "number": 3, "pull_request": {"id": 1, "number": 3}});
    let hour =
        write_hour(dir.path(), "2026-01-04-3", &[event("PullRequestEvent", (2, "user2"), "2026-01-04T03:00:02Z", &pr)]);
    let sources = Sources::path(&hour).unwrap();
    let mut states = Vec::new();
    for api_first in [true, false] {
        clear(&db).await;
        let world = Still::at(now());
        for api in [api_first, !api_first] {
            if api {
                ingest(&db, &url, &world).await;
            } else {
                let (scope, options) = (Scope::everything(), Options::jobs(1));
                archive::ingest(&db, &sources, &scope, options, &world.clock, &Quiet).await.unwrap();
            }
        }
        assert_eq!(kinds(&db).await["pr_closed"], 1);
        states.push(tables(&db).await);
    }
    assert_eq!(states[0], states[1]);
}

/// GitHub's own examples of every answer, over a good line and over a bad one.
#[sqlx::test(migrator = "MIGRATOR")]
async fn the_simulator_s_answers_are_all_read(db: PgPool) {
    let Some(simulator) = Simulator::start().await else { return };
    let mut states = Vec::new();
    let (bad_url, line) = BadLine::start(simulator.url.clone(), 3).await;
    for url in [&simulator.url, &bad_url] {
        clear(&db).await;
        let world = Still::at(now());
        loop {
            let report = ingest_of(&db, url, &world, "octocat/Hello-World").await;
            assert_eq!(report.unread, 0, "{report:?}");
            let Some(pause) = report.paused else {
                assert_eq!(report.skipped.len(), 1, "only reviews, for want of a token: {report:?}");
                break;
            };
            world.clock.set(pause.until);
        }
        states.push(tables(&db).await);
    }
    assert_eq!(states[0], states[1]);
    assert!(line.faults.load(Ordering::SeqCst) > 0);
    let kinds = kinds(&db).await;
    for kind in ["issue_comment", "review_comment", "commit_comment", "release", "push"] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn without_a_token_reviews_are_left_out_and_it_is_said(db: PgPool) {
    let (url, _) = model(3).start().await;
    let world = Still::at(now());
    let mut conn = db.acquire().await.unwrap();
    let github = api::connect(&mut conn, at(&url, Credential::Nobody), Box::new(world.clone())).await.unwrap();
    let subject: Subject = "acme/anvil".parse().unwrap();
    let report = api::ingest(&mut conn, &github, &subject, None, &world.clock, &|_| ()).await.unwrap();
    assert_eq!(report.skipped, ["acme/anvil reviews: GitHub gives them in bulk only to a token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_recorded_crawl_of_events_gives_each_event_once(db: PgPool) {
    let Some(folder) = shared("github-api/AppTest-testEventApi") else { return };
    let first = "/repos/hub4j-test-org/github-api/events?per_page=100";
    let (url, recording) = with_repository(&folder, &[(first, "/events")]).await;
    let world = Still::at(now());
    let report = ingest_of(&db, &url, &world, "hub4j-test-org/github-api").await;
    let asked = recording.asked.lock().unwrap().iter().filter(|path| path.starts_with("/events")).count();
    assert_eq!((asked, report.unread), (10, 0));
    let known = |name: &str| name.ends_with("-events.json");
    let (items, ids) = items(&folder, known, |item| item["id"].to_string());
    assert_eq!((items, ids.len()), (281, 155));
    let facts: i64 = sqlx::query_scalar("select count(*) from fact where kind <> 20").fetch_one(&db).await.unwrap();
    assert_eq!(facts, 155, "no two of these events are one fact");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_recorded_issue_events_give_every_closing(db: PgPool) {
    let Some(folder) = shared("github-api/GHIssueEventTest-testRepositoryEvents") else { return };
    let plain = "/repos/hub4j-test-org/github-api/issues/events";
    let (url, recording) = with_repository(&folder, &[(&format!("{plain}?per_page=100"), plain)]).await;
    ingest_of(&db, &url, &Still::at(now()), "hub4j-test-org/github-api").await;
    let asked = recording.asked.lock().unwrap().iter().filter(|path| path.contains("issues/events")).count();
    assert_eq!(asked, 14);
    let closing = |item: &Value| {
        if item["event"] == "closed" {
            format!("{} {}", item["issue"]["number"], item["created_at"])
        } else {
            String::new()
        }
    };
    let (_, mut closings) = items(&folder, |name| name.contains("issues_events"), closing);
    closings.remove("");
    let facts: i64 = sqlx::query_scalar("select count(*) from fact where kind in (4, 9)").fetch_one(&db).await.unwrap();
    assert_eq!(usize::try_from(facts).unwrap(), closings.len());
}

/// A recording that lacks the repository itself has it from another one.
async fn with_repository(folder: &Path, called: &[(&str, &str)]) -> (String, Arc<Recording>) {
    let mut recording = Recording::open(folder, now());
    let repo = json!({"id": 206_888_201, "full_name": "hub4j-test-org/github-api", "owner": {"id": 7_544_739, "login": "hub4j-test-org", "type": "Organization"}});
    recording.add("/repos/hub4j-test-org/github-api", &repo);
    recording.play(called).await
}

async fn ingest_of(db: &PgPool, url: &str, world: &Still, name: &str) -> Report {
    let mut conn = db.acquire().await.unwrap();
    let github = api::connect(&mut conn, at(url, Credential::Nobody), Box::new(world.clone())).await.unwrap();
    api::ingest(&mut conn, &github, &name.parse().unwrap(), None, &world.clock, &|_| ()).await.unwrap()
}

/// How many items the recorded bodies have, and how many different ones.
fn items(folder: &Path, known: impl Fn(&str) -> bool, key: impl Fn(&Value) -> String) -> (usize, BTreeSet<String>) {
    let files = fs::read_dir(folder.join("__files")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| known(path.file_name().unwrap().to_str().unwrap()));
    let all: Vec<Value> = files
        .flat_map(|path| serde_json::from_str::<Vec<Value>>(&fs::read_to_string(path).unwrap()).unwrap())
        .collect();
    (all.len(), all.iter().map(key).collect())
}

/// Each recorded limit: its folder, what is waited for, in seconds, why, and
/// whether GitHub relents.
const LIMITS: &[(&str, i64, Cause, bool)] = &[
    ("AbuseLimitHandlerTest-testHandler_Fail", 30, Cause::Secondary, true),
    ("AbuseLimitHandlerTest-testHandler_HttpStatus_Fail", 30, Cause::Secondary, true),
    ("AbuseLimitHandlerTest-testHandler_Wait", 2, Cause::Secondary, true),
    ("AbuseLimitHandlerTest-testHandler_WaitStuck", 3, Cause::Secondary, false),
    ("AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits", 60, Cause::Secondary, true),
    ("AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits_Body_Marker_Only", 60, Cause::Secondary, true),
    ("AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits_Too_Many_Requests", 8, Cause::Secondary, true),
    (
        "AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After",
        8,
        Cause::Secondary,
        true,
    ),
    (
        "AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After_Missing_Date_Header",
        8,
        Cause::Secondary,
        true,
    ),
    (
        "AbuseLimitHandlerTest-testHandler_Wait_Secondary_Limits_Too_Many_Requests_No_Retry_After",
        60,
        Cause::Secondary,
        true,
    ),
    ("RateLimitHandlerTest-testHandler_Fail", 3, Cause::Primary, true),
    ("RateLimitHandlerTest-testHandler_HttpStatus_Fail", 3, Cause::Primary, true),
    ("RateLimitHandlerTest-testHandler_Wait", 3, Cause::Primary, true),
    ("RateLimitHandlerTest-testHandler_WaitStuck", 3, Cause::Primary, false),
    ("RateLimitHandlerTest-testHandler_Wait_Missing_Date_Header", 3, Cause::Primary, true),
];

#[tokio::test]
async fn every_recorded_limit_is_waited_out_exactly_and_nothing_is_asked_meanwhile() {
    for &(folder, seconds, cause, relents) in LIMITS {
        let Some(path) = shared(&format!("github-api/{folder}")) else { return };
        let (url, recording) = Recording::open(&path, now()).play(&[]).await;
        let world = Still::at(now());
        let settings = at(&url, Credential::Token("t".into()));
        let github = GitHub::new(settings, Box::new(world.clone())).unwrap();
        github.get("/user", None).await.unwrap();
        let limited = recording.limited();
        let Err(GitHubError::Paused(pause)) = github.get(&limited, None).await else { panic!("{folder}: no pause") };
        assert_eq!(((pause.until - now()).num_seconds(), pause.cause), (seconds, cause), "{folder}");
        let asked = recording.asked.lock().unwrap().len();
        world.clock.set(pause.until - TimeDelta::seconds(1));
        assert!(
            matches!(github.get(&limited, None).await, Err(GitHubError::Paused(again)) if again == pause),
            "{folder}"
        );
        assert_eq!(recording.asked.lock().unwrap().len(), asked, "{folder}: asked too early");
        world.clock.set(pause.until);
        assert_eq!(github.get(&limited, None).await.is_ok(), relents, "{folder}");
        assert!(world.pauses.lock().unwrap().is_empty(), "{folder}: a limit is no broken line");
    }
}

#[tokio::test]
async fn a_token_is_sent_nowhere_else_and_printed_nowhere() {
    let settings = at("https://api.github.com", Credential::Token("github_pat_secret".into()));
    let github = GitHub::new(settings, Box::new(Still::at(now()))).unwrap();
    let error = github.get("https://evil.example/repos?page=2", None).await.unwrap_err();
    assert!(matches!(&error, GitHubError::Elsewhere(_)), "{error}");
    assert!(!format!("{github:?} {error:?} {error}").contains("github_pat_secret"));
}

/// An App's key made for one test, in either of the two forms of PEM.
#[expect(clippy::disallowed_methods, reason = "in CI openssl must be there")]
fn app_key(form: &[&str]) -> Option<String> {
    let made = std::process::Command::new("openssl").arg("genrsa").args(form).arg("2048").output();
    match made {
        Ok(made) => Some(String::from_utf8(made.stdout).unwrap()),
        Err(error) => {
            assert!(std::env::var("CI").is_err(), "openssl: {error}");
            eprintln!("skipped: openssl makes the key of this test, and is not there");
            None
        }
    }
}

#[tokio::test]
async fn an_app_asks_for_a_token_before_the_first_request_and_before_each_end() {
    for form in [&["-traditional"][..], &[]] {
        let Some(key) = app_key(form) else { return };
        let token = json!({"token": "ghs_installed", "expires_at": now() + TimeDelta::hours(1)});
        let objects = [("/app/installations/7/access_tokens".to_owned(), token), ("/user".to_owned(), json!({}))];
        let (url, served) = Model { objects: objects.into(), ..Model::default() }.start().await;
        let app = AppKey { app: "Iv1.client".into(), installation: 7, key: key.into() };
        let world = Still::at(now());
        let github = GitHub::new(at(&url, Credential::App(app)), Box::new(world.clone())).unwrap();
        for (minute, asked) in [(0, 2), (54, 3), (55, 5)] {
            world.clock.set(now() + TimeDelta::minutes(minute));
            github.get("/user", None).await.unwrap();
            assert_eq!(served.asked.load(Ordering::SeqCst), asked, "after {minute} minutes");
        }
        let who = served.who.lock().unwrap();
        assert_eq!(who[1], "Bearer ghs_installed");
        assert_eq!(who[0].split('.').count(), 3, "a signed statement");
    }
    let app = AppKey { app: "1".into(), installation: 7, key: "no key".into() };
    let settings = at("http://127.0.0.1:9", Credential::App(app));
    let github = GitHub::new(settings, Box::new(Still::at(now()))).unwrap();
    let error = github.get("/user", None).await.unwrap_err().to_string();
    assert!(error.contains("give the file that GitHub made"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_a_sentence() {
    for wrong in ["github.example.org", "ftp://h", "https://user@h", "https://h?x"] {
        let github = GitHub::new(at(wrong, Credential::Nobody), Box::new(Still::at(now())));
        assert!(github.unwrap_err().to_string().contains("is not the address of an interface"), "{wrong}");
    }
}
