//! Repositories, made by the git of this machine, which also says what is in them;
//! reading them, and a server that hands them out.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use hustings::{
    clock::Clock,
    ingest::git::{Place, Report, Subject, ingest},
    stats::parse_instant,
};
use sqlx::PgPool;

use super::archive::now;

/// Runs git in a folder, with nobody's settings, and gives what it prints.
pub fn git(dir: &Path, args: &[&str]) -> String {
    git_as(dir, ("Ada", "ada@example.org", 1_700_000_000), ("Ada", "ada@example.org", 1_700_000_000), args, b"")
}

type Person<'a> = (&'a str, &'a str, i64);

/// Runs git as an author and a committer, on some input.
pub fn git_as(dir: &Path, author: Person<'_>, committer: Person<'_>, args: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]).args(args).current_dir(dir);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("TZ", "UTC");
    for (role, (name, mail, at)) in [("AUTHOR", author), ("COMMITTER", committer)] {
        command.env(format!("GIT_{role}_NAME"), name).env(format!("GIT_{role}_EMAIL"), mail);
        command.env(format!("GIT_{role}_DATE"), format!("@{at} +0000"));
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Commits something by an author, put in by a committer; gives its sha.
pub fn commit(dir: &Path, author: Person<'_>, committer: Person<'_>, message: &str) -> String {
    git_as(dir, author, committer, &["commit", "--quiet", "--allow-empty", "-F", "-"], message.as_bytes());
    git(dir, &["rev-parse", "HEAD"])
}

pub fn place(path: &Path) -> Place {
    Place::parse(path.to_str().unwrap()).unwrap()
}

/// What every repository that is read is taken for.
pub fn subject() -> Subject {
    Subject { repo_id: 2, name: "acme/anvil".to_owned(), is_told: true }
}

/// Reads a repository.
pub async fn read(db: &PgPool, place: &Place, since: Option<&str>) -> Report {
    let mirrors = tempfile::tempdir().unwrap();
    let since = since.map(|since| parse_instant(since).unwrap());
    let db = &mut *db.acquire().await.unwrap();
    ingest(db, place, &subject(), since, mirrors.path(), &Clock::fixed(now())).await.unwrap()
}

/// How often each line is there.
pub fn counted(lines: &str) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        *counts.entry(line.to_lowercase()).or_default() += 1;
    }
    counts
}

/// Serves the repositories of a folder as git's own server does; gives its address.
pub async fn serve(dir: PathBuf) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(backend).with_state(dir);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// `git http-backend` is a CGI program.
async fn backend(State(dir): State<PathBuf>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", dir).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("REQUEST_METHOD", method.as_str()).env("PATH_INFO", uri.path());
    command.env("QUERY_STRING", uri.query().unwrap_or_default()).env("CONTENT_LENGTH", body.len().to_string());
    command
        .env("CONTENT_TYPE", text(header::CONTENT_TYPE))
        .env("HTTP_CONTENT_ENCODING", text(header::CONTENT_ENCODING));
    command.env("GIT_PROTOCOL", headers.get("git-protocol").map_or("", |value| value.to_str().unwrap()));
    let run = move || {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&body).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    answer(&tokio::task::spawn_blocking(run).await.unwrap())
}

fn answer(output: &[u8]) -> Response {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&output[..end]).unwrap();
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let status = field("Status:").and_then(|status| status.get(..3)).map_or(200, |code| code.parse().unwrap());
    let kind = field("Content-Type:").unwrap_or("text/plain").to_owned();
    let body = output[end + 4..].to_vec();
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response()
}
