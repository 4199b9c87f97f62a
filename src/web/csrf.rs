//! Requests that change something must come from our own pages. The browser says
//! so: `Sec-Fetch-Site`, or where it is absent (plain http, old browsers) `Origin`
//! or `Referer`. A request that says nothing is refused.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::web::{WebError, WebState, hooks, urls};

/// Refuses what another site sent; GitHub's deliveries are known by their signature,
/// and the interface for programs changes nothing and knows nobody.
pub async fn same_origin(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    let for_programs = path == hooks::GITHUB || urls::is_below(path, urls::API);
    if harmless || for_programs || is_ours(request.headers(), &web.app.public_url) {
        return next.run(request).await;
    }
    WebError::Forbidden(
        "This form was not sent from a page of this site, so nothing was done. \
         Open the page again and send the form from there."
            .into(),
    )
    .into_response()
}

fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let from = text("origin").or_else(|| text("referer")).and_then(host);
    from.is_some() && (from == host(public_url) || from == text(header::HOST.as_str()))
}

/// Host and port of an http address; `null` and anything else is nobody.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
        is_ours(&headers, "https://vote.example.org")
    }

    #[test]
    fn our_own_pages_may_post() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("sec-fetch-site", "none")]));
        assert!(ours(&[("origin", "https://vote.example.org")]));
        assert!(ours(&[("referer", "https://vote.example.org/officer/x?y")]));
        assert!(ours(&[("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")]));
    }

    #[test]
    fn nobody_else_may() {
        assert!(!ours(&[]));
        assert!(!ours(&[("sec-fetch-site", "cross-site"), ("origin", "https://vote.example.org")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]));
        assert!(!ours(&[("origin", "null"), ("referer", "https://vote.example.org/")]));
        assert!(!ours(&[("origin", "https://vote.example.org.evil.org"), ("host", "vote.example.org")]));
        assert!(!ours(&[("origin", "https://vote.example.org@evil.org")]));
        assert!(!ours(&[("referer", "https://evil.org/?https://vote.example.org/")]));
    }
}
