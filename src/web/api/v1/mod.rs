//! Version 1. URL = module: one file per address and what is below it, in the order
//! row, function, tests.

pub mod companies;
pub mod coverage;
pub mod elections;
pub mod facts;
pub mod groups;
pub mod openapi;
pub mod people;
pub mod repositories;
pub mod series;
pub mod totals;

use std::collections::BTreeMap;

use axum::response::Response;

use crate::stats::Kind;
use crate::web::WebError;

/// What a function gives.
pub type Answered = Result<Response, WebError>;

/// Numbers by kind.
type Kinds = BTreeMap<&'static str, i64>;

fn by_kind(kinds: impl IntoIterator<Item = (Kind, i64)>) -> Kinds {
    kinds.into_iter().map(|(kind, n)| (kind.name(), n)).collect()
}
