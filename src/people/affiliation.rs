//! Who worked where, and when. A span is [from, to) in days, and nobody has two
//! employers on one day: the database refuses it.

use std::io::Read;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::store;

/// One employment; open ends are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affiliation {
    pub company: String,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

/// Why a file of affiliations was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file must begin with the line github_id,company,from,to")]
    Header,
    #[error("line {line}: {problem}")]
    Line { line: u64, problem: String },
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// Takes a CSV file with the header `github_id,company,from,to` (an empty date is
/// an open end) in place of what was known about the people in it. The caller
/// commits; after an error it must roll back. Says how many spans were read.
pub async fn import_csv(db: &mut PgConnection, reader: impl Read) -> Result<usize, ImportError> {
    let rows = parse(reader)?;
    let mut ids: Vec<i64> = rows.iter().map(|row| row.github_id).collect();
    ids.sort_unstable();
    ids.dedup();
    store::forget_affiliations(db, &ids).await?;
    for row in &rows {
        store::add_affiliation(db, row.github_id, &row.span).await.map_err(|error| refused(error, row))?;
    }
    Ok(rows.len())
}

struct Row {
    line: u64,
    github_id: i64,
    span: Affiliation,
}

fn parse(reader: impl Read) -> Result<Vec<Row>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    if csv.headers()?.iter().ne(["github_id", "company", "from", "to"]) {
        return Err(ImportError::Header);
    }
    csv.records().map(|record| row(&record?)).collect()
}

fn row(record: &csv::StringRecord) -> Result<Row, ImportError> {
    let line = record.position().map_or(0, csv::Position::line);
    let bad = |problem: String| ImportError::Line { line, problem };
    let github_id = record[0].parse().map_err(|_| bad(format!("{:?} is not a numeric GitHub id", &record[0])))?;
    let day = |text: &str| match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| bad(format!("{text:?} is not a day; write 2016-01-31"))),
    };
    let (from, to) = (day(&record[2])?, day(&record[3])?);
    if record[1].is_empty() {
        return Err(bad("the company is empty; write Independent or Unknown".to_owned()));
    }
    if matches!((from, to), (Some(from), Some(to)) if from >= to) {
        return Err(bad(format!("the span ends ({}) before it begins ({})", &record[3], &record[2])));
    }
    Ok(Row { line, github_id, span: Affiliation { company: record[1].to_owned(), from, to } })
}

fn refused(error: sqlx::Error, row: &Row) -> ImportError {
    if crate::db::violates(&error, "affiliation_one_employer_at_a_time") {
        let problem = format!("{} already has an employer in that time", row.github_id);
        return ImportError::Line { line: row.line, problem };
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    async fn import(db: &PgPool, text: &str) -> Result<usize, ImportError> {
        let mut tx = db.begin().await.unwrap();
        let read = import_csv(&mut tx, text.as_bytes()).await?;
        tx.commit().await.unwrap();
        Ok(read)
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_replaces_what_was_known_of_the_people_in_it(db: PgPool) {
        let first = "github_id,company,from,to\n7,Acme,,2020-01-01\n7,Globex,2020-01-01,\n8,Acme,,\n";
        assert_eq!(import(&db, first).await.unwrap(), 3);
        assert_eq!(import(&db, "github_id,company,from,to\n7,Initech,,\n").await.unwrap(), 1);
        let spans = store::affiliations(&mut db.acquire().await.unwrap(), 7).await.unwrap();
        assert_eq!(spans, [Affiliation { company: "Initech".into(), from: None, to: None }]);
        assert_eq!(store::affiliations(&mut db.acquire().await.unwrap(), 8).await.unwrap().len(), 1);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_bad_line_is_named_and_nothing_is_taken(db: PgPool) {
        for (text, message) in [
            ("id,company\n", "the file must begin with the line github_id,company,from,to"),
            ("github_id,company,from,to\n7,Acme,,\nx,Acme,,\n", "line 3: \"x\" is not a numeric GitHub id"),
            ("github_id,company,from,to\n7,Acme,soon,\n", "line 2: \"soon\" is not a day; write 2016-01-31"),
            ("github_id,company,from,to\n7,,,\n", "line 2: the company is empty; write Independent or Unknown"),
            (
                "github_id,company,from,to\n7,A,2020-01-02,2020-01-01\n",
                "line 2: the span ends (2020-01-01) before it begins (2020-01-02)",
            ),
            ("github_id,company,from,to\n7,A,,\n7,B,2020-01-01,\n", "line 3: 7 already has an employer in that time"),
        ] {
            assert_eq!(import(&db, text).await.unwrap_err().to_string(), message);
        }
        assert!(store::affiliations(&mut db.acquire().await.unwrap(), 7).await.unwrap().is_empty());
    }
}
