//! What the generated community promises; most claims are checked on the demonstration itself.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::Value;

use super::rhythm::HOUR;
use super::{Community, Scale, write_hours};

const SMALL: Scale = Scale { people: 30, days: 10 };

static DEMO: LazyLock<Community> = LazyLock::new(|| Community::generate(7, until(), Scale::DEMO));
/// A smaller one, quick enough to look at each of its lines.
static TOWN: LazyLock<Community> = LazyLock::new(|| Community::generate(7, until(), Scale { people: 100, days: 200 }));
/// Every event of the town, as written and read back.
static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let parse = |index| serde_json::from_str(&TOWN.line(index)).expect("every line is JSON");
    (0..TOWN.events.len()).map(parse).collect()
});

fn until() -> DateTime<Utc> {
    "2026-11-23T05:30:00Z".parse().expect("an instant")
}

fn at(event: &Value) -> DateTime<Utc> {
    event["created_at"].as_str().and_then(|at| at.parse().ok()).expect("created_at")
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

fn fingerprint(seed: u64) -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    write_hours(&Community::generate(seed, until(), SMALL), folder.path()).expect("written");
    let mut hasher = DefaultHasher::new();
    for (name, bytes) in files(folder.path()) {
        (name, bytes).hash(&mut hasher);
    }
    hasher.finish()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).expect("a file"))
    };
    entries.map(read).collect()
}

fn unpack(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).expect("gzip of UTF-8");
    text
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_others() {
    assert_eq!(fingerprint(1), fingerprint(1));
    assert_ne!(fingerprint(1), fingerprint(2));
}

#[test]
fn every_hour_has_a_file_but_the_missing_one() {
    let community = Community::generate(3, until(), SMALL);
    let folder = tempfile::tempdir().expect("a folder");
    let summary = write_hours(&community, folder.path()).expect("written");
    let files = files(folder.path());
    assert_eq!(files.len(), 239);
    assert_eq!(summary.hours, 239);
    assert!(files.contains_key("2026-11-13-5.json.gz"));
    assert!(files.contains_key("2026-11-23-4.json.gz"));
    let missing = community.missing_hour();
    let name = format!("{}-{}.json.gz", missing.date_naive(), missing.hour());
    assert!(!files.contains_key(&name));
    let lines: usize = files.values().map(|bytes| unpack(bytes).lines().count()).sum();
    assert_eq!(lines, summary.events);
    assert_eq!(lines + summary.missing_events, community.events.len());
}

#[test]
fn every_event_is_in_the_file_of_its_hour() {
    let folder = tempfile::tempdir().expect("a folder");
    write_hours(&Community::generate(3, until(), SMALL), folder.path()).expect("written");
    for (name, bytes) in files(folder.path()) {
        for line in unpack(&bytes).lines() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(name, at(&event).format("%Y-%m-%d-%-H.json.gz").to_string());
        }
    }
}

#[test]
fn the_missing_hour_is_busy_and_about_five_months_ago() {
    let missing = DEMO.missing_hour();
    let age = until() - missing;
    assert!(age > TimeDelta::days(135) && age < TimeDelta::days(165), "{age}");
    let hour = missing.timestamp()..missing.timestamp() + HOUR;
    let lost = DEMO.events.iter().filter(|event| hour.contains(&event.at)).count();
    assert!(lost >= 5, "{lost}");
}

#[test]
fn the_demonstration_has_the_promised_size() {
    assert!((60_000..=90_000).contains(&DEMO.events.len()), "{}", DEMO.events.len());
    assert_eq!(DEMO.people().len(), 300);
    assert_eq!(DEMO.bots().len(), 5);
    assert_eq!(DEMO.companies().len(), 12);
    assert_eq!(DEMO.groups().len(), 6);
    let repositories: usize = DEMO.groups().iter().map(|group| group.repositories.len()).sum();
    assert_eq!(repositories, 25);
    let changed = DEMO.people().iter().filter(|person| person.spans.len() > 1).count();
    assert!(changed > 40, "{changed}");
}

