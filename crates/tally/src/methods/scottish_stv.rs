//! Scottish STV: seats by quota, surpluses transferred one at a time from all papers (WIGM).
//!
//! The Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to 52:
//!
//! - the quota is the ballots that rank anyone, divided by one more than the seats, the remainder
//!   ignored, plus one (rule 46);
//! - the largest surplus is transferred first. Each paper goes on at the value it came with, times
//!   the surplus, divided by all votes of the candidate, to five decimal places, any remainder
//!   ignored (rule 48): here in integers of 1/100,000;
//! - without a surplus, whoever has the fewest votes goes out, and each paper goes on at the value
//!   it came with (rule 50);
//! - of several with equal votes, those are compared that they had at the last stage at which they
//!   differed (rules 49 and 51). What the Order then decides by lot, the tie order decides here;
//! - once as many are standing as there are seats left, they are elected (rule 52).
//!
//! The Order knows no equal ranks. Here a paper that ranks several of those standing alike is cut
//! into equal parts for them, again to five decimal places with the remainder ignored, and from
//! one of them a part goes on to the others before it goes on to lower ranks.

use super::Refusal;
use std::{mem, slice};

use super::preferences::Preferences;
use super::stages::{Action, Count, Stages, Step, Votes};
use crate::ballot::Candidate;
use crate::profile::Profile;
use crate::ties::TieOrder;

/// One vote: five decimal places.
const UNIT: u128 = 100_000;

/// Counts the ballots for so many seats; more seats than candidates elects them all.
///
/// What a blank means does not matter: a ballot counts for those it ranks.
///
/// ```
/// use tally::methods::{Refusal, scottish_stv};
/// use tally::{Candidate, Profile, Rank};
///
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(1), Rank::new(2), None], 12)?;
/// profile.push(&[None, None, Rank::new(1)], 5)?;
/// let count = scottish_stv::count(&profile, 2, None)?;
/// // Ada has six votes more than the quota, and they elect Ben.
/// assert_eq!(count.ranking, [[Candidate(0)], [Candidate(1)], [Candidate(2)]]);
/// assert_eq!(count.stages[1].votes, [600_000, 600_000, 500_000]);
///
/// assert_eq!(scottish_stv::count(&profile, 0, None), Err(Refusal::NoSeats));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Refusal::NoSeats`].
///
/// # Panics
///
/// When the tie order has fewer candidates than the profile.
pub fn count(profile: &Profile, seats: usize, tie_order: Option<&TieOrder>) -> Result<Stages, Refusal> {
    if seats == 0 {
        return Err(Refusal::NoSeats);
    }
    let ballots = Preferences::of(profile);
    let quota = (u128::from(ballots.valid()) / (seats as u128 + 1) + 1) * UNIT;
    let mut count = Count::new(ballots.candidates, seats, usize::MAX, tie_order);
    let mut papers = Papers::deal(&ballots);
    let mut step = Step { action: Action::FirstPreferences, tied: Vec::new() };
    while count.record(step, quota, &papers.votes) {
        let Some(next) = papers.next(&mut count, quota) else { break };
        step = next;
    }
    Ok(count.finish(UNIT, ballots.valid()))
}

/// All papers with the same preferences, and what each of them is worth, in units.
#[derive(Clone, Copy)]
struct Parcel {
    /// The place of their ballot among the distinct ones.
    ballot: usize,
    value: u128,
}

/// The papers in piles, and the votes they make.
struct Papers<'a> {
    ballots: &'a Preferences,
    /// The papers of each candidate; none that are worth nothing.
    piles: Vec<Vec<Parcel>>,
    votes: Votes,
}

impl<'a> Papers<'a> {
    /// Gives every paper to its first preference.
    fn deal(ballots: &'a Preferences) -> Self {
        let votes = Votes { of: vec![0; ballots.candidates], ..Votes::default() };
        let mut papers = Self { ballots, piles: vec![Vec::new(); ballots.candidates], votes };
        let everyone = vec![true; ballots.candidates];
        (0..ballots.ballots.len()).for_each(|ballot| papers.give(Parcel { ballot, value: UNIT }, &everyone));
        papers
    }

    /// Gives papers to whom they rank first among those standing, in equal parts.
    fn give(&mut self, Parcel { ballot, value }: Parcel, stands: &[bool]) {
        let papers = u128::from(self.ballots.ballots[ballot].count);
        let first = self.ballots.ballots[ballot].first(stands);
        let shares: u128 = first.clone().map(|_| 1).sum();
        let Some(share) = value.checked_div(shares) else {
            self.votes.exhausted += papers * value;
            return;
        };
        self.votes.lost += papers * (value - share * shares);
        for candidate in first.filter(|_| share > 0) {
            self.votes.of[candidate.0] += papers * share;
            self.piles[candidate.0].push(Parcel { ballot, value: share });
        }
    }

