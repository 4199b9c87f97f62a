//! Who is who over the years, in whatever order the hours come: stand-ins for
//! logins without a number, logins that change hands, repositories that move.

use std::path::{Path, PathBuf};

use hustings::{
    people,
    stats::{self, Filter, Metric, Page, Window},
};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use crate::harness::{
    archive::{event, in_repo, push, read_files, write_hour},
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

/// A push of 2012, when nothing had a number.
fn old_push(login: &str, (owner, repo): (&str, &str), head: &str) -> String {
    json!({
        "type": "PushEvent", "actor": login, "created_at": "2012/04/11 15:01:33 -0700",
        "repository": {"name": repo, "owner": owner}, "payload": {"head": head},
    })
    .to_string()
}

/// Ada, who became lovelace, and those who took her login over.
fn years(dir: &Path) -> Vec<PathBuf> {
    let star = |actor, repo, at| in_repo("WatchEvent", actor, repo, at, &json!({}));
    [
        ("2012-04-11-15", vec![old_push("ADA", ("Acme", "Anvil"), "a1"), old_push("gone", ("acme", "lost"), "b1")]),
        ("2015-03-01-1", vec![push((5, "Ada"), 1, "2015-03-01T01:00:00Z")]),
        ("2015-04-01-1", vec![push((5, "lovelace"), 2, "2015-04-01T01:00:00Z")]),
        ("2016-01-01-1", vec![star((7, "ada"), (2, "acme/anvil"), "2016-01-01T01:00:00Z")]),
        ("2016-02-01-1", vec![star((20_000_000, "Gone"), (3, "acme/other"), "2016-02-01T01:00:00Z")]),
        ("2017-01-01-1", vec![star((7, "ada"), (2, "other/anvil"), "2017-01-01T01:00:00Z")]),
        ("2017-02-01-1", vec![star((7, "ada"), (30_000_000, "acme/anvil"), "2017-02-01T01:00:00Z")]),
    ]
    .into_iter()
    .map(|(name, lines)| write_hour(dir, name, &lines))
    .collect()
}

async fn pushes(db: &PgPool, year: &str, repos: &[&str], orgs: &[&str]) -> Vec<(i64, i64)> {
    let window = Window::parse(&format!("{year}-01-01"), &format!("{year}-12-31")).unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let filter =
        Filter { repos: names(repos), orgs: names(orgs), ..Filter::new(window, Metric::by_name("pushes").unwrap()) };
    let people = stats::people(&mut stats::Reader::alone(&mut db.acquire().await.unwrap()), &filter, 1, Page::ALL)
        .await
        .unwrap();
    let mut counts: Vec<_> = people.into_iter().map(|person| (person.person_id, person.contributions)).collect();
    counts.sort_unstable();
    counts
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_done_before_2015_belongs_to_who_held_the_login_first(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    read_files(&db, &years(dir.path())).await;
    let done = pushes(&db, "2012", &[], &[]).await;
    assert!(done[0].0 < 0 && done[1] == (5, 1), "ada's old push is lovelace's, gone's is nobody's yet: {done:?}");
    let mut conn = db.acquire().await.unwrap();
    let found = |person: Option<people::Person>| person.map(|person| person.person_id);
    assert_eq!(found(people::store::by_login(&mut conn, "ada").await.unwrap()), Some(7), "who holds it now");
    assert_eq!(found(people::store::by_login(&mut conn, "LOVELACE").await.unwrap()), Some(5));
    assert_eq!(found(people::store::by_login(&mut conn, "gone").await.unwrap()), Some(20_000_000));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repository_is_found_under_every_name_it_had_and_counts_once(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    read_files(&db, &years(dir.path())).await;
    // It was acme/anvil, then other/anvil; acme made a new anvil since.
    assert_eq!(pushes(&db, "2012", &["other/anvil"], &[]).await, [(5, 1)]);
    assert_eq!(pushes(&db, "2015", &["OTHER/anvil"], &[]).await, [(5, 2)]);
    assert_eq!(pushes(&db, "2015", &["acme/anvil"], &[]).await, []);
    // It went to the other organisation with everything that was done in it.
    assert_eq!(pushes(&db, "2015", &[], &["other"]).await, [(5, 2)]);
    assert_eq!(pushes(&db, "2015", &[], &["acme"]).await, []);
    assert_eq!(pushes(&db, "2012", &[], &["other"]).await, [(5, 1)]);
    // What was never seen since is still under its owner's name.
    assert_eq!(pushes(&db, "2012", &[], &["acme"]).await.len(), 1);
    let all = Filter::new(Window::parse("2012-01-01", "2018-01-01").unwrap(), Metric::by_name("activity").unwrap());
    let mut db = db.acquire().await.unwrap();
    let repos = stats::repositories(&mut stats::Reader::alone(&mut db), &all, Page::ALL).await.unwrap();
    let names: Vec<_> = repos.iter().map(|repo| (repo.name.as_str(), repo.contributions)).collect();
    assert_eq!(names, [("other/anvil", 5), ("acme/anvil", 1), ("acme/lost", 1), ("acme/other", 1)]);
    assert_eq!(stats::totals(&mut stats::Reader::alone(&mut db), &all).await.unwrap().repositories, 4);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_order_in_which_names_become_known_does_not_matter(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let files = years(dir.path());
    sqlx::query("insert into alias values (7, 20000000)").execute(&db).await.unwrap();
    let mut first = None;
    for turn in 0..files.len() {
        clear(&db).await;
        let mut order = files.clone();
        order.rotate_left(turn);
        if turn % 2 == 1 {
            order.reverse();
        }
        read_files(&db, &order).await;
        let tables = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| tables.clone()), &tables, "turn {turn}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_github_calls_a_bot_is_one_in_any_order_but_for_an_officers_word(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let said = json!({"comment": {"id": 1, "user": {"id": 8, "type": "Bot"}}, "issue": {"number": 1}});
    let files = [
        write_hour(
            dir.path(),
            "2024-01-01-1",
            &[event("IssueCommentEvent", (8, "helper"), "2024-01-01T01:00:00Z", &said)],
        ),
        write_hour(dir.path(), "2024-01-01-2", &[push((8, "helper-two"), 1, "2024-01-01T02:00:00Z")]),
        write_hour(dir.path(), "2024-01-01-3", &[push((9, "ada"), 2, "2024-01-01T03:00:00Z")]),
    ];
    let mut first = None;
    for turn in 0..3 {
        clear(&db).await;
        let mut order = files.to_vec();
        order.rotate_left(turn);
        read_files(&db, &order).await;
        let tables = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| tables.clone()), &tables, "turn {turn}");
    }
    let mut db = db.acquire().await.unwrap();
    let bot = async |db: &mut PgConnection, id| people::store::by_id(db, id).await.unwrap().unwrap().bot;
    assert!(bot(&mut db, 8).await && !bot(&mut db, 9).await);
    let now = chrono::DateTime::UNIX_EPOCH;
    assert_eq!(people::bots::say(&mut db, 8, Some(false), "eve", "we asked", now).await.unwrap(), 1);
    assert!(!bot(&mut db, 8).await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_is_named_by_number_wins_over_a_stand_in_in_any_order(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let old = json!({
        "type": "CommitCommentEvent", "actor": "Ada", "created_at": "2014-12-31T16:00:00-08:00",
        "repository": {"id": 2, "name": "anvil", "owner": "acme"}, "payload": {"comment_id": 77},
    });
    let comment = json!({"comment": {"id": 77}});
    let files = [
        write_hour(dir.path(), "2014-12-31-16", &[old.to_string()]),
        write_hour(
            dir.path(),
            "2015-01-01-0",
            &[event("CommitCommentEvent", (5, "not-ada"), "2015-01-01T00:00:00Z", &comment)],
        ),
    ];
    for order in [[0, 1], [1, 0]] {
        clear(&db).await;
        read_files(&db, &order.map(|n| files[n].clone())).await;
        let facts: Vec<(i64, i64)> = sqlx::query_as("select key_a, actor_id from fact").fetch_all(&db).await.unwrap();
        assert_eq!(facts, [(77, 5)], "{order:?}");
    }
}
