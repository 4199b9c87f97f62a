//! What must hold in the directory before `postgres` may run: that it is ours, and that nothing
//! of an earlier run is left.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::unistd::{Uid, geteuid};

use super::account::{Account, name_of};
use super::error::{ClusterError, io};
use super::{PORT, poll};

/// How long the PostgreSQL of an earlier run may take to finish: a fast shutdown writes out at
/// most our 256 MB of buffers.
const PREDECESSOR: Duration = Duration::from_secs(30);
/// The kernel's `sun_path`, less its closing zero.
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// A log longer than this starts anew with the next run.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// Where things lie. In the application's directory itself are only the two locks, which belong
/// to the application; the folder `postgres` and all in it belong to the account.
#[derive(Debug, Clone)]
pub struct Layout {
    pub root: PathBuf,
    pub folder: PathBuf,
    pub data: PathBuf,
    pub unfinished: PathBuf,
    pub log: PathBuf,
}

impl Layout {
    /// Makes the application's directory where it is missing.
    pub fn in_directory(dir: &Path) -> Result<Self, ClusterError> {
        if !dir.exists() {
            fs::create_dir_all(dir).map_err(io("create", dir))?;
            // Under any umask: the account may have to pass through, nobody needs to look.
            fs::set_permissions(dir, Permissions::from_mode(0o711)).map_err(io("open", dir))?;
        }
        let root = dir.canonicalize().map_err(io("find", dir))?;
        let folder = root.join("postgres");
        Ok(Self {
            data: folder.join("data"),
            unfinished: folder.join("data.new"),
            log: folder.join("log"),
            folder,
            root,
        })
    }

    /// The cluster's own version, where there is a cluster.
    pub fn version(&self) -> Option<String> {
        let version = fs::read_to_string(self.data.join("PG_VERSION")).ok()?;
        Some(version.trim().to_owned())
    }

    /// The folder for the socket: our own, or where its path is too long for a socket (or holds
    /// what `unix_socket_directories` and libpq take for a list), a short one for the system's
    /// temporary files.
    pub fn socket_dir(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        if fits(&self.folder) {
            return Ok(self.folder.clone());
        }
        let mut hasher = DefaultHasher::new();
        self.root.hash(&mut hasher);
        let name = format!("hustings-{}-{:016x}", account.uid, hasher.finish());
        let dir = std::env::temp_dir().join(name);
        if !fits(&dir) {
            return Err(ClusterError::LongPath { dir, limit: LONGEST_SOCKET_PATH });
        }
        private_folder(&dir, account)?;
        Ok(dir)
    }
}

fn fits(dir: &Path) -> bool {
    let bytes = socket_in(dir).into_os_string();
    bytes.len() <= LONGEST_SOCKET_PATH && !bytes.as_bytes().iter().any(|b| b",\"".contains(b))
}

pub fn socket_in(dir: &Path) -> PathBuf {
    dir.join(format!(".s.PGSQL.{PORT}"))
}

/// The lock that keeps a second application out. It knows nothing of PostgreSQL.
pub fn lock_application(layout: &Layout) -> Result<File, ClusterError> {
    let path = layout.root.join("hustings.lock");
    let mut lock = open_lock(&path)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = fs::read_to_string(&path).unwrap_or_default();
            return Err(ClusterError::InUse { dir: layout.root.clone(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
    }
    lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id())).map_err(io("write", &path))?;
    Ok(lock)
}

/// The lock that `postgres` and each of its processes inherit (as their standard input, see
/// `Program::command`), and which is therefore held until the last of them has ended, in
/// whatever container: waits for those of an earlier run.
pub fn lock_server(layout: &Layout) -> Result<File, ClusterError> {
    let path = layout.root.join("postgres.lock");
    let lock = open_lock(&path)?;
    let taken = poll(PREDECESSOR, || match lock.try_lock() {
        Ok(()) => Some(Ok(())),
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(error)) => Some(Err(io("lock", &path)(error))),
    });
    taken.unwrap_or_else(|| Err(still_running(&layout.data)))?;
    Ok(lock)
}

fn open_lock(path: &Path) -> Result<File, ClusterError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(io("open", path))
}

