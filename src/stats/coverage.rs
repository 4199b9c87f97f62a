//! How much of a window we have. Shown beside every number; below the whole, a
//! roll is not frozen without an officer's written reason.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{
    Kind, Metric, Period, Window,
    hours::{self, AROUND, Hours},
    ledger,
    reach::{self, Cells, Unread},
    store, window,
};

/// An hour that was read whole and has hardly anything in it: its source lost events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThinHour {
    pub hour: DateTime<Utc>,
    pub lines: i32,
    /// Lines of an ordinary hour of those days.
    pub usual: i32,
}

/// What is there of one period of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where the period begins, even if the window begins later.
    pub start: DateTime<Utc>,
    /// Its hours inside the window that had begun.
    pub expected: i64,
    /// Those that are whole and not nearly empty; see [`Coverage::done`].
    pub done: i64,
    pub missing: i64,
    pub thin: i64,
}

/// What is there of a window: of each hour everything that is asked for, of each
/// repository and of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub window: Window,
    /// Clock hours of the window that had begun.
    pub expected: i64,
    /// Of those, the ones read whole and not thin. Of an hour of which some kinds of some
    /// repositories were read, that share counts; all shares together, rounded down.
    pub done: i64,
    /// Those that the archive lacks and that no other source makes up for, consecutive
    /// hours merged.
    pub missing: Vec<Window>,
    /// What lacks of the hours that the archive has, kind by kind.
    pub unread: Vec<Unread>,
    /// Those whose source had lost nearly everything.
    pub thin: Vec<ThinHour>,
    /// Days that lost nearly everything of one type; their hours count as done.
    pub thin_kinds: Vec<ThinKind>,
    /// The end of the latest hour we have, inside the window or not; without any, when
    /// the API last told everything.
    pub as_of: Option<DateTime<Utc>>,
    pub(super) cells: Cells,
}

/// A day on which a type of event all but vanished: its source lost one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThinKind {
    pub day: NaiveDate,
    pub event_type: String,
    /// Of 24 hours.
    pub events: i64,
    /// Of an ordinary day of those weeks.
    pub usual: i64,
}

/// What has to be there of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// As the ledger writes its filters: `org:acme`, `repo:acme/anvil`.
    names: Vec<String>,
    kinds: Vec<Kind>,
}

impl Subject {
    /// Everything that the ledger was ever asked for.
    pub fn everything() -> Self {
        Self::new(&[], &[])
    }

    /// The contributions to these organisations and repositories; without any, to all.
    pub fn new(orgs: &[String], repos: &[String]) -> Self {
        let name = |kind: &'static str| move |name: &String| format!("{kind}:{}", name.trim().to_lowercase());
        let names = orgs.iter().map(name("org")).chain(repos.iter().map(name("repo"))).collect();
        Self { names, kinds: Metric::contributions().kinds().to_vec() }
    }

