//! `/api/v1/openapi.json`: everything below `/api/v1` for machines.

use axum::Json;
use utoipa::openapi::OpenApi;

use crate::web::api::document;

/// The document.
pub async fn show() -> Json<&'static OpenApi> {
    Json(document())
}
