//! Claims about the embedded database, driven through the real `hustings` as they would happen.
//! Those in which accounts matter run as the user we are and, where that is root, as nobody too.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid, getpgid};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use crate::harness::cluster::{App, Home, end_of, everyone, signal, until};

#[test]
fn the_first_start_makes_a_private_durable_cluster_and_the_next_one_keeps_it() {
    for who in everyone() {
        let home = Home::empty(who, "data dir");
        let app = home.start();
        for (setting, value) in [
            ("show fsync", "on"),
            ("show full_page_writes", "on"),
            ("show synchronous_commit", "on"),
            ("show data_checksums", "on"),
            ("show listen_addresses", ""),
            ("show log_error_verbosity", "terse"),
            ("select current_database()::text", "hustings"),
            ("select upper('é')", "É"),
        ] {
            assert_eq!(app.ask(setting), value, "{setting}");
        }
        let folder = fs::metadata(home.dir.join("postgres")).unwrap();
        assert_eq!(folder.mode() & 0o777, 0o700);
        assert_ne!(folder.uid(), 0, "PostgreSQL must not run as root");
        app.remember();
        app.stop();
        let app = home.start();
        app.assert_remembered();
        app.stop();
    }
}

#[test]
fn postgres_has_neither_our_groups_nor_our_environment_nor_our_ctrl_c() {
    let home = Home::new(None);
    let app = App::from(home.hold().env("HUSTINGS_SECRET", "x").env("PGPORT", "9").spawn().unwrap()).unwrap();
    let postmaster = home.postmaster();
    let environment = fs::read(format!("/proc/{postmaster}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("HUSTINGS_SECRET"));
    let status = fs::read_to_string(format!("/proc/{postmaster}/status")).unwrap();
    let groups = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap();
    assert!(!geteuid().is_root() || !groups.split_whitespace().any(|group| group == "0"), "{groups}");
    assert_eq!(getpgid(Some(Pid::from_raw(postmaster))).unwrap().as_raw(), postmaster);
    app.stop();
}

#[test]
fn a_clean_stop_waits_for_no_client_and_leaves_no_process_and_no_socket() {
    for who in everyone() {
        let home = Home::new(who);
        let app = home.start();
        assert!(home.processes().len() > 3);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = app.url.parse::<PgConnectOptions>().unwrap();
        let client = runtime.block_on(client.connect()).unwrap();
        app.stop();
        drop(client);
        assert!(home.processes().is_empty());
        assert!(!home.dir.join("postgres/.s.PGSQL.5432").exists() && !home.data().join("postmaster.pid").exists());
    }
}

#[test]
fn a_killed_application_takes_postgres_with_it_and_starts_again() {
    for who in everyone() {
        let home = Home::new(who);
        let app = home.start();
        app.remember();
        app.kill();
        // At once: the next start waits for the shutdown that the kernel has asked for.
        let app = home.start();
        app.assert_remembered();
        let log = fs::read_to_string(home.dir.join("postgres/log")).unwrap();
        assert!(log.contains("received fast shutdown request") && !log.contains("not properly shut down"), "{log}");
        app.kill();
        until("postgres has ended", || home.processes().is_empty());
    }
}

#[test]
fn a_killed_postmaster_is_reported_with_its_reason() {
    let home = Home::new(None);
    let app = home.start();
    app.remember();
    let postmaster = home.postmaster();
    signal(postmaster, Signal::SIGKILL);
    until("it is noticed", || !Path::new(&format!("/proc/{postmaster}")).exists());
    let (code, said) = end_of(app.child);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("PostgreSQL ended by itself (signal: 9"), "{said}");
    assert!(said.contains("ready to accept connections"), "the log's end: {said}");
    let app = home.start();
    app.assert_remembered();
    app.stop();
}

#[test]
fn a_killed_postmaster_ends_the_site_with_a_reason() {
    let home = Home::new(None);
    let mut serve = home.command(&["serve", "--listen", "127.0.0.1:0", "--public-url", "http://127.0.0.1:8080"]);
    let mut serve = serve.spawn().unwrap();
    let mut stderr = BufReader::new(serve.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it did not start");
    }
    signal(home.postmaster(), Signal::SIGKILL);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(serve.wait().unwrap().code(), Some(1));
    assert!(said.contains("PostgreSQL ended by itself (signal: 9"), "{said}");
    assert!(said.contains("ready to accept connections"), "the log's end: {said}");
    home.start().stop();
}

#[test]
fn after_everything_is_killed_it_recovers() {
    for who in everyone() {
        let home = Home::new(who);
        let app = home.start();
        app.remember();
        signal(app.pid(), Signal::SIGSTOP);
        // Some may end on their own while the others are being killed.
        for pid in home.processes() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        app.kill();
        let app = home.start();
        app.assert_remembered();
        app.stop();
    }
}

#[test]
fn a_zombie_postmaster_does_not_keep_it_from_starting() {
    let is_zombie = |pid: i32| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    let home = Home::new(None);
    let app = home.start();
    app.remember();
    let postmaster = home.postmaster();
    // Stopped, the application cannot reap it; killed, it leaves the zombie to us.
    signal(app.pid(), Signal::SIGSTOP);
    signal(postmaster, Signal::SIGKILL);
    until("a zombie", || is_zombie(postmaster));
    app.kill();
    assert!(is_zombie(postmaster) && home.data().join("postmaster.pid").exists());
    let app = home.start();
    app.assert_remembered();
    app.stop();
}

#[test]
fn a_stale_pid_file_with_a_living_strangers_pid_does_not_keep_it_from_starting() {
    let home = Home::new(None);
    let app = home.start();
    let content = fs::read_to_string(home.data().join("postmaster.pid")).unwrap();
    app.stop();
    // Of the same user, or PostgreSQL itself would see that it cannot be one of its own.
    let owner = fs::metadata(home.data()).unwrap();
    let mut stranger = Command::new("cat");
    stranger.stdin(Stdio::piped()).stdout(Stdio::null());
    if geteuid().is_root() {
        stranger.uid(owner.uid()).gid(owner.gid());
    }
    let mut stranger = stranger.spawn().unwrap();
    let (_, rest) = content.split_once('\n').unwrap();
    for path in [home.data().join("postmaster.pid"), home.dir.join("postgres/.s.PGSQL.5432.lock")] {
        fs::write(&path, format!("{}\n{rest}", stranger.id())).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    home.start().stop();
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was left alone");
    drop(stranger.stdin.take());
    stranger.wait().unwrap();
}

#[test]
fn a_living_backend_of_an_earlier_run_is_waited_for() {
    let home = Home::new(None);
    let app = home.start();
    app.remember();
    let postmaster = home.postmaster();
    let asleep = home.processes().into_iter().find(|pid| *pid != postmaster).unwrap();
    signal(asleep, Signal::SIGSTOP);
    signal(app.pid(), Signal::SIGSTOP);
    signal(postmaster, Signal::SIGKILL);
    app.kill();
    until("only that one is left", || home.processes() == [asleep]);
    let next = home.hold().spawn().unwrap();
    let files = || fs::read_dir(format!("/proc/{}/fd", next.id())).into_iter().flatten().flatten();
    let waits = || files().any(|file| fs::read_link(file.path()).is_ok_and(|file| file.ends_with("postgres.lock")));
    until("the next run asks for the lock", waits);
    assert!(home.data().join("postmaster.pid").exists());
    signal(asleep, Signal::SIGCONT);
    let app = App::from(next).unwrap();
    app.assert_remembered();
    app.stop();
}

#[test]
fn one_directory_serves_one_application_and_the_commands_beside_it() {
    let home = Home::new(None);
    let first = home.start();
    let said = home.refusal();
    assert!(said.contains("another hustings is using") && said.contains(&format!("(pid {})", first.pid())), "{said}");
    let beside = home.command(&["officer", "list"]).output().unwrap();
    assert!(beside.status.success(), "{}", String::from_utf8_lossy(&beside.stderr));
    assert_eq!(first.ask("select 'undisturbed'"), "undisturbed");
    first.stop();
}

#[test]
fn an_interrupted_initdb_is_begun_anew() {
    let home = Home::empty(None, "data dir");
    let unfinished = home.dir.join("postgres/data.new");
    let mut first = home.hold().spawn().unwrap();
    until("initdb is at work", || unfinished.join("global").exists());
    first.kill().unwrap();
    first.wait().unwrap();
    let app = home.start();
    assert!(!unfinished.exists());
    app.stop();
}

#[test]
fn a_folder_that_postgres_cannot_enter_is_named_with_the_remedy() {
    if !geteuid().is_root() {
        println!("only root runs PostgreSQL as another user");
        return;
    }
    let home = Home::new(None);
    let closed = home.temporary.path();
    fs::set_permissions(closed, Permissions::from_mode(0o700)).unwrap();
    let said = home.refusal();
    assert!(
        said.contains("runs as user postgres") && said.contains(&format!("chmod o+x {}", closed.display())),
        "{said}"
    );
    fs::set_permissions(closed, Permissions::from_mode(0o711)).unwrap();
    home.start().stop();
}

#[test]
fn a_cluster_is_run_by_its_owner_or_by_root_as_its_owner() {
    let [us, nobody @ Some((uid, _))] = everyone()[..] else { return println!("needs root") };
    let mut home = Home::new(nobody);
    home.who = us;
    let app = home.start();
    assert_eq!(fs::metadata(format!("/proc/{}", home.postmaster())).unwrap().uid(), uid);
    app.stop();
    let mut home = Home::new(us);
    home.who = nobody;
    let said = home.refusal();
    assert!(said.contains("belongs to user postgres") && said.contains("as nobody"), "{said}");
}

#[test]
fn a_long_or_an_odd_path_is_no_obstacle() {
    let home = Home::named(None, "it's 100% & \"über\", a");
    home.start().stop();
    let home = Home::named(None, &"long".repeat(30));
    let app = home.start();
    let socket_dir = app.socket_dir();
    assert!(!socket_dir.starts_with(&home.dir), "{}", app.url);
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    app.stop();
    assert!(!socket_dir.exists());
    // Somebody could have put a folder in its place, to get at the socket.
    fs::create_dir(&socket_dir).unwrap();
    fs::set_permissions(&socket_dir, Permissions::from_mode(0o777)).unwrap();
    let said = home.refusal();
    assert!(said.contains("alone may enter"), "{said}");
    fs::remove_dir(&socket_dir).unwrap();
}

#[test]
fn what_keeps_it_from_starting_is_said() {
    let home = Home::new(None);
    let nowhere = home.hold().env("HUSTINGS_POSTGRES_BIN", "/nowhere").spawn().unwrap();
    let said = App::from(nowhere).err().unwrap();
    assert!(said.contains("found no PostgreSQL server") && said.contains("/nowhere"), "{said}");
    let configuration = home.data().join("postgresql.conf");
    let mut configuration = fs::OpenOptions::new().append(true).open(configuration).unwrap();
    writeln!(configuration, "no_such_setting = on").unwrap();
    let said = home.refusal();
    assert!(said.contains("ended by itself") && said.contains("no_such_setting"), "{said}");
    fs::write(home.data().join("PG_VERSION"), "9999\n").unwrap();
    let said = home.refusal();
    assert!(said.contains("made by PostgreSQL 9999") && said.contains("found: "), "{said}");
}

#[test]
fn a_command_is_given_the_database_and_its_exit_code_returned() {
    let home = Home::new(None);
    let run = |script: &str| home.command(&["dev-postgres", "--", "sh", "-c", script]).spawn().unwrap();
    assert_eq!(end_of(run("test -n \"$DATABASE_URL\"; exit 7")).0, Some(7));
    assert_eq!(end_of(run("kill -9 $$")).0, Some(128 + 9));
    // SIGTERM usually comes to us alone, and is passed on; it ends before its database does.
    let mut terminated = run("trap 'test -S \"$0\"; exit 15' TERM; echo up; read line");
    let mut line = String::new();
    BufReader::new(terminated.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    signal(terminated.id().cast_signed(), Signal::SIGTERM);
    until("it has ended", || terminated.try_wait().unwrap().is_some());
    assert_eq!(end_of(terminated).0, Some(15));
    assert!(home.processes().is_empty());
}
