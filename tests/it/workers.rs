//! Worker processes that share a backfill, and one of them killed in the middle.

use std::{
    collections::BTreeSet,
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::harness::{
    program::{hustings, program},
    shared::shared,
    shelf::Shelf,
    tables::{clear, tables},
};

const PATIENCE: Duration = Duration::from_mins(1);
/// Ranges of an hour each.
const HOURS: [&str; 6] = [
    "2016-01-01-1..2016-01-01-1",
    "2016-01-01-2..2016-01-01-2",
    "2016-01-01-3..2016-01-01-3",
    "2016-01-01-4..2016-01-01-4",
    "2016-01-01-5..2016-01-01-5",
    "2016-01-01-6..2016-01-01-6",
];

/// A process with one processor, and so with one reader.
struct Worker {
    process: Child,
    _data: TempDir,
}

impl Worker {
    fn start(db: &PgPool) -> Self {
        let (worker, data) = (program(db, &["worker"]), tempfile::tempdir().unwrap());
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &a_processor()]).arg(worker.get_program()).args(worker.get_args());
        command.envs(worker.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("HUSTINGS_DATA_DIR", data.path()).env("PUBLIC_URL", "http://localhost");
        command.env("HUSTINGS_LOG", "hustings::worker=debug");
        Self { process: command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap(), _data: data }
    }

    /// Ends it by a signal; the jobs that it says it has done.
    async fn end(self, signal: Signal) -> BTreeSet<i64> {
        kill(Pid::from_raw(self.process.id().unwrap().cast_signed()), signal).unwrap();
        let ended = self.process.wait_with_output().await.unwrap();
        assert_eq!(ended.status.success(), signal == Signal::SIGTERM, "{ended:?}");
        let said = String::from_utf8(ended.stderr).unwrap();
        let id = |line: &str| line.split_once("job.id=")?.1.split(' ').next()?.parse().ok();
        said.lines().filter_map(id).collect()
    }
}

/// One that this process may use.
fn a_processor() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    list.trim().split(['-', ',']).next().unwrap().to_owned()
}

/// Waits until the database says so.
async fn until(db: &PgPool, so: &'static str) {
    let began = Instant::now();
    while !sqlx::query_scalar::<_, bool>(so).fetch_one(db).await.unwrap() {
        assert!(began.elapsed() < PATIENCE, "still not: {so}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Two workers on a queue of six hours, each in the middle of one of them.
async fn two_at_work(db: &PgPool, shelf: &Shelf) -> [Worker; 2] {
    clear(db).await;
    shelf.requests();
    let template = shelf.template();
    let queue = ["ingest", "archive", "--queue", "--source", &template];
    let ended = hustings(db, &[&queue, &HOURS[..]].concat()).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let _closed = shelf.hold().await;
    let workers = [Worker::start(db), Worker::start(db)];
    until(db, "select count(leased_until) = 2 and count(*) = 6 from job").await;
    workers
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn two_processes_share_the_hours_of_a_backfill_and_one_does_without_the_other(db: PgPool) {
    let Some(dir) = shared("gharchive") else { return };
    let shelf = Shelf::open().await;
    for hour in 1..=6 {
        let name = format!("2016-01-01-{hour}.json.gz");
        shelf.put(&name, fs::read(dir.join(&name)).unwrap(), "a");
    }
    let alone =
        hustings(&db, &["ingest", "archive", "2016-01-01-1..2016-01-01-6", "--source", &shelf.template()]).await;
    assert_eq!(alone.code, 0, "{}", alone.err);
    let want = tables(&db).await;

    let [one, two] = two_at_work(&db, &shelf).await;
    until(&db, "select not exists (select from job)").await;
    let (one, two) = (one.end(Signal::SIGTERM).await, two.end(Signal::SIGTERM).await);
    assert!(!one.is_empty() && !two.is_empty() && one.is_disjoint(&two), "{one:?} and {two:?}");
    assert_eq!(one.len() + two.len(), 6);
    let asked: Vec<_> = shelf.requests().into_iter().map(|(name, _, _)| name).collect();
    assert_eq!((asked.len(), asked.iter().collect::<BTreeSet<_>>().len()), (6, 6), "{asked:?}");
    assert!(tables(&db).await == want, "two read otherwise than one");

    let [one, two] = two_at_work(&db, &shelf).await;
    until(&db, "select exists (select from archive_hour)").await;
    let left = one.end(Signal::SIGKILL).await;
    // Ten minutes pass.
    sqlx::query("update job set leased_until = now() - interval '1 second'").execute(&db).await.unwrap();
    until(&db, "select not exists (select from job)").await;
    let done = two.end(Signal::SIGTERM).await;
    assert!(left.len() < 6 && !done.is_empty() && left.is_disjoint(&done), "{left:?} and {done:?}");
    assert!(tables(&db).await == want, "what was left by one was not done by the other");
}
