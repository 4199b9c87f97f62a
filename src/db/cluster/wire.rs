//! The few bytes of PostgreSQL's protocol (version 3) that a start needs: may one connect, and
//! one statement. It is here because `pg_isready` and `createdb` are client programs, which the
//! server-only builds that the override folder may point to do not have.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long one answer may take; `create database` on a slow disk is the longest.
const PATIENCE: Duration = Duration::from_mins(1);
/// No message that the server sends here comes near this: what does is not PostgreSQL.
const LONGEST: usize = 64 * 1024;

/// Why the server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody answers (yet).
    #[error(transparent)]
    Silent(#[from] io::Error),
    /// The server's own words, with its SQLSTATE.
    #[error("{message} (SQLSTATE {code})")]
    Answer { code: String, message: String },
}

impl Refusal {
    /// Whether the server may well say yes a moment later: it is starting or recovering.
    pub fn passes(&self) -> bool {
        match self {
            Self::Silent(_) => true,
            Self::Answer { code, .. } => code == "57P03",
        }
    }

    pub fn is_missing_database(&self) -> bool {
        matches!(self, Self::Answer { code, .. } if code == "3D000")
    }
}

/// Connects as `user` to `database` and, where there is `sql`, runs that one statement.
pub fn ask(socket: &Path, user: &str, database: &str, sql: Option<&str>) -> Result<(), Refusal> {
    let mut server = UnixStream::connect(socket)?;
    server.set_read_timeout(Some(PATIENCE))?;
    server.set_write_timeout(Some(PATIENCE))?;
    server.write_all(&startup(user, database))?;
    until_ready(&mut server)?;
    if let Some(sql) = sql {
        server.write_all(&framed(Some(b'Q'), format!("{sql}\0").as_bytes()))?;
        until_ready(&mut server)?;
    }
    server.write_all(&framed(Some(b'X'), b""))?;
    Ok(())
}

fn startup(user: &str, database: &str) -> Vec<u8> {
    let mut body = 0x0003_0000_u32.to_be_bytes().to_vec();
    body.extend(format!("user\0{user}\0database\0{database}\0\0").bytes());
    framed(None, &body)
}

/// A message: its kind (the first message has none), its length with the length itself, its body.
fn framed(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("our own short messages");
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend(length.to_be_bytes());
    message.extend(body);
    message
}

/// Reads to `ReadyForQuery`, the end of every exchange that the server survives.
fn until_ready(server: &mut UnixStream) -> Result<(), Refusal> {
    let mut refused = None;
    loop {
        match read(server) {
            Ok((b'Z', _)) => return refused.map_or(Ok(()), Err),
            Ok((b'E', body)) => refused = Some(refusal(&body)),
            // AuthenticationOk is 0; anything else asks for what a private cluster has not got.
            Ok((b'R', body)) if body != [0; 4] => {
                let message = "it asks for a password: its pg_hba.conf must say trust".to_owned();
                return Err(Refusal::Answer { code: "28000".to_owned(), message });
            }
            Ok(_) => {}
            // After refusing a connection the server closes it.
            Err(error) => return Err(refused.unwrap_or(Refusal::Silent(error))),
        }
    }
}

fn read(server: &mut UnixStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    server.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = u32::from_be_bytes(length) as usize;
    if !(4..=LONGEST).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is not PostgreSQL's protocol"));
    }
    let mut body = vec![0; length - 4];
    server.read_exact(&mut body)?;
    Ok((kind, body))
}

/// An `ErrorResponse`: fields of one letter and a text each; C is the SQLSTATE, M the message.
fn refusal(body: &[u8]) -> Refusal {
    let field = |letter: u8| {
        let text = body.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(&[letter]));
        text.map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned())
    };
    Refusal::Answer { code: field(b'C'), message: field(b'M') }
}
