//! Named sets of repositories, such as the special interest groups of a project. A
//! repository may be in several, so that groups added up may exceed the whole.

#[cfg(test)]
mod fuzz;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_saphyr::Spanned;
use sqlx::PgConnection;

use super::store;
use crate::people::import::{Imported, Unusable, changes};

/// Why a file of groups was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "this is no file of groups: expected a CSV that begins with the line group,repository, or the sigs.yaml of Kubernetes"
    )]
    Format,
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: String },
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("the file cannot be read: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// That a repository is in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    pub group: String,
    /// owner/name, as the file spells it.
    pub repository: String,
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.group, self.repository)
    }
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Every group of the file, those without a repository too.
    pub groups: BTreeSet<String>,
    pub members: BTreeSet<Membership>,
    pub unusable: Vec<Unusable>,
}

const HEADER: &str = "group,repository";

/// Takes a file in place of the groups in it: a CSV with the header
/// `group,repository`, or a `sigs.yaml`, told apart by what is in it. A repository
/// is the one that was called so on the day `as_of`, also if it is seen later. The
/// caller commits; after an error it must roll back.
pub async fn import(db: &mut PgConnection, text: &str, as_of: NaiveDate) -> Result<Imported, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let read = if text.starts_with(HEADER) { csv(text)? } else { sigs(text)? };
    if read.groups.is_empty() {
        return Err(ImportError::Format);
    }
    let groups: Vec<String> = read.groups.iter().cloned().collect();
    let before = store::members_of(db, &groups).await?.into_iter().collect();
    store::replace_groups(db, &groups, &read.members, as_of).await?;
    let unseen = store::unseen_repositories(db, &groups).await?;
    let notes = [
        Some(format!("{} groups", groups.len())),
        named("in several groups", several(&read.members)),
        named("without a repository", without(&read)),
        named("not seen yet, and in their groups once they are", unseen),
    ];
    let (rows, changes) = (read.members.len(), changes(&before, &read.members));
    Ok(Imported { rows, changes, unusable: read.unusable, notes: notes.into_iter().flatten().collect() })
}

fn named(what: &str, names: Vec<String>) -> Option<String> {
    (!names.is_empty()).then(|| format!("{} {what}: {}", names.len(), names.join(", ")))
}

fn several(members: &BTreeSet<Membership>) -> Vec<String> {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for member in members {
        *groups.entry(member.repository.to_lowercase()).or_default() += 1;
    }
    groups.into_iter().filter(|(_, n)| *n > 1).map(|(name, _)| name).collect()
}

fn without(read: &Read) -> Vec<String> {
    let has = |group: &&String| read.members.iter().any(|member| member.group == **group);
    read.groups.iter().filter(|group| !has(group)).cloned().collect()
}

impl Read {
    fn add(&mut self, group: &str, repository: &str) {
        self.groups.insert(group.to_owned());
        // One spelling of a repository is enough.
        if !self.members.iter().any(|m| m.group == group && m.repository.eq_ignore_ascii_case(repository)) {
            self.members.insert(Membership { group: group.to_owned(), repository: repository.to_owned() });
        }
    }
}

fn csv(text: &str) -> Result<Read, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut read = Read::default();
    for record in csv.records() {
        let record = record?;
        let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default());
        let (group, repository) = (record.get(0).unwrap_or_default(), record.get(1).unwrap_or_default());
        if group.is_empty() {
            return Err(ImportError::Line { line, problem: "the group is empty".to_owned() });
        }
        if !is_repository(repository) {
            return Err(ImportError::Line { line, problem: format!("{repository:?} is not owner/name") });
        }
        read.add(group, repository);
    }
    Ok(read)
}

