//! Who worked where, and when. A span is [from, to) in days, and nobody has two
//! employers on one day: the database refuses it. What files and people said is
//! kept as they said it; what counts is derived from all of it (`store::settle`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::{
    gitdm,
    import::{Imported, Unusable, changes},
    store,
};

/// Works for themselves; no company.
pub const INDEPENDENT: &str = "Independent";
/// Nobody could say.
pub const UNKNOWN: &str = "Unknown";
/// An account that a file of affiliations takes for a program.
pub const ROBOTS: &str = "(Robots)";

/// One employment; open ends are `None`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affiliation {
    pub company: String,
    /// The name it was said under, where the map of acquisitions has another.
    pub stated: Option<String>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl Affiliation {
    /// An employment as it is said.
    ///
    /// # Errors
    ///
    /// A sentence on what cannot be.
    pub fn new(name: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self, String> {
        let company = company(name).to_owned();
        match (from, to) {
            _ if company.chars().any(char::is_control) || company.chars().count() > 100 => {
                Err("a company's name has at most 100 letters and no control characters".to_owned())
            }
            (Some(from), Some(to)) if from >= to => Err(format!("the span ends ({to}) before it begins ({from})")),
            _ => Ok(Self { company, stated: None, from, to }),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let before =
            |end: Option<NaiveDate>, start: Option<NaiveDate>| matches!((end, start), (Some(e), Some(s)) if e <= s);
        !before(self.to, other.from) && !before(other.to, self.from)
    }
}

/// `Acme since 2015-01-01`, `Acme 2015-01-01 to 2016-06-30`: the last day is inside.
impl fmt::Display for Affiliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.company, self.span())
    }
}

impl Affiliation {
    /// `since 2015-01-01`, `2015-01-01 to 2016-06-30`: the last day is inside.
    pub fn span(&self) -> String {
        match (self.from, self.to.and_then(|to| to.checked_sub_days(Days::new(1)))) {
            (Some(from), Some(last)) => format!("{from} to {last}"),
            (Some(from), None) => format!("since {from}"),
            (None, Some(last)) => format!("until {last}"),
            (None, None) => "always".to_owned(),
        }
    }
}

/// A company's name, the special ones in one spelling.
pub fn company(name: &str) -> &str {
    let name = name.trim();
    match name.to_lowercase().trim_matches(['(', ')', '*']) {
        "independent" | "self" | "self employed" | "self-employed" => INDEPENDENT,
        "" | "?" | "-" | "unknown" | "notfound" | "not found" => UNKNOWN,
        "robots" => ROBOTS,
        _ => name,
    }
}

/// Whom a file speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Account(i64),
    /// In lower case.
    Login(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::Login(login) => login.fmt(f),
        }
    }
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    pub line: usize,
    pub who: Who,
    pub span: Affiliation,
}

/// Why a file of affiliations was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "this is no file of affiliations: expected a CSV that begins with the line github_id,company,from,to, or gitdm's github_users.json or developers_affiliations.txt (\"login: addresses\", then indented employments)"
    )]
    Format,
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: String },
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("the file cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

const HEADER: &str = "github_id,company,from,to";

/// Takes a file in place of what files said before of the people in it: gitdm's, or
/// a CSV with the header `github_id,company,from,to` (an empty date is an open end),
/// told apart by what is in it. A login means who held it on the day `as_of`, also
/// if they are seen later. The caller commits; after an error it must roll back.
pub async fn import(db: &mut PgConnection, text: &str, as_of: NaiveDate) -> Result<Imported, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut read = read(text)?;
    let (stated, clashing) = without_overlaps(std::mem::take(&mut read.stated));
    if text.starts_with(HEADER)
        && let Some(Unusable { line, problem }) = clashing.first().cloned()
    {
        return Err(ImportError::Line { line, problem });
    }
    read.unusable.extend(clashing);
    read.unusable.sort_by_key(|row| row.line);
    if stated.is_empty() && read.unknown == 0 {
        return match read.unusable.into_iter().next() {
            Some(Unusable { line, problem }) if !text.starts_with(HEADER) => Err(ImportError::Line { line, problem }),
            _ => Err(ImportError::Format),
        };
    }
    let whose: BTreeSet<Who> = stated.iter().map(|row| row.who.clone()).collect();
    let before = store::stated(db, &whose).await?;
    let after: BTreeSet<Line> = stated.iter().map(|row| Line(row.who.clone(), row.span.clone())).collect();
    store::replace_stated(db, &whose, &stated, as_of).await?;
    super::acquisition::settle(db).await?;
    let before = before.into_iter().map(|(who, span)| Line(who, span)).collect();
    let mut notes = vec![seen(store::unseen(db, &whose).await?, whose.len())];
    notes.extend((read.unknown > 0).then(|| format!("{} entries say nothing of where somebody works", read.unknown)));
    Ok(Imported { rows: stated.len(), changes: changes(&before, &after), unusable: read.unusable, notes })
}

