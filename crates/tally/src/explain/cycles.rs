//! Cycles of victories: each beats the next, and the last beats the first.

use std::fmt;

use crate::ballot::Candidate;
use crate::explain::Named;
use crate::methods;
use crate::outcome::{Fate, Outcome};
use crate::pairwise::Duel;
use crate::sets;

/// Candidates who beat one another in a circle, so that duels alone do not order them.
///
/// Display, through [`Cycle::named`], says the victories: "Ada beats Ben 89–84, Ben beats Cy
/// 91–86, Cy beats Ada 88–81".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Everyone with a path of victories to all the others of these and back; in order.
    pub members: Vec<Candidate>,
    /// The victories of a shortest cycle among them. At the seat line it is a shortest one with
    /// somebody of either side, and its last victory is over somebody who fared better.
    pub duels: Vec<Duel>,
    /// Whether the members fared differently, or some of them tie for a seat.
    pub at_seat_line: bool,
}

impl Outcome {
    /// Finds the cycles of victories, one for each set of candidates that reach one another, the
    /// best ranked first.
    ///
    /// These sets are the strongly connected components of the victories, so every cycle there is
    /// lies in one of them. Of several shortest cycles it names the first by order of candidates.
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(3)?;
    /// for (ballot, count) in [([1, 2, 3], 4), ([3, 1, 2], 2), ([2, 3, 1], 3)] {
    ///     profile.push(&ballot.map(Rank::new), count)?;
    /// }
    /// let cycles = tally::count(&profile, &Rules::new(BlankRule::Last))?.cycles();
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// assert_eq!(
    ///     cycles[0].named(&names).to_string(),
    ///     "Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4"
    /// );
    /// assert!(cycles[0].at_seat_line);
    ///
    /// // Two who tie with each other do not make a cycle.
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[1, 1].map(Rank::new), 1)?;
    /// assert_eq!(tally::count(&profile, &Rules::new(BlankRule::Last))?.cycles(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cycles(&self) -> Vec<Cycle> {
        let reaches = sets::closure(&self.matrix, |i, j| self.matrix.beats(i, j));
        let mut left = self.ranking.concat();
        let mut cycles = Vec::new();
        while let Some(&first) = left.first() {
            let same = |other: &Candidate| reaches[first.0][other.0] && reaches[other.0][first.0];
            let mut members: Vec<_> = left.iter().copied().filter(same).collect();
            left.retain(|other| *other != first && !same(other));
            members.sort_unstable();
            cycles.extend(self.cycle(members));
        }
        cycles
    }

    /// The cycle to name among candidates who all reach one another; none where that is nobody.
    fn cycle(&self, members: Vec<Candidate>) -> Option<Cycle> {
        let fates: Vec<_> = members.iter().map(|member| self.seats.fate(*member)).collect();
        let one_fate = fates.windows(2).all(|pair| pair[0] == pair[1]);
        // In a circle somebody beats somebody who fared better, or at least ranks no lower.
        let closes =
            |a, b| if one_fate { self.tier(a) >= self.tier(b) } else { self.seats.fate(a) > self.seats.fate(b) };
        let pairs = members.iter().flat_map(|b| members.iter().map(|a| (*a, *b)));
        let closing = pairs.filter(|(a, b)| self.matrix.beats(*a, *b) && closes(*a, *b));
        let everyone = self.matrix.candidates().count();
        let beats = |a, b| self.matrix.beats(a, b);
        let path = shortest(closing.filter_map(|(a, b)| methods::shortest_path(everyone, (b, a), beats)))?;
        let steps = path.iter().zip(path.iter().cycle().skip(1));
        let duels = steps.map(|(a, b)| self.matrix.duel(*a, *b)).collect();
        Some(Cycle { members, duels, at_seat_line: !one_fate || fates.contains(&Fate::Tied) })
    }
}

