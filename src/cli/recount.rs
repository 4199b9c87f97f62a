mod limits;
mod ties;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use serde::Serialize;
use tally::{
    BlankRule, Candidate, Election, Method, Rules, SeatOrder, Strength,
    explain::visible,
    formats::{
        File, Format,
        json::{Recount, Tie},
        report,
    },
    limits::{Limited, Limits},
    methods::Refusal,
    sensitivity::Sensitivity,
};

use super::ballots;
use limits::LimitArgs;
use ties::{Declared, TieArgs};

const BLANK_NEEDED: &str = "give --blank last (below everyone ranked) or --blank no-opinion (not compared)";

/// Counts a file of ballots by any method, and says why, and how firmly it stands.
///
/// The file tells its format: our own table, CIVS, Elekto, Debian, BLT, PrefLib, ABIF, the Condorcet
/// Election Format or our JSON. Our table has a header of candidates, then a row of ranks per ballot
/// (1 is best, `-` or empty is blank); a first column `#count` for rows that stand for several.
/// Whoever has withdrawn by a BLT file is not counted and not shown.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  hustings recount ballots.csv --blank no-opinion --seats 3 --explain
  hustings recount ballots.csv --blank last --method all
  hustings recount - --blank last --strength margins --sensitivity --json < ballots.csv
  hustings recount tally.txt --default-option \"Further Discussion\" --eligible 1000 --majority 3")]
pub(super) struct Args {
    /// The file, or - for standard input.
    file: PathBuf,
    /// The format of the file, where it does not tell: csv, civs, elekto, debian, blt, preflib, abif,
    /// cef or json.
    #[arg(long)]
    format: Option<Format>,
    /// How to count: a method such as schulze, ranked-pairs, benham or meek-stv, or `all` for each of them.
    #[arg(long, default_value = "schulze")]
    method: Which,
    /// What makes one victory stronger than another: winning-votes, margins, wl or ratio.
    #[arg(long, default_value = "winning-votes")]
    strength: Strength,
    /// How Schulze's relation becomes an order: tiers, or defeats as Elekto has it.
    #[arg(long, default_value = "tiers")]
    order: SeatOrder,
    /// What a blank means: last (below every ranked candidate) or no-opinion (not compared).
    /// Needed unless the file says it.
    #[arg(long)]
    blank: Option<BlankRule>,
    /// How many are to be elected [default: what the file says, or 1].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    seats: Option<u16>,
    /// Print every duel, path and cycle, and who was passed over.
    #[arg(long)]
    explain: bool,
    /// Count in every other way too, and look for the fewest ballots that would have changed the seats.
    #[arg(long)]
    sensitivity: bool,
    #[command(flatten)]
    ties: TieArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One method or all of them.
#[derive(Clone, Copy, Debug)]
enum Which {
    All,
    One(Method),
}

impl FromStr for Which {
    type Err = tally::UnknownRule;

