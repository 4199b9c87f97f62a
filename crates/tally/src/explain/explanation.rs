//! Everything there is to say about an outcome, in the order in which a reader asks.

use std::fmt;

use crate::ballot::Candidate;
use crate::explain::{Cycle, Detour, Named, Reason};
use crate::methods::Working;
use crate::methods::ranked_pairs::{Decision, RankedPairs};
use crate::methods::stages::Stages;
use crate::outcome::{Fate, Outcome, Seats};
use crate::pairwise::Duel;

/// An outcome with its reasons.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// How the method came to the ranking.
    pub working: Working,
    /// Who sits.
    pub seats: Seats,
    /// Each candidate and why it stands where it stands, in the order of the ranking.
    pub places: Vec<Place>,
    /// Each pair once, the winner first.
    pub duels: Vec<Duel>,
    /// The pairs that their own duel did not decide: the first of each ranks above the second
    /// without beating it.
    pub detours: Vec<Detour>,
    /// The cycles of victories, best ranked first.
    pub cycles: Vec<Cycle>,
    /// Those of the detours whose second beats the first, who is seated, and is not seated itself.
    pub passed_over: Vec<Detour>,
}

/// Where a candidate stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub candidate: Candidate,
    /// The place of its tier in the ranking, from 1.
    pub tier: usize,
    /// Why it stands there.
    pub reason: Reason,
}

impl Outcome {
    /// Says why the outcome is what it is, in O(candidates³).
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(3)?;
    /// for (ballot, count) in [([1, 2, 3], 4), ([3, 1, 2], 2), ([2, 3, 1], 3)] {
    ///     profile.push(&ballot.map(Rank::new), count)?;
    /// }
    /// let explanation = tally::count(&profile, &Rules::new(BlankRule::Last))?.explain();
    /// let [ada, cy] = [0, 2].map(Candidate);
    /// assert_eq!((explanation.duels.len(), explanation.cycles.len()), (3, 1));
    /// let [detour] = &explanation.passed_over[..] else { panic!("one was passed over") };
    /// assert_eq!((detour.duel.first, detour.duel.second), (ada, cy));
    ///
    /// // Where nobody stands against anybody there are no duels, and nothing to explain.
    /// let alone = tally::count(&Profile::new(1)?, &Rules::new(BlankRule::Last))?.explain();
    /// assert!(alone.duels.is_empty() && alone.cycles.is_empty() && alone.detours.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain(&self) -> Explanation {
        let tiers = self.ranking.iter().zip(1..);
        let places = tiers.flat_map(|(tier, place)| tier.iter().map(move |candidate| (*candidate, place)));
        let detours = self.detours();
        let seated = |candidate: Candidate| self.seats.winners.contains(&candidate);
        let passed_over = |Detour { duel, .. }: &&Detour| {
            duel.winner() == Some(duel.second) && seated(duel.first) && !seated(duel.second)
        };
        Explanation {
            working: self.working.clone(),
            seats: self.seats.clone(),
            places: places.map(|(candidate, tier)| Place { candidate, tier, reason: self.reason(candidate) }).collect(),
            duels: self.matrix.duels().collect(),
            cycles: self.cycles(),
            passed_over: detours.iter().filter(passed_over).cloned().collect(),
            detours,
        }
    }

    /// The pairs of which one ranks above the other without beating it, in the order of the ranking.
    fn detours(&self) -> Vec<Detour> {
        let tiers = self.ranking.iter().enumerate();
        let pairs = tiers.flat_map(|(place, tier)| {
            let below = &self.ranking[place + 1..];
            tier.iter().flat_map(move |a| below.iter().flatten().map(move |b| (*a, *b)))
        });
        pairs.filter(|(a, b)| !self.matrix.beats(*a, *b)).map(|(a, b)| self.detour(a, b)).collect()
    }
}

impl Explanation {
    /// Says everything with names, a sentence a line under headings; what there is nothing of has
    /// no heading. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[1, 2].map(Rank::new), 3)?;
    /// let explanation = tally::count(&profile, &Rules::new(BlankRule::Last))?.explain();
    /// let names = ["Ada", "Ben"].map(String::from);
    /// assert_eq!(
    ///     explanation.named(&names).to_string(),
    ///     "Places, best first:\n  \
    ///        1. Ada beats every other candidate: the Condorcet winner\n  \
    ///        2. Ben beats nobody\n\n\
    ///      Every pair:\n  \
    ///        Ada beats Ben 3–0\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl Explanation {
    /// Says with names what the method did one after another, a sentence each: its rounds, its
    /// stages, or what it locked and skipped. The other methods do all at once and have none.
    ///
    /// ```
    /// use tally::{BlankRule, Method, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[1, 2].map(Rank::new), 3)?;
    /// let names = ["Ada", "Ben"].map(String::from);
    /// let steps = |method| {
    ///     let rules = Rules { method, ..Rules::new(BlankRule::Last) };
    ///     tally::count(&profile, &rules).map(|outcome| outcome.explain().steps(&names))
    /// };
    /// assert_eq!(steps(Method::RankedPairs)?, ["locked: Ada beats Ben 3–0"]);
    /// assert!(steps(Method::Schulze)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When a name lacks.
    #[must_use]
    pub fn steps(&self, names: &[String]) -> Vec<String> {
        match &self.working {
            Working::Runoff(runoff) => lines(&runoff.named(names)),
            Working::Stages(stages) => {
                lines(&stages.named(names)).into_iter().chain(self.capped(stages, names)).collect()
            }
            Working::Comparisons(sets) => lines(&sets.named(names)),
            Working::RankedPairs(pairs) => pairs.decisions().iter().map(|it| decision(pairs, it, names)).collect(),
            Working::Paths(_) | Working::Minimax(_) | Working::KemenyYoung(_) | Working::Scores(_) => Vec::new(),
        }
    }
}

