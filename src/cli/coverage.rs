//! `hustings coverage`: how complete the data of a window is.

use std::{fmt::Write, process::ExitCode};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::text::{count, coverage, coverage_json, instant, table};
use crate::{
    app::App,
    stats::{
        self, Coverage, LISTS, LedgerSummary, Metric, Numbers, Page, Part, Period, Subject, Told, Window,
        parse_instant, window::short,
    },
};

/// Gaps, and repositories, printed; JSON has all.
const MOST_LINES: usize = 50;

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  hustings coverage
  hustings coverage --from 2025-01-01 --to 2026-01-01 --require 100 || echo incomplete
  hustings coverage --from 2025-10-01 --to 2025-11-01 --org kubernetes --json
  hustings coverage --metric commits --repo kubernetes/steering

Printed are the hours, by day or by month, and the repositories of which issue or pull-request
numbers are missing, and until when GitHub's lists and git were read of each. With --require,
the exit code is 5 when less of the hours is there.")]
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
    /// What is to be there of each hour, as of the figures' names, e.g. commits.
    #[arg(long, default_value = "contributions", value_parser = super::stats::metric_names())]
    metric: String,
    /// Fail unless so many percent of the hours are there.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(i64).range(0..=100))]
    require: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, app: &App) -> anyhow::Result<ExitCode> {
    let mut db = app.pool.acquire().await?;
    let span = stats::known_span(&mut db).await?;
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
    let metric = Metric::by_name(&args.metric).unwrap_or_else(Metric::contributions);
    let subject = Subject::new(&args.orgs, &args.repos).counting(metric.kinds());
    let seen = stats::coverage_of(&mut db, &subject, window, app.clock.now()).await?;
    let numbers = stats::missing_numbers(&mut db, (&args.orgs, &args.repos), window, Page::ALL).await?;
    let lines = stats::ledger_summary(&mut db, window).await?;
    let told = stats::told(&mut db, &subject).await?;
    if args.json {
        println!("{:#}", as_json(&seen, &lines, &numbers, &told));
    } else {
        print!("{}{}{}", hours_text(&seen, &lines), numbers_text(&numbers), told_text(&told));
    }
    Ok(code(&seen, args.require))
}

fn code(seen: &Coverage, require: Option<i64>) -> ExitCode {
    match require {
        Some(percent) if seen.expected == 0 || seen.done * 100 < seen.expected * percent => ExitCode::from(5),
        _ => ExitCode::SUCCESS,
    }
}

/// Days, or in long windows months.
fn period(window: Window) -> Period {
    if (window.to - window.from).num_days() <= 62 { Period::Day } else { Period::Month }
}

fn hours_text(seen: &Coverage, lines: &LedgerSummary) -> String {
    let mut text = format!("{} until {} UTC\n{}\n", short(seen.window.from), short(seen.window.to), coverage(seen));
    let row = |part: &Part| {
        let counts = [part.expected, part.done, part.missing, part.thin].map(count);
        [vec![part.start.format("%Y-%m-%d").to_string()], counts.to_vec()].concat()
    };
    let rows: Vec<_> = seen.by(period(seen.window)).iter().map(row).collect();
    let header = ["from", "hours", "read", "missing", "nearly empty"];
    text += &table(&header, &[false, true, true, true, true], &rows);
    let gap = |gap: &Window| {
        let hours = gap.hours();
        let noun = if hours == 1 { "hour" } else { "hours" };
        format!("missing {} until {} ({} {noun})", short(gap.from), short(gap.to), count(hours))
    };
    let thin = seen.thin.iter().map(|hour| format!("nearly empty {hour}"));
    let kinds = seen.thin_kinds.iter().map(|kind| format!("nearly without {kind}"));
    let gaps: Vec<_> = seen.missing.iter().map(gap).chain(thin).chain(kinds).collect();
    list(&mut text, &gaps);
    if lines.bad_lines > 0 {
        let _ = writeln!(text, "{} lines could not be read; see the data page.", count(lines.bad_lines));
    }
    text
}

fn numbers_text(all: &[Numbers]) -> String {
    if all.is_empty() {
        return "No number of an issue or a pull request is missing.\n".to_owned();
    }
    let mut text = "Numbers of issues and pull requests that nobody told us about:\n".to_owned();
    let line = |repo: &Numbers| {
        format!("{}: {} of {}: {}", repo.name, count(repo.missing), count(repo.expected()), repo.named(12))
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    list(&mut text, &lines);
    text
}

/// Until when the lists of each repository were read.
fn told_text(told: &[Told]) -> String {
    if told.is_empty() {
        return "Nothing but the archive was read: commits are not in it.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = stats::by_repository(told)
        .into_iter()
        .take(MOST_LINES)
        .map(|(repo, cells)| [vec![repo.to_owned()], cells].concat())
        .collect();
    let header: Vec<&str> = std::iter::once("read until").chain(LISTS.iter().map(|(_, label, _)| *label)).collect();
    table(&header, &vec![false; header.len()], &rows)
}

fn list(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(text, "  and {} more; --json names them all", lines.len() - MOST_LINES);
    }
}

fn as_json(seen: &Coverage, lines: &LedgerSummary, numbers: &[Numbers], told: &[Told]) -> serde_json::Value {
    let period = period(seen.window);
    let part = |part: &Part| {
        json!({
            "from": instant(part.start), "expected_hours": part.expected, "done_hours": part.done,
            "missing_hours": part.missing, "thin_hours": part.thin,
        })
    };
    let repo = |repo: &Numbers| {
        json!({
            "repository": repo.name, "first": repo.first, "last": repo.last, "expected": repo.expected(),
            "missing": repo.missing, "absent": repo.absent, "ranges": repo.ranges,
        })
    };
    json!({
        "from": instant(seen.window.from), "to": instant(seen.window.to), "as_of": seen.as_of.map(instant),
        "coverage": coverage_json(seen), "bad_lines": lines.bad_lines, "same_fact": lines.same_fact,
        "period": period.name(), "periods": seen.by(period).iter().map(part).collect::<Vec<_>>(),
        "numbers": numbers.iter().map(repo).collect::<Vec<_>>(),
        "told": told.iter().map(Told::json).collect::<Vec<_>>(),
    })
}
