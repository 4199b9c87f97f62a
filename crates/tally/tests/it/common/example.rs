//! Reads `worked-examples.json`: ballots as `A > B = C * 42`, answers as text of a PHP array.

use std::path::Path;

use serde_json::Value;
use tally::{BlankRule, Election, Profile, Rank};

use super::data::{read_json, strings};

/// A worked example and the answers that it states.
pub struct Example {
    /// The test it comes from and its name there.
    pub title: String,
    pub election: Election,
    /// Candidates that a ballot leaves out are last, unless the example says otherwise.
    pub blank: BlankRule,
    /// A method, by its name there, and who wins by it.
    pub winners: Vec<(String, Vec<String>)>,
    /// A method and its order in tiers.
    pub rankings: Vec<(String, Vec<Vec<String>>)>,
}

pub fn read(elections: &Path) -> Vec<Example> {
    let examples = read_json(&elections.join("worked-examples.json"));
    list(&examples).iter().map(example).collect()
}

fn example(json: &Value) -> Example {
    let votes: Vec<String> = list(&json["votes"]).iter().flat_map(strings).collect();
    let lines: Vec<Line> = votes.iter().flat_map(|votes| votes.split(';')).map(line).collect();
    let mut candidates = strings(&json["candidates"]);
    for name in lines.iter().flat_map(|line| line.tiers.concat()) {
        if !candidates.contains(&name) {
            candidates.push(name);
        }
    }
    let mut profile = Profile::new(candidates.len()).expect("candidates");
    for line in &lines {
        profile.push(&line.ranks(&candidates), line.count).expect("a ballot");
    }
    let blank = if strings(&json["implicit"]) == ["false"] { BlankRule::NoOpinion } else { BlankRule::Last };
    let winners = list(&json["winners"]).iter().map(|claim| (string(&claim[0]), strings(&claim[1])));
    let rankings = list(&json["rankings"]).iter().map(|claim| (string(&claim[0]), tiers(&string(&claim[1]))));
    Example {
        title: format!("{} {}", string(&json["file"]), string(&json["test"])),
        election: Election { candidates, profile },
        blank,
        winners: winners.filter(|(_, answer)| !answer.is_empty()).collect(),
        rankings: rankings.filter_map(|(method, answer)| Some((method, answer?))).collect(),
    }
}

/// An order of candidates and how many ballots give it.
struct Line {
    tiers: Vec<Vec<String>>,
    count: u64,
}

impl Line {
    /// Whoever is not named is blank.
    fn ranks(&self, candidates: &[String]) -> Vec<Option<Rank>> {
        let place = |name: &String| self.tiers.iter().position(|tier| tier.contains(name));
        let rank = |place: usize| Rank::new(u32::try_from(place + 1).expect("few tiers"));
        candidates.iter().map(|name| place(name).and_then(rank)).collect()
    }
}

/// `A > B = C * 42`, or `^ 42`, a weight, where the number of ballots does not matter.
fn line(text: &str) -> Line {
    let (order, count) = text.split_once(['*', '^']).unwrap_or((text, "1"));
    Line { tiers: order_of(order), count: count.trim().parse().expect("a count") }
}

/// `A > B = C`
fn order_of(text: &str) -> Vec<Vec<String>> {
    text.split('>').map(|tier| tier.split('=').map(|name| name.trim().to_owned()).collect()).collect()
}

/// `[ 1 => 'A', 2 => ['B', 'C'], ]` or `'A > B = C'`; nothing where a variable stands instead.
fn tiers(text: &str) -> Option<Vec<Vec<String>>> {
    let quoted = |tier: &str| tier.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
    match text.as_bytes()[0] {
        b'[' => Some(text.split("=>").skip(1).map(quoted).collect()),
        b'\'' => Some(order_of(text.trim_matches('\''))),
        _ => None,
    }
}

fn list(json: &Value) -> &[Value] {
    json.as_array().expect("a list")
}

fn string(json: &Value) -> String {
    json.as_str().expect("a string").to_owned()
}
