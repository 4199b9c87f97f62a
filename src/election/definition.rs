//! An election as an officer writes it down: `election.toml`, or the form that
//! makes the same thing. Unknown keys are errors with their line.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Election, store};
use crate::{
    auth::Officer,
    db::violates,
    eligibility::{Rule, RuleError, WrittenRule},
};

/// The most candidates a ballot can rank.
pub const MOST_CANDIDATES: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    slug: String,
    title: String,
    organisation: String,
    #[serde(default)]
    description: String,
    seats: i16,
    #[serde(default = "schulze")]
    method: String,
    #[serde(default = "tiers")]
    order: String,
    #[serde(default = "winning_votes")]
    strength: String,
    blank: String,
    dates: Dates,
    eligibility: Option<WrittenRule>,
    #[serde(default)]
    candidates: Vec<NewCandidate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    nominations_open: Option<String>,
    nominations_close: Option<String>,
    opens: String,
    closes: String,
}

/// A candidate named by the officers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCandidate {
    pub name: String,
    pub login: Option<String>,
    pub github_id: Option<i64>,
    #[serde(default)]
    pub employer: String,
    #[serde(default)]
    pub bio: String,
}

fn schulze() -> String {
    "schulze".into()
}

fn tiers() -> String {
    "tiers".into()
}

fn winning_votes() -> String {
    "winning-votes".into()
}

/// An election, checked and ready to be stored.
#[derive(Clone, Debug)]
pub struct NewElection {
    pub slug: String,
    pub title: String,
    pub organisation: String,
    pub description: String,
    pub seats: i16,
    pub method: String,
    pub seat_order: String,
    pub strength: String,
    pub blank: String,
    /// TOML; empty when the roll is to be imported.
    pub rule: String,
    pub nominations: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub candidates: Vec<NewCandidate>,
}