/// The first of the shortest; no cycle has fewer than three, so that one ends the search.
fn shortest(paths: impl Iterator<Item = Vec<Candidate>>) -> Option<Vec<Candidate>> {
    let mut best: Option<Vec<_>> = None;
    for path in paths {
        if best.as_ref().is_none_or(|best| path.len() < best.len()) {
            best = Some(path);
        }
        if best.as_ref().is_some_and(|best| best.len() <= 3) {
            break;
        }
    }
    best
}

impl Cycle {
    /// The same cycle when the candidates are places in a list of others.
    pub(crate) fn among(self, left: &[Candidate]) -> Self {
        let original = |candidate: Candidate| left[candidate.0];
        let duel = |duel: Duel| Duel { first: original(duel.first), second: original(duel.second), ..duel };
        let members = self.members.into_iter().map(original).collect();
        Self { members, duels: self.duels.into_iter().map(duel).collect(), ..self }
    }

    /// Says the victories with names. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Candidate, explain::Cycle};
    ///
    /// // A cycle that is made by hand may be empty, and then has no words.
    /// let cycle = Cycle { members: vec![Candidate(0)], duels: vec![], at_seat_line: false };
    /// assert_eq!(cycle.named(&["Ada".to_owned()]).to_string(), "");
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Cycle> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.duels(&self.what.duels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::tests::{counted, names};

    fn said(outcome: &Outcome) -> Vec<(Vec<usize>, String, bool)> {
        let indices = |cycle: &Cycle| cycle.members.iter().map(|member| member.0).collect();
        let say = |cycle: &Cycle| (indices(cycle), cycle.named(&names()).to_string(), cycle.at_seat_line);
        outcome.cycles().iter().map(say).collect()
    }

    #[test]
    fn a_cycle_below_a_condorcet_winner_is_found() {
        // Dee wins; Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4.
        let orders = [("3012", 4), ("3120", 2), ("3201", 3)];
        let cycle = "Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4".to_owned();
        let at_line = |seats| said(&counted(seats, &orders)) == [(vec![0, 1, 2], cycle.clone(), true)];
        assert_eq!([1, 2, 3, 4].map(at_line), [false, true, true, false]);
        assert_eq!(said(&counted(1, &orders)), [(vec![0, 1, 2], cycle, false)]);
    }

    #[test]
    fn a_cycle_that_ties_is_at_the_seat_line() {
        let cycles = said(&counted(1, &[("012", 1), ("120", 1), ("201", 1)]));
        let cycle = "Ada beats Ben 2–1, Ben beats Cy 2–1, Cy beats Ada 2–1";
        assert_eq!(cycles, [(vec![0, 1, 2], cycle.to_owned(), true)]);
    }

    #[test]
    fn orders_that_agree_have_no_cycle() {
        assert_eq!(said(&counted(2, &[("0123", 3), ("1023", 1)])), []);
    }

    #[test]
    fn the_first_of_the_shortest_paths_is_taken() {
        let path = |places: &[usize]| places.iter().copied().map(Candidate).collect::<Vec<_>>();
        let [long, first, second] = [path(&[0, 1, 2, 3, 4]), path(&[0, 1, 2, 3]), path(&[1, 2, 3, 4])];
        assert_eq!(shortest([long, first.clone(), second].into_iter()), Some(first));
    }

    #[test]
    fn a_cycle_among_those_left_is_told_as_one_of_the_whole_election() {
        // Ada beats Ben 7–2, Ben beats Cy 6–3, Cy beats Ada 5–4: each stands for the next name.
        let [cycle] = counted(1, &[("012", 4), ("120", 2), ("201", 3)]).cycles().try_into().unwrap();
        let left = [1, 2, 3].map(Candidate);
        let cycle = cycle.among(&left);
        assert_eq!(cycle.members, left);
        assert_eq!(cycle.named(&names()).to_string(), "Ben beats Cy 7–2, Cy beats Dee 6–3, Dee beats Ben 5–4");
    }
}
