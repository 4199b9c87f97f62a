//! When people do things: weekdays and hours where they live, seasons, moods, growth.
//!
//! Weights are integers in per cent, so that a day's weight is a plain product.

use std::ops::Range;

use chrono::{DateTime, Datelike, Weekday};
use rand::RngExt;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand_chacha::ChaCha8Rng;

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const YEAR: i64 = 365 * DAY;

/// Weight of each local hour for those who contribute at work.
const OFFICE: [u32; 24] = [1, 0, 0, 0, 0, 0, 1, 3, 12, 28, 36, 34, 18, 26, 36, 36, 32, 22, 10, 6, 7, 8, 6, 3];
/// The same for those who contribute in their own time.
const EVENING: [u32; 24] = [6, 3, 1, 0, 0, 0, 1, 4, 5, 5, 6, 6, 8, 7, 6, 6, 7, 10, 14, 20, 28, 30, 24, 14];

/// How one person's time is shaped.
pub(super) struct Habits {
    pub offset_hours: i64,
    /// Contributes in their own time: evenings and weekends too.
    pub evenings: bool,
    /// Comes back every week; others show up for a few weeks and vanish again.
    pub steady: bool,
}

/// Draws `count` instants (Unix seconds) inside `window`; `span` is the whole period, over
/// which the community grows.
pub(super) fn instants(
    rng: &mut ChaCha8Rng,
    habits: &Habits,
    span: &Range<i64>,
    window: &Range<i64>,
    count: i64,
) -> Vec<i64> {
    if count <= 0 || window.is_empty() {
        return Vec::new();
    }
    let days = window.start.div_euclid(DAY)..=(window.end - 1).div_euclid(DAY);
    let days: Vec<i64> = days.collect();
    let day_weights = weigh(rng, habits, span, &days);
    let hour_weights = if habits.evenings { &EVENING } else { &OFFICE };
    let hours = WeightedIndex::new(hour_weights).expect("a constant with positive weights");
    let day = WeightedIndex::new(day_weights).expect("every day weighs at least one");
    let draw = |rng: &mut ChaCha8Rng| {
        let local_hour = i64::try_from(hours.sample(rng)).unwrap_or_default();
        let midnight = days[day.sample(rng)] * DAY;
        midnight + (local_hour - habits.offset_hours) * HOUR + rng.random_range(0..HOUR)
    };
    (0..count).map(|_| inside(rng, window, draw)).collect()
}

/// Draws until the instant falls inside the window, and anywhere in it if none does.
fn inside(rng: &mut ChaCha8Rng, window: &Range<i64>, draw: impl Fn(&mut ChaCha8Rng) -> i64) -> i64 {
    let found = (0..40).map(|_| draw(rng)).find(|at| window.contains(at));
    found.unwrap_or_else(|| rng.random_range(window.clone()))
}

fn weigh(rng: &mut ChaCha8Rng, habits: &Habits, span: &Range<i64>, days: &[i64]) -> Vec<i64> {
    let mut mood = 100;
    let weigh = |&day: &i64| {
        if day % 7 == 0 || day == days[0] {
            mood = draw_mood(rng, habits.steady);
        }
        let calendar = weekday(day, habits.evenings) * season(day);
        (calendar * growth(span, day * DAY) * mood / 10_000).max(1)
    };
    days.iter().map(weigh).collect()
}

/// How a week goes: one in sixteen is a holiday; visitors are away most of the time.
fn draw_mood(rng: &mut ChaCha8Rng, steady: bool) -> i64 {
    let away = if steady { 1.0 / 16.0 } else { 0.85 };
    if rng.random_bool(away) { 1 } else { rng.random_range(30..180) }
}

fn weekday(day: i64, evenings: bool) -> i64 {
    match (date(day).weekday(), evenings) {
        (Weekday::Sat | Weekday::Sun, true) => 85,
        (Weekday::Sat | Weekday::Sun, false) => 16,
        (Weekday::Fri, _) => 82,
        _ => 100,
    }
}

/// The year's end is quiet and August slow.
fn season(day: i64) -> i64 {
    let date = date(day);
    match (date.month(), date.day()) {
        (12, 20..) | (1, ..=3) => 28,
        (8, _) => 62,
        _ => 100,
    }
}

/// From 50 at the start of the whole period to 115 at its end.
fn growth(span: &Range<i64>, at: i64) -> i64 {
    50 + 65 * (at - span.start).max(0) / (span.end - span.start).max(1)
}

fn date(day: i64) -> chrono::NaiveDate {
    DateTime::from_timestamp(day * DAY, 0).unwrap_or_default().date_naive()
}
