//! Stages: what the counts by quota have in common, whatever they do with a surplus.
//!
//! Votes are fixed-point integers: [`Stages::unit`] of them are one ballot. At every stage the
//! votes of all candidates, the exhausted and the lost ones add up to the ballots that rank
//! anyone, exactly.
//!
//! **The order** of a finished count: those elected in the order of their election, those elected
//! at one stage by their votes; then those who never went out by their votes; then the others,
//! last out first.
//!
//! **Ties.** Where the order of two surpluses or of two exclusions is level by the rules of the
//! method, the tie order decides. Where there is none, the count stops: who is elected by then is
//! elected, and all others still standing are level, whoever of them would have been next. There
//! are two exceptions, where the answer does not depend on the tie. Candidates without any votes
//! go out together if enough others remain. And when all but one of those standing have a seat,
//! only those level for going out are level for the seats that are left.

use std::{cmp::Ordering, fmt};

use crate::ballot::Candidate;
use crate::explain::Named;
use crate::ties::TieOrder;

/// A count by quota, stage by stage, and the order it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// How many units one ballot has.
    pub unit: u128,
    /// The ballots that rank anyone; the others do not count for the quota.
    pub valid: u64,
    /// The stages, the first preferences first.
    pub stages: Vec<Stage>,
    /// All candidates in tiers, best first.
    pub ranking: Vec<Vec<Candidate>>,
}

/// What was done, and how the votes lie after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What was done.
    pub action: Action,
    /// Those of whom the tie order chose the one it was done to; nobody where it was not asked.
    pub tied: Vec<Candidate>,
    /// The votes needed to be elected, in units.
    pub quota: u128,
    /// The votes of each candidate, in units.
    pub votes: Vec<u128>,
    /// Votes of ballots on which nobody who could still use them is ranked, in units.
    pub exhausted: u128,
    /// What was lost to rounding so far, in units.
    pub lost: u128,
    /// Who was not out, in order: elected or still standing.
    pub left: Vec<Candidate>,
    /// Who is elected by it, in tiers; not always with a quota, if they are all that are left.
    pub elected: Vec<Vec<Candidate>>,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Each ballot counts for those it ranks first.
    FirstPreferences,
    /// What this candidate has beyond the quota is transferred.
    Surplus(Candidate),
    /// What the elected have beyond the quota is shared by their keep factors.
    KeepFactors,
    /// These have the fewest votes; they go out and their votes are transferred.
    Exclusion(Vec<Candidate>),
    /// These are level for what would be next, nothing resolves it, and the count stops.
    Tie(Vec<Candidate>),
}

/// The votes as they lie, in units.
#[derive(Clone, Default)]
pub(super) struct Votes {
    pub(super) of: Vec<u128>,
    pub(super) exhausted: u128,
    pub(super) lost: u128,
}

/// An action, and among whom the tie order chose.
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) tied: Vec<Candidate>,
}

/// A count that is going on.
pub(super) struct Count<'a> {
    tie_order: Option<&'a TieOrder>,
    /// How many stages, from the last one back, decide who has more votes.
    looks_back: usize,
    /// Neither elected nor out, in order.
    pub(super) standing: Vec<Candidate>,
    elected: Vec<Vec<Candidate>>,
    /// In the order they went.
    excluded: Vec<Vec<Candidate>>,
    /// Seats without anyone elected to them.
    open: usize,
    stages: Vec<Stage>,
}

impl<'a> Count<'a> {
    pub(super) fn new(candidates: usize, seats: usize, looks_back: usize, tie_order: Option<&'a TieOrder>) -> Self {
        let standing = (0..candidates).map(Candidate).collect();
        let (elected, excluded, stages) = (Vec::new(), Vec::new(), Vec::new());
        Self { tie_order, looks_back, standing, elected, excluded, open: seats, stages }
    }

    /// Records what was done, and elects whoever has the quota or is needed to fill the seats.
    ///
    /// Returns whether the count goes on.
    pub(super) fn record(&mut self, step: Step, quota: u128, votes: &Votes) -> bool {
        let Votes { of, exhausted, lost } = votes.clone();
        let Step { action, tied } = step;
        let mut left = [self.elected.concat(), self.standing.clone()].concat();
        left.sort_unstable();
        self.stages.push(Stage { action, tied, quota, votes: of, exhausted, lost, left, elected: Vec::new() });
        self.elect(&self.standing.iter().copied().filter(|i| votes.of[i.0] >= quota).collect::<Vec<_>>());
        if self.standing.len() <= self.open {
            self.elect(&self.standing.clone());
        }
        self.open > 0 && !self.standing.is_empty()
    }

