//! The program as an operator calls it, on a test's database.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use sqlx::PgPool;

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The command, ready to be run.
pub fn program(pool: &PgPool, args: &[&str]) -> Command {
    let temp = std::env::temp_dir();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hustings"));
    command.args(args).env("DATABASE_URL", super::url(pool)).env("HUSTINGS_LOG", "error");
    command.env("HUSTINGS_KEY_DIR", temp.join("hustings-test-keys"));
    command.env("HUSTINGS_DATA_DIR", temp.join("hustings-test-data"));
    command
}

/// Runs a command.
pub async fn hustings(pool: &PgPool, args: &[&str]) -> Ended {
    hustings_reads(pool, args, Vec::new()).await
}

/// Runs a command that reads its standard input.
pub async fn hustings_reads(pool: &PgPool, args: &[&str], input: Vec<u8>) -> Ended {
    let mut command = program(pool, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = move || {
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read closes it.
        let feed = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().unwrap();
        feed.join().unwrap();
        output
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
