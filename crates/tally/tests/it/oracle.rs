//! Real elections, compared with what other programs found.
//!
//! Of what an `oracle.json` holds, `civs_runoff` (which no longer recounts first places) and
//! `civs_b2r` (bottom two runoff, in the order of CIVS' runoff) are no rules of ours, and
//! `civs_mam_random` says whether CIVS drew lots. All else is compared.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::{iter, sync::LazyLock};

use crate::common::data::{elections, folders, read_election, read_json};
use serde_json::{Value, json};
use tally::formats::{csv, json::Recount};
use tally::methods::{copeland, minimax::Minimax, ranked_pairs::RankedPairs, schulze::Paths};
use tally::{BlankRule, Candidate, Election, Matrix, Method, Outcome, Profile, Rules, Strength, count};

use Strength::{Margins, WinningVotes, WinsThenLosses};

fn blank_rule(meta: &Value) -> BlankRule {
    match meta["unranked"].as_str().expect("what a blank means") {
        rule if rule.starts_with("last") => BlankRule::Last,
        rule if rule.starts_with("no-opinion") => BlankRule::NoOpinion,
        rule => panic!("unknown rule for blanks: {rule}"),
    }
}

/// An election counted by Schulze's method, and what others found.
struct Case {
    key: String,
    election: Election,
    outcome: Outcome,
    oracle: Value,
}

/// The elections that have an oracle, each counted once.
static CASES: LazyLock<Option<Vec<Case>>> = LazyLock::new(|| Some(cases(&elections()?)));

fn cases(elections: &Path) -> Vec<Case> {
    let with_oracle = folders(elections, "").into_iter().filter(|(_, folder)| folder.join("oracle.json").exists());
    let case = |(key, folder): (String, PathBuf)| {
        let [meta, oracle] = ["meta.json", "oracle.json"].map(|name| read_json(&folder.join(name)));
        let election = read_election(&folder);
        let outcome = count(&election.profile, &Rules::new(blank_rule(&meta))).expect("an outcome");
        Case { key, election, outcome, oracle }
    };
    with_oracle.map(case).collect()
}

/// Candidates in tiers, best first; only the first tier where the oracle names winners alone.
type Tiers = Vec<Vec<Candidate>>;

impl Case {
    /// Reads tiers such as `["Ada", ["Ben", "Cy"]]`, each put in the order of the candidates.
    fn tiers(&self, oracle: &Value) -> Tiers {
        let names = &self.election.candidates;
        let candidate = |name: &Value| Candidate(names.iter().position(|it| name == it).expect("a candidate"));
        let tier = |tier: &Value| {
            let mut tier: Vec<_> = match tier {
                Value::Array(tier) => tier.iter().map(candidate).collect(),
                name => vec![candidate(name)],
            };
            tier.sort_unstable();
            tier
        };
        oracle.as_array().expect("tiers").iter().map(tier).collect()
    }

    /// Our order by the rule of an oracle.
    fn ours(&self, key: &str, method: Method, strength: Strength) -> Tiers {
        let matrix = &self.outcome.matrix;
        match method {
            Method::Schulze if key == "elekto" => Paths::strongest(matrix, strength).by_defeats(),
            Method::Schulze => Paths::strongest(matrix, strength).tiers(),
            Method::RankedPairs => RankedPairs::lock(matrix, strength, None).tiers().to_vec(),
            Method::Minimax => Minimax::by_defeats(matrix, strength).tiers().to_vec(),
            Method::MinimaxOpposition => Minimax::by_opposition(matrix).tiers().to_vec(),
            Method::Copeland => copeland::scores(matrix).tiers(),
            _ => unreachable!("no oracle counts it"),
        }
    }

    /// Who is first when only these stand.
    fn first_among(&self, left: &[Candidate], method: Method, strength: Strength) -> Vec<Candidate> {
        let mut profile = Profile::new(left.len()).expect("candidates");
        for (ranks, count) in self.election.profile.iter() {
            let ranks: Vec<_> = left.iter().map(|candidate| ranks[candidate.0]).collect();
            profile.push(&ranks, count).expect("a ballot");
        }
        let rules = Rules { method, strength, ..self.outcome.rules.clone() };
        let outcome = count(&profile, &rules).expect("an outcome");
        outcome.ranking[0].iter().map(|candidate| left[candidate.0]).collect()
    }
}

/// What is read from an oracle.
#[derive(Clone, Copy)]
enum Says {
    /// All candidates, in tiers or one by one.
    Order,
    /// Only who wins.
    Winners,
}

/// How far an oracle agrees with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Agreement {
    /// The same tiers, or the same winners.
    Same,
    /// Our order with some of its ties broken.
    Refines,
    /// Its winners are among ours.
    Winners,
    None,
}

