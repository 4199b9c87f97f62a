//! `/badges/{metric}.svg` and `.json`: one number for other people's pages, drawn, and
//! in the words of shields.io. The only addresses that others may embed.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::stats::{self, Reader, StatsError};
use crate::web::filter::{Asked, Foot};
use crate::web::form::QueryFields;
use crate::web::state::Snapshot;
use crate::web::{WebError, export, html};

/// A number that is all there, and one that may be larger.
const KNOWN: (&str, &str) = ("blue", "#1f5f8b");
const PARTLY: (&str, &str) = ("yellow", "#7a5200");

/// Who shows it may keep it so long.
const KEEP: &str = "public, max-age=300";

/// A label and a number, side by side.
#[derive(Debug, Template)]
#[template(path = "badge.svg")]
struct Badge {
    label: String,
    message: String,
    /// The range and how complete it is.
    title: String,
    /// For shields.io, and as drawn.
    colour: (&'static str, &'static str),
}

/// What shields.io asks an address for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shield {
    schema_version: u8,
    label: String,
    message: String,
    color: &'static str,
}

impl Badge {
    fn left(&self) -> u32 {
        width(&self.label) + 12
    }

    fn right(&self) -> u32 {
        width(&self.message) + 12
    }
}

/// About how many pixels a text takes at 11 px; the drawing is made to fit it.
fn width(text: &str) -> u32 {
    let tenths = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')' => 38,
        'f' | 'r' | 't' | '-' => 46,
        'm' | 'w' | 'M' | 'W' | '%' => 104,
        'A'..='Z' => 78,
        _ if letter.is_ascii() => 68,
        _ => 110,
    };
    text.chars().map(tenths).sum::<u32>().div_ceil(10)
}

/// The badge of a metric under the filter of the pages.
pub async fn show(
    Path(file): Path<String>,
    State(app): State<App>,
    QueryFields(mut fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let named = file.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "svg" | "json"));
    let (metric, ending) = named.ok_or_else(|| WebError::not_found("A badge ends with .svg or .json."))?;
    fields.set("metric", metric);
    let db = &mut snapshot.reader();
    let asked = Asked::read(db, fields).await?;
    let loaded = load(db, &asked, &app).await;
    let (_, (badge, foot)) = asked.export(loaded)?;
    let response = match ending {
        "json" => badge.shield().into_response(),
        _ => ([(header::CONTENT_TYPE, "image/svg+xml")], badge.render()?).into_response(),
    };
    Ok(([(header::CACHE_CONTROL, KEEP)], export::said(response, &foot)).into_response())
}

async fn load(db: &mut Reader<'_>, asked: &Asked, app: &App) -> Result<Option<(Badge, Foot)>, StatsError> {
    let Some(filter) = &asked.filter else { return Ok(None) };
    let count = stats::totals(db, filter).await?.contributions;
    let foot = Foot::with(asked, filter.coverage(db, app.clock.now()).await?, "", &[]);
    let coverage = &foot.coverage;
    let (number, percent) = (html::thousands(count), coverage.percent());
    let complete = coverage.is_complete();
    let badge = Badge {
        label: filter.metric.label.to_owned(),
        message: if complete { number } else { format!("{number} ({percent} known)") },
        title: format!("{}; coverage {percent}: {}", filter.window, coverage.sentence()),
        colour: if complete { KNOWN } else { PARTLY },
    };
    Ok(Some((badge, foot)))
}

impl Badge {
    fn shield(self) -> Json<Shield> {
        Json(Shield { schema_version: 1, label: self.label, message: self.message, color: self.colour.0 })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header};
    use sqlx::PgPool;

    use super::*;
    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_badge_says_its_number_and_that_it_may_be_larger(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let drawn = page(&site, "/badges/contributions.svg?company=analytical+engines").await;
        assert_eq!(words(&drawn, "text"), ["contributions", "3 (66.6 % known)"]);
        assert!(words(&drawn, "title")[0].ends_with("2 of 3 hours; missing 2016-01-01 02:00"));
        let whole = page(&site, "/badges/contributions.svg?to=2016-01-01T02:00").await;
        assert_eq!(words(&whole, "text"), ["contributions", "3"]);
        let shield = text(get_from(&site, "/badges/pushes.json").await).await;
        let shield: serde_json::Value = serde_json::from_str(&shield).unwrap();
        let expected = serde_json::json!({"schemaVersion": 1, "label": "pushes", "message": "2 (66.6 % known)", "color": "yellow"});
        assert_eq!(shield, expected);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_is_no_badge_is_said_as_data(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        assert_eq!(get_from(&site, "/badges/contributions").await.status(), StatusCode::NOT_FOUND);
        for path in ["/badges/karma.svg", "/badges/contributions.json?org=nowhere"] {
            let response = get_from(&site, path).await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        }
    }

    #[test]
    fn nothing_in_a_badge_is_markup() {
        let evil = "</text><script>&\"'".to_owned();
        let badge = Badge { label: evil.clone(), message: evil.clone(), title: evil.clone(), colour: KNOWN };
        let drawn = scraper::Html::parse_fragment(&badge.render().unwrap());
        assert!(drawn.errors.is_empty() && words(&drawn, "script").is_empty());
        assert_eq!(words(&drawn, "text"), [evil.clone(), evil]);
    }
}
