//! Static files, in the binary. The address carries a hash of the content, so a
//! browser keeps each for a year and a new version is a new address.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::web::WebError;

/// One file.
#[derive(Debug)]
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    url: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("ballot.js", "text/javascript; charset=utf-8", include_bytes!("../../static/ballot.js")),
        asset("hustings.css", "text/css; charset=utf-8", include_bytes!("../../static/hustings.css")),
        asset("hustings.js", "text/javascript; charset=utf-8", include_bytes!("../../static/hustings.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../../static/icon.svg")),
    ]
});

fn asset(name: &'static str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = hex::encode(&Sha256::digest(bytes)[..6]);
    Asset { name, kind, bytes, url: format!("/static/{hash}/{name}") }
}

/// The address of a file; of a name that is not there, an address that is not there.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|a| a.name == name).map_or("/static/missing", |a| a.url.as_str())
}

/// A file. A page older than this version asks with an older hash: it gets the
/// file of today, but may not keep it under that address.
pub async fn show(Path((hash, name)): Path<(String, String)>) -> Result<Response, WebError> {
    let asset = ASSETS.iter().find(|a| a.name == name).ok_or_else(|| WebError::not_found("There is no such file."))?;
    let current = asset.url.split('/').nth(2) == Some(hash.as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, keep)], asset.bytes)
        .into_response())
}
