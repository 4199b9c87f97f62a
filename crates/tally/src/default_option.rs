//! Quorum and majority against a default option, such as "further discussion".
//!
//! The constitution of Debian, section A.6, points 2 and 3, in the wording that all its elections
//! until 2015 were counted by: an option is dropped unless enough voters prefer it to the default
//! option, and unless these are more than its ratio times those who prefer the default option.
//! The method then counts whoever is left, and the default option always is. (Since 2016 exactly
//! the ratio suffices where the ratio is more than 1; no published count differs by that.)

use std::fmt;

use crate::ballot::Candidate;
use crate::explain::Named;
use crate::methods::Refusal;
use crate::outcome::{self, Outcome, Seats};
use crate::pairwise::{Duel, Matrix};
use crate::profile::Profile;
use crate::rules::Rules;

/// What an option needs against the default option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The default option, which needs nothing.
    pub default: Candidate,
    /// How many have to prefer an option to the default option, if there is such a number.
    pub quorum: Option<Quorum>,
    /// The N of the N:1 majority that every option needs but those of `majorities`; normally 1.
    pub majority: u64,
    /// The options that need another majority, each with its N.
    pub majorities: Vec<(Candidate, u64)>,
}

/// How many voters have to prefer an option to the default option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// At least so many.
    Votes(u64),
    /// At least 3·√n/2 of so many who are eligible (constitution of Debian, section 4.2, point 2).
    Eligible(u64),
}

impl Quorum {
    /// Returns the fewest votes that reach it.
    ///
    /// `V ≥ 3·√n/2` is `4·V² ≥ 9·n`, and that is `V² ≥ ⌈9·n/4⌉`, as votes are whole.
    ///
    /// ```
    /// use tally::default_option::Quorum;
    ///
    /// assert_eq!(Quorum::Eligible(1_049).votes(), 49); // 48.58
    /// // Equality reaches it: 3·√100/2 is 15.
    /// assert_eq!(Quorum::Eligible(100).votes(), 15);
    /// assert_eq!(Quorum::Eligible(0).votes(), 0);
    /// assert_eq!(Quorum::Votes(7).votes(), 7);
    /// ```
    #[must_use]
    pub fn votes(self) -> u64 {
        match self {
            Self::Votes(votes) => votes,
            Self::Eligible(eligible) => {
                let square = (9 * u128::from(eligible)).div_ceil(4);
                let below = square.saturating_sub(1).isqrt();
                u64::try_from(below + u128::from(square > 0)).unwrap_or(u64::MAX)
            }
        }
    }
}

/// An option against the default option, and what it needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The option first, the default option second.
    pub duel: Duel,
    /// The fewest votes that reach the quorum; 0 without one.
    pub quorum: u64,
    /// The N of the N:1 majority it has to exceed.
    pub majority: u64,
}

impl Check {
    /// Says whether as many as the quorum prefer the option to the default option.
    ///
    /// ```
    /// use tally::{Candidate, Duel, default_option::Check};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 48, for_second: 0 };
    /// let mut check = Check { duel, quorum: 48, majority: 1 };
    /// assert!(check.reaches_quorum());
    /// check.quorum = 49;
    /// assert!(!check.reaches_quorum());
    /// ```
    #[must_use]
    pub const fn reaches_quorum(&self) -> bool {
        self.duel.for_first >= self.quorum
    }

    /// Says whether those are more than N times those who prefer the default option.
    ///
    /// ```
    /// use tally::{Candidate, Duel, default_option::Check};
    ///
    /// let check = |for_first, for_second| {
    ///     let duel = Duel { first: Candidate(0), second: Candidate(1), for_first, for_second };
    ///     Check { duel, quorum: 0, majority: 3 }
    /// };
    /// assert!(check(196, 29).has_majority());
    /// // Exactly three to one is not enough, and neither are no votes at all.
    /// assert!(!check(30, 10).has_majority() && !check(0, 0).has_majority());
    /// ```
    #[must_use]
    pub fn has_majority(&self) -> bool {
        u128::from(self.duel.for_first) > u128::from(self.majority) * u128::from(self.duel.for_second)
    }

