//! The ties that a count met, and what became of each.

use std::fmt;

use crate::ballot::Candidate;
use crate::explain::Named;
use crate::methods::Working;
use crate::methods::cpo_stv::Comparisons;
use crate::methods::elimination::{Runoff, Verdict};
use crate::methods::ranked_pairs::RankedPairs;
use crate::methods::stages::{Action, Stage, Stages};
use crate::outcome::{Outcome, SeatTie};
use crate::pairwise::Duel;
use crate::rules::Method;
use crate::sets;

/// A tie that a count met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Where it was met.
    pub met: Met,
    /// Those who were level, in order.
    pub among: Vec<Candidate>,
    /// Whom the tie order chose, in its order; nobody where there was no tie order.
    pub chosen: Vec<Candidate>,
}

/// Where a count meets a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Met {
    /// At the seats: at the seat line, or under the cap of an employer.
    Seats(SeatTie),
    /// In a round of an elimination: who goes out.
    Round {
        /// The place that the rounds are for, from 1.
        place: usize,
        /// The round, from 1.
        round: usize,
    },
    /// In a stage of a count by quota.
    Stage {
        /// The stage, from 1.
        stage: usize,
        /// Whether it is about whose surplus is first; else about who goes out.
        surplus: bool,
    },
    /// Between equally strong victories, each of which can be locked and not all (ranked pairs).
    Victories(Vec<Duel>),
    /// Between those whom the locked victories leave unbeaten (ranked pairs).
    Unbeaten,
    /// Between sets of winners (CPO-STV).
    Sets,
}

impl Outcome {
    /// Lists the ties that the tie order broke anywhere in the count, and the open ones that bear
    /// on the seats without being the tie at the seat line.
    ///
    /// Open are: those level last who go out together by an elimination without a tie order, a tie
    /// that stops a count by quota, and a tie of those of one employer. A tie in the ranking alone
    /// is none, and neither is one that cannot matter: of those without any vote, who would go out
    /// one after the other (instant runoff), or where somebody beats all who are left (BTR-IRV).
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Method, Profile, Rank, Rules, TieOrder};
    ///
    /// let mut profile = Profile::new(3)?;
    /// for (ballot, count) in [([1, 2, 3], 3), ([3, 1, 2], 2), ([3, 2, 1], 2)] {
    ///     profile.push(&ballot.map(Rank::new), count)?;
    /// }
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// let mut rules = Rules { method: Method::InstantRunoff, ..Rules::new(BlankRule::Last) };
    /// let tie = |rules: &Rules| tally::count(&profile, rules).map(|it| it.ties()[0].named(&names).to_string());
    /// assert_eq!(
    ///     tie(&rules)?,
    ///     "in round 1 Ben and Cy are level last: a declared tie order could seat somebody else"
    /// );
    /// rules.tie_order = TieOrder::new([0, 2, 1].map(Candidate).to_vec());
    /// assert_eq!(tie(&rules)?, "in round 1 Ben and Cy are level last, and by the tie order Ben goes out");
    ///
    /// // The tie at the seat line is told by the seats.
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// assert_eq!(tally::count(&Profile::new(3)?, &rules)?.ties(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ties(&self) -> Vec<Tie> {
        let mut ties = match &self.working {
            Working::Runoff(runoff) => self.rounds(runoff),
            Working::Stages(stages) => stages_of(stages),
            Working::RankedPairs(pairs) => pairs_of(pairs),
            Working::Comparisons(sets) => sets_of(sets).into_iter().collect(),
            Working::Paths(_) | Working::Minimax(_) | Working::KemenyYoung(_) | Working::Scores(_) => Vec::new(),
        };
        let told = |tie: &&SeatTie| tie.is_open() && tie.employer.is_none();
        let seats = self.seats.ties.iter().filter(|tie| !told(tie));
        ties.extend(seats.map(|tie| Tie {
            met: Met::Seats(tie.clone()),
            among: tie.among.clone(),
            chosen: tie.by_tie_order.clone(),
        }));
        ties
    }

    fn rounds(&self, runoff: &Runoff) -> Vec<Tie> {
        let (mut ties, mut place) = (Vec::new(), 1);
        for (rounds, tier) in runoff.runs.iter().zip(&runoff.ranking) {
            for (number, round) in (1..).zip(rounds).filter(|(_, round)| !round.tied.is_empty()) {
                let harmless = match self.rules.method {
                    Method::InstantRunoff => round.tied.iter().all(|it| round.votes.numerators[it.0] == 0),
                    Method::BottomTwoRunoff => sets::smith_among(&self.matrix, &round.left).len() == 1,
                    _ => false,
                };
                let over = matches!(round.verdict, Verdict::Wins(_)) || harmless || place > self.rules.seats;
                if round.by_tie_order || !over {
                    let chosen = if round.by_tie_order { round.verdict.candidates().to_vec() } else { Vec::new() };
                    ties.push(Tie { met: Met::Round { place, round: number }, among: round.tied.clone(), chosen });
                }
            }
            place += tier.len();
        }
        ties
    }
}

