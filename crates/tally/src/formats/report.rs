//! The explanation and the sensitivity of an outcome as JSON, with names.

use serde::Serialize;

use crate::ballot::Candidate;
use crate::explain;
use crate::outcome::Seats;
use crate::pairwise;
use crate::sensitivity::{self, Change, MoreBallots};

/// What stands under `explanation` in `hustings recount --explain --json`.
///
/// ```
/// use tally::{BlankRule, Rules, formats::{csv, report::Explanation}};
///
/// let election = csv::read(b"Ada,Ben\n1,2\n").unwrap();
/// let outcome = tally::count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
/// let duel = r#"{"first":"Ada","second":"Ben","for_first":1,"for_second":0,"sentence":"Ada beats Ben 1–0"}"#;
/// assert_eq!(
///     serde_json::to_string(&Explanation::new(&election.candidates, &outcome.explain())).unwrap(),
///     r#"{"places":[{"place":1,"candidate":"Ada","reason":"beats every other candidate: the Condorcet winner"},"#.to_owned()
///         + r#"{"place":2,"candidate":"Ben","reason":"beats nobody"}],"#
///         + r#""steps":[],"detours":[],"cycles":[],"passed_over":[],"duels":["# + duel + "]}"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation<'a> {
    /// Each candidate and why it stands where it stands, in the order of the ranking.
    pub places: Vec<Place<'a>>,
    /// What the method did one after another: its rounds, its stages, or what it locked.
    pub steps: Vec<String>,
    /// The pairs that their own duel did not decide.
    pub detours: Vec<Detour<'a>>,
    /// The cycles of victories, best ranked first.
    pub cycles: Vec<Cycle<'a>>,
    /// Those of the detours by which somebody seated stands above somebody who beats them.
    pub passed_over: Vec<Detour<'a>>,
    /// Each pair once, the winner first.
    pub duels: Vec<Duel<'a>>,
}

/// Where a candidate stands, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place<'a> {
    /// The place of its tier in the ranking, from 1.
    pub place: usize,
    /// Its name.
    pub candidate: &'a str,
    /// The rest of a sentence that begins with the name.
    pub reason: String,
}

/// A pair of which the first ranks above the second without beating it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detour<'a> {
    /// Who ranks above.
    pub above: &'a str,
    /// Who ranks below.
    pub below: &'a str,
    /// The victories that decided, where the method looks at any that lead from one to the other.
    pub path: Vec<Duel<'a>>,
    /// The same as a sentence.
    pub sentence: String,
}

/// Candidates who beat one another in a circle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cycle<'a> {
    /// Everyone with a path of victories to all the others of these and back, in file order.
    pub members: Vec<&'a str>,
    /// Whether they fared differently, or some of them tie for a seat.
    pub at_seat_line: bool,
    /// A shortest cycle: each beats the next, and the last beats the first.
    pub duels: Vec<Duel<'a>>,
    /// The same as a sentence.
    pub sentence: String,
}

/// One candidate against another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duel<'a> {
    /// One of the two; the winner, if there is one.
    pub first: &'a str,
    /// The other.
    pub second: &'a str,
    /// Ballots that rank the first above the second.
    pub for_first: u64,
    /// Ballots that rank the second above the first.
    pub for_second: u64,
    /// The same as a sentence.
    pub sentence: String,
}

