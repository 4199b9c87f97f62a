//! Reading by the clock: one worker at a time looks what is due, another takes over
//! when it dies, and several share a backfill.

use std::{collections::BTreeSet, fs};

use chrono::{DateTime, TimeDelta, Utc};
use hustings::{
    app::App,
    clock::Clock,
    ingest::{Scope, queue},
    jobs,
    mail::Mailer,
    stats::{self, Window, parse_instant},
    worker,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{
    archive::{event, push, write_hour},
    github::Model,
    shelf::Shelf,
    site::Site,
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

fn at(text: &str) -> DateTime<Utc> {
    parse_instant(text).unwrap()
}

/// An app that follows acme, with its archive on the shelf.
async fn following(db: PgPool, shelf: &Shelf, now: &str) -> Site {
    let mut site = Site::start(db, at(now), Mailer::captured()).await;
    site.app.intake.archive = shelf.template();
    site.app.intake.follows = vec!["acme".parse().unwrap()];
    site
}

/// A worker on another machine: connections of its own, the same clock.
async fn another(app: &App) -> App {
    let pool = sqlx::pool::PoolOptions::new().connect_with((*app.pool.connect_options()).clone()).await.unwrap();
    App { pool, ..app.clone() }
}

async fn queued(db: &PgPool) -> Vec<(String, Value)> {
    sqlx::query_as("select kind, payload from job order by job_id").fetch_all(db).await.unwrap()
}

fn put(shelf: &Shelf, hour: DateTime<Utc>) {
    let dir = tempfile::tempdir().unwrap();
    let (name, time) = (hour.format("%Y-%m-%d-%-H").to_string(), hour.to_rfc3339());
    let lines = [push((5, "ada"), hour.timestamp(), &time), event("WatchEvent", (6, "eve"), &time, &json!({}))];
    shelf.put(&format!("{name}.json.gz"), fs::read(write_hour(dir.path(), &name, &lines)).unwrap(), "a");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_two_workers_one_schedules_and_the_other_takes_over_when_it_dies(db: PgPool) {
    let shelf = Shelf::open().await;
    let site = following(db.clone(), &shelf, "2026-01-02T12:40").await;
    let (one, two) = (&site.app, &another(&site.app).await);

    // A leader in the middle of its round: nobody else schedules.
    let mut dying = one.pool.begin().await.unwrap();
    assert!(hustings::db::try_lock(&mut dying, hustings::db::LockClass::Leader, 0).await.unwrap());
    jobs::begin(&mut dying, "archive", at("2026-01-02T12:00")).await.unwrap();
    assert!(!worker::schedule(two).await.unwrap());
    assert!(queued(&db).await.is_empty());

    // It dies, and leaves nothing behind: the next to look does the whole round.
    drop(dying);
    let both = tokio::join!(worker::schedule(one), worker::schedule(two));
    assert!(both.0.unwrap() || both.1.unwrap());
    let kinds: Vec<_> = queued(&db).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "archive").count(), 24, "{kinds:?}");
    assert_eq!(kinds[24..], ["api", "heal"]);

    // The round is done; only the next hour has something new.
    worker::schedule(two).await.unwrap();
    assert_eq!(queued(&db).await.len(), 26);
    site.app.clock.set(at("2026-01-02T13:09"));
    worker::schedule(one).await.unwrap();
    assert_eq!(queued(&db).await.len(), 26, "the hour is not out yet");
    site.app.clock.set(at("2026-01-02T13:10"));
    worker::schedule(two).await.unwrap();
    let newest = queued(&db).await.pop().unwrap();
    assert_eq!((&*newest.0, &newest.1["from"]), ("archive", &json!("2026-01-02T12:00:00Z")));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_hour_is_read_once_it_is_out_and_the_night_comes_back_to_what_was_not(db: PgPool) {
    let shelf = Shelf::open().await;
    let site = following(db.clone(), &shelf, "2026-01-02T12:40").await;
    let lists = ["/users/acme/repos", "/orgs/acme/repos", "/orgs/acme/members"].map(|path| (path.to_owned(), vec![]));
    let owner = json!({"id": 1, "login": "acme", "type": "Organization"});
    let objects = [("/users/acme".to_owned(), owner)].into();
    let (url, _model) =
        Model { lists: std::collections::HashMap::from(lists).into(), objects, page: 100, ..Model::default() }
            .start()
            .await;
    let mut app = site.app.clone();
    app.intake.github.base_url = url;
    let late = at("2026-01-02T03:00");
    for hour in (1..=24).map(|n| at("2026-01-02T12:00") - TimeDelta::hours(n)).filter(|hour| *hour != late) {
        put(&shelf, hour);
    }
    let covered = async |from: &str, to: &str| {
        let window = Window::parse(from, to).unwrap();
        stats::coverage(&mut db.acquire().await.unwrap(), window, app.clock.now()).await.unwrap().done
    };
    let round = async || {
        worker::schedule(&app).await.unwrap();
        worker::drain(&app).await.unwrap();
    };
    round().await;
    assert_eq!(covered("2026-01-01T12", "2026-01-02T12").await, 23);
    assert!(queued(&db).await.is_empty(), "{:?}", queued(&db).await);

    // The hourly round asks again for a day; then only the night does.
    app.clock.set(at("2026-01-03T04:10"));
    round().await;
    put(&shelf, late);
    app.clock.set(at("2026-01-03T05:10"));
    round().await;
    assert_eq!(covered("2026-01-02T03", "2026-01-02T04").await, 0, "an hour that is a day old is left to the night");
    app.clock.set(at("2026-01-04T03:00"));
    round().await;
    assert_eq!(covered("2026-01-02T03", "2026-01-02T04").await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn workers_share_a_backfill_and_each_day_is_read_once(db: PgPool) {
    let shelf = Shelf::open().await;
    let site = following(db.clone(), &shelf, "2026-01-10").await;
    let window = Window::parse("2026-01-01T20", "2026-01-04T02").unwrap();
    for n in 0..window.hours() {
        put(&shelf, window.from + TimeDelta::hours(n));
    }
    let queue = async || {
        let mut db = db.acquire().await.unwrap();
        queue::backfill(&mut db, window, &shelf.template(), &Scope::everything(), site.app.clock.now()).await.unwrap()
    };
    assert_eq!((queue().await, queue().await), (4, 4));
    assert_eq!(queued(&db).await.len(), 4, "what waits is not queued twice");
    let other = another(&site.app).await;
    let (one, two) = tokio::join!(worker::drain(&site.app), worker::drain(&other));
    assert_eq!(one.unwrap() + two.unwrap(), 4);
    let requests = shelf.requests();
    let names: BTreeSet<_> = requests.iter().map(|(name, _, _)| name).collect();
    assert_eq!((requests.len(), names.len()), (54, 54));
    let coverage = stats::coverage(&mut db.acquire().await.unwrap(), window, site.app.clock.now()).await.unwrap();
    assert!(coverage.is_complete(), "{}", coverage.sentence());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_job_that_reads_does_not_keep_a_poll_waiting(db: PgPool) {
    let clock = Clock::fixed(at("2026-01-10"));
    let mut db = db.acquire().await.unwrap();
    for kind in ["archive", "close", "heal"] {
        let job = jobs::NewJob { kind, payload: json!({}), unique_key: None, run_at: clock.now() };
        jobs::enqueue(&mut db, job).await.unwrap();
    }
    let kinds = &["archive", "api", "heal"];
    let prompt = jobs::claim(&mut db, jobs::Lane { kinds, others: true }, clock.now(), 9).await.unwrap();
    assert_eq!(prompt.iter().map(|job| &*job.kind).collect::<Vec<_>>(), ["close"]);
    let reading = jobs::claim(&mut db, jobs::Lane { kinds, others: false }, clock.now(), 1).await.unwrap();
    assert_eq!(reading.iter().map(|job| &*job.kind).collect::<Vec<_>>(), ["archive"]);
    // A lease that is renewed is not taken over.
    clock.set(clock.now() + TimeDelta::minutes(9));
    jobs::renew(&mut db, reading[0].job_id, clock.now()).await.unwrap();
    clock.set(clock.now() + TimeDelta::minutes(9));
    let taken = jobs::claim(&mut db, jobs::Lane { kinds, others: false }, clock.now(), 9).await.unwrap();
    assert_eq!(taken.iter().map(|job| &*job.kind).collect::<Vec<_>>(), ["heal"]);
}
