//! What can be asked for, in words; the filter itself is [`crate::web::filter`].

use utoipa::IntoParams;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::stats::{Metric, Period};

/// What counts, when, where and whose.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Counting {
    /// From when, inside: `2016-01-31` or `2016-01-31T13:00` (UTC). Without it, twelve months before the end, or as far as there is data.
    pub from: Option<String>,
    /// Until when, outside. Without it, as far as there is data.
    pub to: Option<String>,
    #[param(schema_with = metric)]
    pub metric: Option<String>,
    /// Only in the repositories of this organisation; may be given more than once.
    pub org: Option<Vec<String>>,
    /// Only in this repository, as owner/name; may be given more than once, and beside organisations.
    pub repo: Option<Vec<String>>,
    /// Of those, only the ones in this repository group.
    pub group: Option<String>,
    /// Only what people did while they worked there.
    pub company: Option<String>,
    /// Whether bots count; without it they do not.
    pub bots: Option<bool>,
}

/// Which rows of a long list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// At most so many rows; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Where the rows before ended: out of their `next`, and of no use with another question.
    pub cursor: Option<String>,
}

/// Who is listed.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Least {
    /// Only people with at least so many.
    #[param(minimum = 1, maximum = 1_000_000)]
    pub min: Option<i64>,
}

/// How fine.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct By {
    #[param(schema_with = period)]
    pub by: Option<String>,
}

/// Whose.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// The login, present or former.
    #[param(example = "ada")]
    pub login: String,
}

fn metric() -> Object {
    let words = "What is counted: contributions, unless it is said. `/definitions` says what each means.";
    one_of(words, Metric::all().iter().map(|metric| metric.name))
}

fn period() -> Object {
    let words = "How long one point is; without it, what suits the range. At most 2,000 points.";
    one_of(words, Period::ALL.iter().map(|period| period.name()))
}

fn one_of(words: &str, names: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(Some(words)).enum_values(Some(names)).build()
}
