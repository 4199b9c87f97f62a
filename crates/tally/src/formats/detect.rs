//! What a file of each format looks like: the table of [`crate::formats`], line by line.

use super::{Format, abif, civs, csv, elekto};

/// Whether a file looks like one of a format.
pub(super) fn could_be(format: Format, text: &str) -> bool {
    match format {
        Format::Csv => has_header(text) && !text.contains(elekto::BLANK),
        Format::Elekto => has_header(text) && text.contains(elekto::BLANK),
        Format::Civs => is_civs(text),
        Format::Debian => text.lines().any(|line| line.starts_with("V: ")),
        Format::Blt => is_blt(text),
        Format::Preflib => is_preflib(text),
        Format::Abif => is_abif(text),
        Format::Cef => is_cef(text),
        Format::Json => is_json(text),
    }
}

/// The lines that are neither empty nor a comment.
fn content(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a cell is a rank or a blank.
fn is_cell(cell: &str) -> bool {
    let cell = cell.trim().trim_matches('"');
    cell.is_empty() || cell == "-" || cell == elekto::BLANK || is_number(cell)
}

/// Whether there is a header of names and a row with as many ranks.
fn has_header(text: &str) -> bool {
    let Ok((names, body)) = csv::header(text) else { return false };
    let first = text[body..].lines().find(|line| !line.trim().is_empty());
    let fits = |row: &str| row.split(',').all(is_cell) && row.split(',').count() == names.len();
    let telling = names.iter().any(|(_, name)| !is_cell(name));
    telling && civs::names_line(text).is_none() && first.is_some_and(fits)
}

fn is_civs(text: &str) -> bool {
    let ballots = |line: &str| line.bytes().all(|byte| byte.is_ascii_digit() || b"-xX, \t".contains(&byte));
    let counted = text.lines().next().is_some_and(|header| header.split(',').next() == Some(csv::COUNT));
    let named = text.lines().any(|line| civs::names_line(line).is_some());
    !counted && content(text).all(ballots) && (named || content(text).next().is_some())
}

fn is_blt(text: &str) -> bool {
    let numbers = |line: &str| {
        let words = line.split('#').next().unwrap_or_default().split_whitespace();
        words.clone().count() == 2 && words.clone().all(is_number)
    };
    content(text).next().is_some_and(numbers) && text.contains('"')
}

fn is_preflib(text: &str) -> bool {
    let modern = |line: &str| line.starts_with("# ALTERNATIVE NAME ") || line.starts_with("# NUMBER ALTERNATIVES");
    let mut lines = text.lines();
    let old = lines.next().is_some_and(|line| is_number(line.trim()));
    old && lines.next().is_some_and(|line| line.starts_with("1,")) || text.lines().any(modern)
}

fn is_abif(text: &str) -> bool {
    let ballot = |line: &str| {
        line.split_once(':')
            .is_some_and(|(count, order)| is_number(count.trim()) && order.trim_start().starts_with(abif::begins_name))
    };
    content(text).any(|line| line.starts_with('=') || ballot(line))
}

fn is_cef(text: &str) -> bool {
    let order = |line: &str| line.contains('>') && !line.contains(':');
    text.lines().any(|line| line.starts_with("#/")) || content(text).next().is_some_and(order)
}

fn is_json(text: &str) -> bool {
    let object = text.trim_start().strip_prefix('{');
    object.is_some_and(|fields| fields.trim_start().starts_with("\"hustings\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Format> {
        Format::ALL.into_iter().map(|(format, _)| format).filter(|format| could_be(*format, text)).collect()
    }

    #[test]
    fn tables_have_a_header_with_as_many_names_as_the_rows_have_ranks() {
        assert_eq!(all("Ada,Ben\n\n1,-\n"), [Format::Csv]);
        assert_eq!(all("Ada,\"B,\nen\"\n1, \"2\"\n"), [Format::Csv]);
        assert_eq!(all("#count,Ada\n3,\n"), [Format::Csv]);
        assert_eq!(all("Ada,Ben\n1,No opinion\n"), [Format::Elekto]);
        assert_eq!(all("Ada,Ben\n"), []);
        assert_eq!(all("Ada,Ben\n1,2,3\n"), []);
        assert_eq!(all("Ada,Ben\n1,x\n"), []);
        assert_eq!(all("Ada,\"Ben\n"), []);
    }

    #[test]
    fn ballots_of_civs_have_no_letters() {
        assert_eq!(all("1,2,-\n8X1 2 3\n"), [Format::Civs]);
        assert_eq!(all("# candidates: [\"Ada\"]\n"), [Format::Civs]);
        assert_eq!(all("# of 2021\n1,2\n"), [Format::Civs]);
        assert_eq!(all("# Ada,Ben\n1,2\n"), [Format::Csv, Format::Civs]);
        assert_eq!(all("# one\n# two\n"), []);
        assert_eq!(all("1,2\nA,B\n"), []);
    }

    #[test]
    fn blt_begins_with_two_numbers_and_has_quotes() {
        assert_eq!(all("# a vote\n4 2\n-2\n3 1 0\n0\n\"A\"\n"), [Format::Blt]);
        assert_eq!(all("4 2\n3 1 2\n"), [Format::Civs]);
        assert_eq!(all("4\n\"A\"\n"), []);
        assert_eq!(all("4 two\n\"A\"\n"), []);
    }

    #[test]
    fn preflib_has_its_comments_or_the_numbers_of_old() {
        assert_eq!(all("# TITLE: A\n# NUMBER ALTERNATIVES: 1\n3: 1\n"), [Format::Preflib]);
        assert_eq!(all("# ALTERNATIVE NAME 1: A\n3: 1\n"), [Format::Preflib]);
        assert_eq!(all("2\n1,Ada\n2,Ben\n5,5,1\n5,2,1\n"), [Format::Preflib]);
        assert_eq!(all("2\n2,Ada\n"), []);
        assert_eq!(all("two\n1,Ada\n"), []);
    }

    #[test]
    fn abif_has_keys_or_counts_before_names() {
        assert_eq!(all("{title: \"A\"}\n=a:[Ada]\n"), [Format::Abif]);
        assert_eq!(all("# one\n27 : [Ada]>Ben\n"), [Format::Abif]);
        assert_eq!(all("10:\n3:\"Ada\"\n"), [Format::Abif]);
        assert_eq!(all("x: Ada>Ben\n"), []);
        assert_eq!(all("27: 1,2\n"), []);
    }

    #[test]
    fn cef_has_parameters_or_an_order() {
        assert_eq!(all("# one\n#/Candidates: A;B\n\nA * 3\n"), [Format::Cef]);
        assert_eq!(all("A > B = C\nB\n"), [Format::Cef]);
        assert_eq!(all("A > B\n1\n"), [Format::Csv, Format::Cef]);
        assert_eq!(all("A = B\nB > A\n"), []);
    }

    #[test]
    fn debian_has_votes_and_json_its_first_field() {
        assert_eq!(all("A sheet\n Option 1->: Ada\nV: 1- abc\n"), [Format::Debian]);
        assert_eq!(all(" { \"hustings\" : \"ballots\",\n\"version\": 1}"), [Format::Json]);
        assert_eq!(all("{\"ballots\": 1,\n\"hustings\": 1}"), []);
    }
}
