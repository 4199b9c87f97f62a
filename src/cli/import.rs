use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;

use crate::{
    app::App,
    people::{affiliation, alias},
    stats::groups,
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Replaces affiliations by those in a CSV: `github_id,company,from,to` (an open end is empty).
    Affiliations { file: PathBuf },
    /// Replaces aliases by those in a CSV: `github_id,person_id` (its own person is no alias any more).
    Aliases { file: PathBuf },
    /// Replaces repository groups by those in a CSV: `group,repository`.
    Groups { file: PathBuf },
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    let done = match command {
        Command::Affiliations { file } => affiliation::import_csv(&mut tx, open(&file)?).await?,
        Command::Aliases { file } => alias::import_csv(&mut tx, open(&file)?).await?,
        Command::Groups { file } => groups::import_csv(&mut tx, open(&file)?).await?,
    };
    tx.commit().await?;
    eprintln!("{done} lines imported");
    Ok(ExitCode::SUCCESS)
}

fn open(file: &PathBuf) -> anyhow::Result<fs::File> {
    fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))
}
