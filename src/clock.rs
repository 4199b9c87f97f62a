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