fn is_repository(text: &str) -> bool {
    let fits = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

#[derive(Deserialize)]
struct Sigs {
    #[serde(default)]
    sigs: Vec<Sig>,
    #[serde(default)]
    workinggroups: Vec<Sig>,
    #[serde(default)]
    usergroups: Vec<Sig>,
    #[serde(default)]
    committees: Vec<Sig>,
}

#[derive(Deserialize)]
struct Sig {
    dir: String,
    #[serde(default)]
    subprojects: Option<Vec<Subproject>>,
}

#[derive(Deserialize)]
struct Subproject {
    #[serde(default)]
    owners: Vec<Spanned<String>>,
}

/// Reads Kubernetes' `sigs.yaml`: a group, called like its folder, has every
/// repository that one of its subprojects has an OWNERS file in, of the whole or of
/// a part of it.
///
/// # Errors
///
/// When it is not YAML of that shape.
pub fn sigs(text: &str) -> Result<Read, serde_saphyr::Error> {
    let file: Sigs = serde_saphyr::from_str(text)?;
    let mut read = Read::default();
    for sig in [file.sigs, file.workinggroups, file.usergroups, file.committees].into_iter().flatten() {
        read.groups.insert(sig.dir.clone());
        for owners in sig.subprojects.into_iter().flatten().flat_map(|subproject| subproject.owners) {
            match repository(&owners.value) {
                Some(name) => read.add(&sig.dir, &name),
                None => read.unusable.push(Unusable {
                    line: usize::try_from(owners.referenced.line()).unwrap_or_default(),
                    problem: format!("{:?} is no address of a file in a repository on GitHub", owners.value),
                }),
            }
        }
    }
    Ok(read)
}

/// `owner/name` of an address of an OWNERS file.
fn repository(address: &str) -> Option<String> {
    let path = address
        .strip_prefix("https://raw.githubusercontent.com/")
        .or_else(|| address.strip_prefix("https://github.com/"))?;
    let mut parts = path.split('/');
    let name = format!("{}/{}", parts.next()?, parts.next()?);
    (parts.next().is_some() && is_repository(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_replaces_its_groups_and_waits_for_what_was_not_seen(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        sqlx::query!("insert into repo values (1, 'a/new', null), (2, 'a/b', null)").execute(&mut *db).await.unwrap();
        sqlx::query!(
            "insert into repo_name values (1, 'a/old', null, '2015-01-01', '2015-01-01'),
             (1, 'a/new', null, '2016-01-01', '2016-01-01'), (2, 'a/b', null, '2015-01-01', '2015-01-01')"
        )
        .execute(&mut *db)
        .await
        .unwrap();
        let today = day("2016-06-01");
        let text = "group,repository\nx,A/Old\nx,a/b\ny,a/b\ny,A/B\ny,no/where\n";
        let imported = import(&mut db, text, today).await.unwrap();
        assert_eq!(
            (imported.rows, imported.notes.join("; ").as_str()),
            (4, "2 groups; 1 in several groups: a/b; 1 not seen yet, and in their groups once they are: no/where")
        );
        assert_eq!(store::repos_of_group(&mut db, "x").await.unwrap(), [1, 2]);
        assert!(import(&mut db, text, today).await.unwrap().changes.is_empty());
        let imported = import(&mut db, "group,repository\nx,a/b\n", today).await.unwrap();
        assert_eq!(imported.changes, ["- x: A/Old"]);
        assert_eq!(store::repos_of_group(&mut db, "x").await.unwrap(), [2]);
        assert_eq!(store::groups(&mut db).await.unwrap(), ["x", "y"]);
        // Somebody else takes the name of a/b afterwards: the group keeps what it meant.
        for statement in [
            "insert into repo values (3, 'a/b', null), (4, 'no/where', null)",
            "insert into repo_name values (3, 'a/b', null, '2017-01-01', '2017-01-01'), (4, 'no/where', null, '2017-01-01', '2017-01-01')",
        ] {
            sqlx::query(statement).execute(&mut *db).await.unwrap();
        }
        assert_eq!(store::repos_of_group(&mut db, "Y").await.unwrap(), [2, 4]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_bad_line_is_named_and_nothing_is_taken(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for (text, message) in [
            ("group,repository\n", "this is no file of groups"),
            ("sigs: []\n", "this is no file of groups"),
            ("group,repository\nx,a/b\n,a/b\n", "line 3: the group is empty"),
            ("group,repository\nx,ab\n", "line 2: \"ab\" is not owner/name"),
            ("sigs: 7\n", "the file cannot be read:"),
        ] {
            let error = import(&mut db, text, day("2016-06-01")).await.unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(store::groups(&mut db).await.unwrap().is_empty());
    }

    #[test]
    fn a_group_has_the_repositories_of_its_subprojects() {
        let read = sigs(
            "sigs:\n- dir: sig-a\n  subprojects:\n  - name: x\n    owners:\n    - https://raw.githubusercontent.com/k/core/main/OWNERS\n    \
             - https://raw.githubusercontent.com/K/core/main/pkg/OWNERS\n    - https://github.com/k/blob/blob/main/OWNERS\n    - https://example.org/k/x/OWNERS\n\
             workinggroups:\n- dir: wg-b\n",
        )
        .unwrap();
        let members: Vec<_> = read.members.iter().map(ToString::to_string).collect();
        assert_eq!(members, ["sig-a: k/blob", "sig-a: k/core"]);
        assert_eq!(without(&read), ["wg-b"]);
        let refused = "line 9: \"https://example.org/k/x/OWNERS\" is no address of a file in a repository on GitHub";
        assert_eq!(read.unusable[0].to_string(), refused);
    }
}
