//! `hustings ingest`: reads activity from its sources.

mod api;
mod git;

use std::{
    io::IsTerminal,
    num::NonZero,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;

use super::text::plural;
use crate::{
    app::App,
    config::Config,
    ingest::{
        archive::{self, HourReport, Limits, Outcome, Progress, Report, Scope, SourceError, Sources},
        queue,
    },
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Reads hours of GH Archive. Reading one again changes nothing, and the order does not matter.
    #[command(after_help = "Examples:
  hustings ingest archive 2016-01-01-1.json.gz
  hustings ingest archive /srv/gharchive --org kubernetes --org kubernetes-sigs
  hustings ingest archive 2016-01-01-1..2016-01-01-6 --source /srv/gharchive
  hustings ingest archive 2016-01-01T01..2016-01-01T07
  hustings ingest archive 2016-01-01T01..2016-01-01T07 --source 'https://example.org/{year}/{month:02}-{day:02}-{hour}.json.gz'
  hustings ingest archive 2016-01-01..2017-01-01 --queue
  zcat *.json.gz | hustings ingest archive -

A range is fetched from the public archive unless --source or HUSTINGS_ARCHIVE says otherwise. What breaks off goes on
where it stopped, also in the next run; an hour that is not there yet is asked for again then.
The files of before 2015 are named by Pacific time. What comes through a pipe may be a part of its
hours: they are listed as partial, and not as covered.")]
    Archive(Archive),
    /// Reads GitHub's API. A run that is interrupted goes on where it was.
    #[command(after_help = "Examples:
  hustings ingest api kubernetes/steering
  hustings ingest api kubernetes --since 2026-01-01 --wait
  hustings ingest api acme --base-url https://github.example.org/api/v3

The token is read from GITHUB_TOKEN or GITHUB_TOKEN_FILE.")]
    Api(api::Args),
    /// Reads the commits of a git repository. Reading it again takes only what is new.
    #[command(after_help = "Examples:
  hustings ingest git https://github.com/kubernetes/steering
  hustings ingest git /srv/git/steering.git --repository kubernetes/steering
  hustings ingest git steering.bundle --repository kubernetes/steering --since 2026-01-01
  hustings ingest git . --repository acme/anvil --repository-id 1234

Every branch is read: of a clone, those of its origin. An address is copied into the data directory
and brought up to date there. Author, committer and co-authors are counted apart; people are known by
the repository's mailmap and by GitHub's own addresses. Other addresses are not kept.")]
    Git(git::Args),
}

#[derive(clap::Args, Debug)]
pub(super) struct Archive {
    /// Files called like 2016-01-01-15.json.gz, folders of them, their addresses, ranges of hours, or `-`.
    #[arg(required = true, value_name = "PATH|DIR|URL|FROM..TO|-")]
    inputs: Vec<String>,
    /// Where the hours of a range are: a folder, or an address with places for the hour.
    #[arg(long, value_name = "DIR|URL")]
    source: Option<String>,
    /// Keep only this organisation or user; may be given several times.
    #[arg(long = "org", value_name = "NAME")]
    orgs: Vec<String>,
    /// Keep only this repository, as owner/name; may be given several times.
    #[arg(long = "repo", value_name = "OWNER/NAME")]
    repos: Vec<String>,
    /// Hours read at once [default: the number of processors]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Leave the hours of a range to the workers, a job a day.
    #[arg(long)]
    queue: bool,
    /// Print a JSON object for each hour, and the sums at the end.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, app: &App, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Archive(args) if args.queue => queue(&args, app).await,
        Command::Archive(args) => archive(&args, app).await,
        Command::Api(args) => api::run(args, app).await,
        Command::Git(args) => git::run(args, config, app).await,
    }
}

