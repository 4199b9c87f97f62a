//! The application: the only place where real things are assembled.

use sqlx::PgPool;

use crate::clock::Clock;

/// What pages and commands reach the world with.
#[derive(Clone, Debug)]
pub struct App {
    pub pool: PgPool,
    pub clock: Clock,
    /// How the world reaches us, without a slash at its end.
    pub public_url: String,
    /// The community's name, shown on every page.
    pub community: String,
    /// A banner above every page, e.g. that this is a demonstration.
    pub notice: Option<String>,
}
