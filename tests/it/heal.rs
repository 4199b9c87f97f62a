//! Gaps that are seen, and gaps that heal: a removed hour, one that lost nearly
//! everything, and numbers that nobody told us about; by command, page and JSON.

use std::{collections::HashMap, fs, path::Path};

use hustings::mail::Mailer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{
    archive::{event, now, push, write_hour},
    github::Model,
    program::{Ended, hustings},
    shelf::Shelf,
    site::{Browser, Site},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;
const WINDOW: [&str; 4] = ["--from", "2016-01-01T01", "--to", "2016-01-01T06"];
const PUSHES: i64 = 1200;

/// An hour of pushes in which these issues were opened.
fn hour(name: &str, n: i64, issues: &[i64]) -> Vec<u8> {
    let at = format!("2016-01-01T{n:02}:10:00Z");
    let opened = |number: &i64| {
        let payload = json!({"action": "opened", "issue": {"number": number}});
        event("IssuesEvent", (5, "ada"), &at, &payload)
    };
    let pushes = (0..PUSHES).map(|id| push((5, "ada"), n * PUSHES + id, &at));
    let lines: Vec<_> = issues.iter().map(opened).chain(pushes).collect();
    let dir = tempfile::tempdir().unwrap();
    fs::read(write_hour(dir.path(), name, &lines)).unwrap()
}

/// The same hour with one line in a hundred.
fn thinned(name: &str, n: i64) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let at = format!("2016-01-01T{n:02}:10:00Z");
    let lines: Vec<_> = (0..PUSHES / 100).map(|id| push((5, "ada"), n * PUSHES + id, &at)).collect();
    fs::read(write_hour(dir.path(), name, &lines)).unwrap()
}

/// Five hours, of which the second is not there and the third lost nearly everything.
async fn five_hours() -> Shelf {
    let shelf = Shelf::open().await;
    for (n, issues) in [(1, &[1_i64][..]), (4, &[7, 8]), (5, &[])] {
        let name = format!("2016-01-01-{n}");
        shelf.put(&format!("{name}.json.gz"), hour(&name, n, issues), "a");
    }
    shelf.put("2016-01-01-3.json.gz", thinned("2016-01-01-3", 3), "a");
    shelf
}

/// Of acme/anvil's numbers an issue, a pull request with its talk, and one that went
/// to another repository.
fn github() -> Model {
    let user = |id: i64, login: &str| json!({"id": id, "login": login, "type": "User"});
    let issue = |number: i64| {
        json!({
            "id": 100 + number, "number": number, "user": user(6, "eve"), "created_at": "2016-01-01T03:20:00Z",
            "updated_at": "2016-01-01T03:20:00Z", "repository_url": "https://h/repos/acme/anvil",
        })
    };
    let mut pull = issue(6);
    pull["pull_request"] = json!({"merged_at": "2016-01-02T00:00:00Z"});
    pull["closed_at"] = json!("2016-01-02T00:00:00Z");
    pull["closed_by"] = user(5, "ada");
    let mut moved = issue(3);
    moved["repository_url"] = json!("https://h/repos/acme/forge");
    let repo = json!({"id": 2, "full_name": "acme/anvil", "owner": {"id": 1, "login": "acme", "type": "Organization"}});
    let objects = [("", repo), ("/issues/5", issue(5)), ("/issues/6", pull), ("/issues/3", moved)];
    let comment = json!({
        "id": 900, "user": user(5, "ada"), "created_at": "2016-01-01T03:30:00Z",
        "html_url": "https://h/acme/anvil/issues/5#c", "issue_url": "https://h/repos/acme/anvil/issues/5",
    });
    let review = json!({"id": 901, "user": user(5, "ada"), "submitted_at": "2016-01-01T03:40:00Z"});
    let lists = [
        ("/issues/5/comments", vec![comment]),
        ("/issues/6/comments", vec![]),
        ("/pulls/6/comments", vec![]),
        ("/pulls/6/reviews", vec![review]),
    ];
    let path = |path: &str| format!("/repos/acme/anvil{path}");
    Model {
        objects: objects.into_iter().map(|(name, value)| (path(name), value)).collect(),
        lists: HashMap::from(lists.map(|(name, items)| (path(name), items))).into(),
        page: 100,
        ..Model::default()
    }
}

async fn json_of(db: &PgPool, args: &[&str]) -> Value {
    let ended = hustings(db, &[args, &WINDOW, &["--json"]].concat()).await;
    serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err))
}

