use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use sqlx::PgConnection;

use crate::{
    app::App,
    auth::Officer,
    election::{self, Election, NoElection, definition, freeze, life, post},
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Creates an election from an election.toml, as a draft.
    #[command(after_help = "Example:\n  hustings election create election.toml --announce")]
    Create {
        file: PathBuf,
        /// Show it to everyone at once.
        #[arg(long)]
        announce: bool,
        /// Check the file; store nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists elections: name, phase, title.
    List,
    /// Prints what is still to do before an election can open.
    Readiness { election: String },
    /// Shows a draft to everyone.
    Announce { election: String },
    /// Fixes definition and roll; from then on the clock opens and closes the poll.
    Freeze {
        election: String,
        /// Why the roll may be frozen although its data has gaps; published.
        #[arg(long)]
        despite_gaps: Option<String>,
    },
    /// Mails those without a ballot in the box again; nobody learns who.
    Remind { election: String },
    /// Says that the officers have checked the count.
    Certify { election: String },
    /// Shows the result to everyone.
    Publish { election: String },
    /// Prints the public log.
    Log { election: String },
}

/// The election of this name, or an error that says how to find one.
pub(super) async fn find(db: &mut PgConnection, slug: &str) -> anyhow::Result<Election> {
    Ok(election::by_slug(db, slug).await?.ok_or_else(|| NoElection(slug.to_owned()))?)
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let mut tx = app.pool.begin().await?;
    let (db, me, now) = (&mut *tx, Officer::operator(), app.clock.now());
    match command {
        Command::Create { file, announce, dry_run } => {
            let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let new =
                definition::NewElection::parse(&text).with_context(|| format!("{} is no election", file.display()))?;
            if dry_run {
                eprintln!("{} is in order", file.display());
                return Ok(ExitCode::SUCCESS);
            }
            let created = definition::create(db, &me, &new, now).await?;
            if announce {
                life::announce(db, &me, created.election_id, now).await?;
            }
            eprintln!("{} created; next: hustings roll build or import, then hustings election freeze", created.slug);
        }
        Command::List => {
            for e in election::all(db).await? {
                println!("{}\t{}\t{}", e.slug, e.phase(now).name(), e.title);
            }
        }
        Command::Readiness { election } => {
            let election = find(db, &election).await?;
            for todo in freeze::readiness(db, &election, now).await? {
                println!("{}: {}", if todo.must { "must" } else { "should" }, todo.phrase);
            }
        }
        Command::Announce { election } => {
            let id = find(db, &election).await?.election_id;
            life::announce(db, &me, id, now).await?;
        }
        Command::Freeze { election, despite_gaps } => {
            let id = find(db, &election).await?.election_id;
            let frozen = freeze::freeze(db, &me, (&app.keys, &app.random), id, despite_gaps.as_deref(), now).await?;
            eprintln!("frozen; definition {}", frozen.definition_short().unwrap_or_default());
        }
        Command::Remind { election } => {
            let id = find(db, &election).await?.election_id;
            post::remind(db, &me, id, (&app.public_url, &app.random), now).await?;
        }
        Command::Certify { election } => {
            let id = find(db, &election).await?.election_id;
            life::certify(db, &me, id, now).await?;
        }
        Command::Publish { election } => {
            let id = find(db, &election).await?.election_id;
            life::publish(db, &me, id, now).await?;
        }
        Command::Log { election } => {
            let id = find(db, &election).await?.election_id;
            for line in election::log(db, id).await? {
                println!("{}\t{}\t{}\t{}\t{}", line.seq, line.at.to_rfc3339(), line.actor, line.event, line.detail);
            }
        }
    }
    tx.commit().await?;
    Ok(ExitCode::SUCCESS)
}