    /// The same, of these kinds.
    #[must_use]
    pub fn counting(mut self, kinds: &[Kind]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    pub(super) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The names of what it is about; none is everything that was seen.
    pub(super) fn owners_and_repositories(&self, scopes: &[String]) -> Vec<String> {
        let all = self.names.is_empty() && scopes.iter().any(|scope| scope == "*");
        if all { Vec::new() } else { self.wanted(scopes).into_iter().collect() }
    }

    /// The names that must have been read, of all those that the ledger knows.
    pub(super) fn wanted(&self, scopes: &[String]) -> BTreeSet<String> {
        if !self.names.is_empty() {
            return self.names.iter().cloned().collect();
        }
        scopes.iter().filter(|scope| *scope != "*").flat_map(|scope| scope.split(',').map(str::to_owned)).collect()
    }
}

/// The filters of the ledger that hold something of a subject; everything alone if
/// that was read.
pub async fn scopes_of(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<Vec<String>> {
    let mut known = store::scopes(db).await?;
    if known.iter().any(|scope| scope == "*") {
        return Ok(vec!["*".to_owned()]);
    }
    known.retain(|scope| subject.names.is_empty() || subject.names.iter().any(|name| hours::keeps(scope, name)));
    Ok(known)
}

/// How much of a window is there of everything; see [`coverage_of`].
pub async fn coverage(db: &mut PgConnection, window: Window, now: DateTime<Utc>) -> sqlx::Result<Coverage> {
    coverage_of(db, &Subject::everything(), window, now).await
}

/// Looks a window up in the ledger. An hour is done when everything of it was
/// read, or each part that the subject asks for, and it is not nearly empty.
pub async fn coverage_of(
    db: &mut PgConnection,
    subject: &Subject,
    window: Window,
    now: DateTime<Utc>,
) -> sqlx::Result<Coverage> {
    let end = window.last_hour_end().min(next_hour(now));
    let begun = Window { from: window.first_hour(), to: end.max(window.first_hour()) };
    let around = (begun.from.date_naive() - AROUND, begun.to.date_naive() + AROUND);
    let days = store::ledger_days(db, around).await?;
    let hours = Hours::of(&days, &store::scopes(db).await?, subject);
    let (missing, thin) = (hours.missing(begun), hours.thin(begun));
    let (cells, unread) = reach::unknown(db, subject, begun, &missing).await?;
    let mut coverage = Coverage {
        window,
        expected: (begun.to - begun.from).num_hours(),
        done: 0,
        missing: cells.lacking_in(&missing),
        unread,
        thin,
        thin_kinds: hours.thin_kinds(begun),
        as_of: ledger::known_span(db).await?.map(|span| span.to),
        cells,
    };
    coverage.done = coverage.done_in(begun);
    Ok(coverage)
}

/// The end of the hour that has begun before `now`.
fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let hour = window::hour_of(now);
    if hour == now { hour } else { hour + Duration::hours(1) }
}

impl Coverage {
    /// A window of which everything is there.
    #[cfg(test)]
    pub(crate) fn whole(window: Window) -> Self {
        let (missing, unread, thin, thin_kinds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (expected, cells) = (window.hours(), Cells { an_hour: 1, unknown: Vec::new() });
        Self { window, expected, done: expected, missing, unread, thin, thin_kinds, as_of: None, cells }
    }

    /// Whether every hour that had begun is there whole, and at least one had.
    pub fn is_complete(&self) -> bool {
        self.expected > 0 && self.done == self.expected && self.thin_kinds.is_empty() && self.unread.is_empty()
    }

    /// Every hour that the archive lacks something of; days without one of their kinds overlap the rest.
    pub fn gaps(&self) -> Vec<Window> {
        let hour = |thin: &ThinHour| Window { from: thin.hour, to: thin.hour + Duration::hours(1) };
        let begun = (self.window.first_hour(), self.window.first_hour() + Duration::hours(self.expected));
        let day = |thin: &ThinKind| {
            let day = window::midnight(thin.day);
            Window { from: day.max(begun.0), to: (day + Duration::hours(24)).min(begun.1) }
        };
        let thin = self.thin.iter().map(hour).chain(self.thin_kinds.iter().map(day));
        self.missing.iter().copied().chain(thin).collect()
    }

    /// The same, period by period.
    pub fn by(&self, period: Period) -> Vec<Part> {
        let begun = self.window.first_hour();
        let begun = Window { from: begun, to: begun + Duration::hours(self.expected) };
        let mut parts = Vec::new();
        let mut start = period.start(begun.from);
        while start < begun.to {
            let end = period.next(start);
            let inside = Window { from: start.max(begun.from), to: end.min(begun.to) };
            let (missing, thin) = (self.missing_in(inside), self.thin_in(inside));
            parts.push(Part { start, expected: inside.hours(), done: self.done_in(inside), missing, thin });
            start = end;
        }
        parts
    }

    /// Hours of a part of the window that are done.
    fn done_in(&self, part: Window) -> i64 {
        (self.cells.done(part) - self.thin_in(part)).max(0)
    }

    /// Hours of a part of the window that are missing.
    fn missing_in(&self, part: Window) -> i64 {
        let first = self.missing.partition_point(|gap| gap.to <= part.from);
        let gaps = self.missing[first..].iter().take_while(|gap| gap.from < part.to);
        gaps.map(|gap| (gap.to.min(part.to) - gap.from.max(part.from)).num_hours()).sum()
    }

    /// Hours of a part of the window that are nearly empty.
    fn thin_in(&self, part: Window) -> i64 {
        let before = |end: DateTime<Utc>| self.thin.partition_point(|thin| thin.hour < end);
        i64::try_from(before(part.to) - before(part.from)).unwrap_or(0)
    }

    /// Tenths of a percent, rounded down: only the whole is 1000.
    pub fn permille(&self) -> i64 {
        match self.expected {
            0 => 0,
            expected => (self.done * 1000 / expected).min(if self.is_complete() { 1000 } else { 999 }),
        }
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
        if !self.unread.is_empty() {
            sentence += &format!("; without {}", listed(&self.unread, Unread::to_string));
        }
        if !self.thin_kinds.is_empty() {
            sentence += &format!("; nearly without {}", listed(&self.thin_kinds, ThinKind::to_string));
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

impl std::fmt::Display for ThinKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { day, event_type, events, usual } = self;
        write!(f, "{event_type} on {day} ({events} where {usual} are usual)")
    }
}

/// At most three of them.
pub(super) fn listed<T>(all: &[T], name: impl Fn(&T) -> String) -> String {
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
        let cells = Cells { an_hour: 1, unknown: missing.iter().map(|gap| (*gap, 1)).collect() };
        Coverage { window, expected, done, missing, cells, ..Coverage::whole(window) }
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
    fn a_day_without_one_of_its_kinds_is_named_and_not_complete() {
        let day = "2016-01-05".parse().unwrap();
        let kind = ThinKind { day, event_type: "PushEvent".into(), events: 12, usual: 5000 };
        let coverage = Coverage { thin_kinds: vec![kind], ..missing(744, &[]) };
        assert_eq!(
            coverage.sentence(),
            "744 of 744 hours; nearly without PushEvent on 2016-01-05 (12 where 5000 are usual)"
        );
        assert_eq!((coverage.percent().as_str(), coverage.is_complete()), ("99.9 %", false));
        assert_eq!(coverage.gaps(), [Window::parse("2016-01-05", "2016-01-06").unwrap()]);
    }

    #[test]
    fn each_month_has_its_share() {
        let window = Window::parse("2016-01-31T20", "2016-03-01T12").unwrap();
        let gap = ("2016-01-31T23", "2016-02-01T02");
        let hour = super::super::parse_instant("2016-02-29T23").unwrap();
        let thin = vec![ThinHour { hour, lines: 1, usual: 1000 }];
        let coverage = Coverage { window, expected: 4 + 29 * 24 + 3, thin, ..missing(0, &[gap]) };
        let parts = coverage.by(Period::Month);
        let counts: Vec<_> = parts.iter().map(|p| (p.expected, p.missing, p.thin, p.done)).collect();
        // Of March only three hours had begun.
        assert_eq!(counts, [(4, 1, 0, 3), (696, 2, 1, 693), (3, 0, 0, 3)]);
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
