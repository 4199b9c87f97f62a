//! What GitHub sends by itself, within seconds: a hint, never the only source.
//! A delivery is believed for its signature, noted under its id, and read by the
//! worker.

mod read;
mod store;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::Sha256;
use sqlx::{Connection, PgConnection};

pub use self::store::{Counted, counts};
use self::{
    read::{Found, ReadError},
    store::Delivery,
};
use super::{Writer, api, fact::WEBHOOK};
use crate::jobs::{self, NewJob};

/// The job that reads a delivery.
pub const JOB: &str = "webhook";

/// Whether GitHub signed this body with one of our secrets: two, while one
/// replaces the other. SHA-256 only; compared in constant time.
pub fn is_signed(secrets: &[SecretString], body: &[u8], signature: &str) -> bool {
    let Some(Ok(signature)) = signature.strip_prefix("sha256=").map(hex::decode) else { return false };
    secrets.iter().any(|secret| {
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
        mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
    })
}

/// Notes a delivery and queues it; says whether it is new. `id` and `event` are
/// its headers, `body` is JSON.
pub async fn receive(
    db: &mut PgConnection,
    (id, event): (&str, &str),
    body: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let new = store::note(&mut tx, id, event, body, now).await?;
    if new {
        let payload = json!({"delivery": id});
        let unique_key = Some(format!("{JOB} {id}"));
        jobs::enqueue(&mut tx, NewJob { kind: JOB, payload, unique_key, run_at: now }).await?;
    }
    tx.commit().await?;
    Ok(new)
}

/// Reads a delivery that waits, and writes its facts. Its instant is the one of
/// its arrival, however late it is read.
pub async fn process(db: &mut PgConnection, id: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let Some(delivery) = store::waiting(db, id).await? else { return Ok(()) };
    Writer::prepare(db).await?;
    let writer = Writer::load(db, WEBHOOK).await?;
    let read = read::read(&delivery.event, &delivery.body, delivery.received_at);
    let (state, found) = settle(read.as_ref());
    let mut gathered = found.map(Found::gathering).unwrap_or_default().finish();
    writer.names(db, &mut gathered).await?;
    let mut tx = db.begin().await?;
    writer.facts(&mut tx, &gathered, now).await?;
    if let Err(error) = &read {
        refuse(&mut tx, &delivery, error, now).await?;
    }
    store::finish(&mut tx, id, read.as_ref().ok().and_then(Found::action), state).await?;
    tx.commit().await
}

/// The word for what became of a delivery, and what is to be written.
fn settle<'a>(read: Result<&'a Found, &ReadError>) -> (&'static str, Option<&'a Found>) {
    match read {
        Ok(found) if found.is_unknown() => ("unknown", None),
        Ok(found) if found.is_empty() => ("hint", None),
        Ok(found) => ("fact", Some(found)),
        Err(_) => ("refused", None),
    }
}

async fn refuse(db: &mut PgConnection, delivery: &Delivery, error: &ReadError, now: DateTime<Utc>) -> sqlx::Result<()> {
    let place = format!("webhook {}", delivery.event);
    let unread = [(error.to_string(), delivery.body.clone())];
    api::store::keep_unread(db, WEBHOOK, &place, &unread, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation.
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn only_the_whole_right_signature_is_one() {
        let secrets = ["new", "It's a Secret to Everybody"].map(SecretString::from);
        assert!(is_signed(&secrets, b"Hello, World!", SIGNATURE));
        assert!(!is_signed(&secrets[..1], b"Hello, World!", SIGNATURE));
        assert!(!is_signed(&secrets, b"Hello, World?", SIGNATURE));
        assert!(!is_signed(&[], b"Hello, World!", SIGNATURE));
        for wrong in ["", "sha256=", "sha256=7571", "sha1=757107ea", &SIGNATURE[7..], &SIGNATURE.replace("e17", "e16")]
        {
            assert!(!is_signed(&secrets, b"Hello, World!", wrong), "{wrong}");
        }
    }
}
