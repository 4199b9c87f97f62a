//! `/ballot/review`: the order in words, and the button that casts it.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use axum_extra::extract::PrivateCookieJar;

use super::{again, booth, ranking};
use crate::{
    app::App,
    election::{
        ballot::{Ranking, Unusual},
        ballot_box::Booth,
    },
    web::{Layout, Page, WebError, form::Fields},
};

#[derive(Debug, Template)]
#[template(path = "ballot/review.html")]
pub(super) struct ReviewPage {
    layout: Layout,
    booth: Booth,
    ranking: Ranking,
    /// Whether the voter went on without saying that an unusual ballot is meant.
    unsure: bool,
}

impl ReviewPage {
    /// Names by place, best first.
    fn places(&self) -> Vec<Vec<&str>> {
        self.ranking.places().iter().map(|place| self.names(place)).collect()
    }

    fn blanks(&self) -> Vec<&str> {
        self.names(&self.ranking.blanks())
    }

    fn names(&self, indices: &[usize]) -> Vec<&str> {
        indices.iter().map(|i| self.booth.candidates[*i].name.as_str()).collect()
    }

    fn is_all_equal(&self) -> bool {
        self.ranking.unusual() == Some(Unusual::AllEqual)
    }

    fn is_no_opinion(&self) -> bool {
        self.ranking.unusual() == Some(Unusual::NoOpinion)
    }

    /// The draft, as the fields that carry it.
    fn draft(&self) -> Vec<(String, String)> {
        let value = |rank: u8| if rank == 0 { "none".to_owned() } else { rank.to_string() };
        let ranks = self.booth.candidates.iter().zip(self.ranking.ranks());
        ranks.map(|(candidate, rank)| (super::name(candidate), value(*rank))).collect()
    }
}

/// Shows the ballot in words.
pub async fn submit(
    State(app): State<App>,
    layout: Layout,
    jar: PrivateCookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let booth = booth(&app, &jar, &fields).await?;
    Ok(match ranking(&booth, &fields) {
        Ok(ranking) => page(layout, booth, ranking).into_response(),
        Err(problem) => again(layout, booth, fields, &problem),
    })
}

fn page(layout: Layout, booth: Booth, ranking: Ranking) -> Page<ReviewPage> {
    Page(ReviewPage { layout, booth, ranking, unsure: false })
}

/// The review again, because an unusual ballot was not confirmed.
pub(super) fn ask_again(layout: Layout, booth: Booth, ranking: Ranking) -> Response {
    let page = ReviewPage { layout, booth, ranking, unsure: true };
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}
