//! The eligibility rule as a person writes it in `election.toml`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::stats::{self, CountRule, Coverage, Kind, Metric, Subject, Window, parse_instant};

/// A rule, parsed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub window: Window,
    /// Least number of contributions.
    pub minimum: i64,
    /// What is counted, by kind.
    pub kinds: Vec<Kind>,
    pub organisations: Vec<String>,
    pub repositories: Vec<String>,
    pub groups: Vec<String>,
    /// Whether bots may vote; a community that wants that says so.
    pub bots: bool,
    /// Logins left out whatever they contributed.
    pub exclude: Vec<Exclusion>,
}

/// Somebody left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    pub login: String,
    pub reason: String,
}

/// The `[eligibility]` table as it stands in the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRule {
    pub from: String,
    pub to: String,
    pub minimum: i64,
    #[serde(default = "contributions")]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub organisations: Vec<String>,
    #[serde(default)]
    pub repositories: Vec<String>,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub bots: bool,
    #[serde(default)]
    pub exclude: Vec<Exclusion>,
}

fn contributions() -> Vec<String> {
    vec!["contributions".into()]
}

/// What is wrong with a rule.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("the eligibility rule cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the eligibility rule's window is wrong: {0}")]
    Window(#[from] crate::stats::WindowError),
    #[error("minimum is {0}, but it must be at least 1")]
    Minimum(i64),
    #[error("{found:?} is neither a kind nor a metric; known: {known}")]
    Kind { found: String, known: String },
}

impl Rule {
    /// Reads a rule on its own, as it is stored.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        Self::check(toml::from_str(text)?)
    }

    /// Checks the `[eligibility]` table of an `election.toml`.
    pub fn check(w: WrittenRule) -> Result<Self, RuleError> {
        if w.minimum < 1 {
            return Err(RuleError::Minimum(w.minimum));
        }
        let window = Window::new(parse_instant(&w.from)?, parse_instant(&w.to)?)?;
        Ok(Self {
            window,
            minimum: w.minimum,
            kinds: kinds(&w.kinds)?,
            organisations: w.organisations,
            repositories: w.repositories,
            groups: w.groups,
            bots: w.bots,
            exclude: w.exclude,
        })
    }

    /// How much of what it counts is there.
    pub async fn coverage(&self, db: &mut PgConnection) -> sqlx::Result<Coverage> {
        let subject = Subject::new(&self.organisations, &self.repositories).counting(&self.kinds);
        stats::coverage_of(db, &subject, self.window, self.window.to).await
    }

    /// The rule as stats counts it.
    pub fn count_rule(&self) -> CountRule {
        CountRule {
            window: self.window,
            kinds: self.kinds.iter().map(|kind| (*kind, 1)).collect(),
            orgs: self.organisations.clone(),
            repos: self.repositories.clone(),
            groups: self.groups.clone(),
            bots_out: !self.bots,
        }
    }

    /// Every part of the rule as JSON with sorted keys: what its hash is taken of.
    pub fn canonical(&self) -> String {
        let exclude: Vec<_> = self.exclude.iter().map(|x| [&x.login, &x.reason]).collect();
        serde_json::json!({
            "from": self.window.from,
            "to": self.window.to,
            "minimum": self.minimum,
            "kinds": self.kinds.iter().map(|k| k.name()).collect::<Vec<_>>(),
            "organisations": self.organisations,
            "repositories": self.repositories,
            "groups": self.groups,
            "bots": self.bots,
            "exclude": exclude,
        })
        .to_string()
    }

    /// The rule in a sentence.
    pub fn sentence(&self) -> String {
        let places: Vec<&str> =
            [&self.organisations, &self.repositories, &self.groups].into_iter().flatten().map(String::as_str).collect();
        let places = if places.is_empty() { "all repositories".to_owned() } else { places.join(", ") };
        format!(
            "{} or more {} from {} up to {} in {places}, bots {}",
            self.minimum,
            if self.is_default_kinds() { "contributions".to_owned() } else { self.kind_names() },
            short(self.window.from),
            short(self.window.to),
            if self.bots { "included" } else { "left out" },
        )
    }

    fn is_default_kinds(&self) -> bool {
        self.kinds.iter().copied().eq(Kind::ALL.iter().copied().filter(|k| k.is_contribution()))
    }

    fn kind_names(&self) -> String {
        self.kinds.iter().map(|k| k.label()).collect::<Vec<_>>().join(", ")
    }
}

/// Kinds named one by one or by metric, sorted and once each.
fn kinds(names: &[String]) -> Result<Vec<Kind>, RuleError> {
    let mut kinds = Vec::new();
    for name in names {
        if let Some(metric) = Metric::by_name(name) {
            kinds.extend(metric.kinds());
        } else if let Some(kind) = Kind::ALL.iter().find(|k| k.name() == name) {
            kinds.push(*kind);
        } else {
            let known = Metric::all().iter().map(|m| m.name).chain(Kind::ALL.iter().map(|k| k.name()));
            return Err(RuleError::Kind { found: name.clone(), known: known.collect::<Vec<_>>().join(", ") });
        }
    }
    kinds.sort_unstable_by_key(|k| *k as i16);
    kinds.dedup();
    Ok(kinds)
}

fn short(at: DateTime<Utc>) -> String {
    let midnight = at.time() == chrono::NaiveTime::MIN;
    at.format(if midnight { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M UTC" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
        from = "2016-01-01T01"
        to = "2016-01-01T07"
        minimum = 50
        organisations = ["kubernetes"]
    "#;

    #[test]
    fn a_rule_reads_back_as_a_sentence() {
        let rule = Rule::parse(RULE).unwrap();
        assert_eq!(
            rule.sentence(),
            "50 or more contributions from 2016-01-01 01:00 UTC up to 2016-01-01 07:00 UTC in kubernetes, bots left out"
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = Rule::parse(&RULE.replace("minimum", "minimun")).unwrap_err().to_string();
        assert!(error.contains("minimun") && error.contains("line 4"), "{error}");
    }

    #[test]
    fn an_unknown_kind_lists_the_known_ones() {
        let error = Rule::parse(&format!("{RULE}\nkinds = [\"pushs\"]")).unwrap_err().to_string();
        assert!(error.contains("\"pushs\"") && error.contains("review_comment"), "{error}");
    }

    #[test]
    fn a_minimum_below_one_and_a_backward_window_are_refused() {
        assert!(matches!(Rule::parse(&RULE.replace("50", "0")), Err(RuleError::Minimum(0))));
        assert!(matches!(Rule::parse(&RULE.replace("T07", "T01")), Err(RuleError::Window(_))));
    }
}