#[test]
fn a_hundred_or_so_people_are_above_the_bar_and_some_right_at_it() {
    let counts = DEMO.contributions_since(DEMO.period().end - TimeDelta::days(365));
    let people: Vec<u32> = DEMO.people().iter().map(|person| counts.get(&person.id).copied().unwrap_or(0)).collect();
    let between = |low, high| people.iter().filter(|&&count| low <= count && count <= high).count();
    assert!((90..=120).contains(&between(50, u32::MAX)), "{}", between(50, u32::MAX));
    assert!(between(47, 49) >= 4 && between(50, 53) >= 4);
    assert!(between(1, 10) >= 80, "{}", between(1, 10));
    assert!(between(1000, u32::MAX) >= 3);
}

#[test]
fn other_seeds_keep_the_promises_about_numbers() {
    for seed in 100..102 {
        let community = Community::generate(seed, until(), Scale::DEMO);
        let counts = community.contributions_since(community.period().end - TimeDelta::days(365));
        let human = |id| community.people().iter().any(|person| person.id == id);
        let above = counts.iter().filter(|&(&id, &count)| count >= 50 && human(id)).count();
        assert!((85..=120).contains(&above), "{above}");
        assert!((60_000..=90_000).contains(&community.events.len()), "{}", community.events.len());
    }
}

/// Issue and pull request numbers in order of opening, per repository.
#[test]
fn numbers_are_dense_per_repository() {
    let mut last: HashMap<i64, i64> = HashMap::new();
    for event in EVENTS.iter().filter(|event| event["payload"]["action"] == "opened") {
        let payload = &event["payload"];
        let opened = [&payload["issue"]["number"], &payload["pull_request"]["number"]];
        let opened = opened.into_iter().find_map(Value::as_i64).expect("a number");
        let last = last.entry(number(&event["repo"]["id"])).or_default();
        assert_eq!(opened, *last + 1);
        *last = opened;
    }
    assert_eq!(last.len(), 25);
}

#[test]
fn nothing_is_discussed_before_it_is_opened_and_only_what_is_open_is_closed() {
    let mut open: HashMap<(i64, i64), bool> = HashMap::new();
    for event in EVENTS.iter() {
        let payload = &event["payload"];
        let threads = [&payload["issue"]["number"], &payload["pull_request"]["number"]];
        let Some(thread) = threads.into_iter().find_map(Value::as_i64) else {
            continue;
        };
        let key = (number(&event["repo"]["id"]), thread);
        match payload["action"].as_str() {
            Some("opened") => assert_eq!(open.insert(key, true), None),
            Some("closed") => assert_eq!(open.insert(key, false), Some(true), "{event}"),
            Some("reopened") => assert_eq!(open.insert(key, true), Some(false), "{event}"),
            _ => assert!(open.contains_key(&key), "{event}"),
        }
    }
}

#[test]
fn a_thread_is_described_as_it_was_at_the_time() {
    for event in EVENTS.iter() {
        let payload = &event["payload"];
        let pull = &payload["pull_request"];
        if event["type"] == "PullRequestEvent" {
            let closed = payload["action"] == "closed";
            assert_eq!(pull["state"] == "closed", closed, "{event}");
            assert_eq!(pull["merged"] == true, !pull["merged_at"].is_null());
            assert!(closed || pull["merged"] == false);
        }
        if event["type"] == "IssuesEvent" {
            let closed = payload["action"] == "closed";
            assert_eq!(payload["issue"]["state"] == "closed", closed, "{event}");
        }
    }
}

#[test]
fn no_author_merges_or_reviews_their_own_pull_request() {
    for event in EVENTS.iter() {
        let pull = &event["payload"]["pull_request"];
        let merges = event["payload"]["action"] == "closed" && pull["merged"] == true;
        if merges || event["type"] == "PullRequestReviewEvent" {
            assert_ne!(event["actor"]["id"], pull["user"]["id"]);
        }
    }
}

#[test]
fn people_act_only_while_they_are_there() {
    let people: HashMap<i64, _> = TOWN.people().iter().map(|person| (person.id, person)).collect();
    for event in EVENTS.iter() {
        let Some(person) = people.get(&number(&event["actor"]["id"])) else {
            continue;
        };
        assert!(person.joined <= at(event), "{event}");
        let grace = TimeDelta::seconds(5);
        assert!(person.left.is_none_or(|left| at(event) < left + grace), "{event}");
    }
}

