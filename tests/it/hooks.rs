//! What GitHub sends: believed for its signature, taken once, read by the worker.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use hustings::{ingest::webhook, mail::Mailer, stats::parse_instant};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::PgPool;

use crate::harness::{client, site::Site};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

fn now() -> DateTime<Utc> {
    parse_instant("2026-11-23T09:00").unwrap()
}

fn sign(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn request(site: &Site, id: &str, event: &str, body: &str) -> RequestBuilder {
    let post = client().build().unwrap().post(site.url("/hooks/github")).header("content-type", "application/json");
    post.header("x-github-delivery", id).header("x-github-event", event).body(body.to_owned())
}

async fn send(site: &Site, id: &str, event: &str, body: &Value) -> Response {
    let body = body.to_string();
    let signature = sign("new secret", &body);
    request(site, id, event, &body).header("x-hub-signature-256", signature).send().await.unwrap()
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

fn closed() -> Value {
    let user = json!({"id": 7, "login": "ada", "type": "User"});
    json!({
        "action": "closed", "sender": {"id": 8, "login": "merger"},
        "repository": {"id": 2, "full_name": "acme/anvil"}, "organization": {"id": 1, "login": "acme"},
        "pull_request": {"number": 3, "user": user, "created_at": "2026-11-01T00:00:00Z",
            "updated_at": "2026-11-23T08:00:00Z", "closed_at": "2026-11-23T08:00:00Z", "merged_at": "2026-11-23T08:00:00Z"},
    })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_delivery_is_queued_and_read_once_however_often_it_comes(db: PgPool) {
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    for jobs in [1, 0, 0] {
        assert_eq!(send(&site, "d1", "pull_request", &closed()).await.status(), StatusCode::ACCEPTED);
        assert_eq!(site.work().await, jobs);
    }
    let facts: Vec<(i16, i64, i64, i64, i16)> =
        sqlx::query_as("select kind, key_a, key_b, actor_id, sources from fact order by kind")
            .fetch_all(&db)
            .await
            .unwrap();
    let at = parse_instant("2026-11-23T08").unwrap().timestamp();
    assert_eq!(facts, [(9, 2, (3 << 33) + at, 8, 4), (20, 2, 3, 7, 4)]);
    let deliveries: Vec<(String, Option<String>, bool)> =
        sqlx::query_as("select state, action, body is null from webhook_delivery").fetch_all(&db).await.unwrap();
    assert_eq!(deliveries, [("fact".to_owned(), Some("closed".to_owned()), true)]);
    assert_eq!(count(&db, "select count(*) from job").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_a_whole_sha_256_signature_is_believed(db: PgPool) {
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    let body = closed().to_string();
    let right = sign("new secret", &body);
    let flipped = format!("{}{}", &right[..right.len() - 1], if right.ends_with('0') { '1' } else { '0' });
    for (name, value) in [
        ("x-other", right.clone()),
        ("x-hub-signature", right.clone()),
        ("x-hub-signature", right.replace("sha256", "sha1")),
        ("x-hub-signature-256", flipped),
        ("x-hub-signature-256", sign("another secret", &body)),
        ("x-hub-signature-256", sign("new secret", &body.replace("closed", "opened"))),
    ] {
        let response = request(&site, "d1", "pull_request", &body).header(name, &value).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}: {value}");
    }
    assert_eq!(count(&db, "select count(*) from webhook_delivery").await, 0);
    let old = request(&site, "d1", "pull_request", &body).header("x-hub-signature-256", sign("old secret", &body));
    assert_eq!(old.send().await.unwrap().status(), StatusCode::ACCEPTED, "while one secret replaces the other");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_no_delivery_is_refused_with_its_reason(db: PgPool) {
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    for body in ["payload=%7B%7D", "{\"a\":", "\u{0}"] {
        let signed = request(&site, "d1", "issues", body).header("x-hub-signature-256", sign("new secret", body));
        assert_eq!(signed.send().await.unwrap().status(), StatusCode::BAD_REQUEST, "{body:?}");
    }
    let unnamed = client()
        .build()
        .unwrap()
        .post(site.url("/hooks/github"))
        .header("x-hub-signature-256", sign("new secret", "{}"));
    assert_eq!(unnamed.body("{}").send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(send(&site, "d2", "ping", &json!({"zen": "Keep it simple"})).await.text().await.unwrap(), "pong");
    let long = "x".repeat(26 << 20);
    let long = request(&site, "d3", "issues", &long).header("x-hub-signature-256", "sha256=00").send().await;
    assert!(long.is_err() || long.unwrap().status() == StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(count(&db, "select count(*) from webhook_delivery").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_body_that_is_not_what_its_event_says_is_set_aside_whole(db: PgPool) {
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    let odd = json!({"action": "closed", "repository": {"id": 2, "full_name": "a/b"}, "issue": {"number": "three"}});
    let deep = format!("{{\"action\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    send(&site, "d1", "issues", &odd).await;
    let signed = request(&site, "d2", "issues", &deep).header("x-hub-signature-256", sign("new secret", &deep));
    assert_eq!(signed.send().await.unwrap().status(), StatusCode::ACCEPTED);
    send(&site, "d3", "brand_new_event", &json!({"action": "made"})).await;
    site.work().await;
    let states: Vec<(String, bool)> =
        sqlx::query_as("select state, body is null from webhook_delivery order by delivery_id")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(states, [("refused".to_owned(), true), ("refused".to_owned(), true), ("unknown".to_owned(), false)]);
    assert_eq!(count(&db, "select count(*) from unread where source = 4").await, 2);
}

/// The bodies that Octokit has collected, if its package is installed.
#[expect(clippy::disallowed_methods, reason = "in CI every example must be there")]
fn examples() -> Option<Vec<(String, Value)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules");
    let file = root.join("@octokit/webhooks-examples/api.github.com/index.json");
    let Ok(text) = fs::read_to_string(&file) else {
        assert!(std::env::var("CI").is_err(), "{} is not there, and CI needs it", file.display());
        eprintln!("skipped: {} is not there (tests/tools/install everything)", file.display());
        return None;
    };
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let bodies = |event: &Value| {
        let name = event["name"].as_str().unwrap().to_owned();
        event["examples"].as_array().unwrap().iter().map(|body| (name.clone(), body.clone())).collect::<Vec<_>>()
    };
    Some(events.iter().flat_map(bodies).collect())
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn all_examples_are_taken_and_none_is_unknown_or_refused(db: PgPool) {
    let Some(examples) = examples() else { return };
    assert_eq!(examples.len(), 329);
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    for (n, (event, body)) in examples.iter().enumerate() {
        let status = send(&site, &format!("d{n}"), event, body).await.status();
        let want = if event == "ping" { StatusCode::OK } else { StatusCode::ACCEPTED };
        assert_eq!(status, want, "{event} {n}");
    }
    site.work().await;
    let mut conn = db.acquire().await.unwrap();
    let counts = webhook::counts(&mut conn).await.unwrap();
    let of = |state: &str| counts.iter().filter(|row| row.state == state).map(|row| row.deliveries).sum::<i64>();
    let pings = examples.iter().filter(|(event, _)| event == "ping").count();
    assert_eq!((of("queued"), of("unknown"), of("refused")), (0, 0, 0), "{counts:?}");
    assert_eq!(usize::try_from(of("fact") + of("hint")).unwrap(), 329 - pings);
    let mut kinds: Vec<String> =
        sqlx::query_scalar("select distinct name from fact join fact_kind using (kind)").fetch_all(&db).await.unwrap();
    kinds.sort();
    let want = "commit_comment issue_comment issue_opened pr_closed pr_opened release review review_comment";
    assert_eq!(kinds.join(" "), want);
    let before = count(&db, "select count(*) from fact").await;
    for (n, (event, body)) in examples.iter().enumerate() {
        send(&site, &format!("d{n}"), event, body).await;
    }
    assert_eq!(
        (site.work().await, count(&db, "select count(*) from fact").await),
        (0, before),
        "a replay has no effect"
    );
}

/// The same with every address in it replaced by one.
fn with_addresses(body: &Value, address: &str) -> Value {
    match body {
        Value::String(text) if text.starts_with("http") => json!(format!("{address}/{}", text.len())),
        Value::Array(all) => all.iter().map(|body| with_addresses(body, address)).collect(),
        Value::Object(all) => {
            Value::Object(all.iter().map(|(name, body)| (name.clone(), with_addresses(body, address))).collect())
        }
        other => other.clone(),
    }
}

/// `SECRECY.md`, row 13.
#[sqlx::test(migrator = "MIGRATOR")]
async fn no_address_that_somebody_sends_is_ever_asked(db: PgPool) {
    let Some(examples) = examples() else { return };
    let canary = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let called = || canary.accept().map_err(|error| error.kind());
    let address = format!("http://{}", canary.local_addr().unwrap());
    let site = Site::start(db.clone(), now(), Mailer::captured()).await;
    for (n, (event, body)) in examples.iter().enumerate() {
        let body = with_addresses(body, &address);
        assert!(body.to_string().contains(&address) || event == "ping", "{event} {n}");
        send(&site, &format!("d{n}"), event, &body).await;
    }
    site.work().await;
    assert!(count(&db, "select count(*) from fact").await > 0);
    for path in ["/", "/people", "/people/Codertocat", "/repositories", "/data"] {
        let page = client().build().unwrap().get(site.url(path)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert!(!page.text().await.unwrap().contains(&address), "{path}");
    }
    assert_eq!(called().unwrap_err(), std::io::ErrorKind::WouldBlock);
    // The canary does hear who calls.
    std::net::TcpStream::connect(canary.local_addr().unwrap()).unwrap();
    assert!(called().is_ok());
}
