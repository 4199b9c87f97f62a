//! From a rule to a roll: every person counted, the bar applied.

use sqlx::PgConnection;

use super::{Rule, lock, store, store::Entry};
use crate::stats::{self, Reader, StatsError};

/// Why a roll was not made.
#[derive(Debug, thiserror::Error)]
pub enum RollError {
    #[error("this election is frozen: its roll can no longer change")]
    Frozen,
    #[error("the roll of this election was imported, so no rule can build it; import it again instead")]
    Imported,
    #[error(transparent)]
    Stats(#[from] StatsError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What a roll was made of.
#[derive(Clone, Debug)]
pub struct Built {
    pub people: usize,
    /// Hex SHA-256 of `roll.lock`.
    pub sha256: String,
}

/// Counts everyone under the rule and stores those at or above the bar.
pub async fn build(db: &mut PgConnection, election_id: i64, rule: &Rule) -> Result<Built, RollError> {
    if store::standing(db, election_id).await?.is_frozen {
        return Err(RollError::Frozen);
    }
    let entries = preview(db, rule).await?;
    store::replace(db, election_id, &entries).await?;
    let lock = lock::of_rule(db, rule, &entries).await?;
    let sha256 = lock::sha256(&lock);
    store::set_lock(db, election_id, &lock, &sha256).await?;
    Ok(Built { people: entries.len(), sha256: hex::encode(sha256) })
}

/// The `roll.lock` that the rule would make now; stores nothing.
pub async fn lock_now(db: &mut PgConnection, rule: &Rule) -> Result<String, RollError> {
    let entries = preview(db, rule).await?;
    lock::of_rule(db, rule, &entries).await
}

/// Those who would be on the roll, by numeric id; stores nothing.
pub async fn preview(db: &mut PgConnection, rule: &Rule) -> Result<Vec<Entry>, RollError> {
    let people = stats::counts_by_person(&mut Reader::alone(db), &rule.count_rule()).await?;
    let mut entries: Vec<Entry> = people
        .into_iter()
        .filter_map(|person| {
            let contributions: i64 = person.kinds.iter().map(|(_, n)| n).sum();
            let excluded = rule.exclude.iter().any(|x| x.login.eq_ignore_ascii_case(&person.login));
            (contributions >= rule.minimum && !excluded).then(|| Entry {
                github_id: person.person_id,
                reason: format!("{contributions} contributions, {} needed", rule.minimum),
                login: person.login,
                contributions: Some(i32::try_from(contributions).unwrap_or(i32::MAX)),
                email: None,
            })
        })
        .collect();
    entries.sort_unstable_by_key(|e| e.github_id);
    Ok(entries)
}
