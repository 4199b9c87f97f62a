//! Meek's STV: seats by quota, every elected candidate keeping just the part of a vote it needs.
//!
//! I. D. Hill, B. A. Wichmann and D. R. Woodall, "Algorithm 123: Single transferable vote by
//! Meek's method", The Computer Journal 30 (1987). The arithmetic, when to stop and what counts as
//! a tie are those of the "Reference Meek Rule" of the Proportional Representation Foundation
//! (prfound.org), whose every number has nine decimal places:
//!
//! - a ballot is worth 1. Each candidate in order keeps its keep factor's part of what is left of
//!   it, rounded up, and the rest goes on. The factor is 1 for those standing, 0 for those out;
//! - the quota is the sum of all votes, divided by one more than the seats, the remainder ignored,
//!   plus 0.000000001; it falls when ballots are exhausted;
//! - while nobody new has the quota, the factor of each elected candidate is multiplied by the
//!   quota (rounded up) and divided by its votes (rounded up), until all surpluses together are
//!   below 0.000001 or no longer fall;
//! - then whoever has the fewest votes goes out. Those within the surplus that is left of the
//!   fewest are level: the rule decides by a random order, here the tie order does.
//!
//! Two things beyond it. A keep factor is never above 1. And where a ballot ranks several alike,
//! what is left of it is cut into equal parts for those not out; what the elected among them do
//! not keep is cut into equal parts for those among them who keep everything, if there are any
//! (the remainder of that is lost), and only otherwise goes on to lower ranks.

use super::Refusal;
use super::preferences::{Preference, Preferences};
use super::stages::{Action, Count, Stages, Step, Votes};
use crate::ballot::Candidate;
use crate::profile::Profile;
use crate::ties::TieOrder;

/// One vote: nine decimal places.
pub(super) const UNIT: u128 = 1_000_000_000;

/// The surplus that is too small to be shared: a millionth of a vote.
const OMEGA: u128 = UNIT / 1_000_000;

/// Counts the ballots for so many seats; more seats than candidates elects them all.
///
/// What a blank means does not matter: a ballot counts for those it ranks.
///
/// ```
/// use tally::methods::{Refusal, meek_stv};
/// use tally::{Candidate, Profile, Rank};
///
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(1), Rank::new(2), None], 12)?;
/// profile.push(&[None, None, Rank::new(1)], 5)?;
/// let count = meek_stv::count(&profile, 2, None)?;
/// // Ada keeps 17 thirds of her twelve votes; the rest elects Ben.
/// assert_eq!(count.ranking, [[Candidate(0)], [Candidate(1)], [Candidate(2)]]);
/// assert_eq!(count.stages[0].quota, 5_666_666_667);
///
/// assert_eq!(meek_stv::count(&profile, 0, None), Err(Refusal::NoSeats));
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
    let mut keep = vec![UNIT; ballots.candidates];
    let mut count = Count::new(ballots.candidates, seats, 1, tie_order);
    let mut step = Step { action: Action::FirstPreferences, tied: Vec::new() };
    let quota = |votes: &Votes| votes.of.iter().sum::<u128>() / (seats as u128 + 1) + 1;
    loop {
        let wins = |votes: &Votes| count.standing.iter().any(|i| votes.of[i.0] >= quota(votes));
        let (votes, surplus) = share(&ballots, &mut keep, &count.elected(), quota, wins);
        if !count.record(step, quota(&votes), &votes) {
            break;
        }
        step = if count.has_just_elected() {
            Step { action: Action::KeepFactors, tied: Vec::new() }
        } else {
            let Some(step) = count.exclude(last(&count.standing, &votes, surplus)) else { break };
            if let Action::Exclusion(out) = &step.action {
                for candidate in out {
                    keep[candidate.0] = 0;
                }
            }
            step
        };
    }
    Ok(count.finish(UNIT, ballots.valid()))
}

/// Those whose votes are the fewest, or more by no more than the surplus that is not shared.
fn last(standing: &[Candidate], votes: &Votes, surplus: u128) -> Vec<Candidate> {
    let votes = |candidate: &Candidate| votes.of[candidate.0];
    let fewest = standing.iter().map(votes).min().unwrap_or(0);
    standing.iter().copied().filter(|candidate| votes(candidate) <= fewest + surplus).collect()
}

/// Lowers the keep factors of the elected until they have hardly more than the quota, or until
/// the votes suffice for what is asked; returns the votes and the surplus that is left.
pub(super) fn share(
    ballots: &Preferences,
    keep: &mut [u128],
    elected: &[Candidate],
    quota: impl Fn(&Votes) -> u128,
    suffices: impl Fn(&Votes) -> bool,
) -> (Votes, u128) {
    let mut before = u128::MAX;
    loop {
        let votes = distribute(ballots, keep);
        let quota = quota(&votes);
        let surplus = elected.iter().map(|candidate| votes.of[candidate.0].saturating_sub(quota)).sum();
        if suffices(&votes) || surplus < OMEGA || surplus >= before {
            return (votes, surplus);
        }
        before = surplus;
        for candidate in elected {
            let (keep, votes) = (&mut keep[candidate.0], votes.of[candidate.0].max(1));
            *keep = ((*keep * quota).div_ceil(UNIT) * UNIT).div_ceil(votes).min(UNIT);
        }
    }
}

