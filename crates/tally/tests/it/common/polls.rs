//! Piles of ballots to test properties with.

use std::env;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tally::{Profile, Rank};

/// Numbers as in a file, 0 for a blank, and how often the ballot was cast.
pub type Ballots = Vec<(Vec<u32>, u64)>;

#[expect(clippy::disallowed_methods, reason = "proptest's own variable, with another default")]
pub fn config() -> ProptestConfig {
    let cases = env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(2_000),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

pub fn profile(candidates: usize, ballots: &Ballots) -> Profile {
    let mut profile = Profile::new(candidates).unwrap();
    for (numbers, count) in ballots {
        let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
        profile.push(&ranks, *count).unwrap();
    }
    profile
}

prop_compose! {
    /// At most 12 ballots for `least` to six candidates, with blanks, equal ranks and gaps.
    pub fn polls(least: usize)(candidates in least..=6)(
        ballots in prop::collection::vec(
            (prop::collection::vec(0..=5_u32, candidates), 0..4_u64), 0..12),
        candidates in Just(candidates),
    ) -> (usize, Ballots) {
        (candidates, ballots)
    }
}
