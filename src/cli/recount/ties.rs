//! The tie order, from the command line.

use serde::Serialize;
use tally::{
    TieOrder,
    seed::{Draw, Refused, Seed},
};

use super::{Usage, candidate, listed};

/// What breaks ties.
#[derive(clap::Args, Debug)]
pub(super) struct TieArgs {
    /// The order that breaks ties: all candidates, first wins, with commas between them.
    #[arg(long, value_name = "NAMES", conflicts_with = "tie_seed")]
    tie_order: Option<String>,
    /// A public value that the tie order is drawn from, such as "lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45";
    /// once for each, in the order they were announced in.
    #[arg(long, value_name = "SOURCE")]
    tie_seed: Vec<String>,
    /// How it is drawn: sha256 or rfc3797.
    #[arg(long, default_value = "sha256", requires = "tie_seed")]
    tie_draw: Draw,
    /// The day on which the candidates were final: a value known by then is refused.
    #[arg(long, value_name = "DAY", requires_all = ["tie_seed", "voting_opens"])]
    candidates_final: Option<String>,
    /// The day on which voting opened: a value known only then is refused.
    #[arg(long, value_name = "DAY", requires_all = ["tie_seed", "candidates_final"])]
    voting_opens: Option<String>,
}

/// A tie order, and what anyone needs to draw it again.
#[derive(Serialize)]
pub(super) struct Declared {
    /// How it was drawn; nothing where it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<String>,
    /// What it was drawn from.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// All candidates, first the one who wins every tie.
    order: Vec<String>,
    #[serde(skip)]
    pub(super) tie_order: TieOrder,
}

impl TieArgs {
    /// The tie order of these candidates, if any was declared.
    pub(super) fn of(&self, names: &[String]) -> anyhow::Result<Option<Declared>> {
        let declared = |tie_order: TieOrder, draw, key| {
            let order = tie_order.order().iter().map(|candidate| names[candidate.0].clone()).collect();
            Declared { draw, key, order, tie_order }
        };
        if let Some(order) = &self.tie_order {
            return Ok(Some(declared(named(order, names)?, None, None)));
        }
        if self.tie_seed.is_empty() {
            return Ok(None);
        }
        let refused = |error: Refused| Usage(format!("--tie-seed: {error}"));
        let seed = self.seed().map_err(refused)?;
        let order = seed.order(self.tie_draw, names).map_err(refused)?;
        Ok(Some(declared(order, Some(self.tie_draw.to_string()), Some(seed.key().to_owned()))))
    }

    fn seed(&self) -> Result<Seed, Refused> {
        let sources: Vec<&str> = self.tie_seed.iter().map(String::as_str).collect();
        match (&self.candidates_final, &self.voting_opens) {
            (Some(candidates_final), Some(voting_opens)) => Seed::new(&sources, candidates_final, voting_opens),
            _ => Seed::again(&sources),
        }
    }
}

/// Reads all names, first the one that wins a tie.
fn named(order: &str, names: &[String]) -> anyhow::Result<TieOrder> {
    let order = order.split(',').map(|name| candidate(name.trim(), names)).collect::<Result<_, _>>()?;
    let incomplete = || Usage(format!("--tie-order has to name each candidate once: {}", listed(names, ",")));
    let order = TieOrder::new(order).filter(|order| order.candidates() == names.len());
    order.ok_or_else(|| incomplete().into())
}

impl Declared {
    /// "drawn by sha256 from the key 9.18.26.34.41.45./: Ben, Ada", or "declared: Ben, Ada".
    pub(super) fn said(&self) -> String {
        let order = listed(&self.order, ", ");
        match (&self.draw, &self.key) {
            (Some(draw), Some(key)) => format!("drawn by {draw} from the key {key}: {order}"),
            _ => format!("declared: {order}"),
        }
    }
}
