//! What GitHub answered, as far as it is the same for everything.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};

/// How many requests this hour allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub limit: u32,
    pub remaining: u32,
    pub reset: DateTime<Utc>,
}

/// An answer that is not an error.
#[derive(Clone, Debug)]
pub struct Answer {
    pub content: Content,
    /// The address of the next page.
    pub next: Option<String>,
    /// How long to leave an events address alone.
    pub poll_interval: Option<TimeDelta>,
}

/// The body, if it is not the one we know.
#[derive(Clone, Debug)]
pub enum Content {
    Fresh {
        body: Bytes,
        etag: Option<String>,
    },
    /// The body of the `ETag` that was sent along; costs nothing of the budget.
    Unchanged,
}

impl Budget {
    /// From the headers of any answer.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.parse::<u32>().ok();
        let reset = DateTime::from_timestamp(number("x-ratelimit-reset")?.into(), 0)?;
        let remaining = number("x-ratelimit-remaining")?;
        Some(Self { limit: number("x-ratelimit-limit").unwrap_or(remaining), remaining, reset })
    }

    /// Whether only the reserve of a tenth is left.
    pub fn is_reserve(&self) -> bool {
        self.remaining <= self.limit / 10
    }
}

impl Answer {
    pub(crate) fn read(headers: &HeaderMap, content: Content) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = text("x-poll-interval").and_then(|seconds| seconds.parse().ok());
        let next = text(header::LINK.as_str()).and_then(next_page);
        Self { content, next, poll_interval: seconds.map(TimeDelta::seconds) }
    }
}

/// `<https://…?page=2>; rel="next", <…>; rel="last"`.
fn next_page(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains(r#"rel="next""#))?;
    let (_, rest) = next.split_once('<')?;
    rest.split_once('>').map(|(url, _)| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_called_next() {
        let link =
            r#"<https://h/x?page=1>; rel="prev", <https://h/x?page=3>; rel="next", <https://h/x?page=9>; rel="last""#;
        assert_eq!(next_page(link).as_deref(), Some("https://h/x?page=3"));
        assert_eq!(next_page(r#"<https://h/x?page=1>; rel="prev""#), None);
    }
}
