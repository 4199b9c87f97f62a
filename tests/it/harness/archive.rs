//! Archive hours made up for a test.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

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
