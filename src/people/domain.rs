//! Which company a mail domain is, from gitdm's `domain-map`. Held against an address
//! that a person gave, never against one that a commit or a file of others names.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{
    affiliation::company,
    import::{Imported, Unusable, changes},
    store,
};

/// Why a map was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("this is no map of domains: expected lines like \"example.org Example Inc\"; {0}")]
    Line(Unusable),
    #[error("this is no map of domains: expected lines like \"example.org Example Inc\"")]
    Empty,
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// Takes a file of lines `domain company [< yyyy-mm-dd]` in place of the map before.
/// A line with a date says what a domain was until then, and is passed over: an
/// address is given today. The caller commits; after an error it must roll back.
pub async fn import(db: &mut PgConnection, text: &str) -> Result<Imported, ImportError> {
    let (domains, unusable, past) = parse(text);
    if domains.is_empty() {
        return Err(unusable.into_iter().next().map_or(ImportError::Empty, ImportError::Line));
    }
    let line = |(domain, company): (String, String)| format!("{domain} is {company}");
    let before = store::mail_domains(db).await?.into_iter().map(line).collect();
    let domains: Vec<_> = domains.into_iter().collect();
    store::replace_mail_domains(db, &domains).await?;
    let notes = if past > 0 { vec![format!("{past} lines say what a domain was in the past")] } else { Vec::new() };
    let rows = domains.len();
    Ok(Imported { rows, changes: changes(&before, &domains.into_iter().map(line).collect()), unusable, notes })
}

fn parse(text: &str) -> (BTreeMap<String, String>, Vec<Unusable>, usize) {
    let (mut domains, mut unusable, mut past) = (BTreeMap::new(), Vec::new(), 0);
    for (line, row) in
        (1..).zip(text.lines().map(str::trim)).filter(|(_, row)| !row.is_empty() && !row.starts_with('#'))
    {
        let mut refuse = |problem: String| unusable.push(Unusable { line, problem });
        match row.split_once(char::is_whitespace).map(|(domain, name)| (domain.to_lowercase(), company(name))) {
            Some((_, name)) if name.contains(" < ") => past += 1,
            Some((domain, name)) if domain.contains('.') && !domain.contains('@') => match domains.get(&domain) {
                Some(other) if other != name => {
                    refuse(format!("{domain} is said to be {name} and, further up, {other}"))
                }
                _ => _ = domains.insert(domain, name.to_owned()),
            },
            _ => refuse(format!("{row:?} is not a domain and a company")),
        }
    }
    (domains, unusable, past)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_and_what_is_no_domain_is_named() {
        let text =
            "# x\nExample.org\t Example Inc\nold.org Was < 2012-07-20\nme@example.org X\nexample.org Other\nlone.org\n";
        let (domains, unusable, past) = parse(text);
        assert_eq!((domains["example.org"].as_str(), domains.len(), past), ("Example Inc", 1, 1));
        let unusable: Vec<_> = unusable.iter().map(ToString::to_string).collect();
        assert_eq!(
            unusable,
            [
                "line 4: \"me@example.org X\" is not a domain and a company",
                "line 5: example.org is said to be Other and, further up, Example Inc",
                "line 6: \"lone.org\" is not a domain and a company",
            ]
        );
    }
}
