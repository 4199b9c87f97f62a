//! Elimination, round by round: instant runoff and its Condorcet hybrids.
//!
//! Each round counts the first places among those left (a ballot counts for its best ranked
//! candidate left, in equal parts where it ranks several alike) and takes someone out. The
//! hybrids look at the duels as well and elect the Condorcet winner wherever there is one:
//! James Green-Armytage, "Four Condorcet–Hare hybrid methods for single-winner elections", Voting
//! matters 29 (2011), has the definitions and the names.
//!
//! **Ties.** With a tie order, of those level the worst placed goes out. Without one, all who
//! could go out, depending on how the tie is broken, go out together. Two things that it must not
//! do: it takes nobody out where it would take out everyone left, and they tie. And by the hybrids
//! it never takes out the whole Smith set of those left: those outside it go out instead, as
//! none of them could win, however the tie were broken. (Instant runoff has no such care: where
//! those level include everyone who could beat the Condorcet loser, that one wins.)
//!
//! **The full order** is, by instant runoff, the winners and then the others, last out first. A
//! hybrid says who wins and not who is second, so it is counted again without the winners, and so
//! on; that is how the Condorcet-IRV of CIVS put the Kubernetes candidates of 2019 in order.

use std::fmt;

use super::{Refusal, preferences::Preferences, preferences::gcd, scores::Scores};
use crate::ballot::Candidate;
use crate::explain::Named;
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::sets;
use crate::ties::TieOrder;

/// Who goes out, and when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elimination {
    /// Whoever has the fewest first places goes out.
    InstantRunoff,
    /// The same, until someone beats everyone else who is left.
    Benham,
    /// Everyone outside the Smith set goes out at first; then instant runoff.
    SmithIrv,
    /// The same, and between any two rounds again everyone outside the Smith set of those left.
    TidemanAlternative,
    /// Of the two with the fewest first places, the one that loses their duel goes out; where
    /// neither does, the one with fewer first places.
    BottomTwoRunoff,
}

/// How an elimination went, and the order it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runoff {
    /// One run for each tier of the order; of instant runoff, only one.
    pub runs: Vec<Vec<Round>>,
    /// All candidates in tiers, best first.
    pub ranking: Vec<Vec<Candidate>>,
}

/// What one round found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Who was left before it, in order.
    pub left: Vec<Candidate>,
    /// The first places of every candidate, none for those who are not left.
    pub votes: Scores,
    /// Ballots that rank nobody who is left, of those that rank anyone.
    pub exhausted: u64,
    /// What follows from that.
    pub verdict: Verdict,
    /// Those of whom the tie order chose the one who goes out; nobody where it was not asked.
    pub tied: Vec<Candidate>,
}

/// How a round ends. Each lists candidates in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// These have the fewest first places and go out.
    Fewest(Vec<Candidate>),
    /// These lose the runoff of the bottom two and go out.
    LosesRunoff(Vec<Candidate>),
    /// These are not in the Smith set of those left and go out.
    OutsideSmith(Vec<Candidate>),
    /// The last round: this one wins, or these tie.
    Wins(Vec<Candidate>),
}

impl Verdict {
    /// Returns whom it is about, whether they go out or win.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Self::Fewest(them) | Self::LosesRunoff(them) | Self::OutsideSmith(them) | Self::Wins(them) => them,
        }
    }
}

impl Runoff {
    /// Counts the rounds. The matrix is that of the same ballots, by the rule for blanks; first
    /// places do not depend on that rule.
    ///
    /// ```
    /// use tally::methods::elimination::{Elimination, Runoff};
    /// use tally::{BlankRule, Candidate, Matrix, Profile, Rank, TieOrder};
    ///
    /// let mut profile = Profile::new(3)?;
    /// for (ranks, count) in [([1, 2, 3], 4), ([3, 2, 1], 4), ([2, 1, 3], 3)] {
    ///     profile.push(&ranks.map(Rank::new), count)?;
    /// }
    /// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
    /// let matrix = Matrix::count(&profile, BlankRule::Last);
    /// let order = |rule| Runoff::count(&profile, &matrix, rule, None).map(|runoff| runoff.ranking);
    /// assert_eq!(order(Elimination::InstantRunoff)?, [[ada], [cy], [ben]]);
    /// // Ben is everybody's second choice: the Condorcet winner.
    /// assert_eq!(order(Elimination::Benham)?, [[ben], [ada], [cy]]);
    ///
    /// // Without ballots all are level, unless there is a tie order.
    /// let profile = Profile::new(2)?;
    /// let matrix = Matrix::count(&profile, BlankRule::Last);
    /// let order = |tie_order| {
    ///     let runoff = Runoff::count(&profile, &matrix, Elimination::InstantRunoff, tie_order);
    ///     runoff.map(|runoff| runoff.ranking)
    /// };
    /// assert_eq!(order(None)?, [[ada, ben]]);
    /// assert_eq!(order(TieOrder::new(vec![ben, ada]).as_ref())?, [[ben], [ada]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyShares`], which takes more than 46 candidates.
    ///
    /// # Panics
    ///
    /// When the matrix or the tie order has fewer candidates than the profile.
    pub fn count(
        profile: &Profile,
        matrix: &Matrix,
        rule: Elimination,
        tie_order: Option<&TieOrder>,
    ) -> Result<Self, Refusal> {
        let room = Room { ballots: &Preferences::of(profile), matrix, rule, tie_order };
        let mut left: Vec<Candidate> = (0..profile.candidates()).map(Candidate).collect();
        if rule == Elimination::InstantRunoff {
            let run = room.run(left)?;
            let ranking = run.iter().rev().map(|round| round.verdict.candidates().to_vec()).collect();
            return Ok(Self { runs: vec![run], ranking });
        }
        let (mut runs, mut ranking) = (Vec::new(), Vec::new());
        while !left.is_empty() {
            let run = room.run(left.clone())?;
            let winners = run.last().map_or(&[][..], |round| round.verdict.candidates()).to_vec();
            left = without(&left, &winners);
            runs.push(run);
            ranking.push(winners);
        }
        Ok(Self { runs, ranking })
    }
}

