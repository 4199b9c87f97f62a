//! The private database for the length of one command.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::unistd::Pid;

use super::child::pid_of;
use super::{Cluster, ClusterError, Settings};

/// Starts the private database, runs a command with `DATABASE_URL` set to it, stops it, and
/// returns the command's exit code (a shell's 128 + signal where it was killed). It is how the
/// tests get their database.
///
/// Ctrl-C goes to the command, which shares our terminal; we wait for its end. SIGTERM and SIGHUP,
/// which usually go to us alone, are passed on. Call it from the main thread, while it is the
/// only one: a thread that has these signals unblocked would take them.
pub fn run_with(settings: &Settings, argv: &[OsString]) -> Result<u8, ClusterError> {
    let program = argv.first().cloned().unwrap_or_default();
    let failed = |source: std::io::Error| {
        let program = program.to_string_lossy().into_owned();
        ClusterError::Command { program, source }
    };
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK).map_err(|e| failed(e.into()))?;
    let cluster = Cluster::start(settings)?;
    let mut command = Command::new(&program);
    command.args(argv.iter().skip(1)).env("DATABASE_URL", cluster.url());
    // The command must not inherit our deafness.
    before.thread_set_mask().map_err(|error| failed(error.into()))?;
    let child = command.spawn();
    signals.thread_block().map_err(|error| failed(error.into()))?;
    let mut child = child.map_err(&failed)?;
    let pid = pid_of(&child);
    thread::spawn(move || pass_on(signals, pid));
    let status = child.wait().map_err(&failed)?;
    cluster.stop()?;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

fn pass_on(signals: SigSet, pid: Pid) {
    while let Ok(signal) = signals.wait() {
        if signal != Signal::SIGINT {
            let _ = kill(pid, signal);
        }
    }
}
