//! Accounts that are one person, from a file. By number, because logins change
//! hands; an account need not have been seen yet.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    import::{Imported, changes},
    store,
};

/// Why a file of aliases was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file must begin with the line github_id,person_id")]
    Header,
    #[error("line {line}: {text:?} is not a numeric GitHub id; look it up with https://api.github.com/users/LOGIN")]
    Number { line: u64, text: String },
    #[error("line {line}: {id} is there twice")]
    Twice { line: u64, id: i64 },
    #[error("{0} would belong to {1}, which belongs to somebody else: name the last one for both")]
    Chain(i64, i64),
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// Takes a CSV file with the header `github_id,person_id` in place of what was
/// known about the accounts in its first column; one that is its own person is no
/// alias any more. The caller commits; after an error it must roll back.
pub async fn import(db: &mut PgConnection, text: &str) -> Result<Imported, ImportError> {
    let aliases = parse(text)?;
    let ids: Vec<i64> = aliases.iter().map(|(id, _)| *id).collect();
    let before = store::aliases_of(db, &ids).await?.into_iter().map(line).collect();
    store::replace_aliases(db, &aliases).await?;
    if let Some((alias, person)) = store::alias_of_an_alias(db).await? {
        return Err(ImportError::Chain(alias, person));
    }
    let after = aliases.iter().copied().filter(|(id, person)| id != person).map(line).collect();
    Ok(Imported { rows: aliases.len(), changes: changes(&before, &after), ..Imported::default() })
}

/// Why two accounts were not made one person, or not two again.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    #[error("these are one person already")]
    Same,
    #[error("the account {0} belongs to nobody else")]
    NotMerged(i64),
    #[error("write the reason: it stays in the log")]
    NoReason,
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// Makes an account, with those that belong to it, the person's that another account
/// is. The caller commits.
pub async fn merge(
    db: &mut PgConnection,
    (id, into): (i64, i64),
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), AliasError> {
    let reason = said(reason)?;
    let person = store::aliases_of(db, &[into]).await?.first().map_or(into, |(_, person)| *person);
    let mut ids = store::accounts_said_of(db, id).await?;
    if id == person || store::aliases_of(db, &[id]).await?.contains(&(id, person)) {
        return Err(AliasError::Same);
    }
    ids.retain(|&account| account != person);
    let aliases: Vec<_> = ids.iter().chain([&id]).map(|&account| (account, person)).collect();
    store::replace_aliases(db, &aliases).await?;
    Ok(store::log(db, by, id, &format!("is one person with {person}"), reason, now).await?)
}

/// Makes an account its own person again. The caller commits.
pub async fn split(
    db: &mut PgConnection,
    id: i64,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), AliasError> {
    let reason = said(reason)?;
    let Some((_, person)) = store::aliases_of(db, &[id]).await?.first().copied() else {
        return Err(AliasError::NotMerged(id));
    };
    store::replace_aliases(db, &[(id, id)]).await?;
    Ok(store::log(db, by, id, &format!("is not one person with {person}"), reason, now).await?)
}

fn said(reason: &str) -> Result<&str, AliasError> {
    Some(reason.trim()).filter(|reason| !reason.is_empty()).ok_or(AliasError::NoReason)
}

fn line((id, person): (i64, i64)) -> String {
    format!("{id} is {person}")
}

