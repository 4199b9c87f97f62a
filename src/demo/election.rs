//! Candidates and ballots for the demonstration's elections.
//!
//! The biographies are written for this invented community; their facts (group, repository,
//! year, count) are those of its generated activity.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::community::{Community, GROUPS, INDEPENDENT, Person, stream};

/// Streams of randomness of this module; 0 and 1 are the community's.
const CANDIDATES: u64 = 10;
const BALLOTS: u64 = 11;

/// Candidates come from so many of the most active people.
const ACTIVE: usize = 60;

const BIOS: [&str; 12] = [
    include_str!("bios/backlog.md"),
    include_str!("bios/boring.md"),
    include_str!("bios/budget.md"),
    include_str!("bios/docs.md"),
    include_str!("bios/employers.md"),
    include_str!("bios/listening.md"),
    include_str!("bios/minutes.md"),
    include_str!("bios/newcomers.md"),
    include_str!("bios/operators.md"),
    include_str!("bios/releases.md"),
    include_str!("bios/sunset.md"),
    include_str!("bios/timezones.md"),
];

/// Somebody who stands in a demonstration election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The id of a [`Person`] of the community.
    pub id: i64,
    pub login: String,
    pub name: String,
    pub company: &'static str,
    /// Markdown.
    pub bio: String,
}

/// Ranks by candidate, 1 the best; equal ranks are ties, `None` is no opinion.
pub type Ballot = Vec<Option<u32>>;

/// Picks up to `count` people who are active at the end of the period and have been there
/// for a year, each of another employer (several may be independent once all employers are
/// taken), each with a biography of their own.
#[must_use]
pub fn candidates(community: &Community, count: usize, seed: u64) -> Vec<Candidate> {
    let rng = &mut stream(seed, CANDIDATES);
    let mut bios = BIOS;
    bios.shuffle(rng);
    let until = community.period().end;
    let year_ago = until - TimeDelta::days(365);
    let counts = community.contributions_since(year_ago);
    let contributions = |person: &Person| counts.get(&person.id).copied().unwrap_or_default();
    let mut active: Vec<&Person> =
        community.people().iter().filter(|person| person.left.is_none() && person.joined <= year_ago).collect();
    active.sort_by_key(|person| std::cmp::Reverse(contributions(person)));
    active.truncate(ACTIVE);
    active.shuffle(rng);
    let chosen = of_different_employers(active, until, count);
    let stand = |(person, bio): (&Person, &str)| Candidate {
        id: person.id,
        login: person.login().to_owned(),
        name: person.name.clone(),
        company: person.company_at(until).unwrap_or(INDEPENDENT),
        bio: community.fill(bio, person, contributions(person)),
    };
    chosen.into_iter().zip(bios).map(stand).collect()
}

/// Keeps the first of each employer, then, where that is too few, anyone independent.
fn of_different_employers(people: Vec<&Person>, at: DateTime<Utc>, count: usize) -> Vec<&Person> {
    let mut employers = HashSet::new();
    let known = people.into_iter().filter(|person| person.company_at(at).is_some());
    let (mut chosen, others): (Vec<_>, Vec<_>) = known.partition(|person| employers.insert(person.company_at(at)));
    let independent = |person: &&Person| person.company_at(at) == Some(INDEPENDENT);
    chosen.extend(others.into_iter().filter(independent));
    chosen.truncate(count);
    chosen
}

impl Community {
    /// Puts a person's facts into a biography.
    fn fill(&self, bio: &str, person: &Person, contributions: u32) -> String {
        let until = self.period().end;
        let work = match person.company_at(until) {
            Some(INDEPENDENT) | None => "I contribute in my own time".to_owned(),
            Some(company) => format!("I work at {company}"),
        };
        let repository = &self.repositories[person.favourites[0]];
        bio.replace("{name}", &person.name)
            .replace("{work}", &work)
            .replace("{group}", GROUPS[repository.group])
            .replace("{repository}", repository.name)
            .replace("{since}", &person.joined.year().to_string())
            .replace("{count}", &contributions.to_string())
    }
}

/// Draws `voters` ballots on `candidates`: two camps that disagree about most candidates
/// and agree on one, whom most prefer to each other one; some voters tie candidates whom they
/// like alike, some rank only a few, and some have no opinion at all.
#[must_use]
pub fn ballots(candidates: usize, voters: usize, seed: u64) -> Vec<Ballot> {
    let rng = &mut stream(seed, BALLOTS);
    let mut standings: Vec<Standing> = (0..candidates).map(Standing::nth).collect();
    standings.shuffle(rng);
    (0..voters).map(|_| ballot(rng, &standings)).collect()
}

/// How the camps see a candidate.
#[derive(Clone, Copy)]
struct Standing {
    /// What everyone thinks.
    quality: f64,
    /// Added by the larger camp, subtracted by the other one.
    leaning: f64,
}

