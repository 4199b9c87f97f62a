//! `hustings people`: who is one person, and who is shown.

use std::process::ExitCode;

use sqlx::PgConnection;

use crate::{
    app::App,
    auth::Officer,
    people::{alias, store},
};

#[derive(clap::Subcommand, Debug)]
#[command(after_help = "Examples:
  hustings people merge ada-work ada --reason \"she told us\"
  hustings people split ada-work --reason \"a namesake\"")]
pub(super) enum Command {
    /// Makes two accounts one person: what the first did counts for the second.
    Merge {
        login: String,
        into: String,
        /// How you know; kept in the log.
        #[arg(long)]
        reason: String,
    },
    /// Makes a merged account its own person again.
    Split {
        login: String,
        /// Why it was wrong; kept in the log.
        #[arg(long)]
        reason: String,
    },
    /// Takes a person out of lists, searches and exports; what they did still counts in every total.
    OptOut { login: String },
    /// Shows a person again.
    OptIn { login: String },
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    let (by, now) = (Officer::operator(), app.clock.now());
    let (Command::Merge { login, .. }
    | Command::Split { login, .. }
    | Command::OptOut { login }
    | Command::OptIn { login }) = &command;
    let Some(id) = id(&mut tx, &command, login).await? else { return Ok(super::exit::nobody(login)) };
    let said = match &command {
        Command::Merge { into, reason, .. } => {
            let Some(person) = store::id_by_login(&mut tx, into).await? else { return Ok(super::exit::nobody(into)) };
            alias::merge(&mut tx, (id, person), by.login(), reason, now).await?;
            format!("is one person with @{into}")
        }
        Command::Split { reason, .. } => {
            alias::split(&mut tx, id, by.login(), reason, now).await?;
            "is its own person again".to_owned()
        }
        Command::OptOut { .. } => {
            store::opt_out(&mut tx, id, now).await?;
            "is not shown any more, but still counted".to_owned()
        }
        Command::OptIn { .. } if store::opt_in(&mut tx, id).await? => "is shown again".to_owned(),
        Command::OptIn { .. } => "was shown already".to_owned(),
    };
    tx.commit().await?;
    eprintln!("@{login} (GitHub id {id}) {said}");
    Ok(ExitCode::SUCCESS)
}

/// The account that a merge is undone of, else the person.
async fn id(db: &mut PgConnection, command: &Command, login: &str) -> sqlx::Result<Option<i64>> {
    match command {
        Command::Split { .. } => store::account_by_login(db, login).await,
        _ => store::id_by_login(db, login).await,
    }
}
