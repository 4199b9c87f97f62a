//! Where randomness comes from: the one permitted use of the system's generator.
//! Like the clock it is an argument, so that a test can repeat a day exactly.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{CryptoRng, SeedableRng, rngs::SysRng};
use rand_chacha::ChaCha20Rng;

/// The operating system's randomness, or a repeatable stream for tests.
#[derive(Clone, Debug, Default)]
pub struct Random(Option<Arc<Mutex<ChaCha20Rng>>>);

impl Random {
    /// Draws from the operating system.
    pub fn system() -> Self {
        Self(None)
    }

    /// Draws the same bytes every time: for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// Lends a generator to `draw`.
    pub fn with<T>(&self, draw: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        match &self.0 {
            None => draw(&mut rand::rand_core::UnwrapErr(SysRng)),
            Some(rng) => draw(&mut *rng.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// `N` unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }
}
