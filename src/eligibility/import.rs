//! A roll from a file: `github_id,login,email`. Nothing is imported while one
//! line is wrong; every wrong line is listed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{lock, roll::Built, store, store::Entry};

#[derive(Deserialize)]
struct Line {
    github_id: i64,
    login: String,
    #[serde(default)]
    email: Option<String>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file's header must be github_id,login,email, but it is {0:?}")]
    Header(String),
    #[error("nothing was imported; {} wrong:\n{}", lines(.0.len()), .0.join("\n"))]
    Lines(Vec<String>),
    #[error("the file has a header but no voters: one line each was expected after it")]
    Empty,
    #[error("this election is frozen: its roll can no longer change")]
    Frozen,
    #[error("the roll of this election comes from its rule: build it, and import addresses alone")]
    HasRule,
    #[error("voting has opened: an address that changes now could bring a ballot link to somebody else")]
    Open,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

fn lines(n: usize) -> String {
    if n == 1 { "1 line is".into() } else { format!("{n} lines are") }
}

/// Replaces the roll of an election by the people in the file.
pub async fn roll(db: &mut PgConnection, election_id: i64, file: &[u8]) -> Result<Built, ImportError> {
    let entries = read(file)?;
    let standing = store::standing(db, election_id).await?;
    if standing.is_frozen {
        return Err(ImportError::Frozen);
    }
    if standing.has_rule {
        return Err(ImportError::HasRule);
    }
    store::replace(db, election_id, &entries).await?;
    let text = lock::of_import(&entries);
    let sha256 = lock::sha256(&text);
    store::set_lock(db, election_id, &text, &sha256).await?;
    Ok(Built { people: entries.len(), sha256: hex::encode(sha256) })
}

/// Sets addresses of people who are on the roll; the roll itself stays as it is.
///
/// Not while the poll is open: an officer who could redirect a link could vote with it.
pub async fn addresses(
    db: &mut PgConnection,
    election_id: i64,
    file: &[u8],
    now: DateTime<Utc>,
) -> Result<u64, ImportError> {
    let entries = read(file)?;
    let standing = store::standing(db, election_id).await?;
    if standing.is_frozen && standing.opens_at <= now {
        return Err(ImportError::Open);
    }
    let (ids, emails): (Vec<i64>, Vec<String>) =
        entries.into_iter().filter_map(|e| Some((e.github_id, e.email?))).unzip();
    Ok(store::set_emails(db, election_id, &ids, &emails).await?)
}

fn read(file: &[u8]) -> Result<Vec<Entry>, ImportError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().map(|h| h.iter().collect::<Vec<_>>().join(",")).unwrap_or_default();
    if header != "github_id,login,email" {
        return Err(ImportError::Header(header));
    }
    let (mut entries, mut wrong, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
    for line in reader.deserialize::<Line>() {
        match line.map_err(|e| csv_problem(&e)).and_then(|line| check(line, &mut seen, entries.len() + wrong.len() + 2))
        {
            Ok(entry) => entries.push(entry),
            Err(problem) => wrong.push(problem),
        }
    }
    match (wrong.is_empty(), entries.is_empty()) {
        (false, _) => Err(ImportError::Lines(wrong)),
        (true, true) => Err(ImportError::Empty),
        (true, false) => {
            entries.sort_unstable_by_key(|e| e.github_id);
            Ok(entries)
        }
    }
}

fn check(line: Line, seen: &mut HashMap<i64, usize>, number: usize) -> Result<Entry, String> {
    if line.github_id < 1 {
        return Err(format!("line {number}: github_id is {}, but a positive number was expected", line.github_id));
    }
    if line.login.is_empty() {
        return Err(format!("line {number}: the login is empty"));
    }
    if let Some(first) = seen.insert(line.github_id, number) {
        return Err(format!("line {number}: github_id {} stands on line {first} already", line.github_id));
    }
    let email = line.email.filter(|e| !e.is_empty());
    if let Some(bad) = email.as_ref().filter(|e| e.parse::<crate::mail::Address>().is_err()) {
        return Err(format!("line {number}: {bad:?} is not a mail address"));
    }
    Ok(Entry { github_id: line.github_id, login: line.login, contributions: None, reason: "imported".into(), email })
}

fn csv_problem(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => format!("line {line}: {}", err.kind()),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: {len} fields, but {expected_len} were expected")
        }
        _ => format!("line {line}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_line_is_listed_and_nothing_is_read() {
        let file =
            b"github_id,login,email\n1,ada,ada@example.org\nx,ben,b@example.org\n1,cy,c@example.org\n4,dee,nobody\n";
        let error = read(file).unwrap_err().to_string();
        insta::assert_snapshot!(error, @r#"
        nothing was imported; 3 lines are wrong:
        line 3: invalid digit found in string
        line 4: github_id 1 stands on line 2 already
        line 5: "nobody" is not a mail address
        "#);
    }

    #[test]
    fn another_header_is_refused_with_the_one_expected() {
        let error = read(b"id,login\n1,ada\n").unwrap_err().to_string();
        assert_eq!(error, "the file's header must be github_id,login,email, but it is \"id,login\"");
    }
}
