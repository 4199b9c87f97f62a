//! Files that mean no good, through the real program: it survives, in bounded
//! memory, and says what was wrong.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use nix::sys::resource::{UsageWho, getrusage};
use sqlx::PgPool;

use crate::harness::{
    archive::{push, write_hour},
    program::hustings,
};

/// KiB of memory that the program may ever have had.
const MOST: i64 = 256 << 10;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// 64 MiB of one text, over and over, until it is 10 GiB.
fn bomb(path: &Path, text: &str) {
    let member = gzip(text.repeat((64 << 20) / text.len()).as_bytes());
    let mut file = File::create(path).unwrap();
    for _ in 0..160 {
        file.write_all(&member).unwrap();
    }
}

async fn ingest(pool: &PgPool, dir: &Path) -> (i32, String) {
    let ended = hustings(pool, &["ingest", "archive", dir.to_str().unwrap()]).await;
    // Of all the children so far, the greatest; in kilobytes.
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    assert!(peak < MOST, "{peak} KiB");
    (ended.code, ended.err)
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn ten_gibibytes_of_nothing_fail_their_hours_in_bounded_memory(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let blank = " ".repeat(1000);
    bomb(&dir.path().join("2016-01-01-1.json.gz"), &format!("{blank}\n"));
    bomb(&dir.path().join("2016-01-01-2.json.gz"), "x");
    bomb(&dir.path().join("2012-01-01-3.json.gz"), "{\"a\":");
    bomb(&dir.path().join("2012-01-01-4.json.gz"), &format!("{{{blank}}}"));
    write_hour(dir.path(), "2016-01-01-5", &[push((5, "ada"), 1, "2016-01-01T05:00:00Z")]);
    let (code, said) = ingest(&pool, dir.path()).await;
    assert_eq!(code, 1, "{said}");
    assert_eq!(said.matches("this is no archive of events").count(), 4, "{said}");
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select status, count(*) from archive_hour where status <> 'missing' group by 1 order by 1")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(rows, [("done".to_owned(), 1), ("failed".to_owned(), 4)]);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn depth_bad_bytes_and_members_are_survived_and_the_rest_is_read(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let good = |n: i64| push((5, "ada"), n, "2016-01-01T01:00:00Z").into_bytes();
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat().into_bytes();
    let nested = ["{\"a\":".repeat(100_000), "1".to_owned(), "}".repeat(100_000)].concat().into_bytes();
    let lines = [good(1), deep.clone(), nested.clone(), b"{\"a\":\"\xff\xfe\"}".to_vec(), good(2)];
    // Each in a member of its own, and one member cut in the middle of a line.
    let text = lines.join(&b'\n');
    let members = [gzip(&text[..100]), gzip(&text[100..]), gzip(b"\n"), gzip(&good(3))].concat();
    fs::write(dir.path().join("2016-01-01-1.json.gz"), &members).unwrap();
    fs::write(dir.path().join("2012-01-01-2.json.gz"), gzip(&lines.concat())).unwrap();
    fs::write(dir.path().join("2016-01-01-3.json.gz"), &members[..members.len() - 7]).unwrap();
    let (code, said) = ingest(&pool, dir.path()).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("2016-01-01-3.json.gz): the file is cut off"), "{said}");
    let hours: Vec<(i32, i32)> =
        sqlx::query_as("select events, bad_lines from archive_hour where status = 'done' order by hour")
            .fetch_all(&pool)
            .await
            .unwrap();
    // Without newlines, brackets belong to the object behind them.
    assert_eq!(hours, [(2, 2), (3, 3)]);
    let facts: i64 = sqlx::query_scalar("select count(*) from fact").fetch_one(&pool).await.unwrap();
    assert_eq!(facts, 3);
}
