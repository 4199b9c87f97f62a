use std::{io::BufRead, process::ExitCode};

use anyhow::Context;

use crate::{
    app::App,
    auth::{self, NewOfficer},
    people,
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Adds an officer who signs in with a password, read from standard input.
    #[command(
        after_help = "Example:\n  hustings officer add --login ada --github-id 1234 --employer Independent < password.txt"
    )]
    Add(Add),
    /// Lists the officers.
    List,
}

#[derive(clap::Args, Debug)]
pub(super) struct Add {
    /// GitHub login; also the name to sign in with [default: as seen in the activity]
    #[arg(long)]
    login: Option<String>,
    /// Numeric GitHub id: logins change hands, numbers do not.
    #[arg(long)]
    github_id: i64,
    /// Employer, or Independent.
    #[arg(long)]
    employer: String,
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let db = &mut *app.pool.acquire().await?;
    match command {
        Command::Add(args) => {
            let login = match args.login {
                Some(login) => login,
                None => people::store::by_id(db, args.github_id).await?.map(|p| p.login).with_context(|| {
                    format!(
                        "no activity of the account {} has been read, so its login is not known: add --login",
                        args.github_id
                    )
                })?,
            };
            let new = NewOfficer { github_id: args.github_id, login: &login, employer: &args.employer };
            auth::add_officer(db, &new, password()?, app.clock.now()).await?;
            eprintln!("@{login} is an officer; they sign in at {}/sign-in", app.public_url);
        }
        Command::List => {
            for (github_id, login, employer) in auth::officers(db).await? {
                println!("{login}\t{github_id}\t{employer}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn password() -> anyhow::Result<String> {
    eprintln!("Password (one line on standard input):");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