/// What every round needs.
struct Room<'a> {
    ballots: &'a Preferences,
    matrix: &'a Matrix,
    rule: Elimination,
    tie_order: Option<&'a TieOrder>,
}

impl Room<'_> {
    /// Counts rounds until someone wins.
    fn run(&self, mut left: Vec<Candidate>) -> Result<Vec<Round>, Refusal> {
        let mut rounds: Vec<Round> = Vec::new();
        loop {
            let round = self.round(left, rounds.is_empty())?;
            left = without(&round.left, round.verdict.candidates());
            let over = matches!(round.verdict, Verdict::Wins(_));
            rounds.push(round);
            if over {
                return Ok(rounds);
            }
        }
    }

    fn round(&self, left: Vec<Candidate>, first: bool) -> Result<Round, Refusal> {
        let mut standing = vec![false; self.ballots.candidates];
        for candidate in &left {
            standing[candidate.0] = true;
        }
        let places = self.ballots.first_places(&standing)?;
        let (verdict, tied) = self.verdict(&left, &places.votes, first);
        Ok(Round { left, votes: places.votes, exhausted: places.exhausted, verdict, tied })
    }

    /// Says how the round ends, and among whom the tie order chose.
    fn verdict(&self, left: &[Candidate], votes: &Scores, first: bool) -> (Verdict, Vec<Candidate>) {
        let smith = self.smith(left, first);
        let outside = without(left, &smith);
        let restricts = matches!(self.rule, Elimination::SmithIrv | Elimination::TidemanAlternative);
        if restricts && !outside.is_empty() {
            return (Verdict::OutsideSmith(outside), Vec::new());
        }
        if smith.len() == 1 && (outside.is_empty() || self.rule == Elimination::Benham) {
            return (Verdict::Wins(smith), Vec::new());
        }
        let last = self.last(left, votes);
        if let Some(order) = self.tie_order.filter(|_| last.len() > 1) {
            let out = last.iter().copied().max_by(|a, b| order.compare(*a, *b));
            return (self.goes_out(out.into_iter().collect()), last);
        }
        let verdict = match without(&smith, &last)[..] {
            [] if outside.is_empty() => Verdict::Wins(smith),
            [] => Verdict::OutsideSmith(outside),
            [..] => self.goes_out(last),
        };
        (verdict, Vec::new())
    }

    /// Those who can still win: the Smith set of those left, where the rule looks at duels.
    fn smith(&self, left: &[Candidate], first: bool) -> Vec<Candidate> {
        match self.rule {
            Elimination::InstantRunoff => left.to_vec(),
            Elimination::SmithIrv if !first => left.to_vec(),
            _ => sets::smith_among(self.matrix, left),
        }
    }

    fn goes_out(&self, them: Vec<Candidate>) -> Verdict {
        match self.rule {
            Elimination::BottomTwoRunoff => Verdict::LosesRunoff(them),
            _ => Verdict::Fewest(them),
        }
    }

    /// Everyone who could go out now, depending on how ties are broken; in order.
    fn last(&self, left: &[Candidate], votes: &Scores) -> Vec<Candidate> {
        let mut bottom = fewest(left, votes);
        if self.rule != Elimination::BottomTwoRunoff || left.len() == 1 {
            return bottom;
        }
        // The bottom two are any two of those level last, or the one last and any of the next.
        if bottom.len() == 1 {
            bottom.extend(fewest(&without(left, &bottom), votes));
        }
        let votes = |i: &Candidate| votes.numerators[i.0];
        let lowest = votes(&bottom[0]);
        let meet = |i: &Candidate, j: &Candidate| i != j && votes(i).min(votes(j)) == lowest;
        let level = |i: &Candidate, j: &Candidate| !self.matrix.beats(*i, *j) && !self.matrix.beats(*j, *i);
        let loses = |i: &Candidate, j: &Candidate| self.matrix.beats(*j, *i) || level(i, j) && votes(i) <= votes(j);
        let out = |i: &&Candidate| bottom.iter().any(|j| meet(i, j) && loses(i, j));
        let mut out: Vec<Candidate> = bottom.iter().filter(out).copied().collect();
        out.sort_unstable();
        out
    }
}

