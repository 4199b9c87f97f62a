use std::{fs, io::Read, path::PathBuf, process::ExitCode};

use anyhow::Context;
use tally::{BlankRule, Rules, Strength};

/// Counts a `ballots.csv`: a header of candidates, then a row of ranks per ballot
/// (1 is best, `-` or empty is blank); a first column `#count` for rows that stand
/// for several ballots.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  hustings recount ballots.csv --blank no-opinion --seats 3\n  hustings recount - --blank last --strength margins --json < ballots.csv"
)]
pub(super) struct Args {
    /// The file, or - for standard input.
    file: PathBuf,
    /// How to count; more methods come with a later version.
    #[arg(long, default_value = "schulze", value_parser = ["schulze"])]
    method: String,
    /// What makes one victory stronger than another: winning-votes, margins or wl.
    #[arg(long, default_value = "winning-votes")]
    strength: Strength,
    /// What a blank means: last (below every ranked candidate) or no-opinion (not compared).
    #[arg(long)]
    blank: BlankRule,
    /// How many are to be elected.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    seats: u16,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let bytes = read(&args.file)?;
    let election = tally::formats::csv::read(&bytes).map_err(|e| anyhow::anyhow!("{}: {e}", args.file.display()))?;
    let rules = Rules { strength: args.strength, seats: args.seats.into(), ..Rules::new(args.blank) };
    let outcome = tally::count(&election.profile, &rules)?;
    if args.json {
        println!("{}", tally::formats::json::Recount::new(&election, &outcome));
    } else {
        super::tally::print_outcome(&election, &outcome);
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}