#[test]
fn event_ids_and_comment_ids_are_unique() {
    let mut seen = HashSet::new();
    for event in EVENTS.iter() {
        assert!(seen.insert(event["id"].to_string()));
        let payload = &event["payload"];
        let ids = [&payload["comment"]["id"], &payload["review"]["id"], &payload["push_id"]];
        if let Some(id) = ids.into_iter().find(|id| !id.is_null()) {
            assert!(seen.insert(id.to_string()), "{event}");
        }
    }
}

#[test]
fn the_renamed_repository_has_both_names_and_one_person_two_logins() {
    let mut names: HashMap<i64, HashSet<&str>> = HashMap::new();
    let mut logins: HashMap<i64, HashSet<&str>> = HashMap::new();
    for event in EVENTS.iter() {
        let text = |value: &'static str, field| event[value][field].as_str().expect("text");
        names.entry(number(&event["repo"]["id"])).or_default().insert(text("repo", "name"));
        logins.entry(number(&event["actor"]["id"])).or_default().insert(text("actor", "login"));
    }
    let renamed: Vec<_> = names.values().filter(|names| names.len() == 2).collect();
    let both = HashSet::from(["lantern-dev/lamp", "lantern-dev/lanternctl"]);
    assert_eq!(renamed, [&both]);
    assert_eq!(logins.values().filter(|logins| logins.len() == 2).count(), 1);
}

#[test]
fn every_address_is_under_example_org() {
    for person in DEMO.people().iter().chain(DEMO.bots()) {
        assert!(person.email.ends_with("@example.org") && person.email.is_ascii());
    }
    for event in EVENTS.iter().filter(|event| event["type"] == "PushEvent") {
        let text = event.to_string();
        assert_eq!(text.matches('@').count(), text.matches("@example.org").count(), "{text}");
    }
}

#[test]
fn logins_and_names_are_distinct_and_one_person_looks_like_a_bot() {
    let bot_like = |login: &str| {
        let ends = ["-bot", "-robot", "-jenkins", "-testing", "-gerrit", "-ci", "cibot"];
        let starts = ["k8s-", "bot-", "robot-", "jenkins-", "codecov-"];
        let inside = ["[bot]", "[robot]", "-bot-", "clabot", "cla-bot"];
        ends.iter().any(|end| login.ends_with(end))
            || starts.iter().any(|start| login.starts_with(start))
            || inside.iter().any(|part| login.contains(part))
    };
    let people = DEMO.people();
    let logins: HashSet<&str> = people.iter().map(super::Person::login).collect();
    assert_eq!(logins.len(), people.len());
    assert!(people.iter().all(|person| person.login().is_ascii() && person.login() != person.name));
    let suspects: Vec<&str> = logins.into_iter().filter(|login| bot_like(login)).collect();
    assert_eq!(suspects, ["carla-ci"]);
    assert!(DEMO.bots().iter().all(|bot| bot_like(bot.login())));
}

#[test]
fn employers_follow_each_other_without_gap_or_overlap() {
    for person in DEMO.people() {
        for pair in person.spans.windows(2) {
            assert_eq!(pair[0].to, Some(pair[1].from));
            assert!(pair[0].from < pair[1].from && pair[0].company != pair[1].company);
        }
        assert!(person.spans.last().is_none_or(|span| span.to.is_none()));
    }
    let csv = DEMO.affiliations_csv();
    assert!(csv.starts_with("github_id,company,from,to\n9000000001,"));
    assert!(csv.lines().all(|line| line.split(',').count() == 4));
    assert_eq!(DEMO.groups_csv().lines().count(), 26);
}

#[test]
fn the_missing_hour_costs_somebody_their_place_above_the_bar() {
    let counts = DEMO.contributions_since(DEMO.period().end - TimeDelta::days(365));
    let hour = DEMO.missing_hour().timestamp()..DEMO.missing_hour().timestamp() + HOUR;
    let lost = DEMO.events.iter().filter(|event| hour.contains(&event.at));
    let mut lost = lost.filter(|event| event.what.is_contribution());
    assert!(lost.any(|event| counts[&DEMO.accounts[event.actor].id] == 50));
}
