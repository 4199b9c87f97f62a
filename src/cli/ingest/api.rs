//! `hustings ingest api`: reads GitHub's API.

use std::{
    io::IsTerminal,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use serde_json::json;

use crate::{
    app::App,
    cli::text::plural,
    clock::utc_text,
    ingest::api::{self, GitHub, Heard, Report, Settings, Subject, Surroundings},
    stats::parse_instant,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// An organisation or user, or one repository.
    #[arg(required = true, value_name = "ORG|OWNER/REPO")]
    subjects: Vec<Subject>,
    /// Leave out what is older, e.g. 2026-01-01, where GitHub can leave it out.
    #[arg(long, value_name = "INSTANT", value_parser = |text: &str| parse_instant(text).map_err(|e| e.to_string()))]
    since: Option<DateTime<Utc>>,
    /// Interface to ask instead of the configured one, e.g. <https://github.example.org/api/v3>.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// When GitHub's limits say stop, wait and go on instead of ending with code 75.
    #[arg(long)]
    wait: bool,
    /// Print a JSON object for each page, and the sums at the end.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, app: &App) -> anyhow::Result<ExitCode> {
    let settings = settings(&args, app);
    let world = Surroundings { clock: app.clock.clone(), random: app.random.clone() };
    let github = api::connect(&mut *app.pool.acquire().await?, settings, Box::new(world)).await?;
    let telling = Telling::new(args.json);
    for subject in &args.subjects {
        let report = read(&args, &github, subject, app, &telling).await?;
        telling.finish(subject, &report);
        if let Some(pause) = report.paused {
            eprintln!("hustings: paused by GitHub's limits until {}; run it again then", utc_text(pause.until));
            return Ok(ExitCode::from(75));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads one subject, over every pause if that is wanted.
async fn read(args: &Args, github: &GitHub, subject: &Subject, app: &App, telling: &Telling) -> anyhow::Result<Report> {
    loop {
        let db = &mut *app.pool.acquire().await?;
        let report = api::ingest(db, github, subject, args.since, &app.clock, &|heard| telling.hear(heard)).await?;
        let Some(pause) = report.paused.filter(|_| args.wait) else { return Ok(report) };
        telling.say(&format!("paused by GitHub's limits until {}", utc_text(pause.until)));
        tokio::time::sleep((pause.until - app.clock.now()).to_std().unwrap_or_default()).await;
    }
}

fn settings(args: &Args, app: &App) -> Settings {
    let Settings { base_url, credential } = app.intake.github.clone();
    Settings { base_url: args.base_url.clone().unwrap_or(base_url), credential }
}

/// A spinner on a terminal, a line a minute elsewhere, JSON if it is wanted.
struct Telling {
    json: bool,
    spinner: Option<ProgressBar>,
    spoken: Mutex<(u64, u64, Instant)>,
}

impl Telling {
    fn new(json: bool) -> Self {
        let spinner = (!json && std::io::stderr().is_terminal()).then(ProgressBar::new_spinner);
        Self { json, spinner, spoken: Mutex::new((0, 0, Instant::now())) }
    }

    fn hear(&self, Heard { name, stream, facts }: Heard<'_>) {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        spoken.0 += 1;
        spoken.1 += facts;
        let line = format!("{name} {}: {}, {}", stream.name(), plural(spoken.0, "page"), plural(spoken.1, "new fact"));
        if self.json {
            println!("{}", json!({"name": name, "stream": stream.name(), "facts": facts}));
        } else if let Some(spinner) = &self.spinner {
            spinner.set_message(line);
            spinner.tick();
        } else if spoken.2.elapsed() >= Duration::from_mins(1) {
            spoken.2 = Instant::now();
            eprintln!("{line}");
        }
    }

    fn say(&self, line: &str) {
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn finish(&self, subject: &Subject, report: &Report) {
        if self.json {
            println!("{}", sums(subject, report));
            return;
        }
        self.say(&format!(
            "{subject}: {}, {}, {} unchanged, {}",
            if report.repositories == 1 {
                "1 repository".to_owned()
            } else {
                format!("{} repositories", report.repositories)
            },
            plural(report.pages, "page"),
            report.unchanged,
            plural(report.facts, "new fact")
        ));
        for (n, what) in [(report.nobody, "by accounts that are gone"), (report.unread, "set aside as unreadable")] {
            if n > 0 {
                self.say(&format!("{} {what}", plural(n, "item")));
            }
        }
        for line in &report.skipped {
            self.say(&format!("left out: {line}"));
        }
    }
}

fn sums(subject: &Subject, report: &Report) -> serde_json::Value {
    json!({
        "subject": subject.to_string(), "repositories": report.repositories, "pages": report.pages,
        "unchanged": report.unchanged, "facts": report.facts, "nobody": report.nobody, "unread": report.unread,
        "skipped": report.skipped, "paused_until": report.paused.map(|pause| pause.until),
    })
}
