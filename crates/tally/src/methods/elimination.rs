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
    /// Those who could go out, if there are several; nobody where it is only one.
    pub tied: Vec<Candidate>,
    /// Whether the tie order chose among them the one who goes out.
    pub by_tie_order: bool,
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
    ///
    /// ```
    /// use tally::{Candidate, methods::elimination::Verdict};
    ///
    /// assert_eq!(Verdict::Fewest(vec![Candidate(2)]).candidates(), [Candidate(2)]);
    /// // Several who win tie.
    /// assert_eq!(Verdict::Wins(vec![Candidate(0), Candidate(1)]).candidates().len(), 2);
    /// ```
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
        let by_tie_order = self.tie_order.is_some() && !tied.is_empty();
        Ok(Round { left, votes: places.votes, exhausted: places.exhausted, verdict, tied, by_tie_order })
    }

    /// Says how the round ends, and who could go out, if there are several.
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
            [..] => self.goes_out(last.clone()),
        };
        (verdict, if last.len() > 1 { last } else { Vec::new() })
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
    ///
    /// ```
    /// use tally::methods::{elimination::{Round, Verdict}, scores::Scores};
    /// use tally::Candidate;
    ///
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
    /// let mut round = Round {
    ///     left: vec![ada, ben, cy],
    ///     votes: Scores { numerators: vec![240, 177, 80], denominator: 2 },
    ///     exhausted: 0,
    ///     verdict: Verdict::Fewest(vec![cy]),
    ///     tied: vec![],
    ///     by_tie_order: false,
    /// };
    /// assert_eq!(round.named(&names).to_string(), "Ada 120, Ben 88½, Cy 40; Cy goes out");
    ///
    /// round.verdict = Verdict::Wins(vec![ada, ben]);
    /// assert!(round.named(&names).to_string().ends_with("; Ada and Ben tie"));
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named { what: self, names }
    }
}

