//! The outcome in words: every sentence is data first, so that a page can say it in its language.

mod cycles;
mod explanation;

use std::{cmp::Ordering, fmt};

use crate::ballot::Candidate;
use crate::methods::Working;
use crate::outcome::{Outcome, Seats};
use crate::pairwise::Duel;

pub use cycles::Cycle;
pub use explanation::{Explanation, Place};

/// Why nobody left stands above a candidate.
///
/// Display, through [`Reason::named`], continues a sentence that began with the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Beats every other candidate.
    CondorcetWinner,
    /// Beats everyone but these, none of whom ranks below; in order.
    BeatsAllBut(Vec<Candidate>),
    /// Loses to or ties with someone who ranks below, and stands where it stands for its paths.
    Paths(Vec<Detour>),
}

/// A pair that victories over others decided, because their own duel did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour {
    /// Their duel, seen from the candidate the reason is about.
    pub duel: Duel,
    /// The victories of its strongest path to the other; none where neither has the stronger one.
    pub path: Vec<Duel>,
}

impl Outcome {
    /// Says why a candidate stands where it stands, seen from its place in the ranking.
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Profile, Rank, Reason, Rules};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(2), None], 1)?;
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// let outcome = tally::count(&profile, &rules)?;
    ///
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// let why = |i| outcome.reason(Candidate(i)).named(&names).to_string();
    /// assert_eq!(why(0), "beats every other candidate: the Condorcet winner");
    /// assert_eq!(why(1), "beats everyone but Ada");
    /// assert_eq!(why(2), "beats nobody");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the candidate is none of this election.
    #[must_use]
    pub fn reason(&self, candidate: Candidate) -> Reason {
        if self.condorcet.winner == Some(candidate) {
            return Reason::CondorcetWinner;
        }
        let others = self.matrix.candidates().filter(|other| *other != candidate);
        let not_beaten: Vec<_> = others.filter(|other| !self.matrix.beats(candidate, *other)).collect();
        let tier = self.tier(candidate);
        let below = not_beaten.iter().filter(|other| self.tier(**other) > tier);
        let detours: Vec<_> = below.map(|other| self.detour(candidate, *other)).collect();
        if detours.is_empty() { Reason::BeatsAllBut(not_beaten) } else { Reason::Paths(detours) }
    }

    /// The place of a candidate's tier in the ranking, from 0.
    pub(crate) fn tier(&self, candidate: Candidate) -> Option<usize> {
        self.ranking.iter().position(|tier| tier.contains(&candidate))
    }

    fn detour(&self, from: Candidate, to: Candidate) -> Detour {
        let Working::Paths(paths) = &self.working;
        let path = paths.path(from, to).filter(|_| paths.above(from, to));
        let steps = path.iter().flat_map(|path| path.windows(2));
        Detour {
            duel: self.matrix.duel(from, to),
            path: steps.map(|step| self.matrix.duel(step[0], step[1])).collect(),
        }
    }
}

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

    pub(crate) fn name(&self, candidate: Candidate) -> &'a str {
        &self.names[candidate.0]
    }

    /// "Ada and Ben tie for 1 seat".
    pub(crate) fn tie(&self, seats: &Seats) -> String {
        let noun = if seats.open == 1 { "seat" } else { "seats" };
        format!("{} tie for {} {noun}", self.list(&seats.tie), seats.open)
    }

    /// "Ada beats Ben 120–88, Ben beats Cy 91–86".
    fn duels(&self, duels: &[Duel]) -> String {
        duels.iter().map(|duel| duel.named(self.names).to_string()).collect::<Vec<_>>().join(", ")
    }

    /// "Ada", "Ada and Ben", "Ada, Ben and Cy".
    pub(crate) fn list(&self, candidates: &[Candidate]) -> String {
        let names: Vec<&str> = candidates.iter().map(|candidate| self.name(*candidate)).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => "nobody".to_owned(),
        }
    }
}

impl Duel {
    /// Says the duel with names: "Ada beats Ben 120–88". Displaying it panics where a name lacks.
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

impl Reason {
    /// Says the reason with names. Displaying it panics where a name lacks.
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Reason> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            Reason::CondorcetWinner => f.write_str("beats every other candidate: the Condorcet winner"),
            Reason::BeatsAllBut(others) if others.len() + 1 == self.names.len() => f.write_str("beats nobody"),
            Reason::BeatsAllBut(others) => write!(f, "beats everyone but {}", self.list(others)),
            Reason::Paths(detours) => {
                let named = |detour: &Detour| detour.named(self.names).to_string();
                f.write_str(&detours.iter().map(named).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

impl Detour {
    /// Says what decided with names, as the rest of a sentence that began with the first of the
    /// two. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Candidate, Duel, explain::Detour};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 4, for_second: 5 };
    /// let names = ["Ada", "Ben"].map(String::from);
    /// assert_eq!(
    ///     Detour { duel, path: vec![] }.named(&names).to_string(),
    ///     "loses to Ben 4–5, but no path of victories is the stronger, and others stand above Ben"
    /// );
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Detour> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detour { duel: Duel { second, for_first, for_second, .. }, path } = self.what;
        let verb = if for_first == for_second { "ties with" } else { "loses to" };
        let rival = self.name(*second);
        write!(f, "{verb} {rival} {for_first}–{for_second}, but ")?;
        if path.is_empty() {
            return write!(f, "no path of victories is the stronger, and others stand above {rival}");
        }
        write!(f, "has the stronger path of victories: {}", self.duels(path))
    }
}

impl Seats {
    /// Says who is elected, with names: "Ada is elected; Ben and Cy tie for 1 seat". Displaying
    /// it panics where a name lacks.
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Seats> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seats { winners, tie, .. } = self.what;
        let verb = if winners.len() > 1 { "are" } else { "is" };
        write!(f, "{} {verb} elected", self.list(winners))?;
        if tie.is_empty() { Ok(()) } else { write!(f, "; {}", self.tie(self.what)) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{BlankRule, Profile, Rank, Rules, count};

    pub(crate) fn names() -> Vec<String> {
        ["Ada", "Ben", "Cy", "Dee"].map(String::from).to_vec()
    }

    /// Counts orders such as `"120"` (Ben, Cy, Ada), each with how often it was cast.
    pub(crate) fn counted(seats: usize, orders: &[(&str, u64)]) -> Outcome {
        let mut profile = Profile::new(orders[0].0.len()).unwrap();
        for (order, count) in orders {
            let places = ('0'..='9').filter_map(|candidate| order.find(candidate));
            let ranks: Vec<_> = places.map(|place| Rank::new(u32::try_from(place).unwrap() + 1)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        count(&profile, &Rules { seats, ..Rules::new(BlankRule::Last) }).unwrap()
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
    fn a_full_cycle_elects_nobody_for_certain() {
        let outcome = counted(2, &[("012", 1), ("120", 1), ("201", 1)]);
        let sentence = "nobody is elected; Ada, Ben and Cy tie for 2 seats";
        assert_eq!(outcome.seats.named(&names()).to_string(), sentence);
        assert_eq!(why(&outcome, 0), "beats everyone but Cy");
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