    /// Says whether the option is counted: it has both.
    ///
    /// ```
    /// use tally::{Candidate, Duel, default_option::Check};
    ///
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 48, for_second: 0 };
    /// let mut check = Check { duel, quorum: 48, majority: 1 };
    /// assert!(check.passes());
    /// // One more is asked for, and the majority does not help.
    /// check.quorum = 49;
    /// assert!(check.has_majority() && !check.passes());
    /// ```
    #[must_use]
    pub fn passes(&self) -> bool {
        self.reaches_quorum() && self.has_majority()
    }

    /// Says with names what the option had and needed. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::{Candidate, Duel, default_option::Check};
    ///
    /// let names = ["Change", "Discuss"].map(String::from);
    /// let duel = Duel { first: Candidate(0), second: Candidate(1), for_first: 60, for_second: 40 };
    /// let say = |quorum, majority| Check { duel, quorum, majority }.named(&names).to_string();
    /// assert_eq!(say(60, 1), "Change passes: 60–40 over Discuss, where more than 1:1 is needed");
    /// assert_eq!(say(60, 3), "Change is dropped: 60–40 over Discuss, where more than 3:1 is needed");
    /// // The quorum comes first: without it the majority is not spoken of.
    /// assert_eq!(say(61, 3), "Change is dropped: 60 votes over Discuss, where the quorum is 61");
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Check> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Check { duel, quorum, majority } = self.what;
        let [option, default] = [duel.first, duel.second].map(|candidate| self.name(candidate));
        let (votes, against) = (duel.for_first, duel.for_second);
        if !self.what.reaches_quorum() {
            return write!(f, "{option} is dropped: {votes} votes over {default}, where the quorum is {quorum}");
        }
        let verdict = if self.what.has_majority() { "passes" } else { "is dropped" };
        write!(f, "{option} {verdict}: {votes}–{against} over {default}, where more than {majority}:1 is needed")
    }
}

/// A count of those options that were not dropped.
#[derive(Clone, Debug)]
pub struct Screened {
    /// All options, dropped or not.
    pub matrix: Matrix,
    /// Each option but the default one against that, in order.
    pub checks: Vec<Check>,
    /// Those that were counted, in order; the default option is always one of them.
    pub left: Vec<Candidate>,
    /// The ballots, about those left alone.
    pub profile: Profile,
    /// Their count, in which `Candidate(i)` is `left[i]`.
    pub outcome: Outcome,
}

impl Screened {
    /// Returns the ranking of those left, as candidates of the whole election.
    ///
    /// ```
    /// use tally::default_option::{self, Threshold};
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(2), Rank::new(1)], 1)?;
    /// let threshold = Threshold { default: Candidate(1), quorum: None, majority: 1, majorities: vec![] };
    /// let screened = default_option::count(&profile, &Rules::new(BlankRule::Last), &threshold)?;
    /// // Whoever was dropped stands in no tier; the outcome counts those left anew from 0.
    /// assert_eq!(screened.ranking(), [[Candidate(1)]]);
    /// assert_eq!(screened.outcome.ranking, [[Candidate(0)]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ranking(&self) -> Vec<Vec<Candidate>> {
        self.outcome.ranking.iter().map(|tier| self.original(tier)).collect()
    }

    /// Returns the seats, as candidates of the whole election.
    ///
    /// ```
    /// use tally::default_option::{self, Threshold};
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(2), Rank::new(1)], 1)?;
    /// let threshold = Threshold { default: Candidate(1), quorum: None, majority: 1, majorities: vec![] };
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// let seats = default_option::count(&profile, &rules, &threshold)?.seats();
    /// // Nobody sits who was dropped, even where a seat stays empty.
    /// assert_eq!((seats.winners, seats.open), (vec![Candidate(1)], 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn seats(&self) -> Seats {
        self.outcome.seats.among(&self.left)
    }

    fn original(&self, list: &[Candidate]) -> Vec<Candidate> {
        list.iter().map(|candidate| self.left[candidate.0]).collect()
    }
}

/// Drops the options that fail against the default option, and counts the others by the rules.
///
/// When all are dropped, the default option is the only one left and wins.
///
/// ```
/// use tally::default_option::{self, Quorum, Threshold};
/// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
///
/// let [change, keep, discuss] = [0, 1, 2].map(Candidate);
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(1), Rank::new(2), Rank::new(3)], 60)?;
/// profile.push(&[Rank::new(3), Rank::new(1), Rank::new(2)], 40)?;
///
/// // The change beats everything, but needs 3:1 against further discussion.
/// let quorum = Some(Quorum::Eligible(1_000));
/// let mut threshold = Threshold { default: discuss, quorum, majority: 1, majorities: vec![(change, 3)] };
/// let rules = Rules::new(BlankRule::Last);
/// let screened = default_option::count(&profile, &rules, &threshold)?;
/// assert_eq!(screened.seats().winners, [keep]);
/// assert!(!screened.checks[0].passes());
///
/// // Nobody reaches the quorum of 101.
/// threshold.quorum = Some(Quorum::Votes(101));
/// let screened = default_option::count(&profile, &rules, &threshold)?;
/// assert_eq!(screened.seats().winners, [discuss]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As for [`tally::count`](crate::count).
///
/// # Panics
///
/// When the default option is no candidate of the profile.
pub fn count(profile: &Profile, rules: &Rules, threshold: &Threshold) -> Result<Screened, Refusal> {
    outcome::check_tie_order(profile, rules)?;
    let matrix = Matrix::count(profile, rules.blank);
    let checks: Vec<Check> = threshold.checks(&matrix).collect();
    let left = threshold.left(&matrix);
    let tie_order = rules.tie_order.as_ref().map(|order| order.among(&left));
    let profile = profile.among(&left).expect("the default option is left, and no ballot is added");
    let outcome = outcome::count(&profile, &Rules { tie_order, ..rules.clone() })?;
    Ok(Screened { matrix, checks, left, profile, outcome })
}

