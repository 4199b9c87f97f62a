//! `hustings demo`: a generated community on a private database, web site and
//! worker running, with no configuration.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context;
use chrono::{DurationRound, TimeDelta};

use super::{
    database::{self, Database},
    serve::{self, Roles},
};
use crate::{
    app::App,
    config::Config,
    db::cluster::{Cluster, Settings},
    demo::{self, Community, Scale},
    mail::Mailer,
};

/// Says that a directory is ours to empty.
const MARK: &str = "made-by-hustings-demo";
/// The community that everyone sees: change it and the screenshots change.
const SEED: u64 = 7;

/// Runs a generated community with an election in each phase. Everything is made
/// anew at each start; its mails are readable at /demo/mails and sent nowhere.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// End when everything is populated; for tests.
    #[arg(long, hide = true)]
    only_populate: bool,
}

pub(super) fn run(args: &Args, mut config: Config) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let dir = directory(&config)?;
    config.data_dir = Some(dir.clone());
    config.key_dir = Some(dir.join("keys"));
    // Made anew at each start: nothing in it is worth an fsync.
    let database = Database::private(&Settings { durable: false, ..database::settings(&config)? })?;
    let options = database.options.clone();
    let died = database.cluster.as_ref().map(Cluster::died);
    let served = database::runtime()?.block_on(async {
        let app = App {
            mailer: Mailer::captured(),
            notice: Some(Community::NOTICE.to_owned()),
            community: "Lantern".into(),
            ..database::app(&config, options).await?
        };
        let until = app.clock.now().duration_trunc(TimeDelta::hours(1))?;
        eprintln!("Generating two years of activity …");
        let community = Community::generate(SEED, until, Scale::DEMO);
        let progress = super::ingest::progress(false);
        let made = demo::populate(&app, &community, &dir, &*progress).await?;
        welcome(&app, &made, began);
        if args.only_populate {
            app.pool.close().await;
            return Ok(());
        }
        serve::until_told(&config, &app, Roles { web: true, worker: true }, died).await
    });
    served.and_then(|()| database.stop())?;
    Ok(ExitCode::SUCCESS)
}

fn welcome(app: &App, made: &demo::Populated, began: Instant) {
    let seconds = began.elapsed().as_secs();
    eprintln!("{} events read and three elections held in {seconds} s.\n", made.events);
    eprintln!("  {}              the community", app.public_url);
    eprintln!("  {}/elections    an election in each phase", app.public_url);
    eprintln!("  {}/demo/mails   the mails it sent: open one and vote", app.public_url);
    eprintln!("  {}/sign-in      as officer {} with {}\n", app.public_url, made.officer, demo::PASSWORD);
    eprintln!("Ctrl-C ends it. {}", Community::NOTICE);
}

/// An empty directory: the one given, or a place for temporary files. One that
/// holds anything but an earlier demonstration is left alone.
fn directory(config: &Config) -> anyhow::Result<PathBuf> {
    let user = nix::unistd::geteuid();
    let default = || std::env::temp_dir().join(format!("hustings-demo-{user}"));
    let dir = config.data_dir.clone().unwrap_or_else(default);
    if is_in_use(&dir)? {
        anyhow::ensure!(
            dir.join(MARK).exists(),
            "{} is not empty and was not made by a demonstration; name another directory with --data-dir",
            dir.display()
        );
        empty(&dir)?;
    }
    fs::create_dir_all(&dir).and_then(|()| fs::write(dir.join(MARK), "")).with_context(|| dir.display().to_string())?;
    Ok(dir)
}

fn is_in_use(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        entries => Ok(entries?.next().is_some()),
    }
}

/// Removes an earlier demonstration, unless it is still running.
fn empty(dir: &Path) -> anyhow::Result<()> {
    let lock = fs::OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("hustings.lock"))?;
    anyhow::ensure!(lock.try_lock().is_ok(), "a demonstration is running in {} already; end it first", dir.display());
    fs::remove_dir_all(dir).with_context(|| format!("{} cannot be emptied", dir.display()))
}