/// Those of the candidates with the fewest votes, in order.
fn fewest(left: &[Candidate], votes: &Scores) -> Vec<Candidate> {
    let votes = |candidate: &Candidate| votes.numerators[candidate.0];
    let fewest = left.iter().map(votes).min();
    left.iter().copied().filter(|candidate| Some(votes(candidate)) == fewest).collect()
}

/// Takes some away from the others; both lists are in order.
fn without(them: &[Candidate], those: &[Candidate]) -> Vec<Candidate> {
    them.iter().copied().filter(|candidate| those.binary_search(candidate).is_err()).collect()
}

impl Runoff {
    /// Says every round with names, a line each. Displaying it panics where a name lacks.
    ///
    /// ```
    /// use tally::methods::elimination::{Elimination, Runoff};
    /// use tally::{BlankRule, Matrix, Profile, Rank};
    ///
    /// let mut profile = Profile::new(3)?;
    /// profile.push(&[Rank::new(1), Rank::new(1), None], 3)?;
    /// profile.push(&[None, Rank::new(1), Rank::new(2)], 1)?;
    /// let matrix = Matrix::count(&profile, BlankRule::Last);
    /// let runoff = Runoff::count(&profile, &matrix, Elimination::InstantRunoff, None)?;
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// assert_eq!(
    ///     runoff.named(&names).to_string(),
    ///     "Round 1: Ada 1½, Ben 2½, Cy 0; Cy goes out\n\
    ///      Round 2: Ada 1½, Ben 2½; Ada goes out\n\
    ///      Round 3: Ben 4; Ben wins\n"
    /// );
    ///
    /// // Without ballots there is only one round.
    /// let profile = Profile::new(2)?;
    /// let matrix = Matrix::count(&profile, BlankRule::Last);
    /// let runoff = Runoff::count(&profile, &matrix, Elimination::Benham, None)?;
    /// assert_eq!(runoff.named(&names).to_string(), "Round 1: Ada 0, Ben 0; Ada and Ben tie\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Runoff> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = 1;
        for (rounds, tier) in self.what.runs.iter().zip(&self.what.ranking) {
            for (number, round) in (1..).zip(rounds) {
                if place > 1 {
                    write!(f, "For place {place}: ")?;
                }
                writeln!(f, "Round {number}: {}", round.named(self.names))?;
            }
            place += tier.len();
        }
        Ok(())
    }
}

impl Round {
    /// Says the round with names: "Ada 120, Ben 88, Cy 40½; Cy goes out". Displaying it panics
    /// where a name lacks.
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Round> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Round { left, votes, exhausted, verdict, tied } = self.what;
        let votes = |candidate: &Candidate| fraction(votes.numerators[candidate.0], votes.denominator);
        let counted = left.iter().map(|candidate| format!("{} {}", self.name(*candidate), votes(candidate)));
        write!(f, "{}", counted.collect::<Vec<_>>().join(", "))?;
        if *exhausted > 0 {
            write!(f, ", exhausted {exhausted}")?;
        }
        let (them, many) = (self.list(verdict.candidates()), verdict.candidates().len() > 1);
        let go = if many { "go" } else { "goes" };
        match verdict {
            Verdict::Fewest(_) => write!(f, "; {them} {go} out")?,
            Verdict::LosesRunoff(_) => write!(f, "; {them} {go} out by the runoff of the bottom two")?,
            Verdict::OutsideSmith(_) => write!(f, "; {them} {go} out, being outside the Smith set")?,
            Verdict::Wins(_) => write!(f, "; {them} {}", if many { "tie" } else { "wins" })?,
        }
        if !tied.is_empty() {
            write!(f, " (of {}, by the tie order)", self.list(tied))?;
        }
        Ok(())
    }
}

/// "40", "40½", "½", "40 1/3".
pub(crate) fn fraction(numerator: u128, denominator: u128) -> String {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    let divisor = gcd(rest, denominator);
    match (rest / divisor, denominator / divisor) {
        (0, _) => whole.to_string(),
        (1, 2) if whole == 0 => "½".to_owned(),
        (1, 2) => format!("{whole}½"),
        (rest, parts) if whole == 0 => format!("{rest}/{parts}"),
        (rest, parts) => format!("{whole} {rest}/{parts}"),
    }
}