fn agreement(says: Says, theirs: &Tiers, ours: &Tiers) -> Agreement {
    let first = match says {
        Says::Order => theirs[0].clone(),
        Says::Winners => theirs.concat(),
    };
    let place = |candidate: &Candidate| ours.iter().position(|tier| tier.contains(candidate));
    let same = match says {
        Says::Order => theirs == ours,
        Says::Winners => iter::once(&first).eq(&ours[..1]),
    };
    let refines = || {
        theirs.iter().all(|tier| tier.iter().all(|i| place(i) == place(&tier[0])))
            && theirs.concat().is_sorted_by_key(place)
    };
    match says {
        _ if same => Agreement::Same,
        Says::Order if refines() => Agreement::Refines,
        _ if first.iter().all(|winner| place(winner) == Some(0)) => Agreement::Winners,
        _ => Agreement::None,
    }
}

/// An oracle whose rule is one of ours.
struct Oracle {
    key: &'static str,
    says: Says,
    method: Method,
    strength: Strength,
    /// How many elections have it, at least.
    elections: usize,
    /// Those in which it breaks ties that we leave open, and agrees in all else.
    refines: &'static [&'static str],
    /// Those in which the ties that it breaks carry on into the order; its winners are among ours.
    winners: &'static [&'static str],
}

impl Oracle {
    const fn order(key: &'static str, method: Method, strength: Strength) -> Self {
        Self { key, says: Says::Order, method, strength, elections: 115, refines: &[], winners: &[] }
    }

    const fn winners(key: &'static str, method: Method, strength: Strength) -> Self {
        Self { says: Says::Winners, ..Self::order(key, method, strength) }
    }
}

/// Elections with a tie that votelib breaks silently, by the order of the candidates.
const TIED: &[&str] = &[
    "debian-2006-vote_002",
    "preflib-ers-02",
    "preflib-ers-20",
    "preflib-ers-23",
    "preflib-ers-40",
    "preflib-ers-55",
    "tideman-a3",
];

/// The same by winning votes alone, where one more is tied.
const TIED_BY_WINNING_VOTES: &[&str] = &[
    "debian-2006-vote_002",
    "preflib-ers-02",
    "preflib-ers-06",
    "preflib-ers-20",
    "preflib-ers-23",
    "preflib-ers-40",
    "preflib-ers-55",
    "tideman-a3",
];

/// Elections with so many ties that breaking one decides other pairs too.
const ENTANGLED: &[&str] = &["k8s-cocc-2025", "preflib-ers-05"];

const ORACLES: [Oracle; 19] = [
    Oracle::order("schulze_wv", Method::Schulze, WinningVotes),
    Oracle::order("schulze_margins", Method::Schulze, Margins),
    Oracle { elections: 114, ..Oracle::order("schulze_wl", Method::Schulze, WinsThenLosses) },
    Oracle { elections: 1, ..Oracle::order("schulze_civs", Method::Schulze, WinsThenLosses) },
    Oracle::order("civs_beatpath", Method::Schulze, WinsThenLosses),
    Oracle::order("pref_voting_schulze_wv", Method::Schulze, WinningVotes),
    Oracle::order("pref_voting_schulze_margins", Method::Schulze, Margins),
    Oracle {
        refines: TIED_BY_WINNING_VOTES,
        winners: ENTANGLED,
        ..Oracle::order("votelib_schulze", Method::Schulze, WinningVotes)
    },
    Oracle::order("civs_civs_ranked_pairs", Method::RankedPairs, WinsThenLosses),
    // Where CIVS drew lots (`civs_mam_random`), the lots decided something in this election only.
    Oracle { winners: &["preflib-ers-05"], ..Oracle::order("civs_mam", Method::RankedPairs, WinsThenLosses) },
    // Named one of two winners, whose victories are equal, by the order of the candidates.
    Oracle {
        winners: &["k8s-cocc-2025"],
        ..Oracle::winners("pref_voting_rp_tb_margins", Method::RankedPairs, Margins)
    },
    Oracle { refines: TIED, winners: ENTANGLED, ..Oracle::order("votelib_rp_wv", Method::RankedPairs, WinningVotes) },
    Oracle { refines: TIED, winners: ENTANGLED, ..Oracle::order("votelib_rp_margins", Method::RankedPairs, Margins) },
    Oracle::winners("pref_voting_minimax_wv", Method::Minimax, WinningVotes),
    Oracle::winners("pref_voting_minimax_margins", Method::Minimax, Margins),
    Oracle::winners("votelib_minimax_wv", Method::Minimax, WinningVotes),
    Oracle::winners("votelib_minimax_margins", Method::Minimax, Margins),
    Oracle::winners("pref_voting_copeland", Method::Copeland, Margins),
    Oracle { elections: 6, ..Oracle::order("elekto", Method::Schulze, WinningVotes) },
];