fn stages_of(stages: &Stages) -> Vec<Tie> {
    let tie = |(number, stage): (usize, &Stage)| {
        let (among, chosen) = match &stage.action {
            Action::Tie(level) => (level.clone(), Vec::new()),
            Action::Surplus(from) => (stage.tied.clone(), vec![*from]),
            Action::Exclusion(out) => (stage.tied.clone(), out.clone()),
            Action::FirstPreferences | Action::KeepFactors => return None,
        };
        let met = Met::Stage { stage: number, surplus: matches!(stage.action, Action::Surplus(_)) };
        (!among.is_empty()).then_some(Tie { met, among, chosen })
    };
    (1..).zip(&stages.stages).filter_map(tie).collect()
}

fn pairs_of(pairs: &RankedPairs) -> Vec<Tie> {
    let victories = pairs.contested().iter().map(|victories| {
        let mut among: Vec<_> = victories.iter().flat_map(|duel| [duel.first, duel.second]).collect();
        among.sort_unstable();
        among.dedup();
        let first = victories.iter().take(1).map(|duel| duel.first);
        Tie { met: Met::Victories(victories.clone()), among, chosen: first.collect() }
    });
    let unbeaten = pairs.drawn().iter().map(|drawn| {
        let mut among = drawn.clone();
        among.sort_unstable();
        Tie { met: Met::Unbeaten, among, chosen: drawn.clone() }
    });
    victories.chain(unbeaten).collect()
}

fn sets_of(sets: &Comparisons) -> Option<Tie> {
    let [best] = sets.best[..] else { return None };
    let tied: Vec<_> = sets.tied.iter().map(|set| &sets.outcomes[*set]).collect();
    let some = |it: &Candidate| tied.iter().any(|set| set.contains(it)) && !tied.iter().all(|set| set.contains(it));
    let mut among: Vec<_> = tied.iter().copied().flatten().copied().filter(some).collect();
    among.sort_unstable();
    among.dedup();
    let chosen = sets.outcomes[best].iter().copied().filter(some).collect();
    (!among.is_empty()).then_some(Tie { met: Met::Sets, among, chosen })
}

