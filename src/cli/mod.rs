//! The command line: one file per subcommand, each parses, builds what it needs,
//! calls a domain function and prints. Data goes to standard output, talk to
//! standard error. Exit codes: 0 ok, 1 error, 2 usage, 3 verification failed,
//! 4 not found, 5 coverage too low, 75 try later.

mod ballots;
mod bots;
mod convert;
mod coverage;
mod database;
mod demo;
mod dev_postgres;
mod election;
mod exit;
mod heal;
mod import;
mod ingest;
mod officer;
mod people;
mod recount;
mod roll;
mod serve;
mod stats;
mod tally;
mod text;

use std::{
    io::IsTerminal,
    panic,
    process::{self, ExitCode},
};

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;

/// Elections for open-source communities, and who contributes to them.
///
/// Start with `hustings demo`: a populated community on your own machine, with no
/// configuration.
#[derive(Debug, Parser)]
#[command(name = "hustings", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten, next_help_heading = "Configuration")]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a generated community with elections in every phase, on your own machine.
    Demo(demo::Args),
    /// Runs the web site and the worker in one process.
    Serve,
    /// Runs the web site alone.
    Web,
    /// Runs the worker alone: mail, opening and closing of polls, reading by the clock.
    Worker,
    /// Reads activity from its sources.
    #[command(subcommand)]
    Ingest(ingest::Command),
    /// Prints who contributed what.
    #[command(subcommand)]
    Stats(stats::Command),
    /// Prints how complete the data of a window is.
    Coverage(coverage::Args),
    /// Fetches what is missing from the next source.
    Heal(heal::Args),
    /// Imports files that say who people are, or which repositories belong together.
    Import(import::Args),
    /// Says which accounts are bots.
    #[command(subcommand)]
    Bots(bots::Command),
    /// Takes people out of what is shown, at their wish.
    #[command(subcommand)]
    People(people::Command),
    /// Adds and lists election officers.
    #[command(subcommand)]
    Officer(officer::Command),
    /// Creates elections and takes them through their life.
    #[command(subcommand)]
    Election(election::Command),
    /// Builds, imports and prints the roll of an election.
    #[command(subcommand)]
    Roll(roll::Command),
    /// Closes a poll whose time has passed, and prints the result.
    Tally(tally::Args),
    /// Counts a file of ballots; needs no database.
    Recount(recount::Args),
    /// Writes a file of ballots in another format; needs no database.
    Convert(convert::Args),
    /// Says whether a running site is ready; for containers without curl.
    Health,
    /// Runs a command beside a throw-away `PostgreSQL`.
    #[command(hide = true)]
    DevPostgres(dev_postgres::Args),
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    crate::db::cluster::launch_if_asked();
    if std::env::args_os().len() == 1 {
        return exit::help(Cli::command());
    }
    end_when_nobody_reads();
    let cli = Cli::parse();
    log_to_stderr(&cli.config.log);
    run(cli).unwrap_or_else(|error| exit::report(&error))
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { command, config } = cli;
    match command {
        Command::Demo(args) => demo::run(&args, config),
        Command::Serve => serve::run(&config, serve::Roles { web: true, worker: true }),
        Command::Web => serve::run(&config, serve::Roles { web: true, worker: false }),
        Command::Worker => serve::run(&config, serve::Roles { web: false, worker: true }),
        Command::Recount(args) => recount::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Health => serve::health(&config),
        Command::DevPostgres(args) => dev_postgres::run(&args, &config),
        command => database::with(&config, async |app| match command {
            Command::Ingest(command) => ingest::run(command, app, &config).await,
            Command::Stats(command) => stats::run(command, app).await,
            Command::Coverage(args) => coverage::run(args, app).await,
            Command::Heal(args) => heal::run(args, app).await,
            Command::Import(args) => import::run(args, app).await,
            Command::Bots(command) => bots::run(command, app).await,
            Command::People(command) => people::run(command, app).await,
            Command::Officer(command) => officer::run(command, app).await,
            Command::Election(command) => election::run(command, app).await,
            Command::Roll(command) => roll::run(command, app).await,
            Command::Tally(args) => tally::run(&args, app).await,
            _ => unreachable!("the commands without a database are matched above"),
        }),
    }
}

/// `hustings … | head` ends quietly when the reader has enough.
fn end_when_nobody_reads() {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |panic| match panic.payload_as_str() {
        Some(text) if text.starts_with("failed printing to stdout") && text.contains("os error 32") => process::exit(0),
        _ => others(panic),
    }));
}

fn log_to_stderr(filter: &str) {
    let ansi = std::io::stderr().is_terminal() && !crate::config::no_color();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(ansi).with_target(false).init();
}
