//! Why a candidate stands where it stands, by the working of each method.

use std::fmt;

use crate::ballot::Candidate;
use crate::explain::Named;
use crate::methods::Working;
use crate::methods::elimination::{Runoff, Verdict, fraction};
use crate::methods::ranked_pairs::RankedPairs;
use crate::methods::scores::Scores;
use crate::methods::stages::{Action, Stages};
use crate::outcome::{Fate, Outcome};
use crate::pairwise::Duel;
use crate::rules::Method;

/// Why a candidate stands where it stands.
///
/// Display, through [`Reason::named`], continues a sentence that began with the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Beats every other candidate.
    CondorcetWinner,
    /// Beats everyone but these, none of whom ranks below; in order.
    BeatsAllBut(Vec<Candidate>),
    /// Loses to or ties with someone who ranks below, and stands above them on other grounds.
    Despite(Vec<Detour>),
    /// Comes to this number, `numerator / denominator`, by a method that only counts.
    Score {
        /// The upper part of the fraction.
        numerator: u128,
        /// The lower part of the fraction.
        denominator: u128,
    },
    /// Goes out in this round of an elimination, or is left in the last one.
    Round {
        /// The place the rounds were for, from 1; instant runoff has rounds for the first only.
        place: usize,
        /// The round, from 1.
        round: usize,
        /// Whether it goes out.
        goes_out: bool,
    },
    /// Is elected or goes out in this stage of a count by quota, from 1; neither happens in any
    /// where the count ends before.
    Stage {
        /// The stage in which it is elected.
        elected: Option<usize>,
        /// The stage in which it goes out.
        goes_out: Option<usize>,
        /// Whether it sits; a cap can pass over whoever is elected, and seat others.
        seated: bool,
        /// Whether it ties for a seat.
        ties: bool,
    },
    /// Is in so many of the best sets of winners (CPO-STV).
    BestSets {
        /// The best sets that have it.
        within: usize,
        /// All the best sets.
        best: usize,
    },
}

/// A pair of which one ranks above the other without beating it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour {
    /// Their duel, seen from the one that ranks above.
    pub duel: Duel,
    /// What decided.
    pub grounds: Grounds,
}

/// What decides a pair when their own duel does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grounds {
    /// The victories of its strongest path to the other, which has none as strong back (Schulze).
    Path(Vec<Duel>),
    /// Locked victories that lead from it to the other (ranked pairs).
    Locked(Vec<Duel>),
    /// The worst duel of the one that ranks above, and of the other, when their turn came
    /// (minimax); none where there was nobody left who beat it.
    WorstDuels(Option<Duel>, Option<Duel>),
    /// The scores of the two (Copeland).
    Scores {
        /// Of the one that ranks above.
        above: u128,
        /// Of the other.
        below: u128,
        /// What both are divided by.
        denominator: u128,
    },
    /// It stands above in every order that agrees with the ballots most (Kemeny–Young).
    Agreement,
    /// Locked victories leave both unbeaten, and its worst defeat by anyone left is the weaker
    /// (ranked pairs without a tie order); none where nobody left beats it.
    WorstDefeats(Option<Duel>, Option<Duel>),
    /// Locked victories leave both unbeaten, and the tie order puts it first (ranked pairs).
    TieOrder,
    /// Neither stands above the other by the method, and others stand above the other.
    Others,
    /// Rounds, stages or points, which do not look at their duel.
    Counting,
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
        match &self.working {
            Working::Scores(scores) if self.rules.method != Method::Copeland => {
                Reason::Score { numerator: scores.numerators[candidate.0], denominator: scores.denominator }
            }
            Working::Runoff(runoff) => self.round(runoff, candidate),
            Working::Stages(stages) => stage(stages, candidate, self.seats.fate(candidate)),
            Working::Comparisons(sets) => {
                let within = sets.best.iter().filter(|set| sets.outcomes[**set].contains(&candidate)).count();
                Reason::BestSets { within, best: sets.best.len() }
            }
            _ => self.duels_of(candidate),
        }
    }

    /// The reason by a method that looks at duels only.
    fn duels_of(&self, candidate: Candidate) -> Reason {
        if self.condorcet.winner == Some(candidate) {
            return Reason::CondorcetWinner;
        }
        let others = self.matrix.candidates().filter(|other| *other != candidate);
        let not_beaten: Vec<_> = others.filter(|other| !self.matrix.beats(candidate, *other)).collect();
        let tier = self.tier(candidate);
        let below = not_beaten.iter().filter(|other| self.tier(**other) > tier);
        let detours: Vec<_> = below.map(|other| self.detour(candidate, *other)).collect();
        if detours.is_empty() { Reason::BeatsAllBut(not_beaten) } else { Reason::Despite(detours) }
    }

    /// A hybrid has one run of rounds for each tier, and instant runoff one for all.
    fn round(&self, runoff: &Runoff, candidate: Candidate) -> Reason {
        let run = self.tier(candidate).filter(|tier| *tier < runoff.runs.len()).unwrap_or(0);
        let place = 1 + self.ranking[..run].concat().len();
        let rounds = runoff.runs.get(run).map_or(&[][..], Vec::as_slice);
        let last = rounds.iter().rposition(|round| round.verdict.candidates().contains(&candidate)).unwrap_or(0);
        let goes_out = rounds.get(last).is_some_and(|round| !matches!(round.verdict, Verdict::Wins(_)));
        Reason::Round { place, round: last + 1, goes_out }
    }

    /// The place of a candidate's tier in the ranking, from 0.
    pub(crate) fn tier(&self, candidate: Candidate) -> Option<usize> {
        self.ranking.iter().position(|tier| tier.contains(&candidate))
    }

    /// What decided a pair of which the first ranks above the second without beating it.
    pub(super) fn detour(&self, from: Candidate, to: Candidate) -> Detour {
        let victories = |path: Vec<Candidate>| path.windows(2).map(|step| self.matrix.duel(step[0], step[1])).collect();
        let grounds = match &self.working {
            Working::Paths(paths) if paths.above(from, to) => {
                paths.path(from, to).map_or(Grounds::Others, |path| Grounds::Path(victories(path)))
            }
            Working::RankedPairs(pairs) if pairs.above(from, to) => {
                pairs.chain(from, to).map_or(Grounds::Others, |chain| Grounds::Locked(victories(chain)))
            }
            Working::RankedPairs(pairs) => level(pairs, from, to),
            Working::Minimax(minimax) => Grounds::WorstDuels(minimax.worst(from), minimax.worst(to)),
            Working::Scores(scores) if self.rules.method == Method::Copeland => score(scores, from, to),
            Working::KemenyYoung(kemeny) if kemeny.above(from, to) => Grounds::Agreement,
            Working::Paths(_) | Working::KemenyYoung(_) => Grounds::Others,
            Working::Scores(_) | Working::Runoff(_) | Working::Stages(_) | Working::Comparisons(_) => Grounds::Counting,
        };
        Detour { duel: self.matrix.duel(from, to), grounds }
    }
}

