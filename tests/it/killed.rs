//! An ingest that is killed at any moment, and run again, ends like one that was not.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sqlx::PgPool;

use crate::harness::{
    archive::{event, push, tables, write_hour},
    program::program,
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

/// Rounds to kill in: a few, or as many as the environment says.
#[expect(clippy::disallowed_methods, reason = "the long runs are told by the environment how long")]
fn rounds() -> u64 {
    std::env::var("HUSTINGS_KILL_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap())
}

/// Lets an ingest run for so long at most; whether it came to its end.
fn run(pool: &PgPool, dir: &Path, most: Option<Duration>) -> bool {
    let mut child = program(pool, &["ingest", "archive", dir.to_str().unwrap()]).stderr(Stdio::null()).spawn().unwrap();
    if let Some(most) = most {
        // The moment is the point: whatever the child is doing then.
        std::thread::sleep(most);
        child.kill().unwrap();
    }
    child.wait().unwrap().success()
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_ingest_killed_at_any_moment_ends_in_the_same_tables(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    hours(dir.path());
    let began = Instant::now();
    assert!(run(&pool, dir.path(), None));
    let whole = began.elapsed();
    let want = tables(&pool).await;
    assert!(want.iter().filter(|row| row.starts_with("hour ")).count() == 8);
    let mut random = ChaCha20Rng::seed_from_u64(9);
    let mut killed = 0;
    for round in 0..rounds() {
        sqlx::raw_sql(
            "truncate fact, activity_day, actor, actor_login, repo, repo_name, org, archive_hour, archive_day, archive_hour_type,
                      quarantine, unknown_event",
        )
        .execute(&pool)
        .await
        .unwrap();
        for _ in 0..2 {
            killed += u64::from(!run(&pool, dir.path(), Some(whole.mul_f64(random.random_range(0.05..0.95)))));
        }
        assert!(run(&pool, dir.path(), None), "round {round}");
        assert!(tables(&pool).await == want, "round {round}");
    }
    assert!(killed > rounds(), "only {killed} were killed before their end");
}