impl Standing {
    /// The first is everyone's second choice at least; the others belong to either camp.
    fn nth(index: usize) -> Self {
        let rank = f64::from(u32::try_from(index).unwrap_or(u32::MAX));
        match index {
            0 => Self { quality: 2.6, leaning: 0.0 },
            _ if index % 2 == 1 => Self { quality: 1.2 - 0.2 * rank, leaning: 1.1 },
            _ => Self { quality: 1.2 - 0.2 * rank, leaning: -1.1 },
        }
    }
}

fn ballot(rng: &mut ChaCha8Rng, standings: &[Standing]) -> Ballot {
    let side = if rng.random_bool(0.55) { 1.0 } else { -1.0 };
    let score = |standing: &Standing| standing.quality + side * standing.leaning + gumbel(rng);
    let scores: Vec<f64> = standings.iter().map(score).collect();
    let mut ballot = ranks(&scores);
    match rng.random_range(0..100) {
        0..3 => ballot.fill(None),
        3..25 => keep(&mut ballot, |rank| rank <= 3),
        25..40 => keep(&mut ballot, |_| rng.random_bool(0.8)),
        _ => {}
    }
    ballot
}

/// Noise that makes sorting by score a Plackett–Luce draw.
fn gumbel(rng: &mut ChaCha8Rng) -> f64 {
    let chance: f64 = rng.random_range(1e-9..1.0);
    -(-chance.ln()).ln()
}

/// Ranks by descending score; those nearly as good as the one before share its rank.
fn ranks(scores: &[f64]) -> Ballot {
    const ALIKE: f64 = 0.12;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut ballot = vec![None; scores.len()];
    let (mut rank, mut before) = (0, f64::INFINITY);
    for index in order {
        rank += u32::from(before - scores[index] > ALIKE);
        before = scores[index];
        ballot[index] = Some(rank);
    }
    ballot
}

/// Leaves the other candidates without an opinion.
fn keep(ballot: &mut Ballot, mut wanted: impl FnMut(u32) -> bool) {
    for rank in ballot {
        *rank = rank.filter(|&rank| wanted(rank));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::*;

    #[test]
    fn candidates_are_active_people_of_different_employers_who_differ() {
        let until = "2026-11-23T05:00:00Z".parse().expect("an instant");
        let demo = Community::generate(7, until, Scale { people: 300, days: 365 });
        let candidates = candidates(&demo, 9, 5);
        assert_eq!(candidates.len(), 9);
        let distinct = |field: fn(&Candidate) -> &str| candidates.iter().map(field).collect::<HashSet<_>>().len();
        assert_eq!(distinct(|candidate| candidate.company), 9);
        assert_eq!(distinct(|candidate| &candidate.bio[..]), 9);
        for candidate in &candidates {
            assert!(candidate.bio.contains(&candidate.name) && !candidate.bio.contains('{'));
            assert!(candidate.bio.contains("## Who I am") && candidate.bio.contains("## What I want to do"));
        }
    }

    /// Compares as a voter does who puts those without an opinion last, or counts only stated ones.
    fn prefers(ballot: &Ballot, one: usize, other: usize, blank_is_last: bool) -> bool {
        match (ballot[one], ballot[other]) {
            (Some(one), Some(other)) => one < other,
            (Some(_), None) => blank_is_last,
            _ => false,
        }
    }

    #[test]
    fn one_candidate_beats_each_other_one_whatever_a_blank_means() {
        for (seed, last) in (0..50).flat_map(|seed| [(seed, true), (seed, false)]) {
            let ballots = ballots(7, 80, seed);
            let beats = |one, other| {
                let votes = |a, b| ballots.iter().filter(|ballot| prefers(ballot, a, b, last)).count();
                one == other || votes(one, other) > votes(other, one)
            };
            let winner = (0..7).find(|&one| (0..7).all(|other| beats(one, other)));
            assert!(winner.is_some(), "seed {seed}");
        }
    }

    #[test]
    fn ballots_have_ties_blanks_and_are_drawn_by_seed() {
        let drawn = ballots(7, 200, 1);
        assert_eq!(drawn, ballots(7, 200, 1));
        assert_ne!(drawn, ballots(7, 200, 2));
        let ties = |ballot: &&Ballot| {
            let ranked: Vec<u32> = ballot.iter().copied().flatten().collect();
            ranked.iter().collect::<HashSet<_>>().len() < ranked.len()
        };
        assert!(drawn.iter().filter(ties).count() > 10);
        assert!(drawn.iter().filter(|ballot| ballot.contains(&None)).count() > 30);
        assert!(drawn.iter().any(|ballot| ballot.iter().all(Option::is_none)));
    }
}
