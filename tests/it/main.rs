//! One binary for everything that needs a database or a server.

mod architecture;
mod cli;
mod cluster;
mod commits;
mod convert;
mod election;
mod eligibility;
mod eras;
mod git;
mod github;
mod harness;
mod heal;
mod hooks;
mod hostile;
mod identity;
mod ingest;
mod killed;
mod oracle;
mod people;
mod recount;
mod remote;
mod schedule;
mod sources;
mod workers;
