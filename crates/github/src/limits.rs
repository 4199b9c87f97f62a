//! When to stop, and until when. GitHub's documented order: `retry-after`, else
//! `x-ratelimit-reset` where nothing remains, else a minute, doubled each time.
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, header};

use crate::Budget;

/// The shortest pause when GitHub does not say how long.
const SHORTEST: TimeDelta = TimeDelta::minutes(1);
/// The longest one: the window of the primary limit.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// Why nothing is asked for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The hour's requests are used up.
    Primary,
    /// Too much at once.
    Secondary,
    /// A tenth of the hour's requests is left, for others who use the same token.
    Reserve,
}

/// Each has a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Rest,
    GraphQl,
}

/// Nothing is asked until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: DateTime<Utc>,
    pub cause: Cause,
    /// How many times in a row GitHub has refused without saying for how long.
    pub strikes: u32,
}

/// What is known about the limits: kept between runs by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pacing {
    pub paused: Option<Pause>,
    pub budget: Option<Budget>,
}

impl Resource {
    pub const ALL: [Self; 2] = [Self::Rest, Self::GraphQl];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::GraphQl => "graphql",
        }
    }
}

impl Cause {
    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Reserve => "reserve",
        }
    }

    /// The cause of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Primary, Self::Secondary, Self::Reserve].into_iter().find(|cause| cause.name() == name)
    }
}

impl Pacing {
    /// The pause that still lasts, or the one that the reserve asks for.
    pub fn pause(&self, now: DateTime<Utc>) -> Option<Pause> {
        let lasting = self.paused.filter(|pause| now < pause.until);
        let spent = self.budget.filter(|budget| budget.is_reserve() && now < budget.reset);
        let strikes = self.paused.map_or(0, |pause| pause.strikes);
        lasting.or_else(|| spent.map(|budget| Pause { until: budget.reset, cause: Cause::Reserve, strikes }))
    }

    /// Takes in what an answer says of the limits. A pause if it was refused by one.
    pub fn hear(&mut self, status: StatusCode, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Option<Pause> {
        self.budget = Budget::read(headers).or(self.budget);
        let refused = refusal(status, headers, body, self.paused.map_or(0, |pause| pause.strikes), now);
        if refused.is_some() || !status.is_client_error() {
            self.paused = refused;
        }
        refused
    }
}

/// The pause that an answer asks for. A 403 may be a plain refusal: then none.
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], strikes: u32, now: DateTime<Utc>) -> Option<Pause> {
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    if let Some(wait) = retry_after(headers, now) {
        return Some(Pause { until: now + wait, cause: Cause::Secondary, strikes });
    }
    if let Some(budget) = Budget::read(headers).filter(|budget| budget.remaining == 0) {
        return Some(Pause { until: budget.reset.max(now), cause: Cause::Primary, strikes });
    }
    let limited = status == StatusCode::TOO_MANY_REQUESTS || headers.contains_key("gh-limited-by") || says_so(body);
    limited.then(|| Pause { until: now + doubled(strikes), cause: Cause::Secondary, strikes: strikes + 1 })
}

/// Seconds, or a date; a date is compared with the server's own, where it says it.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let date = |text: &str| DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc());
    let server = headers.get(header::DATE).and_then(|at| at.to_str().ok()).and_then(date);
    Some((date(text)? - server.unwrap_or(now)).max(TimeDelta::zero()))
}

fn says_so(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    ["secondary rate limit", "api rate limit exceeded", "abuse detection"].iter().any(|words| text.contains(words))
}

/// One minute, then two, four … up to an hour.
fn doubled(strikes: u32) -> TimeDelta {
    (SHORTEST * 2_i32.pow(strikes.min(6))).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn seconds(status: u16, headers: &[(&'static str, &str)], body: &str, strikes: u32) -> Option<(Cause, i64)> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let status = StatusCode::from_u16(status).unwrap();
        refusal(status, &headers, body.as_bytes(), strikes, now())
            .map(|pause| (pause.cause, (pause.until - now()).num_seconds()))
    }

    #[test]
    fn retry_after_comes_first_then_the_reset_then_a_minute() {
        let budget = |remaining| {
            [("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "1795000033")]
        };
        let with = [&budget("0")[..], &[("retry-after", "7")]].concat();
        assert_eq!(seconds(403, &with, "", 0), Some((Cause::Secondary, 7)));
        assert_eq!(seconds(403, &budget("0"), "", 0), Some((Cause::Primary, 33)));
        assert_eq!(seconds(429, &budget("9"), "", 0), Some((Cause::Secondary, 60)));
    }

    #[test]
    fn each_unexplained_refusal_doubles_the_pause_up_to_an_hour() {
        let pauses: Vec<_> = (0..8).filter_map(|n| seconds(429, &[], "", n)).map(|(_, wait)| wait).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    }

    #[test]
    fn a_date_is_measured_by_the_server_s_clock() {
        let date = ("date", "Wed, 18 Nov 2026 10:00:00 GMT");
        let after = ("retry-after", "Wed, 18 Nov 2026 10:00:08 GMT");
        assert_eq!(seconds(429, &[date, after], "", 0), Some((Cause::Secondary, 8)));
    }

    #[test]
    fn a_plain_refusal_is_no_limit() {
        assert_eq!(seconds(403, &[("x-ratelimit-remaining", "4000")], "Must have push access", 0), None);
        assert_eq!(seconds(404, &[("retry-after", "7")], "", 0), None);
        let marker = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(seconds(403, &[], marker, 1), Some((Cause::Secondary, 120)));
    }

    #[test]
    fn the_last_tenth_is_left_to_others() {
        let budget = |remaining| Budget { limit: 5000, remaining, reset: now() + TimeDelta::minutes(9) };
        let pause = |remaining, at| Pacing { paused: None, budget: Some(budget(remaining)) }.pause(at);
        assert_eq!(pause(501, now()), None);
        assert_eq!(pause(500, now()).unwrap().until, now() + TimeDelta::minutes(9));
        assert_eq!(pause(500, now() + TimeDelta::minutes(9)), None);
    }

    #[test]
    fn an_answer_ends_the_strikes() {
        let mut pacing = Pacing::default();
        let mut hear = |status| pacing.hear(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"", now());
        let strikes: Vec<_> = [429, 429, 200, 429].into_iter().map(|s| hear(s).map(|p| p.strikes)).collect();
        assert_eq!(strikes, [Some(1), Some(2), None, Some(1)]);
    }
}
