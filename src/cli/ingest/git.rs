//! `hustings ingest git`: reads the commits of repositories.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    app::App,
    cli::text::plural,
    config::Config,
    ingest::git::{self, Place, Report, Subject},
    stats::parse_instant,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder with a repository, a file made by `git bundle`, or an address.
    #[arg(value_name = "PATH|BUNDLE|URL")]
    place: String,
    /// Which repository it is; known of an address on github.com.
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// GitHub's number for it, if no other source has named it yet.
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    repository_id: Option<i64>,
    /// Leave out what was committed before, e.g. 2026-01-01.
    #[arg(long, value_name = "INSTANT", value_parser = |text: &str| parse_instant(text).map_err(|e| e.to_string()))]
    since: Option<DateTime<Utc>>,
    /// Print the sums as a JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, config: &Config, app: &App) -> anyhow::Result<ExitCode> {
    let place = Place::parse(&args.place)?;
    let mirrors = config.data_dir()?.join("git");
    let db = &mut *app.pool.acquire().await?;
    let subject = git::find(db, &place, args.repository.as_deref(), args.repository_id).await?;
    let report = git::ingest(db, &place, &subject, args.since, &mirrors, &app.clock).await?;
    if args.json {
        println!("{}", sums(&subject, &report));
    } else {
        say(&subject, &report);
    }
    Ok(ExitCode::SUCCESS)
}

fn say(subject: &Subject, report: &Report) {
    if report.known {
        eprintln!("{}: known, nothing has changed since", subject.name);
    } else {
        eprintln!(
            "{}: {} by {}, {} of them merges, {}",
            subject.name,
            plural(report.commits, "commit"),
            plural(report.people, "name"),
            report.merges,
            plural(report.facts, "new fact")
        );
    }
    if report.bad_commits > 0 {
        eprintln!(
            "{} with something that cannot be read, listed in git_quarantine",
            plural(report.bad_commits, "commit")
        );
    }
    if report.shallow {
        eprintln!("the copy is shallow: what is older than its beginning is missing; git fetch --unshallow brings it");
    }
}

fn sums(subject: &Subject, report: &Report) -> serde_json::Value {
    json!({
        "repository": subject.name, "repository_id": subject.repo_id, "known": report.known,
        "commits": report.commits, "merges": report.merges, "people": report.people, "facts": report.facts,
        "bad_commits": report.bad_commits, "shallow": report.shallow,
    })
}