/// Leaves the reading to the workers.
async fn queue(args: &Archive, app: &App) -> anyhow::Result<ExitCode> {
    let source = args.source.as_ref().unwrap_or(&app.intake.archive);
    let scope = Scope::new(&args.orgs, &args.repos);
    let mut windows = Vec::new();
    for input in &args.inputs {
        match Sources::parse_range(input) {
            Ok(window) => windows.push(window),
            Err(error) => return Ok(refuse(&error)),
        }
    }
    let mut tx = app.pool.begin().await?;
    let mut jobs = 0;
    for window in windows {
        jobs += queue::backfill(&mut tx, window, source, &scope, app.clock.now()).await?;
    }
    tx.commit().await?;
    eprintln!("{} in the queue; every `hustings worker` takes its share", plural(jobs, "job"));
    Ok(ExitCode::SUCCESS)
}

async fn archive(args: &Archive, app: &App) -> anyhow::Result<ExitCode> {
    let piped = tempfile::tempdir()?;
    let sources = if args.inputs == ["-"] {
        archive::spool(std::io::stdin().lock(), piped.path(), Limits::default())?
    } else {
        match Sources::parse(&args.inputs, args.source.as_deref().or(Some(&app.intake.archive))) {
            Ok(sources) => sources,
            Err(error) => return Ok(refuse(&error)),
        }
    };
    let scope = Scope::new(&args.orgs, &args.repos);
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let options = app.intake.options(jobs, &app.clock, &app.random)?;
    let progress = progress(args.json);
    let began = Instant::now();
    let report = archive::ingest(&app.pool, &sources, &scope, options, &app.clock, progress.as_ref()).await?;
    drop(progress);
    finish(&report, began.elapsed(), args.json);
    Ok(code(&report))
}

fn refuse(error: &SourceError) -> ExitCode {
    eprintln!("hustings: {error}");
    ExitCode::from(if error.is_not_found() {
        4
    } else if error.is_usage() {
        2
    } else {
        1
    })
}

fn code(report: &Report) -> ExitCode {
    if !report.failed.is_empty() {
        return ExitCode::from(1);
    }
    if report.events == 0 && report.known == 0 && !report.unknown_orgs.is_empty() {
        let names = report.unknown_orgs.join(", ");
        eprintln!("hustings: nobody called {names} owns a repository in these hours, or in any read before");
        return ExitCode::from(4);
    }
    ExitCode::SUCCESS
}

fn finish(report: &Report, took: Duration, json: bool) {
    if json {
        println!("{}", sums(report, took));
        return;
    }
    eprintln!(
        "{} read, {} known, {} missing, {} failed: {} in {}, {}",
        plural(report.done, "hour"),
        report.known,
        report.missing,
        report.failed.len(),
        plural(report.events, "event"),
        HumanDuration(took),
        plural(report.facts, "new fact"),
    );
    for (n, what) in [
        (report.bad_lines, "set aside as unreadable"),
        (report.unknown_lines, "of a type not known yet, kept as they are"),
        (report.same_fact, "stating a fact that another line of the hour states too"),
    ] {
        if n > 0 {
            eprintln!("{} {what}", plural(n, "line"));
        }
    }
}

fn sums(report: &Report, took: Duration) -> serde_json::Value {
    json!({
        "done": report.done, "known": report.known, "missing": report.missing, "failed": report.failed.len(),
        "events": report.events, "facts": report.facts, "bad_lines": report.bad_lines,
        "unknown_lines": report.unknown_lines, "same_fact": report.same_fact, "bytes": report.bytes,
        "seconds": took.as_secs_f64(),
    })
}

/// A bar on a terminal, one line a minute elsewhere, JSON if it is wanted.
pub(super) fn progress(json: bool) -> Box<dyn Progress> {
    match (json, std::io::stderr().is_terminal()) {
        (true, _) => Box::new(JsonLines),
        (false, true) => Box::new(Bar::new()),
        (false, false) => Box::new(Minutes::default()),
    }
}

struct JsonLines;