/// What stands under `sensitivity` in `hustings recount --sensitivity --json`.
///
/// ```
/// use tally::{BlankRule, Rules, formats::{csv, report::Sensitivity}, sensitivity};
///
/// let election = csv::read(b"Ada,Ben\n1,2\n").unwrap();
/// let outcome = tally::count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
/// let found = sensitivity::Sensitivity::of(&election.profile, &outcome);
/// let json = serde_json::to_value(Sensitivity::new(&election.candidates, &found)).unwrap();
/// assert_eq!(json["change"]["ballot"], serde_json::json!([["Ben"], ["Ada"]]));
/// assert_eq!((&json["change"]["ballots"], &json["change"]["exact"]), (&1.into(), &true.into()));
/// assert_eq!(json["recounts"][0]["same"], true);
/// // Two candidates cannot beat one another in a circle.
/// assert_eq!(json["cycles_at_seat_line"], serde_json::json!([]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sensitivity<'a> {
    /// Every other way to count.
    pub recounts: Vec<Recount<'a>>,
    /// The cycles of victories that the seat line goes through.
    pub cycles_at_seat_line: Vec<Cycle<'a>>,
    /// The fewest more ballots that were found to change who is seated; null where none were.
    pub change: Option<More<'a>>,
    /// The same as a sentence, also where none were found.
    pub sentence: String,
}

/// Another count of the same ballots. A rule that makes no difference to the method is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recount<'a> {
    /// The method.
    pub method: String,
    /// The strength of a victory.
    pub strength: Option<String>,
    /// The order of the seats.
    pub order: Option<String>,
    /// What a blank means.
    pub blank: Option<String>,
    /// Whether the same are seated for certain, and the same tie for a seat.
    pub same: bool,
    /// Those seated, in ranking order.
    pub winners: Vec<&'a str>,
    /// The tier with more members than seats are left, or nobody.
    pub tie_at_seat_line: Vec<&'a str>,
    /// Those seated here and not by the election's own rules.
    pub gained: Vec<&'a str>,
    /// Those seated by the election's own rules and not here.
    pub lost: Vec<&'a str>,
    /// Why the method does not count this election; written only where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Identical ballots that would have changed who is seated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct More<'a> {
    /// With so many more of the ballot others are seated; with one fewer the same are.
    pub ballots: u64,
    /// With fewer than so many more ballots, of whatever ranking, the same are seated.
    pub at_least: u64,
    /// Whether the two are equal: then there is no smaller number.
    pub exact: bool,
    /// The ballot in tiers, best first; blanks are in none.
    pub ballot: Vec<Vec<&'a str>>,
    /// Those who would be seated.
    pub winners: Vec<&'a str>,
    /// Those who would tie at the seat line.
    pub tie_at_seat_line: Vec<&'a str>,
}

/// Puts names to what is said of candidates.
#[derive(Clone, Copy)]
struct With<'a>(&'a [String]);

impl<'a> With<'a> {
    fn name(self, candidate: Candidate) -> &'a str {
        &self.0[candidate.0]
    }

    fn list(self, candidates: &[Candidate]) -> Vec<&'a str> {
        candidates.iter().map(|candidate| self.name(*candidate)).collect()
    }

    fn duel(self, duel: &pairwise::Duel) -> Duel<'a> {
        let pairwise::Duel { first, second, for_first, for_second } = *duel;
        let sentence = duel.named(self.0).to_string();
        Duel { first: self.name(first), second: self.name(second), for_first, for_second, sentence }
    }

    fn duels(self, duels: &[pairwise::Duel]) -> Vec<Duel<'a>> {
        duels.iter().map(|duel| self.duel(duel)).collect()
    }

    fn place(self, place: &explain::Place) -> Place<'a> {
        let reason = place.reason.named(self.0).to_string();
        Place { place: place.tier, candidate: self.name(place.candidate), reason }
    }

    fn detour(self, detour: &explain::Detour) -> Detour<'a> {
        let (above, below) = (self.name(detour.duel.first), self.name(detour.duel.second));
        Detour { above, below, path: self.duels(detour.path()), sentence: format!("{above} {}", detour.named(self.0)) }
    }

    fn detours(self, detours: &[explain::Detour]) -> Vec<Detour<'a>> {
        detours.iter().map(|detour| self.detour(detour)).collect()
    }

    fn cycle(self, cycle: &explain::Cycle) -> Cycle<'a> {
        Cycle {
            members: self.list(&cycle.members),
            at_seat_line: cycle.at_seat_line,
            duels: self.duels(&cycle.duels),
            sentence: cycle.named(self.0).to_string(),
        }
    }

    fn cycles(self, cycles: &[explain::Cycle]) -> Vec<Cycle<'a>> {
        cycles.iter().map(|cycle| self.cycle(cycle)).collect()
    }

    fn recount(self, recount: &sensitivity::Recount) -> Recount<'a> {
        let sensitivity::Recount { way, seats, gained, lost, same } = recount;
        let list = |which: fn(&Seats) -> &[Candidate]| seats.iter().flat_map(|it| self.list(which(it))).collect();
        Recount {
            method: way.method.to_string(),
            strength: way.strength.map(|it| it.to_string()),
            order: way.order.map(|it| it.to_string()),
            blank: way.blank.map(|it| it.to_string()),
            same: *same,
            winners: list(|seats| &seats.winners),
            tie_at_seat_line: list(Seats::tie),
            gained: self.list(gained),
            lost: self.list(lost),
            refused: seats.as_ref().err().map(ToString::to_string),
        }
    }

    fn more(self, more: &MoreBallots) -> More<'a> {
        More {
            ballots: more.ballots,
            at_least: more.at_least,
            exact: more.ballots == more.at_least,
            ballot: more.tiers().iter().map(|tier| self.list(tier)).collect(),
            winners: self.list(&more.seats.winners),
            tie_at_seat_line: self.list(more.seats.tie()),
        }
    }
}

