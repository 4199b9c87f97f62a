//! The outcome in words: every sentence is data first, so that a page can say it in its language.

mod cycles;
mod explanation;
mod reason;
mod ties;

use std::{borrow::Cow, cmp::Ordering, fmt};

use crate::ballot::Candidate;
use crate::outcome::{SeatTie, Seats};
use crate::pairwise::Duel;

pub use cycles::Cycle;
pub use explanation::{Explanation, Place};
pub use reason::{Detour, Grounds, Reason};
pub use ties::{Met, Tie};

/// Something said with names; its [`Display`](fmt::Display) is English.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a, T> {
    pub(crate) what: &'a T,
    pub(crate) names: &'a [String],
}

impl<'a, T> Named<'a, T> {
    pub(crate) const fn new(what: &'a T, names: &'a [String]) -> Self {
        Self { what, names }
    }

    pub(crate) fn name(&self, candidate: Candidate) -> Cow<'a, str> {
        visible(&self.names[candidate.0])
    }

    /// "Ada and Ben tie for 1 seat", or "tied", and whom the tie order gave it to.
    pub(crate) fn seat_tie(&self, tie: &SeatTie) -> String {
        let (noun, them) = if tie.seats == 1 { ("seat", "it") } else { ("seats", "them") };
        let of = tie.employer.as_deref().map_or(String::new(), |employer| format!(" of {}", visible(employer)));
        let (among, seats) = (self.list(&tie.among), tie.seats);
        if tie.is_open() {
            return format!("{among} tie for {seats} {noun}{of}");
        }
        let drawn = self.list(&tie.by_tie_order);
        format!("{among} tied for {seats} {noun}{of}, and the tie order gave {them} to {drawn}")
    }

    /// "Ada beats Ben 120–88, Ben beats Cy 91–86".
    fn duels(&self, duels: &[Duel]) -> String {
        duels.iter().map(|duel| duel.named(self.names).to_string()).collect::<Vec<_>>().join(", ")
    }

    /// "Ada", "Ada and Ben", "Ada, Ben and Cy".
    pub(crate) fn list(&self, candidates: &[Candidate]) -> String {
        let names: Vec<_> = candidates.iter().map(|candidate| self.name(*candidate)).collect();
        match names.split_last() {
            Some((last, [])) => last.to_string(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => "nobody".to_owned(),
        }
    }
}

/// Writes what would break a line or a terminal as an escape: control characters, line
/// separators and marks that turn the direction of writing.
///
/// ```
/// use tally::explain::visible;
///
/// assert_eq!(visible("Zoë\n\u{1b}[31m"), "Zoë\\n\\u{1b}[31m");
/// assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
/// // Whoever writes a backslash gets a backslash.
/// assert_eq!(visible(r"C:\tally"), r"C:\tally");
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |it: char| {
        it.is_control() || matches!(it, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |it: char| if hidden(it) { it.escape_default().to_string() } else { it.to_string() };
    text.chars().map(shown).collect()
}

impl Duel {
    /// Says the duel with names. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Candidate, Duel};
    ///
    /// let names = ["Ada", "Ben"].map(String::from);
    /// let mut duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 88, for_second: 120 };
    /// assert_eq!(duel.named(&names).to_string(), "Ben beats Ada 120–88");
    /// duel.for_first = 120;
    /// assert_eq!(duel.named(&names).to_string(), "Ada and Ben tie 120–120");
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Duel> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Duel { first, second, for_first, for_second } = *self.what;
        let (a, b) = (self.name(first), self.name(second));
        match for_first.cmp(&for_second) {
            Ordering::Greater => write!(f, "{a} beats {b} {for_first}–{for_second}"),
            Ordering::Equal => write!(f, "{a} and {b} tie {for_first}–{for_second}"),
            Ordering::Less => write!(f, "{b} beats {a} {for_second}–{for_first}"),
        }
    }
}

