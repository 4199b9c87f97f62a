//! `postgres` as our child: how it is started, tied to our life, watched and ended.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, geteuid, getppid, setgid, setuid};
use tokio::sync::watch;

use super::account::Account;
use super::error::{ClusterError, io};
use super::poll;
use super::prepare::Layout;

/// How soon an unasked end of `postgres` is noticed.
const TICK: Duration = Duration::from_millis(100);
/// Fast shutdown; then immediate shutdown, at most 5 s by PostgreSQL's own bound; then the end.
pub const STOP_LADDER: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];
/// The hidden subcommand of [`launch_if_asked`].
const LAUNCHER: &str = "__postgres";

/// `postgres` and `initdb` are run alike: as the account, tied to our life, with their words in
/// the log and the server's lock in hand.
pub struct Program<'a> {
    pub bin: &'a Path,
    pub account: &'a Account,
    pub layout: &'a Layout,
    pub log: File,
    pub lock: &'a File,
}

impl Program<'_> {
    pub fn command(&self, name: &str, arguments: &[OsString]) -> Result<Command, ClusterError> {
        let share = |file: &File| file.try_clone().map_err(io("share", &self.layout.log));
        let mut command = Command::new(own_executable()?);
        command
            .args([LAUNCHER, &std::process::id().to_string()])
            .args([self.account.uid.to_string(), self.account.gid.to_string()])
            .arg(self.bin.join(name))
            .args(arguments)
            .current_dir(&self.layout.folder)
            .stdin(share(self.lock)?)
            .stdout(share(&self.log)?)
            .stderr(share(&self.log)?)
            .process_group(0);
        // Our environment holds secrets, which others with the account (nobody!) could read in
        // /proc; and PG* and LC_* in it, which would change what the programs do.
        command.env_clear().env("LC_ALL", "C");
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        Ok(command)
    }
}

/// Ourselves, for [`launch_if_asked`]. On Linux through a link that is right even when a newer
/// hustings has been installed over this one.
fn own_executable() -> Result<PathBuf, ClusterError> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe().map_err(io("find", Path::new("our own executable")))
}

/// Becomes `postgres`, when started by [`Cluster::start`](super::Cluster::start) to do so. **The
/// first thing in `main`**, before arguments are parsed and threads exist; in every other case it
/// does nothing.
///
/// Between fork and exec only unsafe code (`pre_exec`) could run, so we run ourselves anew and do
/// safely, as a whole process, what must be done there: drop root with all its groups, and only
/// then, since a change of user clears it, ask the kernel for the signal on our parent's death. It
/// must be us and not `setpriv`: not every system has that, and as `nobody` one might not be
/// allowed to run our executable, while root always is.
pub fn launch_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != LAUNCHER) {
        return;
    }
    let error = launch(arguments);
    eprintln!("hustings could not become postgres: {error}");
    std::process::exit(127);
}

/// Returns only with an error. The arguments are parent, uid, gid, program and its arguments.
fn launch(mut arguments: impl Iterator<Item = OsString>) -> std::io::Error {
    let mut number = || arguments.next()?.to_str()?.parse::<u32>().ok();
    let (Some(parent), Some(uid), Some(gid)) = (number(), number(), number()) else {
        return std::io::Error::other("this subcommand is for hustings itself only");
    };
    if let Err(error) = drop_root(uid, gid).and_then(|()| tie_to(parent)) {
        return error;
    }
    match arguments.next() {
        Some(program) => Command::new(program).args(arguments).exec(),
        None => std::io::Error::other("no program was named"),
    }
}

fn drop_root(uid: u32, gid: u32) -> std::io::Result<()> {
    // Threads of ours may have had signals blocked, and that is inherited.
    SigSet::empty().thread_set_mask()?;
    if geteuid().is_root() {
        #[cfg(not(target_os = "macos"))]
        nix::unistd::setgroups(&[gid.into()])?;
        setgid(gid.into())?;
        setuid(uid.into())?;
    }
    Ok(())
}

/// The "parent" of `PR_SET_PDEATHSIG` is the thread that spawned us: [`supervise`]'s.
fn tie_to(parent: u32) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
    // It may have died before we asked.
    if u32::try_from(getppid().as_raw()) == Ok(parent) {
        return Ok(());
    }
    Err(std::io::Error::other("the application has ended already"))
}

pub type Supervised = (mpsc::Sender<()>, watch::Receiver<Option<ExitStatus>>, JoinHandle<ExitStatus>);

/// Starts `postgres` from a thread of its own, which stays with it to its end. That thread is the
/// "parent" for the kernel, so nobody else's coming and going (a runtime's workers') can end it;
/// and being the only one who reaps it, it never signals a process id that is somebody else's.
pub fn supervise(mut server: Command) -> Result<Supervised, ClusterError> {
    let (orders, inbox) = mpsc::channel();
    let (tell, exit) = watch::channel(None);
    let (born, birth) = mpsc::channel();
    let life = move || {
        let child = match server.spawn() {
            Ok(child) => child,
            Err(error) => {
                let _ = born.send(Err(error));
                return ExitStatus::default();
            }
        };
        let _ = born.send(Ok(()));
        let status = attend(child, &inbox);
        tell.send_replace(Some(status));
        status
    };
    let failed = || io("start", Path::new("postgres"));
    let thread = thread::Builder::new().name("postgres".to_owned()).spawn(life).map_err(failed())?;
    let birth = birth.recv().unwrap_or_else(|_| Err(std::io::Error::other("its thread ended")));
    birth.map_err(failed())?;
    Ok((orders, exit, thread))
}

/// Stays with `postgres` until it ends, or is told to end it.
fn attend(mut server: Child, inbox: &mpsc::Receiver<()>) -> ExitStatus {
    loop {
        if let Ok(Some(status)) = server.try_wait() {
            return status;
        }
        match inbox.recv_timeout(TICK) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let pid = pid_of(&server);
    let ended = STOP_LADDER.into_iter().find_map(|(signal, patience)| {
        let _ = kill(pid, signal);
        poll(patience, || server.try_wait().ok().flatten())
    });
    ended.unwrap_or_else(|| {
        tracing::error!(process.pid = pid.as_raw(), "postgres survived SIGKILL");
        ExitStatus::from_raw(Signal::SIGKILL as i32)
    })
}

pub fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}
