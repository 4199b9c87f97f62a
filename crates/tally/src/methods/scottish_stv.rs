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
