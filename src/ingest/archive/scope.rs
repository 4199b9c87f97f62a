//! Which events of an hour are kept: all of them, or those of some organisations
//! and repositories.

use memchr::memmem;

/// A filter on the archive. Empty is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    orgs: Vec<String>,
    repos: Vec<String>,
}

impl Scope {
    /// Everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// The events of these organisations (or users), and of these repositories
    /// (owner/name), in any case.
    pub fn new(orgs: &[String], repos: &[String]) -> Self {
        let sorted = |names: &[String]| {
            let mut names: Vec<_> = names.iter().map(|name| name.trim().to_lowercase()).collect();
            names.sort();
            names.dedup();
            names
        };
        Self { orgs: sorted(orgs), repos: sorted(repos) }
    }

    /// Reads what the ledger writes.
    pub fn parse(text: &str) -> Self {
        let names = |kind: &str| {
            text.split(',').filter_map(|name| name.strip_prefix(kind)).map(str::to_owned).collect::<Vec<_>>()
        };
        Self::new(&names("org:"), &names("repo:"))
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.orgs.is_empty() && self.repos.is_empty()
    }

    /// The organisations, lower-cased and sorted.
    pub fn orgs(&self) -> &[String] {
        &self.orgs
    }

    /// Whether an event of this repository is kept.
    pub fn keeps(&self, repo: &str, org: Option<&str>) -> bool {
        let is = |own: &String, name: &str| own.eq_ignore_ascii_case(name);
        let owner = repo.split_once('/').map_or(repo, |(owner, _)| owner);
        self.is_everything()
            || self.orgs.iter().any(|own| is(own, owner) || org.is_some_and(|org| is(own, org)))
            || self.repos.iter().any(|own| is(own, repo))
    }

    /// Whether a line might be kept, by a look at its repository's name without
    /// reading it. When in doubt, it might.
    pub fn might_keep(&self, line: &[u8]) -> bool {
        if self.is_everything() {
            return true;
        }
        match peek_repository(line) {
            Some(repo) => self.keeps(repo, None),
            None => true,
        }
    }
}

/// The name in the first `"repo":{…}`, if it stands before the payload and is
/// written plainly. A quote inside a JSON text is escaped, so this is a key.
fn peek_repository(line: &[u8]) -> Option<&str> {
    let repo = memmem::find(line, br#""repo":{"#)?;
    if memmem::find(&line[..repo], br#""payload":"#).is_some() {
        return None;
    }
    let object = &line[repo..];
    let object = &object[..memchr::memchr(b'}', object)?];
    let name = &object[memmem::find(object, br#""name":""#)? + 8..];
    let name = std::str::from_utf8(&name[..memchr::memchr(b'"', name)?]).ok()?;
    (!name.contains('\\')).then_some(name)
}

impl std::fmt::Display for Scope {
    /// `*`, or e.g. `org:etcd-io,repo:a/b`: the ledger's key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_everything() {
            return f.write_str("*");
        }
        let orgs = self.orgs.iter().map(|name| format!("org:{name}"));
        let names: Vec<_> = orgs.chain(self.repos.iter().map(|name| format!("repo:{name}"))).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_written_the_same_however_it_was_given() {
        let scope = Scope::new(&["Etcd-IO".into()], &["b/c".into(), "A/b".into(), "b/C".into()]);
        assert_eq!(scope.to_string(), "org:etcd-io,repo:a/b,repo:b/c");
        assert_eq!(Scope::everything().to_string(), "*");
        assert_eq!(Scope::parse("org:etcd-io,repo:a/b,repo:b/c"), scope);
        assert_eq!(Scope::parse("*"), Scope::everything());
    }

    #[test]
    fn names_match_in_any_case_and_whole() {
        let scope = Scope::new(&["etcd-io".into()], &["kubernetes/kubernetes".into()]);
        assert!(scope.keeps("Etcd-io/etcd", None));
        assert!(scope.keeps("Kubernetes/Kubernetes", None));
        assert!(scope.keeps("moved/away", Some("ETCD-IO")));
        assert!(!scope.keeps("etcd-io-fork/etcd", None));
        assert!(!scope.keeps("kubernetes/website", Some("kubernetes")));
    }

    #[test]
    fn a_look_at_a_line_never_loses_one() {
        let scope = Scope::new(&["a".into()], &[]);
        assert!(scope.might_keep(br#"{"repo":{"id":1,"name":"A/b","url":"x"},"payload":{}}"#));
        assert!(!scope.might_keep(br#"{"repo":{"id":1,"name":"c/d","url":"x"},"payload":{}}"#));
        for unsure in [
            r#"{"payload":{"pull_request":{"repo":{"name":"c/d"}}},"repo":{"name":"a/b"}}"#,
            r#"{"repo": {"name": "a/b"}}"#,
            r#"{"repo":{"name":"\u0061/b"}}"#,
            "not JSON",
        ] {
            assert!(scope.might_keep(unsure.as_bytes()), "{unsure}");
        }
    }
}