/// What puts one above the other without a chain of locked victories between them.
fn level(pairs: &RankedPairs, from: Candidate, to: Candidate) -> Grounds {
    if pairs.drawn().iter().any(|level| level.contains(&from) && level.contains(&to)) {
        return Grounds::TieOrder;
    }
    pairs.weighed(from, to).map_or(Grounds::Others, |[own, other]| Grounds::WorstDefeats(own, other))
}

fn stage(stages: &Stages, candidate: Candidate, fate: Fate) -> Reason {
    let out = |action: &Action| matches!(action, Action::Exclusion(out) if out.contains(&candidate));
    let elected = stages.stages.iter().position(|stage| stage.elected.iter().flatten().any(|it| *it == candidate));
    let goes_out = stages.stages.iter().position(|stage| out(&stage.action));
    let [elected, goes_out] = [elected, goes_out].map(|stage| stage.map(|stage| stage + 1));
    Reason::Stage { elected, goes_out, seated: fate == Fate::Seated, ties: fate == Fate::Tied }
}

fn score(scores: &Scores, from: Candidate, to: Candidate) -> Grounds {
    let [above, below] = [from, to].map(|it| scores.numerators[it.0]);
    Grounds::Scores { above, below, denominator: scores.denominator }
}

impl Detour {
    /// Returns the victories that lead from the one that ranks above to the other; none where the
    /// method does not look at any.
    ///
    /// ```
    /// use tally::explain::{Detour, Grounds};
    /// use tally::{Candidate, Duel};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 4, for_second: 5 };
    /// assert_eq!(Detour { duel, grounds: Grounds::Path(vec![duel]) }.path(), [duel]);
    /// assert_eq!(Detour { duel, grounds: Grounds::Agreement }.path(), []);
    /// ```
    #[must_use]
    pub fn path(&self) -> &[Duel] {
        match &self.grounds {
            Grounds::Path(victories) | Grounds::Locked(victories) => victories,
            _ => &[],
        }
    }

