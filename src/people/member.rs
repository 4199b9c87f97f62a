//! Members of an organisation on a day, from a file; the API says the same of itself.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_saphyr::Spanned;
use sqlx::PgConnection;

use super::{
    import::{Imported, Unusable},
    store,
};

/// Why a file was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "this is no file of members: expected a YAML with `admins:` and `members:`, a JSON list of {{\"id\", \"login\"}}, or a CSV that begins with the line github_id,login; {0}"
    )]
    Format(String),
    #[error("no organisation called {0} has been seen")]
    Organisation(String),
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// An organisation as peribolos has it.
#[derive(Deserialize)]
struct Teams {
    #[serde(default)]
    admins: Vec<Spanned<String>>,
    members: Vec<Spanned<String>>,
}

/// A member as the API has it.
#[derive(Deserialize)]
struct User {
    id: i64,
    login: String,
}

/// A member: the line, the account where its number was given, the login.
type Row = (usize, Option<i64>, String);

/// Notes that the people in a file were members of an organisation on the day
/// `as_of`. A login without a number must have been seen. The caller commits.
pub async fn import(db: &mut PgConnection, org: &str, text: &str, as_of: NaiveDate) -> Result<Imported, ImportError> {
    let rows = parse(text)?;
    let org_id = store::org_id(db, org).await?.ok_or_else(|| ImportError::Organisation(org.to_owned()))?;
    let (mut ids, mut unusable) = (BTreeSet::new(), Vec::new());
    for (line, id, login) in rows {
        let account = match id {
            Some(id) => Some(id),
            None => store::account_by_login(db, &login).await?,
        };
        match account {
            Some(id) => _ = ids.insert(id),
            None => unusable
                .push(Unusable { line, problem: format!("{login} has not been seen, so the number is not known") }),
        }
    }
    let ids: Vec<i64> = ids.into_iter().collect();
    let new = store::add_members(db, org_id, &ids, as_of).await?;
    let changes = new.iter().map(|id| format!("+ {org}: {id} on {as_of}")).collect();
    Ok(Imported { rows: ids.len(), changes, unusable, notes: Vec::new() })
}

fn parse(text: &str) -> Result<Vec<Row>, ImportError> {
    if text.starts_with("github_id,login") {
        return csv(text);
    }
    let format = |error: serde_saphyr::Error| ImportError::Format(error.to_string());
    if text.trim_start().starts_with('[') {
        let users: Vec<User> = serde_saphyr::from_str(text).map_err(format)?;
        return Ok((1..).zip(users).map(|(line, user)| (line, Some(user.id), user.login)).collect());
    }
    let teams: Teams = serde_saphyr::from_str(text).map_err(format)?;
    Ok(teams.admins.into_iter().chain(teams.members).map(named).collect())
}

fn named(login: Spanned<String>) -> Row {
    (usize::try_from(login.referenced.line()).unwrap_or_default(), None, login.value)
}

fn csv(text: &str) -> Result<Vec<Row>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let rows = csv.deserialize::<(i64, String)>().zip(2..);
    rows.map(|(row, line)| row.map(|(id, login)| (line, Some(id), login)))
        .collect::<Result<_, _>>()
        .map_err(|error| ImportError::Format(error.to_string()))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_says_who_was_a_member_on_its_day(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for statement in [
            "insert into org values (1, 'Acme', '2016-01-01')",
            "insert into actor values (5, 5, 'ada', false)",
            "insert into actor_login values (5, 'ada', '2016-01-01', '2016-01-01')",
        ] {
            sqlx::query(statement).execute(&mut *db).await.unwrap();
        }
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let imported =
            import(&mut db, "acme", "admins:\n- Ada\nmembers:\n- nobody\n", day("2026-01-01")).await.unwrap();
        assert_eq!((imported.rows, imported.changes), (1, vec!["+ acme: 5 on 2026-01-01".to_owned()]));
        assert_eq!(imported.unusable[0].to_string(), "line 4: nobody has not been seen, so the number is not known");
        import(&mut db, "acme", r#"[{"id": 5, "login": "ada"}, {"id": 9, "login": "eve"}]"#, day("2025-01-01"))
            .await
            .unwrap();
        let again = import(&mut db, "acme", "github_id,login\n5,ada\n", day("2025-06-01")).await.unwrap();
        assert!(again.changes.is_empty(), "a day between is known already");
        let query = "select actor_id || ' ' || first_seen || ' ' || last_seen from org_member order by actor_id";
        let known: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut *db).await.unwrap();
        assert_eq!(known, ["5 2025-01-01 2026-01-01", "9 2025-01-01 2025-01-01"]);
        let unknown = import(&mut db, "globex", "members: []", day("2026-01-01")).await.unwrap_err();
        assert_eq!(unknown.to_string(), "no organisation called globex has been seen");
        for text in ["7", "github_id,login\nx,ada\n", "people: []"] {
            let refused = import(&mut db, "acme", text, day("2026-01-01")).await.unwrap_err();
            assert!(refused.to_string().starts_with("this is no file of members"), "{refused}");
        }
    }
}
