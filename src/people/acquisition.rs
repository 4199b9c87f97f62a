//! Whose people a company's people are by now. The map changes what is read, never
//! what was said: taken away again, the old names are back.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    import::{Imported, changes},
    store,
};

/// Why a map was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("expected `acquisitions:` and below it a list of pairs, [pattern, company]; {0}")]
    Yaml(#[from] serde_saphyr::Error),
    #[error("pair {place}: {problem}")]
    Pair { place: usize, problem: String },
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

#[derive(Deserialize)]
struct File {
    acquisitions: Vec<(String, String)>,
}

/// Takes a file as `DevStats` has it, `acquisitions: [[regular expression, company], …]`,
/// in place of the map before. The caller commits; after an error it must roll back.
pub async fn import(db: &mut PgConnection, text: &str) -> Result<Imported, ImportError> {
    let pairs = serde_saphyr::from_str::<File>(text)?.acquisitions;
    for (place, (pattern, company)) in (1..).zip(&pairs) {
        let bad = |problem: String| ImportError::Pair { place, problem };
        Regex::new(pattern).map_err(|error| bad(format!("{pattern:?} is no regular expression: {error}")))?;
        if super::affiliation::company(company) != company {
            return Err(bad(format!("{company:?} is no company")));
        }
    }
    let before: BTreeSet<String> = store::acquisitions(db).await?.into_iter().map(line).collect();
    store::replace_acquisitions(db, &pairs).await?;
    let named = settle(db).await?;
    let rows = pairs.len();
    let after = pairs.into_iter().map(line).collect();
    let notes = vec![format!("{named} of the names said so far are read as another")];
    Ok(Imported { rows, changes: changes(&before, &after), notes, ..Imported::default() })
}

fn line((pattern, company): (String, String)) -> String {
    format!("{pattern} is {company}")
}

/// Applies the map to every name said so far, and derives who works where from
/// that; says how many names the map changes.
pub async fn settle(db: &mut PgConnection) -> Result<usize, sqlx::Error> {
    let map = store::acquisitions(db).await?;
    // Checked when they were taken.
    let map: Vec<_> =
        map.into_iter().filter_map(|(pattern, company)| Some((Regex::new(&pattern).ok()?, company))).collect();
    let mut renamed = Vec::new();
    for name in store::stated_companies(db).await? {
        let now = map.iter().find(|(pattern, _)| pattern.is_match(&name)).map(|(_, company)| company);
        if let Some(now) = now.filter(|now| **now != name) {
            renamed.push((name, now.clone()));
        }
    }
    store::replace_company_names(db, &renamed).await?;
    store::settle_everybody(db).await?;
    Ok(renamed.len())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::people::affiliation;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_first_pattern_that_fits_renames_what_is_read_and_not_what_was_said(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        let text = "github_id,company,from,to\n7,Heptio Inc.,,2019-01-01\n7,VMware,2019-01-01,\n8,Other,,\n";
        affiliation::import(&mut db, text, "2026-01-01".parse().unwrap()).await.unwrap();
        let map = "acquisitions:\n- ['(?i)^heptio', VMware]\n- ['.*inc.*', Incorporated]\n";
        let imported = import(&mut db, map).await.unwrap();
        assert_eq!(
            (imported.rows, imported.notes),
            (2, vec!["1 of the names said so far are read as another".to_owned()])
        );
        let spans = store::affiliations(&mut db, 7).await.unwrap();
        assert_eq!((spans[0].company.as_str(), spans[0].stated.as_deref()), ("VMware", Some("Heptio Inc.")));
        assert!(import(&mut db, map).await.unwrap().changes.is_empty());
        import(&mut db, "acquisitions: []").await.unwrap();
        assert_eq!(store::affiliations(&mut db, 7).await.unwrap()[0].company, "Heptio Inc.");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_is_no_map_is_refused(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for (text, message) in [
            ("- a\n", "expected `acquisitions:`"),
            ("acquisitions:\n- ['(', X]\n", "pair 1: \"(\" is no regular expression"),
            ("acquisitions:\n- [a, X]\n- [b, NotFound]\n", "pair 2: \"NotFound\" is no company"),
        ] {
            let error = import(&mut db, text).await.unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
