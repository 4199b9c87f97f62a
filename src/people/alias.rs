//! Accounts that are one person, from a file. By number, because logins change
//! hands; an account need not have been seen yet.

use std::{collections::BTreeMap, io::Read};

use sqlx::PgConnection;

use super::store;

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
/// alias any more. The caller commits; after an error it must roll back. Says how
/// many lines were read.
pub async fn import_csv(db: &mut PgConnection, reader: impl Read) -> Result<usize, ImportError> {
    let aliases = parse(reader)?;
    store::replace_aliases(db, &aliases).await?;
    match store::alias_of_an_alias(db).await? {
        Some((alias, person)) => Err(ImportError::Chain(alias, person)),
        None => Ok(aliases.len()),
    }
}

fn parse(reader: impl Read) -> Result<Vec<(i64, i64)>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
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

    async fn import(db: &PgPool, text: &str) -> Result<usize, ImportError> {
        let mut tx = db.begin().await.unwrap();
        let read = import_csv(&mut tx, text.as_bytes()).await?;
        tx.commit().await.unwrap();
        Ok(read)
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
        assert_eq!(import(&db, "github_id,person_id\n2,1\n3,9\n").await.unwrap(), 2);
        assert_eq!((person(&db, 2).await, person(&db, 3).await), (1, 3), "nobody has seen 9 yet");
        import(&db, "github_id,person_id\n2,2\n").await.unwrap();
        assert_eq!(person(&db, 2).await, 2);
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
            assert_eq!(import(&db, text).await.unwrap_err().to_string(), message);
        }
        assert_eq!(sqlx::query_scalar!("select count(*) from alias").fetch_one(&db).await.unwrap(), Some(0));
    }
}
