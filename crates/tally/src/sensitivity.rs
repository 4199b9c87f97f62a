//! Whether another count would have seated others, and how few more ballots would have.
//!
//! A result that stands under every method is another thing than one that hangs on the choice
//! between two of them, and the ballots say which it is.

mod change;

use std::fmt;

use crate::ballot::{Candidate, Rank};
use crate::explain::{Cycle, Named};
use crate::limits::{Limited, Limits};
use crate::methods::{self, Refusal};
use crate::outcome::{Outcome, Seats};
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::{BlankRule, Method, Rules, SeatOrder, Strength};

pub use change::{Change, MoreBallots};

/// How firmly an outcome stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Every other way to count, in the order of [`Method::ALL`]. Without `approval` where every
    /// ballot ranks everybody or nobody: it would say of all that they tie.
    pub recounts: Vec<Recount>,
    /// The cycles of victories that the seat line goes through.
    pub cycles: Vec<Cycle>,
    /// How few more ballots would have changed who is seated.
    pub change: Change,
}

/// Another count of the same ballots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// How it was counted.
    pub way: Way,
    /// Who is seated by it, unless the method refuses.
    pub seats: Result<Seats, Refusal>,
    /// Those whom it seats for certain and the election's own rules do not, in order.
    pub gained: Vec<Candidate>,
    /// Those whom the election's own rules seat for certain and it does not, in order.
    pub lost: Vec<Candidate>,
    /// Whether it seats the same for certain and lets the same tie for a seat.
    pub same: bool,
}

/// A method with what it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Way {
    /// The method.
    pub method: Method,
    /// The strength of a victory, where the method compares victories.
    pub strength: Option<Strength>,
    /// The order of the seats, for Schulze's method.
    pub order: Option<SeatOrder>,
    /// What a blank means, where that makes a difference to the method.
    pub blank: Option<BlankRule>,
}

impl Way {
    /// Lists every way there is, each once, in the order of [`Method::ALL`].
    ///
    /// ```
    /// use tally::{Method, sensitivity::Way};
    ///
    /// let ways = Way::all();
    /// assert_eq!(ways[0].to_string(), "schulze, winning-votes, tiers, last");
    /// // Four strengths, two orders, two rules for blanks: nothing is listed that makes no
    /// // difference to a method.
    /// assert_eq!(ways.iter().filter(|way| way.method == Method::Schulze).count(), 16);
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut ways = Vec::new();
        for (method, _) in Method::ALL {
            for (strength, _) in Strength::ALL {
                for ((order, _), (blank, _)) in SeatOrder::ALL.into_iter().flat_map(|o| BlankRule::ALL.map(|b| (o, b)))
                {
                    let way = Self::of(&Rules { method, strength, order, ..Rules::new(blank) });
                    if !ways.contains(&way) {
                        ways.push(way);
                    }
                }
            }
        }
        ways
    }

    /// Returns the way by which rules count.
    ///
    /// ```
    /// use tally::{BlankRule, Rules, sensitivity::Way};
    ///
    /// let rules = Rules::new(BlankRule::Last);
    /// let way = Way::of(&rules);
    /// assert_eq!(way.rules(&rules), rules);
    /// // How many are to be elected is no way of counting.
    /// assert_eq!(Way::of(&Rules { seats: 7, ..rules }), way);
    /// ```
    #[must_use]
    pub fn of(rules: &Rules) -> Self {
        let Rules { method, strength, order, blank, .. } = *rules;
        Self {
            method,
            strength: compares_victories(method).then_some(strength),
            order: (method == Method::Schulze).then_some(order),
            blank: looks_at_blanks(method).then_some(blank),
        }
    }

    /// Returns the rules that count this way, with everything else as in the given ones.
    ///
    /// ```
    /// use tally::{BlankRule, Rules, sensitivity::Way};
    ///
    /// let rules = Rules { seats: 7, ..Rules::new(BlankRule::Last) };
    /// for way in Way::all() {
    ///     assert_eq!((Way::of(&way.rules(&rules)), way.rules(&rules).seats), (way, 7));
    /// }
    /// ```
    #[must_use]
    pub fn rules(self, rules: &Rules) -> Rules {
        Rules {
            method: self.method,
            strength: self.strength.unwrap_or(rules.strength),
            order: self.order.unwrap_or(rules.order),
            blank: self.blank.unwrap_or(rules.blank),
            ..rules.clone()
        }
    }
}

