//! One binary for everything that needs a database or a server.

mod architecture;
mod cluster;
mod election;
mod harness;
mod ingest;
mod recount;
