//! Named sets of repositories, such as the special interest groups of a project.

use std::io::Read;

use sqlx::PgConnection;

use super::store;

/// Why a file of groups was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file must begin with the line group,repository")]
    Header,
    #[error("line {line}: the group is empty")]
    NoGroup { line: u64 },
    #[error("these repositories have not been seen: {}", list(.0))]
    Unknown(Vec<(u64, String)>),
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

fn list(unknown: &[(u64, String)]) -> String {
    let named: Vec<_> = unknown.iter().map(|(line, name)| format!("{name} (line {line})")).collect();
    named.join(", ")
}

/// Takes a CSV file with the header `group,repository` in place of the groups in
/// it. The caller commits; after an error it must roll back. Says how many
/// memberships were read.
pub async fn import_csv(db: &mut PgConnection, reader: impl Read) -> Result<usize, ImportError> {
    let rows = parse(reader)?;
    let (mut members, mut unknown) = (Vec::new(), Vec::new());
    for (line, group, repository) in &rows {
        match store::repos_by_name(db, repository).await?.as_slice() {
            [] => unknown.push((*line, repository.clone())),
            ids => members.extend(ids.iter().map(|&id| (group.clone(), id))),
        }
    }
    if !unknown.is_empty() {
        return Err(ImportError::Unknown(unknown));
    }
    store::replace_groups(db, &members).await?;
    Ok(rows.len())
}

fn parse(reader: impl Read) -> Result<Vec<(u64, String, String)>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    if csv.headers()?.iter().ne(["group", "repository"]) {
        return Err(ImportError::Header);
    }
    let mut rows = Vec::new();
    for record in csv.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        if record[0].is_empty() {
            return Err(ImportError::NoGroup { line });
        }
        rows.push((line, record[0].to_owned(), record[1].to_owned()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_replaces_its_groups_and_names_what_it_does_not_know(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        sqlx::query!("insert into repo values (1, 'a/new', null), (2, 'a/b', null)").execute(&mut *db).await.unwrap();
        sqlx::query!(
            "insert into repo_name values (1, 'a/old', null, '2015-01-01', '2015-01-01'),
             (1, 'a/new', null, '2016-01-01', '2016-01-01'), (2, 'a/b', null, '2015-01-01', '2015-01-01')"
        )
        .execute(&mut *db)
        .await
        .unwrap();
        let read = import_csv(&mut db, "group,repository\nx,A/Old\nx,a/b\ny,a/b\n".as_bytes()).await.unwrap();
        assert_eq!(read, 3);
        assert_eq!(store::repos_of_group(&mut db, "x").await.unwrap(), [1, 2]);
        import_csv(&mut db, "group,repository\nx,a/b\n".as_bytes()).await.unwrap();
        assert_eq!(store::repos_of_group(&mut db, "x").await.unwrap(), [2]);
        assert_eq!(store::groups(&mut db).await.unwrap(), ["x", "y"]);
        let error = import_csv(&mut db, "group,repository\nx,a/b\nx,no/where\n".as_bytes()).await.unwrap_err();
        assert_eq!(error.to_string(), "these repositories have not been seen: no/where (line 3)");
    }
}
