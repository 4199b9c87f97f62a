//! One binary for everything that needs a database or a server.

mod architecture;
mod election;
mod harness;
mod ingest;
mod recount;