impl Seats {
    /// Says with names who is elected, and who ties or tied. Displaying it panics where a name
    /// lacks.
    ///
    /// ```
    /// use tally::{Candidate, Seats, TieOrder};
    ///
    /// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// let seats = Seats::fill(&[vec![ada], vec![ben, cy]], 2);
    /// assert_eq!(seats.named(&names).to_string(), "Ada is elected; Ben and Cy tie for 1 seat");
    ///
    /// let seats = seats.break_tie(&TieOrder::new(vec![cy, ben, ada]).unwrap());
    /// let broken = "Ada and Cy are elected; Ben and Cy tied for 1 seat, and the tie order gave it to Cy";
    /// assert_eq!(seats.named(&names).to_string(), broken);
    ///
    /// assert_eq!(Seats::fill(&[], 2).named(&names).to_string(), "nobody is elected; 2 seats stay empty");
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Seats> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seats { winners, ties, .. } = self.what;
        let verb = if winners.len() > 1 { "are" } else { "is" };
        write!(f, "{} {verb} elected", self.list(winners))?;
        ties.iter().try_for_each(|tie| write!(f, "; {}", self.seat_tie(tie)))?;
        match self.what.vacant() {
            0 => Ok(()),
            1 => f.write_str("; 1 seat stays empty"),
            vacant => write!(f, "; {vacant} seats stay empty"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::{BlankRule, Method, Profile, Rank, Rules, TieOrder, count};

    pub(crate) fn names() -> Vec<String> {
        ["Ada", "Ben", "Cy", "Dee"].map(String::from).to_vec()
    }

    /// Orders such as `"120"` (Ben, Cy, Ada), each with how often it was cast.
    pub(crate) fn profile(orders: &[(&str, u64)]) -> Profile {
        let mut profile = Profile::new(orders[0].0.len()).unwrap();
        for (order, count) in orders {
            let places = ('0'..='9').filter_map(|candidate| order.find(candidate));
            let ranks: Vec<_> = places.map(|place| Rank::new(u32::try_from(place).unwrap() + 1)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        profile
    }

    pub(crate) fn counted(seats: usize, orders: &[(&str, u64)]) -> Outcome {
        count(&profile(orders), &Rules { seats, ..Rules::new(BlankRule::Last) }).unwrap()
    }

    fn why(outcome: &Outcome, candidate: usize) -> String {
        outcome.reason(Candidate(candidate)).named(&names()[..outcome.ranking.concat().len()]).to_string()
    }

    #[test]
    fn a_cycle_is_decided_by_its_strongest_path() {
        // Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4.
        let outcome = counted(1, &[("012", 4), ("120", 2), ("201", 3)]);
        assert_eq!(outcome.ranking.concat(), [0, 1, 2].map(Candidate));
        assert_eq!(
            why(&outcome, 0),
            "loses to Cy 4–5, but has the stronger path of victories: \
             Ada beats Ben 7–2, Ben beats Cy 6–3"
        );
        assert_eq!(why(&outcome, 1), "beats everyone but Ada");
        assert_eq!(outcome.seats.named(&names()).to_string(), "Ada is elected");
    }

    #[test]
    fn a_tie_at_the_seat_line_is_said() {
        let outcome = counted(2, &[("012", 1), ("021", 1)]);
        let sentence = "Ada is elected; Ben and Cy tie for 1 seat";
        assert_eq!(outcome.seats.named(&names()).to_string(), sentence);
        assert_eq!(why(&outcome, 2), "beats nobody");
    }

    #[test]
    fn a_broken_tie_is_said() {
        let order = TieOrder::new([2, 1, 0].map(Candidate).to_vec()).unwrap();
        let say = |seats| Seats::fill(&[[0, 1, 2].map(Candidate).to_vec()], seats).break_tie(&order);
        let sentence = "Cy is elected; Ada, Ben and Cy tied for 1 seat, and the tie order gave it to Cy";
        assert_eq!(say(1).named(&names()).to_string(), sentence);
        let sentence =
            "Cy and Ben are elected; Ada, Ben and Cy tied for 2 seats, and the tie order gave them to Cy and Ben";
        assert_eq!(say(2).named(&names()).to_string(), sentence);
    }

    #[test]
    fn a_full_cycle_elects_nobody_for_certain() {
        let outcome = counted(2, &[("012", 1), ("120", 1), ("201", 1)]);
        let sentence = "nobody is elected; Ada, Ben and Cy tie for 2 seats";
        assert_eq!(outcome.seats.named(&names()).to_string(), sentence);
        assert_eq!(why(&outcome, 0), "beats everyone but Cy");
    }

    #[test]
    fn other_methods_than_schulzes_say_which_duels_they_overrule() {
        let rank = |places: [u32; 3]| places.map(Rank::new);
        let mut profile = Profile::new(3).unwrap();
        for (places, count) in [([1, 2, 3], 4), ([3, 1, 2], 2), ([2, 3, 1], 3)] {
            profile.push(&rank(places), count).unwrap();
        }
        let rules = Rules { method: Method::RankedPairs, ..Rules::new(BlankRule::Last) };
        let outcome = count(&profile, &rules).unwrap();
        assert_eq!(
            why(&outcome, 0),
            "loses to Cy 4–5, but stronger victories were locked before: Ada beats Ben 7–2, Ben beats Cy 6–3"
        );
        assert_eq!(why(&outcome, 1), "beats everyone but Ada");
        // Copeland's method puts Ada, with a victory and a tie, above Cy, who ties with both.
        let tied = Rules { method: Method::Copeland, ..Rules::new(BlankRule::NoOpinion) };
        let mut profile = Profile::new(3).unwrap();
        profile.push(&[Rank::new(1), Rank::new(2), None], 1).unwrap();
        let outcome = count(&profile, &tied).unwrap();
        assert_eq!(why(&outcome, 0), "ties with Cy 0–0, but comes to 1½ and Cy to 1");
    }

    #[test]
    fn duels_are_said_winner_first() {
        let say = |for_first, for_second| {
            let (first, second) = (Candidate(0), Candidate(1));
            Duel { first, second, for_first, for_second }.named(&names()).to_string()
        };
        assert_eq!(say(120, 88), "Ada beats Ben 120–88");
        assert_eq!(say(88, 120), "Ben beats Ada 120–88");
        assert_eq!(say(88, 88), "Ada and Ben tie 88–88");
    }
}
