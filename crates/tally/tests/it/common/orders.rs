//! Ballots as the formats that have only orders see them.

use std::collections::BTreeMap;

use tally::{Rank, formats::File};

pub type Ballot = Vec<Option<Rank>>;

/// The ballots as weak orders: ranks 1, 2, …
pub fn orders(file: &File) -> Vec<(Ballot, u64)> {
    file.election.profile.iter().map(|(ranks, count)| (renumbered(&ranks), count)).collect()
}

fn renumbered(ranks: &Ballot) -> Ballot {
    let mut used: Vec<_> = ranks.iter().flatten().collect();
    used.sort();
    used.dedup();
    let place = |rank: &Rank| u32::try_from(used.binary_search(&rank).unwrap()).unwrap() + 1;
    ranks.iter().map(|rank| rank.as_ref().map(place).and_then(Rank::new)).collect()
}

/// How often each order was cast, for formats that have no counts.
pub fn sums(ballots: Vec<(Ballot, u64)>) -> BTreeMap<Ballot, u64> {
    let mut sums = BTreeMap::new();
    for (ballot, count) in ballots.into_iter().filter(|(_, count)| *count > 0) {
        *sums.entry(ballot).or_default() += count;
    }
    sums
}
