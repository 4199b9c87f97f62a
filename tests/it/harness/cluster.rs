//! The real `hustings` on a private cluster in a data directory of a test's own.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);
/// Says where the database is, and holds it until our end of its input closes.
const HOLD: [&str; 3] = ["sh", "-c", "echo \"$DATABASE_URL\"; exec cat"];

/// Who runs the application: None is ourselves.
pub type As = Option<(u32, u32)>;

/// Ourselves, and nobody where we may become that.
pub fn everyone() -> Vec<As> {
    if !geteuid().is_root() {
        println!("not root: running as this user only");
        return vec![None];
    }
    let nobody = User::from_name("nobody").unwrap().expect("a user nobody");
    vec![None, Some((nobody.uid.as_raw(), nobody.gid.as_raw()))]
}

/// What the tests share: our program where nobody may run it, and a cluster of each user's to
/// copy, because `initdb` takes longer than most claims. Made anew with each build.
fn shared(who: As) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_hustings"));
    let dir = std::env::temp_dir().join(format!("hustings-test-cluster-{}", geteuid()));
    fs::create_dir_all(&dir).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o711)).unwrap();
    let lock = File::create(dir.join("lock")).unwrap();
    lock.lock().unwrap();
    let program = dir.join("hustings");
    if !is_newer(&program, built) {
        fs::copy(built, program.with_extension("new")).unwrap();
        fs::rename(program.with_extension("new"), &program).unwrap();
    }
    let home = dir.join(if who.is_some() { "of-nobody" } else { "of-us" });
    if !is_newer(&home.join("postgres/data/PG_VERSION"), built) {
        let _ = fs::remove_dir_all(&home);
        own(&home, who);
        let made = command(&dir, &home, who, &["dev-postgres", "--", "true"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    home
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    modified(path).is_ok_and(|time| time > modified(than).unwrap())
}

fn own(dir: &Path, who: As) {
    fs::create_dir(dir).unwrap();
    fs::set_permissions(dir, Permissions::from_mode(0o711)).unwrap();
    chown(dir, who.map(|id| id.0), who.map(|id| id.1)).unwrap();
}

fn command(shared: &Path, data_dir: &Path, who: As, arguments: &[&str]) -> Command {
    let mut command = Command::new(shared.join("hustings"));
    command.args(arguments).env("HUSTINGS_DATA_DIR", data_dir).env_remove("DATABASE_URL").current_dir("/");
    command.env("HUSTINGS_KEY_DIR", data_dir.join("keys")).env("HUSTINGS_LOG", "info");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some((uid, gid)) = who {
        command.uid(uid).gid(gid);
    }
    command
}

/// A data directory that `who` may use.
pub struct Home {
    pub temporary: TempDir,
    pub dir: PathBuf,
    pub who: As,
}

impl Home {
    /// Without a cluster.
    pub fn empty(who: As, name: &str) -> Self {
        let temporary = TempDir::new().unwrap();
        fs::set_permissions(temporary.path(), Permissions::from_mode(0o711)).unwrap();
        let dir = temporary.path().join(name);
        own(&dir, who);
        Self { temporary, dir, who }
    }

    pub fn named(who: As, name: &str) -> Self {
        let home = Self::empty(who, name);
        let copied = Command::new("cp").arg("-a").arg(shared(who).join("postgres")).arg(&home.dir).status();
        assert!(copied.unwrap().success());
        home
    }

    pub fn new(who: As) -> Self {
        Self::named(who, "data dir")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("postgres/data")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        command(shared(self.who).parent().unwrap(), &self.dir, self.who, arguments)
    }

    pub fn hold(&self) -> Command {
        self.command(&[&["dev-postgres", "--durable", "--"], &HOLD[..]].concat())
    }

    pub fn start(&self) -> App {
        App::from(self.hold().spawn().unwrap()).unwrap_or_else(|said| panic!("it did not start: {said}"))
    }

    /// What it says when it does not start.
    pub fn refusal(&self) -> String {
        App::from(self.hold().spawn().unwrap()).err().expect("a refusal")
    }

    /// Live processes whose working directory is the cluster's.
    pub fn processes(&self) -> Vec<i32> {
        let Ok(dir) = self.data().canonicalize() else { return Vec::new() };
        let pids =
            fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == dir)).collect()
    }

    pub fn postmaster(&self) -> i32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }
}

pub struct App {
    pub child: Child,
    pub url: String,
}

impl App {
    pub fn from(mut child: Child) -> Result<Self, String> {
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        if url.is_empty() {
            let (code, said) = end_of(child);
            assert_eq!(code, Some(1), "{said}");
            return Err(said);
        }
        Ok(Self { child, url: url.trim_end().to_owned() })
    }

    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub fn kill(mut self) {
        signal(self.pid(), Signal::SIGKILL);
        assert_eq!(self.child.wait().unwrap().signal(), Some(9));
    }

    /// Ends it in the ordinary way.
    pub fn stop(self) {
        let (code, said) = end_of(self.child);
        assert_eq!(code, Some(0), "{said}");
    }

    pub fn socket_dir(&self) -> PathBuf {
        self.url.parse::<PgConnectOptions>().unwrap().get_socket().unwrap().clone()
    }

    /// Runs something on a connection of its own, which it leaves open until it returns.
    pub fn connect<T>(&self, then: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut db = self.url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
            then(&mut db).await
        })
    }

    /// The first column of the first row, if there is one.
    pub fn ask(&self, question: &'static str) -> String {
        self.connect(async |db| sqlx::query_scalar(question).fetch_optional(db).await.unwrap().unwrap_or_default())
    }

    /// Commits what must survive whatever follows.
    pub fn remember(&self) {
        self.ask("create table kept as select 'remembered' as word");
    }

    pub fn assert_remembered(&self) {
        assert_eq!(self.ask("select word from kept"), "remembered");
    }
}

/// Closes its input; its exit code and what it said.
pub fn end_of(mut child: Child) -> (Option<i32>, String) {
    drop(child.stdin.take());
    let mut said = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

pub fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "still not: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