fn seen(unseen: i64, all: usize) -> String {
    match unseen {
        0 => format!("{all} people"),
        _ => format!("{all} people, {unseen} of them not seen yet: it will count for them once they are"),
    }
}

/// A change in words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line(Who, Affiliation);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, self.1)
    }
}

fn read(text: &str) -> Result<gitdm::Read, ImportError> {
    if text.starts_with(HEADER) {
        return Ok(gitdm::Read { stated: csv(text)?, ..gitdm::Read::default() });
    }
    if text.trim_start().starts_with('[') {
        return Ok(gitdm::json(text)?);
    }
    let first = text.lines().find(|row| !row.trim().is_empty() && !row.starts_with('#'));
    let is_gitdm = first.and_then(|row| row.split_once(": ")).is_some_and(|(login, _)| gitdm::is_login(login));
    if is_gitdm { Ok(gitdm::text(text)) } else { Err(ImportError::Format) }
}

fn csv(text: &str) -> Result<Vec<Stated>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    csv.records().map(|record| row(&record?)).collect()
}

fn row(record: &csv::StringRecord) -> Result<Stated, ImportError> {
    let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default());
    let bad = |problem: String| ImportError::Line { line, problem };
    let [id, company, from, to] = [0, 1, 2, 3].map(|column| record.get(column).unwrap_or_default());
    let github_id = id.parse().map_err(|_| bad(format!("{id:?} is not a numeric GitHub id")))?;
    let day = |text: &str| match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| bad(format!("{text:?} is not a day; write 2016-01-31"))),
    };
    if company.is_empty() {
        return Err(bad("the company is empty; write Independent or Unknown".to_owned()));
    }
    let span = Affiliation::new(company, day(from)?, day(to)?).map_err(bad)?;
    Ok(Stated { line, who: Who::Account(github_id), span })
}