impl Threshold {
    /// Those who are not dropped, in order.
    pub(crate) fn left(&self, matrix: &Matrix) -> Vec<Candidate> {
        let dropped: Vec<_> = self.checks(matrix).filter(|check| !check.passes()).map(|it| it.duel.first).collect();
        matrix.candidates().filter(|candidate| !dropped.contains(candidate)).collect()
    }

    /// Checks each option but the default one, in order.
    fn checks(&self, matrix: &Matrix) -> impl Iterator<Item = Check> {
        let quorum = self.quorum.map_or(0, Quorum::votes);
        let options = matrix.candidates().filter(|option| *option != self.default);
        options.map(move |option| {
            let special = self.majorities.iter().find(|(candidate, _)| *candidate == option);
            let majority = special.map_or(self.majority, |(_, majority)| *majority);
            Check { duel: matrix.duel(option, self.default), quorum, majority }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlankRule, Rank, TieOrder};

    const NAMES: [&str; 4] = ["Ada", "Ben", "Cy", "None"];

    fn threshold(quorum: u64, majorities: &[(usize, u64)]) -> Threshold {
        let majorities = majorities.iter().map(|(option, majority)| (Candidate(*option), *majority)).collect();
        Threshold { default: Candidate(3), quorum: Some(Quorum::Votes(quorum)), majority: 1, majorities }
    }

    /// 6 ballots Ada, Ben = Cy, None and 2 ballots None, the others.
    fn screened(threshold: &Threshold, rules: &Rules) -> Result<Screened, Refusal> {
        let mut profile = Profile::new(4).unwrap();
        profile.push(&[1, 2, 2, 3].map(Rank::new), 6).unwrap();
        profile.push(&[2, 2, 2, 1].map(Rank::new), 2).unwrap();
        count(&profile, rules, threshold)
    }

    #[test]
    fn exactly_the_quorum_reaches_it() {
        let rules = Rules::new(BlankRule::Last);
        assert_eq!(screened(&threshold(6, &[]), &rules).unwrap().left.len(), 4);
        let none = screened(&threshold(7, &[]), &rules).unwrap();
        assert_eq!(none.left, [Candidate(3)]);
        assert_eq!(none.ranking(), [[Candidate(3)]]);
    }

    #[test]
    fn a_quorum_is_the_fewest_votes_of_its_square() {
        for eligible in 0..5_000_u64 {
            let votes = Quorum::Eligible(eligible).votes();
            assert!(4 * votes * votes >= 9 * eligible);
            assert!(votes == 0 || 4 * (votes - 1) * (votes - 1) < 9 * eligible, "{eligible}");
        }
        assert_eq!(Quorum::Eligible(u64::MAX).votes(), 3 << 31);
    }

    #[test]
    fn an_option_of_its_own_majority_is_dropped_alone() {
        let screened = screened(&threshold(0, &[(0, 3), (1, 2)]), &Rules::new(BlankRule::Last)).unwrap();
        assert_eq!(screened.left, [1, 2, 3].map(Candidate));
        assert_eq!(screened.ranking(), [vec![Candidate(1), Candidate(2)], vec![Candidate(3)]]);
        assert_eq!(screened.seats().tie(), [1, 2].map(Candidate));
        assert_eq!(screened.matrix.above(Candidate(0), Candidate(1)), 6);
    }

    #[test]
    fn a_tie_order_is_that_of_those_left() {
        let tie_order = TieOrder::new([0, 2, 3, 1].map(Candidate).to_vec());
        let rules = Rules { tie_order, ..Rules::new(BlankRule::Last) };
        let seats = screened(&threshold(0, &[(0, 3)]), &rules).unwrap().seats();
        assert_eq!((&seats.winners, seats.by_tie_order()), (&vec![Candidate(2)], vec![Candidate(2)]));
        let rules = Rules { tie_order: TieOrder::new(vec![Candidate(0)]), ..rules };
        let refusal = screened(&threshold(0, &[(0, 3)]), &rules).unwrap_err();
        assert_eq!(refusal, Refusal::TieOrder { found: 1, expected: 4 });
    }

    #[test]
    fn checks_are_said() {
        let say = |threshold: Threshold| {
            let names = NAMES.map(String::from);
            let screened = screened(&threshold, &Rules::new(BlankRule::Last)).unwrap();
            screened.checks[0].named(&names).to_string()
        };
        assert_eq!(say(threshold(7, &[])), "Ada is dropped: 6 votes over None, where the quorum is 7");
        assert_eq!(say(threshold(6, &[(0, 3)])), "Ada is dropped: 6–2 over None, where more than 3:1 is needed");
        assert_eq!(say(threshold(6, &[(0, 2)])), "Ada passes: 6–2 over None, where more than 2:1 is needed");
    }
}
