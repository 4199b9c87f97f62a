//! `/api/v1/series`: the numbers over time.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Answered;
use crate::stats;
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::{By, Counting};

/// One period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// Where it begins, even if the window begins later.
    start: DateTime<Utc>,
    count: i64,
    people: i64,
    /// The share of its hours inside the window that are there, 0 to 1.
    covered: f64,
}

impl From<stats::Point> for Point {
    fn from(stats::Point { start, contributions: count, people, covered }: stats::Point) -> Self {
        Self { start, count, people, covered }
    }
}

/// Every period of the window, those without anything too.
#[utoipa::path(get, path = "/api/v1/series", tag = "Numbers", params(Counting, By),
    responses((status = 200, description = "The periods in their order.", body = Answer<Vec<Point>>), Otherwise))]
pub async fn show(mut call: Call) -> Answered {
    let period = call.period();
    let now = call.now;
    let (mut db, filter, _) = call.ask()?;
    let coverage = filter.coverage(&mut db, now).await?;
    let found = stats::series(&mut db, &filter, period, &coverage).await;
    let points = call.known(found)?;
    call.one(points.into_iter().map(Point::from).collect::<Vec<_>>()).await
}
