//! What the readers and writers of text share.

use std::{borrow::Cow, collections::BTreeMap, collections::HashSet, str::FromStr};

use super::{Error, File, Format, Problem, Unwritable};
use crate::ballot::{BallotError, Election, Rank};
use crate::profile::Profile;
use crate::rules::BlankRule;

/// The part of the text that is wrong, and what is wrong with it.
pub(super) type Fault<'a> = (&'a str, Problem);

/// Lines above which a format that has one for each ballot is not written.
const MOST_LINES: u64 = 10_000_000;

/// Characters of a file that an error repeats.
const EXCERPT: usize = 60;

/// Takes the byte order mark from a file, and sees that the rest is text and not empty.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Error::at(bytes, at, Problem::NotUtf8(bytes[at]))
    })?;
    if text.trim().is_empty() { Err(Error::at(bytes, 0, Problem::Empty)) } else { Ok(text) }
}

/// Reads a file by a function that says which part of the text is wrong.
pub(super) fn read<T>(bytes: &[u8], reader: impl for<'a> FnOnce(&'a str) -> Result<T, Fault<'a>>) -> Result<T, Error> {
    let text = text(bytes)?;
    reader(text).map_err(|(part, problem)| {
        // Every part is a slice of the text, so its address says where it begins.
        let offset = part.as_ptr().addr() - text.as_ptr().addr();
        Error::at(text.as_bytes(), offset, problem)
    })
}

/// A fault where something else was expected.
pub(super) fn expected(part: &str, expected: impl Into<Cow<'static, str>>) -> Fault<'_> {
    let part = if part.trim().is_empty() { part } else { part.trim() };
    let line = part.lines().next().unwrap_or_default().trim();
    let mut found: String = line.chars().take(EXCERPT).collect();
    if found.len() < line.len() {
        found.push('…');
    }
    (part, Problem::Expected { expected: expected.into(), found })
}

/// Reads a whole number; no sign, no fraction.
pub(super) fn number<'a, N: FromStr>(part: &'a str, what: &'static str) -> Result<N, Fault<'a>> {
    let digits = part.trim();
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok());
    number.flatten().ok_or_else(|| expected(part, what))
}

/// Reads how often a ballot was cast.
pub(super) fn count(part: &str) -> Result<u64, Fault<'_>> {
    number(part, "how often the ballot was cast")
}

/// Reads how many are to be elected, which is somebody.
pub(super) fn seats(part: &str) -> Result<usize, Fault<'_>> {
    let what = "a number of seats, at least 1";
    number(part, what).ok().filter(|seats| *seats > 0).ok_or_else(|| expected(part, what))
}

/// Reads a candidate's number as a place from 0.
pub(super) fn place(part: &str, candidates: usize) -> Result<usize, Fault<'_>> {
    let number = number::<usize>(part, "a candidate").ok().filter(|number| (1..=candidates).contains(number));
    number.map(|number| number - 1).ok_or_else(|| expected(part, format!("a candidate from 1 to {candidates}")))
}

/// Sees that every candidate has a name of its own; each comes with its place in the file.
pub(super) fn check_names<P: Copy>(names: &[(P, String)]) -> Result<(), (P, Problem)> {
    let mut seen = HashSet::new();
    for (place, name) in names {
        if name.trim().is_empty() {
            return Err((*place, Problem::NoName));
        }
        if !seen.insert(name) {
            return Err((*place, Problem::SameName(name.clone())));
        }
    }
    Ok(())
}

/// A ballot as an order: tiers of candidates, each with the part of the text that names it.
pub(super) type Order<'a> = Vec<Vec<(usize, &'a str)>>;

/// A ballot that begins at a part of the text, and how often it was cast.
pub(super) type Cast<'a> = (&'a str, Order<'a>, u64);

/// Puts names and orders together.
pub(super) fn election<'a>(
    text: &'a str,
    names: Vec<(&'a str, String)>,
    ballots: &[Cast<'a>],
) -> Result<Election, Fault<'a>> {
    let counted = |part: &'a str| move |error: BallotError| (part, Problem::Ballots(error));
    check_names(&names)?;
    let mut profile = Profile::new(names.len()).map_err(counted(text))?;
    for (part, order, count) in ballots {
        profile.push(&ranks(names.len(), order)?, *count).map_err(counted(part))?;
    }
    Ok(Election { candidates: names.into_iter().map(|(_, name)| name).collect(), profile })
}

/// Ranks by place in the order; whoever is not in it is blank.
fn ranks<'a>(candidates: usize, order: &Order<'a>) -> Result<Vec<Option<Rank>>, Fault<'a>> {
    let mut ranks = vec![None; candidates];
    for (rank, tier) in (1..).map_while(Rank::new).zip(order) {
        for (candidate, part) in tier {
            if ranks[*candidate].replace(rank).is_some() {
                return Err(expected(part, "each candidate once on a ballot"));
            }
        }
    }
    Ok(ranks)
}

/// The candidates with a rank in tiers, best first.
pub(super) fn tiers(ranks: &[Option<Rank>]) -> impl Iterator<Item = Vec<usize>> {
    let mut tiers: BTreeMap<Rank, Vec<usize>> = BTreeMap::new();
    for (candidate, rank) in ranks.iter().enumerate() {
        if let Some(rank) = rank {
            tiers.entry(*rank).or_default().push(candidate);
        }
    }
    tiers.into_values()
}

