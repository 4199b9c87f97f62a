//! The private database for the length of one command.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::child::pid_of;
use super::{Cluster, ClusterError, Settings};

/// Starts the private database, runs a command with `DATABASE_URL` set to it, stops it, and
/// returns the command's exit code (a shell's 128 + signal where it was killed). It is how the
/// tests get their database.
///
/// Ctrl-C goes to the command, which shares our terminal; we wait for its end. SIGTERM and SIGHUP,
/// which usually go to us alone, are passed on, also those that come before there is a command.
pub fn run_with(settings: &Settings, argv: &[OsString]) -> Result<u8, ClusterError> {
    let program = argv.first().cloned().unwrap_or_default();
    let failed = |source: std::io::Error| {
        let program = program.to_string_lossy().into_owned();
        ClusterError::Command { program, source }
    };
    // From here on they wait for us; whom we start gets the defaults back.
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(&failed)?;
    let cluster = Cluster::start(settings)?;
    let child = Command::new(&program).args(argv.iter().skip(1)).env("DATABASE_URL", cluster.url()).spawn();
    let mut child = child.map_err(&failed)?;
    let pid = pid_of(&child);
    thread::spawn(move || pass_on(signals, pid));
    let status = child.wait().map_err(&failed)?;
    cluster.stop()?;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

fn pass_on(mut signals: Signals, pid: Pid) {
    for signal in signals.forever().filter(|signal| *signal != SIGINT) {
        let _ = kill(pid, Signal::try_from(signal).ok());
    }
}