/// Counts every ballot by the keep factors.
fn distribute(ballots: &Preferences, keep: &[u128]) -> Votes {
    let mut votes = Votes { of: vec![0; keep.len()], ..Votes::default() };
    ballots.ballots.iter().for_each(|ballot| add(&mut votes, ballot, keep));
    votes
}

fn add(votes: &mut Votes, ballot: &Preference, keep: &[u128]) {
    let count = u128::from(ballot.count);
    let mut weight = UNIT;
    for tier in ballot.tiers() {
        let tier = tier.filter(|candidate| keep[candidate.0] > 0);
        let sum = |some: fn(u128) -> bool| tier.clone().filter(|i| some(keep[i.0])).map(|_| 1).sum();
        let (parts, full): (u128, u128) = (sum(|_| true), sum(|keep| keep == UNIT));
        let part = weight.checked_div(parts).unwrap_or(0);
        for candidate in tier.clone() {
            let kept = (part * keep[candidate.0]).div_ceil(UNIT);
            votes.of[candidate.0] += kept * count;
            weight -= kept;
        }
        if let Some(rest) = weight.checked_div(full) {
            tier.filter(|i| keep[i.0] == UNIT).for_each(|candidate| votes.of[candidate.0] += rest * count);
            votes.lost += (weight - rest * full) * count;
            return;
        }
    }
    votes.exhausted += weight * count;
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
    fn the_quota_falls_when_ballots_are_exhausted() {
        // The ballots of 0 name nobody else: what it cannot keep is exhausted, and so the quota
        // falls from 40 towards 15, until 1 has it.
        let stages = stages(2, &[(&[1, 0, 0], 90), (&[0, 1, 0], 16), (&[0, 0, 1], 14)], None);
        let settled = &stages.stages[1];
        assert_eq!((stages.stages[0].quota, &settled.action), (40 * UNIT + 1, &Action::KeepFactors));
        assert!(settled.quota <= 16 * UNIT && settled.quota > 15 * UNIT && settled.votes[0] >= settled.quota);
        assert_eq!(order(&stages), [[0], [1], [2]]);
    }

    #[test]
    fn what_an_elected_candidate_gets_later_goes_on_in_part() {
        // 3 goes out for 0, who is elected, and passes enough of it on to 2.
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 0, 2, 0], 12), (&[0, 1, 0, 0], 8), (&[0, 0, 1, 0], 4), (&[2, 0, 3, 1], 1)];
        let stages = stages(2, &ballots, None);
        let last = stages.stages.last().unwrap();
        assert_eq!(order(&stages), [[0], [2], [1], [3]]);
        assert!(last.votes[0].abs_diff(last.quota) <= 1_000);
        assert_eq!(last.votes[0] + last.votes[2], 17 * UNIT);
    }

    #[test]
    fn a_surplus_below_a_millionth_of_a_vote_is_not_shared() {
        let mut profile = Profile::new(2).unwrap();
        profile.push(&[1, 2].map(Rank::new), 1).unwrap();
        let ballots = Preferences::of(&profile);
        let shared = |quota| {
            let mut keep = [UNIT; 2];
            let (votes, surplus) = share(&ballots, &mut keep, &[Candidate(0)], |_| quota, |_| false);
            (votes.of, surplus)
        };
        assert_eq!(shared(UNIT - 999), (vec![UNIT, 0], 999));
        assert_eq!(shared(UNIT - 1_000), (vec![UNIT - 1_000, 1_000], 0));
        assert_eq!(shared(UNIT + 1), (vec![UNIT, 0], 0));
    }

    #[test]
    fn those_within_the_surplus_left_are_level() {
        let votes = Votes { of: vec![10, 12, 13, 3], ..Votes::default() };
        let standing = [0, 1, 2].map(Candidate);
        assert_eq!(last(&standing, &votes, 2), [0, 1].map(Candidate));
        assert_eq!(last(&standing, &votes, 0), [Candidate(0)]);
    }

    #[test]
    fn level_ranks_share_and_those_who_keep_everything_take_the_rest() {
        let mut profile = Profile::new(4).unwrap();
        profile.push(&[1, 1, 1, 2].map(Rank::new), 2).unwrap();
        let ballots = Preferences::of(&profile);
        // 0 keeps half of its third, rounded up; 1 and 2 share what it does not keep.
        let votes = distribute(&ballots, &[UNIT / 2, UNIT, UNIT, UNIT]);
        assert_eq!(votes.of, [333_333_334, 833_333_332, 833_333_332, 0]);
        assert_eq!((votes.lost, votes.exhausted), (2, 0));
        // Where nobody keeps everything, the rest goes on.
        let votes = distribute(&ballots, &[UNIT / 2, 0, 0, UNIT]);
        assert_eq!(votes.of, [UNIT, 0, 0, UNIT]);
        let votes = distribute(&ballots, &[UNIT / 2, UNIT / 2, 0, 0]);
        assert_eq!((votes.of, votes.exhausted), (vec![UNIT / 2, UNIT / 2, 0, 0], UNIT));
    }

    #[test]
    fn a_tie_nothing_resolves_stops_the_count() {
        let level: [(&[u32], u64); 3] = [(&[1, 0, 0], 3), (&[0, 1, 0], 2), (&[0, 0, 1], 2)];
        assert_eq!(order(&stages(1, &level, None)), [[0, 1, 2]]);
        assert_eq!(order(&stages(1, &level, Some(&[2, 1, 0]))), [[0], [2], [1]]);
    }
}
