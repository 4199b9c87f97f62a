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
    matches!(cell, "" | "-" | elekto::BLANK) || is_number(cell)
}

/// Whether there is a header of names and a row with as many ranks, or no row at all.
fn has_header(text: &str) -> bool {
    let Ok((names, body)) = csv::header(text) else { return false };
    let first = text[body..].lines().find(|line| !line.trim().is_empty());
    let fits = |row: &str| row.split(',').all(is_cell) && row.split(',').count() == names.len();
    let named = names.iter().any(|(_, name)| !is_cell(name));
    named && civs::names_line(text).is_none() && first.is_none_or(fits)
}

fn is_civs(text: &str) -> bool {
    let ballots = |line: &str| line.bytes().all(|byte| byte.is_ascii_digit() || b"-xX, \t".contains(&byte));
    let counted = text.lines().next().is_some_and(|header| header.split(',').next() == Some(csv::COUNT));
    let named = text.lines().any(|line| civs::names_line(line).is_some());
    !counted && content(text).all(ballots) && (named || content(text).next().is_some())
}

fn is_blt(text: &str) -> bool {
    let numbers = |line: &str| line.split_whitespace().count() == 2 && line.split_whitespace().all(is_number);
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
    let counted = |line: &str| line.split_once(':').is_some_and(|(count, _)| is_number(count.trim()));
    let order = |line: &str| line.contains('>') && !counted(line) && !line.starts_with(['=', '{', '<']);
    text.lines().any(|line| line.starts_with("#/")) || content(text).next().is_some_and(order)
}

fn is_json(text: &str) -> bool {
    let object = text.trim_start().strip_prefix('{');
    object.is_some_and(|fields| fields.trim_start().starts_with("\"hustings\""))
}
