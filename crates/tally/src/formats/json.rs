//! The result of a recount as JSON.

use std::fmt;

use serde::Serialize;

use crate::ballot::{Candidate, Election};
use crate::explain;
use crate::outcome::Outcome;

/// What `hustings recount --json` prints; the fields are written in this order.
///
/// A tie is told in one place. Open at the seat line, it is `tie_at_seat_line`. Broken, it is no
/// tie any more: `ties_broken` tells it, `seated_by_tie_order` whom it seated, who is one of the
/// `winners`. Any other open one that bears on the seats is in `ties_left_open`. The last four
/// fields are written only where there is something to tell.
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
    /// Those who sit: in ranking order, those of a broken tie after the others of their tier.
    pub winners: Vec<&'a str>,
    /// The tier with more members than seats are left, or nobody; nobody where a tie order broke
    /// that tie.
    pub tie_at_seat_line: Vec<&'a str>,
    /// Those of the winners whom the declared tie order seated; written only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seated_by_tie_order: Vec<&'a str>,
    /// The seats that stay empty, as nobody is left for them; written only where there are any.
    #[serde(skip_serializing_if = "is_zero")]
    pub vacant_seats: usize,
    /// The ties that the tie order broke, at the seats or before; written only where it was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ties_broken: Vec<Tie<'a>>,
    /// The open ties beside that at the seat line: those an elimination or a count by quota met,
    /// and those of one employer under a cap, each by itself; written only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ties_left_open: Vec<Tie<'a>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A tie that the count met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tie<'a> {
    /// Those who were level, in file order.
    pub among: Vec<&'a str>,
    /// Whom the tie order chose, in its order; written only where there was one. In an elimination
    /// that is who goes out, as the sentence says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<&'a str>,
    /// The same as a sentence.
    pub sentence: String,
}

impl<'a> Recount<'a> {
    /// Puts the names of an election to the outcome of its count.
    ///
    /// ```
    /// use tally::{BlankRule, Rules, formats::{csv, json::Recount}};
    ///
    /// // Nobody is seated where all tie for the seat.
    /// let election = csv::read(b"Ada,Ben\n1,1\n").unwrap();
    /// let outcome = tally::count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
    /// let recount = Recount::new(&election, &outcome);
    /// assert_eq!((recount.condorcet_winner, recount.winners.is_empty()), (None, true));
    /// assert_eq!(recount.tie_at_seat_line, ["Ada", "Ben"]);
    /// ```
    ///
    /// # Panics
    ///
    /// When the outcome is that of an election with more candidates.
    #[must_use]
    pub fn new(election: &'a Election, outcome: &'a Outcome) -> Self {
        Self::of(&election.candidates, election.profile.ballots(), outcome)
    }

    /// Puts names to the outcome of a count of so many ballots.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rules, formats::json::Recount};
    ///
    /// let outcome = tally::count(&Profile::new(1)?, &Rules::new(BlankRule::Last))?;
    /// let names = ["Ada".to_owned()];
    /// assert_eq!(Recount::of(&names, 0, &outcome).winners, ["Ada"]);
    /// // How many ballots there are is not looked at.
    /// assert_eq!(Recount::of(&names, 7, &outcome).ballots, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the outcome is that of an election with more candidates.
    #[must_use]
    pub fn of(candidates: &'a [String], ballots: u64, outcome: &'a Outcome) -> Self {
        let name = |candidate: &Candidate| candidates[candidate.0].as_str();
        let names = |list: &[Candidate]| list.iter().map(name).collect::<Vec<_>>();
        let tie = |tie: &explain::Tie| {
            let sentence = tie.named(candidates).to_string();
            Tie { among: names(&tie.among), chosen: names(&tie.chosen), sentence }
        };
        let (open, broken): (Vec<_>, Vec<_>) = outcome.ties().into_iter().partition(explain::Tie::is_open);
        Self {
            candidates,
            ballots,
            matrix: outcome.matrix.rows().collect(),
            condorcet_winner: outcome.condorcet.winner.as_ref().map(name),
            smith: names(&outcome.smith),
            schwartz: names(&outcome.schwartz),
            ranking: outcome.ranking.iter().map(|tier| names(tier)).collect(),
            winners: names(&outcome.seats.winners),
            tie_at_seat_line: names(outcome.seats.tie()),
            seated_by_tie_order: names(&outcome.seats.by_tie_order()),
            vacant_seats: outcome.seats.vacant(),
            ties_broken: broken.iter().map(tie).collect(),
            ties_left_open: open.iter().map(tie).collect(),
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
        let sentence = "B and C tied for 1 seat, and the tie order gave it to C";
        let tie = format!(r#"{{"among":["B","C"],"chosen":["C"],"sentence":"{sentence}"}}"#);
        let end = r#""winners":["A","C"],"tie_at_seat_line":[],"seated_by_tie_order":["C"],"ties_broken":["#;
        let json = Recount::new(&election, &outcome).to_string();
        assert!(json.ends_with(&format!("{end}{tie}]}}")), "{json}");
    }

    #[test]
    fn seats_that_stay_empty_are_counted() {
        let election = csv::read(b"A\n1\n").unwrap();
        let outcome = count(&election.profile, &Rules { seats: 3, ..Rules::new(BlankRule::Last) }).unwrap();
        let recount = Recount::new(&election, &outcome);
        assert_eq!((recount.vacant_seats, &recount.tie_at_seat_line[..]), (2, &[][..]));
    }
}