fn parse(text: &str) -> Result<Vec<(i64, i64)>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    if csv.headers()?.iter().ne(["github_id", "person_id"]) {
        return Err(ImportError::Header);
    }
    let mut aliases = BTreeMap::new();
    for record in csv.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = |text: &str| {
            let id = text.parse().ok().filter(|id| *id > 0);
            id.ok_or_else(|| ImportError::Number { line, text: text.to_owned() })
        };
        let (id, person) = (number(&record[0])?, number(&record[1])?);
        if aliases.insert(id, person).is_some() {
            return Err(ImportError::Twice { line, id });
        }
    }
    Ok(aliases.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    async fn taken(db: &PgPool, text: &str) -> Result<Vec<String>, ImportError> {
        let mut tx = db.begin().await.unwrap();
        let imported = import(&mut tx, text).await?;
        tx.commit().await.unwrap();
        Ok(imported.changes)
    }

    async fn person(db: &PgPool, id: i64) -> i64 {
        store::by_id(&mut db.acquire().await.unwrap(), id).await.unwrap().unwrap().person_id
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn two_accounts_are_one_person_until_a_file_says_otherwise(db: PgPool) {
        sqlx::query!("insert into actor values (1, 1, 'ada', false), (2, 2, 'ada-work', false), (3, 3, 'eve', false)")
            .execute(&db)
            .await
            .unwrap();
        assert_eq!(taken(&db, "github_id,person_id\n2,1\n3,9\n").await.unwrap(), ["+ 2 is 1", "+ 3 is 9"]);
        assert_eq!((person(&db, 2).await, person(&db, 3).await), (1, 3), "nobody has seen 9 yet");
        assert_eq!(taken(&db, "github_id,person_id\n2,2\n").await.unwrap(), ["- 2 is 1"]);
        assert_eq!(person(&db, 2).await, 2);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_merges_and_undoes_it_with_a_reason(db: PgPool) {
        let now = DateTime::UNIX_EPOCH;
        sqlx::query!(
            "insert into actor values (1, 1, 'ada', false), (2, 2, 'ada-work', false), (3, 3, 'ada-old', false)"
        )
        .execute(&db)
        .await
        .unwrap();
        let file = "github_id,company,from,to\n1,Acme,,2020-01-01\n2,Globex,2019-01-01,\n";
        let mut conn = db.acquire().await.unwrap();
        crate::people::affiliation::import(&mut conn, file, "2026-01-01".parse().unwrap()).await.unwrap();
        merge(&mut conn, (3, 2), "eve", "asked", now).await.unwrap();
        merge(&mut conn, (2, 1), "eve", "asked", now).await.unwrap();
        assert_eq!((person(&db, 2).await, person(&db, 3).await), (1, 1), "what belonged to it comes along");
        let spans = store::affiliations(&mut conn, 1).await.unwrap();
        let spans: Vec<_> = spans.iter().map(ToString::to_string).collect();
        assert_eq!(
            spans,
            ["Acme until 2019-12-31", "Globex since 2020-01-01"],
            "the person's own account speaks first"
        );
        assert!(matches!(merge(&mut conn, (2, 3), "eve", "again", now).await, Err(AliasError::Same)));
        assert!(matches!(merge(&mut conn, (1, 2), "eve", "again", now).await, Err(AliasError::Same)));
        assert!(matches!(split(&mut conn, 2, "eve", " ", now).await, Err(AliasError::NoReason)));
        split(&mut conn, 2, "eve", "a namesake", now).await.unwrap();
        assert!(matches!(split(&mut conn, 2, "eve", "again", now).await, Err(AliasError::NotMerged(2))));
        assert_eq!((person(&db, 2).await, person(&db, 3).await), (2, 1));
        assert_eq!(store::affiliations(&mut conn, 2).await.unwrap()[0].to_string(), "Globex since 2019-01-01");
        assert_eq!(store::affiliations(&mut conn, 1).await.unwrap()[0].to_string(), "Acme until 2019-12-31");
        let log: Vec<_> =
            store::people_log(&mut conn, 9).await.unwrap().into_iter().map(|e| (e.what, e.reason)).collect();
        assert_eq!(log[0], ("is not one person with 1".to_owned(), "a namesake".to_owned()));
        assert_eq!(log.len(), 3);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_bad_line_is_named_and_nothing_is_taken(db: PgPool) {
        for (text, message) in [
            ("alias\n", "the file must begin with the line github_id,person_id"),
            (
                "github_id,person_id\n1,ada\n",
                "line 2: \"ada\" is not a numeric GitHub id; look it up with https://api.github.com/users/LOGIN",
            ),
            ("github_id,person_id\n1,2\n1,3\n", "line 3: 1 is there twice"),
            (
                "github_id,person_id\n1,2\n2,3\n",
                "1 would belong to 2, which belongs to somebody else: name the last one for both",
            ),
        ] {
            assert_eq!(taken(&db, text).await.unwrap_err().to_string(), message);
        }
        assert_eq!(sqlx::query_scalar!("select count(*) from alias").fetch_one(&db).await.unwrap(), Some(0));
    }
}
