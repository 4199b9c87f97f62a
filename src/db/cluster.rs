//! The embedded default database: a private PostgreSQL in the data directory.
//!
//! Without a `DATABASE_URL`, hustings makes a cluster of its own with `initdb`, runs `postgres` as
//! its child, and stops it when it stops. The server listens on a Unix socket in a folder that
//! only its account (and root) may enter; there is no TCP and therefore no password. fsync, full
//! page writes and checksums are on: these are real elections.
//!
//! What belongs here: from a directory to a database one can connect to, and back. What does not:
//! pools, migrations, queries. Nothing of ours is imported, and no unsafe code is needed: see
//! [`launch_if_asked`] for how the child is tied to our life without any.
//!
//! ```text
//! DATA_DIR/hustings.lock    held by the application: one per directory
//! DATA_DIR/postgres.lock    held by postgres and each of its processes
//! DATA_DIR/postgres/        0700, belongs to the user postgres runs as
//!     data/  data.new/      the cluster; the one that initdb has not finished
//!     log                   PostgreSQL's, begun anew when longer than 10 MB
//!     .s.PGSQL.5432         the socket (in the temporary folder where this path is too long)
//! ```
//!
//! How ends are met:
//!
//! - **We stop**: [`Cluster::stop`], or dropping it, is a fast shutdown (SIGINT).
//! - **We are killed**: the kernel sends the same SIGINT (`PR_SET_PDEATHSIG`). Not SIGQUIT: a fast
//!   shutdown ends running statements as promptly, and leaves nothing to recover. Not SIGTERM:
//!   that waits until every client has left. The next start waits for it, within bounds.
//! - **PostgreSQL is killed**: [`Cluster::died`] says so; the application should exit with that
//!   error and let its supervisor start both anew. Restarting beneath a running application would
//!   hide what an operator has to know.
//! - **Everything is killed**: the next start makes sure that nothing lives, removes what is
//!   stale, and PostgreSQL recovers from its log.
//!
//! Ctrl-C reaches the application alone, which can drain first, because `postgres` has a process
//! group of its own. A service manager must do likewise: with systemd `KillMode=mixed`, or
//! `postgres` gets a SIGTERM of its own and turns new connections away at once.

mod account;
mod child;
mod error;
mod prepare;
mod run;
mod wire;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::sync::watch;

use account::Account;
use child::{Program, STOP_LADDER, supervise};
use error::io;
use prepare::Layout;
use wire::{Refusal, ask};

pub use child::launch_if_asked;
pub use error::ClusterError;
pub use run::run_with;

/// The database and the role, which owns everything: the account's name differs between systems.
const NAME: &str = "hustings";
/// Only a part of the socket's name here. It is always given, so that no PGPORT changes it.
const PORT: u16 = 5432;
/// Recovery after a crash replays up to `max_wal_size` (1 GB) and more.
const READY_WITHIN: Duration = Duration::from_mins(5);
/// A start without recovery takes less.
const SLOW: Duration = Duration::from_secs(5);

/// What the private database needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The application's directory (`HUSTINGS_DATA_DIR`), made where it is missing.
    pub data_dir: PathBuf,
    /// Server binaries to prefer to those found (`HUSTINGS_POSTGRES_BIN`).
    pub bin_dir: Option<PathBuf>,
    /// False only for clusters that are thrown away, as in tests: no fsync.
    pub durable: bool,
    /// Connections that the server accepts: the pool's, and a few for psql and backups.
    pub max_connections: u16,
}

/// A running private PostgreSQL. Dropping it stops it.
#[derive(Debug)]
pub struct Cluster {
    socket_dir: PathBuf,
    log: PathBuf,
    /// Where in the log this run begins.
    log_start: u64,
    orders: mpsc::Sender<()>,
    exit: watch::Receiver<Option<ExitStatus>>,
    supervisor: Option<JoinHandle<ExitStatus>>,
    _application_lock: File,
    _server_lock: File,
}

