//! Who cannot be seated however they rank: those who fail against a default option, and those
//! whom a cap passes over. Both are applied to every count anew.

use std::borrow::Cow;

use crate::ballot::Candidate;
use crate::default_option::{self, Check, Screened, Threshold};
use crate::methods::{self, Refusal};
use crate::outcome::{self, Outcome, Seats};
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::Rules;
use crate::seating::{Body, PassedOver};

/// What is asked of those who are seated, besides their place in the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// What each option needs against the default option, if there is one.
    pub threshold: Option<Threshold>,
    /// The body and its cap, if there is one; how many seats it fills is for the rules to say.
    pub body: Option<Body>,
}

/// A count under limits. Where options were dropped, candidates are places in `left`.
#[derive(Clone, Debug)]
pub struct Limited {
    /// The limits.
    pub limits: Limits,
    /// The rules, whose tie order is one of all candidates.
    pub rules: Rules,
    /// All candidates against one another, dropped or not.
    pub matrix: Matrix,
    /// Those who were counted, in order.
    pub left: Vec<Candidate>,
    /// The ballots, about those left alone.
    pub profile: Profile,
    /// Their count; its seats are those that the cap lets.
    pub outcome: Outcome,
    /// Each option against the default option, as candidates of the whole election.
    pub checks: Vec<Check>,
    /// Those passed over for the cap, best first.
    pub passed_over: Vec<PassedOver>,
}

impl Limits {
    /// Drops the options that fail against the default option, counts the others by the rules,
    /// and seats whoever the cap lets.
    ///
    /// ```
    /// use tally::default_option::{Quorum, Threshold};
    /// use tally::limits::Limits;
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules, seating::Body};
    ///
    /// let [ada, ben, nobody] = [0, 1, 2].map(Candidate);
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[1, 2, 3].map(Rank::new), 5)?;
    /// profile.push(&[3, 1, 2].map(Rank::new), 4)?;
    /// let rules = Rules::new(BlankRule::Last);
    /// let seated = |limits: &Limits| limits.count(&profile, &rules).map(|it| it.seats().winners);
    /// assert_eq!(seated(&Limits::default())?, [ada]);
    ///
    /// // Ada has five votes over nobody, and Ben nine.
    /// let quorum = Some(Quorum::Votes(6));
    /// let threshold = Some(Threshold { default: nobody, quorum, majority: 1, majorities: vec![] });
    /// assert_eq!(seated(&Limits { threshold: threshold.clone(), body: None })?, [ben]);
    ///
    /// // Nobody of Ben's employer may sit.
    /// let employers = vec![None, Some("Acme".to_owned()), None];
    /// let cap = Some("0".parse()?);
    /// let body = Some(Body { seats: 0, employers, continuing: vec![], cap, unavailable: vec![] });
    /// assert_eq!(seated(&Limits { threshold, body })?, [nobody]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`tally::count`](crate::count).
    ///
    /// # Panics
    ///
    /// When the default option is no candidate of the profile, or one of these has no entry among
    /// the employers.
    pub fn count(&self, profile: &Profile, rules: &Rules) -> Result<Limited, Refusal> {
        let screened = self.screened(profile, rules)?;
        let Screened { matrix, checks, left, profile, mut outcome } = screened;
        let mut passed_over = Vec::new();
        if let Some(body) = &self.body {
            let seating = body.among(&left, rules.seats).seat(&outcome.ranking, outcome.rules.tie_order.as_ref());
            outcome.seats = seating.seats();
            passed_over = seating.passed_over;
        }
        Ok(Limited { limits: self.clone(), rules: rules.clone(), matrix, left, profile, outcome, checks, passed_over })
    }

    /// The count without the cap; with everyone left where there is no default option.
    fn screened(&self, profile: &Profile, rules: &Rules) -> Result<Screened, Refusal> {
        if let Some(threshold) = &self.threshold {
            return default_option::count(profile, rules, threshold);
        }
        let outcome = outcome::count(profile, rules)?;
        let (matrix, left) = (outcome.matrix.clone(), outcome.matrix.candidates().collect());
        Ok(Screened { matrix, checks: Vec::new(), left, profile: profile.clone(), outcome })
    }

    /// Who is seated, by the ballots or a matrix that is known to be theirs.
    pub(crate) fn seats(&self, profile: &Profile, matrix: &Matrix, rules: &Rules) -> Result<Seats, Refusal> {
        let Some(threshold) = &self.threshold else {
            return Ok(self.seat(&methods::rank(profile, matrix, rules)?.0, rules));
        };
        let left = threshold.left(matrix);
        let few = if methods::looks_at_ballots(rules.method) {
            Cow::Owned(profile.among(&left).expect("the default option is left, and no ballot is added"))
        } else {
            Cow::Borrowed(profile)
        };
        let tie_order = rules.tie_order.as_ref().map(|order| order.among(&left));
        let (ranking, _) = methods::rank(&few, &matrix.among(&left), &Rules { tie_order, ..rules.clone() })?;
        let original = |tier: Vec<Candidate>| tier.into_iter().map(|candidate| left[candidate.0]).collect();
        Ok(self.seat(&ranking.into_iter().map(original).collect::<Vec<_>>(), rules))
    }

    fn seat(&self, ranking: &[Vec<Candidate>], rules: &Rules) -> Seats {
        match &self.body {
            Some(body) => Body { seats: rules.seats, ..body.clone() }.seat(ranking, rules.tie_order.as_ref()).seats(),
            None => Seats::by(ranking, rules),
        }
    }
}

