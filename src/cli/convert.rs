use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use anyhow::{Context, ensure};
use tally::BlankRule;
use tally::formats::{self, File, Format};

use super::ballots::{self, extension, is_standard};
use super::recount::agree;

/// Writes a file of ballots in another format: csv, civs, elekto, debian, blt,
/// preflib, abif, cef or json. The format of IN is found by what it says, that of
/// OUT by its extension.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  hustings convert ballots.csv ballots.blt --blank last --seats 3\n  hustings convert vote_002_tally.txt - --to csv > ballots.csv"
)]
pub(super) struct Args {
    /// The file to read, or - for standard input.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, or - for standard output.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The format of IN, where the file does not show it.
    #[arg(long, visible_alias = "format")]
    from: Option<Format>,
    /// The format of OUT, where the extension does not say it.
    #[arg(long)]
    to: Option<Format>,
    /// What a blank means, where IN does not say it: last or no-opinion.
    #[arg(long)]
    blank: Option<BlankRule>,
    /// How many are to be elected, instead of what IN says.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    seats: Option<u16>,
    /// Replace OUT if it is there.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(to) = args.to.or_else(|| extension(&args.output).and_then(Format::by_extension)) else {
        eprintln!("hustings: {} does not say which format it is to be in: say so with --to", args.output.display());
        return Ok(ExitCode::from(super::exit::USAGE));
    };
    let there = !is_standard(&args.output) && args.output.try_exists()?;
    ensure!(args.force || !there, "{} is there already: --force replaces it", args.output.display());
    let file = declared(ballots::parse(&args.input, &ballots::bytes(&args.input)?, args.from)?, args)?;
    let unwritable = || format!("{} cannot be written", args.output.display());
    let text = formats::write(&file, to).with_context(unwritable)?;
    let again = formats::read_named(text.as_bytes(), Some(to), extension(&args.output)).with_context(unwritable)?;
    for lost in lost(&file, &again) {
        eprintln!("{to} has no place for {lost}");
    }
    write(&args.output, &text).with_context(|| format!("{} cannot be written", args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Adds what the command line declares to what the file does.
fn declared(file: File, args: &Args) -> anyhow::Result<File> {
    agree(&args.input, args.blank, file.blank)?;
    Ok(File { blank: args.blank.or(file.blank), seats: args.seats.map(usize::from).or(file.seats), ..file })
}

/// What was declared and is not in the file as it is written.
fn lost(file: &File, written: &File) -> Vec<&'static str> {
    let all = [
        (file.title != written.title, "the title"),
        (file.seats != written.seats, "the number of seats"),
        (file.blank != written.blank, "what a blank means"),
    ];
    all.into_iter().filter(|(lost, _)| *lost).map(|(_, what)| what).collect()
}

/// Writes a file in one step, so that nobody finds half of it.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if is_standard(path) {
        return Ok(io::stdout().lock().write_all(text.as_bytes())?);
    }
    let mut name = path.file_name().context("it is no name of a file")?.to_owned();
    name.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(name);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The error to tell is the first one.
        let _ = fs::remove_file(&beside);
    }
    Ok(written?)
}
