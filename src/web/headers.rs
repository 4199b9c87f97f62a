//! The headers on every response. A page may be kept only when it is nobody's:
//! what a cookie or a link opened is not stored, and not compressed either.

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::compression::{DefaultPredicate, Predicate};

use crate::web::{WebState, urls};

/// Everything from this origin, nothing inline, nothing framed.
pub const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), \
         payment=(), usb=(), browsing-topics=()",
    ),
];

/// A drawing for other people's pages: it may stand in them, and loads and runs nothing.
const EMBEDDABLE: &[(&str, &str)] = &[
    ("content-security-policy", "default-src 'none'; frame-ancestors *; sandbox"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// Any page may read the answers for programs, as nobody: no cookie comes along.
const READABLE: &[(&str, &str)] = &[
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "etag, link, hustings-as-of, hustings-coverage, hustings-definition, x-request-id",
    ),
];

/// Sets what the handler has not set itself.
pub async fn set(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let personal = is_personal(&request);
    let embeddable = urls::is_below(request.uri().path(), "/badges");
    let readable = is_read(&request) && urls::is_below(request.uri().path(), urls::API);
    let mut response = next.run(request).await;
    let keeps = !personal && response.status().is_success() && !response.headers().contains_key(header::SET_COOKIE);
    let headers = response.headers_mut();
    let table = if keeps && embeddable { EMBEDDABLE } else { ALWAYS };
    for (name, value) in table.iter().chain(if readable { READABLE } else { &[] }) {
        set_default(headers, HeaderName::from_static(name), value);
    }
    if web.app.public_url.starts_with("https://") {
        set_default(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    set_default(headers, header::CACHE_CONTROL, if keeps { "private, max-age=30" } else { "no-store" });
    response
}

fn is_personal(request: &Request) -> bool {
    request.headers().contains_key(header::COOKIE) || !is_read(request) || urls::is_personal(request.uri().path())
}

fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// Compresses what may be stored: a secret beside words of an attacker's choice
/// would show in the compressed length.
#[derive(Clone, Debug, Default)]
pub struct CompressShared;

impl Predicate for CompressShared {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let kept = response.headers().get(header::CACHE_CONTROL).is_some_and(|v| v != "no-store");
        kept && DefaultPredicate::new().should_compress(response)
    }
}