    /// Does what is next: the largest surplus, or else whoever has the fewest votes goes out.
    fn next(&mut self, count: &mut Count, quota: u128) -> Option<Step> {
        let mut elected = count.elected();
        elected.sort_unstable();
        elected.retain(|candidate| self.votes.of[candidate.0] > quota);
        let step = if elected.is_empty() {
            count.exclude(count.fewest())?
        } else {
            count.pick_surplus(count.most(&elected))?
        };
        let (from, kept) = match &step.action {
            Action::Exclusion(out) => (&out[..], 0),
            Action::Surplus(from) => (slice::from_ref(from), quota),
            _ => (&[][..], 0),
        };
        for from in from {
            self.transfer(*from, self.votes.of[from.0] - kept, &count.stands());
        }
        Some(step)
    }

    /// Takes so many of a candidate's votes, evenly from all its papers, to those standing.
    fn transfer(&mut self, from: Candidate, surplus: u128, stands: &[bool]) {
        let total = self.votes.of[from.0];
        self.votes.of[from.0] -= surplus;
        self.votes.lost += surplus;
        for Parcel { ballot, value } in mem::take(&mut self.piles[from.0]) {
            let value = value * surplus / total;
            self.votes.lost -= u128::from(self.ballots.ballots[ballot].count) * value;
            self.give(Parcel { ballot, value }, stands);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;

    fn stages(seats: usize, ballots: &[(&[u32], u64)], tie_order: Option<&[usize]>) -> Stages {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        let tie_order = tie_order.map(|order| TieOrder::new(order.iter().copied().map(Candidate).collect()).unwrap());
        count(&profile, seats, tie_order.as_ref()).unwrap()
    }

    fn order(stages: &Stages) -> Vec<Vec<usize>> {
        stages.ranking.iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    #[test]
    fn a_surplus_goes_on_in_five_decimal_places_and_the_rest_is_lost() {
        let stages = stages(2, &[(&[1, 2, 3], 7), (&[0, 0, 1], 3), (&[0, 0, 0], 90)], None);
        let [_, surplus, _] = &stages.stages[..] else { panic!("three stages") };
        assert_eq!(surplus.action, Action::Surplus(Candidate(0)));
        // Three votes on seven papers: 0.42857 each.
        assert_eq!((surplus.quota, &surplus.votes[..]), (400_000, &[400_000, 299_999, 300_000][..]));
        assert_eq!((surplus.lost, surplus.exhausted, stages.valid), (1, 0, 10));
    }

    #[test]
    fn papers_that_were_transferred_go_on_at_a_part_of_their_value() {
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 2, 3, 0], 12), (&[0, 1, 2, 0], 1), (&[0, 0, 1, 0], 2), (&[0, 0, 0, 1], 3)];
        let stages = stages(3, &ballots, None);
        // Of a quota of 5. 0 passes on 12 times 0.58333, and 1 of that 12 times 0.21874 and of its
        // own paper 0.37499.
        assert_eq!(stages.stages[1].votes, [500_000, 799_996, 200_000, 300_000]);
        assert_eq!(stages.stages[2].votes, [500_000, 500_000, 499_987, 300_000]);
        assert_eq!(order(&stages), [[0], [1], [2], [3]]);
    }

    #[test]
    fn the_larger_surplus_goes_first() {
        let stages = stages(3, &[(&[1, 0, 2, 0], 8), (&[0, 1, 2, 0], 9), (&[0, 0, 0, 1], 5)], None);
        let actions: Vec<_> = stages.stages.iter().map(|stage| stage.action.clone()).collect();
        let [first, second] = [1, 0].map(|i| Action::Surplus(Candidate(i)));
        assert_eq!(actions[..3], [Action::FirstPreferences, first, second]);
        assert_eq!(order(&stages), [[1], [0], [3], [2]]);
    }

