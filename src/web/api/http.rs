//! What HTTP asks of every answer for programs: it is JSON, it has a strong tag, and
//! who has it already gets nothing again.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::web::WebError;

/// Anybody may keep an answer so long: it is nobody's own.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=30");

/// Refuses other formats, tags the answer, and sends nothing to who has it.
pub async fn negotiate(request: Request, next: Next) -> Result<Response, WebError> {
    if !takes_json(request.headers()) {
        return Err(WebError::NotAcceptable("Every answer here is application/json; leave Accept out.".into()));
    }
    let asked = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| WebError::Internal(error.into()))?;
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&body)[..16]));
    let known = knows(&asked, &tag);
    parts.headers.insert(header::CACHE_CONTROL, KEEP);
    parts.headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
    if !known {
        return Ok(Response::from_parts(parts, Body::from(body)));
    }
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        parts.headers.remove(name);
    }
    Ok((StatusCode::NOT_MODIFIED, parts.headers).into_response())
}

/// Whether `Accept` leaves room for JSON.
fn takes_json(headers: &HeaderMap) -> bool {
    let mut ranges = items(headers, &header::ACCEPT).map(str::to_ascii_lowercase).peekable();
    ranges.peek().is_none() || ranges.any(|range| is_json(&range))
}

/// Whether a range with its parameters, such as `text/*;q=0.8`, holds JSON.
fn is_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let holds = parts.next().is_some_and(|name| matches!(name, "*/*" | "application/*" | "application/json"));
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
    holds && weight.is_ok_and(|weight| weight > 0.0)
}

/// Whether `If-None-Match` names the tag; a weak one that compression left is as good.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    items(headers, &header::IF_NONE_MATCH).any(|item| item == "*" || item.trim_start_matches("W/") == tag)
}

/// The items of a header that is a list.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        [(name, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn json_is_given_to_who_takes_it() {
        assert!(takes_json(&HeaderMap::new()));
        for accept in ["*/*", "application/json", "text/html, Application/*;q=0.1", "application/json; charset=utf-8"] {
            assert!(takes_json(&headers(header::ACCEPT, accept)), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "application/xml, text/*;q=0.5", "application/json;q=x"] {
            assert!(!takes_json(&headers(header::ACCEPT, accept)), "{accept}");
        }
    }

    #[test]
    fn a_tag_is_known_among_others() {
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(knows(&headers(header::IF_NONE_MATCH, known), "\"a\""), "{known}");
        }
        assert!(!knows(&headers(header::IF_NONE_MATCH, "\"b\", a"), "\"a\""));
    }
}
