//! Which hours are whole, and which of those lost nearly everything, from the
//! ledger's days. The one place that decides it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};

use super::{Subject, ThinHour, ThinKind, Window, window::midnight};

/// How far around a day is looked for what is usual.
pub(super) const AROUND: Days = Days::new(7);

/// Below so many lines an hour chance makes nearly empty hours.
const LEAST_USUAL: i32 = 1000;

/// The same of one type of event in a day.
const LEAST_USUAL_KIND: i64 = 500;

/// The hours of one day, read under one filter.
#[derive(Clone, Debug)]
pub struct LedgerDay {
    pub day: NaiveDate,
    pub scope: String,
    /// 24 of them; `None` is an hour that is not done.
    pub lines: Vec<Option<i32>>,
    /// Types of event, and the events of each.
    pub types: Vec<String>,
    pub events: Vec<i32>,
}

impl LedgerDay {
    /// The events of each type, as if all 24 hours were done.
    fn kinds(&self) -> impl Iterator<Item = (&str, i64)> {
        let hours = i64::from(self.mask().count_ones()).max(1);
        self.types.iter().zip(&self.events).map(move |(name, n)| (&**name, i64::from(*n) * 24 / hours))
    }

    /// A bit for each hour that is done.
    fn mask(&self) -> u32 {
        self.lines.iter().enumerate().filter(|(_, lines)| lines.is_some()).fold(0, |mask, (n, _)| mask | 1 << n)
    }
}

/// What is known of one day, whatever it was read for.
#[derive(Clone, Debug, Default)]
struct Day {
    /// A bit for each hour that is whole.
    whole: u32,
    lines: [Option<i32>; 24],
    kinds: BTreeMap<String, i64>,
}

/// The days of a window and a week around it.
#[derive(Clone, Debug)]
pub struct Hours(BTreeMap<NaiveDate, Day>);

impl Hours {
    /// An hour is whole when everything of it was read, or each thing that is asked
    /// for: the subject, or else every filter that the ledger knows.
    pub fn of(days: &[LedgerDay], scopes: &[String], subject: &Subject) -> Self {
        let wanted = subject.wanted(scopes);
        let mut all = BTreeMap::new();
        for rows in days.chunk_by(|a, b| a.day == b.day) {
            let read = |keeps: &dyn Fn(&str) -> bool| {
                rows.iter().filter(|row| keeps(&row.scope)).fold(0, |mask, row| mask | row.mask())
            };
            let whole = if wanted.is_empty() {
                read(&|scope| scope == "*")
            } else {
                wanted.iter().map(|name| read(&|scope| keeps(scope, name))).fold(u32::MAX, |all, mask| all & mask)
            };
            let lines = std::array::from_fn(|n| rows.iter().filter_map(|row| *row.lines.get(n)?).max());
            let mut kinds = BTreeMap::new();
            for (name, n) in rows.iter().flat_map(LedgerDay::kinds) {
                let most: &mut i64 = kinds.entry(name.to_owned()).or_default();
                *most = n.max(*most);
            }
            all.insert(rows[0].day, Day { whole, lines, kinds });
        }
        Self(all)
    }

    /// The hours of a window that are not whole, consecutive ones merged. The window
    /// begins and ends on the hour.
    pub fn missing(&self, window: Window) -> Vec<Window> {
        let mut gaps: Vec<Window> = Vec::new();
        for (hour, _) in self.over(window).filter(|(_, lines)| lines.is_none()) {
            let end = hour + Duration::hours(1);
            match gaps.last_mut().filter(|gap| gap.to == hour) {
                Some(gap) => gap.to = end,
                None => gaps.push(Window { from: hour, to: end }),
            }
        }
        gaps
    }

