//! Pages as responses, and the few things every template prints: times, numbers.

use std::fmt;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};

use crate::web::WebError;

/// A template as a response. For another status, `(status, Page(page))`.
#[derive(Debug)]
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => WebError::from(error).into_response(),
        }
    }
}

/// An instant, at however many references from it a template stands.
pub trait At {
    fn at(&self) -> DateTime<Utc>;
}

impl At for DateTime<Utc> {
    fn at(&self) -> DateTime<Utc> {
        *self
    }
}

impl<T: At + ?Sized> At for &T {
    fn at(&self) -> DateTime<Utc> {
        (**self).at()
    }
}

/// An instant: in UTC for everyone, in the reader's zone on hover.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    at: DateTime<Utc>,
    format: &'static str,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = self.at.format("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "<time datetime=\"{machine}\">{}</time>", self.at.format(self.format))
    }
}

impl askama::filters::HtmlSafe for Time {}

/// `1 October 2026, 12:00 UTC`.
pub fn time(at: impl At) -> Time {
    Time { at: at.at(), format: "%-d %B %Y, %H:%M UTC" }
}

/// `1 October 2026`.
pub fn day(at: impl At) -> Time {
    Time { at: at.at(), format: "%-d %B %Y" }
}

/// `1 Oct 2026`, where there is little room.
pub fn short_day(at: impl At) -> Time {
    Time { at: at.at(), format: "%-d %b %Y" }
}

/// `2026-10-01 12:00`, for tables.
pub fn stamp(at: impl At) -> Time {
    Time { at: at.at(), format: "%Y-%m-%d %H:%M" }
}

/// `1 October 2026, anywhere on Earth (2 October 2026, 12:00 UTC)`: the day that
/// ends last anywhere, for a deadline at exactly that instant.
pub fn anywhere_on_earth(end: impl At) -> String {
    let end = end.at();
    let last_day = end - TimeDelta::hours(12) - TimeDelta::seconds(1);
    format!("{}, anywhere on Earth ({})", last_day.format("%-d %B %Y"), end.format("%-d %B %Y, %H:%M UTC"))
}

/// `in 8 days`, `3 hours ago`, `now`.
pub fn relative(at: impl At, now: impl At) -> String {
    let delta = at.at() - now.at();
    let minutes = delta.num_minutes().abs();
    let (n, unit) = match minutes {
        0 => return "now".into(),
        1..=119 => (minutes, "minute"),
        120..=2879 => (minutes / 60, "hour"),
        2880..=100_799 => (minutes / 1440, "day"),
        _ => (minutes / 43_200, "month"),
    };
    let s = if n == 1 { "" } else { "s" };
    if delta > TimeDelta::zero() { format!("in {n} {unit}{s}") } else { format!("{n} {unit}{s} ago") }
}

/// A whole number with thousands apart: `1,234,567`.
pub fn thousands(n: impl fmt::Display) -> String {
    let text = n.to_string();
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    let mut out = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 ballot`, `2 ballots`, `1,234 ballots`; for other plurals give both words.
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// A share of a whole in words: never rounds up to 100 % nor down to 0 %.
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    let tenths = i128::from(part) * 1000 / i128::from(whole);
    match tenths {
        0 => "< 0.1 %".into(),
        1..100 => format!("{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{} %", tenths / 10),
    }
}

/// For templates: `{{ at|time }}`, `{{ n|thousands }}`. A page file says
/// `use crate::web::html::filters;`.
#[expect(clippy::inline_always, reason = "askama's macro writes it")]
pub mod filters {
    use std::fmt;

    use super::{At, Time};

    /// See [`super::time`].
    #[askama::filter_fn]
    pub fn time(at: impl At, _: &dyn askama::Values) -> askama::Result<Time> {
        Ok(super::time(at))
    }

    /// See [`super::day`].
    #[askama::filter_fn]
    pub fn day(at: impl At, _: &dyn askama::Values) -> askama::Result<Time> {
        Ok(super::day(at))
    }

    /// See [`super::stamp`].
    #[askama::filter_fn]
    pub fn stamp(at: impl At, _: &dyn askama::Values) -> askama::Result<Time> {
        Ok(super::stamp(at))
    }

    /// See [`super::thousands`].
    #[askama::filter_fn]
    pub fn thousands(n: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::thousands(n))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, 1, hour, 0, 0).unwrap()
    }

    #[test]
    fn an_instant_is_readable_by_people_and_programs() {
        let html = "<time datetime=\"2026-10-01T12:00:00Z\">1 October 2026, 12:00 UTC</time>";
        assert_eq!(time(at(12)).to_string(), html);
    }

    #[test]
    fn anywhere_on_earth_is_spelled_out() {
        let words = "30 September 2026, anywhere on Earth (1 October 2026, 12:00 UTC)";
        assert_eq!(anywhere_on_earth(at(12)), words);
    }

    #[test]
    fn relative_times_read_like_speech() {
        assert_eq!(relative(at(12) + TimeDelta::days(8), at(12)), "in 8 days");
        assert_eq!(relative(at(12), at(15)), "3 hours ago");
        assert_eq!(relative(at(12) + TimeDelta::minutes(1), at(12)), "in 1 minute");
        assert_eq!(relative(at(12), at(12)), "now");
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(thousands(n), text);
        }
        assert_eq!(count(1, "person", "people"), "1 person");
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(percent(9999, 10_000), "99 %");
        assert_eq!(percent(1, 100_000), "< 0.1 %");
        assert_eq!(percent(5, 6), "83 %");
        assert_eq!(percent(1, 64), "1.5 %");
    }
}