impl fmt::Display for Named<'_, Round> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Round { left, votes, exhausted, verdict, tied, by_tie_order } = self.what;
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
        match verdict {
            _ if *by_tie_order => write!(f, " (of {}, by the tie order)", self.list(tied)),
            Verdict::Wins(_) => Ok(()),
            _ if tied.is_empty() => Ok(()),
            _ => write!(f, " ({} are level, and no tie order chooses)", self.list(tied)),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballot::Rank;
    use crate::rules::BlankRule;

    fn profile(ballots: &[(&[u32], u64)]) -> Profile {
        let mut profile = Profile::new(ballots[0].0.len()).unwrap();
        for (numbers, count) in ballots {
            let ranks: Vec<_> = numbers.iter().map(|&number| Rank::new(number)).collect();
            profile.push(&ranks, *count).unwrap();
        }
        profile
    }

    fn runoff(rule: Elimination, ballots: &[(&[u32], u64)], tie_order: Option<&[usize]>) -> Runoff {
        let profile = profile(ballots);
        let tie_order = tie_order.map(|order| TieOrder::new(order.iter().copied().map(Candidate).collect()).unwrap());
        Runoff::count(&profile, &Matrix::count(&profile, BlankRule::Last), rule, tie_order.as_ref()).unwrap()
    }

    fn order(rule: Elimination, ballots: &[(&[u32], u64)], tie_order: Option<&[usize]>) -> Vec<Vec<usize>> {
        let ranking = runoff(rule, ballots, tie_order).ranking;
        ranking.iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    /// A cycle of 0, 1 and 2, level last, below 3, whom all three beat.
    const LEVEL_CYCLE: [(&[u32], u64); 4] =
        [(&[1, 2, 3, 4], 5), (&[3, 1, 2, 4], 5), (&[2, 3, 1, 4], 5), (&[2, 2, 2, 1], 7)];

    /// Rock, paper, scissors, with 6, 5 and 4 first places.
    const CYCLE: [(&[u32], u64); 3] = [(&[1, 2, 3], 6), (&[3, 1, 2], 5), (&[2, 3, 1], 4)];

    #[test]
    fn those_level_last_go_out_together() {
        let ballots: [(&[u32], u64); 3] = [(&[1, 2, 3], 3), (&[2, 1, 3], 2), (&[3, 2, 1], 2)];
        assert_eq!(order(Elimination::InstantRunoff, &ballots, None), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn a_round_with_several_level_last_says_so() {
        let ballots: [(&[u32], u64); 3] = [(&[1, 2, 3], 3), (&[2, 1, 3], 2), (&[3, 2, 1], 2)];
        let open = runoff(Elimination::InstantRunoff, &ballots, None);
        let round = &open.runs[0][0];
        assert_eq!((&round.tied[..], round.by_tie_order), (&[1, 2].map(Candidate)[..], false));
        let said = open.named(&["Ada", "Ben", "Cy"].map(String::from)).to_string();
        let first = "Round 1: Ada 3, Ben 2, Cy 2; Ben and Cy go out (Ben and Cy are level, and no tie order chooses)\n";
        assert!(said.starts_with(first), "{said}");
    }

    #[test]
    fn a_tie_order_takes_out_the_worst_placed() {
        let ballots: [(&[u32], u64); 3] = [(&[1, 2, 3], 3), (&[3, 1, 2], 2), (&[3, 2, 1], 2)];
        let runoff = runoff(Elimination::InstantRunoff, &ballots, Some(&[0, 2, 1]));
        assert_eq!(runoff.ranking, [[Candidate(2)], [Candidate(0)], [Candidate(1)]]);
        let [first, second, _] = &runoff.runs[0][..] else { panic!("three rounds") };
        assert_eq!(first.verdict, Verdict::Fewest(vec![Candidate(1)]));
        assert_eq!((&first.tied[..], &second.tied[..]), (&[1, 2].map(Candidate)[..], &[][..]));
    }

    #[test]
    fn all_that_are_left_tie_rather_than_go_out() {
        let ballots: [(&[u32], u64); 2] = [(&[1, 2, 0], 2), (&[2, 1, 0], 2)];
        assert_eq!(order(Elimination::InstantRunoff, &ballots, None), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn a_tie_never_takes_out_the_whole_smith_set() {
        assert_eq!(order(Elimination::InstantRunoff, &LEVEL_CYCLE, None)[0], [3]);
        for rule in [Elimination::Benham, Elimination::SmithIrv, Elimination::TidemanAlternative] {
            assert_eq!(order(rule, &LEVEL_CYCLE, None), [vec![0, 1, 2], vec![3]], "{rule:?}");
        }
        assert_eq!(order(Elimination::BottomTwoRunoff, &LEVEL_CYCLE, None), [vec![0, 1, 2], vec![3]]);
    }

    #[test]
    fn the_hybrids_agree_on_a_plain_cycle() {
        // The scissors go out, and rock loses to paper.
        let rules = [Elimination::InstantRunoff, Elimination::Benham, Elimination::SmithIrv];
        for rule in rules.into_iter().chain([Elimination::TidemanAlternative]) {
            assert_eq!(order(rule, &CYCLE, None)[0], [0], "{rule:?}");
        }
    }

    #[test]
    fn the_bottom_two_meet_and_the_loser_goes_out() {
        let runoff = runoff(Elimination::BottomTwoRunoff, &CYCLE, None);
        let verdicts: Vec<_> = runoff.runs[0].iter().map(|round| round.verdict.clone()).collect();
        let [rock, paper, scissors] = [0, 1, 2].map(|i| vec![Candidate(i)]);
        // Paper beats scissors here, and rock beats paper.
        assert_eq!(verdicts, [Verdict::LosesRunoff(scissors), Verdict::LosesRunoff(paper), Verdict::Wins(rock)]);
    }

    #[test]
    fn where_the_bottom_two_tie_the_one_with_fewer_first_places_goes_out() {
        let ballots: [(&[u32], u64); 4] = [(&[1, 2, 3], 5), (&[2, 1, 3], 2), (&[2, 3, 1], 3), (&[1, 2, 3], 0)];
        let level: [(&[u32], u64); 3] = [(&[1, 0, 0], 5), (&[2, 1, 2], 2), (&[2, 1, 1], 2)];
        // 1 beats 2 whatever the first places are.
        assert_eq!(order(Elimination::BottomTwoRunoff, &ballots, None), [[0], [1], [2]]);
        assert_eq!(order(Elimination::BottomTwoRunoff, &level, None), [[0], [1], [2]]);
        let level: [(&[u32], u64); 3] = [(&[1, 2, 2], 5), (&[2, 1, 3], 2), (&[1, 3, 1], 2)];
        let runoff = runoff(Elimination::BottomTwoRunoff, &level, None);
        assert_eq!(runoff.runs[0][0].verdict, Verdict::LosesRunoff(vec![Candidate(2)]));
    }

    #[test]
    fn the_last_meets_each_of_those_level_next() {
        // 0 has the fewest first places and loses to 1, beats 2; 3 leads.
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 3, 2, 4], 2), (&[3, 1, 4, 2], 3), (&[2, 4, 1, 3], 3), (&[3, 2, 4, 1], 4)];
        let runoff = runoff(Elimination::BottomTwoRunoff, &ballots, None);
        assert_eq!(runoff.runs[0][0].verdict, Verdict::LosesRunoff(vec![Candidate(0), Candidate(2)]));
    }

    #[test]
    fn smith_irv_looks_at_duels_once_and_tidemans_alternative_again() {
        // All four are in a cycle. Once 3 is out, 1 beats the others, and has the fewest votes.
        let ballots: [(&[u32], u64); 4] =
            [(&[1, 3, 4, 2], 4), (&[3, 4, 1, 2], 1), (&[4, 3, 1, 2], 4), (&[2, 1, 3, 4], 3)];
        let rounds =
            |rule| runoff(rule, &ballots, None).runs[0].iter().map(|round| round.left.len()).collect::<Vec<_>>();
        assert_eq!(rounds(Elimination::SmithIrv), [4, 3, 2, 1]);
        assert_eq!(rounds(Elimination::TidemanAlternative), [4, 3, 1]);
        assert_eq!(rounds(Elimination::Benham), [4, 3]);
        let first = |rule| order(rule, &ballots, None)[0].clone();
        assert_eq!([Elimination::SmithIrv, Elimination::TidemanAlternative].map(first), [[0], [1]]);
    }

    #[test]
    fn every_place_says_its_rounds() {
        let names = ["Ada", "Ben", "Cy", "Dee"].map(String::from);
        assert_eq!(
            runoff(Elimination::TidemanAlternative, &LEVEL_CYCLE, None).named(&names).to_string(),
            "Round 1: Ada 5, Ben 5, Cy 5, Dee 7; Dee goes out, being outside the Smith set\n\
             Round 2: Ada 7 1/3, Ben 7 1/3, Cy 7 1/3; Ada, Ben and Cy tie\n\
             For place 4: Round 1: Dee 22; Dee wins\n"
        );
        let said = runoff(Elimination::BottomTwoRunoff, &[(&[1, 0], 1), (&[0, 1], 1)], Some(&[1, 0]));
        assert_eq!(
            said.named(&names).to_string(),
            "Round 1: Ada 1, Ben 1; Ada goes out by the runoff of the bottom two (of Ada and Ben, by the tie order)\n\
             Round 2: Ben 1, exhausted 1; Ben wins\n\
             For place 2: Round 1: Ada 1, exhausted 1; Ada wins\n"
        );
    }

    #[test]
    fn fractions_are_said_in_lowest_terms() {
        let said = [(0, 6), (12, 6), (15, 6), (3, 6), (2, 6), (20, 6)].map(|(votes, parts)| fraction(votes, parts));
        assert_eq!(said, ["0", "2", "2½", "½", "1/3", "3 1/3"]);
    }
}
