//! `/ballot/cast`: the one address that puts a ballot into the box.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::PrivateCookieJar;

use super::{again, booth, counted, ranking, review};
use crate::{
    app::App,
    election::ballot_box::{self, CastError},
    web::{Layout, WebError, form::Fields, vote},
};

/// Casts the reviewed ballot; the answer leads to its receipt.
pub async fn submit(
    State(app): State<App>,
    layout: Layout,
    jar: PrivateCookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let booth = booth(&app, &jar, &fields).await?;
    let ranking = match ranking(&booth, &fields) {
        Ok(ranking) => ranking,
        Err(problem) => return Ok(again(layout, booth, fields, &problem)),
    };
    if ranking.unusual().is_some() && fields.get("sure").trim().to_lowercase() != layout.t("ballot.sure_word") {
        return Ok(review::ask_again(layout, booth, ranking));
    }
    let token = vote::token(&app, &jar).ok_or(CastError::Link)?;
    let mut tx = app.pool.begin().await?;
    let cast = ballot_box::cast(&mut tx, (&app.clock, &app.random), &token, &ranking).await?;
    tx.commit().await?;
    let jar = jar.add(counted::cookie(&app, &booth.election.slug, &cast));
    Ok((jar, Redirect::to("/ballot/counted")).into_response())
}
