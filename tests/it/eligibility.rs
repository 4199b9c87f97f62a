//! From real archive hours to a roll: who reaches the bar, why, and how sure we are.

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, TimeZone, Utc};
use hustings::{
    auth::Officer,
    election::{self, definition, freeze, life},
    eligibility::{self, Rule, roll},
    ingest::archive::{self, Options, Quiet, Scope, Sources},
    mail::Mailer,
};
use sqlx::PgPool;

use crate::harness::{
    shared::shared,
    site::{Browser, Site},
};

const ELECTION: &str = r#"
slug = "steering-2016"
title = "Steering Committee 2016"
organisation = "Everyone"
seats = 1
blank = "last"
[dates]
opens = "2016-02-01 00:00 UTC"
closes = "2016-02-15 00:00 UTC"
[eligibility]
from = "2016-01-01T01"
to = "2016-01-01T07"
minimum = 50
[[candidates]]
name = "Ada"
[[candidates]]
name = "Ben"
"#;

fn hour(folder: &Path, n: u32) -> PathBuf {
    folder.join(format!("2016-01-01-{n}.json.gz"))
}

async fn site(pool: &PgPool) -> Site {
    Site::start(pool.clone(), Utc.with_ymd_and_hms(2016, 1, 20, 0, 0, 0).unwrap(), Mailer::captured()).await
}

async fn read(site: &Site, folder: &Path, hours: impl IntoIterator<Item = u32>) {
    for n in hours {
        let sources = Sources::path(&hour(folder, n)).unwrap();
        let app = &site.app;
        archive::ingest(&app.pool, &sources, &Scope::everything(), Options::jobs(2), &app.clock, &Quiet).await.unwrap();
    }
}

/// Creates the election, builds its roll and returns its number and `roll.lock`.
async fn rolled(site: &Site) -> (i64, String) {
    let (officer, now) = (Officer::operator(), site.app.clock.now());
    let mut tx = site.app.pool.begin().await.unwrap();
    let new = definition::NewElection::parse(ELECTION).unwrap();
    let id = match election::by_slug(&mut tx, &new.slug).await.unwrap() {
        Some(election) => election.election_id,
        None => definition::create(&mut tx, &officer, &new, now).await.unwrap().election_id,
    };
    let _ = life::announce(&mut tx, &officer, id, now).await;
    roll::build(&mut tx, id, &Rule::parse(&new.rule).unwrap()).await.unwrap();
    let lock = eligibility::lock_text(&mut tx, id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    (id, lock)
}

/// Id and count of everyone in the golden file at or above the bar.
fn golden(folder: &Path) -> Vec<(i64, i32)> {
    let mut reader = csv::Reader::from_path(folder.join("golden-2016-01-01-h1-6-people.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    let mut people: Vec<(i64, i32)> = rows.map(|r| (r[0].parse().unwrap(), r[2].parse().unwrap())).collect();
    people.retain(|(_, n)| *n >= 50);
    people.sort_unstable();
    people
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn the_golden_people_are_on_the_roll_and_its_lock_is_the_same_each_time(pool: PgPool) {
    let Some(folder) = shared("gharchive") else { return };
    let site = site(&pool).await;
    read(&site, &folder, (1..=6).rev()).await;
    let (id, lock) = rolled(&site).await;
    let entries = eligibility::entries(&mut pool.acquire().await.unwrap(), id).await.unwrap();
    let ours: Vec<(i64, i32)> = entries.iter().map(|e| (e.github_id, e.contributions.unwrap())).collect();
    assert_eq!(ours, golden(&folder));
    assert_eq!(ours.len(), 47);

    // The same hours again, in another order, give the same bytes.
    read(&site, &folder, 1..=6).await;
    assert_eq!(rolled(&site).await.1, lock);
    let read_back: serde_json::Value = serde_json::from_str(&lock).unwrap();
    assert_eq!(read_back["coverage"]["hours_read"], 6);
    assert_eq!(read_back["roll"].as_array().unwrap().len(), 47);
    assert!(!lock.contains('@'), "a lock holds no address");
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_lost_hour_is_named_everywhere_and_the_roll_is_not_frozen_in_silence(pool: PgPool) {
    let Some(folder) = shared("gharchive") else { return };
    let site = site(&pool).await;
    read(&site, &folder, [1, 2, 4, 5, 6]).await;
    let (id, lock) = rolled(&site).await;
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    assert_eq!(lock["coverage"]["missing"], serde_json::json!([["2016-01-01T03:00:00Z", "2016-01-01T04:00:00Z"]]));

    let overview = Browser::new().get(&site.url("/?from=2016-01-01T01&to=2016-01-01T07")).await;
    assert!(overview.words(".foot").join(" ").contains("5 of 6 hours; missing 2016-01-01 03:00"));
    let page = Browser::new().get(&site.url("/elections/steering-2016")).await;
    assert!(page.words("main").join(" ").contains("5 of 6 hours; missing 2016-01-01 03:00"));

    let refused = frozen(&site, id, None).await.unwrap_err();
    assert!(matches!(refused, freeze::FreezeError::Coverage(_)));
    assert!(refused.to_string().contains("missing 2016-01-01 03:00"), "{refused}");
    frozen(&site, id, Some("the hour is lost at its source")).await.unwrap();
    let log = election::log(&mut pool.acquire().await.unwrap(), id).await.unwrap();
    assert!(log.last().unwrap().detail.contains("the hour is lost at its source"));
}

async fn frozen(site: &Site, id: i64, reason: Option<&str>) -> Result<(), freeze::FreezeError> {
    let mut tx = site.app.pool.begin().await.unwrap();
    let keys = (&site.app.keys, &site.app.random);
    let now = site.app.clock.now() + TimeDelta::days(1);
    freeze::freeze(&mut tx, &Officer::operator(), keys, id, reason, now).await?;
    tx.commit().await.unwrap();
    Ok(())
}