impl Progress for JsonLines {
    fn hour(&self, hour: &HourReport) {
        let mut line = json!({"hour": hour.hour, "path": hour.place.to_string(), "bytes": hour.bytes});
        match &hour.outcome {
            Outcome::Done { events, facts, bad_lines, unknown_lines, same_fact } => {
                line["status"] = json!("done");
                line["events"] = json!(events);
                line["facts"] = json!(facts);
                line["bad_lines"] = json!(bad_lines);
                line["unknown_lines"] = json!(unknown_lines);
                line["same_fact"] = json!(same_fact);
            }
            Outcome::Known => line["status"] = json!("known"),
            Outcome::Missing => line["status"] = json!("missing"),
            Outcome::Failed(problem) => {
                line["status"] = json!("failed");
                line["problem"] = json!(problem);
                eprintln!("hustings: {hour}");
            }
        }
        println!("{line}");
    }
}

/// A bar by bytes, so that its end is foreseen well, with the events a second.
struct Bar {
    line: ProgressBar,
    began: Instant,
    events: Mutex<u64>,
}

impl Bar {
    fn new() -> Self {
        Self { line: ProgressBar::hidden(), began: Instant::now(), events: Mutex::default() }
    }
}

impl Progress for Bar {
    fn begin(&self, hours: usize, bytes: u64) {
        let (length, done) = match bytes {
            0 => (hours as u64, "{pos}/{len} hours"),
            bytes => (bytes, "{bytes}/{total_bytes}"),
        };
        let style =
            ProgressStyle::with_template(&format!("{{bar:30}} {{percent:>3}} %  {done}  {{msg}}  {{eta}} left"))
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        self.line.set_length(length);
        self.line.set_style(style);
        self.line.set_message(plural(hours as u64, "hour"));
        self.line.set_draw_target(indicatif::ProgressDrawTarget::stderr());
    }

    fn hour(&self, hour: &HourReport) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        *events += self::events(hour);
        if matches!(hour.outcome, Outcome::Failed(_)) {
            self.line.suspend(|| eprintln!("hustings: {hour}"));
        }
        self.line.set_message(format!("{} events/s", HumanCount(rate(*events, self.began.elapsed()))));
        self.line.inc(hour.bytes.max(1));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

/// For logs: a line a minute, and one for each failure.
struct Minutes(Mutex<Spoken>);

struct Spoken {
    began: Instant,
    last: Instant,
    hours: usize,
    of_hours: usize,
    bytes: u64,
    of_bytes: u64,
    events: u64,
}

impl Default for Minutes {
    fn default() -> Self {
        let now = Instant::now();
        let spoken = Spoken { began: now, last: now, hours: 0, of_hours: 0, bytes: 0, of_bytes: 0, events: 0 };
        Self(Mutex::new(spoken))
    }
}

impl Progress for Minutes {
    fn begin(&self, hours: usize, bytes: u64) {
        let mut spoken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (spoken.of_hours, spoken.of_bytes) = (hours, bytes);
    }

    fn hour(&self, hour: &HourReport) {
        let mut spoken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spoken.hours += 1;
        spoken.bytes += hour.bytes;
        spoken.events += events(hour);
        if matches!(hour.outcome, Outcome::Failed(_)) {
            eprintln!("hustings: {hour}");
        }
        if spoken.last.elapsed() >= Duration::from_mins(1) {
            spoken.last = Instant::now();
            eprintln!("{}", spoken.line());
        }
    }
}

impl Spoken {
    fn line(&self) -> String {
        let took = self.began.elapsed();
        let left = u128::from(self.of_bytes - self.bytes) * took.as_millis() / u128::from(self.bytes.max(1));
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX));
        format!(
            "{} of {}, {} events/s, {} left",
            self.hours,
            plural(self.of_hours as u64, "hour"),
            HumanCount(rate(self.events, took)),
            HumanDuration(left)
        )
    }
}

fn events(hour: &HourReport) -> u64 {
    match hour.outcome {
        Outcome::Done { events, .. } => events,
        _ => 0,
    }
}

fn rate(events: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    events.saturating_mul(1000) / millis
}
