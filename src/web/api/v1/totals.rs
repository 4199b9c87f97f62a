//! `/api/v1/totals`: the sums of a filter.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Answered, Kinds, by_kind};
use crate::stats::{self, Totals};
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::api::parameters::Counting;

/// The sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sums {
    count: i64,
    people: i64,
    repositories: i64,
    /// That these people worked for when they did it.
    companies: i64,
    /// Lines of the archive in the window, whatever the filter.
    events: i64,
    kinds: Kinds,
}

impl From<Totals> for Sums {
    fn from(it: Totals) -> Self {
        let Totals { contributions: count, people, repositories, companies, events, by_kind: kinds } = it;
        Self { count, people, repositories, companies, events, kinds: by_kind(kinds) }
    }
}

/// How much there is, by how many people, where, and of which kinds.
#[utoipa::path(get, path = "/api/v1/totals", tag = "Numbers", params(Counting),
    responses((status = 200, description = "The sums.", body = Answer<Sums>), Otherwise))]
pub async fn show(mut call: Call) -> Answered {
    let (mut db, filter, _) = call.ask()?;
    let found = stats::totals(&mut db, &filter).await;
    let sums = call.known(found)?;
    call.one(Sums::from(sums)).await
}