/// Tests that what is there of PostgreSQL's belongs to the account.
pub fn check_owner(layout: &Layout, account: &Account) -> Result<(), ClusterError> {
    for path in [&layout.folder, &layout.data] {
        let Ok(found) = fs::metadata(path) else {
            continue;
        };
        if found.uid() != account.uid.as_raw() {
            let owner = name_of(Uid::from_raw(found.uid()));
            let (path, account) = (path.clone(), account.name.clone());
            return Err(ClusterError::OtherOwner { path, owner, account });
        }
    }
    Ok(())
}

/// Makes a folder that only the account (and root) may enter. One that is there already must be
/// just that: in /tmp anybody could have put it, or a link, in our way.
pub fn private_folder(path: &Path, account: &Account) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) if geteuid().is_root() => {
            let (uid, gid) = (account.uid.as_raw(), account.gid.as_raw());
            chown(path, Some(uid), Some(gid)).map_err(io("hand over", path))?;
        }
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(io("create", path)(error));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(path).map_err(io("examine", path))?;
    let owned = found.is_dir() && found.uid() == account.uid.as_raw();
    if owned && found.mode() & 0o777 == 0o700 {
        return Ok(());
    }
    let (path, account) = (path.to_owned(), account.name.clone());
    Err(ClusterError::NotPrivate { path, account })
}

/// Opens the log to append to, and says where this run's part begins. Never through a link: the
/// account could have put one there, and we may be root.
pub fn open_log(path: &Path) -> Result<(File, u64), ClusterError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).custom_flags(OFlag::O_NOFOLLOW.bits());
    let log = options.open(path).map_err(io("open", path))?;
    let length = log.metadata().map_err(io("examine", path))?.len();
    if length <= LONGEST_LOG {
        return Ok((log, length));
    }
    log.set_len(0).map_err(io("shorten", path))?;
    Ok((log, 0))
}

/// Removes what a killed `initdb` left.
pub fn sweep_unfinished(layout: &Layout) -> Result<(), ClusterError> {
    deserted(&layout.unfinished)?;
    match fs::remove_dir_all(&layout.unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io("remove", &layout.unfinished)(error)),
        _ => Ok(()),
    }
}

/// Removes what a killed `postgres` left, once none of its processes lives. PostgreSQL would look
/// only whether the process id in the file exists; a zombie's does, or by now somebody else's.
pub fn sweep_stale(layout: &Layout, socket_dir: &Path) -> Result<(), ClusterError> {
    // Without /proc we cannot know, and leave it to PostgreSQL's own caution.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    deserted(&layout.data)?;
    let socket = socket_in(socket_dir);
    let socket_lock = socket.with_added_extension("lock");
    for path in [layout.data.join("postmaster.pid"), socket, socket_lock] {
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(file.path = %path.display(), "removed a stale file"),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io("remove", &path)(error)),
        }
    }
    Ok(())
}

/// Waits until no PostgreSQL lives in `data`. Beyond the lock this sees one that somebody started
/// by hand.
fn deserted(data: &Path) -> Result<(), ClusterError> {
    let empty = poll(PREDECESSOR, || residents(data).is_empty().then_some(()));
    empty.ok_or_else(|| still_running(data))
}

fn still_running(data: &Path) -> ClusterError {
    let pids: Vec<String> = residents(data).iter().map(u32::to_string).collect();
    let processes = if pids.is_empty() {
        "its processes cannot be seen from here; in another container?".to_owned()
    } else {
        format!("processes {}", pids.join(", "))
    };
    ClusterError::StillRunning { dir: data.to_owned(), processes, waited: PREDECESSOR }
}

/// The live PostgreSQL processes whose working directory is `data`: all of a cluster's have it,
/// no zombie has one. Compared by inode, for the path may look otherwise from over there.
fn residents(data: &Path) -> Vec<u32> {
    let Ok(data) = fs::metadata(data) else {
        return Vec::new();
    };
    let at_home = |process: &Path| {
        let is_postgres = fs::read_to_string(process.join("comm"))
            .is_ok_and(|name| name.contains("postgres") || name.contains("postmaster"));
        let dir = fs::metadata(process.join("cwd"));
        is_postgres && dir.is_ok_and(|dir| (dir.dev(), dir.ino()) == (data.dev(), data.ino()))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            at_home(&entry.path()).then_some(pid)
        })
        .collect()
}
