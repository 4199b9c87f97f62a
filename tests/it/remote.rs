//! Hours from a server that breaks off, stalls, truncates, changes its mind and
//! fails: what arrives is whole, or nothing of it counts.

use std::{fs, path::Path, sync::Arc, time::Duration};

use hustings::{
    clock::Clock,
    ingest::archive::{Fetcher, Options, Outcome, Patience, Quiet, Report, Scope, Sources, ingest},
    random::Random,
    stats::{self, Window},
};
use sqlx::PgPool;

use crate::harness::{
    archive::{now, push, write_hour},
    shelf::{Fault, Shelf},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;
const HOUR: &str = "2016-01-01-1.json.gz";
const EVENTS: u64 = 3000;

/// An hour of some dozen kilobytes.
fn hour() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (0..EVENTS)
        .map(|n| {
            push(
                (5, &format!("ada-{}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
                n.cast_signed(),
                "2016-01-01T01:00:00Z",
            )
        })
        .collect();
    fs::read(write_hour(dir.path(), "2016-01-01-1", &lines)).unwrap()
}

/// Reads the hour from the shelf, with so many tries.
async fn read(db: &PgPool, shelf: &Shelf, folder: &Path, tries: u32) -> Report {
    let patience = Patience { stall: Duration::from_millis(400), tries, pause: Duration::from_millis(1) };
    let fetcher = Fetcher::new(folder.to_owned(), patience, Clock::fixed(now()), Random::seeded(1)).unwrap();
    let options = Options { fetcher: Some(Arc::new(fetcher)), ..Options::jobs(1) };
    let sources = Sources::parse(&["2016-01-01-1..2016-01-01-1".into()], Some(&shelf.template())).unwrap();
    ingest(db, &sources, &Scope::everything(), options, &Clock::fixed(now()), &Quiet).await.unwrap()
}

fn problem(report: &Report) -> &str {
    match &report.failed[0].outcome {
        Outcome::Failed(problem) => problem,
        other => panic!("{other:?}"),
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_hour_arrives_whole_whatever_goes_wrong_on_the_way(db: PgPool) {
    let (shelf, folder) = (Shelf::open().await, tempfile::tempdir().unwrap());
    shelf.put(HOUR, hour(), "a");
    shelf.faults(&[
        Fault::Status(503),
        Fault::Break(20_000),
        Fault::Stall(30_000),
        Fault::Flip(4000),
        Fault::Truncate(9000),
        Fault::Status(429),
    ]);
    let report = read(&db, &shelf, folder.path(), 8).await;
    assert_eq!((report.events, report.facts, report.failed.len()), (EVENTS, EVENTS, 0), "{report:?}");
    assert!(is_empty(folder.path()), "nothing is left behind");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_broke_off_goes_on_where_it_stopped_also_in_the_next_run(db: PgPool) {
    let (shelf, folder) = (Shelf::open().await, tempfile::tempdir().unwrap());
    shelf.put(HOUR, hour(), "a");
    shelf.faults(&[Fault::Stall(10_000), Fault::Stall(20_000)]);
    let report = read(&db, &shelf, folder.path(), 2).await;
    assert!(problem(&report).starts_with("the answer broke off: "), "{}", problem(&report));
    assert!(!is_empty(folder.path()));
    assert_eq!(read(&db, &shelf, folder.path(), 1).await.facts, EVENTS);
    let ranges: Vec<_> = shelf.requests().into_iter().map(|(_, range, _)| range).collect();
    assert_eq!(ranges, [None, Some("bytes=10000-".to_owned()), Some("bytes=30000-".to_owned())]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn parts_of_two_versions_are_never_put_together(db: PgPool) {
    let (shelf, folder) = (Shelf::open().await, tempfile::tempdir().unwrap());
    shelf.put(HOUR, hour(), "a");
    shelf.faults(&[Fault::Stall(10_000)]);
    assert_eq!(read(&db, &shelf, folder.path(), 1).await.failed.len(), 1);
    let dir = tempfile::tempdir().unwrap();
    let other = write_hour(dir.path(), "2016-01-01-1", &[push((6, "eve"), 1, "2016-01-01T01:00:00Z")]);
    shelf.put(HOUR, fs::read(other).unwrap(), "b");
    assert_eq!(read(&db, &shelf, folder.path(), 1).await.facts, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_server_that_never_gets_it_right_is_given_up_with_a_sentence(db: PgPool) {
    let (shelf, folder) = (Shelf::open().await, tempfile::tempdir().unwrap());
    shelf.put(HOUR, hour(), "a");
    for (fault, sentence) in [
        (Fault::Status(500), "the server answers 500 Internal Server Error"),
        (Fault::Flip(9), "what arrived does not have the checksum that the server states"),
        (Fault::Truncate(5000), "the file is cut off: it ends in the middle of the compressed data"),
    ] {
        shelf.faults(&[fault; 3]);
        assert_eq!(problem(&read(&db, &shelf, folder.path(), 3).await), sentence);
        assert_eq!(shelf.requests().len(), 3);
    }
    shelf.faults(&[Fault::Status(403)]);
    assert_eq!(problem(&read(&db, &shelf, folder.path(), 3).await), "the server answers 403 Forbidden");
    assert_eq!(shelf.requests().len(), 1, "asking again does not help");
    let facts: i64 = sqlx::query_scalar("select count(*) from fact").fetch_one(&db).await.unwrap();
    assert_eq!(facts, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_hour_that_is_not_there_is_asked_for_again_and_a_known_one_is_not_sent(db: PgPool) {
    let (shelf, folder) = (Shelf::open().await, tempfile::tempdir().unwrap());
    let hour_there = Window::parse("2016-01-01T01", "2016-01-01T02").unwrap();
    let missing = read(&db, &shelf, folder.path(), 3).await;
    assert_eq!((missing.missing, shelf.requests().len()), (1, 1));
    assert_eq!(stats::ledger_summary(&mut db.acquire().await.unwrap(), hour_there).await.unwrap().missing, 1);
    shelf.put(HOUR, hour(), "a");
    assert_eq!(read(&db, &shelf, folder.path(), 3).await.facts, EVENTS);
    assert!(stats::coverage(&mut db.acquire().await.unwrap(), hour_there, now()).await.unwrap().is_complete());
    assert_eq!(read(&db, &shelf, folder.path(), 3).await.known, 1);
    let known: Vec<_> = shelf.requests().into_iter().map(|(_, _, known)| known).collect();
    assert_eq!(known, [None, Some("\"a\"".to_owned())]);
}