    #[test]
    fn equal_votes_are_told_apart_by_the_last_stage_at_which_they_differed() {
        // 3 goes out and makes 1 and 2 level at 4; 1 had more before.
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 0, 0, 0], 6), (&[0, 1, 0, 0], 4), (&[0, 0, 1, 0], 3), (&[0, 0, 2, 1], 1)];
        let stages = stages(1, &ballots, None);
        assert_eq!(stages.stages[1].votes, [600_000, 400_000, 400_000, 0]);
        assert_eq!(stages.stages[2].action, Action::Exclusion(vec![Candidate(2)]));
        assert_eq!(order(&stages), [[0], [1], [2], [3]]);
    }

    /// 1 and 3 are level at every stage.
    const LEVEL: [(&[u32], u64); 4] = [(&[1, 0, 0, 0], 6), (&[0, 1, 0, 0], 2), (&[0, 0, 1, 0], 1), (&[0, 0, 0, 1], 2)];

    #[test]
    fn a_tie_nothing_resolves_stops_the_count() {
        let open = stages(2, &LEVEL, None);
        assert_eq!(open.stages.last().unwrap().action, Action::Tie([1, 3].map(Candidate).to_vec()));
        assert_eq!(order(&open), [vec![0], vec![1, 3], vec![2]]);
        let ballots = [&LEVEL[..3], &[(&[0, 0, 0, 1], 1)]].concat();
        // 2 and 3 are level for going out first, and who of 1 and them is elected then is open.
        assert_eq!(order(&stages(2, &ballots, None)), [vec![0], vec![1, 2, 3]]);
    }

    #[test]
    fn the_tie_order_takes_out_the_worst_placed() {
        let broken = stages(2, &LEVEL, Some(&[3, 1, 2, 0]));
        assert_eq!(broken.stages.last().unwrap().tied, [1, 3].map(Candidate));
        assert_eq!(order(&broken), [[0], [3], [1], [2]]);
    }

    #[test]
    fn only_those_level_for_the_last_seats_tie_for_them() {
        let open = stages(3, &[(&[1, 0, 0, 0], 6), (&[0, 1, 0, 0], 2), (&[0, 0, 1, 0], 1), (&[0, 0, 0, 1], 1)], None);
        assert_eq!(open.stages.last().unwrap().elected, [[Candidate(1)]]);
        assert_eq!(order(&open), [vec![0], vec![1], vec![2, 3]]);
    }

    #[test]
    fn equal_surpluses_need_a_tie_order() {
        let level: [(&[u32], u64); 3] = [(&[1, 0, 0, 2], 6), (&[0, 1, 2, 0], 6), (&[0, 0, 1, 2], 3)];
        assert_eq!(order(&stages(3, &level, None)), [[0, 1], [2, 3]]);
        let broken = stages(3, &level, Some(&[3, 2, 1, 0]));
        assert_eq!(broken.stages[1].action, Action::Surplus(Candidate(1)));
        assert_eq!(broken.stages[1].tied, [0, 1].map(Candidate));
    }

    #[test]
    fn those_without_votes_go_out_together_while_enough_remain() {
        let votes: [(&[u32], u64); 3] = [(&[1, 0, 0, 0, 0], 2), (&[0, 1, 0, 0, 0], 3), (&[0, 0, 1, 0, 0], 1)];
        let rest = stages(1, &votes, None);
        assert_eq!(rest.stages[1].action, Action::Exclusion([3, 4].map(Candidate).to_vec()));
        assert_eq!(order(&rest), [vec![1], vec![0], vec![2], vec![3, 4]]);
        let tied = stages(4, &votes, None);
        assert_eq!(tied.stages.last().unwrap().action, Action::Tie([3, 4].map(Candidate).to_vec()));
        assert_eq!(order(&stages(1, &votes, Some(&[0, 1, 2, 4, 3])))[3..], [[4], [3]]);
    }

    #[test]
    fn a_paper_that_ranks_several_alike_is_cut_into_equal_parts() {
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 1, 1, 2], 2), (&[0, 0, 0, 1], 3), (&[0, 1, 0, 0], 1), (&[0, 0, 1, 2], 1)];
        let stages = stages(1, &ballots, None);
        assert_eq!(stages.stages[0].votes, [66_666, 166_666, 166_666, 300_000]);
        assert_eq!(stages.stages[0].lost, 2);
        // The part of 0 goes on to 1 and 2, not to 3.
        assert_eq!(stages.stages[1].votes, [0, 199_998, 199_998, 300_000]);
        assert_eq!(stages.stages[1].lost, 4);
    }

    #[test]
    fn more_seats_than_candidates_elects_them_all() {
        assert_eq!(order(&stages(9, &[(&[0, 1, 0], 2), (&[1, 2, 0], 1)], None)), [[1], [0], [2]]);
        assert_eq!(order(&stages(usize::MAX, &[(&[0, 0], 2)], None)), [[0, 1]]);
    }
}
