//! The orders that Kubernetes published, by the methods it had them counted by.

use tally::{BlankRule, Candidate, Method, Rules, SeatOrder, Strength, count};

use crate::common::data::{elections, read_election, read_json, strings};

/// CIVS counts Schulze's method by winning votes, then by fewer votes against; Elekto by winning
/// votes, and orders by the number of defeats.
const OWN: [(&str, Method, Strength, SeatOrder); 4] = [
    ("k8s-steering-2017", Method::Schulze, Strength::WinsThenLosses, SeatOrder::Tiers),
    ("k8s-steering-2018", Method::Schulze, Strength::WinsThenLosses, SeatOrder::Tiers),
    ("k8s-steering-2019", Method::Benham, Strength::WinningVotes, SeatOrder::Tiers),
    ("k8s-steering-2021", Method::Schulze, Strength::WinningVotes, SeatOrder::Defeats),
];

/// The name as the ballots have it, without the login behind it.
fn plain(name: &str) -> String {
    let name = name.split(" (").next().unwrap_or_default();
    // Spelled so in the ballots of 2017, and right in the result.
    name.replace("Whitrock", "Wittrock")
}

#[test]
fn kubernetes_published_what_we_count() {
    let Some(elections) = elections() else { return };
    for (key, method, strength, order) in OWN {
        let election = read_election(&elections.join(key));
        let published = strings(&read_json(&elections.join(key).join("meta.json"))["ranking"]);
        let rules = Rules { method, strength, order, ..Rules::new(BlankRule::NoOpinion) };
        let outcome = count(&election.profile, &rules).expect("an outcome");
        let names = |tier: &Vec<Candidate>| tier.iter().map(|i| plain(&election.candidates[i.0])).collect();
        let found: Vec<Vec<String>> = outcome.ranking.iter().map(names).collect();
        assert!(found.iter().eq(published.iter().map(std::slice::from_ref)), "{key}: {found:?}");
    }
}
