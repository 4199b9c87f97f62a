//! Every ranked table against a recount that shares nothing with us
//! (tests/oracle/recount.py), on six real hours; and each table against the others.

use std::{collections::BTreeMap, path::Path, process::Command};

use chrono::{NaiveDate, TimeZone, Utc};
use hustings::{
    mail::Mailer,
    people::affiliation,
    stats::{self, Filter, Metric, Page, Window},
};
use serde_json::Value;
use sqlx::PgPool;

use crate::harness::{archive::read_files, client, shared::shared, site::Site};

const FROM: &str = "2016-01-01T01:00:00Z";
const TO: &str = "2016-01-01T07:00:00Z";

/// Numbers by id, name or hour.
type Counts = BTreeMap<String, i64>;

/// For whom people work, by their number; some since that very day, some until it.
fn affiliations(people: &[i64]) -> String {
    let line = |id: &i64| match id % 5 {
        0 => format!("{id},Analytical Engines,2015-01-01,\n"),
        1 => format!("{id},Difference Works,2016-01-01,\n"),
        2 => format!("{id},Analytical Engines,2015-01-01,2016-01-01\n"),
        3 => format!("{id},Independent,2014-01-01,2016-01-02\n"),
        _ => String::new(),
    };
    std::iter::once("github_id,company,from,to\n".to_owned()).chain(people.iter().map(line)).collect()
}

fn recounted(hours: &[std::path::PathBuf], affiliations: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/recount.py");
    let counted = Command::new("python3").arg(script).args([FROM, TO]).arg(affiliations).args(hours).output();
    let counted = counted.expect("python3 counts a second time");
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    serde_json::from_slice(&counted.stdout).unwrap()
}

/// A page's rows, as its `.json` has them.
async fn rows(site: &Site, path: &str, metric: &str) -> Value {
    let url = site.url(&format!("{path}.json?from={FROM}&to={TO}&metric={metric}&by=hour"));
    let body = client().build().unwrap().get(url).send().await.unwrap().text().await.unwrap();
    let name = path.trim_start_matches('/');
    serde_json::from_str::<Value>(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))[name].take()
}

/// A column of a table, by another.
fn column(rows: &Value, key: &str, value: &str) -> Counts {
    let key_of = |row: &Value| row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
    rows.as_array().unwrap().iter().map(|row| (key_of(row), row[value].as_i64().unwrap())).collect()
}

fn counts(recounted: &Value) -> Counts {
    recounted.as_object().unwrap().iter().map(|(key, n)| (key.clone(), n.as_i64().unwrap())).collect()
}

/// Names what two counts disagree about: ours, and theirs.
fn is_equal(ours: &Counts, theirs: &Counts, table: &str, metric: &str) {
    let both = ours.keys().chain(theirs.keys()).map(|key| (key, [ours, theirs].map(|of| of.get(key))));
    let different: BTreeMap<_, _> = both.filter(|(_, [ours, theirs])| ours != theirs).collect();
    assert!(different.is_empty(), "{table} by {metric}: {different:?}");
}

/// Largest first.
fn is_ranked(rows: &Value, metric: &str) -> bool {
    rows.as_array().unwrap().is_sorted_by(|a, b| a[metric].as_i64() >= b[metric].as_i64())
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn every_ranked_table_is_what_an_independent_recount_says(pool: PgPool) {
    let Some(folder) = shared("gharchive") else { return };
    let hours: Vec<_> = (1..=6).map(|n| folder.join(format!("2016-01-01-{n}.json.gz"))).collect();
    let site = Site::start(pool.clone(), Utc.with_ymd_and_hms(2016, 1, 20, 0, 0, 0).unwrap(), Mailer::captured()).await;
    read_files(&pool, &hours).await;
    let ids: Vec<i64> =
        sqlx::query_scalar("select actor_id from actor where actor_id > 0").fetch_all(&pool).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("affiliations.csv");
    std::fs::write(&file, affiliations(&ids)).unwrap();
    let mut tx = pool.begin().await.unwrap();
    let day = NaiveDate::from_ymd_opt(2016, 1, 20).unwrap();
    affiliation::import(&mut tx, &affiliations(&ids), day).await.unwrap();
    tx.commit().await.unwrap();

    for (metric, counted) in recounted(&hours, &file).as_object().unwrap() {
        let people = rows(&site, "/people", metric).await;
        let repositories = rows(&site, "/repositories", metric).await;
        let companies = rows(&site, "/companies", metric).await;
        let overview = rows(&site, "/overview", metric).await;
        is_equal(&column(&people, "github_id", metric), &counts(&counted["people"]), "people", metric);
        is_equal(
            &column(&repositories, "github_id", metric),
            &counts(&counted["repositories"]),
            "repositories",
            metric,
        );
        let of = |place: usize| -> Counts {
            let companies = counted["companies"].as_object().unwrap().iter();
            companies.map(|(name, n)| (name.clone(), n[place].as_i64().unwrap())).collect()
        };
        is_equal(&column(&companies, "company", metric), &of(0), "companies", metric);
        is_equal(&column(&companies, "company", "people"), &of(1), "people of companies", metric);
        let mut by_hour = column(&overview["series"], "start", "contributions");
        by_hour.retain(|_, n| *n > 0);
        let hours: Counts =
            counts(&counted["hours"]).into_iter().map(|(hour, n)| (format!("{hour}:00:00Z"), n)).collect();
        is_equal(&by_hour, &hours, "hours", metric);
        for table in [&people, &repositories, &companies] {
            assert!(is_ranked(table, metric), "{metric}");
        }
        is_the_sum_of_its_parts(&pool, metric, &overview, [&people, &repositories, &companies]).await;
    }
}

/// A total is that of each table, of its kinds, and of the facts behind a person's number.
async fn is_the_sum_of_its_parts(pool: &PgPool, metric: &str, overview: &Value, tables: [&Value; 3]) {
    let total = overview["contributions"].as_i64().unwrap();
    assert!(total > 0, "{metric}");
    for table in tables {
        let sum: i64 = table.as_array().unwrap().iter().map(|row| row[metric].as_i64().unwrap()).sum();
        assert_eq!(sum, total, "{metric}");
    }
    let metric = Metric::by_name(metric).unwrap();
    let filter = Filter::new(Window::parse(FROM, TO).unwrap(), metric);
    let mut db = pool.acquire().await.unwrap();
    let db = &mut stats::Reader::alone(&mut db);
    for person in tables[0].as_array().unwrap().iter().step_by(997) {
        let (id, n) = (person["github_id"].as_i64().unwrap(), person[metric.name].as_i64().unwrap());
        let of_kinds: i64 = metric.kinds().iter().map(|kind| person[kind.name()].as_i64().unwrap()).sum();
        let facts = stats::facts(db, id, &filter, Page::ALL).await.unwrap();
        assert_eq!((i64::try_from(facts.len()).unwrap(), of_kinds), (n, n), "{} of {person}", metric.name);
    }
}
