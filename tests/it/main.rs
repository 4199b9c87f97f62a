//! One binary for everything that needs a database or a server.

mod harness;
mod ingest;