async fn heal(db: &PgPool, shelf: &Shelf, github: &str, more: &[&str]) -> Ended {
    let template = shelf.template();
    let args = ["heal", "--org", "acme", "--archive", &template, "--github-api-url", github];
    hustings(db, &[&args, &WINDOW[..], more].concat()).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_removed_hour_a_thinned_one_and_missing_numbers_are_told_everywhere_and_heal(db: PgPool) {
    let shelf = five_hours().await;
    let (github, _model) = github().start().await;
    let read = ["ingest", "archive", "2016-01-01-1..2016-01-01-5", "--source", &shelf.template()];
    assert_eq!(hustings(&db, &read).await.code, 0);

    // By command.
    let told = json_of(&db, &["coverage"]).await;
    assert_eq!(told["coverage"]["done_hours"], 3, "{told}");
    assert_eq!(told["coverage"]["missing"], json!([{"from": "2016-01-01T02:00:00Z", "to": "2016-01-01T03:00:00Z"}]));
    assert_eq!(told["coverage"]["thin"], json!([{"hour": "2016-01-01T03:00:00Z", "lines": 12, "usual": 1200}]));
    assert_eq!(told["periods"][0]["missing_hours"], 1);
    assert_eq!((&told["numbers"][0]["missing"], &told["numbers"][0]["ranges"]), (&json!(5), &json!([[2, 6]])));
    let text = hustings(&db, &[&["coverage", "--require", "100"], &WINDOW[..]].concat()).await;
    assert_eq!(text.code, 5);
    for line in [
        "2016-01-01      5     3        1             1",
        "missing 2016-01-01 02:00 until 2016-01-01 03:00 (1 hour)",
        "nearly empty 2016-01-01 03:00 (12 lines where 1200 are usual)",
        "acme/anvil: 5 of 8: 2 to 6",
    ] {
        assert!(text.out.contains(line), "{line} is not in\n{}", text.out);
    }

    // By page, and its JSON.
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    let address = "/data?from=2016-01-01T01&to=2016-01-01T06&org=acme";
    let page = Browser::new().get(&site.url(address)).await;
    assert_eq!(page.words(".hours td.missing"), ["✕ missing"]);
    assert_eq!(page.words(".hours td.thin"), ["! nearly empty"]);
    assert_eq!(page.words("#numbers tbody td"), ["acme/anvil", "5", "8", "0", "2 to 6"]);
    assert_eq!(page.attributes(".hours td.thin a", "href"), ["/data/2016-01-01T03"]);
    let known = Browser::new().get(&site.url("/data/2016-01-01T03")).await;
    assert_eq!(known.words("#verdict"), ["This hour is nearly empty: 12 lines, where 1200 are usual in these days."]);
    let page: Value =
        reqwest::get(site.url(&address.replace("/data?", "/data.json?"))).await.unwrap().json().await.unwrap();
    assert_eq!(page["data"]["numbers"][0]["ranges"], json!([[2, 6]]));
    assert_eq!(page["coverage"]["thin"][0]["lines"], 12);

    // Nothing is asked, only said.
    shelf.requests();
    let dry = heal(&db, &shelf, &github, &["--dry-run"]).await;
    assert!(dry.out.contains("2 hours would be asked for") && dry.out.contains("5 numbers would"), "{}", dry.out);
    assert!(shelf.requests().is_empty());

    // While the archive has no more, GitHub heals what it can.
    let first = heal(&db, &shelf, &github, &[]).await;
    assert_eq!(first.code, 5, "{}", first.err);
    for line in [
        "2 hours were missing, 2 still are",
        "2016-01-01 02:00 stays missing: its source does not have it",
        "2016-01-01 03:00 stays missing: nearly empty, and its source has no other version",
        "2 numbers found, 3 are not there any more, 6 new facts",
    ] {
        assert!(first.out.contains(line), "{line} is not in\n{}", first.out);
    }
    let reasons: Vec<(i32, String)> =
        sqlx::query_as("select number, reason from absent_number order by number").fetch_all(&db).await.unwrap();
    assert_eq!(reasons, [(2, "deleted".into()), (3, "moved".into()), (4, "deleted".into())]);
    assert_eq!(json_of(&db, &["coverage", "--org", "acme"]).await["numbers"], json!([]));

    // Once it has, all is well, and doing it again changes nothing.
    shelf.put("2016-01-01-2.json.gz", hour("2016-01-01-2", 2, &[2]), "a");
    shelf.put("2016-01-01-3.json.gz", hour("2016-01-01-3", 3, &[]), "b");
    let second = heal(&db, &shelf, &github, &[]).await;
    assert_eq!(second.code, 0, "{}{}", second.out, second.err);
    assert!(second.out.contains("2 hours were missing, 0 still are"), "{}", second.out);
    let told = json_of(&db, &["coverage", "--org", "acme"]).await;
    assert_eq!((&told["coverage"]["done_hours"], &told["numbers"]), (&json!(5), &json!([])));
    shelf.requests();
    assert_eq!(heal(&db, &shelf, &github, &[]).await.code, 0);
    assert!(shelf.requests().is_empty(), "nothing is missing, so nobody is asked");
    let told = Browser::new().get(&site.url("/data/2016-01-01T03")).await;
    assert_eq!(told.words("#sources td"), ["archive", "1,200", "1,200", "API", "4", "4"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_gap_of_before_2015_is_looked_for_under_the_name_of_pacific_time(db: PgPool) {
    let shelf = Shelf::open().await;
    let args = ["--from", "2014-02-15T08", "--to", "2014-02-15T09", "--archive", &shelf.template()];
    let ended = hustings(&db, &[&["heal"], &args[..]].concat()).await;
    assert_eq!(ended.code, 5, "{}", ended.err);
    let names: Vec<_> = shelf.requests().into_iter().map(|(name, _, _)| name).collect();
    let mut names: Vec<_> = names.iter().map(|name| Path::new(name).to_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["2014-02-15-0.json.gz", "2014-02-15-1.json.gz"]);
}
