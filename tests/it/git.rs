//! Commits, from folders, bundles and servers: what git itself says of them, once
//! each, whoever tells of them first.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use hustings::{
    clock::Clock,
    ingest::git::{Place, ingest},
};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::json;
use sqlx::PgPool;
use tempfile::TempDir;

use crate::harness::{
    archive::{event, now, read_files, write_hour},
    git::{commit, counted, git, git_as, place, read, serve, subject},
    program::hustings,
    shared::shared,
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

const ADA: (&str, &str) = ("Ada", "ada@example.org");
const EVE: (&str, &str) = ("Eve", "7+eve@users.noreply.github.com");
const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");

fn at<'a>((name, mail): (&'a str, &'a str), minute: i64) -> (&'a str, &'a str, i64) {
    (name, mail, 1_451_610_000 + 60 * minute)
}

/// A repository with everything in it: a mailmap, a merge, a squash, co-authors.
fn anvil() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    git(path, &["init", "--quiet"]);
    commit(path, at(("ada", "ada@old.example"), 0), at(ADA, 0), "Begin");
    git(path, &["checkout", "--quiet", "-b", "fix"]);
    commit(
        path,
        at(EVE, 1),
        at(EVE, 2),
        "Fix it (#99)\n\nCo-authored-by: Ada <ADA@example.org>\nco-authored-BY: Bob <bob@example.org>\n",
    );
    git(path, &["checkout", "--quiet", "main"]);
    let merge = ["merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from eve/fix", "fix"];
    git_as(path, at(ADA, 3), at(GITHUB, 3), &merge, b"");
    commit(
        path,
        at(("Bob", "bob@example.org"), 4),
        at(GITHUB, 5),
        "Polish (#8)\n\nCo-authored-by: Bob <bob@example.org>\n",
    );
    fs::write(path.join(".mailmap"), "Ada L. <ada@example.org> <ada@old.example>\n").unwrap();
    git(path, &["add", ".mailmap"]);
    commit(path, at(ADA, 6), at(ADA, 6), "Say who is who");
    dir
}

/// Of a kind, how many facts each person has: the counts, sorted.
async fn per_person(db: &PgPool, kind: &str) -> Vec<i64> {
    let counts: Vec<i64> = sqlx::query_scalar(
        "select count(*) from fact f join fact_kind k using (kind) join actor a using (actor_id)
         where k.name = $1 group by a.person_id order by 1",
    )
    .bind(kind)
    .fetch_all(db)
    .await
    .unwrap();
    counts
}

async fn total(db: &PgPool, kind: &str) -> i64 {
    per_person(db, kind).await.iter().sum()
}

fn values(counts: &BTreeMap<String, i64>) -> Vec<i64> {
    let mut values: Vec<_> = counts.values().copied().collect();
    values.sort_unstable();
    values
}