impl Explanation {
    /// What a cap did after a count by quota, which does not know of it.
    fn capped(&self, stages: &Stages, names: &[String]) -> Option<String> {
        let elected = stages.stages.iter().flat_map(|stage| stage.elected.iter().flatten().copied());
        let over: Vec<_> = elected.filter(|candidate| self.seats.fate(*candidate) == Fate::Out).collect();
        let verb = if over.len() > 1 { "are" } else { "is" };
        let said =
            || format!("After the count: {} {verb} passed over for the cap", Named::new(&over, names).list(&over));
        (!over.is_empty()).then(said)
    }
}

fn lines(text: &impl fmt::Display) -> Vec<String> {
    text.to_string().lines().map(str::to_owned).collect()
}

/// "locked: Ada beats Ben 5–4", "skipped: Cy beats Ada 5–4, as Ada, Ben and Cy are locked in this order".
fn decision(pairs: &RankedPairs, decision: &Decision, names: &[String]) -> String {
    let victory = decision.victory;
    let said = victory.named(names);
    if decision.locked {
        return format!("locked: {said}");
    }
    match pairs.contradiction(victory.first, victory.second) {
        Some(chain) => {
            format!("skipped: {said}, as {} are locked in this order", Named::new(&chain, names).list(&chain))
        }
        None => format!("skipped: {said}, as it closes a cycle of equally strong victories"),
    }
}

impl fmt::Display for Named<'_, Explanation> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { places, duels, detours, cycles, passed_over, .. } = self.what;
        let place = |it: &Place| format!("{}. {} {}", it.tier, self.name(it.candidate), it.reason.named(self.names));
        let detour = |it: &Detour| format!("{} {}", self.name(it.duel.first), it.named(self.names));
        let line = |it: &Cycle| if it.at_seat_line { "At the seat line" } else { "Away from the seat line" };
        let cycle = |it: &Cycle| format!("{}: {}", line(it), it.named(self.names));
        let over = |it: &Detour| {
            let (seated, not) = (self.name(it.duel.first), self.name(it.duel.second));
            format!("{not} is not seated: {seated} {}", it.named(self.names))
        };
        let sections = [
            section("Places, best first", places.iter().map(place)),
            section("How it was counted", self.what.steps(self.names).into_iter()),
            section("Pairs that their own duel did not decide", detours.iter().map(detour)),
            section("Cycles of victories", cycles.iter().map(cycle)),
            section("Passed over for somebody they beat", passed_over.iter().map(over)),
            section("Every pair", duels.iter().map(|duel| duel.named(self.names).to_string())),
        ];
        f.write_str(&sections.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }
}

/// A heading with its lines, unless there are none.
fn section(heading: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| format!("{heading}:\n  {}\n", lines.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use crate::explain::tests::{counted, names, profile};
    use crate::limits::Limits;
    use crate::seating::Body;
    use crate::{BlankRule, Method, Rules};

    #[test]
    fn a_cycle_at_the_seat_line_is_told_from_every_side() {
        let outcome = counted(1, &[("012", 4), ("120", 2), ("201", 3)]);
        assert_eq!(
            outcome.explain().named(&names()[..3]).to_string(),
            "\
Places, best first:
  1. Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3
  2. Ben beats everyone but Ada
  3. Cy beats everyone but Ben

Pairs that their own duel did not decide:
  Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3

Cycles of victories:
  At the seat line: Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4

Passed over for somebody they beat:
  Cy is not seated: Ada loses to Cy 4–5, but has the stronger path of victories: Ada beats Ben 7–2, Ben beats Cy 6–3

Every pair:
  Ada beats Ben 7–2
  Cy beats Ada 5–4
  Ben beats Cy 6–3
"
        );
    }

    #[test]
    fn whoever_a_quota_elects_and_a_cap_passes_over_is_told() {
        // Nine ballots for two seats: the quota is four. Ada and Ben are of one employer.
        let steps = |ada_first, cap: Option<&str>| {
            let employers = vec![Some("Acme".to_owned()), Some("Acme".to_owned()), None];
            let cap = cap.map(|cap| cap.parse().unwrap());
            let body = Body { seats: 2, employers, continuing: vec![], cap, unavailable: vec![] };
            let rules = Rules { method: Method::ScottishStv, seats: 2, ..Rules::new(BlankRule::Last) };
            let profile = profile(&[("012", ada_first), ("102", 4), ("201", 5 - ada_first)]);
            let limited = Limits { threshold: None, body: Some(body) }.count(&profile, &rules).unwrap();
            limited.outcome.explain().steps(&names())
        };
        let count = "Stage 1: first preferences, quota 4: Ada 5, Ben 4, Cy 0; Ada and Ben are elected";
        assert_eq!(steps(5, None), [count]);
        assert_eq!(steps(5, Some("1")), [count, "After the count: Ben is passed over for the cap"]);
        assert_eq!(steps(5, Some("0")), [count, "After the count: Ada and Ben are passed over for the cap"]);
        // Level for the one place of their employer, neither is passed over for certain.
        let level = "Stage 1: first preferences, quota 4: Ada 4, Ben 4, Cy 1; Ada and Ben are elected";
        assert_eq!(steps(4, Some("1")), [level]);
    }
}
