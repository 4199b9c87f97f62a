//! What the tests of these pages share: an election, an officer, a browser.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use chrono::{DateTime, TimeDelta, Utc};
use scraper::Html;
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::App;
use crate::auth::{self, NewOfficer, Officer};
use crate::clock::Clock;
use crate::election::ballot::Ranking;
use crate::election::definition::{self, NewCandidate, NewElection};
use crate::election::keys::KeyDir;
use crate::election::{self, Election, ballot_box, close, freeze, life};
use crate::eligibility::import;
use crate::random::Random;
use crate::web::router::router;
use crate::web::router::tests::{now, text};

/// A site at noon of 1 October 2026 and what is behind it.
#[derive(Debug)]
pub struct Bench {
    pub site: Router,
    pub app: App,
    _keys: tempfile::TempDir,
}

impl Bench {
    pub fn new(pool: &PgPool) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let mut app = App::for_test(pool.clone(), Clock::fixed(now()));
        app.keys = KeyDir::new(keys.path().join("keys"));
        app.random = Random::system();
        Self { site: router(app.clone()), app, _keys: keys }
    }

    /// Moves the clock to so many days after noon of 1 October 2026.
    pub fn at_day(&self, days: i64) {
        self.app.clock.set(now() + TimeDelta::days(days));
    }

    /// Casts one ballot of the voter with this id; candidates in the order of the definition.
    pub async fn cast(&self, election: &Election, voter: i64, ranks: &[u8]) -> String {
        let token = self.app.keys.election(&election.slug).unwrap().voter_token(voter, 0);
        let mut tx = self.app.pool.begin().await.unwrap();
        let ranking = Ranking::from_ranks(ranks.to_vec());
        let cast = ballot_box::cast(&mut tx, (&self.app.clock, &self.app.random), &token, &ranking).await.unwrap();
        tx.commit().await.unwrap();
        cast.receipt
    }

    /// An announced and frozen election of `voters` voters, open at day 10.
    pub async fn open(&self, voters: i64) -> Election {
        let election = make(&self.app.pool, "announced").await;
        self.freeze(&election, voters).await
    }

    pub async fn freeze(&self, election: &Election, voters: i64) -> Election {
        let mut tx = self.app.pool.begin().await.unwrap();
        import::roll(&mut tx, election.election_id, roll(voters).as_bytes()).await.unwrap();
        let keys = (&self.app.keys, &self.app.random);
        self.at_day(8);
        let at = self.app.clock.now();
        let frozen = freeze::freeze(&mut tx, &Officer::operator(), keys, election.election_id, None, at).await.unwrap();
        tx.commit().await.unwrap();
        self.at_day(10);
        frozen
    }

    /// Closes at day 20 and certifies and publishes on day 21.
    pub async fn publish(&self, election: &Election) {
        self.close(election).await;
        let mut db = self.app.pool.acquire().await.unwrap();
        let (id, operator, at) = (election.election_id, Officer::operator(), self.app.clock.now());
        life::certify(&mut db, &operator, id, at).await.unwrap();
        life::publish(&mut db, &operator, id, at).await.unwrap();
    }

    pub async fn close(&self, election: &Election) {
        self.at_day(21);
        let mut db = self.app.pool.acquire().await.unwrap();
        close::close(&mut db, &self.app.keys, &self.app.clock, election.election_id).await.unwrap();
    }
}

/// The site alone, for pages that need no keys.
pub fn site_of(pool: &PgPool) -> Router {
    Bench::new(pool).site
}

/// A roll of voters 1 to n.
pub fn roll(n: i64) -> String {
    let lines = (1..=n).map(|i| format!("{i},voter{i},voter{i}@example.org\n"));
    format!("github_id,login,email\n{}", lines.collect::<String>())
}

fn day(n: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(n)
}

/// The board: two seats, three candidates, nominations from day −2 to 7, voting from day 10 to 20.
pub fn board() -> NewElection {
    let candidate = |name: &str| NewCandidate {
        name: name.into(),
        login: None,
        github_id: None,
        employer: "Works".into(),
        bio: "I **will**. <script>alert(1)</script>".into(),
    };
    NewElection {
        slug: "board".into(),
        title: "Board <2026>".into(),
        organisation: "Lantern".into(),
        description: "Two people who keep the light on.".into(),
        seats: 2,
        method: "schulze".into(),
        seat_order: "tiers".into(),
        strength: "winning-votes".into(),
        blank: "last".into(),
        rule: String::new(),
        nominations: Some((day(-2), day(7))),
        opens_at: day(10),
        closes_at: day(20),
        candidates: ["Cy <b>", "Ada", "Ben"].map(candidate).to_vec(),
    }
}

/// Stores the board as a `draft` or `announced`.
pub async fn make(pool: &PgPool, step: &str) -> Election {
    let mut db = pool.acquire().await.unwrap();
    let made = definition::create(&mut db, &Officer::operator(), &board(), day(-3)).await.unwrap();
    if step == "announced" {
        life::announce(&mut db, &Officer::operator(), made.election_id, day(-3)).await.unwrap();
    }
    election::by_id(&mut db, made.election_id).await.unwrap()
}

pub async fn ada(pool: &PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let officer = NewOfficer { github_id: 900, login: "Ada", employer: "Analytical" };
    auth::add_officer(&mut db, &officer, "correct horse battery".into(), day(-9)).await.unwrap();
}

/// The cookie of a signed-in officer.
pub async fn signed_in(pool: &PgPool) -> String {
    ada(pool).await;
    session(pool, now()).await
}

/// A new session of Ada's.
pub async fn session(pool: &PgPool, at: DateTime<Utc>) -> String {
    let mut db = pool.acquire().await.unwrap();
    let random = Random::system();
    let token = auth::sign_in(&mut db, &random, "ada", "correct horse battery".into(), at).await.unwrap();
    format!("__Host-session={token}")
}

pub async fn get_as(site: &Router, path: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    site.clone().oneshot(request).await.unwrap()
}

pub async fn post(site: &Router, path: &str, cookie: &str, form: &str) -> Response<Body> {
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    site.clone().oneshot(request).await.unwrap()
}

pub async fn seen(response: Response<Body>) -> Html {
    Html::parse_document(&text(response).await)
}
