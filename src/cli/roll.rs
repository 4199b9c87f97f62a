use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;

use super::election::find;
use crate::{
    app::App,
    eligibility::{self, Rule, import, roll, roll::Built},
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Counts everyone under the election's rule and stores those who may vote.
    Build {
        election: String,
        /// Print who would be on it; store nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Replaces the roll by the people in a CSV: `github_id,login,email`.
    Import { election: String, file: PathBuf },
    /// Sets the mail addresses of people on the roll, from the same kind of CSV.
    Addresses { election: String, file: PathBuf },
    /// Prints the roll: numeric id, login, contributions.
    Show { election: String },
    /// Prints roll.lock: what the roll was made from.
    Lock { election: String },
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    match command {
        Command::Build { election, dry_run } => {
            let election = find(&mut tx, &election).await?;
            let rule = Rule::parse(&election.rule).context("this election has no rule to build a roll by")?;
            if dry_run {
                show(&roll::preview(&mut tx, &rule).await?);
            } else {
                say(&roll::build(&mut tx, election.election_id, &rule).await?);
            }
        }
        Command::Import { election, file } => {
            let id = find(&mut tx, &election).await?.election_id;
            say(&import::roll(&mut tx, id, &read(&file)?).await?);
        }
        Command::Addresses { election, file } => {
            let id = find(&mut tx, &election).await?.election_id;
            eprintln!("{} addresses set", import::addresses(&mut tx, id, &read(&file)?, app.clock.now()).await?);
        }
        Command::Show { election } => {
            let id = find(&mut tx, &election).await?.election_id;
            show(&eligibility::entries(&mut tx, id).await?);
        }
        Command::Lock { election } => {
            let id = find(&mut tx, &election).await?.election_id;
            let lock = eligibility::lock_text(&mut tx, id).await?;
            print!("{}", lock.context("this election has no roll yet; `hustings roll build` makes it")?);
        }
    }
    tx.commit().await?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn show(entries: &[eligibility::Entry]) {
    for entry in entries {
        let count = entry.contributions.map_or_else(String::new, |n| n.to_string());
        println!("{}\t{}\t{count}", entry.github_id, entry.login);
    }
}

fn say(built: &Built) {
    eprintln!("{} people on the roll; roll.lock {}", built.people, built.sha256);
}