    /// Says what decided with names, as the rest of a sentence that began with the one that ranks
    /// above. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::explain::{Detour, Grounds};
    /// use tally::{Candidate, Duel};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 4, for_second: 5 };
    /// let names = ["Ada", "Ben"].map(String::from);
    /// let say = |grounds| Detour { duel, grounds }.named(&names).to_string();
    /// assert_eq!(
    ///     say(Grounds::Scores { above: 5, below: 4, denominator: 2 }),
    ///     "loses to Ben 4–5, but comes to 2½ and Ben to 2"
    /// );
    /// assert_eq!(
    ///     say(Grounds::Others),
    ///     "loses to Ben 4–5, but neither stands above the other, and others stand above Ben"
    /// );
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Detour> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detour { duel: Duel { second, for_first, for_second, .. }, grounds } = self.what;
        let verb = if for_first == for_second { "ties with" } else { "loses to" };
        let rival = self.name(*second);
        write!(f, "{verb} {rival} {for_first}–{for_second}, but ")?;
        let worst = |duel: &Option<Duel>| match duel {
            Some(duel) => duel.named(self.names).to_string(),
            None => "none".to_owned(),
        };
        match grounds {
            Grounds::Path(path) => write!(f, "has the stronger path of victories: {}", self.duels(path)),
            Grounds::Locked(path) => write!(f, "stronger victories were locked before: {}", self.duels(path)),
            Grounds::WorstDuels(own, other) => {
                write!(
                    f,
                    "its worst duel when its turn came was less bad: {}; of {rival}: {}",
                    worst(own),
                    worst(other)
                )
            }
            Grounds::Scores { above, below, denominator } => {
                let [above, below] = [above, below].map(|it| fraction(*it, *denominator));
                write!(f, "comes to {above} and {rival} to {below}")
            }
            Grounds::Agreement => f.write_str("stands above in every order that agrees with the ballots most"),
            Grounds::WorstDefeats(own, other) => write!(
                f,
                "locked victories leave both unbeaten, and its worst defeat by anyone left is weaker: {}; of {rival}: {}",
                worst(own),
                worst(other)
            ),
            Grounds::TieOrder => f.write_str("locked victories leave both unbeaten, and the tie order puts it first"),
            Grounds::Others => write!(f, "neither stands above the other, and others stand above {rival}"),
            Grounds::Counting => f.write_str("the method does not look at their duel"),
        }
    }
}

