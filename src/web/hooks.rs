//! `/hooks/github`: what GitHub sends by itself. Believed for its signature alone,
//! queued, and answered before anything is made of it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::de::IgnoredAny;

use crate::app::App;
use crate::ingest::webhook;
use crate::web::WebError;

/// The address; no page of ours posts to it.
pub const GITHUB: &str = "/hooks/github";

/// The largest delivery that GitHub makes.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;

/// Takes a delivery.
pub async fn github(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, &'static str), WebError> {
    if app.webhook_secrets.is_empty() {
        tracing::warn!("a webhook arrived but GITHUB_WEBHOOK_SECRET is not set, so nobody's deliveries are believed");
        return Err(WebError::not_found("No webhooks are taken here: GITHUB_WEBHOOK_SECRET is not set."));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= 100);
    if !webhook::is_signed(&app.webhook_secrets, &body, text("x-hub-signature-256").unwrap_or_default()) {
        return Err(WebError::Unauthorized(
            "X-Hub-Signature-256 is not that of this body: is the secret the one that GitHub was given?".into(),
        ));
    }
    let bad = |what: &str| WebError::BadRequest(what.into());
    let delivery = text("x-github-delivery").ok_or_else(|| bad("X-GitHub-Delivery is missing."))?;
    let event = text("x-github-event").ok_or_else(|| bad("X-GitHub-Event is missing."))?;
    let body = std::str::from_utf8(&body).ok().filter(|body| serde_json::from_str::<IgnoredAny>(body).is_ok());
    let body = body.ok_or_else(|| bad("The body is not JSON: choose application/json as content type at GitHub."))?;
    if event == "ping" {
        return Ok((StatusCode::OK, "pong"));
    }
    let new = webhook::receive(&mut *app.pool.acquire().await?, (delivery, event), body, app.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, if new { "queued" } else { "known" }))
}
