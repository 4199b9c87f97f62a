//! The result of a recount as JSON.

use std::fmt;

use serde::Serialize;

use crate::ballot::{Candidate, Election};
use crate::outcome::Outcome;

/// What `hustings recount --json` prints; the fields are written in this order.
///
/// ```
/// use tally::{BlankRule, Rules, formats::{csv, json::Recount}};
///
/// let election = csv::read(b"Ada,Ben\n1,2\n-,1\n1,1\n").unwrap();
/// let outcome = tally::count(&election.profile, &Rules::new(BlankRule::NoOpinion)).unwrap();
/// assert_eq!(
///     Recount::new(&election, &outcome).to_string(),
///     r#"{"candidates":["Ada","Ben"],"ballots":3,"matrix":[[0,1],[0,0]],"#.to_owned()
///         + r#""condorcet_winner":"Ada","smith":["Ada"],"schwartz":["Ada"],"#
///         + r#""ranking":[["Ada"],["Ben"]],"winners":["Ada"],"tie_at_seat_line":[]}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recount<'a> {
    /// The names, as in the file.
    pub candidates: &'a [String],
    /// How many ballots were cast, blank ones included.
    pub ballots: u64,
    /// `matrix[i][j]` ballots rank candidate `i` strictly above candidate `j`.
    pub matrix: Vec<&'a [u64]>,
    /// Who beats every other candidate, if anyone does.
    pub condorcet_winner: Option<&'a str>,
    /// The Smith set, in file order.
    pub smith: Vec<&'a str>,
    /// The Schwartz set, in file order.
    pub schwartz: Vec<&'a str>,
    /// All candidates in tiers, best first, each in file order.
    pub ranking: Vec<Vec<&'a str>>,
    /// Those seated for certain, in ranking order; then those of `seated_by_tie_order`.
    pub winners: Vec<&'a str>,
    /// The tier with more members than seats are left, or nobody; also where it was broken.
    pub tie_at_seat_line: Vec<&'a str>,
    /// Those of the tie whom the declared tie order seated; written only where it was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seated_by_tie_order: Vec<&'a str>,
}

impl<'a> Recount<'a> {
    /// Puts the names of an election to the outcome of its count.
    ///
    /// # Panics
    ///
    /// When the outcome is that of an election with more candidates.
    #[must_use]
    pub fn new(election: &'a Election, outcome: &'a Outcome) -> Self {
        let name = |candidate: &Candidate| election.candidates[candidate.0].as_str();
        let names = |list: &Vec<Candidate>| list.iter().map(name).collect::<Vec<_>>();
        Self {
            candidates: &election.candidates,
            ballots: election.profile.ballots(),
            matrix: outcome.matrix.rows().collect(),
            condorcet_winner: outcome.condorcet.winner.as_ref().map(name),
            smith: names(&outcome.smith),
            schwartz: names(&outcome.schwartz),
            ranking: outcome.ranking.iter().map(names).collect(),
            winners: names(&outcome.seats.winners),
            tie_at_seat_line: names(&outcome.seats.tie),
            seated_by_tie_order: names(&outcome.seats.by_tie_order),
        }
    }
}

/// Writes it as one line of JSON.
impl fmt::Display for Recount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::csv;
    use crate::{BlankRule, Candidate, Rules, TieOrder, count};

    use super::*;

    #[test]
    fn a_cycle_at_the_seat_line_has_no_winners() {
        let election = csv::read(b"A \"x\",B,C\n1,2,3\n3,1,2\n2,3,1\n-,-,-\n").unwrap();
        let outcome = count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
        let all = r#"["A \"x\"","B","C"]"#;
        let expected = format!(
            r#"{{"candidates":{all},"ballots":4,"matrix":[[0,2,1],[1,0,2],[2,1,0]],"condorcet_winner":null,"smith":{all},"schwartz":{all},"ranking":[{all}],"winners":[],"tie_at_seat_line":{all}}}"#
        );
        assert_eq!(Recount::new(&election, &outcome).to_string(), expected);
    }

    #[test]
    fn a_broken_tie_says_whom_the_tie_order_seated() {
        let election = csv::read(b"A,B,C\n1,2,2\n").unwrap();
        let tie_order = TieOrder::new([2, 1, 0].map(Candidate).to_vec());
        let outcome = count(&election.profile, &Rules { seats: 2, tie_order, ..Rules::new(BlankRule::Last) }).unwrap();
        let end = r#""winners":["A","C"],"tie_at_seat_line":["B","C"],"seated_by_tie_order":["C"]}"#;
        let json = Recount::new(&election, &outcome).to_string();
        assert!(json.ends_with(end), "{json}");
    }
}
