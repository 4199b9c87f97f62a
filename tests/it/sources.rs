//! Four sources that tell of the same deeds, each in its own words and as late as it
//! is: hours of the archive, GitHub's API, webhooks and git. Whatever comes first and
//! however often it comes, the tables are the same, and nothing is counted twice.

use std::path::PathBuf;

use hustings::{
    ingest::{
        api::{self, Credential, Settings},
        git::Place,
        webhook,
    },
    stats::parse_instant,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;

use crate::harness::{
    archive::{in_repo, now, read_files, write_hour},
    git::{commit, git, git_as, place, read},
    github::{History, Model, Still},
    long_run,
    tables::{clear, kinds, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

/// Something that a source says at once.
#[derive(Clone, Debug)]
enum Piece {
    Hour(PathBuf),
    /// Everything that the API has, as if it had never been asked.
    Api(String),
    /// Under which id it is sent.
    Delivery(String, Deed),
    Git(Place),
}

/// What somebody did in acme/anvil, as an event tells it.
#[derive(Clone, Debug)]
struct Deed {
    hook: &'static str,
    event: &'static str,
    by: (i64, &'static str),
    at: &'static str,
    payload: Value,
}

const ADA: (i64, &str) = (5, "ada");
/// She is evelyn later, and somebody else is eve.
const EVE: (i64, &str) = (7, "eve");
const EVELYN: (i64, &str) = (7, "evelyn");
const NEW_EVE: (i64, &str) = (9, "eve");
const BOB: (i64, &str) = (8, "bob");
const HELPER: (i64, &str) = (10, "helper[bot]");

fn user((id, login): (i64, &str)) -> Value {
    json!({"id": id, "login": login, "type": if id == HELPER.0 { "Bot" } else { "User" }})
}

/// An item of the API's, which an event and a delivery hold too.
fn item(id: i64, by: (i64, &str), at: &str, more: &Value) -> Value {
    let mut item = json!({"id": id, "user": user(by), "created_at": at, "updated_at": at});
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

/// An issue that was closed twice, one pull request that was merged and one that was squashed.
fn items(eve: (i64, &str)) -> Value {
    let merged = |at: &str| json!({"merged": true, "merged_at": at, "closed_at": at, "pull_request": {"url": "x", "merged_at": at}});
    let numbered = |number: i64, mut more: Value| {
        more["number"] = json!(number);
        more
    };
    let comment = |place: &str, number: i64| {
        json!({"html_url": format!("https://h/acme/anvil/{place}/{number}#c"), "issue_url": format!("https://h/issues/{number}"),
               "pull_request_url": format!("https://h/pulls/{number}")})
    };
    json!({
        "issue": item(101, eve, "2026-01-02T10:00:00Z", &numbered(1, json!({"closed_at": "2026-01-02T13:00:00Z"}))),
        "pull": item(102, eve, "2026-01-03T10:00:00Z", &numbered(2, merged("2026-01-03T13:00:00Z"))),
        "squashed": item(103, BOB, "2026-01-04T09:00:00Z", &numbered(3, merged("2026-01-04T10:00:00Z"))),
        "comment": item(11, ADA, "2026-01-02T10:30:00Z", &comment("issues", 1)),
        "pull_comment": item(12, ADA, "2026-01-03T10:30:00Z", &comment("pull", 2)),
        "review": item(21, HELPER, "2026-01-03T11:00:00Z", &json!({"submitted_at": "2026-01-03T11:00:00Z"})),
        "review_comment": item(31, ADA, "2026-01-03T11:30:00Z", &comment("pull", 2)),
        "commit_comment": item(41, eve, "2026-01-04T11:00:00Z", &json!({})),
        "release": item(51, ADA, "2026-01-04T12:00:00Z", &json!({"published_at": "2026-01-04T12:00:00Z"})),
    })
}

fn deeds() -> Vec<Deed> {
    let said = items(EVE);
    let deed = |hook, event, by, at, payload| Deed { hook, event, by, at, payload };
    let issue = |action: &str, by, at: &'static str| {
        let mut issue = said["issue"].clone();
        issue["closed_at"] = if action == "closed" { json!(at) } else { Value::Null };
        deed("issues", "IssuesEvent", by, at, json!({"action": action, "issue": issue}))
    };
    let pull = |action: &str, name: &str, by, at| {
        let payload = json!({"action": action, "number": said[name]["number"], "pull_request": said[name]});
        deed("pull_request", "PullRequestEvent", by, at, payload)
    };
    let comment = |name: &str, on: &str, at| {
        deed(
            "issue_comment",
            "IssueCommentEvent",
            ADA,
            at,
            json!({"action": "created", "comment": said[name], "issue": said[on]}),
        )
    };
    let on_pull = |hook, event, by, at, action: &str, key: &str, name: &str| {
        deed(hook, event, by, at, json!({"action": action, key: said[name], "pull_request": said["pull"]}))
    };
    let alone = |hook, event, by, at, payload| deed(hook, event, by, at, payload);
    vec![
        issue("opened", EVE, "2026-01-02T10:00:00Z"),
        comment("comment", "issue", "2026-01-02T10:30:00Z"),
        issue("closed", ADA, "2026-01-02T11:00:00Z"),
        issue("reopened", EVE, "2026-01-02T12:00:00Z"),
        issue("closed", ADA, "2026-01-02T13:00:00Z"),
        pull("opened", "pull", EVE, "2026-01-03T10:00:00Z"),
        comment("pull_comment", "pull", "2026-01-03T10:30:00Z"),
        on_pull(
            "pull_request_review",
            "PullRequestReviewEvent",
            HELPER,
            "2026-01-03T11:00:00Z",
            "submitted",
            "review",
            "review",
        ),
        on_pull(
            "pull_request_review_comment",
            "PullRequestReviewCommentEvent",
            ADA,
            "2026-01-03T11:30:00Z",
            "created",
            "comment",
            "review_comment",
        ),
        pull("closed", "pull", ADA, "2026-01-03T13:00:00Z"),
        pull("opened", "squashed", BOB, "2026-01-04T09:00:00Z"),
        pull("closed", "squashed", ADA, "2026-01-04T10:00:00Z"),
        alone(
            "commit_comment",
            "CommitCommentEvent",
            EVE,
            "2026-01-04T11:00:00Z",
            json!({"action": "created", "comment": said["commit_comment"]}),
        ),
        alone(
            "release",
            "ReleaseEvent",
            ADA,
            "2026-01-04T12:00:00Z",
            json!({"action": "published", "release": said["release"]}),
        ),
        alone("push", "PushEvent", EVELYN, "2026-02-01T01:00:00Z", json!({"push_id": 61})),
        alone("star", "WatchEvent", NEW_EVE, "2026-02-01T01:10:00Z", json!({"action": "created"})),
        alone("teleport", "TeleportEvent", ADA, "2026-02-01T01:20:00Z", json!({"to": "Mars"})),
    ]
}

impl Deed {
    /// As the archive has it: two seconds late, without most of a pull request that
    /// was closed, and under the name that the repository had then.
    fn line(&self) -> String {
        let at = parse_instant(self.at).unwrap() + chrono::TimeDelta::seconds(2);
        let name = if self.at < "2026-01-03" { "acme/forge" } else { "acme/anvil" };
        let mut payload = self.payload.clone();
        if payload["action"] == "closed" && payload["number"] == 2 {
            payload = json!({"action": "merged", "number": 2, "pull_request": {"id": 102, "number": 2}});
        }
        in_repo(self.event, self.by, (2, name), &at.format("%FT%TZ").to_string(), &payload)
    }

    /// The body that GitHub sends of it.
    fn body(&self) -> String {
        let mut body = self.payload.clone();
        body["sender"] = user(self.by);
        body["repository"] = json!({"id": 2, "full_name": "acme/anvil"});
        body["organization"] = json!({"id": 1, "login": "acme"});
        body.to_string()
    }
}

/// The archive's hours; one is of a time when nobody had a number.
fn hours(dir: &TempDir) -> Vec<Piece> {
    let old = json!({
        "type": "PushEvent", "actor": "Eve", "created_at": "2012/04/11 15:01:33 -0700",
        "repository": {"name": "Forge", "owner": "Acme"}, "payload": {"head": "a1"},
    });
    let mut files = vec![write_hour(dir.path(), "2012-04-11-15", &[old.to_string()])];
    for day in ["2026-01-02", "2026-01-03", "2026-01-04", "2026-02-01"] {
        let lines: Vec<_> = deeds().iter().filter(|deed| deed.at.starts_with(day)).map(Deed::line).collect();
        files.push(write_hour(dir.path(), &format!("{day}-10"), &lines));
    }
    files.into_iter().map(Piece::Hour).collect()
}

/// GitHub as it is today, when eve is called evelyn. An event of its list of closings
/// may be a second late, and of two closings the issue names only the last.
async fn github(dir: &TempDir) -> Vec<Piece> {
    let said = items(EVELYN);
    let happened = |id: i64, event: &str, by, at: &str, issue: &str| json!({"id": id, "event": event, "actor": user(by), "created_at": at, "issue": said[issue]});
    let events = vec![
        happened(205, "closed", ADA, "2026-01-04T10:00:00Z", "squashed"),
        happened(204, "closed", ADA, "2026-01-03T13:00:01Z", "pull"),
        happened(203, "closed", ADA, "2026-01-02T13:00:00Z", "issue"),
        happened(202, "reopened", EVELYN, "2026-01-02T12:00:00Z", "issue"),
        happened(201, "closed", ADA, "2026-01-02T11:00:01Z", "issue"),
    ];
    let lately = deeds().into_iter().filter(|deed| deed.at > "2026-02");
    let lists = [
        ("issues", vec![said["issue"].clone(), said["pull"].clone(), said["squashed"].clone()]),
        ("issues/events", events),
        ("issues/comments", vec![said["comment"].clone(), said["pull_comment"].clone()]),
        ("pulls/comments", vec![said["review_comment"].clone()]),
        ("comments", vec![said["commit_comment"].clone()]),
        ("releases", vec![said["release"].clone()]),
        ("events", lately.map(|deed| serde_json::from_str(&deed.line()).unwrap()).collect()),
    ];
    let owner = json!({"id": 1, "login": "acme", "type": "Organization"});
    let repo = json!({"id": 2, "full_name": "acme/anvil", "owner": owner});
    let of_owner = [
        ("/orgs/acme/repos".to_owned(), vec![repo]),
        ("/orgs/acme/members".to_owned(), vec![user(ADA), user(NEW_EVE)]),
    ];
    let lists = lists.into_iter().map(|(name, items)| (format!("/repos/acme/anvil/{name}"), items)).chain(of_owner);
    let review = json!({"fullDatabaseId": "21", "submittedAt": "2026-01-03T11:00:00Z",
                        "author": {"__typename": "Bot", "login": "helper", "databaseId": HELPER.0}});
    let pulls = json!([{"number": 2, "reviews": {"pageInfo": {"hasNextPage": false}, "nodes": [review]}}]);
    let pulls = json!({"pageInfo": {"hasNextPage": false, "endCursor": "Y3Vyc29y"}, "nodes": pulls});
    let account =
        |mail: &str| [("ada@example.org", ADA), ("bob@example.org", BOB)].into_iter().find(|(of, _)| *of == mail);
    let model = Model {
        history: std::sync::Mutex::new(History::of(&dir.path().join("anvil"), |mail| Some(user(account(mail)?.1)))),
        lists: std::sync::Mutex::new(lists.collect()),
        objects: [("/users/acme".to_owned(), owner)].into(),
        graphql: Some(json!({"data": {"repository": {"pullRequests": pulls}}})),
        page: 2,
        ..Model::default()
    };
    vec![Piece::Api(model.start().await.0)]
}

/// Every deed twice: the repository has a hook, and the organisation too.
fn deliveries() -> Vec<Piece> {
    let delivery = |(n, deed): (usize, Deed)| {
        ["repository", "organisation"].map(|hook| Piece::Delivery(format!("{hook} {n}"), deed.clone()))
    };
    deeds().into_iter().enumerate().flat_map(delivery).collect()
}

/// Two copies: one of before the last commits, and the repository itself.
fn copies(dir: &TempDir) -> Vec<Piece> {
    let path = dir.path().join("anvil");
    std::fs::create_dir(&path).unwrap();
    let at = |(name, mail), at: &str| (name, mail, parse_instant(at).unwrap().timestamp());
    let (ada, bob) = (("Ada", "ada@example.org"), ("Bob", "bob@example.org"));
    let (eve, github) = (("Eve", "7+eve@users.noreply.github.com"), ("GitHub", "noreply@github.com"));
    let by = |who, instant, message: &str| commit(&path, at(who, instant), at(who, instant), message);
    git(&path, &["init", "--quiet"]);
    by(ada, "2026-01-02T09:00:00Z", "Begin");
    git(&path, &["checkout", "--quiet", "-b", "fix"]);
    by(eve, "2026-01-03T09:00:00Z", "Fix it\n\nCo-authored-by: Eve <eve@users.noreply.github.com>\n");
    git(&path, &["checkout", "--quiet", "main"]);
    let merge = ["merge", "--quiet", "--no-ff", "-m", "Merge pull request #2 from eve/fix", "fix"];
    git_as(&path, at(ada, "2026-01-03T13:00:00Z"), at(github, "2026-01-03T13:00:00Z"), &merge, b"");
    let older = dir.path().join("older.git");
    git(&path, &["clone", "--quiet", "--bare", ".", older.to_str().unwrap()]);
    commit(&path, at(bob, "2026-01-04T09:00:00Z"), at(github, "2026-01-04T10:00:00Z"), "Polish (#3)");
    std::fs::write(path.join(".mailmap"), "Bob <8+bob@users.noreply.github.com> <bob@example.org>\n").unwrap();
    git(&path, &["add", ".mailmap"]);
    by(ada, "2026-01-05T09:00:00Z", "Say who is who");
    [older, path].map(|path| Piece::Git(place(&path))).into()
}

async fn four_sources(dir: &TempDir) -> [Vec<Piece>; 4] {
    let copies = copies(dir);
    [hours(dir), github(dir).await, deliveries(), copies]
}

async fn take(db: &PgPool, pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Hour(path) => {
                read_files(db, std::slice::from_ref(path)).await;
            }
            Piece::Git(place) => {
                read(db, place, None).await;
            }
            Piece::Api(url) => ask(db, url).await,
            Piece::Delivery(id, deed) => {
                let (mut db, at) = (db.acquire().await.unwrap(), parse_instant(deed.at).unwrap());
                webhook::receive(&mut db, (id, deed.hook), &deed.body(), at).await.unwrap();
                webhook::process(&mut db, id, at).await.unwrap();
            }
        }
    }
}

async fn ask(db: &PgPool, url: &str) {
    sqlx::query("truncate api_cursor").execute(db).await.unwrap();
    let mut db = db.acquire().await.unwrap();
    let (world, settings) =
        (Still::at(now()), Settings { base_url: url.to_owned(), credential: Credential::Token("t".into()) });
    let github = api::connect(&mut db, settings, Box::new(world.clone())).await.unwrap();
    let report = api::ingest(&mut db, &github, &"acme".parse().unwrap(), None, &world.clock, &|_| ()).await.unwrap();
    assert!(report.paused.is_none(), "{report:?}");
}

/// All 24 orders of four.
fn orders() -> impl Iterator<Item = [usize; 4]> {
    let digits = |n: usize| [n / 64, n / 16 % 4, n / 4 % 4, n % 4];
    (0..256).map(digits).filter(|order| (0..4).all(|n| order.contains(&n)))
}

/// Of each kind, who told of how many: 1 the archive, 2 the API, 4 webhooks, 8 git.
const TOLD: [(&str, i16, i64); 21] = [
    ("push", 1, 1),
    ("push", 3, 1),
    ("commit_comment", 7, 1),
    ("issue_opened", 7, 1),
    // The API is a second late.
    ("issue_closed", 5, 1),
    ("issue_closed", 7, 1),
    // Only the API dates it exactly.
    ("issue_reopened", 2, 1),
    ("issue_comment", 7, 1),
    ("pr_opened", 7, 2),
    // What the archive has lost of it.
    ("pr_closed", 6, 1),
    ("pr_closed", 7, 1),
    ("pr_comment", 7, 1),
    ("review", 7, 1),
    ("review_comment", 7, 1),
    ("pr_merged", 14, 1),
    ("pr_merged", 15, 1),
    ("star", 3, 1),
    ("release", 7, 1),
    ("commit", 10, 5),
    ("commit_committed", 10, 5),
    ("commit_co_authored", 10, 1),
];

async fn told(db: &PgPool) -> Vec<(String, i16, i64)> {
    sqlx::query_as(
        "select name, sources, count(*) from fact join fact_kind using (kind) group by kind, name, sources order by kind, sources",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn four_sources_three_times_each_in_any_order_give_the_same_tables(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let sources = four_sources(&dir).await;
    let mut first: Option<Vec<String>> = None;
    // Each source first twice; all 24 take a minute and more, so they are left to the long run.
    let step = if long_run().is_some() { 1 } else { 3 };
    for (seed, order) in (0..).zip(orders().step_by(step)) {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut again = [sources.concat(), sources.concat()].concat();
        again.shuffle(&mut random);
        clear(&db).await;
        for source in order {
            let mut pieces = sources[source].clone();
            pieces.shuffle(&mut random);
            take(&db, &pieces).await;
        }
        take(&db, &again).await;
        let found = tables(&db).await;
        let first = first.get_or_insert_with(|| found.clone());
        let differ = |here: &[String], there: &[String]| {
            here.iter().filter(|row| !there.contains(row)).cloned().collect::<Vec<_>>()
        };
        assert!(*first == found, "{order:?}: {:#?} became {:#?}", differ(first, &found), differ(&found, first));
    }
    assert_eq!(orders().count(), 24);
    assert_eq!(told(&db).await, TOLD.map(|(kind, sources, n)| (kind.to_owned(), sources, n)));
    let of_people =
        "select person_id, count(*) from fact join actor using (actor_id) where person_id > 0 group by 1 order by 1";
    let people: Vec<(i64, i64)> = sqlx::query_as(of_people).fetch_all(&db).await.unwrap();
    assert_eq!(people, [(5, 13), (7, 10), (8, 3), (9, 1), (10, 1)], "eve's are evelyn's, but for the star");
}

/// Of each kind of deed one of any two sources knows all that the other knows.
#[sqlx::test(migrator = "MIGRATOR")]
async fn what_two_sources_both_say_is_counted_once(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let sources = four_sources(&dir).await;
    let mut alone = Vec::new();
    for source in &sources {
        clear(&db).await;
        take(&db, source).await;
        alone.push(kinds(&db).await);
    }
    for (one, other) in (0..16).map(|n| (n / 4, n % 4)) {
        clear(&db).await;
        take(&db, &sources[one]).await;
        take(&db, &sources[other]).await;
        let mut more = alone[one].clone();
        for (kind, n) in &alone[other] {
            more.entry(kind.clone()).and_modify(|known| *known = *n.max(known)).or_insert(*n);
        }
        assert_eq!(kinds(&db).await, more, "{other} after {one}");
    }
}