    fn elect(&mut self, them: &[Candidate]) {
        for tier in self.tiers(them) {
            if tier.len() > self.open {
                break;
            }
            self.open -= tier.len();
            self.standing.retain(|candidate| !tier.contains(candidate));
            self.elected.push(tier.clone());
            self.stages.last_mut().expect("a stage elects").elected.push(tier);
        }
    }

    /// Says whether the last stage elected anyone.
    pub(super) fn has_just_elected(&self) -> bool {
        self.stages.last().is_some_and(|stage| !stage.elected.is_empty())
    }

    /// Returns who is elected.
    pub(super) fn elected(&self) -> Vec<Candidate> {
        self.elected.concat()
    }

    /// Says of each candidate whether it is still standing.
    pub(super) fn stands(&self) -> Vec<bool> {
        let mut stands = vec![false; self.standing.len() + self.elected().len() + self.excluded.concat().len()];
        for candidate in &self.standing {
            stands[candidate.0] = true;
        }
        stands
    }

    /// Compares by votes, those of the last stage first.
    pub(super) fn compare(&self, a: Candidate, b: Candidate) -> Ordering {
        let stages = self.stages.iter().rev().take(self.looks_back);
        let mut compared = stages.map(|stage| stage.votes[a.0].cmp(&stage.votes[b.0]));
        compared.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Puts candidates, given in order, into tiers, the most votes first.
    fn tiers(&self, candidates: &[Candidate]) -> Vec<Vec<Candidate>> {
        let mut sorted = candidates.to_vec();
        sorted.sort_by(|a, b| self.compare(*b, *a));
        sorted.chunk_by(|a, b| self.compare(*a, *b).is_eq()).map(<[_]>::to_vec).collect()
    }

    /// Returns those of the candidates with the most votes, in order.
    pub(super) fn most(&self, candidates: &[Candidate]) -> Vec<Candidate> {
        self.tiers(candidates).into_iter().next().unwrap_or_default()
    }

    /// Returns those still standing with the fewest votes, in order.
    pub(super) fn fewest(&self) -> Vec<Candidate> {
        self.tiers(&self.standing).pop().unwrap_or_default()
    }

    /// Picks the one whose surplus is transferred first, and says among whom the tie order chose.
    /// With nobody to choose it, the count stops.
    pub(super) fn pick_surplus(&mut self, level: Vec<Candidate>) -> Option<Step> {
        let (first, tied) = self.pick(level, TieOrder::compare)?;
        Some(Step { action: Action::Surplus(first), tied })
    }

    /// Takes the one who goes out, or all of them if their order cannot matter. Where it does and
    /// there is nobody to choose it, the count stops.
    pub(super) fn exclude(&mut self, level: Vec<Candidate>) -> Option<Step> {
        let last = self.stages.last()?;
        let voteless = level.iter().all(|candidate| last.votes[candidate.0] == 0);
        let (out, tied) = if voteless && self.tie_order.is_none() && self.standing.len() >= self.open + level.len() {
            (level, Vec::new())
        } else {
            let mut others = self.standing.clone();
            others.retain(|candidate| !level.contains(candidate));
            let Some((out, tied)) = self.pick(level, |order, a, b| order.compare(b, a)) else {
                // All but one of those standing have a seat, so everyone who is not level has one.
                if self.standing.len() == self.open + 1 {
                    self.elect(&others);
                }
                return None;
            };
            (vec![out], tied)
        };
        self.standing.retain(|candidate| !out.contains(candidate));
        self.excluded.push(out.clone());
        Some(Step { action: Action::Exclusion(out), tied })
    }

    /// Picks the first of those level by an order made of the tie order.
    fn pick(
        &mut self,
        level: Vec<Candidate>,
        compare: impl Fn(&TieOrder, Candidate, Candidate) -> Ordering,
    ) -> Option<(Candidate, Vec<Candidate>)> {
        if let [only] = level[..] {
            return Some((only, Vec::new()));
        }
        if let Some(order) = self.tie_order {
            return Some((level.iter().copied().min_by(|a, b| compare(order, *a, *b))?, level));
        }
        let stopped =
            Stage { action: Action::Tie(level), tied: Vec::new(), elected: Vec::new(), ..self.stages.last()?.clone() };
        self.stages.push(stopped);
        None
    }

    /// Puts all candidates in order.
    pub(super) fn finish(self, unit: u128, valid: u64) -> Stages {
        let stopped = self.stages.last().is_some_and(|stage| matches!(stage.action, Action::Tie(_)));
        let standing = if stopped { vec![self.standing.clone()] } else { self.tiers(&self.standing) };
        let excluded = self.excluded.into_iter().rev();
        let ranking = self.elected.into_iter().chain(standing).chain(excluded).collect();
        Stages { unit, valid, stages: self.stages, ranking }
    }
}

impl Stages {
    /// Says every stage with names, a line each. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Profile, Rank, methods::scottish_stv};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(2), None], 7)?;
    /// profile.push(&[None, None, Rank::new(1)], 3)?;
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// assert_eq!(
    ///     scottish_stv::count(&profile, 2, None)?.named(&names).to_string(),
    ///     "Stage 1: first preferences, quota 4: Ada 7, Ben 0, Cy 3; Ada is elected\n\
    ///      Stage 2: the surplus of Ada is transferred, quota 4: \
    ///      Ada 4, Ben 2.99999, Cy 3, lost 0.00001\n\
    ///      Stage 3: Ben goes out, quota 4: \
    ///      Ada 4, Cy 3, exhausted 2.99999, lost 0.00001; Cy is elected\n"
    /// );
    ///
    /// // A tie that nothing resolves ends the count.
    /// profile.push(&[None, Rank::new(1), None], 3)?;
    /// profile.push(&[None, Rank::new(1), Rank::new(1)], 2)?;
    /// let stages = scottish_stv::count(&profile, 1, None)?.named(&names).to_string();
    /// assert!(stages.ends_with("Stage 2: Ben and Cy are level and nothing resolves it: the count stops\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Stages> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, stage) in (1..).zip(&self.what.stages) {
            write!(f, "Stage {number}: {}", self.action(stage))?;
            if !matches!(stage.action, Action::Tie(_)) {
                write!(f, "{}", self.votes(stage))?;
            }
            let elected = stage.elected.concat();
            if !elected.is_empty() {
                let verb = if elected.len() > 1 { "are" } else { "is" };
                write!(f, "; {} {verb} elected", self.list(&elected))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Named<'_, Stages> {
    fn action(&self, stage: &Stage) -> String {
        let action = match &stage.action {
            Action::FirstPreferences => "first preferences".to_owned(),
            Action::Surplus(from) => format!("the surplus of {} is transferred", self.name(*from)),
            Action::KeepFactors => "surpluses are shared".to_owned(),
            Action::Exclusion(out) => format!("{} {} out", self.list(out), if out.len() > 1 { "go" } else { "goes" }),
            Action::Tie(level) => format!("{} are level and nothing resolves it: the count stops", self.list(level)),
        };
        match stage.tied[..] {
            [] => action,
            _ => format!("{action} (of {}, by the tie order)", self.list(&stage.tied)),
        }
    }

    fn votes(&self, stage: &Stage) -> String {
        let votes = |amount| decimal(amount, self.what.unit);
        let left = stage.left.iter().map(|i| format!("{} {}", self.name(*i), votes(stage.votes[i.0])));
        let others = [("exhausted", stage.exhausted), ("lost", stage.lost)];
        let others = others.iter().filter(|(_, amount)| *amount > 0);
        let others = others.map(|(what, amount)| format!("{what} {}", votes(*amount)));
        format!(", quota {}: {}", votes(stage.quota), left.chain(others).collect::<Vec<_>>().join(", "))
    }
}

/// "12", "12.5": units of a power of ten to one, without zeros at the end.
pub(super) fn decimal(amount: u128, unit: u128) -> String {
    let digits = unit.ilog10() as usize;
    let text = format!("{}.{:0digits$}", amount / unit, amount % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_without_zeros_at_the_end() {
        let said = [0, 1_200_000, 1_250_000, 1].map(|amount| decimal(amount, 100_000));
        assert_eq!(said, ["0", "12", "12.5", "0.00001"]);
    }
}
