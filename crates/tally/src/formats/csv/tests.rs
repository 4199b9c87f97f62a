use super::*;
use crate::ballot::BallotError;

/// The error of a file, as line, column and what was found there.
fn error(file: &[u8]) -> (usize, usize, Problem) {
    let Error { line, column, problem } = read(file).unwrap_err();
    (line, column, problem)
}

fn rank(found: &str) -> Problem {
    Problem::Rank { found: found.to_owned(), blank: "-" }
}

fn ballots(file: &[u8]) -> Vec<(Vec<u32>, u64)> {
    let numbers = |ranks: Vec<Option<Rank>>| ranks.iter().map(|rank| rank.map_or(0, Rank::get)).collect();
    read(file).unwrap().profile.iter().map(|(ranks, count)| (numbers(ranks), count)).collect()
}

#[test]
fn ranks_blanks_and_counts_are_read() {
    let rows = [(vec![1, 2, 0], 1), (vec![10, 0, 12], 1)];
    assert_eq!(ballots(b"A,B,C\n1,2,-\n10,,12\n"), rows);
    assert_eq!(ballots(b"#count,A,B\n0,1,2\n77,-,-"), [(vec![1, 2], 0), (vec![0, 0], 77)]);
}

#[test]
fn spreadsheets_are_read() {
    let file = b"\xEF\xBB\xBF\"A, \"\"the\nfirst\"\"\",B\r\n\"1\", 2\r\n\r\n - ,003\r\n";
    assert_eq!(read(file).unwrap().candidates, ["A, \"the\nfirst\"", "B"]);
    assert_eq!(ballots(file), [(vec![1, 2], 1), (vec![0, 3], 1)]);
}

#[test]
fn a_header_alone_is_an_election_without_ballots() {
    assert_eq!(read(b"A,B").unwrap().profile.ballots(), 0);
    assert_eq!(read(b"A,B\n").unwrap().profile.ballots(), 0);
}

#[test]
fn empty_files_are_refused() {
    assert_eq!(error(b""), (1, 1, Problem::Empty));
    assert_eq!(error(b"\n \n"), (1, 1, Problem::Empty));
}

#[test]
fn other_encodings_are_refused() {
    assert_eq!(error(b"Ada,Ren\xE9\n1,2\n"), (1, 8, Problem::NotUtf8(0xE9)));
    assert_eq!(error("Zoë,B\n1,ä\n\u{e9}".as_bytes()).0, 2);
    assert_eq!(error(b"Zo\xC3\xAB,B\n1,2\n\xFF,1"), (3, 1, Problem::NotUtf8(0xFF)));
}

#[test]
fn missing_names_are_refused() {
    assert_eq!(error(b"Ada,,Cy\n"), (1, 5, Problem::NoName));
    assert_eq!(error(b"\nAda\n"), (1, 1, Problem::NoName));
    let none = Problem::Ballots(BallotError::NoCandidates);
    assert_eq!(error(b"#count\n1\n"), (1, 1, none));
}

#[test]
fn a_name_that_stands_twice_is_refused_where_it_stands_again() {
    assert_eq!(error("Zoë,B,\"Zoë\"".as_bytes()), (1, 7, Problem::SameName("Zoë".into())));
    assert_eq!(error(b"A,#count,#count\n").2, Problem::SameName("#count".into()));
}

#[test]
fn broken_quotes_are_refused() {
    assert_eq!(error(b"A,\"B\n1,2\n"), (1, 3, Problem::OpenQuote));
    assert_eq!(error(b"\"A\"x,B\n"), (1, 4, Problem::AfterName('x')));
    assert_eq!(error(b"A\rB,C\n"), (1, 2, Problem::AfterName('\r')));
}

#[test]
fn rows_of_another_width_are_refused() {
    let cells = |found, expected| Problem::Cells { found, expected };
    assert_eq!(error(b"A,B\n1,2\n1\n"), (3, 1, cells(1, 2)));
    assert_eq!(error(b"#count,A,B\n1,2,3,4\n"), (2, 1, cells(4, 3)));
}

#[test]
fn cells_that_are_no_rank_are_refused() {
    for bad in ["0", "00", "-1", "+1", "1.5", "x", "1 2", "4294967296", "\"", "18446744073709551617"] {
        let file = format!("Zoë,B\n\n1,2\n2,{bad}\n");
        assert_eq!(error(file.as_bytes()), (4, 3, rank(bad)), "{bad}");
    }
    assert_eq!(ballots(b"A,B\n4294967295,4294967294\n"), [(vec![2, 1], 1)]);
}

#[test]
fn counts_that_are_no_number_are_refused() {
    for bad in ["", "-", "x", "-3", "1e3", "18446744073709551616"] {
        let file = format!("#count,A\n{bad},1\n");
        assert_eq!(error(file.as_bytes()), (2, 1, Problem::Count(bad.into())), "{bad}");
    }
}

#[test]
fn more_ballots_than_can_be_counted_are_refused() {
    let many = Problem::Ballots(BallotError::TooManyBallots);
    assert_eq!(error(b"#count,A\n18446744073709551615,1\n1,1\n"), (3, 1, many));
}

#[test]
fn large_files_are_read_in_order_whatever_the_shares() {
    let rows = (1..=400_000_u64).map(|count| format!("{count},1,2\n"));
    let mut file = format!("#count,A,B\n{}", rows.collect::<String>());
    let profile = read(file.as_bytes()).unwrap().profile;
    assert!(profile.iter().map(|(_, count)| count).eq(1..=400_000));

    file.push_str("5,1,x\n5,0,2\n");
    assert_eq!(error(file.as_bytes()), (400_002, 5, rank("x")));
}

#[test]
fn shares_cover_all_rows_and_end_at_lines() {
    let bytes = b"A\n1\n22\n333\n4444\n5\n6\n7";
    for count in 1..12 {
        let shares = shares(bytes, 2, count);
        let mut ends = shares.iter().map(|share| share.end);
        assert!(shares.iter().map(|share| share.start).skip(1).eq(ends.clone().take(count - 1)));
        assert!(ends.clone().all(|end| end == bytes.len() || bytes[end - 1] == b'\n'));
        assert_eq!((shares[0].start, ends.next_back()), (2, Some(bytes.len())));
    }
    // A third of twelve is the `1` at 6; its line ends before 8.
    assert_eq!(shares(b"A\n1\n1\n1\n1\n1\n1\n", 2, 3), [2..8, 8..12, 12..14]);
}

#[test]
fn names_that_need_quotes_get_them_and_a_candidate_may_be_called_count() {
    let file = "#count,#count,\"a,b\",\"c\"\"d\",\"e\nf\"\n1,1,2,3,-\n";
    assert_eq!(write(&read(file.as_bytes()).unwrap()), file);
}

#[test]
fn counts_are_written_where_they_are_needed() {
    for file in ["A,B\n1,2\n", "#count,A,B\n2,1,2\n", "#count,1,2\n1,1,2\n"] {
        assert_eq!(write(&read(file.as_bytes()).unwrap()), file);
    }
}

#[test]
fn every_problem_says_what_was_expected() {
    let files: [&[u8]; 9] = [b"", b"\xFF", b"A,,", b"A,A", b"\"A", b"\"A\"B", b"A,B\n1", b"A\nx", b"#count,A\nx,1"];
    for file in files {
        let message = read(file).unwrap_err().to_string();
        assert!(message.contains(": expected ") && message.contains(", found "), "{message}");
    }
}
