//! GitHub's REST and GraphQL interface behind our own types: base URL (GitHub
//! Enterprise Server too), credentials, paging by `Link`, `ETag`s, and limits
//! obeyed as documented. No SQL: what must survive a restart (the `ETag` of a
//! page, the pause) is handed in and out, so that it is committed with the facts.
//!
//! Bodies are handed on as bytes. octocrab's own models refuse what is old or
//! trimmed; whoever asks reads the few fields it needs.

mod answer;
mod client;
mod credential;
mod error;
mod limits;

pub use answer::{Answer, Budget, Content};
pub use client::{GitHub, Settings, World};
pub use credential::{AppKey, Credential, KeyError};
pub use error::Error;
pub use limits::{Cause, Pacing, Pause, Resource};
