//! Time and chance as a running process has them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{FutureExt, future::BoxFuture};
use rand::RngExt;

use crate::{clock::Clock, random::Random};

/// The clock and the generator of the app; a pause is really waited for.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub clock: Clock,
    pub random: Random,
}

impl github::World for Surroundings {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn chance(&self) -> f64 {
        self.random.with(|rng| rng.random())
    }

    fn wait(&self, pause: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(pause).boxed()
    }
}