#[test]
fn orders_and_winners_are_those_of_the_oracles() {
    let Some(cases) = &*CASES else { return };
    for Oracle { key, says, method, strength, elections, refines, winners } in ORACLES {
        let mut found: HashMap<Agreement, BTreeSet<&str>> = HashMap::new();
        for case in cases.iter().filter(|case| !case.oracle[key].is_null()) {
            let agreement = agreement(says, &case.tiers(&case.oracle[key]), &case.ours(key, method, strength));
            found.entry(agreement).or_default().insert(&case.key);
        }
        let mut these = |agreement| found.remove(&agreement).unwrap_or_default();
        assert_eq!(these(Agreement::None), BTreeSet::new(), "{key} has other winners");
        for (agreement, listed) in [(Agreement::Refines, refines), (Agreement::Winners, winners)] {
            let found = these(agreement);
            assert!(listed.iter().all(|key| found.contains(key)), "{key}: {agreement:?} is {found:?}");
            // More elections may come; an oracle that never broke a tie still does not.
            assert!(found.len() == listed.len() || !listed.is_empty(), "{key}: {agreement:?} is {found:?}");
        }
        assert!(these(Agreement::Same).len() >= elections - refines.len() - winners.len(), "{key} is the same");
    }
}

/// CIVS breaks the ties of minimax by the second worst duels, then the third worst, and so on, so
/// that what is left for the next tier is another set: its tiers are each among those that are
/// first by our rule when only they and the ones after them stand.
#[test]
fn civs_breaks_the_ties_of_minimax_and_does_nothing_else() {
    let Some(cases) = &*CASES else { return };
    for (key, method, as_ours) in [
        ("civs_minimax", Method::Minimax, 103),
        // Not winning votes, but pairwise opposition.
        ("civs_minimax_wv", Method::MinimaxOpposition, 104),
    ] {
        let (same, other): (Vec<&Case>, Vec<_>) =
            cases.iter().partition(|case| case.tiers(&case.oracle[key]) == case.ours(key, method, Margins));
        assert!(same.len() >= as_ours && !other.is_empty(), "{key}: {} of {}", same.len(), cases.len());
        for case in other {
            let theirs = case.tiers(&case.oracle[key]);
            for (place, tier) in theirs.iter().enumerate() {
                let first = case.first_among(&theirs[place..].concat(), method, Margins);
                assert!(tier.iter().all(|candidate| first.contains(candidate)), "{key} of {}", case.key);
            }
        }
    }
}

#[test]
fn matrices_and_sets_are_those_of_the_oracles() {
    let Some(cases) = &*CASES else { return };
    for case in cases {
        let recount = serde_json::to_value(Recount::new(&case.election, &case.outcome)).expect("JSON");
        for (oracle, ours) in [
            ("matrix", "matrix"),
            ("condorcet_winner", "condorcet_winner"),
            ("pref_voting_smith", "smith"),
            ("pref_voting_schwartz", "schwartz"),
            ("pref_voting_schwartz(GOCHA)", "schwartz"),
            ("schulze_wv", "ranking"),
        ] {
            let theirs = case.oracle.get(oracle).unwrap_or(&recount[ours]);
            assert_eq!(recount[ours], *theirs, "{oracle} of {}", case.key);
        }
    }
    assert!(cases.len() >= 115, "{}", cases.len());
}

#[test]
fn ballots_and_published_matrices_are_those_of_the_source() {
    let Some(elections) = elections() else { return };
    for (_, folder) in folders(&elections, "") {
        let (election, meta) = (read_election(&folder), read_json(&folder.join("meta.json")));
        let matrix = Matrix::count(&election.profile, blank_rule(&meta));
        let shape = (json!(election.profile.ballots()), json!(election.candidates.len()));
        let published = (meta["ballots"].clone(), meta["candidates"].clone());
        assert_eq!(shape, published, "{}", folder.display());
        if let Some(published) = meta.get("matrix") {
            let counted = json!(matrix.rows().collect::<Vec<_>>());
            assert_eq!(counted, *published, "{}", folder.display());
        }
    }
}

#[test]
fn every_file_is_read_back_as_it_is_written() {
    let Some(elections) = elections() else { return };
    for (_, folder) in folders(&elections, "") {
        let election = read_election(&folder);
        let again = csv::read(csv::write(&election).as_bytes()).expect("our own file");
        assert_eq!(again.candidates, election.candidates);
        assert!(again.profile.iter().eq(election.profile.iter()), "{}", folder.display());
    }
}
