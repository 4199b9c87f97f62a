//! What flows share.

pub mod archive;
pub mod cluster;
pub mod git;
pub mod github;
pub mod poll;
pub mod program;
pub mod shared;
pub mod shelf;
pub mod site;
pub mod smtp;
pub mod tables;

/// The address of a test's database, for a process of its own.
pub fn url(pool: &sqlx::PgPool) -> String {
    use sqlx::ConnectOptions;
    pool.connect_options().to_url_lossy().to_string()
}

/// In a long run, how many rounds to kill in.
#[expect(clippy::disallowed_methods, reason = "the long runs are told by the environment how long")]
pub fn long_run() -> Option<u64> {
    std::env::var("HUSTINGS_KILL_ROUNDS").ok().map(|rounds| rounds.parse().unwrap())
}

/// A client in the making. Clients are built without a TLS provider of their own;
/// whoever came first installed the same.
pub fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
