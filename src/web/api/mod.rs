//! The interface for programs: the numbers and the filters of the pages as JSON, at
//! addresses that stay. What an address takes and gives stands beside its function;
//! [`document`] collects it, `/api` shows it, and [`call`] refuses what is not in it.

pub mod call;
pub mod devstats;
pub mod http;
pub mod page;
pub mod parameters;
#[cfg(test)]
mod tests;
pub mod v1;

use std::sync::LazyLock;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, RefOr};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::WebState;

/// Everything below `/api`.
pub fn routes() -> Router<WebState> {
    let (routes, _) = described().split_for_parts();
    routes.route("/api", get(page::show))
}

/// What there is, as `OpenAPI` 3.1.
pub fn document() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| described().into_openapi());
    &DOCUMENT
}

/// What an address takes.
fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// What its query may say.
fn queried(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    parameters(operation).filter(|parameter| parameter.parameter_in == ParameterIn::Query)
}

fn described() -> OpenApiRouter<WebState> {
    let info = InfoBuilder::new()
        .title("Hustings")
        .version("1")
        .description(Some("Who contributes what, how completely that is known, and which elections there are."));
    OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).build()).merge(read()).routes(routes!(devstats::call))
}

/// What is only read.
fn read() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(v1::totals::show))
        .routes(routes!(v1::series::show))
        .routes(routes!(v1::people::list))
        .routes(routes!(v1::people::show))
        .routes(routes!(v1::facts::list))
        .routes(routes!(v1::repositories::list))
        .routes(routes!(v1::companies::list))
        .routes(routes!(v1::groups::list))
        .routes(routes!(v1::coverage::show))
        .routes(routes!(v1::elections::list))
        .routes(routes!(v1::elections::show))
        .routes(routes!(v1::elections::result))
        .route("/api/v1/openapi.json", get(v1::openapi::show))
        // Here, for what is hashed is what is sent.
        .layer(CompressionLayer::new())
        .layer(from_fn(http::negotiate))
}
