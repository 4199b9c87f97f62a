//! An ingest that is killed at any moment, and run again, ends like one that was not.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sqlx::PgPool;
use tempfile::TempDir;

use crate::harness::{
    archive::{event, push, write_hour},
    git, long_run,
    program::program,
    tables::{clear, tables},
};

const HOURS: i64 = 8;

fn hours(dir: &Path) {
    for hour in 0..HOURS {
        let at = format!("2016-01-01T{hour:02}:00:00Z");
        let mut lines: Vec<_> = (0..400)
            .map(|n| push((n % 50 + hour, &format!("person-{}", n % 50 + hour)), hour * 300 + n, &at))
            .collect();
        lines.push(event("TeleportEvent", (5, "ada"), &at, &serde_json::json!({})));
        lines.push("nonsense".to_owned());
        write_hour(dir, &format!("2016-01-01-{hour}"), &lines);
    }
}

/// A command that is run again and again, with a data directory of its own.
struct Ingest<'a> {
    db: &'a PgPool,
    args: &'a [&'a str],
    data: TempDir,
}

impl Ingest<'_> {
    /// Lets it run for so long at most; how long it took, if it came to its end.
    async fn run(&self, most: Duration) -> Option<Duration> {
        let command = program(self.db, &[&["ingest"], self.args].concat());
        let mut command = tokio::process::Command::from(command);
        let began = Instant::now();
        let mut child = command.env("HUSTINGS_DATA_DIR", self.data.path()).stderr(Stdio::null()).spawn().unwrap();
        // The moment is the point: whatever the child is doing then.
        if let Ok(ended) = tokio::time::timeout(most, child.wait()).await {
            assert!(ended.unwrap().success());
            return Some(began.elapsed());
        }
        child.kill().await.unwrap();
        None
    }

    async fn forget(&self) {
        clear(self.db).await;
        for entry in fs::read_dir(self.data.path()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
    }
}

/// Kills an ingest at a moment of each round and perhaps at another one, and lets it
/// end the next time. Gives its tables.
async fn killed(db: &PgPool, args: &[&str]) -> Vec<String> {
    let ingest = Ingest { db, args, data: tempfile::tempdir().unwrap() };
    let mut whole = ingest.run(Duration::MAX).await.unwrap();
    let want = tables(db).await;
    let mut random = ChaCha20Rng::seed_from_u64(9);
    let mut part = || random.random_range(0.05..0.95);
    for round in 0..long_run().unwrap_or(5) {
        ingest.forget().await;
        while let Some(took) = ingest.run(whole.mul_f64(part())).await {
            // Quicker than before: from nothing once more.
            whole = whole.min(took);
            ingest.forget().await;
        }
        ingest.run(whole.mul_f64(part())).await;
        assert!(ingest.run(Duration::MAX).await.is_some());
        assert!(tables(db).await == want, "round {round}");
    }
    want
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_ingest_killed_at_any_moment_ends_in_the_same_tables(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    hours(dir.path());
    let tables = killed(&pool, &["archive", dir.path().to_str().unwrap()]).await;
    assert!(tables.iter().filter(|row| row.starts_with("hour ")).count() == 8);
}

/// Commits of a few dozen people, as `git fast-import` reads them.
fn commits(many: usize) -> String {
    let commit = |n: usize| {
        let message = format!("Commit {n}\n\nCo-authored-by: Eve <eve@example.org>\n");
        let (who, at) = (n % 40, 1_451_606_400 + n);
        format!(
            "commit refs/heads/main\nauthor P {who} <{who}+p{who}@users.noreply.github.com> {at} +0000\n\
             committer P <p@example.org> {at} +0000\ndata {}\n{message}\n",
            message.len()
        )
    };
    (0..many).map(commit).collect()
}

/// From a server, so that the copy in the data directory breaks off too.
#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_ingest_of_git_killed_at_any_moment_ends_in_the_same_tables(pool: PgPool) {
    const COMMITS: usize = 8000;
    let dir = tempfile::tempdir().unwrap();
    let repository = dir.path().join("anvil.git");
    git::git(dir.path(), &["init", "--quiet", "--bare", "anvil.git"]);
    let nobody = ("", "", 0);
    git::git_as(&repository, nobody, nobody, &["fast-import", "--quiet"], commits(COMMITS).as_bytes());
    let url = format!("{}/anvil.git", git::serve(dir.path().to_owned()).await);
    let tables = killed(&pool, &["git", &url, "--repository", "acme/anvil", "--repository-id", "2"]).await;
    assert_eq!(tables.iter().filter(|row| row.starts_with("fact ")).count(), 3 * COMMITS);
}