impl Tie {
    /// Says whether nothing broke it.
    ///
    /// ```
    /// use tally::{Candidate, explain::{Met, Tie}};
    ///
    /// let mut tie = Tie { met: Met::Unbeaten, among: vec![Candidate(0), Candidate(1)], chosen: vec![] };
    /// assert!(tie.is_open());
    /// tie.chosen.push(Candidate(1));
    /// assert!(!tie.is_open());
    /// ```
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Says it with names. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Candidate, explain::{Met, Tie}};
    ///
    /// let names = ["Ada", "Ben"].map(String::from);
    /// let [ada, ben] = [0, 1].map(Candidate);
    /// let met = Met::Stage { stage: 2, surplus: false };
    /// let mut tie = Tie { met, among: vec![ada, ben], chosen: vec![ben] };
    /// assert_eq!(tie.named(&names).to_string(), "in stage 2 Ada and Ben are level, and by the tie order Ben goes out");
    /// tie.chosen.clear();
    /// assert!(tie.named(&names).to_string().ends_with("a declared tie order could seat somebody else"));
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Tie> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tie { met, among, chosen } = self.what;
        let (among, them) = (self.list(among), self.list(chosen));
        let open = self.what.is_open();
        match met {
            Met::Seats(tie) => return f.write_str(&self.seat_tie(tie)),
            Met::Victories(victories) => {
                let victories = self.duels(victories);
                return write!(f, "equally strong, and the tie order said which to lock first: {victories}");
            }
            Met::Round { place, round } => {
                write!(f, "in round {round}")?;
                if *place > 1 {
                    write!(f, " for place {place}")?;
                }
                write!(f, " {among} are level last")?;
                if !open {
                    return write!(f, ", and by the tie order {them} goes out");
                }
            }
            Met::Stage { stage, surplus } => {
                write!(f, "in stage {stage} {among} are level")?;
                match surplus {
                    _ if open => {}
                    true => return write!(f, ", and by the tie order the surplus of {them} is first"),
                    false => return write!(f, ", and by the tie order {them} goes out"),
                }
            }
            Met::Unbeaten => {
                write!(f, "locked victories leave {among} unbeaten")?;
                if !open {
                    return write!(f, ", and the tie order puts them thus: {them}");
                }
            }
            Met::Sets => write!(f, "sets of winners are level that differ by {among}")?,
        }
        if open {
            return f.write_str(": a declared tie order could seat somebody else");
        }
        write!(f, ", and the tie order chose {them}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::tests::names;
    use crate::{BlankRule, Matrix, Profile, Rank, Rules, Strength, TieOrder, count};

    /// The ties as sentences.
    fn said(method: Method, seats: usize, ballots: &[(&[u32], u64)], tie_order: Option<&[usize]>) -> Vec<String> {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            profile.push(&numbers.iter().map(|number| Rank::new(*number)).collect::<Vec<_>>(), *count).unwrap();
        }
        let tie_order = tie_order.and_then(|order| TieOrder::new(order.iter().copied().map(Candidate).collect()));
        let rules = Rules { method, seats, tie_order, ..Rules::new(BlankRule::Last) };
        count(&profile, &rules).unwrap().ties().iter().map(|tie| tie.named(&names()).to_string()).collect()
    }

    const OPEN: &str = ": a declared tie order could seat somebody else";

    /// 1 and 2 are level last.
    const LEVEL: [(&[u32], u64); 3] = [(&[1, 2, 3], 3), (&[3, 1, 2], 2), (&[3, 2, 1], 2)];

    #[test]
    fn those_without_a_vote_go_out_together_without_a_word() {
        let ballots: [(&[u32], u64); 1] = [(&[1, 0, 0], 3)];
        assert!(said(Method::InstantRunoff, 1, &ballots, None).is_empty());
        // A hybrid looks at duels in between, and here at once.
        assert!(said(Method::Benham, 1, &ballots, None).is_empty());
    }

    #[test]
    fn a_tie_for_a_place_below_the_seats_is_open_without_a_word_and_told_where_it_was_broken() {
        // 0 beats both others; those are level for the second place.
        let ballots: [(&[u32], u64); 2] = [(&[1, 2, 3], 1), (&[1, 3, 2], 1)];
        assert!(said(Method::BottomTwoRunoff, 1, &ballots, None).is_empty());
        let broken = said(Method::BottomTwoRunoff, 1, &ballots, Some(&[2, 1, 0]));
        assert_eq!(broken[0], "in round 1 Ben and Cy are level last, and by the tie order Ben goes out");
        assert!(broken[1].starts_with("in round 1 for place 2 Ben and Cy are level last"), "{broken:?}");
    }

    #[test]
    fn a_tie_for_a_place_is_open_only_where_there_is_a_seat_for_it() {
        // 3 beats all others, who are in a cycle; for the second place 1 and 2 are level last.
        let ballots: [(&[u32], u64); 3] = [(&[2, 3, 4, 1], 3), (&[4, 2, 3, 1], 2), (&[3, 4, 2, 1], 2)];
        assert!(said(Method::Benham, 1, &ballots, None).is_empty());
        let open = format!("in round 1 for place 2 Ben and Cy are level last{OPEN}");
        assert_eq!(said(Method::Benham, 2, &ballots, None), [open]);
    }

    #[test]
    fn a_round_that_all_win_is_the_tie_of_its_tier() {
        let ballots: [(&[u32], u64); 2] = [(&[1, 2], 1), (&[2, 1], 1)];
        assert!(said(Method::InstantRunoff, 1, &ballots, None).is_empty());
        assert_eq!(said(Method::InstantRunoff, 1, &ballots, Some(&[0, 1])).len(), 1);
    }

    #[test]
    fn a_count_by_quota_tells_where_it_stopped() {
        for method in [Method::ScottishStv, Method::MeekStv] {
            assert_eq!(said(method, 1, &LEVEL, None), [format!("in stage 2 Ben and Cy are level{OPEN}")]);
            let broken = said(method, 1, &LEVEL, Some(&[0, 1, 2]));
            assert_eq!(broken, ["in stage 2 Ben and Cy are level, and by the tie order Cy goes out"]);
        }
        let surpluses: [(&[u32], u64); 3] = [(&[1, 0, 0, 2], 6), (&[0, 1, 2, 0], 6), (&[0, 0, 1, 2], 3)];
        let broken = said(Method::ScottishStv, 3, &surpluses, Some(&[3, 2, 1, 0]));
        assert_eq!(broken[0], "in stage 2 Ada and Ben are level, and by the tie order the surplus of Ben is first");
    }

    #[test]
    fn sets_of_winners_are_told_by_what_they_differ_in() {
        let ballots: [(&[u32], u64); 3] = [(&[1, 0, 0], 4), (&[0, 1, 0], 2), (&[0, 0, 1], 2)];
        assert!(said(Method::CpoStv, 2, &ballots, None).is_empty(), "the seats tell it");
        let broken = said(Method::CpoStv, 2, &ballots, Some(&[2, 0, 1]));
        assert_eq!(broken, ["sets of winners are level that differ by Ben and Cy, and the tie order chose Cy"]);
        assert!(said(Method::CpoStv, 1, &ballots, Some(&[2, 0, 1])).is_empty());
    }

    #[test]
    fn ranked_pairs_tell_where_the_tie_order_chose() {
        let cycle: [(&[u32], u64); 3] = [(&[1, 2, 3], 1), (&[3, 1, 2], 1), (&[2, 3, 1], 1)];
        assert!(said(Method::RankedPairs, 1, &cycle, None).is_empty());
        assert_eq!(
            said(Method::RankedPairs, 1, &cycle, Some(&[2, 0, 1])),
            [
                "equally strong, and the tie order said which to lock first: Ada beats Ben 2–1, Cy beats Ada 2–1, Ben beats Cy 2–1"
            ]
        );
        let level: [(&[u32], u64); 1] = [(&[1, 1, 2], 1)];
        assert_eq!(
            said(Method::RankedPairs, 1, &level, Some(&[2, 1, 0])),
            ["locked victories leave Ada and Ben unbeaten, and the tie order puts them thus: Ben and Ada"]
        );
    }

    #[test]
    fn ranked_pairs_tell_no_victory_that_stronger_ones_contradict() {
        // 0 over 1 and 1 over 2 are stronger than 2 over 0. Of the equals 3 over 0 and 2 over 3, each
        // agrees with them alone and both do not.
        let matrix = Matrix::from([[0, 9, 1, 1], [1, 0, 8, 0], [7, 1, 0, 7], [7, 0, 1, 0]]);
        let order = TieOrder::new([2, 1, 3, 0].map(Candidate).to_vec());
        let pairs = RankedPairs::lock(&matrix, Strength::WinningVotes, order.as_ref());
        let [zero, two, three] = [0, 2, 3].map(Candidate);
        let met = Met::Victories(vec![matrix.duel(three, zero), matrix.duel(two, three)]);
        assert_eq!(pairs_of(&pairs), [Tie { met, among: vec![zero, two, three], chosen: vec![three] }]);
    }
}