impl Limited {
    /// Returns the seats, as candidates of the whole election.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rules, limits::Limits};
    ///
    /// // Without limits they are those of the outcome.
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// let limited = Limits::default().count(&Profile::new(2)?, &rules)?;
    /// assert_eq!(limited.seats(), limited.outcome.seats);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn seats(&self) -> Seats {
        self.outcome.seats.among(&self.left)
    }

    /// Returns the names of those who were counted, of those of the whole election.
    ///
    /// ```
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    /// use tally::{default_option::Threshold, limits::Limits};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[2, 1].map(Rank::new), 1)?;
    /// let threshold = Threshold { default: Candidate(1), quorum: None, majority: 1, majorities: vec![] };
    /// let limits = Limits { threshold: Some(threshold), body: None };
    /// let limited = limits.count(&profile, &Rules::new(BlankRule::Last))?;
    /// let names = ["Change", "Discuss"].map(String::from);
    /// assert_eq!(limited.names(&names), ["Discuss"]);
    /// assert_eq!(limited.said(&names), ["Change is dropped: 0–1 over Discuss, where more than 1:1 is needed"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When a name lacks.
    #[must_use]
    pub fn names(&self, names: &[String]) -> Vec<String> {
        self.left.iter().map(|candidate| names[candidate.0].clone()).collect()
    }

    /// Says what the limits did, a sentence each, with the names of the whole election.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rules, limits::Limits};
    ///
    /// // Without limits there is nothing to say.
    /// let limited = Limits::default().count(&Profile::new(1)?, &Rules::new(BlankRule::Last))?;
    /// assert!(limited.said(&["Ada".to_owned()]).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When a name lacks.
    #[must_use]
    pub fn said(&self, names: &[String]) -> Vec<String> {
        let left = self.names(names);
        let checks = self.checks.iter().map(|check| check.named(names).to_string());
        checks.chain(self.passed_over.iter().map(|it| it.named(&left).to_string())).collect()
    }

    /// Returns all candidates in tiers, best first; whoever was dropped is in the last.
    pub(crate) fn ranking(&self) -> Vec<Vec<Candidate>> {
        let original = |tier: &Vec<Candidate>| tier.iter().map(|candidate| self.left[candidate.0]).collect();
        let dropped: Vec<_> = self.matrix.candidates().filter(|it| !self.left.contains(it)).collect();
        let tiers = self.outcome.ranking.iter().map(original);
        tiers.chain([dropped]).filter(|tier: &Vec<_>| !tier.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;
    use crate::rules::BlankRule;

    #[test]
    fn whoever_was_dropped_is_last_in_the_order() {
        let mut profile = Profile::new(3).unwrap();
        profile.push(&[3, 2, 1].map(Rank::new), 1).unwrap();
        let threshold = Threshold { default: Candidate(1), quorum: None, majority: 1, majorities: vec![] };
        let limits = Limits { threshold: Some(threshold), body: None };
        let limited = limits.count(&profile, &Rules::new(BlankRule::Last)).unwrap();
        assert_eq!(limited.ranking(), [2, 1, 0].map(|n| vec![Candidate(n)]));
    }
}
