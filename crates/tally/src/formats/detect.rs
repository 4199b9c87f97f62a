//! What a file of each format looks like: the table of [`crate::formats`], line by line.

use super::{Format, abif, civs, csv, debian, elekto};

/// Whether a file looks like one of a format.
pub(super) fn could_be(format: Format, text: &str) -> bool {
    match format {
        Format::Csv => has_header(text) && !text.contains(elekto::BLANK),
        Format::Elekto => has_header(text) && text.contains(elekto::BLANK),
        Format::Civs => is_civs(text),
        Format::Debian => text.lines().any(|line| line.starts_with("V: ") || debian::option(line).is_some()),
        Format::Blt => is_blt(text),
        Format::Preflib => is_preflib(text),
        Format::Abif => is_abif(text),
        Format::Cef => is_cef(text),
        Format::Json => is_json(text),
    }
}

/// The format that a file names in its first lines, whatever is wrong with the others.
pub(super) fn named(text: &str) -> Option<Format> {
    let counts = text.lines().next().is_some_and(|header| header.split(',').next() == Some(csv::COUNT));
    let mut comments = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    let format = |line: &str| match line {
        line if line.starts_with("#/") => Some(Format::Cef),
        line if civs::names_line(line).is_some() => Some(Format::Civs),
        line => is_preflib_comment(line).then_some(Format::Preflib),
    };
    // Elekto knows no counts, and may have a candidate of that name.
    let ours = (counts && !text.contains(elekto::BLANK)).then_some(Format::Csv);
    ours.or_else(|| comments.find_map(format)).or_else(|| is_json(text).then_some(Format::Json))
}

/// The format that a file is most likely meant to be in which looks like none.
pub(super) fn likely(text: &str) -> Option<Format> {
    let (names, body) = csv::header(text).ok()?;
    let row = text[body..].lines().find(|line| !line.trim().is_empty());
    let begins = row.and_then(|row| row.split(',').next()).is_some_and(|cell| !cell.trim().is_empty() && is_cell(cell));
    if names.len() > 1 && names.iter().all(|(_, name)| !is_cell(name)) && begins {
        return Some(if text.contains(elekto::BLANK) { Format::Elekto } else { Format::Csv });
    }
    two_numbers(text).then_some(Format::Blt)
}

/// Whether there are names and nothing below them.
pub(super) fn is_header_alone(text: &str) -> bool {
    csv::header(text)
        .is_ok_and(|(names, body)| text[body..].trim().is_empty() && names.iter().any(|(_, name)| !is_cell(name)))
}

/// Whether names can be told from ranks, and from a line of CIVS.
pub(super) fn tells(names: &[String]) -> bool {
    names.iter().any(|name| !is_cell(name) && !name.bytes().all(is_of_civs))
}

fn is_of_civs(byte: u8) -> bool {
    byte.is_ascii_digit() || b"-xX, \t".contains(&byte)
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
    // CIVS refuses ranks above the number of choices: these numbers could be names, such as years.
    let numbers = names.iter().all(|(_, name)| is_number(name.trim()));
    let above = |name: &str| name.trim().parse().map_or(true, |rank: usize| rank > names.len());
    let telling = names.iter().any(|(_, name)| !is_cell(name)) || numbers && names.iter().any(|(_, name)| above(name));
    telling && !two_numbers(text) && civs::names_line(text).is_none() && first.is_some_and(fits)
}

fn is_civs(text: &str) -> bool {
    let ballots = |line: &str| line.bytes().all(is_of_civs);
    let counted = text.lines().next().is_some_and(|header| header.split(',').next() == Some(csv::COUNT));
    !counted && !is_blt(text) && content(text).next().is_some() && content(text).all(ballots)
}

/// Also where it is cut off before the names: CIVS has no zeros, and as many ranks in each line.
fn is_blt(text: &str) -> bool {
    let ballot = |line: &str| line.split_whitespace().last() == Some("0") || line.split_whitespace().count() > 2;
    two_numbers(text) && (text.contains('"') || content(text).skip(1).any(ballot))
}

fn two_numbers(text: &str) -> bool {
    let numbers = |line: &str| {
        let words = line.split('#').next().unwrap_or_default().split_whitespace();
        words.clone().count() == 2 && words.clone().all(is_number)
    };
    content(text).next().is_some_and(numbers)
}

fn is_preflib_comment(line: &str) -> bool {
    line.starts_with("# ALTERNATIVE NAME ") || line.starts_with("# NUMBER ALTERNATIVES")
}

fn is_preflib(text: &str) -> bool {
    let modern = is_preflib_comment;
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

    /// The format named, or all that it could be.
    fn all(text: &str) -> Vec<Format> {
        if let Some(format) = named(text) {
            return vec![format];
        }
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
    fn names_that_are_numbers_are_not_taken_for_ranks() {
        assert_eq!(all("2024,2025\n1,2\n"), [Format::Csv, Format::Civs]);
        assert_eq!(all("#count,1,2\n1,1,2\n"), [Format::Csv]);
        assert_eq!(all("1,2\n2,1\n"), [Format::Civs]);
        // A blank is no name.
        assert_eq!(all("1,5,-\n1,2,3\n"), [Format::Civs]);
    }

    #[test]
    fn a_file_that_names_its_format_is_in_it_whatever_its_rows_are() {
        assert_eq!(named("#count,Ada,Ben\n3,1\n"), Some(Format::Csv));
        assert_eq!(named("#/Candidates: A;B\n3: A>B\n"), Some(Format::Cef));
        assert_eq!(named("# of 2021\n# candidates: [\"Ada\"]\nx\n"), Some(Format::Civs));
        assert_eq!(named("# TITLE: A\n# NUMBER ALTERNATIVES: x\n"), Some(Format::Preflib));
        assert_eq!(named("#count,Ada\n1,No opinion\n"), None);
        assert_eq!(likely("Ada,Ben\n1,x\n"), Some(Format::Csv));
        assert_eq!(likely("Ada,Ben\n1\nNo opinion\n"), Some(Format::Elekto));
        for neither in ["hello,\nworld\n", "hello,you\nworld\n", "hello\n1,2\n", "1,2\n1,x\n"] {
            assert_eq!(likely(neither), None, "{neither}");
        }
        assert_eq!(likely("4 2\n"), Some(Format::Blt));
    }

    #[test]
    fn names_alone_are_told_from_ranks() {
        assert!(is_header_alone("Ada,1\n \n"));
        assert!(!is_header_alone("1,2\n") && !is_header_alone("Ada\n1\n"));
        // A line of CIVS has ranks and `X`.
        let tells = |names: [&str; 2]| tells(&names.map(String::from));
        assert!(tells(["Ada", "1"]) && !tells(["1", "No opinion"]) && !tells(["1", "2X"]));
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
        assert_eq!(all("2 1\n1 2\n"), [Format::Civs]);
        assert_eq!(all("4 2\n3 1 2\n"), [Format::Blt]);
        assert_eq!(all("2 1\n1 0\n"), [Format::Blt]);
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
