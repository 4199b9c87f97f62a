//! `roll.lock`: a roll with everything it was made from, as canonical JSON (keys
//! sorted, no spaces, one newline at the end): the same inputs give the same
//! bytes, and so the same SHA-256. It holds no address.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{Rule, roll::RollError, store, store::Entry};
use crate::stats::{self, FactKey};

/// The lock of a roll that a rule made.
pub async fn of_rule(db: &mut PgConnection, rule: &Rule, entries: &[Entry]) -> Result<String, RollError> {
    let hours = store::hours(db, rule.window.from, rule.window.to).await?;
    let coverage = rule.coverage(db).await?;
    let keys = stats::fact_keys(db, &rule.count_rule()).await?;
    Ok(canonical(&json!({
        "format": "hustings roll.lock 1",
        "rule": rule.sentence(),
        "rule_sha256": hash(&rule.canonical()),
        "window": { "from": rule.window.from, "to": rule.window.to },
        "coverage": {
            "hours_expected": coverage.expected,
            "hours_read": coverage.done,
            "missing": coverage.missing.iter().map(|w| json!([w.from, w.to])).collect::<Vec<_>>(),
        },
        "hours": hours.iter().map(|h| json!([h.hour, h.scope, h.sha256])).collect::<Vec<_>>(),
        "bots_sha256": hash(&store::bot_list(db).await?.join("\n")),
        "aliases_sha256": hash(&json!(store::aliases(db).await?).to_string()),
        "overrides_sha256": hash(&json!(store::overrides(db).await?).to_string()),
        "facts": keys.len(),
        "facts_sha256": hash_keys(&keys),
        "roll": people(entries),
    })))
}

/// The lock of a roll that was imported.
pub fn of_import(entries: &[Entry]) -> String {
    canonical(&json!({ "format": "hustings roll.lock 1", "imported": true, "roll": people(entries) }))
}

/// SHA-256 of a lock's bytes.
pub fn sha256(lock: &str) -> Vec<u8> {
    Sha256::digest(lock.as_bytes()).to_vec()
}

/// Pairs of numeric id and count, by id.
fn people(entries: &[Entry]) -> Vec<Value> {
    entries.iter().map(|e| json!([e.github_id, e.contributions])).collect()
}

/// `serde_json` keeps object keys sorted and writes no spaces.
fn canonical(value: &Value) -> String {
    format!("{value}\n")
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn hash_keys(keys: &[FactKey]) -> String {
    let mut hasher = Sha256::new();
    for key in keys {
        hasher.update(key.kind.to_be_bytes());
        hasher.update(key.key_a.to_be_bytes());
        hasher.update(key.key_b.to_be_bytes());
    }
    hex::encode(hasher.finalize())
}