    /// The whole hours of a window whose file has less than a tenth of the lines that
    /// its day's hours usually have: the median of the medians of the days within a
    /// week of it, so that neither a weekend nor a lost day moves what is usual.
    pub fn thin(&self, window: Window) -> Vec<ThinHour> {
        let medians = self.0.iter().filter_map(|(day, hours)| Some((*day, median(hours.lines.into_iter().flatten())?)));
        let medians: BTreeMap<NaiveDate, i32> = medians.collect();
        let usual = |day: &NaiveDate| median(medians.range(*day - AROUND..=*day + AROUND).map(|(_, lines)| *lines));
        let usual: BTreeMap<_, _> = self.0.keys().filter_map(|day| Some((*day, usual(day)?))).collect();
        let thin = |(hour, lines): (DateTime<Utc>, Option<i32>)| {
            let (lines, usual) = (lines?, *usual.get(&hour.date_naive())?);
            (usual >= LEAST_USUAL && lines < usual / 10).then_some(ThinHour { hour, lines, usual })
        };
        self.over(window).filter_map(thin).collect()
    }

    /// The days of a window on which a type of event all but vanished, by the same
    /// measure: a source may lose one kind and keep the others.
    pub fn thin_kinds(&self, window: Window) -> Vec<ThinKind> {
        let days: Vec<(NaiveDate, &Day)> =
            self.0.iter().filter(|(_, d)| d.whole != 0).map(|(day, d)| (*day, d)).collect();
        let names: BTreeSet<&String> = days.iter().flat_map(|(_, hours)| hours.kinds.keys()).collect();
        let mut thin = Vec::new();
        for (n, (day, hours)) in days.iter().enumerate() {
            if midnight(*day) + Duration::hours(24) <= window.from || midnight(*day) >= window.to {
                continue;
            }
            let near = |other: &&(NaiveDate, &Day)| other.0 + AROUND >= *day && other.0 <= *day + AROUND;
            let around: Vec<_> = days[n.saturating_sub(7)..].iter().take(15).filter(near).collect();
            for name in &names {
                let events = |hours: &Day| hours.kinds.get(*name).copied().unwrap_or(0);
                let usual = median(around.iter().map(|(_, hours)| events(hours))).unwrap_or(0);
                let events = events(hours);
                if usual >= LEAST_USUAL_KIND && events < usual / 10 {
                    thin.push(ThinKind { day: *day, event_type: (*name).clone(), events, usual });
                }
            }
        }
        thin
    }

    /// Every hour of a window, with its lines if it is whole.
    fn over(&self, window: Window) -> impl Iterator<Item = (DateTime<Utc>, Option<i32>)> {
        let days = window.from.date_naive().iter_days().take_while(move |day| midnight(*day) < window.to);
        let hours = days.flat_map(|day| {
            let known = self.0.get(&day);
            (0..24).map(move |n| {
                let whole = known.filter(|known| known.whole >> n & 1 == 1);
                (
                    midnight(day) + Duration::hours(n),
                    whole.and_then(|known| known.lines[usize::try_from(n).unwrap_or(0)]),
                )
            })
        });
        hours.filter(move |(hour, _)| *hour >= window.from && *hour < window.to)
    }
}

/// Whether what was read under a filter holds everything of a name of one: an
/// organisation's repositories are in what was read for it.
pub(super) fn keeps(scope: &str, name: &str) -> bool {
    let owner = name.strip_prefix("repo:").and_then(|name| Some(format!("org:{}", name.split_once('/')?.0)));
    scope == "*" || scope.split(',').any(|kept| kept == name || owner.as_deref() == Some(kept))
}

