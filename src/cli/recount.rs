use std::{collections::BTreeMap, fs, io::Read, path::PathBuf, process::ExitCode, str::FromStr};

use anyhow::Context;
use serde::Serialize;
use tally::{
    BlankRule, Candidate, Election, Matrix, Method, Outcome, Rules, SeatOrder, Seats, Strength, TieOrder,
    default_option::{self, Quorum, Threshold},
    formats::{self, File, Format, json::Recount, report},
    methods::Refusal,
    seating::{Body, Cap},
    seed::Draw,
    sensitivity::Sensitivity,
};

const BLANK_NEEDED: &str = "give --blank last (below everyone ranked) or --blank no-opinion (not compared)";

/// Counts a file of ballots by any method, and says why, and how firmly it stands.
///
/// The file tells its format: our own table, CIVS, Elekto, Debian, BLT, PrefLib, ABIF, the Condorcet
/// Election Format or our JSON. Our table has a header of candidates, then a row of ranks per ballot
/// (1 is best, `-` or empty is blank); a first column `#count` for rows that stand for several.
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
    /// The order that breaks ties: all candidates, first wins, with commas between them.
    #[arg(long, value_name = "NAMES", conflicts_with = "tie_seed")]
    tie_order: Option<String>,
    /// The published key that the tie order is drawn from, such as 9.18.26.34.41.45./
    #[arg(long, value_name = "KEY")]
    tie_seed: Option<String>,
    /// How it is drawn: sha256 or rfc3797.
    #[arg(long, default_value = "sha256", requires = "tie_seed")]
    tie_draw: Draw,
    #[command(flatten)]
    limits: Limits,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Who may not be seated, however they rank.