/// The spellings of the rules, with commas between them: "schulze, margins, tiers, last".
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, strength, order, blank } = self;
        let rules = [strength.map(|it| it.to_string()), order.map(|it| it.to_string()), blank.map(|it| it.to_string())];
        write!(f, "{method}")?;
        rules.into_iter().flatten().try_for_each(|rule| write!(f, ", {rule}"))
    }
}

/// Whether it matters to a method which of two victories is the stronger.
const fn compares_victories(method: Method) -> bool {
    matches!(method, Method::Schulze | Method::RankedPairs | Method::Minimax | Method::CpoStv)
}

/// Whether it matters to a method what a blank means: not where a ballot counts for those it ranks.
const fn looks_at_blanks(method: Method) -> bool {
    let by_places = matches!(method, Method::InstantRunoff | Method::Plurality | Method::Approval(_));
    !by_places && !matches!(method, Method::ScottishStv | Method::MeekStv | Method::CpoStv)
}

/// About how many steps a recount by the rules takes.
fn steps(profile: &Profile, rules: &Rules) -> u64 {
    let candidates = profile.candidates() as u64;
    let ballots = || profile.iter().count() as u64;
    let steps = match rules.method {
        // Sets of candidates, or of winners against one another.
        Method::KemenyYoung => candidates << candidates.min(18),
        Method::CpoStv => ballots() << candidates.min(20),
        method if methods::looks_at_ballots(method) => ballots() * candidates * candidates,
        _ => candidates * candidates * candidates,
    };
    1_000 + steps
}

impl Sensitivity {
    /// Counts the ballots in every other way, and looks for the fewest that would have changed
    /// the outcome.
    ///
    /// The outcome has to be that of the ballots.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rank, Rules, sensitivity::{Change, Sensitivity}};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[Rank::new(1), None], 5)?;
    /// profile.push(&[None, Rank::new(1)], 2)?;
    /// let outcome = tally::count(&profile, &Rules::new(BlankRule::Last))?;
    /// let found = Sensitivity::of(&profile, &outcome);
    /// let names = ["Ada", "Ben"].map(String::from);
    /// assert_eq!(
    ///     found.change.named(&names).to_string(),
    ///     "3 more ballots that rank Ben above Ada (Ben > Ada) would have changed who is seated: \
    ///      nobody is elected; Ada and Ben tie for 1 seat. Fewer could not."
    /// );
    /// // Without opinions about both, nobody beats anybody.
    /// let differs = found.recounts.iter().find(|recount| !recount.same).unwrap();
    /// assert_eq!(differs.way.to_string(), "schulze, winning-votes, tiers, no-opinion");
    ///
    /// // Where everyone is seated, no ballot changes it.
    /// let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
    /// let found = Sensitivity::of(&profile, &tally::count(&profile, &rules)?);
    /// assert_eq!(found.change, Change::Never);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(profile: &Profile, outcome: &Outcome) -> Self {
        let Outcome { rules, matrix, ranking, seats, .. } = outcome;
        let (ranking, seats, limits) = (ranking.clone(), seats.clone(), &Limits::default());
        Counted { profile, rules, matrix, ranking, seats, limits }.sensitivity(outcome.cycles())
    }

    /// Does the same for a count under limits, of the whole profile: each recount, with more
    /// ballots or without, screens its options and applies the cap anew.
    ///
    /// Here candidates are those of the whole election.
    ///
    /// ```
    /// use tally::default_option::Threshold;
    /// use tally::{BlankRule, Candidate, Profile, Rank, Rules};
    /// use tally::{limits::Limits, sensitivity::Sensitivity};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[1, 2, 3].map(Rank::new), 6)?;
    /// profile.push(&[2, 3, 1].map(Rank::new), 5)?;
    /// // Ada needs more than 1:1 against nobody, and has 6–5.
    /// let threshold = Threshold { default: Candidate(2), quorum: None, majority: 1, majorities: vec![] };
    /// let limits = Limits { threshold: Some(threshold), body: None };
    /// let limited = limits.count(&profile, &Rules::new(BlankRule::Last))?;
    /// let names = ["Ada", "Ben", "Nobody"].map(String::from);
    /// assert_eq!(
    ///     Sensitivity::under(&profile, &limited).change.named(&names).to_string(),
    ///     "1 more ballot that ranks Nobody above Ada (Nobody > Ada > Ben) would have changed who is \
    ///      seated: Nobody is elected. Fewer could not."
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the limited count is one of more candidates.
    #[must_use]
    pub fn under(profile: &Profile, limited: &Limited) -> Self {
        let Limited { limits, rules, matrix, left, outcome, .. } = limited;
        let (ranking, seats) = (limited.ranking(), limited.seats());
        let cycles = outcome.cycles().into_iter().map(|cycle| cycle.among(left)).collect();
        Counted { profile, rules, matrix, ranking, seats, limits }.sensitivity(cycles)
    }
}

