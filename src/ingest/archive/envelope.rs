//! The part that every event has, read tolerantly: what we do not need may be
//! absent or odd, what we need may not. Strings are borrowed from the line and
//! the payload is left unread until its type is known.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A JSON string, borrowed if it holds no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// One event in the shape of 2015 and later; `legacy` brings older ones into it.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub actor: Named<'a>,
    #[serde(borrow)]
    pub repo: Repo<'a>,
    #[serde(borrow, default)]
    pub org: Option<Named<'a>>,
    #[serde(borrow, default)]
    pub payload: Option<&'a RawValue>,
    #[serde(borrow)]
    pub created_at: Text<'a>,
}

/// An account or an organisation.
#[derive(Debug, Deserialize)]
pub struct Named<'a> {
    pub id: i64,
    #[serde(borrow)]
    pub login: Text<'a>,
}

/// A repository.
#[derive(Debug, Deserialize)]
pub struct Repo<'a> {
    pub id: i64,
    #[serde(borrow)]
    pub name: Text<'a>,
}

/// Why a line is not an event.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("not UTF-8 after byte {0}")]
    Utf8(usize),
    #[error("not JSON: {0}")]
    Json(serde_json::Error),
    #[error("not an event: {0}")]
    Shape(serde_json::Error),
    #[error("{0:?} is not an instant of this century")]
    Instant(String),
    #[error("{0}: {1}")]
    Payload(String, serde_json::Error),
    #[error("{0} without {1}")]
    Without(String, &'static str),
    #[error("number {0} is out of range")]
    Number(i64),
    #[error("a name of {0} bytes, or with a NUL in it")]
    Name(usize),
}

impl<'a> Envelope<'a> {
    /// Reads a line.
    pub fn parse(line: &'a [u8]) -> Result<Self, LineError> {
        let text = std::str::from_utf8(line).map_err(|error| LineError::Utf8(error.valid_up_to()))?;
        let event: Self = serde_json::from_str(text).map_err(not_an_event)?;
        event.check_names()?;
        Ok(event)
    }

    /// Names go into indexes and texts of `PostgreSQL`, which take neither any
    /// length nor a NUL.
    fn check_names(&self) -> Result<(), LineError> {
        let org = self.org.as_ref().map_or("", |org| &org.login.0);
        [&*self.kind.0, &self.actor.login.0, &self.repo.name.0, org].into_iter().try_for_each(storable)
    }

    /// When it happened, in seconds since 1970.
    pub fn at(&self) -> Result<i64, LineError> {
        parse_second(&self.created_at.0)
    }

    /// Whether it is of the time whose events are written in other ways.
    pub fn is_old(&self) -> bool {
        is_old(&self.created_at.0)
    }

    /// Its id, however it is written; 0 for none.
    pub fn id(&self) -> i64 {
        self.id.map_or(0, |id| id.get().trim_matches('"').parse().unwrap_or(0))
    }
}

/// Whether a name can go into an index.
pub fn storable(name: &str) -> Result<(), LineError> {
    let fits = name.len() <= 300 && memchr::memchr(0, name.as_bytes()).is_none();
    if fits { Ok(()) } else { Err(LineError::Name(name.len())) }
}

/// The second of an instant of this century: others are slips, and fit no key.
pub fn second(at: DateTime<Utc>) -> Result<i64, LineError> {
    if (2000..=2100).contains(&at.year()) { Ok(at.timestamp()) } else { Err(LineError::Instant(at.to_rfc3339())) }
}

pub(super) fn not_an_event(error: serde_json::Error) -> LineError {
    if error.is_data() { LineError::Shape(error) } else { LineError::Json(error) }
}

/// Whether an instant, however it is written, is before 2015.
pub fn is_old(created_at: &str) -> bool {
    created_at < "2015"
}

/// RFC 3339, or `2012/04/11 15:01:33 -0700`.
pub fn parse_instant(text: &str) -> Result<DateTime<FixedOffset>, LineError> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y/%m/%d %H:%M:%S %z"))
        .ok()
        .filter(|at| (2000..=2100).contains(&at.year()))
        .ok_or_else(|| LineError::Instant(text.chars().take(40).collect()))
}

/// An instant to seconds.
pub fn parse_second(text: &str) -> Result<i64, LineError> {
    parse_instant(text).map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(actor: &str, at: &str) -> String {
        format!(
            r#"{{"id":"7","type":"WatchEvent","actor":{actor},"repo":{{"id":2,"name":"a/b"}},"payload":{{}},"created_at":"{at}"}}"#
        )
    }

    const ADA: &str = r#"{"id":1,"login":"ada"}"#;

    #[test]
    fn an_event_is_read_with_what_it_lacks() {
        let text = line(ADA, "2016-01-01T01:00:00Z");
        let event = Envelope::parse(text.as_bytes()).unwrap();
        assert_eq!((event.id(), event.actor.id, event.at().unwrap()), (7, 1, 1_451_610_000));
        assert!(event.org.is_none());
        let text = text.replace(r#""id":"7","#, "").replace(r#""payload":{},"#, "").replace("ada", r"a\u0064a");
        let event = Envelope::parse(text.as_bytes()).unwrap();
        assert_eq!((event.id(), &*event.actor.login.0), (0, "ada"));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        let reason = |line: &[u8]| Envelope::parse(line).and_then(|e| e.at()).unwrap_err().to_string();
        assert_eq!(reason(b"{\"a\":\"\xff\"}"), "not UTF-8 after byte 6");
        assert!(reason(b"{\"id\":").starts_with("not JSON: EOF"));
        assert!(reason(b"{}").starts_with("not an event: missing field `type`"));
        assert!(reason(line(r#"{"login":"ada"}"#, "").as_bytes()).starts_with("not an event: missing field `id`"));
        assert_eq!(reason(line(ADA, "soon").as_bytes()), "\"soon\" is not an instant of this century");
        assert!(reason(line(r#"{"id":1,"login":"a\u0000"}"#, "").as_bytes()).starts_with("a name of 2 bytes"));
    }

    #[test]
    fn depth_does_not_crash() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let text = line(ADA, "2016-01-01T01:00:00Z").replace("\"payload\":{}", &format!("\"payload\":{deep}"));
        // Unread payloads are passed over without recursion; what is read is not.
        let event = Envelope::parse(text.as_bytes()).unwrap();
        assert!(super::super::payload::read(&event).is_ok());
        let text = text.replace("WatchEvent", "PushEvent");
        assert!(super::super::payload::read(&Envelope::parse(text.as_bytes()).unwrap()).is_err());
        assert!(matches!(Envelope::parse(deep.as_bytes()), Err(LineError::Shape(_) | LineError::Json(_))));
    }

    #[test]
    fn instants_of_every_era_are_read() {
        for text in ["2012-04-11T22:01:33Z", "2012-04-11T15:01:33-07:00", "2012/04/11 15:01:33 -0700"] {
            assert_eq!(parse_second(text).unwrap(), 1_334_181_693, "{text}");
            assert!(is_old(text));
        }
        assert!(!is_old("2015-01-01T00:00:00Z"));
    }
}
