//! Who may not be seated, from the command line.

use std::collections::BTreeMap;

use tally::{
    Candidate,
    default_option::{Quorum, Threshold},
    limits::Limits,
    seating::{Body, Cap},
};

use super::{Usage, candidate};

/// Who may not be seated, however they rank.
#[derive(clap::Args, Debug)]
pub(super) struct LimitArgs {
    /// How many of the body may be of one employer: 2, 1/3, or <1/2 for fewer than that.
    #[arg(long, requires = "employer")]
    cap: Option<Cap>,
    /// The employer of a candidate, as NAME=EMPLOYER; once for each. Capitals make no difference.
    #[arg(long, value_name = "NAME=EMPLOYER", requires = "cap")]
    employer: Vec<String>,
    /// The employer of a member who stays; once for each, empty for one without.
    #[arg(long, value_name = "EMPLOYER", requires = "cap")]
    continuing: Vec<String>,
    /// The option that each other one has to beat to be counted.
    #[arg(long, value_name = "NAME")]
    default_option: Option<String>,
    /// How many ballots have to prefer an option to the default option.
    #[arg(long, value_name = "BALLOTS", requires = "default_option", conflicts_with = "eligible")]
    quorum: Option<u64>,
    /// How many might have voted: the quorum is then 3·√n/2, as in Debian.
    #[arg(long, value_name = "VOTERS", requires = "default_option")]
    eligible: Option<u64>,
    /// The majority that an option needs against the default option: N of N:1, or NAME=N for one.
    #[arg(long, value_name = "[NAME=]N", requires = "default_option")]
    majority: Vec<String>,
}

impl LimitArgs {
    /// The limits among these candidates.
    pub(super) fn of(&self, names: &[String]) -> anyhow::Result<Limits> {
        let default = self.default_option.as_ref().map(|name| candidate(name, names)).transpose()?;
        let threshold = default.map(|default| self.threshold(default, names)).transpose()?;
        let body = self.cap.map(|cap| self.body(cap, names)).transpose()?;
        Ok(Limits { threshold, body })
    }

    fn body(&self, cap: Cap, names: &[String]) -> anyhow::Result<Body> {
        let mut known = Employers::default();
        let mut employers = vec![None; names.len()];
        for text in &self.employer {
            let (name, employer) = text.rsplit_once('=').ok_or_else(|| no_employer(text))?;
            let employer = known.label(employer).ok_or_else(|| no_employer(text))?;
            let Candidate(place) = candidate(name.trim(), names)?;
            once("--employer", name, employers[place].replace(employer.clone()), &employer)?;
        }
        let continuing = self.continuing.iter().map(|employer| known.label(employer)).collect();
        Ok(Body { seats: 0, employers, continuing, cap: Some(cap), unavailable: vec![] })
    }

    fn threshold(&self, default: Candidate, names: &[String]) -> anyhow::Result<Threshold> {
        let quorum = self.quorum.map(Quorum::Votes).or(self.eligible.map(Quorum::Eligible));
        let (mut of_all, mut of_one) = (None, BTreeMap::new());
        for majority in &self.majority {
            let Some((name, number)) = majority.rsplit_once('=') else {
                let number = ratio(majority)?;
                once("--majority", "every option", of_all.replace(number), &number)?;
                continue;
            };
            let (option, number) = (candidate(name.trim(), names)?, ratio(number)?);
            if option == default {
                let expected = "--majority has to name another option than the default option";
                return Err(Usage(format!("{expected}, found {name:?}, which needs none")).into());
            }
            once("--majority", name, of_one.insert(option, number), &number)?;
        }
        Ok(Threshold { default, quorum, majority: of_all.unwrap_or(1), majorities: of_one.into_iter().collect() })
    }
}

/// Employers as they were first written; capitals and outer spaces make no difference.
#[derive(Default)]
struct Employers(BTreeMap<String, String>);

impl Employers {
    fn label(&mut self, text: &str) -> Option<String> {
        let name = text.trim();
        (!name.is_empty()).then(|| self.0.entry(name.to_lowercase()).or_insert_with(|| name.to_owned()).clone())
    }
}

fn no_employer(found: &str) -> Usage {
    Usage(format!("--employer has to be NAME=EMPLOYER, found {found:?}; whoever has no employer needs none"))
}

/// Refuses another value than the one that was given before.
fn once<T: PartialEq + std::fmt::Debug>(option: &str, of: &str, before: Option<T>, now: &T) -> Result<(), Usage> {
    match before {
        Some(before) if before != *now => {
            Err(Usage(format!("{option} has to be given once for {of:?}, found {before:?} and {now:?}")))
        }
        _ => Ok(()),
    }
}

/// The N of `N` or `N:1`.
fn ratio(text: &str) -> Result<u64, Usage> {
    let number = text.trim().strip_suffix(":1").unwrap_or(text.trim()).parse().ok();
    let wrong = || Usage(format!("--majority has to be N or N:1 with N at least 1, found {text:?}"));
    number.filter(|number| *number > 0).ok_or_else(wrong)
}
