//! Where the lines of a chart go: round numbers up, whole hours to years across.

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::stats::{Period, Window};

/// A step across: every `n`th period.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub period: Period,
    n: i64,
}

const STEPS: &[Step] = &[
    Step { period: Period::Hour, n: 1 },
    Step { period: Period::Hour, n: 3 },
    Step { period: Period::Hour, n: 6 },
    Step { period: Period::Hour, n: 12 },
    Step { period: Period::Day, n: 1 },
    Step { period: Period::Day, n: 2 },
    Step { period: Period::Week, n: 1 },
    Step { period: Period::Week, n: 2 },
    Step { period: Period::Month, n: 1 },
    Step { period: Period::Quarter, n: 1 },
    Step { period: Period::Quarter, n: 2 },
    Step { period: Period::Year, n: 1 },
    Step { period: Period::Year, n: 2 },
    Step { period: Period::Year, n: 5 },
];

impl Step {
    /// The finest step, not finer than the data, with at most `most` lines.
    pub fn of(window: Window, finest: Period, most: usize) -> Self {
        let coarse = STEPS.iter().skip_while(|s| s.period != finest);
        let mut fitting = coarse.filter(|s| s.instants(window).take(most + 1).count() <= most);
        fitting.next().copied().unwrap_or(Self { period: Period::Year, n: 10 })
    }

    /// Its instants inside a window.
    pub fn instants(self, window: Window) -> impl Iterator<Item = DateTime<Utc>> {
        let first = self.period.start(window.from);
        std::iter::successors(Some(first), move |at| Some(self.period.next(*at)))
            .take_while(move |at| *at < window.to)
            .filter(move |at| *at >= window.from && self.is_nth(*at))
    }

    fn is_nth(self, at: DateTime<Utc>) -> bool {
        let index = match self.period {
            Period::Hour => i64::from(at.hour()),
            Period::Day => i64::from(at.num_days_from_ce()),
            Period::Week => i64::from(at.num_days_from_ce()) / 7,
            Period::Month => i64::from(at.month0()),
            Period::Quarter => i64::from(at.month0()) / 3,
            Period::Year => i64::from(at.year()),
        };
        index % self.n == 0
    }

    /// What stands under one of its lines: the first hour says its day, too.
    pub fn label(self, at: DateTime<Utc>, window: Window) -> String {
        let format = match self.period {
            Period::Hour if self.instants(window).next() == Some(at) => "%-d %b, %H:%M",
            Period::Hour if at.hour() > 0 => "%H:%M",
            Period::Hour | Period::Day | Period::Week => "%-d %b",
            Period::Month | Period::Quarter if at.month() > 1 => "%b",
            Period::Month | Period::Quarter | Period::Year => "%Y",
        };
        at.format(format).to_string()
    }
}

/// Round numbers from 0 to at least `most`, about `lines` of them.
pub fn scale(most: i64, lines: i64) -> Vec<i64> {
    let rough = (most.max(1) + lines - 1) / lines;
    let mut step = 1;
    while step < rough {
        // 1, 2, 5, 10, 20, 50 …
        step = if leading(step) == 2 { step / 2 * 5 } else { step * 2 };
    }
    (0..=(most.max(1) + step - 1) / step).map(|i| i * step).collect()
}

fn leading(mut n: i64) -> i64 {
    while n >= 10 {
        n /= 10;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_at_round_numbers() {
        assert_eq!(scale(0, 4), [0, 1]);
        assert_eq!(scale(7, 4), [0, 2, 4, 6, 8]);
        assert_eq!(scale(9_143, 4), [0, 5000, 10_000]);
        assert_eq!(scale(830, 4), [0, 500, 1000]);
        assert_eq!(scale(40, 4), [0, 10, 20, 30, 40]);
    }

    #[test]
    fn ticks_are_where_people_look_for_them() {
        let labels = |from, to, period, most| -> Vec<String> {
            let window = Window::parse(from, to).unwrap();
            let step = Step::of(window, period, most);
            step.instants(window).map(|at| step.label(at, window)).collect()
        };
        assert_eq!(labels("2016-01-01T01", "2016-01-01T07", Period::Hour, 4), ["1 Jan, 03:00", "06:00"]);
        assert_eq!(labels("2015-11-01", "2016-03-01", Period::Day, 6), ["Nov", "Dec", "2016", "Feb"]);
        assert_eq!(labels("2011-02-12", "2026-11-01", Period::Month, 4), ["2015", "2020", "2025"]);
    }
}