/// Of rows that give somebody two employers on one day, all but the first go.
fn without_overlaps(rows: Vec<Stated>) -> (Vec<Stated>, Vec<Unusable>) {
    let mut kept: BTreeMap<Who, Vec<Stated>> = BTreeMap::new();
    let mut clashing = Vec::new();
    for row in rows {
        let own = kept.entry(row.who.clone()).or_default();
        match own.iter().find(|other| other.span.overlaps(&row.span)) {
            Some(other) if other.span == row.span => {}
            Some(other) => {
                let problem = format!("{} already has an employer in that time: {}", row.who, other.span);
                clashing.push(Unusable { line: row.line, problem });
            }
            None => own.push(row),
        }
    }
    (kept.into_values().flatten().collect(), clashing)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    fn today() -> NaiveDate {
        "2026-11-23".parse().unwrap()
    }

    async fn taken(db: &PgPool, text: &str) -> Result<Imported, ImportError> {
        let mut tx = db.begin().await.unwrap();
        let imported = import(&mut tx, text, today()).await?;
        tx.commit().await.unwrap();
        Ok(imported)
    }

    async fn spans(db: &PgPool, person: i64) -> Vec<String> {
        let spans = store::affiliations(&mut db.acquire().await.unwrap(), person).await.unwrap();
        spans.iter().map(ToString::to_string).collect()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_replaces_what_was_known_of_the_people_in_it(db: PgPool) {
        let first = "github_id,company,from,to\n7,Acme,,2020-01-01\n7,Globex,2020-01-01,\n8,Acme,,\n";
        assert_eq!(taken(&db, first).await.unwrap().rows, 3);
        assert!(taken(&db, first).await.unwrap().changes.is_empty(), "the same again changes nothing");
        let changes = taken(&db, "github_id,company,from,to\n7,Initech,,\n").await.unwrap().changes;
        assert_eq!(changes, ["- 7: Acme until 2019-12-31", "- 7: Globex since 2020-01-01", "+ 7: Initech always"]);
        assert_eq!(
            (spans(&db, 7).await, spans(&db, 8).await),
            (vec!["Initech always".into()], vec!["Acme always".into()])
        );
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_bad_line_of_a_csv_is_named_and_nothing_is_taken(db: PgPool) {
        let nothing = "this is no file of affiliations";
        for (text, message) in [
            ("id,company\n", nothing),
            ("github_id,company,from,to\n", nothing),
            ("# nobody\n", nothing),
            ("github_id,company,from,to\n7,Acme,,\nx,Acme,,\n", "line 3: \"x\" is not a numeric GitHub id"),
            ("github_id,company,from,to\n7,Acme,soon,\n", "line 2: \"soon\" is not a day; write 2016-01-31"),
            ("github_id,company,from,to\n7,,,\n", "line 2: the company is empty; write Independent or Unknown"),
            (
                "github_id,company,from,to\n7,A,2020-01-02,2020-01-01\n",
                "line 2: the span ends (2020-01-01) before it begins (2020-01-02)",
            ),
            (
                "github_id,company,from,to\n7,A,,\n7,B,2020-01-01,\n",
                "line 3: 7 already has an employer in that time: A always",
            ),
            ("[{\"login\": \"ada\"", "the file cannot be read: EOF while parsing an object at line 1 column 16"),
            ("ada: a!b\n\tAcme until then\n", "line 2: \"then\" is not a day; write 2016-01-31"),
        ] {
            let error = taken(&db, text).await.unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(spans(&db, 7).await.is_empty());
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_a_login_is_said_to_be_counts_once_its_holder_of_that_day_is_seen(db: PgPool) {
        let text = "Ada: ada!example.org\n\tAcme until 2020-01-01\n\tGlobex\n\tInitech from 2021-01-01\n";
        let imported = taken(&db, text).await.unwrap();
        assert_eq!(imported.rows, 2);
        assert_eq!(
            imported.unusable[0].to_string(),
            "line 4: ada already has an employer in that time: Globex since 2020-01-01"
        );
        assert_eq!(imported.notes, ["1 people, 1 of them not seen yet: it will count for them once they are"]);
        // 5 was ada and became lovelace; 7 took the login; 9 takes it after the day of the file.
        let mut db = db.acquire().await.unwrap();
        for (id, first, last) in
            [(5, "2015-01-01", "2015-04-01"), (7, "2016-01-01", "2026-01-01"), (9, "2026-12-01", "2027-01-01")]
        {
            sqlx::query("insert into actor values ($1, $1, 'ada', false)").bind(id).execute(&mut *db).await.unwrap();
            sqlx::query("insert into actor_login values ($1, 'ADA', $2::date, $3::date)")
                .bind(id)
                .bind(first)
                .bind(last)
                .execute(&mut *db)
                .await
                .unwrap();
            store::fold(&mut db, &[id]).await.unwrap();
        }
        let whose: Vec<i64> = sqlx::query_scalar("select actor_id from affiliation").fetch_all(&mut *db).await.unwrap();
        assert_eq!(whose, [7, 7]);
    }

    #[test]
    fn the_special_ones_have_one_spelling() {
        for (name, known) in
            [("(Independent)", INDEPENDENT), ("self", INDEPENDENT), ("NotFound", UNKNOWN), (" Acme ", "Acme")]
        {
            assert_eq!(company(name), known);
        }
        assert_eq!((company("Robots"), company("?")), (ROBOTS, UNKNOWN));
    }
}
