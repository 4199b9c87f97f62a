//! From when to when. A window is half-open, so that two neighbours never count
//! the same event, and every range of the site, the command line and the rules is
//! one of these.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Timelike, Utc};

/// Everything at or after `from` and before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// Why a window is not one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WindowError {
    #[error(
        "{0:?} is not a time; write 2016-01-01, 2016-01-01T01, 2016-01-01T01:30 or 2016-01-01T01:30:00Z (UTC unless it says otherwise)"
    )]
    NotAnInstant(String),
    #[error("the window ends ({to}) before it begins ({from}), or is empty", from = short(*from), to = short(*to))]
    Empty { from: DateTime<Utc>, to: DateTime<Utc> },
}

impl Window {
    /// The window between two instants.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Self, WindowError> {
        if from < to { Ok(Self { from, to }) } else { Err(WindowError::Empty { from, to }) }
    }

    /// Reads both ends; see [`parse_instant`].
    pub fn parse(from: &str, to: &str) -> Result<Self, WindowError> {
        Self::new(parse_instant(from)?, parse_instant(to)?)
    }

    /// How many clock hours it touches.
    pub fn hours(&self) -> i64 {
        (self.last_hour_end() - self.first_hour()).num_hours()
    }

    /// The beginning of its first clock hour.
    pub fn first_hour(&self) -> DateTime<Utc> {
        hour_of(self.from)
    }

    /// The end of its last clock hour.
    pub fn last_hour_end(&self) -> DateTime<Utc> {
        let hour = hour_of(self.to);
        if hour == self.to { hour } else { hour + Duration::hours(1) }
    }

    /// The period of the same length that ends where this one begins.
    #[must_use]
    pub fn before(&self) -> Self {
        Self { from: self.from - (self.to - self.from), to: self.from }
    }

    /// Cuts it into the whole UTC days inside, and what is left at both ends.
    pub fn split(&self) -> Split {
        let first = if midnight(self.from.date_naive()) == self.from {
            self.from.date_naive()
        } else {
            self.from.date_naive() + Days::new(1)
        };
        let last = self.to.date_naive();
        if first >= last {
            return Split { days: None, edges: vec![*self] };
        }
        let edges = [(self.from, midnight(first)), (midnight(last), self.to)];
        let edges = edges.into_iter().filter_map(|(from, to)| Self::new(from, to).ok()).collect();
        Split { days: Some((first, last)), edges }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} – {}", short(self.from), short(self.to))
    }
}

/// A window as whole days, answered by the roll-up, and the rest, by the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Half-open, like the window.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// At most two.
    pub edges: Vec<Window>,
}

/// Reads `2016-01-01`, `2016-01-01T01`, `2016-01-01T01:30`, with or without `Z`, or
/// RFC 3339. Without an offset it is UTC; a space may stand for the `T`.
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>, WindowError> {
    let no = || WindowError::NotAnInstant(text.to_owned());
    if let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) {
        return in_range(at.to_utc()).ok_or_else(no);
    }
    let plain = text.trim().replacen(' ', "T", 1);
    let plain = plain.strip_suffix('Z').unwrap_or(&plain);
    let (date, time) = plain.split_once('T').unwrap_or((plain, "00"));
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| no())?;
    let time = parse_time(time).ok_or_else(no)?;
    in_range(Utc.from_utc_datetime(&NaiveDateTime::new(date, time))).ok_or_else(no)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let whole = match text.len() {
        1 | 2 => format!("{text}:00:00"),
        5 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    NaiveTime::parse_from_str(&whole, "%H:%M:%S%.f").ok()
}

/// Far from the ends of what `PostgreSQL` and chrono can count.
fn in_range(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let year = chrono::Datelike::year(&at);
    (1970..=2999).contains(&year).then(|| at.trunc_subsecs(6))
}

/// The beginning of the clock hour that holds `at`.
pub fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = i64::from(at.minute()) * 60 + i64::from(at.second());
    at.trunc_subsecs(0) - Duration::seconds(second)
}

/// The beginning of a UTC day.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN))
}

/// An instant for people: no more digits than it needs.
pub fn short(at: DateTime<Utc>) -> String {
    let format = match (at.hour(), at.minute(), at.second()) {
        (0, 0, 0) => "%Y-%m-%d",
        (_, _, 0) => "%Y-%m-%d %H:%M",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    at.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        parse_instant(text).unwrap()
    }

    #[test]
    fn an_instant_is_read_in_every_way_people_write_it() {
        let one = at("2016-01-01T01:00:00Z");
        for text in [
            "2016-01-01T01",
            "2016-01-01T1",
            "2016-01-01T01:00",
            "2016-01-01T01:00Z",
            "2016-01-01 01:00",
            "2016-01-01T03:00:00+02:00",
        ] {
            assert_eq!(at(text), one, "{text}");
        }
        assert_eq!(at("2016-01-01"), one - Duration::hours(1));
    }

    #[test]
    fn what_is_no_instant_is_refused_by_name() {
        for text in [
            "",
            "yesterday",
            "2016-13-01",
            "2016-01-01T25",
            "2016-01-01T",
            "-2016-01-01",
            "99999-01-01",
            "2016-01-01T01:0",
        ] {
            assert_eq!(parse_instant(text), Err(WindowError::NotAnInstant(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_window_must_be_longer_than_nothing() {
        assert!(matches!(Window::parse("2016-01-02", "2016-01-02"), Err(WindowError::Empty { .. })));
        assert!(matches!(Window::parse("2016-01-02", "2016-01-01"), Err(WindowError::Empty { .. })));
    }

    #[test]
    fn the_period_before_has_the_same_length() {
        let window = Window::parse("2016-01-01T01", "2016-01-01T07").unwrap();
        assert_eq!(window.hours(), 6);
        assert_eq!(window.before(), Window::parse("2015-12-31T19", "2016-01-01T01").unwrap());
    }

    #[test]
    fn half_hours_touch_whole_ones() {
        assert_eq!(Window::parse("2016-01-01T01:30", "2016-01-01T03:30").unwrap().hours(), 3);
    }

    #[test]
    fn a_window_is_cut_into_days_and_edges() {
        let cut = |from: &str, to: &str| Window::parse(from, to).unwrap().split();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(cut("2016-01-01", "2016-01-03").days, Some((day("2016-01-01"), day("2016-01-03"))));
        assert!(cut("2016-01-01", "2016-01-03").edges.is_empty());
        assert_eq!(cut("2016-01-01T01", "2016-01-02T07").days, None);
        let mixed = cut("2016-01-01T01", "2016-01-03T07");
        assert_eq!(mixed.days, Some((day("2016-01-02"), day("2016-01-03"))));
        let edges = [Window::parse("2016-01-01T01", "2016-01-02"), Window::parse("2016-01-03", "2016-01-03T07")];
        assert_eq!(mixed.edges, edges.map(Result::unwrap));
    }
}
