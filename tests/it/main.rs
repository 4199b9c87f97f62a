//! One binary for everything that needs a database or a server.

mod architecture;
mod cli;
mod cluster;
mod convert;
mod election;
mod eligibility;
mod github;
mod harness;
mod hooks;
mod ingest;
mod recount;
