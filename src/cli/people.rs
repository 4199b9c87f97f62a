//! `hustings people`: who is shown.

use std::process::ExitCode;

use crate::{app::App, people::store};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Takes a person out of lists, searches and exports; what they did still counts in every total.
    OptOut { login: String },
    /// Shows a person again.
    OptIn { login: String },
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    let (Command::OptOut { login } | Command::OptIn { login }) = &command;
    let Some(id) = store::id_by_login(&mut tx, login).await? else { return Ok(super::exit::nobody(login)) };
    let said = match command {
        Command::OptOut { .. } => {
            store::opt_out(&mut tx, id, app.clock.now()).await?;
            "is not shown any more, but still counted"
        }
        Command::OptIn { .. } if store::opt_in(&mut tx, id).await? => "is shown again",
        Command::OptIn { .. } => "was shown already",
    };
    tx.commit().await?;
    eprintln!("@{login} (GitHub id {id}) {said}");
    Ok(ExitCode::SUCCESS)
}
