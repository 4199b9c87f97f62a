//! `hustings stats`: who contributed what.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::text::{count, coverage, coverage_json, instant, table};
use crate::{
    app::App,
    stats::{self, Coverage, Filter, Metric, Page, PersonCount, Reader, Window, parse_instant, window::short},
};

#[derive(clap::Subcommand, Debug)]
pub(super) enum Command {
    /// Ranks people by what they did between two instants.
    #[command(after_help = "Examples:
  hustings stats activity --from 2016-01-01 --to 2017-01-01 --min 50
  hustings stats activity --metric reviews --org kubernetes --from 2025-01-01 --to 2026-01-01 --limit 20
  hustings stats activity --from 2016-01-01T01 --to 2016-01-01T07 --json")]
    Activity(Activity),
}

#[derive(clap::Args, Debug)]
pub(super) struct Activity {
    /// What to count.
    #[arg(long, default_value = "contributions", value_parser = metric_names())]
    metric: String,
    /// First instant that counts: 2016-01-01 or 2016-01-01T01 (UTC)
    #[arg(long, value_parser = parse_instant)]
    from: DateTime<Utc>,
    /// First instant that counts no more.
    #[arg(long, value_parser = parse_instant)]
    to: DateTime<Utc>,
    /// Only people with at least so many.
    #[arg(long, value_name = "N", default_value_t = 1)]
    min: i64,
    /// Only the first so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    limit: Option<i64>,
    /// Only in this organisation; may be given several times.
    #[arg(long = "org", value_name = "NAME")]
    orgs: Vec<String>,
    /// Only in this repository, as owner/name; may be given several times.
    #[arg(long = "repo", value_name = "OWNER/NAME")]
    repos: Vec<String>,
    /// Only in the repositories of this group.
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Only while people worked for this company.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Count bots too.
    #[arg(long)]
    bots: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn metric_names() -> PossibleValuesParser {
    PossibleValuesParser::new(Metric::all().iter().map(|metric| metric.name))
}

pub(super) async fn run(command: Command, app: &App) -> anyhow::Result<ExitCode> {
    let Command::Activity(args) = command;
    let window = match Window::new(args.from, args.to) {
        Ok(window) => window,
        Err(error) => {
            eprintln!("hustings: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let metric = Metric::by_name(&args.metric).unwrap_or_else(Metric::contributions);
    let Activity { orgs, repos, group, company, bots, .. } = args;
    let filter = Filter { window, metric, orgs, repos, group, company, bots, person: None };
    let page = Page { limit: args.limit.unwrap_or(i64::MAX), offset: 0 };
    let mut tx = app.pool.begin().await?;
    let mut db = Reader::alone(&mut tx);
    let people = stats::people(&mut db, &filter, args.min, page).await?;
    let totals = stats::totals(&mut db, &filter).await?;
    let seen = filter.coverage(&mut db, app.clock.now()).await?;
    if args.json {
        println!("{:#}", as_json(&filter, &people, &totals, &seen));
    } else {
        print!("{}", as_text(&filter, &people, &totals, &seen));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_text(filter: &Filter, people: &[PersonCount], totals: &stats::Totals, seen: &Coverage) -> String {
    let row = |person: &PersonCount| {
        let kinds: Vec<_> = person.kinds.iter().map(|(kind, n)| format!("{} {}", count(*n), kind.label())).collect();
        let company = person.company.clone().unwrap_or_default();
        vec![person.rank.to_string(), person.login.clone(), company, count(person.contributions), kinds.join(", ")]
    };
    let rows: Vec<_> = people.iter().map(row).collect();
    let header = ["rank", "login", "company", filter.metric.label, "of which"];
    let bots = if filter.bots { "bots included" } else { "without bots" };
    format!(
        "{}\n{} {} by {} people, {bots}, from {} until {} UTC.\n{}\n{}\n",
        table(&header, &[true, false, false, true, false], &rows),
        count(totals.contributions),
        filter.metric.label,
        count(totals.people),
        short(filter.window.from),
        short(filter.window.to),
        coverage(seen),
        filter.metric.definition,
    )
}

fn as_json(filter: &Filter, people: &[PersonCount], totals: &stats::Totals, seen: &Coverage) -> serde_json::Value {
    let person = |person: &PersonCount| {
        let kinds: serde_json::Map<_, _> =
            person.kinds.iter().map(|(kind, n)| (kind.name().to_owned(), json!(n))).collect();
        json!({
            "rank": person.rank, "github_id": person.person_id, "login": person.login, "bot": person.bot,
            "company": person.company, "count": person.contributions, "kinds": kinds,
        })
    };
    json!({
        "metric": filter.metric.name,
        "definition": filter.metric.definition,
        "from": instant(filter.window.from),
        "to": instant(filter.window.to),
        "bots": filter.bots,
        "as_of": seen.as_of.map(instant),
        "coverage": coverage_json(seen),
        "total": {"count": totals.contributions, "people": totals.people},
        "people": people.iter().map(person).collect::<Vec<_>>(),
    })
}
