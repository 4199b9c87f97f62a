//! One binary for everything that needs a database or a server.

mod architecture;
mod cli;
mod cluster;
mod convert;
mod election;
mod eligibility;
mod harness;
mod ingest;
mod recount;
