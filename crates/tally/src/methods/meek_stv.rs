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
