//! `hustings import`: files that say who people are and which repositories belong together.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use chrono::NaiveDate;

use crate::{
    app::App,
    people::{Imported, acquisition, affiliation, alias, domain, member, owners},
    stats::groups,
};

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  hustings import --dry-run affiliations developers_affiliations1.txt
  hustings import --as-of 2024-01-01 groups sigs.yaml
  hustings import --org kubernetes members org.yaml")]
pub(super) struct Args {
    /// Print what would change; store nothing.
    #[arg(long)]
    dry_run: bool,
    /// The day of the file: a login or a repository's name means who had it then [default: today]
    #[arg(long, value_name = "DAY")]
    as_of: Option<NaiveDate>,
    /// Whose members a file of members names.
    #[arg(long, value_name = "LOGIN", required_if_eq("what", "members"))]
    org: Option<String>,
    #[arg(value_enum)]
    what: What,
    file: PathBuf,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum What {
    /// Where people work: a CSV `github_id,company,from,to` (an open end is empty), gitdm's `github_users.json` or `developers_affiliationsN.txt`. Replaces what files said of the people in it.
    Affiliations,
    /// Whose people a company's people are by now: a YAML, `acquisitions: [[pattern, company], …]`. Replaces the map.
    Acquisitions,
    /// Which company a mail domain is: gitdm's `domain-map`. Replaces the map.
    Domains,
    /// Accounts that are one person: a CSV `github_id,person_id` (its own person is no alias any more).
    Aliases,
    /// Groups of repositories: a CSV `group,repository`, or Kubernetes' `sigs.yaml`. Replaces the groups in it.
    Groups,
    /// Groups of people: an `OWNERS_ALIASES` file. Replaces the groups in it.
    OwnersAliases,
    /// Members of the organisation --org: a YAML with `admins` and `members`, the API's JSON, or a CSV `github_id,login`.
    Members,
}

pub(super) async fn run(args: Args, app: &App) -> anyhow::Result<ExitCode> {
    let file = args.file.display().to_string();
    let text = fs::read_to_string(&args.file).with_context(|| format!("{file} cannot be read"))?;
    let as_of = args.as_of.unwrap_or_else(|| app.clock.now().date_naive());
    let mut tx = app.pool.begin().await?;
    let imported = take(&mut tx, &args, &text, as_of).await.context(file.clone())?;
    if args.dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    say(&imported, &file, args.dry_run);
    Ok(ExitCode::SUCCESS)
}

async fn take(db: &mut sqlx::PgConnection, args: &Args, text: &str, as_of: NaiveDate) -> anyhow::Result<Imported> {
    Ok(match args.what {
        What::Affiliations => affiliation::import(db, text, as_of).await?,
        What::Acquisitions => acquisition::import(db, text).await?,
        What::Domains => domain::import(db, text).await?,
        What::Aliases => alias::import(db, text).await?,
        What::Groups => groups::import(db, text, as_of).await?,
        What::OwnersAliases => owners::import(db, text, as_of).await?,
        What::Members => member::import(db, args.org.as_deref().unwrap_or_default(), text, as_of).await?,
    })
}

/// Changes are data, of a dry run; the rest is talk.
fn say(imported: &Imported, file: &str, dry_run: bool) {
    let (changes, unusable) = (imported.changes.len(), imported.unusable.len());
    if dry_run {
        imported.changes.iter().for_each(|change| println!("{change}"));
    }
    for row in &imported.unusable {
        eprintln!("{file}: not used: {row}");
    }
    for note in &imported.notes {
        eprintln!("{note}");
    }
    let would = if dry_run { "would be " } else { "" };
    eprintln!("{} rows {would}taken, {changes} changes, {unusable} rows not used", imported.rows);
}
