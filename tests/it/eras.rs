//! Hours of every era: the old ones against their golden counts, events against
//! their author's own mapping to the shape of 2015, and what else was collected.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use hustings::{
    ingest::{
        Fact,
        archive::{Batch, Limits, Scope, read_hour},
    },
    stats::{self, Page, Window, parse_instant},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{
    archive::{now, push, read_files, write_hour},
    shared::shared,
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

/// The lines as the hour `name`, read.
fn read(dir: &Path, name: &str, lines: &[String]) -> Batch {
    let path = write_hour(dir, name, lines);
    let (date, hour) = name.rsplit_once('-').unwrap();
    let hour = parse_instant(&format!("{date}T{hour:0>2}")).unwrap();
    read_hour(&path, hour, &Scope::everything(), Limits::default()).unwrap()
}

fn facts(lines: &[String]) -> (Vec<Fact>, Batch) {
    let dir = tempfile::tempdir().unwrap();
    let batch = read(dir.path(), "2012-01-01-0", lines);
    (batch.gathered.facts.clone(), batch)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_old_hours_give_the_golden_counts(db: PgPool) {
    let Some(dir) = shared("gharchive") else { return };
    let golden: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(dir.join("golden-old-hours.json")).unwrap()).unwrap();
    assert_eq!(golden.len(), 5);
    for want in golden {
        let file = want["file"].as_str().unwrap();
        let report = read_files(&db, &[dir.join(file)]).await.remove(0);
        assert_eq!(
            json!([report.events, report.bad_lines, report.unknown_lines]),
            json!([want["events"], 0, 0]),
            "{file}"
        );
        let mut db = db.acquire().await.unwrap();
        let (date, hour) = file.trim_end_matches(".json.gz").rsplit_once('-').unwrap();
        let from = parse_instant(&format!("{date}T{hour:0>2}")).unwrap();
        let window = Window::new(from, from + chrono::Duration::hours(1)).unwrap();
        let hour = stats::ledger(&mut db, window, Page::ALL).await.unwrap().remove(0);
        // They count logins; one account changed its own in that hour.
        let logins = hour.actors + i32::from(file == "2015-01-01-15.json.gz");
        assert_eq!(
            json!([hour.lines, hour.ids, logins]),
            json!([want["events"], want["distinct_ids"], want["distinct_actors"]]),
            "{file}"
        );
        let types: BTreeMap<_, _> = stats::ledger_summary(&mut db, window).await.unwrap().by_type.into_iter().collect();
        assert_eq!(json!(types), want["types"], "{file}");
        // Names as written; "/", which theirs counts too, is none.
        let names: i64 =
            sqlx::query_scalar("select count(distinct name) from repo_name").fetch_one(&mut *db).await.unwrap();
        assert_eq!(json!(names + i64::from(date.starts_with("2011"))), want["distinct_repos"], "{file}");
        sqlx::raw_sql("truncate repo, repo_name").execute(&mut *db).await.unwrap();
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn hours_named_by_pacific_time_cover_the_hours_they_are_about(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let old = |at: &str| {
        json!({"type": "WatchEvent", "actor": "ada", "repository": {"name": "b", "owner": "a"}, "created_at": at})
            .to_string()
    };
    let files = [
        write_hour(dir.path(), "2012-04-11-15", &[old("2012/04/11 15:01:33 -0700")]),
        write_hour(dir.path(), "2014-02-15-0", &[old("2014-02-15T00:03:54-08:00")]),
        write_hour(dir.path(), "2011-02-15-0", &[old("2011-02-15T00:00:06Z")]),
    ];
    read_files(&db, &files).await;
    let mut db = db.acquire().await.unwrap();
    for (from, covered) in [
        ("2012-04-11T22", true),
        ("2012-04-11T15", false),
        ("2014-02-15T08", true),
        ("2014-02-15T00", false),
        ("2011-02-15T00", true),
    ] {
        let from = parse_instant(from).unwrap();
        let hour = Window::new(from, from + chrono::Duration::hours(1)).unwrap();
        assert_eq!(stats::coverage(&mut db, hour, now()).await.unwrap().is_complete(), covered, "{from}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_events_with_one_id_both_count(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let with_id = |event: String| {
        let mut event: Value = serde_json::from_str(&event).unwrap();
        event["id"] = json!("5000000000");
        event.to_string()
    };
    let then = with_id(push((5, "ada"), 900_000_000, "2016-11-26T01:00:00Z"));
    let now = with_id(push((6, "eve"), 30_000_000_000, "2025-10-09T01:00:00Z"));
    let files = [write_hour(dir.path(), "2016-11-26-1", &[then]), write_hour(dir.path(), "2025-10-09-1", &[now])];
    let facts: Vec<_> = read_files(&db, &files).await.iter().map(|report| (report.events, report.facts)).collect();
    assert_eq!(facts, [(1, 1), (1, 1)]);
}

/// What the author's mapping puts into strings, taken out again; the zone, which
/// it drops, is UTC.
fn unpacked(mut event: Value) -> Value {
    let inner = |value: &Value| serde_json::from_str(value.as_str().unwrap_or("null")).unwrap_or(Value::Null);
    event["payload"] = inner(&event["payload"]);
    event["url"] = inner(&event["other"])["url"].take();
    event["created_at"] = json!(format!("{}Z", event["created_at"].as_str().unwrap().replace(' ', "T")));
    event
}

fn fixtures() -> Option<Vec<PathBuf>> {
    let dir = shared("gharchive/fixtures-legacy/fixtures")?;
    let years = fs::read_dir(dir).unwrap().map(|year| year.unwrap().path());
    let files = years.flat_map(|year| fs::read_dir(year).unwrap().map(|file| file.unwrap().path()));
    let mut raw: Vec<_> = files.filter(|file| file.to_str().unwrap().ends_with("_raw.json")).collect();
    raw.sort();
    Some(raw)
}

#[test]
fn facts_of_the_legacy_fixtures_are_those_of_their_authors_mapping() {
    let Some(raw) = fixtures() else { return };
    let (mut compared, mut made) = (0, 0);
    for path in raw {
        let json = |path: &str| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
        let path = path.to_str().unwrap();
        let (ours, batch) = facts(&[json(path).to_string()]);
        assert_eq!((batch.counts.events, batch.counts.unknown_lines), (1, 0), "{path}");
        let (theirs, _) = facts(&[unpacked(json(&path.replace("_raw", "_transformed"))).to_string()]);
        assert_eq!(ours, theirs, "{path}");
        compared += 1;
        made += ours.len();
    }
    assert_eq!((compared, made), (91, 81));
}

#[test]
fn every_line_of_the_samples_is_an_event_or_set_aside_with_a_reason() {
    let Some(dir) = shared("gharchive/samples") else { return };
    let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    // Objects over many lines, which the archive never had, on one each.
    let compact = |text: &str| -> Vec<String> {
        let all = serde_json::Deserializer::from_str(text).into_iter::<Value>().map(Result::unwrap);
        all.flat_map(|value| value.as_array().cloned().unwrap_or(vec![value])).map(|event| event.to_string()).collect()
    };
    let bulk = {
        let mut text = String::new();
        let file = fs::File::open(dir.join("quickwit.gharchive-bulk.json.gz")).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
        text
    };
    for (name, lines, [events, bad]) in [
        ("go-faster, 2011–2021", lines(&text("go-faster.sample.small.mixed-2011-2021.ndjson")), [1304, 0]),
        ("kuba, 2018", lines(&text("kuba.2018-01-01-0.ndjson")), [10, 0]),
        ("pinot, 2021", lines(&text("pinot.2021-07-21-few-hours.800.ndjson")), [800, 0]),
        ("quickwit, 2015, every second line is no event", lines(&bulk), [100, 100]),
        ("keemgdeok, 2024", compact(&text("keemgdeok.push_2024-05-21-0.json")), [1, 0]),
        ("keemgdeok, 2025, trimmed", compact(&text("keemgdeok.push_2025-12-15-0.json")), [1, 0]),
        ("simdjson, 2013, from the API", compact(&text("simdjson.github_events.2013.json")), [30, 0]),
    ] {
        let (_, batch) = facts(&lines);
        assert_eq!(
            [batch.counts.events, batch.counts.unknown_lines, batch.counts.bad_lines],
            [events, 0, bad],
            "{name}"
        );
        assert!(
            batch.quarantine.iter().all(|bad| bad.reason.starts_with("not an event: missing field `type`")),
            "{name}"
        );
    }
}
