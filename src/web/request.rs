//! A request's id, time and log line. What is logged is the matched route, never
//! the address: a ballot link, a search or a login is in no log.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

/// Names one request on the page, in its header and in the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    fn next() -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        // A fresh RandomState has fresh keys: a name nobody can guess or order.
        let id = RandomState::new().hash_one(SERIAL.fetch_add(1, Ordering::Relaxed));
        Self(format!("{id:016x}"))
    }
}

/// Gives the request an id and logs how it went.
pub async fn trace(mut request: Request, next: Next) -> Response {
    let id = RequestId::next();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span =
        tracing::info_span!("request", request.id = %id.0, request.method = %request.method(), request.route = %route);
    request.extensions_mut().insert(id.clone());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    let status = response.status().as_u16();
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(response.status = status, response.millis = millis, "answered"));
    response
}
