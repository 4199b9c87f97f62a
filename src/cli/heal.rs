//! `hustings heal`: fetches what is missing from the next source.

use std::{fmt::Write, num::NonZero, process::ExitCode};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    ingest::progress,
    text::{coverage, coverage_json, instant, plural},
};
use crate::{
    app::App,
    clock::utc_text,
    ingest::{
        self, Healed, Wanted,
        heal::{MOST_NUMBERS, Missing},
    },
    stats::{self, Numbers, Window, parse_instant, window::short},
};

/// Hours that stay missing, printed; JSON has all.
const MOST_LINES: usize = 50;

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  hustings heal --dry-run
  hustings heal --from 2025-10-09 --to 2025-10-15
  hustings heal --org kubernetes --from 2026-01-01

Missing and nearly empty hours are asked for again where the archive is (HUSTINGS_ARCHIVE), under
the filters they are kept by. With --org or --repo, or the names of HUSTINGS_FOLLOW, issues and
pull requests are then asked for by their missing numbers; what GitHub does not have any more is
no longer missing. A run that ends early is gone on with by the next one. The exit code is 5 when
something stays missing, 75 when GitHub's limits ended it.")]
pub(super) struct Args {
    /// Beginning of the window [default: the first hour there is]
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// End of the window [default: the end of the last hour there is]
    #[arg(long, value_parser = parse_instant)]
    to: Option<DateTime<Utc>>,
    /// Only of this organisation; may be given several times.
    #[arg(long = "org", value_name = "NAME")]
    orgs: Vec<String>,
    /// Only of this repository, as owner/name; may be given several times.
    #[arg(long = "repo", alias = "repository", value_name = "OWNER/NAME")]
    repos: Vec<String>,
    /// Say what would be asked for, and ask nobody.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, app: &App) -> anyhow::Result<ExitCode> {
    let span = stats::data_span(&mut *app.pool.acquire().await?).await?;
    let ends = (args.from.or(span.map(|span| span.from)), args.to.or(span.map(|span| span.to)));
    let (Some(from), Some(to)) = ends else {
        eprintln!("hustings: no hour has been read yet; say which with --from and --to");
        return Ok(ExitCode::from(4));
    };
    let window = match Window::new(from, to) {
        Ok(window) => window,
        Err(error) => {
            eprintln!("hustings: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let (orgs, repos) =
        if args.orgs.is_empty() && args.repos.is_empty() { app.intake.names() } else { (args.orgs, args.repos) };
    let wanted = Wanted { window, orgs, repos };
    if args.dry_run {
        let missing = wanted.missing(&mut *app.pool.acquire().await?, app.clock.now()).await?;
        tell(args.json, &missing_json(&missing), &would(&missing, &app.intake.archive));
        return Ok(ExitCode::SUCCESS);
    }
    let jobs = std::thread::available_parallelism().map_or(1, NonZero::get);
    let progress = progress(false);
    let healed =
        ingest::heal(&app.pool, &app.intake, &wanted, (jobs, &app.clock, &app.random), progress.as_ref()).await?;
    drop(progress);
    tell(args.json, &healed_json(&healed), &healed_text(&healed));
    Ok(code(&healed))
}

fn tell(json: bool, value: &serde_json::Value, text: &str) {
    if json {
        println!("{value:#}");
    } else {
        print!("{text}");
    }
}

fn code(healed: &Healed) -> ExitCode {
    if let Some(pause) = healed.told.as_ref().and_then(|told| told.paused) {
        eprintln!("hustings: paused by GitHub's limits until {}; run it again then", utc_text(pause.until));
        return ExitCode::from(75);
    }
    let whole = healed.after.coverage.is_complete() && healed.after.numbers.is_empty();
    ExitCode::from(if whole { 0 } else { 5 })
}

fn count(numbers: &[Numbers]) -> u64 {
    numbers.iter().map(|repo| repo.missing.unsigned_abs()).sum()
}

fn hours(missing: &Missing) -> u64 {
    let coverage = &missing.coverage;
    (coverage.expected - coverage.done).unsigned_abs()
}

fn would(missing: &Missing, archive: &str) -> String {
    let mut text = format!("{} would be asked for at {archive}\n", plural(hours(missing), "hour"));
    for gap in missing.coverage.gaps().iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {} until {}", short(gap.from), short(gap.to));
    }
    let _ = writeln!(text, "{} would be asked for at GitHub", plural(count(&missing.numbers), "number"));
    for repo in missing.numbers.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {}: {}", repo.name, repo.named(12));
    }
    text
}

fn healed_text(healed: &Healed) -> String {
    let (before, after) = (&healed.before, &healed.after);
    let mut text = format!("{} were missing, {} still are\n", plural(hours(before), "hour"), hours(after));
    for (hour, reason) in healed.stay.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {} stays missing: {reason}", short(*hour));
    }
    if healed.stay.len() > MOST_LINES {
        let _ = writeln!(text, "  and {} more; --json names them all", healed.stay.len() - MOST_LINES);
    }
    if let Some(told) = &healed.told {
        let _ = writeln!(
            text,
            "{} found, {} are not there any more, {}",
            plural(told.found, "number"),
            told.absent,
            plural(told.facts, "new fact")
        );
        for line in &told.skipped {
            let _ = writeln!(text, "  left out: {line}");
        }
    }
    for repo in after.numbers.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {}: {} still missing: {}", repo.name, repo.missing, repo.named(12));
    }
    if count(&before.numbers) > MOST_NUMBERS as u64 {
        let _ = writeln!(text, "at most {MOST_NUMBERS} numbers are asked for in a run: run it again for more");
    }
    let _ = writeln!(text, "{}", coverage(&after.coverage));
    text
}

fn missing_json(missing: &Missing) -> serde_json::Value {
    let repo = |repo: &Numbers| json!({"repository": repo.name, "missing": repo.missing, "ranges": repo.ranges});
    json!({
        "hours": hours(missing), "coverage": coverage_json(&missing.coverage),
        "numbers": missing.numbers.iter().map(repo).collect::<Vec<_>>(),
    })
}

fn healed_json(healed: &Healed) -> serde_json::Value {
    let stay = healed.stay.iter().map(|(hour, reason)| json!({"hour": instant(*hour), "reason": reason}));
    let told = healed.told.as_ref().map(|told| {
        json!({
            "found": told.found, "absent": told.absent, "facts": told.facts, "skipped": told.skipped,
            "paused_until": told.paused.map(|pause| instant(pause.until)),
        })
    });
    json!({
        "before": missing_json(&healed.before), "after": missing_json(&healed.after),
        "stay": stay.collect::<Vec<_>>(), "github": told,
    })
}
