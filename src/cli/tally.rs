use std::process::ExitCode;

use tally::{
    Outcome,
    explain::{Met, Place, visible},
    sensitivity::Way,
};

use super::{election::find, text::plural};
use crate::{
    app::App,
    election::{close, result},
};

/// Closes a poll whose time has passed (once, however often it runs), and prints the count.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exits with 75 while the poll is open.\n\nExamples:\n  hustings tally steering-2026\n  hustings tally steering-2026 --json"
)]
pub(super) struct Args {
    /// The election's name in its address.
    election: String,
    /// Print JSON, shaped as `hustings recount --json` prints it.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, app: &App) -> anyhow::Result<ExitCode> {
    let db = &mut *app.pool.acquire().await?;
    let election = find(db, &args.election).await?;
    let election = close::close(db, &app.keys, &app.clock, election.election_id).await?;
    let result = result::count(db, &election).await?;
    if args.json {
        println!("{}", tally::formats::json::Recount::new(&result.counted, &result.outcome));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}\n{} of {} voted\n", election.title, result.ballots(), result.eligible);
    print_outcome(result.names(), result.ballots(), &result.outcome, true);
    Ok(ExitCode::SUCCESS)
}

/// An outcome as text: who is elected, then the order with its reasons, or the whole explanation.
pub(super) fn print_outcome(names: &[String], ballots: u64, outcome: &Outcome, explain: bool) {
    let explanation = outcome.explain();
    let (seats, ballots) = (outcome.seats.named(names), plural(ballots, "ballot"));
    println!("{seats}.\n\n{ballots}, counted by {}.", Way::of(&outcome.rules));
    for tie in ties(outcome, names) {
        println!("A tie was met: {tie}.");
    }
    if explain {
        print!("\n{}", explanation.named(names));
        return;
    }
    println!("\nPlaces, best first:");
    for Place { candidate, tier, reason } in &explanation.places {
        println!("  {tier}. {} {}", visible(&names[candidate.0]), reason.named(names));
    }
}

/// The ties that the count met before the seats, a sentence each; those of the seats are told with them.
pub(super) fn ties(outcome: &Outcome, names: &[String]) -> Vec<String> {
    let before = outcome.ties().into_iter().filter(|tie| !matches!(tie.met, Met::Seats(_)));
    before.map(|tie| tie.named(names).to_string()).collect()
}
