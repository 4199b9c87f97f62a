//! `hustings bots`: which accounts are taken for bots, and an officer's word on one.

use std::process::ExitCode;

use serde_json::json;

use super::text::{count, table};
use crate::{
    app::App,
    auth::Officer,
    people::{bots, store},
};

#[derive(clap::Subcommand, Debug)]
#[command(after_help = "Examples:
  hustings bots list
  hustings bots set k8s-human --human --reason \"we have met her\"
  hustings bots unset k8s-human")]
pub(super) enum Command {
    /// Prints the patterns with how many accounts each takes in, and the words on single accounts.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Says of one account, by its login, what it is; beats every pattern.
    Set(Set),
    /// Leaves an account to the patterns again.
    Unset { login: String },
}

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(super) struct Set {
    login: String,
    /// It is a bot.
    #[arg(long, required_unless_present = "human")]
    bot: bool,
    /// It is a human being.
    #[arg(long, conflicts_with = "bot")]
    human: bool,
    /// How you know; shown beside the account.
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    let login = match &command {
        Command::List { json } => return list(&mut tx, *json).await,
        Command::Set(set) => &set.login,
        Command::Unset { login } => login,
    };
    let Some(id) = store::id_by_login(&mut tx, login).await? else { return Ok(super::exit::nobody(login)) };
    let (bot, reason) = match &command {
        Command::Set(set) => (Some(set.bot), set.reason.as_str()),
        _ => (None, "taken back by the operator"),
    };
    let changed = bots::say(&mut tx, id, bot, Officer::operator().login(), reason, app.clock.now()).await?;
    tx.commit().await?;
    let said = bot.map_or("what the patterns say", |bot| if bot { "a bot" } else { "a human being" });
    eprintln!("@{login} (GitHub id {id}) is {said}; {changed} marks changed");
    Ok(ExitCode::SUCCESS)
}

async fn list(db: &mut sqlx::PgConnection, as_json: bool) -> anyhow::Result<ExitCode> {
    let (patterns, overrides) = (store::bot_list(db).await?, store::overrides(db).await?);
    if as_json {
        let patterns: Vec<_> = patterns.iter().map(|p| json!({"pattern": p.pattern, "hits": p.hits})).collect();
        let overrides: Vec<_> = overrides
            .iter()
            .map(|(login, id, bot, reason)| json!({"login": login, "github_id": id, "bot": bot, "reason": reason}))
            .collect();
        println!("{:#}", json!({"patterns": patterns, "overrides": overrides}));
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> = patterns.into_iter().map(|p| vec![p.pattern, count(p.hits)]).collect();
    print!("{}", table(&["pattern", "accounts"], &[false, true], &rows));
    for (login, id, bot, reason) in overrides {
        let what = if bot { "a bot" } else { "a human being" };
        println!("@{} ({id}) is {what}: {reason}", login.unwrap_or_else(|| "not seen yet".to_owned()));
    }
    Ok(ExitCode::SUCCESS)
}