/// The lower one of the two in the middle.
fn median<T: Copy + Ord>(all: impl Iterator<Item = T>) -> Option<T> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all.get(all.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, scope: &str, lines: [Option<i32>; 24]) -> LedgerDay {
        let (day, types, events) = (text.parse().unwrap(), Vec::new(), Vec::new());
        LedgerDay { day, scope: scope.to_owned(), lines: lines.to_vec(), types, events }
    }

    fn window(from: &str, to: &str) -> Window {
        Window::parse(from, to).unwrap()
    }

    fn without(hour: usize) -> [Option<i32>; 24] {
        std::array::from_fn(|n| (n != hour).then_some(9000))
    }

    fn missing(days: &[LedgerDay], subject: &Subject) -> Vec<String> {
        let mut scopes: Vec<_> = days.iter().map(|day| day.scope.clone()).collect();
        scopes.dedup();
        let hours = Hours::of(days, &scopes, subject);
        hours.missing(window("2016-01-01T22", "2016-01-02T03")).iter().map(Window::to_string).collect()
    }

    #[test]
    fn a_gap_goes_over_midnight() {
        let days = [day("2016-01-01", "*", without(23)), day("2016-01-02", "*", without(0))];
        assert_eq!(missing(&days, &Subject::everything()), ["2016-01-01 23:00 – 2016-01-02 01:00"]);
        assert_eq!(missing(&[], &Subject::everything()), ["2016-01-01 22:00 – 2016-01-02 03:00"]);
    }

    #[test]
    fn an_hour_is_whole_when_everything_or_every_filter_was_read() {
        let days = |acme: usize, other: usize| {
            let rows = |text: &'static str| {
                [day(text, "org:acme,repo:a/b", without(acme)), day(text, "org:other", without(other))]
            };
            [rows("2016-01-01"), rows("2016-01-02")].concat()
        };
        let every = Subject::everything();
        assert_eq!(missing(&days(1, 2), &every), ["2016-01-02 01:00 – 2016-01-02 03:00"]);
        assert_eq!(missing(&days(1, 5), &Subject::new(&["Other".into()], &[])), Vec::<String>::new());
        assert_eq!(
            missing(&days(1, 5), &Subject::new(&[], &["acme/anvil".into()])),
            ["2016-01-02 01:00 – 2016-01-02 02:00"]
        );
        assert_eq!(missing(&days(1, 5), &Subject::new(&[], &["a/c".into()])), ["2016-01-01 22:00 – 2016-01-02 03:00"]);
        let both = [days(1, 2), vec![day("2016-01-02", "*", without(2))]].concat();
        assert_eq!(missing(&both, &every), ["2016-01-02 02:00 – 2016-01-02 03:00"]);
    }

    /// Ten days with these lines an hour, and pushes a day.
    fn ten_days(of: impl Fn(u64) -> (i32, i32)) -> Hours {
        let first: NaiveDate = "2016-01-01".parse().unwrap();
        let days = (0..10).map(|n| {
            let (day, (lines, pushes)) = (first + Days::new(n), of(n));
            let types = vec!["IssuesEvent".to_owned(), "PushEvent".to_owned()];
            LedgerDay { day, scope: "*".into(), lines: vec![Some(lines); 24], types, events: vec![600, pushes] }
        });
        Hours::of(&days.collect::<Vec<_>>(), &["*".into()], &Subject::everything())
    }

    #[test]
    fn usual_is_what_the_days_around_have_and_a_lost_day_does_not_move_it() {
        let all = window("2016-01-01", "2016-01-11");
        let thin = ten_days(|n| (if (4..6).contains(&n) { 90 } else { 9000 }, 5000)).thin(all);
        assert_eq!(thin.len(), 48);
        assert_eq!((thin[0].lines, thin[0].usual), (90, 9000));
        assert!(ten_days(|n| (if n == 4 { 9 } else { 900 }, 5000)).thin(all).is_empty(), "too few to tell");
    }

    #[test]
    fn a_type_of_event_that_vanishes_alone_is_seen() {
        let all = window("2016-01-01", "2016-01-11");
        let thin = ten_days(|n| (9000, if n == 4 { 499 } else { 5000 })).thin_kinds(all);
        let day = "2016-01-05".parse().unwrap();
        assert_eq!(thin, [ThinKind { day, event_type: "PushEvent".into(), events: 499, usual: 5000 }]);
        assert!(ten_days(|n| (9000, if n == 4 { 500 } else { 5000 })).thin_kinds(all).is_empty());
        assert!(ten_days(|n| (9000, if n == 4 { 0 } else { 499 })).thin_kinds(all).is_empty(), "too few to tell");
        // A type that GitHub ended is not missed for ever.
        assert!(ten_days(|n| (9000, if n > 1 { 0 } else { 5000 })).thin_kinds(all).is_empty());
    }
}
