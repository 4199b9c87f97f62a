//! Archive hours to numbers: against the golden files, in any order, and with
//! everything that may be wrong with a file.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use hustings::{
    clock::Clock,
    ingest::archive::{Limits, Options, Outcome, Quiet, Scope, Sources, ingest},
    mail::Mailer,
    stats::{self, CountRule, Filter, Kind, Metric, Page, Window, parse_instant},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{
    archive::{event, in_repo, now, push, read, read_files, write_hour},
    shared::shared,
    site::{Browser, Site},
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

fn window(from: &str, to: &str) -> Window {
    Window::parse(from, to).unwrap()
}

fn six_hours() -> Window {
    window("2016-01-01T01", "2016-01-01T07")
}

fn golden() -> Option<(PathBuf, Value)> {
    let dir = shared("gharchive")?;
    let text = fs::read_to_string(dir.join("golden-2016-01-01-h1-6.json")).unwrap();
    Some((dir, serde_json::from_str(&text).unwrap()))
}

fn hour_files(dir: &Path) -> Vec<PathBuf> {
    (1..=6).map(|hour| dir.join(format!("2016-01-01-{hour}.json.gz"))).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_six_hours_give_every_number_of_the_golden_file(db: PgPool) {
    let Some((dir, golden)) = golden() else { return };
    let sources = Sources::range(six_hours(), &dir).unwrap();
    let report = read(&db, &sources, &Scope::everything(), 2).await;
    assert_eq!((report.done, report.events, report.same_fact, report.bad_lines), (6, 69_323, 6, 0));
    let mut db = db.acquire().await.unwrap();
    let ledger = stats::ledger(&mut db, six_hours(), Page::ALL).await.unwrap();
    for (n, hour) in ledger.iter().enumerate() {
        let want = &golden["hours"][format!("2016-01-01-{}.json.gz", n + 1)];
        let here = Window::new(hour.hour, hour.hour + chrono::Duration::hours(1)).unwrap();
        assert_eq!(
            json!([hour.events, hour.ids, hour.actors, hour.repos]),
            json!([want["events"], want["ids"], want["actors"], want["repos"]])
        );
        let types = stats::ledger_summary(&mut db, here).await.unwrap().by_type;
        assert_eq!(json!(types.into_iter().collect::<std::collections::BTreeMap<_, _>>()), want["types"]);
        let people = stats::totals(&mut stats::Reader::alone(&mut db), &Filter::new(here, Metric::contributions()))
            .await
            .unwrap();
        let all = Filter { bots: true, ..Filter::new(here, Metric::contributions()) };
        let all = stats::totals(&mut stats::Reader::alone(&mut db), &all).await.unwrap();
        assert_eq!(
            json!([all.contributions, people.contributions, people.people]),
            json!([want["contributions"], want["contributions_no_bots"], want["contributors_no_bots"]])
        );
    }
    assert_eq!(ledger.len(), 6);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_person_of_the_six_hours_has_their_golden_number(db: PgPool) {
    let Some((dir, golden)) = golden() else { return };
    read(&db, &Sources::range(six_hours(), &dir).unwrap(), &Scope::everything(), 2).await;
    let mut db = db.acquire().await.unwrap();
    let want = &golden["total"];
    // The hours by fact, the day by roll-up.
    for window in [six_hours(), window("2016-01-01", "2016-01-02")] {
        let filter = Filter::new(window, Metric::contributions());
        let totals = stats::totals(&mut stats::Reader::alone(&mut db), &filter).await.unwrap();
        assert_eq!(
            json!([totals.contributions, totals.people, totals.events]),
            json!([want["contributions_no_bots"], want["contributors_no_bots"], 69_323])
        );
        assert_eq!(
            json!(stats::people_count(&mut stats::Reader::alone(&mut db), &filter, 50).await.unwrap()),
            want["with_50"]
        );
        let bots =
            stats::totals(&mut stats::Reader::alone(&mut db), &Filter { bots: true, ..filter.clone() }).await.unwrap();
        assert_eq!(json!([bots.contributions, bots.people]), json!([want["contributions"], want["logins"]]));
        let top =
            stats::people(&mut stats::Reader::alone(&mut db), &filter, 1, Page { limit: 40, offset: 0 }).await.unwrap();
        let top: Vec<_> = top.into_iter().map(|p| json!([p.login, p.contributions])).collect();
        assert_eq!(json!(top), want["top"]);
        let people = stats::people(&mut stats::Reader::alone(&mut db), &filter, 1, Page::ALL).await.unwrap();
        let (ours, theirs) = (ours(&people), theirs(&dir));
        assert_eq!(ours.len(), theirs.len());
        for ((id, login, counts), (their_id, their_login, their_counts)) in ours.iter().zip(&theirs) {
            assert_eq!((id, counts), (their_id, their_counts), "{login}");
            if login != their_login {
                // Renamed during these hours: theirs is the login of the contribution, ours of the latest day.
                let person = hustings::people::store::by_id(&mut db, *id).await.unwrap().unwrap();
                assert!(person.logins.iter().any(|span| span.login == *their_login), "{login} was never {their_login}");
            }
        }
    }
}

/// Id, login, count and the seven event types, by id.
type PersonRow = (i64, String, [i64; 8]);

fn ours(people: &[stats::PersonCount]) -> Vec<PersonRow> {
    let mut rows: Vec<_> = people
        .iter()
        .map(|person| {
            let of =
                |kinds: &[Kind]| person.kinds.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, n)| n).sum();
            let counts = [
                person.contributions,
                of(&[Kind::CommitComment]),
                of(&[Kind::IssueComment, Kind::PrComment]),
                of(&[Kind::IssueOpened, Kind::IssueClosed, Kind::IssueReopened, Kind::IssueOther]),
                of(&[Kind::PrOpened, Kind::PrClosed, Kind::PrReopened, Kind::PrOther]),
                of(&[Kind::ReviewComment]),
                of(&[Kind::Review]),
                of(&[Kind::Push]),
            ];
            (person.person_id, person.login.clone(), counts)
        })
        .collect();
    rows.sort();
    rows
}

fn theirs(dir: &Path) -> Vec<PersonRow> {
    let mut csv = csv::Reader::from_path(dir.join("golden-2016-01-01-h1-6-people.csv")).unwrap();
    let row = |record: csv::StringRecord| {
        let counts: Vec<i64> = record.iter().skip(2).map(|n| n.parse().unwrap()).collect();
        (record[0].parse().unwrap(), record[1].to_owned(), counts.try_into().unwrap())
    };
    let mut rows: Vec<_> = csv.records().map(|record| row(record.unwrap())).collect();
    rows.sort();
    rows
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_six_hours_in_reverse_and_twice_are_the_same_tables(db: PgPool) {
    let Some((dir, _)) = golden() else { return };
    let mut files = hour_files(&dir);
    read_files(&db, &files).await;
    let in_order = tables(&db).await;
    let again = read_files(&db, &files).await;
    assert!(again.iter().all(|report| (report.known, report.facts) == (1, 0)));
    assert!(in_order == tables(&db).await, "reading again changed something");
    clear(&db).await;
    files.reverse();
    read_files(&db, &files).await;
    assert!(in_order == tables(&db).await, "the order of the hours changed something");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_hour_that_is_not_there_is_missing_from_the_coverage(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    for hour in [1, 2, 4] {
        write_hour(dir.path(), &format!("2016-01-01-{hour}"), &[push((5, "ada"), hour, "2016-01-01T01:00:00Z")]);
    }
    let hours = window("2016-01-01T01", "2016-01-01T05");
    let report = read(&db, &Sources::range(hours, dir.path()).unwrap(), &Scope::everything(), 1).await;
    assert_eq!((report.done, report.missing), (3, 1));
    let mut conn = db.acquire().await.unwrap();
    let coverage = stats::coverage(&mut conn, hours, now()).await.unwrap();
    assert_eq!(coverage.sentence(), "3 of 4 hours; missing 2016-01-01 03:00");
    assert_eq!(coverage.as_of, Some(parse_instant("2016-01-01T05").unwrap()));
    assert_eq!(stats::ledger_summary(&mut conn, hours).await.unwrap().missing, 1);
    // Nobody looked for these; they are missing all the same.
    let day = stats::coverage(&mut conn, window("2016-01-01", "2016-01-02"), now()).await.unwrap();
    assert_eq!((day.expected, day.done, day.missing.len()), (24, 3, 3));
    // Hours that have not begun are not expected.
    let early =
        stats::coverage(&mut conn, window("2016-01-01", "2016-01-02"), parse_instant("2016-01-01T02:30").unwrap());
    assert_eq!(early.await.unwrap().expected, 3);
    // It comes later: the gap heals, and the row says so.
    let late = write_hour(dir.path(), "2016-01-01-3", &[push((5, "ada"), 3, "2016-01-01T03:00:00Z")]);
    read_files(&db, &[late]).await;
    assert!(stats::coverage(&mut conn, hours, now()).await.unwrap().is_complete());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_truncated_hour_commits_nothing_and_is_named(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (0..5000).map(|n| push((5, "ada"), n, "2016-01-01T01:00:00Z")).collect();
    let path = write_hour(dir.path(), "2016-01-01-1", &lines);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 10]).unwrap();
    let report = read_files(&db, std::slice::from_ref(&path)).await.remove(0);
    let said = report.failed[0].to_string();
    assert!(
        said.starts_with("2016-01-01 01:00 (") && said.contains("2016-01-01-1.json.gz") && said.contains("cut off"),
        "{said}"
    );
    let left = tables(&db).await;
    // The ledger's row, and its day without an hour.
    assert!(left.len() == 2 && left[0].contains("failed") && left[1].starts_with("hours "), "{left:?}");
    fs::write(&path, &whole).unwrap();
    assert_eq!(read_files(&db, std::slice::from_ref(&path)).await[0].facts, 5000);
    // A bad copy later does not take away what was read.
    fs::write(&path, &whole[..100]).unwrap();
    assert_eq!(read_files(&db, &[path]).await[0].failed.len(), 1);
    assert!(
        stats::coverage(&mut db.acquire().await.unwrap(), window("2016-01-01T01", "2016-01-01T02"), now())
            .await
            .unwrap()
            .is_complete()
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_bad_line_is_set_aside_with_its_number_and_reason_and_the_rest_goes_in(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let at = "2016-01-01T01:00:00Z";
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let lines = [
        push((5, "ada"), 1, at),
        "{\"half\":".to_owned(),
        event("IssuesEvent", (5, "ada"), at, &json!({"action": "opened"})),
        push((5, "ada"), 2, "not a time"),
        deep,
        push((5, "a\0da"), 2, at),
        event("TeleportEvent", (5, "ada"), at, &json!({"to": "Mars"})),
        push((5, "ada"), 2, at),
    ];
    let path = write_hour(dir.path(), "2016-01-01-1", &lines);
    let report = read_files(&db, &[path]).await.remove(0);
    assert_eq!((report.events, report.facts, report.bad_lines, report.unknown_lines), (3, 2, 5, 1));
    let mut db = db.acquire().await.unwrap();
    let bad = stats::quarantine(&mut db, window("2016-01-01", "2016-01-02"), Page::ALL).await.unwrap();
    assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert!(bad[1].reason.contains("missing field `issue`"), "{}", bad[1].reason);
    assert_eq!(bad[0].excerpt, "{\"half\":");
    assert_eq!(bad[3].excerpt.len(), 500);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_file_without_one_event_is_no_hour(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let path = write_hour(dir.path(), "2016-01-01-1", &["<html>".to_owned(), "</html>".to_owned()]);
    let report = read_files(&db, &[path]).await.remove(0);
    assert!(matches!(&report.failed[0].outcome, Outcome::Failed(why) if why.starts_with("no line of it is an event")));
}

/// Three hours that contradict each other: a push by two people, a renamed
/// account, a moved repository.
fn quarrel(dir: &Path) -> Vec<PathBuf> {
    let star = |actor, repo, at| in_repo("WatchEvent", actor, repo, at, &json!({}));
    let hours = [
        vec![
            push((5, "ada"), 1, "2016-01-01T23:30:00Z"),
            push((6, "eve"), 2, "2016-01-01T23:30:00Z"),
            star((7, "bob"), (3, "acme/old"), "2016-01-01T23:00:00Z"),
        ],
        vec![
            push((6, "eve"), 1, "2016-01-02T00:10:00Z"),
            push((6, "eve"), 2, "2016-01-02T00:10:00Z"),
            star((7, "bobby"), (3, "emca/new"), "2016-01-02T00:00:00Z"),
        ],
        vec![push((5, "ada2"), 1, "2016-01-01T22:30:00Z"), push((5, "ada2"), 3, "2016-01-01T22:30:00Z")],
    ];
    let names = ["2016-01-01-23", "2016-01-02-0", "2016-01-01-22"];
    names.iter().zip(hours).map(|(name, lines)| write_hour(dir, name, &lines)).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn hours_that_disagree_give_the_same_tables_in_every_order(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let files = quarrel(dir.path());
    let mut first = None;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        clear(&db).await;
        read_files(&db, &order.map(|n| files[n].clone())).await;
        let tables = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| tables.clone()), &tables, "{order:?}");
    }
    let mut db = db.acquire().await.unwrap();
    let day = |from, to| Filter::new(window(from, to), Metric::by_name("pushes").unwrap());
    let first_day = stats::totals(&mut stats::Reader::alone(&mut db), &day("2016-01-01", "2016-01-02")).await.unwrap();
    assert_eq!((first_day.contributions, first_day.people), (3, 2));
    let second_day = stats::totals(&mut stats::Reader::alone(&mut db), &day("2016-01-02", "2016-01-03")).await.unwrap();
    assert_eq!(second_day.contributions, 0);
    let bob = hustings::people::store::by_login(&mut db, "BOB").await.unwrap().unwrap();
    assert_eq!((bob.login.as_str(), bob.logins.len()), ("bobby", 2));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn roll_up_and_facts_agree_on_every_window(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let (mut push_id, mut files) = (0, Vec::new());
    for hour in 0..96 {
        let (day, hour) = (1 + hour / 24, hour % 24);
        let lines: Vec<_> = (0..3)
            .map(|n| {
                push_id += 1;
                push(
                    (i64::from((hour * 7 + n * day) % 5), "x"),
                    push_id,
                    &format!("2016-01-{day:02}T{hour:02}:{:02}:00Z", n * 20),
                )
            })
            .collect();
        files.push(write_hour(dir.path(), &format!("2016-01-{day:02}-{hour}"), &lines));
    }
    read(&db, &Sources::path(dir.path()).unwrap(), &Scope::everything(), 2).await;
    let mut db = db.acquire().await.unwrap();
    let start = parse_instant("2016-01-01").unwrap();
    for (from, minutes) in
        [(0, 1440), (0, 5760), (60, 1380), (90, 1500), (1430, 20), (700, 4000), (1440, 1), (1500, 2880), (0, 2885)]
    {
        let from = start + chrono::Duration::minutes(from);
        let window = Window::new(from, from + chrono::Duration::minutes(minutes)).unwrap();
        let filter = Filter::new(window, Metric::contributions());
        let db = &mut stats::Reader::alone(&mut db);
        let people = stats::people(db, &filter, 1, Page::ALL).await.unwrap();
        let counted: i64 = people.iter().map(|person| person.contributions).sum();
        let rule = CountRule {
            window,
            kinds: vec![(Kind::Push, 1)],
            orgs: vec![],
            repos: vec![],
            groups: vec![],
            bots_out: true,
        };
        let keys = stats::fact_keys(db, &rule).await.unwrap();
        assert_eq!(counted, i64::try_from(keys.len()).unwrap(), "{window}");
        for person in &people {
            let facts = stats::facts(db, person.person_id, &filter, Page::ALL).await.unwrap();
            assert_eq!(i64::try_from(facts.len()).unwrap(), person.contributions, "{window} {}", person.login);
            let alone = Filter { person: Some(person.person_id), ..filter.clone() };
            let totals = stats::totals(db, &alone).await.unwrap();
            assert_eq!((totals.contributions, totals.people), (person.contributions, 1), "{window} {}", person.login);
            assert_eq!(totals.by_kind, person.kinds, "{window} {}", person.login);
        }
        let coverage = filter.coverage(db, window.to).await.unwrap();
        for period in stats::Period::ALL {
            let series = stats::series(db, &filter, *period, &coverage).await.unwrap();
            assert_eq!(series.iter().map(|point| point.contributions).sum::<i64>(), counted, "{window} by {period:?}");
        }
        let counts = stats::counts_by_person(db, &rule).await.unwrap();
        assert_eq!(counts.iter().flat_map(|c| &c.kinds).map(|(_, n)| n).sum::<i64>(), counted, "{window} roll");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_filter_keeps_its_organisation_and_covers_only_itself(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let other = in_repo("WatchEvent", (6, "eve"), (3, "other/thing"), "2016-01-01T01:00:00Z", &json!({}));
    let path = write_hour(dir.path(), "2016-01-01-1", &[push((5, "ada"), 1, "2016-01-01T01:00:00Z"), other]);
    let sources = Sources::path(&path).unwrap();
    let acme = Scope::new(&["ACME".into()], &[]);
    let report = read(&db, &sources, &acme, 1).await;
    assert_eq!((report.events, report.facts), (1, 1));
    let hour = window("2016-01-01T01", "2016-01-01T02");
    let complete = |db: PgPool| async move {
        stats::coverage(&mut db.acquire().await.unwrap(), hour, now()).await.unwrap().is_complete()
    };
    assert!(complete(db.clone()).await, "the only filter there is has it");
    let nobody = read(&db, &sources, &Scope::new(&["nobody".into()], &[]), 1).await;
    assert_eq!((nobody.events, nobody.unknown_orgs), (0, vec!["nobody".to_owned()]));
    read(&db, &sources, &Scope::new(&["other".into()], &[]), 1).await;
    let later = write_hour(dir.path(), "2016-01-01-2", &[push((5, "ada"), 2, "2016-01-01T02:00:00Z")]);
    read(&db, &Sources::path(&later).unwrap(), &acme, 1).await;
    let both = stats::coverage(&mut db.acquire().await.unwrap(), window("2016-01-01T01", "2016-01-01T03"), now())
        .await
        .unwrap();
    assert_eq!(both.done, 1, "one filter has the second hour, the other has not");
    read_files(&db, &[path, later]).await;
    let mut conn = db.acquire().await.unwrap();
    assert!(stats::coverage(&mut conn, window("2016-01-01T01", "2016-01-01T03"), now()).await.unwrap().is_complete());
    let by_org =
        |org: &str| Filter { orgs: vec![org.into()], ..Filter::new(hour, Metric::by_name("activity").unwrap()) };
    assert_eq!(stats::totals(&mut stats::Reader::alone(&mut conn), &by_org("Acme")).await.unwrap().contributions, 1);
    let error = stats::totals(&mut stats::Reader::alone(&mut conn), &by_org("acmee")).await.unwrap_err();
    assert!(error.to_string().starts_with("no organisation called acmee has been seen; known: "), "{error}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_bomb_fails_its_hour(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let path = write_hour(dir.path(), "2016-01-01-1", &["x".repeat(4 << 20)]);
    let limits = Limits { grace: 1 << 20, ratio: 50, ..Limits::default() };
    let sources = Sources::path(&path).unwrap();
    let options = Options { limits, ..Options::jobs(1) };
    let report = ingest(&db, &sources, &Scope::everything(), options, &Clock::fixed(now()), &Quiet).await.unwrap();
    assert!(matches!(&report.failed[0].outcome, Outcome::Failed(why) if why.contains("50 times")), "{report:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_payloads_of_today_give_the_same_contributions(db: PgPool) {
    let Some(dir) = shared("gharchive") else { return };
    let hour = window("2015-01-01T15", "2015-01-01T16");
    let filter = Filter { bots: true, ..Filter::new(hour, Metric::contributions()) };
    read_files(&db, &[dir.join("2015-01-01-15.json.gz")]).await;
    let full = stats::totals(&mut stats::Reader::alone(&mut db.acquire().await.unwrap()), &filter).await.unwrap();
    assert_eq!(full.events, 11_351);
    let trimmed = tempfile::tempdir().unwrap();
    let path = trimmed.path().join("2015-01-01-15.json.gz");
    fs::copy(dir.join("SYNTHETIC-trimmed-2015-01-01-15.json.gz"), &path).unwrap();
    let report = read_files(&db, &[path]).await.remove(0);
    assert_eq!((report.facts, report.events, report.bad_lines), (0, 11_351, 0), "no fact that the full hour had not");
    assert_eq!(
        stats::totals(&mut stats::Reader::alone(&mut db.acquire().await.unwrap()), &filter).await.unwrap(),
        full
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_removed_hour_and_a_thinned_one_are_both_reported(db: PgPool) {
    let Some((dir, _)) = golden() else { return };
    let given = tempfile::tempdir().unwrap();
    for hour in [1, 2, 4, 6] {
        let name = format!("2016-01-01-{hour}.json.gz");
        fs::copy(dir.join(&name), given.path().join(name)).unwrap();
    }
    let lines = lines_of(&dir.join("2016-01-01-3.json.gz"));
    write_hour(given.path(), "2016-01-01-3", &lines.into_iter().step_by(100).collect::<Vec<_>>());
    read(&db, &Sources::range(six_hours(), given.path()).unwrap(), &Scope::everything(), 2).await;
    let coverage = stats::coverage(&mut db.acquire().await.unwrap(), six_hours(), now()).await.unwrap();
    assert_eq!(
        coverage.sentence(),
        "4 of 6 hours; missing 2016-01-01 05:00; nearly empty 2016-01-01 03:00 (120 lines where 11036 are usual)"
    );
    assert!(!coverage.is_complete());
}

fn lines_of(path: &Path) -> Vec<String> {
    let mut text = String::new();
    MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A few lines of each era, two of them about one hour and one twice over.
fn eras(dir: &Path, from: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(dir.join("again")).unwrap();
    let few = |name: &str, step| {
        lines_of(&from.join(format!("{name}.json.gz"))).into_iter().step_by(step).collect::<Vec<_>>()
    };
    let mut files: Vec<_> = ["2011-02-15-0", "2014-02-15-0", "2015-01-01-15", "2016-01-01-1", "2016-01-01-2"]
        .iter()
        .map(|name| write_hour(dir, name, &few(name, 60)))
        .collect();
    let old = lines_of(&from.join("2012-04-11-15.json.gz")).remove(0);
    let mut objects = serde_json::Deserializer::from_str(&old).into_iter::<Value>();
    let some: Vec<_> = objects.by_ref().step_by(60).map(|event| event.unwrap().to_string()).collect();
    files.push(write_hour(dir, "2012-04-11-15", &[some.concat()]));
    files.push(write_hour(&dir.join("again"), "2015-01-01-15", &few("SYNTHETIC-trimmed-2015-01-01-15", 40)));
    files.push(write_hour(&dir.join("again"), "2016-01-01-1", &few("2016-01-01-1", 45)));
    files
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn any_order_of_the_sources_and_any_repetition_gives_the_same_tables(db: PgPool) {
    let Some(from) = shared("gharchive") else { return };
    let dir = tempfile::tempdir().unwrap();
    let files = eras(dir.path(), &from);
    let mut first: Option<Vec<String>> = None;
    for seed in 0..4 {
        let mut thrice = [files.clone(), files.clone(), files.clone()].concat();
        thrice.shuffle(&mut ChaCha20Rng::seed_from_u64(seed));
        clear(&db).await;
        let facts: u64 = read_files(&db, &thrice).await.iter().map(|report| report.facts).sum();
        let now = tables(&db).await;
        assert_eq!(now.iter().filter(|row| row.starts_with("fact ")).count() as u64, facts);
        let first = first.get_or_insert_with(|| now.clone());
        let differ: Vec<_> = first.iter().zip(&now).filter(|(one, other)| one != other).take(3).collect();
        assert!(*first == now, "seed {seed}: {differ:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_order_of_the_lines_of_an_hour_does_not_matter(db: PgPool) {
    let Some(from) = shared("gharchive") else { return };
    let mut first = None;
    for seed in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for name in ["2014-02-15-0", "2015-01-01-15", "2016-01-01-1"] {
            let mut lines: Vec<_> = lines_of(&from.join(format!("{name}.json.gz"))).into_iter().step_by(60).collect();
            lines.shuffle(&mut ChaCha20Rng::seed_from_u64(seed));
            files.push(write_hour(dir.path(), name, &lines));
        }
        clear(&db).await;
        read_files(&db, &files).await;
        // But for the ledger, which knows the file by its checksum.
        let tables: Vec<_> = tables(&db).await.into_iter().filter(|row| !row.starts_with("hour ")).collect();
        assert!(*first.get_or_insert_with(|| tables.clone()) == tables, "seed {seed}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn addresses_in_events_are_never_asked(pool: PgPool) {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/avatar", canary.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let mut event: Value = serde_json::from_str(&push((5, "ada"), 1, "2016-01-01T01:00:00Z")).unwrap();
    for part in ["actor", "repo", "org", "payload"] {
        for key in ["url", "avatar_url", "html_url"] {
            event[part][key] = json!(url);
        }
    }
    let report = read_files(&pool, &[write_hour(dir.path(), "2016-01-01-1", &[event.to_string()])]).await.remove(0);
    assert_eq!(report.facts, 1);
    let site = Site::start(pool, parse_instant("2016-01-02").unwrap(), Mailer::captured()).await;
    for page in ["/people/ada", "/people", "/data", "/search?q=ada"] {
        let answer = Browser::new().get(&site.url(page)).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(!answer.html.html().contains(&url), "{page} would make a browser ask it");
    }
    assert!(canary.accept().is_err(), "somebody asked the address");
}