/// What is wrong with the definition of an election.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error(
        "the name for the address, {0:?}, may hold small letters, digits and hyphens between them, 63 at most; e.g. steering-2026"
    )]
    Slug(String),
    #[error("the name for the address cannot be {0:?}: the page that makes elections has that address")]
    Reserved(String),
    #[error("the {0} must not be empty")]
    Empty(&'static str),
    #[error("{0} seats cannot be filled: at least 1 is needed")]
    Seats(i16),
    #[error("{field} is {found:?}, but must be one of: {known}")]
    Choice { field: &'static str, found: String, known: &'static str },
    #[error("{field}: {why}")]
    Spelling { field: &'static str, why: tally::UnknownRule },
    #[error(
        "{field} is {found:?}, which is no instant; write e.g. 2026-10-01 12:00 UTC, 2026-10-01 23:59 AoE or 2026-10-01T12:00:00+02:00"
    )]
    Instant { field: &'static str, found: String },
    #[error("{0}")]
    Order(&'static str),
    #[error("nominations need both a beginning and an end")]
    HalfNominations,
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error("{0} candidates are more than a ballot can rank; at most {MOST_CANDIDATES}")]
    TooMany(usize),
    #[error("the candidate {0:?} is named twice")]
    Twice(String),
    #[error("an election called {0:?} exists already; choose another name for its address")]
    Exists(String),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl NewElection {
    /// Reads an `election.toml`.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let w: Written = toml::from_str(text)?;
        let rule = w.eligibility.as_ref().map(rule_text).transpose()?.unwrap_or_default();
        let nominations = match (&w.dates.nominations_open, &w.dates.nominations_close) {
            (Some(open), Some(close)) => {
                Some((instant("dates.nominations_open", open)?, instant("dates.nominations_close", close)?))
            }
            (None, None) => None,
            _ => return Err(DefinitionError::HalfNominations),
        };
        let new = Self {
            opens_at: instant("dates.opens", &w.dates.opens)?,
            closes_at: instant("dates.closes", &w.dates.closes)?,
            slug: w.slug,
            title: w.title,
            organisation: w.organisation,
            description: w.description,
            seats: w.seats,
            method: w.method,
            seat_order: w.order,
            strength: w.strength,
            blank: w.blank,
            rule,
            nominations,
            candidates: w.candidates,
        };
        new.check()
    }

    /// Checks what a form or a file says.
    pub fn check(self) -> Result<Self, DefinitionError> {
        let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let inside = self.slug.chars().all(|c| ends(c) || c == '-') && self.slug.len() <= 63;
        if !(inside && self.slug.starts_with(ends) && self.slug.ends_with(ends)) {
            return Err(DefinitionError::Slug(self.slug));
        }
        if self.slug == "new" {
            return Err(DefinitionError::Reserved(self.slug));
        }
        for (field, text) in [("title", &self.title), ("organisation", &self.organisation)] {
            if text.trim().is_empty() {
                return Err(DefinitionError::Empty(field));
            }
        }
        if self.seats < 1 {
            return Err(DefinitionError::Seats(self.seats));
        }
        known::<tally::Method>("method", &self.method)?;
        known::<tally::SeatOrder>("order", &self.seat_order)?;
        one_of("strength", &self.strength, "winning-votes, margins, wl")?;
        one_of("blank", &self.blank, "last, no-opinion")?;
        self.check_dates()?;
        self.check_candidates()?;
        Ok(self)
    }

    fn check_dates(&self) -> Result<(), DefinitionError> {
        let order = |right, problem| if right { Ok(()) } else { Err(DefinitionError::Order(problem)) };
        order(self.opens_at < self.closes_at, "voting must open before it closes")?;
        if let Some((open, close)) = self.nominations {
            order(open < close, "nominations must open before they close")?;
            order(close <= self.opens_at, "nominations must close before voting opens")?;
        }
        Ok(())
    }

    fn check_candidates(&self) -> Result<(), DefinitionError> {
        if self.candidates.len() > MOST_CANDIDATES {
            return Err(DefinitionError::TooMany(self.candidates.len()));
        }
        let mut names = std::collections::HashSet::new();
        match self.candidates.iter().find(|c| !names.insert(&c.name)) {
            Some(twice) => Err(DefinitionError::Twice(twice.name.clone())),
            None => Ok(()),
        }
    }
}

/// Stores an election as a draft, with the candidates the officers named.
pub async fn create(
    db: &mut PgConnection,
    officer: &Officer,
    new: &NewElection,
    now: DateTime<Utc>,
) -> Result<Election, DefinitionError> {
    let stored = store::insert_election(db, new, now).await;
    let id = match stored {
        Err(e) if violates(&e, "election_slug_key") => return Err(DefinitionError::Exists(new.slug.clone())),
        stored => stored?,
    };
    for candidate in &new.candidates {
        let row = store::NewCandidate {
            github_id: candidate.github_id,
            login: candidate.login.as_deref(),
            name: &candidate.name,
            employer: &candidate.employer,
            bio: &candidate.bio,
            nominated_by: officer.login(),
            accepted_at: Some(now),
        };
        store::insert_candidate(db, id, &row, now).await?;
    }
    store::append_log(db, id, now, officer.login(), "created", &new.title).await?;
    Ok(store::by_id(db, id).await?)
}

/// Checks the rule and gives it back as the TOML that is stored.
pub fn rule_text(rule: &WrittenRule) -> Result<String, DefinitionError> {
    Rule::check(rule.clone())?;
    toml::to_string(rule).map_err(|_| DefinitionError::Empty("eligibility rule"))
}

/// Checks a rule against the spellings that the counting room has.
fn known<R: FromStr<Err = tally::UnknownRule>>(field: &'static str, found: &str) -> Result<(), DefinitionError> {
    found.parse::<R>().map(|_| ()).map_err(|why| DefinitionError::Spelling { field, why })
}

