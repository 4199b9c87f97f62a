//! How long a recount takes: 1,000,000 distinct ballots of 20 candidates, from memory and a file,
//! and 1,000 ballots of 1,000 candidates.
//!
//! Times are the best of nine runs. The naive loop is measured on a tenth of the ballots and
//! extrapolated.

use std::{fs, hint::black_box, path::Path, time::Duration, time::Instant};

use tally::{BlankRule, Election, Matrix, Profile, Rank, Rules, count, formats::csv};

const BALLOTS: usize = 1_000_000;
const CANDIDATES: usize = 20;
const SLICE: usize = 10;
/// Candidates, and ballots, of the election with many candidates.
const MANY: usize = 1_000;
const RUNS: usize = 9;

type Ballot = Vec<Option<Rank>>;

fn main() {
    let ballots = ballots(BALLOTS, CANDIDATES);
    let election = election(&ballots);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recount.csv");
    fs::write(&path, csv::write(&election)).expect("the file is written");
    let megabytes = fs::metadata(&path).expect("the file is there").len() / 1_000_000;
    let rules = Rules { seats: 3, ..Rules::new(BlankRule::Last) };

    let (one, silent) = [BlankRule::Last, BlankRule::NoOpinion]
        .map(|blank| best(|| Matrix::count_on(1, &election.profile, blank)))
        .into();
    let two = best(|| Matrix::count_on(2, &election.profile, rules.blank));
    let memory = best(|| count(&election.profile, &rules));
    let read = best(|| fs::read(&path).expect("the file is read"));
    let file = best(|| {
        let bytes = fs::read(&path).expect("the file is read");
        count(&csv::read(&bytes).expect("the file is ours").profile, &rules)
    });
    let slice = &ballots[..BALLOTS / SLICE];
    let naive = best(|| naive(slice)) * u32::try_from(SLICE).expect("small");
    fs::remove_file(&path).expect("the file is removed");
    let many = self::ballots(MANY, MANY);
    let crowd = self::election(&many);
    let crowded = best(|| count(&crowd.profile, &rules));
    let crowded_naive = best(|| self::naive(&many));

    println!("{BALLOTS} distinct ballots, {CANDIDATES} candidates; file of {megabytes} MB\n");
    println!("{:<44}{:>10}{:>14}", "", "ms", "naive loop ÷");
    let rows = [
        ("matrix from memory, 1 thread, blanks last", one),
        ("matrix from memory, 1 thread, no opinion", silent),
        ("matrix from memory, 2 threads, blanks last", two),
        ("whole count from memory", memory),
        ("whole count from the file", file),
        ("reading the file alone", read),
        ("naive loop (a tenth, extrapolated)", naive),
    ];
    for (what, time) in rows {
        let ratio = naive.as_secs_f64() / time.as_secs_f64();
        println!("{what:<44}{:>10.1}{ratio:>14.1}", time.as_secs_f64() * 1e3);
    }
    println!("\n{MANY} ballots, {MANY} candidates\n");
    for (what, time) in [("whole count by Schulze's method", crowded), ("naive loop, matrix alone", crowded_naive)] {
        let ratio = crowded_naive.as_secs_f64() / time.as_secs_f64();
        println!("{what:<44}{:>10.1}{ratio:>14.1}", time.as_secs_f64() * 1e3);
    }
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let run = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..RUNS).map(run).min().expect("at least one run")
}

/// Random orders of all candidates, each with some blanks; 20! orders leave them distinct.
fn ballots(ballots: usize, candidates: usize) -> Vec<Ballot> {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 40).expect("24 bits") % below
    };
    let mut ballot: Ballot = (1..).map(Rank::new).take(candidates).collect();
    let shuffle = |_| {
        (1..candidates).rev().for_each(|last| ballot.swap(last, random(last + 1)));
        let last = u32::try_from(candidates - random(4)).expect("small");
        let keep = |rank: &Rank| rank.get() <= last;
        ballot.iter().map(|rank| rank.filter(keep)).collect()
    };
    (0..ballots).map(shuffle).collect()
}

fn election(ballots: &[Ballot]) -> Election {
    let candidates = ballots[0].len();
    let mut profile = Profile::new(candidates).expect("few candidates");
    for ballot in ballots {
        profile.push(ballot, 1).expect("as many ranks as candidates");
    }
    Election { candidates: (1..=candidates).map(|n| format!("Candidate {n}")).collect(), profile }
}

fn naive(ballots: &[Ballot]) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; ballots[0].len()]; ballots[0].len()];
    for ballot in ballots {
        for (i, a) in ballot.iter().enumerate() {
            for (j, b) in ballot.iter().enumerate() {
                if a.is_some_and(|a| b.is_none_or(|b| a < b)) {
                    matrix[i][j] += 1;
                }
            }
        }
    }
    matrix
}