#[derive(clap::Args, Debug)]
struct Limits {
    /// How many of the body may be of one employer: 2, 1/3, or <1/2 for fewer than that.
    #[arg(long, requires = "employer")]
    cap: Option<Cap>,
    /// The employer of a candidate, as NAME=EMPLOYER; once for each.
    #[arg(long, value_name = "NAME=EMPLOYER")]
    employer: Vec<String>,
    /// The employer of a member who stays; once for each, empty for one without.
    #[arg(long, value_name = "EMPLOYER")]
    continuing: Vec<String>,
    /// The option that each other one has to beat to be counted.
    #[arg(long, value_name = "NAME")]
    default_option: Option<String>,
    /// How many ballots have to prefer an option to the default option.
    #[arg(long, value_name = "BALLOTS", requires = "default_option", conflicts_with = "eligible")]
    quorum: Option<u64>,
    /// How many might have voted: the quorum is then 3·√n/2, as in Debian.
    #[arg(long, value_name = "VOTERS", requires = "default_option")]
    eligible: Option<u64>,
    /// The majority that an option needs against the default option: N of N:1, or NAME=N for one.
    #[arg(long, value_name = "[NAME=]N", requires = "default_option")]
    majority: Vec<String>,
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
    Counted { ranking: Vec<Vec<&'a str>>, winners: Vec<&'a str>, tie_at_seat_line: Vec<&'a str> },
    Refused { refused: String },
}

/// A count, with its limits, of those candidates that were not dropped.
struct Counted {
    /// Those left, and their ballots.
    election: Election,
    /// Their places in the file.
    left: Vec<Candidate>,
    outcome: Outcome,
    /// What the limits did, a sentence each.
    limits: Vec<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let file = open(args)?;
    let rules = rules(args, &file)?;
    let limits = args.limits.of(&file.election.candidates)?;
    let counted = limits.count(&file.election, &rules)?;
    let methods = match args.method {
        Which::All => by_each(&file.election, &rules, &limits),
        Which::One(_) => Vec::new(),
    };
    if args.json {
        println!("{}", json(args, &file.election, &counted, &methods)?);
    } else {
        print(args, &counted, &methods);
    }
    Ok(ExitCode::SUCCESS)
}

fn by_each(election: &Election, rules: &Rules, limits: &Limited) -> Vec<(Method, Result<Counted, Refusal>)> {
    let count = |method| limits.count(election, &Rules { method, ..rules.clone() });
    Method::ALL.into_iter().map(|(method, _)| (method, count(method))).collect()
}

fn open(args: &Args) -> anyhow::Result<File> {
    let bytes = match (read(&args.file), args.blank) {
        (Err(error), None) => return Err(Usage(format!("{error:#}; {BLANK_NEEDED}")).into()),
        (bytes, _) => bytes?,
    };
    formats::read(&bytes, args.format).map_err(|e| anyhow::anyhow!("{}: {e}", args.file.display()))
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The rules that the arguments and the file declare.
fn rules(args: &Args, file: &File) -> anyhow::Result<Rules> {
    let names = &file.election.candidates;
    let missing = || Usage(format!("{} does not say what a blank means; {BLANK_NEEDED}", args.file.display()));
    let tie_order = match (&args.tie_order, &args.tie_seed) {
        (Some(order), _) => Some(tie_order(order, names)?),
        (None, Some(key)) => Some(TieOrder::draw(args.tie_draw, key, names)?),
        (None, None) => None,
    };
    Ok(Rules {
        method: match args.method {
            Which::All => Method::Schulze,
            Which::One(method) => method,
        },
        strength: args.strength,
        order: args.order,
        seats: args.seats.map(usize::from).or(file.seats).unwrap_or(1),
        tie_order,
        ..Rules::new(args.blank.or(file.blank).ok_or_else(missing)?)
    })
}

/// Reads all names, first the one that wins a tie.
fn tie_order(order: &str, names: &[String]) -> anyhow::Result<TieOrder> {
    let order = order.split(',').map(|name| candidate(name.trim(), names)).collect::<Result<_, _>>()?;
    let incomplete = || Usage(format!("--tie-order has to name each candidate once: {}", names.join(",")));
    let order = TieOrder::new(order).filter(|order| order.candidates() == names.len());
    order.ok_or_else(|| incomplete().into())
}

fn candidate(name: &str, names: &[String]) -> Result<Candidate, NoCandidate> {
    let found = names.iter().position(|other| other == name).map(Candidate);
    found.ok_or_else(|| NoCandidate { found: name.to_owned(), expected: names.join(", ") })
}

impl Limits {
    /// The limits among these candidates.
    fn of(&self, names: &[String]) -> anyhow::Result<Limited> {
        let default = self.default_option.as_ref().map(|name| candidate(name, names)).transpose()?;
        let mut employers = vec![None; names.len()];
        for employer in &self.employer {
            let (name, employer) = split(employer, "--employer has to be NAME=EMPLOYER")?;
            employers[candidate(name, names)?.0] = Some(employer.to_owned());
        }
        let continuing = self.continuing.iter().map(|it| (!it.is_empty()).then(|| it.clone())).collect();
        Ok(Limited {
            threshold: default.map(|default| self.threshold(default, names)).transpose()?,
            body: self.cap.map(|cap| Body { seats: 0, employers, continuing, cap: Some(cap), unavailable: vec![] }),
        })
    }

    fn threshold(&self, default: Candidate, names: &[String]) -> anyhow::Result<Threshold> {
        let quorum = self.quorum.map(Quorum::Votes).or(self.eligible.map(Quorum::Eligible));
        let mut threshold = Threshold { default, quorum, majority: 1, majorities: vec![] };
        for majority in &self.majority {
            match split(majority, "") {
                Ok((name, number)) => threshold.majorities.push((candidate(name, names)?, ratio(number)?)),
                Err(_) => threshold.majority = ratio(majority)?,
            }
        }
        Ok(threshold)
    }
}

fn split<'a>(text: &'a str, expected: &str) -> Result<(&'a str, &'a str), Usage> {
    text.rsplit_once('=').ok_or_else(|| Usage(format!("{expected}, found {text:?}")))
}

/// The N of `N` or `N:1`.
fn ratio(text: &str) -> Result<u64, Usage> {
    let wrong = || Usage(format!("--majority has to be N or N:1, found {text:?}"));
    text.strip_suffix(":1").unwrap_or(text).parse().map_err(|_| wrong())
}

/// The limits, ready to be applied.
struct Limited {
    threshold: Option<Threshold>,
    /// Its seats are those of the rules.
    body: Option<Body>,
}

impl Limited {
    fn count(&self, election: &Election, rules: &Rules) -> Result<Counted, Refusal> {
        let mut counted = match &self.threshold {
            Some(threshold) => Counted::screened(election, rules, threshold)?,
            None => Counted {
                election: election.clone(),
                outcome: tally::count(&election.profile, rules)?,
                left: (0..election.candidates.len()).map(Candidate).collect(),
                limits: vec![],
            },
        };
        if let Some(body) = &self.body {
            counted.cap(body);
        }
        Ok(counted)
    }
}

impl Counted {
    /// Drops the options that fail against the default option, and counts the others.
    fn screened(election: &Election, rules: &Rules, threshold: &Threshold) -> Result<Self, Refusal> {
        let screened = default_option::count(&election.profile, rules, threshold)?;
        let names = &election.candidates;
        Ok(Self {
            election: Election {
                candidates: screened.left.iter().map(|it| names[it.0].clone()).collect(),
                profile: screened.profile,
            },
            outcome: screened.outcome,
            limits: screened.checks.iter().map(|check| check.named(names).to_string()).collect(),
            left: screened.left,
        })
    }

