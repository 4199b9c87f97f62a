//! Runs a command with `DATABASE_URL` set to a throw-away `PostgreSQL`: how
//! `make test` gets its database, on any machine that has the server's programs.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    config::Config,
    db::cluster::{self, Settings},
};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Keep fsync on, for measuring.
    #[arg(long)]
    durable: bool,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<OsString>,
}

pub(super) fn run(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let settings = Settings {
        data_dir: config.data_dir()?,
        bin_dir: config.postgres_bin.clone(),
        durable: args.durable,
        max_connections: 200,
    };
    Ok(ExitCode::from(cluster::run_with(&settings, &args.command)?))
}
