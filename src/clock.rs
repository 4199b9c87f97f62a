//! What time it is: the one permitted `Utc::now`. Everything else takes the
//! instant, or this clock, as an argument, so that deadlines can be tested one
//! second either side.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};

/// The system's clock, or one that a test moves by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// Reads the machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// Stands still at `at` until [`Clock::set`] moves it.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// The instant, in whole microseconds as `PostgreSQL` keeps them.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now().trunc_subsecs(6),
            Some(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock.
    ///
    /// # Panics
    /// On the system clock, which nobody moves.
    pub fn set(&self, to: DateTime<Utc>) {
        let at = self.0.as_ref().expect("only a fixed clock can be set");
        *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

/// An instant as voters read it: `1 October 2026, 12:00 UTC`.
pub fn utc_text(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// The same instant Anywhere on Earth (UTC−12): `1 October 2026, 00:00 AoE`.
pub fn aoe_text(at: DateTime<Utc>) -> String {
    (at - chrono::TimeDelta::hours(12)).format("%-d %B %Y, %H:%M AoE").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn anywhere_on_earth_is_twelve_hours_behind() {
        let noon = Utc.with_ymd_and_hms(2026, 10, 1, 12, 0, 0).unwrap();
        assert_eq!(utc_text(noon), "1 October 2026, 12:00 UTC");
        assert_eq!(aoe_text(noon), "1 October 2026, 00:00 AoE");
    }

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let noon = Utc.with_ymd_and_hms(2026, 10, 1, 12, 0, 0).unwrap();
        let clock = Clock::fixed(noon);
        let copy = clock.clone();
        clock.set(noon + chrono::TimeDelta::seconds(1));
        assert_eq!(copy.now(), noon + chrono::TimeDelta::seconds(1));
    }
}
