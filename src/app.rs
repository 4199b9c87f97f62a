//! Where real things are assembled, and the only place: database, clock,
//! randomness, keys, mail, addresses.

use secrecy::SecretString;
use sqlx::PgPool;

use crate::{clock::Clock, election::keys::KeyDir, ingest::Intake, mail::Mailer, random::Random, stats::Days};

/// Everything a page, a command or a job needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub pool: PgPool,
    /// What pages count, in memory.
    pub days: Days,
    pub clock: Clock,
    pub random: Random,
    pub keys: KeyDir,
    /// Encrypts the cookies that voters carry.
    pub cookie_secret: [u8; 32],
    pub mailer: Mailer,
    /// What GitHub signs its webhooks with; without one none are taken.
    pub webhook_secrets: Vec<SecretString>,
    /// Where activity comes from.
    pub intake: Intake,
    /// What `/metrics` asks for; without one it is not there.
    pub metrics_token: Option<SecretString>,
    /// How the world reaches us, without a slash at the end.
    pub public_url: String,
    /// The community's name, on every page.
    pub community: String,
    /// A sentence on top of every page, in a demonstration: that all of it is invented.
    pub notice: Option<String>,
}

#[cfg(test)]
impl App {
    /// An app for a test of one page: captured mail, seeded randomness.
    pub fn for_test(pool: PgPool, clock: Clock) -> Self {
        Self {
            pool,
            days: Days::default(),
            clock,
            random: Random::seeded(1),
            keys: KeyDir::new("/nonexistent/keys".into()),
            cookie_secret: [7; 32],
            mailer: Mailer::captured(),
            webhook_secrets: vec!["secret".into()],
            intake: Intake::nowhere(),
            metrics_token: Some("metrics".into()),
            public_url: "https://vote.example.org".into(),
            community: "Example".into(),
            notice: None,
        }
    }
}
