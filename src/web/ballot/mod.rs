//! `/ballot`: the voter's page. It shows an empty ballot, also when one is in the
//! box: earlier rankings are never shown. The draft travels in the form, from
//! here to the review and back; nothing is stored before the cast.

pub mod cast;
pub mod counted;
pub mod review;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use axum_extra::extract::PrivateCookieJar;

use crate::{
    app::App,
    election::{
        Candidate,
        ballot::{BallotError, Ranking},
        ballot_box::{self, Booth, CastError},
    },
    web::{Layout, Page, WebError, error::Refusal, form::Fields, html, vote},
};

#[derive(Debug, Template)]
#[template(path = "ballot/index.html")]
struct BallotPage {
    layout: Layout,
    booth: Booth,
    fields: Fields,
    problem: Option<String>,
}

impl BallotPage {
    fn is_chosen(&self, name: &str, value: impl std::fmt::Display) -> bool {
        self.fields.get(name) == value.to_string()
    }

    fn ranks(&self) -> std::ops::RangeInclusive<usize> {
        1..=self.booth.candidates.len()
    }

    fn is_no_opinion(&self) -> bool {
        self.booth.election.blank_rule() == tally::BlankRule::NoOpinion
    }
}

/// An empty ballot.
pub async fn show(State(app): State<App>, layout: Layout, jar: PrivateCookieJar) -> Result<Response, WebError> {
    let booth = booth(&app, &jar).await?;
    Ok(Page(BallotPage { layout, booth, fields: Fields::default(), problem: None }).into_response())
}

/// The ballot again with the draft, from the review's "change".
pub async fn edit(
    State(app): State<App>,
    layout: Layout,
    jar: PrivateCookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let booth = booth(&app, &jar).await?;
    Ok(Page(BallotPage { layout, booth, fields, problem: None }).into_response())
}

/// The ballot again, with what is wrong with it.
fn again(layout: Layout, booth: Booth, fields: Fields, problem: &BallotError) -> Response {
    let page = BallotPage { layout, booth, fields, problem: Some(problem.to_string()) };
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}

/// What the voter's link opens, while the poll is open.
async fn booth(app: &App, jar: &PrivateCookieJar) -> Result<Booth, WebError> {
    let token = vote::token(app, jar).ok_or(CastError::Link)?;
    let booth = ballot_box::open(&mut *app.pool.acquire().await?, &token).await?;
    ballot_box::open_poll(&booth.election, app.clock.now())?;
    Ok(booth)
}

/// The form as a ranking of this election's candidates.
fn ranking(booth: &Booth, fields: &Fields) -> Result<Ranking, BallotError> {
    let choices = fields.pairs().filter_map(|(name, choice)| Some((name.strip_prefix("rank-")?, choice.trim())));
    let known = choices.map(|(id, choice)| Ok((id.parse().map_err(|_| BallotError::Candidate)?, choice)));
    Ranking::parse(&booth.candidates, known.collect::<Result<Vec<_>, _>>()?)
}

/// The form's field for a candidate.
fn name(candidate: &Candidate) -> String {
    format!("rank-{}", candidate.candidate_id)
}

impl From<CastError> for WebError {
    fn from(error: CastError) -> Self {
        let message = error.to_string();
        let refusal = |title| Refusal::new(title, message.clone(), ("All elections", "/elections"));
        match error {
            CastError::Link => Self::NotFound(message),
            CastError::NotOpen(_) => Self::Conflict(refusal("Voting has not opened yet")),
            CastError::Closed(_) => Self::Gone(refusal("Voting has closed")),
            CastError::Cancelled => Self::Gone(refusal("This election was cancelled")),
            CastError::Seal(_) => Self::Internal(anyhow::anyhow!(message)),
            CastError::Database(error) => error.into(),
        }
    }
}