    fn from_str(text: &str) -> Result<Self, tally::UnknownRule> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

/// What was asked for cannot be done like this.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(String);

/// There is no such candidate.
#[derive(Debug, thiserror::Error)]
#[error("there is no candidate {found:?}; expected one of {expected}")]
pub(super) struct NoCandidate {
    found: String,
    expected: String,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    recount: Recount<'a>,
    /// The declared tie order; with a draw, what anyone needs to repeat it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tie_order: Option<&'a Declared>,
    /// What the cap and the default option did, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limits: &'a Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<BTreeMap<String, ByMethod<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<report::Explanation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensitivity: Option<report::Sensitivity<'a>>,
}

/// What one of all methods found.
#[derive(Serialize)]
#[serde(untagged)]
enum ByMethod<'a> {
    Counted(Box<OneMethod<'a>>),
    Refused { refused: String },
}

/// A count without the fields that are the same for every method, which are as in [`Recount`].
#[derive(Serialize)]
struct OneMethod<'a> {
    ranking: Vec<Vec<&'a str>>,
    winners: Vec<&'a str>,
    tie_at_seat_line: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seated_by_tie_order: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vacant_seats: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ties_broken: Vec<Tie<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ties_left_open: Vec<Tie<'a>>,
}

/// All that was counted.
struct Counts {
    limited: Limited,
    tie_order: Option<Declared>,
    /// By each of all methods, if that was asked.
    methods: Vec<(Method, Result<Limited, Refusal>)>,
    sensitivity: Option<Sensitivity>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let file = open(args)?;
    let counts = count(args, &file)?;
    if args.json {
        println!("{}", json(args, &file.election, &counts)?);
    } else {
        print(args, &file.election, &counts);
    }
    Ok(ExitCode::SUCCESS)
}

fn count(args: &Args, file: &File) -> anyhow::Result<Counts> {
    let Election { candidates, profile } = &file.election;
    let tie_order = args.ties.of(candidates)?;
    let rules = Rules { tie_order: tie_order.as_ref().map(|it| it.tie_order.clone()), ..rules(args, file)? };
    let limits = args.limits.of(candidates)?;
    let limited = limits.count(profile, &rules)?;
    let methods = match args.method {
        Which::All => by_each(&file.election, &rules, &limits),
        Which::One(_) => Vec::new(),
    };
    let sensitivity = args.sensitivity.then(|| Sensitivity::under(profile, &limited));
    Ok(Counts { limited, tie_order, methods, sensitivity })
}

fn by_each(election: &Election, rules: &Rules, limits: &Limits) -> Vec<(Method, Result<Limited, Refusal>)> {
    let count = |method| limits.count(&election.profile, &Rules { method, ..rules.clone() });
    Method::ALL.into_iter().map(|(method, _)| (method, count(method))).collect()
}

fn open(args: &Args) -> anyhow::Result<File> {
    let bytes = match (ballots::bytes(&args.file), args.blank) {
        (Err(error), None) => return Err(Usage(format!("{error:#}; {BLANK_NEEDED}")).into()),
        (bytes, _) => bytes?,
    };
    let file = ballots::parse(&args.file, &bytes, args.format)?;
    agree(&args.file, args.blank, file.blank)?;
    Ok(file)
}

/// Sees that a rule for blanks is not another one than the file declares.
pub(super) fn agree(file: &Path, given: Option<BlankRule>, declared: Option<BlankRule>) -> Result<(), Usage> {
    match (given, declared) {
        (Some(given), Some(declared)) if given != declared => {
            let file = file.display();
            Err(Usage(format!("{file}: expected --blank {declared}, as the file declares, found {given}")))
        }
        _ => Ok(()),
    }
}

/// The rules that the arguments and the file declare.
fn rules(args: &Args, file: &File) -> anyhow::Result<Rules> {
    let missing = || Usage(format!("{} does not say what a blank means; {BLANK_NEEDED}", args.file.display()));
    let method = match args.method {
        Which::All => Method::Schulze,
        Which::One(method) => method,
    };
    if args.order != SeatOrder::Tiers && method != Method::Schulze {
        return Err(Usage(format!("--order {} is for schulze: expected no --order with {method}", args.order)).into());
    }
    Ok(Rules {
        method,
        strength: args.strength,
        order: args.order,
        seats: args.seats.map(usize::from).or(file.seats).unwrap_or(1),
        ..Rules::new(args.blank.or(file.blank).ok_or_else(missing)?)
    })
}

fn candidate(name: &str, names: &[String]) -> Result<Candidate, NoCandidate> {
    let found = names.iter().position(|other| other == name).map(Candidate);
    found.ok_or_else(|| NoCandidate { found: name.to_owned(), expected: listed(names, ", ") })
}

/// Names with something between them, so that none breaks a line.
fn listed(names: &[String], between: &str) -> String {
    names.iter().map(|name| visible(name)).collect::<Vec<_>>().join(between)
}

/// What `--json` prints.
fn json(args: &Args, election: &Election, counts: &Counts) -> serde_json::Result<String> {
    let Counts { limited, tie_order, methods, sensitivity } = counts;
    let left = limited.names(&election.candidates);
    let recount = Recount {
        candidates: &election.candidates,
        matrix: limited.matrix.rows().collect(),
        ..Recount::of(&left, election.profile.ballots(), &limited.outcome)
    };
    // Whom the default option leaves does not depend on the method.
    let each = methods.iter().map(|(method, counted)| (method.to_string(), ByMethod::of(&left, counted)));
    let methods = Some(each.collect()).filter(|methods: &BTreeMap<_, _>| !methods.is_empty());
    let explanation = args.explain.then(|| limited.outcome.explain());
    serde_json::to_string(&Report {
        recount,
        tie_order: tie_order.as_ref(),
        limits: &limited.said(&election.candidates),
        methods,
        explanation: explanation.as_ref().map(|it| report::Explanation::new(&left, it)),
        sensitivity: sensitivity.as_ref().map(|it| report::Sensitivity::new(&election.candidates, it)),
    })
}

impl<'a> ByMethod<'a> {
    fn of(names: &'a [String], counted: &'a Result<Limited, Refusal>) -> Self {
        let limited = match counted {
            Err(refusal) => return Self::Refused { refused: refusal.to_string() },
            Ok(limited) => limited,
        };
        let recount = Recount::of(names, 0, &limited.outcome);
        Self::Counted(Box::new(OneMethod {
            ranking: recount.ranking,
            winners: recount.winners,
            tie_at_seat_line: recount.tie_at_seat_line,
            seated_by_tie_order: recount.seated_by_tie_order,
            vacant_seats: Some(recount.vacant_seats).filter(|vacant| *vacant > 0),
            ties_broken: recount.ties_broken,
            ties_left_open: recount.ties_left_open,
        }))
    }
}

/// The same as text.
fn print(args: &Args, election: &Election, counts: &Counts) {
    let Counts { limited, tie_order, methods, sensitivity } = counts;
    let names = &election.candidates;
    super::tally::print_outcome(&limited.names(names), election.profile.ballots(), &limited.outcome, args.explain);
    section("Limits", &limited.said(names));
    section("Tie order", &tie_order.iter().map(Declared::said).collect::<Vec<_>>());
    section("By each method", &methods.iter().map(|(method, it)| said(*method, it, names)).collect::<Vec<_>>());
    if let Some(sensitivity) = sensitivity {
        print!("\n{}", sensitivity.named(names));
    }
}

/// "schulze: Ada is elected", and the ties that it met before.
fn said(method: Method, counted: &Result<Limited, Refusal>, names: &[String]) -> String {
    match counted {
        Ok(limited) => {
            let (names, outcome) = (&limited.names(names), &limited.outcome);
            let ties = super::tally::ties(outcome, names);
            [&[format!("{method}: {}", outcome.seats.named(names))], &ties[..]].concat().join("; ")
        }
        Err(refusal) => format!("{method}: not counted, {refusal}"),
    }
}

fn section(heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{heading}:\n  {}", lines.join("\n  "));
    }
}
