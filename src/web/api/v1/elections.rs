//! `/api/v1/elections`: what everybody may know of them, whoever asks.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::Answered;
use crate::app::App;
use crate::election::{self, Candidate, Election, Turnout};
use crate::eligibility::{self, Rule};
use crate::web::api::call::{Known, Otherwise};
use crate::web::elections as shared;
use crate::web::elections::results;
use crate::web::state::Snapshot;
use crate::web::{Visitor, WebError};

/// Elections, each in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct Elections {
    data: Vec<Short>,
}

/// An election in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct Short {
    /// Its name in addresses.
    slug: String,
    title: String,
    organisation: String,
    seats: i16,
    method: String,
    /// announced, nominating, waiting, voting, closed, certified, published, archived or cancelled.
    phase: &'static str,
    nominations_open_at: Option<DateTime<Utc>>,
    nominations_close_at: Option<DateTime<Utc>>,
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    /// Its page.
    url: String,
}

/// An election.
#[derive(Debug, Serialize, ToSchema)]
pub struct Full {
    #[serde(flatten)]
    short: Short,
    /// Markdown.
    description: String,
    /// How the relation of Schulze's method becomes an order.
    seat_order: String,
    strength: String,
    /// What a blank means to the count.
    blank: String,
    /// Who may vote, in a sentence; null where the roll is imported.
    eligibility: Option<String>,
    candidates: Vec<Person>,
    /// How many may vote.
    roll: i64,
    /// In steps of 25 until the close, exact afterwards.
    turnout: Option<Voted>,
    /// SHA-256 of `definition.json`, once it is frozen.
    definition_sha256: Option<String>,
    /// SHA-256 of `roll.lock`.
    roll_sha256: Option<String>,
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    name: String,
    login: Option<String>,
    github_id: Option<i64>,
    employer: String,
}

/// How many have voted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Voted {
    /// `fewer` than the number, `at_least` it, or `exactly`.
    is: &'static str,
    number: i64,
}

impl Short {
    fn of(it: &Election, app: &App) -> Self {
        Self {
            slug: it.slug.clone(),
            title: it.title.clone(),
            organisation: it.organisation.clone(),
            seats: it.seats,
            method: it.method.clone(),
            phase: it.phase(app.clock.now()).name(),
            nominations_open_at: it.nominations_open_at,
            nominations_close_at: it.nominations_close_at,
            opens_at: it.opens_at,
            closes_at: it.closes_at,
            published_at: it.published_at,
            url: app.public_url.clone() + &shared::address(it),
        }
    }
}

impl From<Candidate> for Person {
    fn from(Candidate { name, login, github_id, employer, .. }: Candidate) -> Self {
        Self { name, login, github_id, employer }
    }
}

impl Voted {
    fn of(turnout: Turnout) -> Option<Self> {
        let (is, number) = match turnout {
            Turnout::None => return None,
            Turnout::Fewer(n) => ("fewer", n),
            Turnout::AtLeast(n) => ("at_least", n),
            Turnout::Exactly(n) => ("exactly", n),
        };
        Some(Self { is, number })
    }
}

/// Every election.
#[utoipa::path(get, path = "/api/v1/elections", tag = "Elections",
    responses((status = 200, description = "The elections, the newest first.", body = Elections), Otherwise))]
pub async fn list(_: Known, State(app): State<App>, mut snapshot: Snapshot) -> Answered {
    let all = election::all(snapshot.db()).await?;
    let public = all.iter().filter(|it| it.phase(app.clock.now()).is_public());
    Ok(Json(Elections { data: public.map(|it| Short::of(it, &app)).collect() }).into_response())
}

/// One election: what is voted on, by whom, who stands, and how many have voted.
#[utoipa::path(get, path = "/api/v1/elections/{slug}", tag = "Elections",
    params(("slug" = String, Path, description = "Its name in addresses.", example = "board")),
    responses((status = 200, description = "The election.", body = Full), Otherwise))]
pub async fn show(Path(slug): Path<String>, _: Known, State(app): State<App>, mut snapshot: Snapshot) -> Answered {
    let (db, now) = (snapshot.db(), app.clock.now());
    let election = shared::find(db, &slug, now, &Visitor(None)).await?;
    Ok(Json(full(db, election, &app).await?).into_response())
}

async fn full(db: &mut PgConnection, it: Election, app: &App) -> Result<Full, WebError> {
    let id = it.election_id;
    Ok(Full {
        candidates: election::candidates(db, id).await?.into_iter().map(Person::from).collect(),
        roll: eligibility::size(db, id).await?.0,
        turnout: Voted::of(election::shown_turnout(db, &it, app.clock.now()).await?),
        eligibility: Rule::parse(&it.rule).ok().map(|rule| rule.sentence()),
        definition_sha256: it.definition_sha256.as_ref().map(hex::encode),
        roll_sha256: it.roll_sha256.as_ref().map(hex::encode),
        short: Short::of(&it, app),
        description: it.description,
        seat_order: it.seat_order,
        strength: it.strength,
        blank: it.blank,
    })
}

/// The published result, in the shape of `hustings recount --json`: ranking, winners, and every duel.
#[utoipa::path(get, path = "/api/v1/elections/{slug}/result", tag = "Elections",
    params(("slug" = String, Path, description = "Its name in addresses.", example = "board")),
    responses((status = 200, description = "The result; of an election with fewer than 20 ballots without the duels.",
        body = serde_json::Value), Otherwise))]
pub async fn result(Path(slug): Path<String>, _: Known, State(app): State<App>, mut snapshot: Snapshot) -> Answered {
    let result = results::find(snapshot.db(), &slug, app.clock.now(), &Visitor(None)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], results::text(&result)?).into_response())
}
