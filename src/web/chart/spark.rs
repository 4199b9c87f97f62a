//! A line the size of a word.

use std::fmt;

use askama::filters::HtmlSafe;

/// The shape of some numbers; decoration beside the number itself.
#[derive(Clone, Debug)]
pub struct Sparkline(pub Vec<i64>);

impl HtmlSafe for Sparkline {}

impl fmt::Display for Sparkline {
    #[expect(clippy::cast_precision_loss, reason = "a place on paper")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.0.iter().copied().max().unwrap_or_default().max(1) as f64;
        let last = self.0.len().saturating_sub(1).max(1) as f64;
        let place =
            |(i, v): (usize, &i64)| format!("{:.1},{:.1}", i as f64 / last * 100.0, 27.0 - *v as f64 / most * 25.0);
        let places: Vec<_> = self.0.iter().enumerate().map(place).collect();
        if places.len() < 2 {
            return Ok(());
        }
        let line = places.join(" ");
        write!(
            f,
            "<svg class=\"spark\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <path d=\"M{line} 100,28 0,28Z\"/><polyline points=\"{line}\"/></svg>"
        )
    }
}