/// The count in question, in candidates of the whole election.
struct Counted<'a> {
    profile: &'a Profile,
    rules: &'a Rules,
    matrix: &'a Matrix,
    ranking: Vec<Vec<Candidate>>,
    seats: Seats,
    limits: &'a Limits,
}

impl Counted<'_> {
    fn sensitivity(self, cycles: Vec<Cycle>) -> Sensitivity {
        let matrices = BlankRule::ALL.map(|(blank, _)| (blank, Matrix::count(self.profile, blank)));
        let own = Way::of(self.rules);
        let everyone = |ranks: &[Option<Rank>]| ranks.iter().all(Option::is_some) || ranks.iter().all(Option::is_none);
        let complete = self.profile.iter().all(|(ranks, _)| everyone(&ranks));
        let tells = |way: Way| way.method != Method::Approval(None) || !complete;
        let recount = |way: Way| {
            let rules = way.rules(self.rules);
            let matrix = matrices.iter().find(|(blank, _)| *blank == rules.blank).map_or(self.matrix, |(_, it)| it);
            Recount::new(way, self.limits.seats(self.profile, matrix, &rules), &self.seats)
        };
        Sensitivity {
            recounts: Way::all().into_iter().filter(|way| *way != own && tells(*way)).map(recount).collect(),
            cycles: cycles.into_iter().filter(|cycle| cycle.at_seat_line).collect(),
            change: change::search(&self),
        }
    }

    /// The place of a candidate's tier in the ranking, from 0.
    fn tier(&self, candidate: Candidate) -> usize {
        self.ranking.iter().position(|tier| tier.contains(&candidate)).unwrap_or(0)
    }
}

impl Recount {
    fn new(way: Way, seats: Result<Seats, Refusal>, ours: &Seats) -> Self {
        let theirs = seats.as_ref().unwrap_or(ours);
        let (gained, lost) = (without(&theirs.winners, &ours.winners), without(&ours.winners, &theirs.winners));
        let open = |seats: &Seats| seats.ties.iter().filter(|tie| tie.is_open()).cloned().collect::<Vec<_>>();
        let same = seats.is_ok() && gained.is_empty() && lost.is_empty() && open(theirs) == open(ours);
        Self { way, seats, gained, lost, same }
    }
}

/// Those who are on one list and not on the other, in order.
fn without(all: &[Candidate], taken: &[Candidate]) -> Vec<Candidate> {
    let mut rest: Vec<_> = all.iter().copied().filter(|it| !taken.contains(it)).collect();
    rest.sort_unstable();
    rest
}

impl Recount {
    /// Says who would have been seated with names, compared with who is. Displaying it panics
    /// where a name lacks.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rank, Rules, sensitivity::Sensitivity};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[1, 2].map(Rank::new), 1)?;
    /// let found = Sensitivity::of(&profile, &tally::count(&profile, &Rules::new(BlankRule::Last))?);
    /// let names = ["Ada", "Ben"].map(String::from);
    /// assert_eq!(found.recounts[0].named(&names).to_string(), "the same people");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

/// "the same people", "Ben instead of Ada", "without Ada; Ada and Ben tie for 1 seat".
impl fmt::Display for Named<'_, Recount> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recount { seats, gained, lost, same, .. } = self.what;
        let seats = match seats {
            Err(refusal) => return write!(f, "not counted: {refusal}"),
            Ok(_) if *same => return f.write_str("the same people"),
            Ok(seats) => seats,
        };
        match (&gained[..], &lost[..]) {
            ([], []) => f.write_str("the same people for certain")?,
            ([], lost) => write!(f, "without {}", self.list(lost))?,
            (gained, []) => write!(f, "{} as well", self.list(gained))?,
            (gained, lost) => write!(f, "{} instead of {}", self.list(gained), self.list(lost))?,
        }
        seats.ties.iter().try_for_each(|tie| write!(f, "; {}", self.seat_tie(tie)))
    }
}

