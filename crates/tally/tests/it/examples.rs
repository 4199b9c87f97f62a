//! Worked examples of published papers and test suites, compared with their answers.

use crate::common::data::elections;
use crate::common::example::Example;
use tally::{Candidate, Method, Outcome, Rules, Strength, count};

/// The methods of the file that are ours, by their names there.
const METHODS: [(&str, Method, Strength); 11] = [
    ("Schulze Winning", Method::Schulze, Strength::WinningVotes),
    ("Schulze Margin", Method::Schulze, Strength::Margins),
    ("Schulze Ratio", Method::Schulze, Strength::Ratio),
    ("Ranked Pairs Winning", Method::RankedPairs, Strength::WinningVotes),
    ("Ranked Pairs Margin", Method::RankedPairs, Strength::Margins),
    ("Minimax Winning", Method::Minimax, Strength::WinningVotes),
    ("Minimax Margin", Method::Minimax, Strength::Margins),
    ("Minimax Opposition", Method::MinimaxOpposition, Strength::WinningVotes),
    ("Copeland", Method::Copeland, Strength::WinningVotes),
    ("KemenyYoung", Method::KemenyYoung, Strength::WinningVotes),
    ("Smith", Method::Schulze, Strength::WinningVotes),
];

impl Example {
    /// Counts it by a method of the file, if that is ours.
    fn count(&self, name: &str) -> Option<Outcome> {
        let (_, method, strength) = METHODS.into_iter().find(|(ours, ..)| *ours == name)?;
        let rules = Rules { method, strength, ..Rules::new(self.blank) };
        Some(count(&self.election.profile, &rules).expect("an outcome"))
    }

    fn names(&self, tiers: &[Vec<Candidate>]) -> Vec<Vec<String>> {
        let name = |candidate: &Candidate| self.election.candidates[candidate.0].clone();
        tiers.iter().map(|tier| tier.iter().map(name).collect()).collect()
    }
}

#[test]
fn winners_are_those_of_the_examples() {
    let Some(elections) = elections() else { return };
    let mut compared = 0;
    for example in crate::common::example::read(&elections) {
        for (method, winners) in &example.winners {
            let Some(outcome) = example.count(method) else { continue };
            assert_eq!(example.names(&outcome.ranking)[0], *winners, "{} by {method}", example.title);
            compared += 1;
        }
    }
    assert!(compared >= 9, "only {compared} examples");
}

#[test]
fn rankings_are_those_of_the_examples() {
    let Some(elections) = elections() else { return };
    let mut compared = 0;
    for example in crate::common::example::read(&elections) {
        for (method, ranking) in &example.rankings {
            let Some(outcome) = example.count(method) else { continue };
            let found = match method.as_str() {
                "Smith" => smith_first(outcome),
                _ => outcome.ranking,
            };
            assert_eq!(example.names(&found), *ranking, "{} by {method}", example.title);
            compared += 1;
        }
    }
    assert!(compared >= 6, "only {compared} examples");
}

/// The Smith set, and everyone else after it.
fn smith_first(outcome: Outcome) -> Vec<Vec<Candidate>> {
    let others = outcome.matrix.candidates().filter(|i| !outcome.smith.contains(i)).collect();
    vec![outcome.smith, others]
}