/// Compares with what git says; `bare` is a copy of the same.
async fn is_what_git_says(db: &PgPool, bare: &Path) {
    let log = |format: &str| git(bare, &["log", "--all", "--use-mailmap", &format!("--format={format}")]);
    let number = |args: &[&str]| git(bare, args).parse::<i64>().unwrap();
    assert_eq!(total(db, "commit").await, number(&["rev-list", "--all", "--count"]));
    assert_eq!(per_person(db, "commit").await, values(&counted(&log("%aE"))), "authors, by mailmap");
    assert_eq!(per_person(db, "commit_committed").await, values(&counted(&log("%cE"))), "committers, by mailmap");
    let shortlog = git(bare, &["shortlog", "--all", "-se"]);
    let sum: i64 = shortlog.lines().map(|line| line.split_whitespace().next().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(total(db, "commit").await, sum);
    let merges: i32 = sqlx::query_scalar("select merges from git_reading").fetch_one(db).await.unwrap();
    assert_eq!(i64::from(merges), number(&["rev-list", "--all", "--count", "--merges"]));
    // Each address once a commit, and not the author's own.
    let mut co_authors = 0;
    for commit in git(bare, &["log", "--all", "--format=%x00%ae%n%(trailers:key=co-authored-by,valueonly)"]).split('\0')
    {
        let mut lines = commit.lines();
        let author = lines.next().unwrap_or_default().to_lowercase();
        let mails =
            lines.filter_map(|line| Some(line.split_once('<')?.1.split_once('>')?.0)).collect::<Vec<_>>().join("\n");
        co_authors += counted(&mails).keys().filter(|mail| **mail != author).count();
    }
    assert_eq!(usize::try_from(total(db, "commit_co_authored").await).unwrap(), co_authors);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_steering_bundle_is_exactly_what_git_says(db: PgPool) {
    let Some(bundle) = shared("git/kubernetes-steering.bundle") else { return };
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["clone", "--quiet", "--bare", bundle.to_str().unwrap(), "bare"]);
    let report = read(&db, &place(&bundle), None).await;
    assert_eq!((report.commits, report.merges, report.bad_commits), (274, 114, 0));
    is_what_git_says(&db, &dir.path().join("bare")).await;
    let merged: Vec<i32> =
        sqlx::query_scalar("select number from fact where kind = 20 order by 1").fetch_all(&db).await.unwrap();
    let titles = git(&dir.path().join("bare"), &["log", "--first-parent", "--format=%P|%cE|%s"]);
    let mut numbers: Vec<i32> = titles.lines().filter_map(merged_by).collect();
    numbers.sort_unstable();
    assert!(merged.len() >= 114, "{}", merged.len());
    assert_eq!(merged, numbers);
}

/// The same rule, once more, on git's own words.
fn merged_by(line: &str) -> Option<i32> {
    let (parents, rest) = line.split_once('|').unwrap();
    let (committer, title) = rest.split_once('|').unwrap();
    if parents.contains(' ') {
        return title.strip_prefix("Merge pull request #")?.split(' ').next()?.parse().ok();
    }
    let number = title.strip_suffix(')')?.rsplit_once("(#")?.1;
    (committer == GITHUB.1).then(|| number.parse().ok()).flatten()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_folder_a_bare_copy_a_bundle_and_a_server_say_the_same(db: PgPool) {
    let anvil = anvil();
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["clone", "--quiet", "--bare", anvil.path().to_str().unwrap(), "anvil.git"]);
    git(anvil.path(), &["bundle", "create", "--quiet", dir.path().join("anvil.bundle").to_str().unwrap(), "--all"]);
    let server = serve(dir.path().to_owned()).await;
    let places = [
        place(anvil.path()),
        place(&dir.path().join("anvil.git")),
        place(&dir.path().join("anvil.bundle")),
        Place::parse(&format!("{server}/anvil.git")).unwrap(),
    ];
    let mut first = None;
    for place in places {
        clear(&db).await;
        let report = read(&db, &place, None).await;
        assert_eq!((report.commits, report.merges, report.bad_commits), (5, 1, 0), "{place}");
        is_what_git_says(&db, &dir.path().join("anvil.git")).await;
        let found = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{place}");
        assert!(read(&db, &place, None).await.known, "{place}");
        assert_eq!(found, tables(&db).await, "again, {place}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn git_and_the_archive_say_a_merge_once_in_any_order(db: PgPool) {
    let anvil = anvil();
    let dir = tempfile::tempdir().unwrap();
    let closed = json!({"action": "closed", "number": 7, "pull_request": {"number": 7, "merged": true,
        "merged_at": "2016-01-01T01:04:00Z", "closed_at": "2016-01-01T01:04:00Z", "user": {"id": 7, "login": "eve"}}});
    let hour = write_hour(
        dir.path(),
        "2016-01-01-1",
        &[event("PullRequestEvent", (5, "ada"), "2016-01-01T01:04:00Z", &closed)],
    );
    let mut first = None;
    for order in [["git", "archive", "git"], ["archive", "git", "archive"], ["archive", "archive", "git"]] {
        clear(&db).await;
        for source in order {
            if source == "git" {
                read(&db, &place(anvil.path()), None).await;
            } else {
                read_files(&db, std::slice::from_ref(&hour)).await;
            }
        }
        let found = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{order:?}");
    }
    let merges: Vec<(i32, i64, i16)> =
        sqlx::query_as("select number, actor_id, sources from fact where kind = 20 order by 1")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(merges[0], (7, 7, 9), "the author that the archive names, from both");
    assert_eq!((merges.len(), merges[1].0, merges[1].2), (2, 8, 8));
    let eves: i64 = sqlx::query_scalar(
        "select count(*) from fact f join actor a using (actor_id) where a.person_id = 7 and kind >= 30",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(eves, 2, "her address names her account");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_older_copy_read_later_changes_nothing_and_the_newest_mailmap_holds(db: PgPool) {
    let anvil = anvil();
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.git");
    git(anvil.path(), &["clone", "--quiet", "--bare", ".", old.to_str().unwrap()]);
    fs::write(anvil.path().join(".mailmap"), "<bob@example.org> <ada@old.example>\n").unwrap();
    commit(anvil.path(), at(ADA, 7), at(ADA, 7), "Forget");
    git(anvil.path(), &["add", ".mailmap"]);
    commit(anvil.path(), at(ADA, 8), at(ADA, 8), "It was Bob");
    // What was seen and is pushed away stays.
    git(anvil.path(), &["branch", "--quiet", "-D", "fix"]);
    let mut first = None;
    for order in [[&old, &anvil.path().to_owned()], [&anvil.path().to_owned(), &old]] {
        clear(&db).await;
        for path in order {
            read(&db, &place(path), None).await;
        }
        let found = tables(&db).await;
        assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{order:?}");
    }
    assert_eq!(per_person(&db, "commit").await, [1, 2, 4], "eve, bob with what ada had, ada");
    let labels: Vec<String> = sqlx::query_scalar(
        "select distinct p.login from fact f join actor a using (actor_id) join actor p on p.actor_id = a.person_id
         where kind = 30 order by 1",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(labels, ["git: Ada L.", "git: Bob", "git: Eve"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn history_that_was_pushed_away_is_kept(db: PgPool) {
    let anvil = anvil();
    let dir = tempfile::tempdir().unwrap();
    let origin = dir.path().join("anvil.git");
    git(dir.path(), &["clone", "--quiet", "--bare", anvil.path().to_str().unwrap(), "anvil.git"]);
    let place = Place::parse(&format!("{}/anvil.git", serve(dir.path().to_owned()).await)).unwrap();
    let subject = subject();
    let mirrors = dir.path().join("mirrors");
    let mut conn = db.acquire().await.unwrap();
    let clock = Clock::fixed(now());
    ingest(&mut conn, &place, &subject, None, &mirrors, &clock).await.unwrap();
    git(anvil.path(), &["reset", "--quiet", "--hard", "HEAD~1"]);
    commit(anvil.path(), at(ADA, 9), at(ADA, 9), "Another end");
    git(anvil.path(), &["push", "--quiet", "--force", origin.to_str().unwrap(), "main"]);
    let report = ingest(&mut conn, &place, &subject, None, &mirrors, &clock).await.unwrap();
    assert_eq!((report.commits, report.facts), (5, 2), "author and committer of the new one");
    drop(conn);
    assert_eq!(total(&db, "commit").await, 6);
    let copies = fs::read_dir(&mirrors).unwrap().count();
    assert_eq!(copies, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_shallow_copy_says_so_and_a_whole_one_fills_it_up(db: PgPool) {
    let anvil = anvil();
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", anvil.path().display());
    git(dir.path(), &["clone", "--quiet", "--bare", "--depth=1", &url, "shallow.git"]);
    let report = read(&db, &place(&dir.path().join("shallow.git")), None).await;
    assert_eq!((report.commits, report.shallow), (1, true));
    let report = read(&db, &place(anvil.path()), None).await;
    assert_eq!((report.commits, report.shallow), (5, false));
    let report = read(&db, &place(anvil.path()), Some("2016-01-01T01:05:00Z")).await;
    assert_eq!((report.commits, report.facts), (2, 0), "since then, and known");
    let ledger: Vec<(i32, bool, bool)> =
        sqlx::query_as("select commits, shallow, since is null from git_reading order by 1, 2")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(ledger, [(1, true, true), (2, false, false), (5, false, true)]);
}

/// A commit that git would not make, with others around it.
fn forge(dir: &Path, head: &str, parent: &str, message: &[u8]) -> String {
    let tree = git(dir, &["write-tree"]);
    let mut object = format!("tree {tree}\nparent {parent}\n{head}\n\n").into_bytes();
    object.extend_from_slice(message);
    git_as(dir, at(ADA, 0), at(ADA, 0), &["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], &object)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn hostile_commits_are_set_aside_with_their_reason_in_bounded_memory(db: PgPool) {
    let anvil = anvil();
    let path = anvil.path();
    let mut tip = git(path, &["rev-parse", "HEAD"]);
    let ada = "author Ada <ada@example.org> 1451610000 +0000\ncommitter Ada <ada@example.org> 1451610000 +0000";
    let hostile: [(&str, Vec<u8>); 7] = [
        (ada, b"x".repeat(100 << 20)),
        (ada, b"x\n\nCo-authored-by: B <b@c>\n".repeat(1_000_000)),
        (ada, b"\xff\xfe\n\nCo-authored-by: \xff <\xfe@x>\n".to_vec()),
        ("author A <a@b> -1 +0000\ncommitter A <a@b> 1451610000 +0000", b"x".to_vec()),
        ("author A <a@b> 1451610000 +0000\ncommitter A <a@b> 999999999999999999999 +9999", b"x".to_vec()),
        ("author A <a@b> 1451610000 -99999999\ncommitter A <a@b> 1451610000 soon", b"x".to_vec()),
        ("author nobody\ncommitter", b"x".to_vec()),
    ];
    for (head, message) in &hostile {
        tip = forge(path, head, &tip, message);
    }
    git(path, &["update-ref", "refs/heads/main", &tip]);
    sqlx::query("insert into repo values (2, 'acme/anvil', null)").execute(&db).await.unwrap();
    let ended = hustings(
        &db,
        &["ingest", "git", path.to_str().unwrap(), "--repository", "acme/anvil", "--repository-id", "2", "--json"],
    )
    .await;
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(peak < 256 << 10, "{peak} KiB");
    let sums: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&sums["commits"], &sums["bad_commits"]), (&json!(12), &json!(6)), "{sums}");
    let reasons: Vec<String> =
        sqlx::query_scalar("select reason from git_quarantine order by 1").fetch_all(&db).await.unwrap();
    let begins = |begin: &str| reasons.iter().filter(|reason| reason.starts_with(begin)).count();
    assert_eq!(begins("104857"), 1, "{reasons:?}");
    assert_eq!(begins("27000"), 1, "{reasons:?}");
    assert_eq!(begins("the author's date \"-1 +0000\" is not an instant"), 1, "{reasons:?}");
    assert_eq!(begins("the committer's date \"999999999999999999999 +9999\""), 1, "{reasons:?}");
    assert_eq!(reasons.len(), 6, "{reasons:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_command_says_what_is_wrong_and_what_to_do(db: PgPool) {
    let anvil = anvil();
    let path = anvil.path().to_str().unwrap();
    let file: PathBuf = anvil.path().join("x.bundle");
    fs::write(&file, "no bundle\n").unwrap();
    let (file, empty) = (file.to_str().unwrap(), tempfile::tempdir().unwrap());
    let empty = empty.path().to_str().unwrap();
    let named = ["--repository", "acme/anvil", "--repository-id", "2"];
    for (args, code, said) in [
        (vec!["/nonexistent"], 4, "/nonexistent is not there"),
        (vec!["ssh://git@example.org/a/b"], 2, "an address begins with https://"),
        (vec![path], 2, "name it with --repository owner/name"),
        (vec![path, "--repository", "anvil"], 2, "write e.g. --repository kubernetes/steering"),
        (vec![path, "--repository", "acme/anvil"], 4, "acme/anvil was not seen yet"),
        ([&[file], &named[..]].concat(), 1, "it does not begin with \"# v2 git bundle\""),
        ([&[empty], &named[..]].concat(), 1, "is not a git repository"),
        ([&["http://127.0.0.1:9/a/b"], &named[..]].concat(), 75, "could not be fetched"),
    ] {
        let ended = hustings(&db, &[&["ingest", "git"], &args[..]].concat()).await;
        assert_eq!(ended.code, code, "{args:?}: {}", ended.err);
        assert!(ended.err.contains(said), "{args:?}: {}", ended.err);
    }
    assert_eq!(sqlx::query_scalar::<_, i64>("select count(*) from fact").fetch_one(&db).await.unwrap(), 0);
    let ended = hustings(&db, &[&["ingest", "git", path], &named[..]].concat()).await;
    assert!(ended.code == 0 && ended.err.starts_with("acme/anvil: 5 commits by "), "{}", ended.err);
    let ended = hustings(&db, &["ingest", "git", path, "--repository", "ACME/Anvil"]).await;
    assert_eq!(ended.err, "ACME/Anvil: known, nothing has changed since\n", "it is known by its name now");
}