impl Sensitivity {
    /// Says everything with names, a sentence a line under headings. Displaying it panics where a
    /// name lacks.
    ///
    /// ```
    /// use tally::{BlankRule, Profile, Rank, Rules, sensitivity::Sensitivity};
    ///
    /// let mut profile = Profile::new(2)?;
    /// profile.push(&[1, 2].map(Rank::new), 1)?;
    /// let found = Sensitivity::of(&profile, &tally::count(&profile, &Rules::new(BlankRule::Last))?);
    /// let said = found.named(&["Ada", "Ben"].map(String::from)).to_string();
    /// assert!(said.starts_with("1 more ballot that ranks Ben above Ada (Ben > Ada) would have"));
    /// assert!(said.contains("\n  the same people: schulze, margins, tiers, last\n"), "{said}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Sensitivity> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sensitivity { recounts, cycles, change } = self.what;
        writeln!(f, "{}", change.named(self.names))?;
        for cycle in cycles {
            writeln!(f, "A cycle of victories goes through the seat line: {}.", cycle.named(self.names))?;
        }
        let same = recounts.iter().filter(|recount| recount.same).count();
        writeln!(f, "\n{same} of {} other counts seat the same people:", recounts.len())?;
        recounts.iter().try_for_each(|recount| writeln!(f, "  {}: {}", recount.named(self.names), recount.way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_listed_once_and_counts_as_it_says() {
        let rules = Rules { seats: 2, ..Rules::new(BlankRule::Last) };
        let ways = Way::all();
        for (place, way) in ways.iter().enumerate() {
            assert!(!ways[..place].contains(way), "{way}");
            let counted = way.rules(&rules);
            assert_eq!((Way::of(&counted), counted.seats), (*way, 2));
        }
        let of = |method| ways.iter().filter(|way| way.method == method).count();
        let numbers = Method::ALL.map(|(method, _)| of(method));
        assert_eq!(numbers, [16, 8, 8, 2, 2, 2, 2, 2, 2, 2, 1, 1, 2, 1, 1, 1, 4]);
    }
    #[test]
    fn a_recount_is_reckoned_by_what_its_method_looks_at() {
        let mut profile = Profile::new(3).unwrap();
        for first in [1, 2] {
            profile.push(&[Rank::new(first), None, None], 10).unwrap();
        }
        let reckoned = |method| steps(&profile, &Rules { method, ..Rules::new(BlankRule::Last) });
        let methods = [Method::Schulze, Method::InstantRunoff, Method::KemenyYoung, Method::CpoStv];
        assert_eq!(methods.map(reckoned), [1_027, 1_018, 1_024, 1_016]);
    }

    #[test]
    fn the_tier_of_a_candidate_is_its_place_in_the_order() {
        let (profile, rules, matrix) =
            (Profile::new(3).unwrap(), Rules::new(BlankRule::Last), Matrix::from([[0; 3]; 3]));
        let ranking = vec![vec![Candidate(2)], vec![Candidate(0)], vec![Candidate(1)]];
        let (seats, limits) = (Seats::default(), Limits::default());
        let counted = Counted { profile: &profile, rules: &rules, matrix: &matrix, ranking, seats, limits: &limits };
        assert_eq!([0, 1, 2].map(|n| counted.tier(Candidate(n))), [1, 2, 0]);
    }

    #[test]
    fn a_report_says_each_other_way_and_whom_it_seats() {
        let mut profile = Profile::new(2).unwrap();
        profile.push(&[1, 2].map(Rank::new), 1).unwrap();
        let rules = Rules::new(BlankRule::Last);
        assert_eq!(Way::of(&rules).to_string(), "schulze, winning-votes, tiers, last");
        let report = Sensitivity::of(&profile, &crate::count(&profile, &rules).unwrap());
        let said = report.named(&["Ada", "Ben"].map(String::from)).to_string();
        assert!(said.starts_with("1 more ballot that ranks Ben above Ada (Ben > Ada) would have"), "{said}");
        assert!(said.contains("\n  the same people: schulze, margins, tiers, last\n"), "{said}");
    }
}
