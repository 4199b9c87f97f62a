//! Addresses: one place that spells them, so that a link cannot go stale alone.

use std::fmt::Write;

/// The pages in the header, in its order: address and catalogue key or word.
pub const NAV: &[(&str, &str)] = &[
    ("/", "Overview"),
    ("/people", "People"),
    ("/repositories", "Repositories"),
    ("/companies", "Companies"),
    ("/elections", "Elections"),
    ("/data", "Data"),
];

/// Every address without a name in it, for the 404 page's guess.
pub const KNOWN: &[&str] = &[
    "/people",
    "/repositories",
    "/companies",
    "/compare",
    "/groups",
    "/pull-requests",
    "/issues",
    "/reviews",
    "/contributors",
    "/elections",
    "/data",
    "/definitions",
    "/api",
    "/search",
    "/sign-in",
    "/officer",
];

/// Below this, answers are for programs, and nobody's own.
pub const API: &str = "/api/v1";

/// Below these, what is shown is one person's: never stored, compressed or logged.
const PERSONAL: &[&str] = &["/vote", "/ballot", "/nominations", "/sign-in", "/sign-out", "/officer"];

/// Below these, a page is for someone without an account: no search, no sign-in.
const BARE: &[&str] = &["/vote", "/ballot", "/nominations"];

/// Whether a page at `path` is one person's.
pub fn is_personal(path: &str) -> bool {
    PERSONAL.iter().any(|top| is_below(path, top))
}

/// Whether a page at `path` goes without search and sign-in.
pub fn is_bare(path: &str) -> bool {
    BARE.iter().any(|top| is_below(path, top))
}

/// Whether `path` is `top` or under it.
pub fn is_below(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A person's page.
pub fn person(login: &str) -> String {
    format!("/people/{}", encode(login))
}

/// An account, or a repository as owner/name, on GitHub.
pub fn github(name: &str) -> String {
    format!("https://github.com/{}", name.split('/').map(encode).collect::<Vec<_>>().join("/"))
}

/// An address with a query; pairs with an empty value are left out.
pub fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut url = path.to_owned();
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        url.push(if url.len() == path.len() { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(&encode(value));
    }
    url
}

/// Percent-encodes one path segment or query value.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// An address of ours to return to, or `/`: never another site's (`//evil`, `/\evil`).
pub fn local(path: &str) -> &str {
    let bytes = path.as_bytes();
    let ours = bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && bytes.iter().all(|b| b.is_ascii_graphic() && *b != b'\\');
    if ours { path } else { "/" }
}

/// The known address nearest to a mistyped one, by edit distance of its first segment.
pub fn nearest(path: &str) -> Option<&'static str> {
    let first = path.split('/').nth(1).unwrap_or_default().to_lowercase();
    KNOWN
        .iter()
        .map(|known| (distance(&first, &known[1..]), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .map(|(_, known)| known)
}

/// Levenshtein's distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_address_finds_its_page() {
        assert_eq!(nearest("/poeple/x"), Some("/people"));
        assert_eq!(nearest("/Election"), Some("/elections"));
        assert_eq!(nearest("/wp-login.php"), None);
    }

    #[test]
    fn only_our_own_addresses_are_returned_to() {
        assert_eq!(local("/people?min=50"), "/people?min=50");
        for evil in ["//evil", "/\\evil", "\\evil", "https://evil", "evil", "", "/a\\b", "/\t/evil"] {
            assert_eq!(local(evil), "/", "{evil}");
        }
    }

    #[test]
    fn a_query_leaves_empty_values_out() {
        assert_eq!(with_query("/people", [("org", "a b"), ("min", ""), ("by", "day")]), "/people?org=a%20b&by=day");
    }

    #[test]
    fn personal_is_a_matter_of_segments() {
        assert!(is_personal("/vote") && is_personal("/vote/x") && !is_personal("/voters"));
    }
}
