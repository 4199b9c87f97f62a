//! `/metrics`: how reading and the queue are doing, for Prometheus. Only for who
//! has the token; without one configured there is nothing here.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::ingest::{api, webhook};
use crate::jobs;
use crate::stats::{self, Subject, Window, window::hour_of};
use crate::web::WebError;
use crate::web::state::Snapshot;

/// An hour is expected one hour after its end: by then it is out and read.
const GRACE: TimeDelta = TimeDelta::hours(1);

/// The page.
pub async fn show(State(app): State<App>, headers: HeaderMap, mut snapshot: Snapshot) -> Result<Response, WebError> {
    let Some(token) = &app.metrics_token else {
        return Err(WebError::not_found("There are no metrics: HUSTINGS_METRICS_TOKEN is not set."));
    };
    let expected = format!("Bearer {}", token.expose_secret());
    let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    if !bool::from(given.ct_eq(expected.as_bytes())) {
        return Err(WebError::Unauthorized("HUSTINGS_METRICS_TOKEN is asked for as a bearer token.".into()));
    }
    let text = measure(snapshot.db(), &app, app.clock.now()).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.0).into_response())
}

async fn measure(db: &mut PgConnection, app: &App, now: DateTime<Utc>) -> sqlx::Result<Text> {
    let mut text = Text::default();
    reading(db, app, now, &mut text).await?;
    let depth = jobs::depth(db, now).await?;
    let states = [("due", depth.due), ("running", depth.running), ("failed", depth.failed), ("later", depth.later)];
    text.gauge("hustings_jobs", "Jobs in the queue.", &states.map(|(state, n)| (format!("state=\"{state}\""), n)));
    let waiting = webhook::counts(db).await?.iter().filter(|row| row.state == "queued").map(|row| row.deliveries).sum();
    text.gauge(
        "hustings_webhooks_waiting",
        "Deliveries that the worker has not read yet.",
        &[(String::new(), waiting)],
    );
    limits(db, &mut text).await?;
    Ok(text)
}

/// How far behind we are, and how much is there.
async fn reading(db: &mut PgConnection, app: &App, now: DateTime<Utc>, text: &mut Text) -> sqlx::Result<()> {
    let (orgs, repos) = app.intake.names();
    let (subject, to) = (Subject::new(&orgs, &repos), hour_of(now - GRACE));
    let mut shares = Vec::new();
    for (window, length) in [("24h", TimeDelta::hours(24)), ("30d", TimeDelta::days(30))] {
        let coverage = stats::coverage_of(db, &subject, Window { from: to - length, to }, now).await?;
        shares.push((format!("window=\"{window}\""), coverage.permille()));
        if let Some(as_of) = coverage.as_of.filter(|_| window == "24h") {
            let lag = (now - as_of).num_seconds();
            text.gauge(
                "hustings_ingest_lag_seconds",
                "Since the end of the newest hour that was read.",
                &[(String::new(), lag)],
            );
        }
    }
    text.gauge(
        "hustings_coverage_permille",
        "Hours that are whole, of 1000; the last hour is not expected yet.",
        &shares,
    );
    let lines = stats::quarantine_size(db).await?;
    let items = api::unread_size(db).await?;
    let kept = [("archive".to_owned(), lines), ("other".to_owned(), items)];
    let kept = kept.map(|(source, n)| (format!("source=\"{source}\""), n));
    text.gauge("hustings_quarantine", "Lines and items that could not be read.", &kept);
    Ok(())
}

/// What GitHub allows.
async fn limits(db: &mut PgConnection, text: &mut Text) -> sqlx::Result<()> {
    let limits = api::limits(db).await?;
    let label = |limits: &api::Limits| format!("api=\"{}\",resource=\"{}\"", escape(&limits.api), limits.resource);
    let all = |value: &dyn Fn(&api::Limits) -> Option<i64>| -> Vec<(String, i64)> {
        limits.iter().filter_map(|row| Some((label(row), value(row)?))).collect()
    };
    text.gauge("hustings_github_quota", "Requests an hour.", &all(&|row| row.quota.map(i64::from)));
    text.gauge("hustings_github_remaining", "Requests left of them.", &all(&|row| row.remaining.map(i64::from)));
    let until = all(&|row| Some(row.paused_until.map_or(0, |until| until.timestamp())));
    text.gauge("hustings_github_paused_until_seconds", "Epoch second; nothing is asked before it.", &until);
    Ok(())
}

/// Prometheus' text format.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str, samples: &[(String, i64)]) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = match labels.as_str() {
                "" => writeln!(self.0, "{name} {value}"),
                labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
            };
        }
    }
}

fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use sqlx::PgPool;
    use tower::ServiceExt;

    use super::*;
    use crate::clock::Clock;
    use crate::web::fixture;
    use crate::web::router::router;
    use crate::web::router::tests::{get_from, site, text};

    async fn asked(pool: PgPool, token: &str) -> Response {
        let clock = Clock::fixed(stats::parse_instant("2016-01-01T05:30").unwrap());
        let request = Request::get("/metrics").header(header::AUTHORIZATION, token).body(Body::empty()).unwrap();
        router(App::for_test(pool, clock)).oneshot(request).await.unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_has_the_token_learns_how_reading_and_the_queue_are_doing(pool: PgPool) {
        fixture::three_hours(&pool).await;
        for statement in [
            "insert into job (kind, payload, run_at, attempts) values ('x', '{}', '2016-01-01Z', 0), ('x', '{}', '2017-01-01Z', 0), ('x', '{}', '2017-01-01Z', 3)",
            "insert into api_pacing (api, resource, quota, remaining, paused_until) values ('https://a', 'rest', 5000, 12, '2016-01-01 06:00Z')",
            "insert into webhook_delivery values ('1', 'push', null, '{}', now(), 'queued')",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        let text = text(asked(pool, "Bearer metrics").await).await;
        for line in [
            "hustings_ingest_lag_seconds 5400",
            // Of the 24 hours before 4:00 hour 1 and hour 3.
            "hustings_coverage_permille{window=\"24h\"} 83",
            "hustings_quarantine{source=\"archive\"} 1",
            "hustings_jobs{state=\"due\"} 1",
            "hustings_jobs{state=\"failed\"} 1",
            "hustings_jobs{state=\"later\"} 1",
            "hustings_webhooks_waiting 1",
            "hustings_github_remaining{api=\"https://a\",resource=\"rest\"} 12",
            "hustings_github_paused_until_seconds{api=\"https://a\",resource=\"rest\"} 1451628000",
        ] {
            assert!(text.lines().any(|said| said == line), "{line} is not in\n{text}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn nobody_else_learns_anything(pool: PgPool) {
        for token in ["Bearer metric", "Bearer metrics2", "metrics", ""] {
            assert_eq!(asked(pool.clone(), token).await.status(), StatusCode::UNAUTHORIZED, "{token}");
        }
        assert_eq!(get_from(&site(pool.clone()), "/metrics").await.status(), StatusCode::UNAUTHORIZED);
        let app = App { metrics_token: None, ..App::for_test(pool, Clock::system()) };
        assert_eq!(get_from(&router(app), "/metrics").await.status(), StatusCode::NOT_FOUND);
    }
}
