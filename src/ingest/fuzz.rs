//! What the targets that change real shapes at random share.

use std::time::{Duration, Instant};

use proptest::{
    prelude::Strategy,
    test_runner::{Config, TestRunner},
};

/// Some bytes of a text put in place of others: where, and what.
pub fn changed(text: &[u8], changes: &[(u16, u8)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (at, byte) in changes {
        let at = usize::from(*at) % text.len();
        text[at] = *byte;
    }
    text
}

/// Calls a target with one input after the other, until its time is over.
#[expect(clippy::disallowed_methods, reason = "the long runs are told by the environment how long")]
pub fn fuzz<S: Strategy>(input: &S, target: impl Fn(S::Value)) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(1));
    while Instant::now() < end {
        let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
        let run = TestRunner::new(config).run(input, |input| {
            target(input);
            Ok(())
        });
        run.unwrap();
    }
}