impl Cluster {
    /// Makes the cluster where there is none, starts it and waits until one can connect. It
    /// blocks, for up to a few seconds (longer while recovering): call it before there is a
    /// runtime. Any thread may call it.
    pub fn start(settings: &Settings) -> Result<Self, ClusterError> {
        let started = Instant::now();
        let layout = Layout::in_directory(&settings.data_dir)?;
        let account = Account::choose(&layout.data)?;
        prepare::check_owner(&layout, &account)?;
        let application_lock = prepare::lock_application(&layout)?;
        prepare::private_folder(&layout.folder, &account)?;
        let bin = account::binaries(settings.bin_dir.as_deref(), &layout, &account)?;
        let socket_dir = layout.socket_dir(&account)?;
        for dir in [&layout.folder, &socket_dir] {
            account::enterable(dir, &bin, &account)?;
        }
        let server_lock = prepare::lock_server(&layout)?;
        let (log, log_start) = prepare::open_log(&layout.log)?;
        let program = Program { bin: &bin, account: &account, layout: &layout, log, lock: &server_lock };
        if layout.version().is_none() {
            init(&program, settings.durable, log_start)?;
        }
        prepare::sweep_stale(&layout, &socket_dir)?;
        let server = program.command("postgres", &server_arguments(settings, &layout, &socket_dir))?;
        let (orders, exit, supervisor) = supervise(server)?;
        let cluster = Self {
            socket_dir,
            log: layout.log,
            log_start,
            orders,
            exit,
            supervisor: Some(supervisor),
            _application_lock: application_lock,
            _server_lock: server_lock,
        };
        cluster.wait_until_ready()?;
        tracing::info!(
            db.bin = %bin.display(),
            db.socket = %cluster.socket_dir.display(),
            db.account = account.name,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "the private PostgreSQL is ready"
        );
        Ok(cluster)
    }

    /// How to connect to the database that another hustings runs in this directory: for a command
    /// that finds it [`ClusterError::InUse`].
    pub fn of_another(settings: &Settings) -> Result<PgConnectOptions, ClusterError> {
        let layout = Layout::in_directory(&settings.data_dir)?;
        let account = Account::choose(&layout.data)?;
        Ok(options(&layout.socket_dir(&account)?))
    }

    /// How to connect, whatever PGHOST, PGPORT, PGUSER and PGDATABASE say.
    pub fn options(&self) -> PgConnectOptions {
        options(&self.socket_dir)
    }

    /// The same as a URL, for child programs: psql, `pg_dump` and sqlx-cli understand it alike.
    pub fn url(&self) -> String {
        let host = percent_encoded(self.socket_dir.as_os_str());
        format!("postgres:///{NAME}?host={host}&port={PORT}&user={NAME}&sslmode=disable")
    }

    /// The folder of the socket.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Why it runs no longer, where it does not.
    pub fn exited(&self) -> Option<ClusterError> {
        let status = *self.exit.borrow();
        status.map(|status| died(status, &self.log, self.log_start))
    }

    /// Resolves when `postgres` has ended, with why: for a `select!` beside the server's loop,
    /// after which the application should exit. (It resolves after a regular stop, too.)
    pub fn died(&self) -> impl Future<Output = ClusterError> + Send + use<> {
        let (mut exit, log, log_start) = (self.exit.clone(), self.log.clone(), self.log_start);
        async move {
            let status = exit.wait_for(Option::is_some).await.ok().and_then(|status| *status);
            died(status.unwrap_or_default(), &log, log_start)
        }
    }

