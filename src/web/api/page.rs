//! `/api`: how programs get what the pages show, made from the document itself.

use askama::Template;
use axum::extract::State;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Required, Schema};

use super::{devstats, document, parameters, queried};
use crate::app::App;
use crate::web::markdown::{SafeHtml, markdown};
use crate::web::{Layout, Page, urls};

/// The page.
#[derive(Debug, Template)]
#[template(path = "api.html")]
pub struct ApiPage {
    layout: Layout,
    /// How the world reaches this site.
    site: String,
    calls: Vec<Described>,
    filters: Vec<Named>,
}

/// One address.
#[derive(Debug)]
struct Described {
    path: &'static str,
    summary: SafeHtml,
    parameters: Vec<&'static str>,
    example: String,
}

/// A parameter, with what may be said for it where that is a list.
#[derive(Debug)]
struct Named {
    name: &'static str,
    words: SafeHtml,
    choices: Vec<String>,
}

/// Shows what there is.
pub async fn show(State(app): State<App>, layout: Layout) -> Page<ApiPage> {
    let calls: Vec<_> = operations().map(|(path, operation)| Described::of(path, operation)).collect();
    let mut filters: Vec<Named> = Vec::new();
    for parameter in operations().flat_map(|(_, operation)| queried(operation)) {
        if filters.iter().all(|known| known.name != parameter.name) {
            filters.push(Named::of(parameter));
        }
    }
    Page(ApiPage { layout, site: app.public_url, calls, filters })
}

/// Everything that can be read, by its address.
fn operations() -> impl Iterator<Item = (&'static str, &'static Operation)> {
    let paths = document().paths.paths.iter();
    paths.filter_map(|(path, item)| Some((path.as_str(), item.get.as_ref()?)))
}

/// Every address with its example.
#[cfg(test)]
pub fn examples() -> impl Iterator<Item = (&'static str, String)> {
    operations().map(|(path, operation)| (path, example(path, operation)))
}

/// An address that answers: what has to be said is the document's own example.
fn example(path: &str, operation: &'static Operation) -> String {
    let mut url = path.to_owned();
    let mut query = Vec::new();
    for parameter in parameters(operation).filter(|parameter| parameter.required == Required::True) {
        let value = said(parameter).unwrap_or_default();
        match parameter.parameter_in {
            ParameterIn::Path => url = url.replace(&format!("{{{}}}", parameter.name), &urls::encode(&value)),
            _ => query.push((parameter.name.as_str(), value)),
        }
    }
    urls::with_query(&url, query.iter().map(|(name, value)| (*name, value.as_str())))
}

/// A parameter's example; the library has it to write, not to read.
fn said(parameter: &Parameter) -> Option<String> {
    let written = serde_json::to_value(parameter).ok()?;
    written.get("example")?.as_str().map(str::to_owned)
}

impl Described {
    fn of(path: &'static str, operation: &'static Operation) -> Self {
        Self {
            path,
            summary: markdown(operation.summary.as_deref().unwrap_or_default()),
            parameters: queried(operation).map(|parameter| parameter.name.as_str()).collect(),
            example: example(path, operation),
        }
    }
}

impl Named {
    fn of(parameter: &'static Parameter) -> Self {
        let (words, choices) = match &parameter.schema {
            Some(RefOr::T(Schema::Object(object))) => (&object.description, object.enum_values.as_deref()),
            _ => (&None, None),
        };
        Self {
            name: &parameter.name,
            words: markdown(parameter.description.as_ref().or(words.as_ref()).map_or("", String::as_str)),
            choices: choices.unwrap_or_default().iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        }
    }
}
