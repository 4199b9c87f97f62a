//! How much of a window we have. Shown beside every number; below the whole, a
//! roll is not frozen without an officer's written reason.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;

use super::{Window, store, window};

/// An hour that was read whole and has hardly anything in it: its source lost events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThinHour {
    pub hour: DateTime<Utc>,
    pub lines: i32,
    /// Lines of an ordinary hour of those days.
    pub usual: i32,
}

/// What is there of a window, by the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub window: Window,
    /// Clock hours of the window that had begun.
    pub expected: i64,
    /// Of those, the ones read whole and not thin.
    pub done: i64,
    /// Those not read, consecutive hours merged.
    pub missing: Vec<Window>,
    /// Those whose source had lost nearly everything.
    pub thin: Vec<ThinHour>,
    /// The end of the latest hour we have, inside the window or not.
    pub as_of: Option<DateTime<Utc>>,
    pub bad_lines: i64,
    pub same_fact: i64,
}

/// Looks a window up in the ledger. An hour is done when everything of it was
/// read, or when it was read for every filter that the ledger knows.
pub async fn coverage(db: &mut PgConnection, window: Window, now: DateTime<Utc>) -> sqlx::Result<Coverage> {
    let end = window.last_hour_end().min(next_hour(now));
    let begun = Window { from: window.first_hour(), to: end.max(window.first_hour()) };
    let missing = store::missing_hours(db, begun).await?;
    let expected = (begun.to - begun.from).num_hours();
    let lost: i64 = missing.iter().map(Window::hours).sum();
    let thin = store::thin_hours(db, begun).await?;
    let lines = store::ledger_lines(db, begun).await?;
    let as_of = store::as_of(db).await?;
    Ok(Coverage {
        window,
        expected,
        done: expected - lost - i64::try_from(thin.len()).unwrap_or(0),
        missing,
        thin,
        as_of,
        bad_lines: lines.bad_lines,
        same_fact: lines.same_fact,
    })
}

/// The end of the hour that has begun before `now`.
fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let hour = window::hour_of(now);
    if hour == now { hour } else { hour + Duration::hours(1) }
}

impl Coverage {
    /// Whether every hour that had begun is there, and at least one had.
    pub fn is_complete(&self) -> bool {
        self.expected > 0 && self.done == self.expected
    }

    /// Every hour that is not done, nearly empty ones too.
    pub fn gaps(&self) -> Vec<Window> {
        let thin = self.thin.iter().map(|thin| Window { from: thin.hour, to: thin.hour + Duration::hours(1) });
        self.missing.iter().copied().chain(thin).collect()
    }

    /// Tenths of a percent, rounded down: only the whole is 1000.
    pub fn permille(&self) -> i64 {
        if self.expected == 0 { 0 } else { self.done * 1000 / self.expected }
    }

    /// "98.7 %", rounded down, so that only the whole reads "100 %".
    pub fn percent(&self) -> String {
        match self.permille() {
            1000 => "100 %".to_owned(),
            part => format!("{}.{} %", part / 10, part % 10),
        }
    }

    /// "5 of 6 hours; missing 2016-01-01 03:00", with at most three gaps named.
    pub fn sentence(&self) -> String {
        if self.expected == 0 {
            return "no hour of this window has begun".to_owned();
        }
        let hours = if self.expected == 1 { "hour" } else { "hours" };
        let mut sentence = format!("{} of {} {hours}", self.done, self.expected);
        if !self.missing.is_empty() {
            sentence += &format!("; missing {}", listed(&self.missing, gap));
        }
        if !self.thin.is_empty() {
            sentence += &format!("; nearly empty {}", listed(&self.thin, ThinHour::to_string));
        }
        sentence
    }
}

impl std::fmt::Display for ThinHour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hour, lines, usual } = self;
        write!(f, "{} ({lines} lines where {usual} are usual)", hour.format("%Y-%m-%d %H:%M"))
    }
}

/// At most three of them.
fn listed<T>(all: &[T], name: impl Fn(&T) -> String) -> String {
    let mut names: Vec<_> = all.iter().take(3).map(name).collect();
    if all.len() > 3 {
        names.push(format!("and {} more", all.len() - 3));
    }
    names.join(", ")
}

fn gap(gap: &Window) -> String {
    let from = gap.from.format("%Y-%m-%d %H:%M");
    if gap.hours() == 1 {
        return from.to_string();
    }
    let same_day = gap.from.date_naive() == gap.to.date_naive();
    let to = gap.to.format(if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" });
    format!("{from} to {to}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(expected: i64, gaps: &[(&str, &str)]) -> Coverage {
        let window = Window::parse("2016-01-01", "2016-02-01").unwrap();
        let missing: Vec<_> = gaps.iter().map(|(from, to)| Window::parse(from, to).unwrap()).collect();
        let done = expected - missing.iter().map(Window::hours).sum::<i64>();
        Coverage { window, expected, done, missing, thin: Vec::new(), as_of: None, bad_lines: 0, same_fact: 0 }
    }

    #[test]
    fn a_gap_is_named() {
        let coverage = missing(6, &[("2016-01-01T03", "2016-01-01T04")]);
        assert_eq!(coverage.sentence(), "5 of 6 hours; missing 2016-01-01 03:00");
        assert!(!coverage.is_complete());
        assert_eq!(coverage.percent(), "83.3 %");
    }

    #[test]
    fn an_hour_that_lost_nearly_everything_is_named_and_not_done() {
        let hour = super::super::parse_instant("2016-01-01T05").unwrap();
        let thin = vec![ThinHour { hour, lines: 112, usual: 11_000 }];
        let coverage = Coverage { done: 5, thin, ..missing(6, &[]) };
        assert_eq!(
            coverage.sentence(),
            "5 of 6 hours; nearly empty 2016-01-01 05:00 (112 lines where 11000 are usual)"
        );
        assert!(!coverage.is_complete());
    }

    #[test]
    fn at_most_three_gaps_are_named() {
        let gaps = [
            ("2016-01-01T03", "2016-01-01T05"),
            ("2016-01-02T23", "2016-01-03T01"),
            ("2016-01-04T01", "2016-01-04T02"),
            ("2016-01-05T01", "2016-01-05T02"),
        ];
        assert_eq!(
            missing(100, &gaps).sentence(),
            "94 of 100 hours; missing 2016-01-01 03:00 to 05:00, 2016-01-02 23:00 to 2016-01-03 01:00, 2016-01-04 01:00, and 1 more"
        );
    }

    #[test]
    fn only_the_whole_is_a_hundred_percent() {
        assert_eq!(missing(100_000, &[("2016-01-01", "2016-01-01T01")]).percent(), "99.9 %");
        assert_eq!(missing(744, &[]).percent(), "100 %");
        assert!(missing(744, &[]).is_complete());
    }

    #[test]
    fn a_window_in_the_future_is_not_complete() {
        assert!(!missing(0, &[]).is_complete());
        assert_eq!(missing(0, &[]).sentence(), "no hour of this window has begun");
    }
}