    /// Shuts down and waits for the end: running statements are cancelled, committed work is on
    /// disk. Close the pool before, where what it does matters.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        if let Some(died) = self.exited() {
            return Err(died);
        }
        match self.shut_down() {
            Some(status) if status.success() => Ok(()),
            status => {
                let waited = STOP_LADDER[0].1;
                Err(ClusterError::Forced { waited, status: status.unwrap_or_default() })
            }
        }
    }

    fn shut_down(&mut self) -> Option<ExitStatus> {
        let supervisor = self.supervisor.take()?;
        // Fails where postgres, and so its supervisor, has ended already.
        let _ = self.orders.send(());
        let status = supervisor.join().ok();
        // The one among the temporary files; ours in the directory is never empty, and stays.
        let _ = fs::remove_dir(&self.socket_dir);
        status
    }

    /// Asks until the answer is yes, creating our database on the way where it is absent.
    fn wait_until_ready(&self) -> Result<(), ClusterError> {
        let socket = prepare::socket_in(&self.socket_dir);
        let (mut last, mut told, started) = (None, false, Instant::now());
        let ready = poll(READY_WITHIN, || {
            if !told && started.elapsed() > SLOW {
                told = true;
                tracing::info!(db.log = %self.log.display(), "PostgreSQL is recovering, please wait");
            }
            if let Some(died) = self.exited() {
                return Some(Err(died));
            }
            match connect(&socket) {
                Ok(()) => Some(Ok(())),
                Err(refusal) if refusal.passes() => {
                    last = Some(refusal);
                    None
                }
                Err(refusal) => Some(Err(self.not_ready(Duration::ZERO, refusal))),
            }
        });
        let silence = || Refusal::Silent(std::io::ErrorKind::TimedOut.into());
        ready.unwrap_or_else(|| Err(self.not_ready(READY_WITHIN, last.unwrap_or_else(silence))))
    }

    fn not_ready(&self, waited: Duration, refusal: Refusal) -> ClusterError {
        ClusterError::NotReady { waited, refusal, log: self.log.clone() }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn connect(socket: &Path) -> Result<(), Refusal> {
    match ask(socket, NAME, NAME, None) {
        Err(refusal) if refusal.is_missing_database() => {
            ask(socket, NAME, "postgres", Some(&format!("create database {NAME}")))
        }
        other => other,
    }
}

/// Makes the cluster under another name and renames it: it is there wholly, or not at all.
fn init(program: &Program, durable: bool, log_start: u64) -> Result<(), ClusterError> {
    let Layout { folder, data, unfinished, log, .. } = program.layout;
    prepare::sweep_unfinished(program.layout)?;
    // Bytes decide the order, so that no new glibc spoils an index; letters are Unicode's.
    let ctype = if cfg!(target_os = "macos") { "UTF-8" } else { "C.UTF-8" };
    let mut arguments: Vec<OsString> = vec!["--pgdata".into(), unfinished.into()];
    arguments.extend(["--data-checksums", "--auth=trust", "--encoding=UTF8"].map(Into::into));
    arguments.extend([format!("--username={NAME}").into(), "--locale=C".into()]);
    arguments.push(format!("--lc-ctype={ctype}").into());
    arguments.extend((!durable).then(|| "--no-sync".into()));
    tracing::info!(db.data = %data.display(), "creating the private PostgreSQL");
    let initdb = program.bin.join("initdb");
    let status = program.command("initdb", &arguments)?.status().map_err(io("run", &initdb))?;
    if !status.success() {
        return Err(ClusterError::Init { status, log: log.clone(), tail: tail(log, log_start) });
    }
    fs::rename(unfinished, data).map_err(io("create", data))?;
    File::open(folder).and_then(|dir| dir.sync_all()).map_err(io("write", folder))
}

fn server_arguments(settings: &Settings, layout: &Layout, socket_dir: &Path) -> Vec<OsString> {
    let on = if settings.durable { "on" } else { "off" };
    let mut arguments: Vec<OsString> = vec!["-D".into(), layout.data.clone().into()];
    arguments.extend(["-k".into(), socket_dir.into(), "-p".into(), PORT.to_string().into()]);
    let options = [
        "listen_addresses=".to_owned(),
        "unix_socket_permissions=0700".to_owned(),
        format!("max_connections={}", settings.max_connections),
        "shared_buffers=256MB".to_owned(),
        // A disk without arms, and queries too short to be compiled first.
        "random_page_cost=1.1".to_owned(),
        "jit=off".to_owned(),
        format!("fsync={on}"),
        format!("full_page_writes={on}"),
        format!("synchronous_commit={on}"),
        // To standard error, which is the log file.
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
        // No key values (e-mail addresses, logins) and no statements: the application reports its
        // errors itself, and knows what may be said.
        "log_error_verbosity=terse".to_owned(),
        "log_min_error_statement=panic".to_owned(),
        "log_line_prefix=%m [%p] ".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        format!("cluster_name={NAME}"),
    ];
    arguments.extend(options.into_iter().flat_map(|option| ["-c".into(), option.into()]));
    arguments
}

/// Asks until there is an answer, or patience ends.
fn poll<T>(patience: Duration, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return Some(answer);
        }
        if started.elapsed() >= patience {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn died(status: ExitStatus, log: &Path, log_start: u64) -> ClusterError {
    ClusterError::Died { status, log: log.to_owned(), tail: tail(log, log_start) }
}

/// The last lines of this run's part of the log.
fn tail(log: &Path, start: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(4096).max(start);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_else(|error| format!("(it cannot be read: {error})"));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

fn options(socket_dir: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(PORT)
        .username(NAME)
        .database(NAME)
        .ssl_mode(PgSslMode::Disable)
}

fn percent_encoded(text: &OsStr) -> String {
    let mut encoded = String::new();
    for byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(*byte));
            }
            _ => encoded.extend(format!("%{byte:02X}").chars()),
        }
    }
    encoded
}