impl<'a> Explanation<'a> {
    /// Puts names to an explanation.
    ///
    /// ```
    /// use tally::{BlankRule, Rules, formats::{csv, report::Explanation}};
    ///
    /// let election = csv::read(b"Ada,Ben\n1,2\n2,1\n").unwrap();
    /// let outcome = tally::count(&election.profile, &Rules::new(BlankRule::Last)).unwrap();
    /// let report = Explanation::new(&election.candidates, &outcome.explain());
    /// assert_eq!(report.duels[0].sentence, "Ada and Ben tie 1–1");
    /// // Who is level has the same place.
    /// assert_eq!([report.places[0].place, report.places[1].place], [1, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// When it is of an election with more candidates.
    #[must_use]
    pub fn new(names: &'a [String], explanation: &explain::Explanation) -> Self {
        let with = With(names);
        Self {
            places: explanation.places.iter().map(|place| with.place(place)).collect(),
            steps: explanation.steps(names),
            detours: with.detours(&explanation.detours),
            cycles: with.cycles(&explanation.cycles),
            passed_over: with.detours(&explanation.passed_over),
            duels: with.duels(&explanation.duels),
        }
    }
}

impl<'a> Sensitivity<'a> {
    /// Puts names to a sensitivity report.
    ///
    /// ```
    /// use tally::{BlankRule, Rules, formats::{csv, report::Sensitivity}, sensitivity};
    ///
    /// // Where there is a seat for everyone, no more ballots change who sits.
    /// let election = csv::read(b"Ada,Ben\n1,2\n").unwrap();
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// let outcome = tally::count(&election.profile, &rules).unwrap();
    /// let found = sensitivity::Sensitivity::of(&election.profile, &outcome);
    /// let report = Sensitivity::new(&election.candidates, &found);
    /// assert_eq!(report.change, None);
    /// assert!(report.sentence.starts_with("However many more ballots there were"));
    /// ```
    ///
    /// # Panics
    ///
    /// When it is of an election with more candidates.
    #[must_use]
    pub fn new(names: &'a [String], found: &sensitivity::Sensitivity) -> Self {
        let with = With(names);
        let more = match &found.change {
            Change::More(more) => Some(with.more(more)),
            Change::Never | Change::Unknown { .. } => None,
        };
        Self {
            recounts: found.recounts.iter().map(|recount| with.recount(recount)).collect(),
            cycles_at_seat_line: with.cycles(&found.cycles),
            change: more,
            sentence: found.change.named(names).to_string(),
        }
    }
}