impl Reason {
    /// Says the reason with names. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::Reason;
    ///
    /// let say = |reason: Reason| reason.named(&[]).to_string();
    /// assert_eq!(say(Reason::Score { numerator: 81, denominator: 2 }), "comes to 40½");
    /// assert_eq!(say(Reason::Round { place: 1, round: 2, goes_out: true }), "goes out in round 2");
    /// assert_eq!(
    ///     say(Reason::Stage { elected: None, goes_out: None, seated: false, ties: false }),
    ///     "is still standing when the count ends"
    /// );
    /// assert_eq!(
    ///     say(Reason::Stage { elected: Some(1), goes_out: None, seated: false, ties: false }),
    ///     "would be elected in stage 1, and is passed over"
    /// );
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Reason> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            Reason::CondorcetWinner => f.write_str("beats every other candidate: the Condorcet winner"),
            Reason::BeatsAllBut(others) if others.len() + 1 == self.names.len() => f.write_str("beats nobody"),
            Reason::BeatsAllBut(others) => write!(f, "beats everyone but {}", self.list(others)),
            Reason::Despite(detours) => {
                let named = |detour: &Detour| detour.named(self.names).to_string();
                f.write_str(&detours.iter().map(named).collect::<Vec<_>>().join("; "))
            }
            Reason::Score { numerator, denominator } => write!(f, "comes to {}", fraction(*numerator, *denominator)),
            Reason::Round { place, round, goes_out } => {
                write!(f, "{} in round {round}", if *goes_out { "goes out" } else { "is left" })?;
                if *place > 1 { write!(f, " for place {place}") } else { Ok(()) }
            }
            Reason::Stage { elected: Some(stage), seated: true, .. } => write!(f, "is elected in stage {stage}"),
            Reason::Stage { elected: Some(stage), ties: true, .. } => {
                write!(f, "would be elected in stage {stage}, and ties for a seat under the cap")
            }
            Reason::Stage { elected: Some(stage), .. } => {
                write!(f, "would be elected in stage {stage}, and is passed over")
            }
            Reason::Stage { goes_out, seated, .. } => {
                match goes_out {
                    Some(stage) => write!(f, "goes out in stage {stage}")?,
                    None => f.write_str("is still standing when the count ends")?,
                }
                if *seated { f.write_str(", and moves up") } else { Ok(()) }
            }
            Reason::BestSets { within, best: 1 } => {
                write!(f, "is {} the best set of winners", if *within == 1 { "in" } else { "not in" })
            }
            Reason::BestSets { within, best } => write!(f, "is in {within} of the {best} best sets of winners"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::tests::{names, profile};
    use crate::limits::Limits;
    use crate::seating::Body;
    use crate::{BlankRule, Rules, TieOrder, count};

    /// Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4.
    const CYCLE: [(&str, u64); 3] = [("012", 4), ("120", 2), ("201", 3)];

    /// Ada beats Ben 2–0, and Cy ties with both.
    const LEVEL: [(&str, u64); 2] = [("012", 1), ("201", 1)];

    fn counted(method: Method, orders: &[(&str, u64)]) -> Outcome {
        count(&profile(orders), &Rules { method, ..Rules::new(BlankRule::Last) }).unwrap()
    }

    fn reasons(outcome: &Outcome) -> [String; 3] {
        [0, 1, 2].map(|candidate| outcome.reason(Candidate(candidate)).named(&names()[..3]).to_string())
    }

    fn detours(outcome: &Outcome) -> Vec<String> {
        let said = |detour: &Detour| format!("{} {}", names()[detour.duel.first.0], detour.named(&names()));
        outcome.explain().detours.iter().map(said).collect()
    }

    #[test]
    fn every_method_that_does_not_look_at_duels_gives_its_own_reasons() {
        let reasons = |method| reasons(&counted(method, &CYCLE));
        assert_eq!(reasons(Method::Plurality), ["comes to 4", "comes to 2", "comes to 3"]);
        // Ben goes out for Cy, who then has five of nine.
        assert_eq!(
            reasons(Method::InstantRunoff),
            ["goes out in round 2", "goes out in round 1", "is left in round 3"]
        );
        assert_eq!(
            reasons(Method::ScottishStv),
            ["is still standing when the count ends", "goes out in stage 2", "is elected in stage 2"]
        );
        // Sets of one are the candidates, and the best is that of Schulze's method.
        let not = "is not in the best set of winners";
        assert_eq!(reasons(Method::CpoStv), ["is in the best set of winners", not, not]);
    }

    #[test]
    fn a_hybrid_has_rounds_for_each_place() {
        // Once Ben is out, Cy beats Ada; without Cy, Ada beats Ben.
        assert_eq!(
            reasons(&counted(Method::Benham, &CYCLE)),
            ["is left in round 1 for place 2", "is left in round 1 for place 3", "is left in round 2"]
        );
    }

    #[test]
    fn those_level_under_a_cap_tie_for_what_a_quota_gave_them() {
        // Nine ballots for two seats: the quota is four. Only one of Ada and Ben may sit.
        let employers = vec![Some("Acme".to_owned()), Some("Acme".to_owned()), None];
        let body = Body { seats: 2, employers, continuing: vec![], cap: "1".parse().ok(), unavailable: vec![] };
        let rules = Rules { method: Method::ScottishStv, seats: 2, ..Rules::new(BlankRule::Last) };
        let ballots = profile(&[("012", 4), ("102", 4), ("201", 1)]);
        let limited = Limits { threshold: None, body: Some(body) }.count(&ballots, &rules).unwrap();
        let ties = "would be elected in stage 1, and ties for a seat under the cap";
        assert_eq!(reasons(&limited.outcome), [ties, ties, "is still standing when the count ends, and moves up"]);
    }

    #[test]
    fn a_method_that_only_counts_does_not_look_at_the_duels_it_overrules() {
        // Four, three and two put Ada first.
        let overruled = ["Ada loses to Cy 4–5", "Cy loses to Ben 3–6"]
            .map(|it| format!("{it}, but the method does not look at their duel"));
        assert_eq!(detours(&counted(Method::Plurality, &CYCLE)), overruled);
    }

    #[test]
    fn kemeny_tells_the_orders_of_the_greatest_agreement_from_others_who_stand_above() {
        // Ada, Ben, Cy agrees with 7 + 6 + 4 votes; the turned orders with 13 and 15.
        let agreed = "Ada loses to Cy 4–5, but stands above in every order that agrees with the ballots most";
        assert_eq!(detours(&counted(Method::KemenyYoung, &CYCLE)), [agreed]);
        // Cy agrees as well anywhere, and is level with Ada, who stands above Ben.
        let others = "Cy ties with Ben 1–1, but neither stands above the other, and others stand above Ben";
        assert_eq!(detours(&counted(Method::KemenyYoung, &LEVEL)), [others]);
    }

    #[test]
    fn the_tie_order_decides_between_those_unbeaten_and_not_below_them() {
        let tie_order = TieOrder::new([0, 1, 2].map(Candidate).to_vec());
        let rules = Rules { method: Method::RankedPairs, tie_order, ..Rules::new(BlankRule::Last) };
        assert_eq!(
            detours(&count(&profile(&LEVEL), &rules).unwrap()),
            [
                "Ada ties with Cy 1–1, but locked victories leave both unbeaten, and the tie order puts it first",
                "Cy ties with Ben 1–1, but neither stands above the other, and others stand above Ben",
            ]
        );
    }
}
