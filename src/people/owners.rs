//! Named groups of people, as in the `OWNERS_ALIASES` file of a repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_saphyr::Spanned;
use sqlx::PgConnection;

use super::{
    gitdm::is_login,
    import::{Imported, Unusable, changes},
    store,
};

/// Why a file was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("this is no OWNERS_ALIASES file: expected `aliases:` and below it names with lists of logins; {0}")]
    Yaml(#[from] serde_saphyr::Error),
    #[error("the file names no group")]
    Empty,
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

#[derive(Deserialize)]
struct File {
    aliases: BTreeMap<String, Option<Vec<Spanned<String>>>>,
}

/// That somebody is in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub group: String,
    /// In lower case.
    pub login: String,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.group, self.login)
    }
}

/// Takes a file in place of the groups in it. The caller commits; after an error it
/// must roll back.
pub async fn import(db: &mut PgConnection, text: &str, as_of: NaiveDate) -> Result<Imported, ImportError> {
    let file: File = serde_saphyr::from_str(text)?;
    let groups: Vec<String> = file.aliases.keys().cloned().collect();
    if groups.is_empty() {
        return Err(ImportError::Empty);
    }
    let (mut after, mut unusable) = (BTreeSet::new(), Vec::new());
    for (group, logins) in file.aliases {
        for login in logins.into_iter().flatten() {
            let line = usize::try_from(login.referenced.line()).unwrap_or_default();
            if is_login(&login.value) {
                after.insert(Member { group: group.clone(), login: login.value.to_lowercase() });
            } else {
                unusable.push(Unusable { line, problem: format!("{:?} is not a login", login.value) });
            }
        }
    }
    let before = store::people_in(db, &groups).await?.into_iter().collect();
    store::replace_people_groups(db, &groups, &after, as_of).await?;
    let changes = changes(&before, &after);
    Ok(Imported { rows: after.len(), changes, unusable, notes: vec![format!("{} groups", groups.len())] })
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_replaces_the_groups_in_it(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        let today = "2026-11-23".parse().unwrap();
        let text = "aliases:\n  leads:\n    - Ada\n    - not a login\n  empty:\n";
        let imported = import(&mut db, text, today).await.unwrap();
        assert_eq!((imported.rows, imported.changes), (1, vec!["+ leads: ada".to_owned()]));
        assert_eq!(imported.unusable[0].to_string(), "line 4: \"not a login\" is not a login");
        assert!(import(&mut db, text, today).await.unwrap().changes.is_empty());
        let changes = import(&mut db, "aliases:\n  leads: [eve]\n", today).await.unwrap().changes;
        assert_eq!(changes, ["- leads: ada", "+ leads: eve"]);
        assert!(import(&mut db, "aliases: 7", today).await.is_err());
    }
}