fn one_of(field: &'static str, found: &str, known: &'static str) -> Result<(), DefinitionError> {
    if known.split(", ").any(|k| k == found) {
        return Ok(());
    }
    Err(DefinitionError::Choice { field, found: found.into(), known })
}

/// Reads an instant with its zone: `UTC`, `Z`, an offset, or `AoE` (Anywhere on
/// Earth, UTC−12). Without one it is UTC, as `<input type="datetime-local">` sends it.
pub fn instant(field: &'static str, text: &str) -> Result<DateTime<Utc>, DefinitionError> {
    let wrong = || DefinitionError::Instant { field, found: text.into() };
    if let Ok(at) = DateTime::<FixedOffset>::parse_from_rfc3339(text.trim()) {
        return Ok(at.to_utc());
    }
    let (naive, behind) = match text.trim() {
        t if t.ends_with("AoE") => (t.trim_end_matches("AoE"), TimeDelta::hours(12)),
        t => (t.trim_end_matches("UTC").trim_end_matches('Z'), TimeDelta::zero()),
    };
    let naive = naive.trim().replace('T', " ");
    let parsed = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&naive, format).ok());
    parsed.map(|at| at.and_utc() + behind).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
slug = "steering-2026"
title = "Steering Committee 2026"
organisation = "Lantern"
seats = 3
blank = "no-opinion"

[dates]
nominations_open = "2026-09-01 00:00 UTC"
nominations_close = "2026-09-14 23:59 AoE"
opens = "2026-09-19T00:00:00Z"
closes = "2026-10-01T14:00:00+02:00"

[eligibility]
from = "2025-09-01"
to = "2026-09-01"
minimum = 50

[[candidates]]
name = "Ada"
"#;

    #[test]
    fn any_method_of_the_counting_room_is_allowed_and_no_other() {
        assert_eq!(NewElection::parse(FILE).unwrap().method, "schulze");
        let with = |rule: &str| NewElection::parse(&FILE.replace("seats = 3", &format!("seats = 3\n{rule}")));
        for (_, method) in tally::Method::ALL {
            assert_eq!(with(&format!("method = {method:?}")).unwrap().method, method);
        }
        assert_eq!(with("order = \"defeats\"").unwrap().seat_order, "defeats");
        let error = with("method = \"best\"").unwrap_err().to_string();
        assert!(error.starts_with("method: expected `schulze`") && error.ends_with("found `best`"), "{error}");
    }

    #[test]
    fn a_file_is_read_with_its_zones() {
        let new = NewElection::parse(FILE).unwrap();
        assert_eq!(new.closes_at.to_rfc3339(), "2026-10-01T12:00:00+00:00");
        assert_eq!(new.nominations.unwrap().1.to_rfc3339(), "2026-09-15T11:59:00+00:00");
        assert!(new.rule.contains("minimum = 50"));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        let broken = |from: &str, to: &str| NewElection::parse(&FILE.replace(from, to)).unwrap_err().to_string();
        assert!(broken("seats", "seets").contains("unknown field `seets`"));
        assert!(broken("minimum", "minimun").contains("line 17"), "{}", broken("minimum", "minimun"));
        assert!(broken("seats = 3", "seats = 0").contains("at least 1"));
        assert!(broken("steering-2026", "Steering 2026").contains("small letters"));
        assert!(broken("steering-2026", "new").contains("has that address"));
        assert!(broken("no-opinion", "maybe").contains("last, no-opinion"));
        assert!(broken("2026-09-19T00:00:00Z", "soon").contains("2026-10-01 23:59 AoE"));
        assert!(broken("2026-09-19", "2026-10-19").contains("before it closes"));
        assert!(broken("nominations_open", "#").contains("both"));
    }

    #[test]
    fn a_candidate_named_twice_is_refused() {
        let twice = format!("{FILE}\n[[candidates]]\nname = \"Ada\"\n");
        assert!(matches!(NewElection::parse(&twice), Err(DefinitionError::Twice(name)) if name == "Ada"));
    }
}
