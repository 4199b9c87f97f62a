//! Archive hours made up for a test, and reading hours.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};
use hustings::{
    clock::Clock,
    ingest::archive::{Options, Quiet, Report, Scope, Sources, ingest},
    stats::parse_instant,
};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Writes lines as the hour `name`, e.g. `2016-01-01-1`.
pub fn write_hour(dir: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = dir.join(format!("{name}.json.gz"));
    let mut gzip = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
    for line in lines {
        writeln!(gzip, "{line}").unwrap();
    }
    gzip.finish().unwrap();
    path
}

/// An event of an organisation's repository.
pub fn event(kind: &str, actor: (i64, &str), at: &str, payload: &Value) -> String {
    in_repo(kind, actor, (2, "acme/anvil"), at, payload)
}

/// An event of a repository; the owner is an organisation, whose id is 1 for
/// whatever acme is called and 9 for others.
pub fn in_repo(kind: &str, (id, login): (i64, &str), repo: (i64, &str), at: &str, payload: &Value) -> String {
    let org = repo.1.split('/').next().unwrap();
    let org_id = if org == "other" { 9 } else { 1 };
    json!({
        "id": format!("{id}{}", repo.0), "type": kind,
        "actor": {"id": id, "login": login},
        "repo": {"id": repo.0, "name": repo.1},
        "org": {"id": org_id, "login": org},
        "payload": payload, "public": true, "created_at": at,
    })
    .to_string()
}

/// A push.
pub fn push(actor: (i64, &str), push_id: i64, at: &str) -> String {
    event("PushEvent", actor, at, &json!({"push_id": push_id}))
}

/// When every test reads.
pub fn now() -> DateTime<Utc> {
    parse_instant("2026-11-23").unwrap()
}

/// Reads hours with so many readers.
pub async fn read(db: &PgPool, sources: &Sources, scope: &Scope, jobs: usize) -> Report {
    ingest(db, sources, scope, Options::jobs(jobs), &Clock::fixed(now()), &Quiet).await.unwrap()
}

/// Reads files one after the other, everything of each.
pub async fn read_files(db: &PgPool, files: &[PathBuf]) -> Vec<Report> {
    let mut reports = Vec::new();
    for file in files {
        reports.push(read(db, &Sources::path(file).unwrap(), &Scope::everything(), 1).await);
    }
    reports
}