    /// Seats as the cap lets.
    fn cap(&mut self, body: &Body) {
        let rules = &self.outcome.rules;
        let employers = self.left.iter().map(|it| body.employers[it.0].clone()).collect();
        let body = Body { seats: rules.seats, employers, ..body.clone() };
        let seating = body.seat(&self.outcome.ranking, rules.tie_order.as_ref());
        let over = seating.passed_over.iter().map(|it| it.named(&self.election.candidates).to_string());
        self.limits.extend(over);
        self.outcome.seats = Seats {
            tie: seating.ties.iter().flat_map(|tie| tie.among.clone()).collect(),
            by_tie_order: seating.ties.iter().flat_map(|tie| tie.by_tie_order.clone()).collect(),
            winners: seating.winners,
            open: seating.open,
        };
    }

    fn recount(&self) -> Recount<'_> {
        Recount::new(&self.election, &self.outcome)
    }
}

/// What `--json` prints.
fn json(
    args: &Args,
    election: &Election,
    counted: &Counted,
    methods: &[(Method, Result<Counted, Refusal>)],
) -> serde_json::Result<String> {
    let names = &counted.election.candidates;
    let whole = Matrix::count(&election.profile, counted.outcome.rules.blank);
    let recount = Recount { candidates: &election.candidates, matrix: whole.rows().collect(), ..counted.recount() };
    let methods = methods.iter().map(|(method, counted)| (method.to_string(), ByMethod::of(counted))).collect();
    let explanation = args.explain.then(|| counted.outcome.explain());
    let sensitivity = args.sensitivity.then(|| Sensitivity::of(&counted.election.profile, &counted.outcome));
    serde_json::to_string(&Report {
        recount,
        limits: &counted.limits,
        methods: Some(methods).filter(|methods: &BTreeMap<_, _>| !methods.is_empty()),
        explanation: explanation.as_ref().map(|it| report::Explanation::new(names, it)),
        sensitivity: sensitivity.as_ref().map(|it| report::Sensitivity::new(names, it)),
    })
}

impl<'a> ByMethod<'a> {
    fn of(counted: &'a Result<Counted, Refusal>) -> Self {
        match counted {
            Ok(counted) => {
                let Recount { ranking, winners, tie_at_seat_line, .. } = counted.recount();
                Self::Counted { ranking, winners, tie_at_seat_line }
            }
            Err(refusal) => Self::Refused { refused: refusal.to_string() },
        }
    }
}

/// The same as text.
fn print(args: &Args, counted: &Counted, methods: &[(Method, Result<Counted, Refusal>)]) {
    let Counted { election, outcome, limits, .. } = counted;
    super::tally::print_outcome(election, outcome, args.explain);
    section("Limits", limits);
    let said = |method: &Method, counted: &Result<Counted, Refusal>| match counted {
        Ok(counted) => format!("{method}: {}", counted.outcome.seats.named(&counted.election.candidates)),
        Err(refusal) => format!("{method}: not counted, {refusal}"),
    };
    section("By each method", &methods.iter().map(|(method, it)| said(method, it)).collect::<Vec<_>>());
    if args.sensitivity {
        print!("\n{}", Sensitivity::of(&election.profile, outcome).named(&election.candidates));
    }
}

fn section(heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{heading}:\n  {}", lines.join("\n  "));
    }
}