/// Writes an order such as `A>B=C`.
pub(super) fn order(ranks: &[Option<Rank>], [above, level]: [&str; 2], name: impl Fn(usize) -> String) -> String {
    let tier = |tier: Vec<usize>| tier.into_iter().map(&name).collect::<Vec<_>>().join(level);
    tiers(ranks).map(tier).collect::<Vec<_>>().join(above)
}

/// Writes a line for each ballot cast.
pub(super) fn singly(
    file: &File,
    format: Format,
    line: impl Fn(&[Option<Rank>]) -> Result<String, Unwritable>,
) -> Result<String, Unwritable> {
    let profile = &file.election.profile;
    if profile.ballots() > MOST_LINES {
        let found = format!("{} ballots, more than {MOST_LINES} lines", profile.ballots());
        return Err(Unwritable::new(format, found));
    }
    let mut lines = String::new();
    for (ranks, count) in profile.iter() {
        let line = line(&ranks)?;
        (0..count).for_each(|_| lines.push_str(&line));
    }
    Ok(lines)
}

/// Refuses blanks that mean something else in the format than in the election.
pub(super) fn check_blanks(file: &File, format: Format, held: &[BlankRule]) -> Result<(), Unwritable> {
    let has_blanks = || file.election.profile.iter().any(|(ranks, _)| ranks.contains(&None));
    match file.blank {
        Some(rule) if held.contains(&rule) => Ok(()),
        _ if !has_blanks() => Ok(()),
        Some(rule) => Err(Unwritable::new(format, format!("blanks that mean `{rule}`"))),
        None => {
            let remedy = "say what a blank means with --blank";
            Err(Unwritable { format, found: "blanks that nobody gave a meaning".to_owned(), remedy })
        }
    }
}

/// Refuses names with any of these characters, with line breaks or with spaces around them.
pub(super) fn check_plain(file: &File, format: Format, reserved: &[char]) -> Result<(), Unwritable> {
    let plain = |name: &&String| !name.contains(['\n', '\r']) && !name.contains(reserved) && name.trim() == *name;
    match file.election.candidates.iter().find(|name| !plain(name)) {
        Some(name) => Err(Unwritable::new(format, format!("the name {name:?}"))),
        None => Ok(()),
    }
}

/// The ranks of a ballot as 1, 2, …
pub(super) fn renumbered(ranks: &[Option<Rank>]) -> Vec<Option<u32>> {
    let mut numbers = vec![None; ranks.len()];
    for (number, tier) in (1..).zip(tiers(ranks)) {
        for candidate in tier {
            numbers[candidate] = Some(number);
        }
    }
    numbers
}

/// A title without line breaks.
pub(super) fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv;

    fn found(part: &str) -> String {
        match expected(part, "x").1 {
            Problem::Expected { found, .. } => found,
            problem => panic!("{problem}"),
        }
    }

    #[test]
    fn an_error_repeats_a_line_of_at_most_sixty_characters() {
        assert_eq!(found("  a b \nc"), "a b");
        assert_eq!(found(" \n "), "");
        assert_eq!(found(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(found(&"é".repeat(61)), "é".repeat(60) + "…");
    }

    #[test]
    fn a_fault_is_where_its_part_begins_without_the_spaces_before_it() {
        fn fail(text: &str) -> Result<(), Fault<'_>> {
            Err(expected(text.trim_start_matches("é\nab"), "c"))
        }
        let error = read("é\nab  d".as_bytes(), fail).unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 5: expected c, found `d`");
    }

    #[test]
    fn numbers_have_digits_only_and_fit() {
        assert_eq!(number::<u64>(" 007 ", "x").unwrap(), 7);
        for bad in ["", "+1", "-1", "1.0", "1 2", "18446744073709551616", "٣"] {
            assert!(number::<u64>(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn places_are_counted_from_one_in_files() {
        assert_eq!((place("1", 2).unwrap(), place("2", 2).unwrap()), (0, 1));
        assert!(place("0", 2).is_err() && place("3", 2).is_err());
    }

    #[test]
    fn orders_are_written_best_first_without_blanks() {
        let ranks = [5, 0, 2, 5].map(Rank::new);
        assert_eq!(order(&ranks, [">", "="], |candidate| candidate.to_string()), "2>0=3");
        assert_eq!(renumbered(&ranks), [Some(2), None, Some(1), Some(2)]);
    }

    #[test]
    fn ten_million_lines_are_written_and_no_more() {
        let lines = |count: u64| {
            let election = csv::read(format!("#count,Ada\n{count},1\n").as_bytes()).unwrap();
            singly(&File::from(election), Format::Debian, |_| Ok("x".to_owned())).map(|lines| lines.len())
        };
        assert_eq!(lines(MOST_LINES), Ok(10_000_000));
        let refusal = lines(MOST_LINES + 1).unwrap_err();
        assert_eq!(refusal.found, "10000001 ballots, more than 10000000 lines");
    }

    #[test]
    fn names_are_plain_without_reserved_characters_breaks_and_outer_spaces() {
        let plain = |name: &str| {
            let election = csv::read(format!("\"{name}\"\n").as_bytes()).unwrap();
            check_plain(&File::from(election), Format::Cef, &['>']).is_ok()
        };
        assert!(plain("Ada L."));
        assert!(!["A>B", "A\nB", "A\rB", " A", "A "].into_iter().any(plain));
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(one_line(" A\n vote \r\n"), "A vote");
    }
}
