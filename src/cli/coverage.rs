//! `hustings coverage`: how complete the data of a window is.

use std::{fmt::Write, process::ExitCode};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::text::{coverage, coverage_json, instant};
use crate::{
    app::App,
    stats::{self, Coverage, Window, parse_instant, window::short},
};

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  hustings coverage
  hustings coverage --from 2025-01-01 --to 2026-01-01 --require 100 || echo incomplete

With --require, the exit code is 5 when less is there.")]
pub(super) struct Args {
    /// Beginning of the window [default: the first hour there is]
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// End of the window [default: the end of the last hour there is]
    #[arg(long, value_parser = parse_instant)]
    to: Option<DateTime<Utc>>,
    /// Fail unless so many percent of the hours are there.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(i64).range(0..=100))]
    require: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, app: &App) -> anyhow::Result<ExitCode> {
    let mut db = app.pool.acquire().await?;
    let span = stats::data_span(&mut db).await?;
    let ends = (args.from.or(span.map(|span| span.from)), args.to.or(span.map(|span| span.to)));
    let (Some(from), Some(to)) = ends else {
        eprintln!("hustings: no hour has been read yet; begin with `hustings ingest archive`");
        return Ok(ExitCode::from(4));
    };
    let window = match Window::new(from, to) {
        Ok(window) => window,
        Err(error) => {
            eprintln!("hustings: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let seen = stats::coverage(&mut db, window, app.clock.now()).await?;
    if args.json {
        println!(
            "{:#}",
            json!({"from": instant(from), "to": instant(to), "as_of": seen.as_of.map(instant), "coverage": coverage_json(&seen)})
        );
    } else {
        print!("{}", as_text(&seen));
    }
    Ok(code(&seen, args.require))
}

fn code(seen: &Coverage, require: Option<i64>) -> ExitCode {
    match require {
        Some(percent) if seen.expected == 0 || seen.done * 100 < seen.expected * percent => ExitCode::from(5),
        _ => ExitCode::SUCCESS,
    }
}

fn as_text(seen: &Coverage) -> String {
    let mut text = format!("{} until {} UTC\n{}\n", short(seen.window.from), short(seen.window.to), coverage(seen));
    for gap in &seen.missing {
        let hours = gap.hours();
        let noun = if hours == 1 { "hour" } else { "hours" };
        let _ = writeln!(text, "  missing {} until {} ({hours} {noun})", short(gap.from), short(gap.to));
    }
    for hour in &seen.thin {
        let _ = writeln!(text, "  nearly empty {hour}");
    }
    if seen.bad_lines > 0 {
        let _ = writeln!(text, "{} lines could not be read; see the data page.", seen.bad_lines);
    }
    text
}
