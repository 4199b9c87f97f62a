//! A chart over time as shapes: numbers become places here, and nowhere else.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Chart, axis, class, period_label};
use crate::stats::Window;
use crate::web::{filter::instant, html};

/// How large a drawing is and how many lines fit.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    name: &'static str,
    width: f64,
    height: f64,
    ticks: usize,
    hits: bool,
}

pub const WIDE: Size = Size { name: "wide", width: 1040.0, height: 280.0, ticks: 13, hits: true };
pub const NARROW: Size = Size { name: "narrow", width: 344.0, height: 232.0, ticks: 5, hits: false };

const LEFT: f64 = 56.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 28.0;
const RIGHT: f64 = 4.0;

/// More bars than this are drawn as lines.
const MOST_BARS: usize = 62;

/// A few periods do not make a wall.
const WIDEST_BAR: f64 = 72.0;

/// The drawing's shapes.
#[derive(Clone, Debug, Template)]
#[template(path = "components/drawing.svg")]
pub struct Drawing {
    /// Whether it is a file of its own.
    alone: bool,
    id: String,
    title: String,
    description: String,
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    base: f64,
    grid: Vec<Mark>,
    ticks: Vec<Mark>,
    bars: Vec<Rect>,
    paths: Vec<(String, String)>,
    gaps: Vec<Gap>,
    marks: Vec<Mark>,
    hits: Vec<Slot>,
}

impl askama::filters::HtmlSafe for Drawing {}

/// A line or a word at one place.
#[derive(Clone, Debug)]
struct Mark {
    at: f64,
    label: String,
    anchor: &'static str,
}

#[derive(Clone, Debug)]
struct Rect {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    class: String,
}

/// Where a pointer finds a period.
#[derive(Clone, Debug)]
struct Slot {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    words: String,
    from: String,
    to: String,
}

#[derive(Clone, Debug)]
struct Gap {
    x: f64,
    width: f64,
    /// Only where there is room for it.
    word: Option<Mark>,
}

impl Drawing {
    /// Draws a chart.
    pub fn of(chart: &Chart, size: Size) -> Self {
        let plane = Plane::of(chart, size);
        let as_bars = chart.starts.len() * chart.series.len() <= MOST_BARS;
        Self {
            alone: false,
            id: format!("{}-{}", chart.id, size.name),
            title: chart.title.clone(),
            description: chart.description.clone(),
            class: size.name,
            width: size.width,
            height: size.height,
            left: LEFT,
            right: size.width - RIGHT,
            base: plane.base,
            grid: plane.grid(),
            ticks: plane.ticks(chart, size.ticks, as_bars),
            bars: if as_bars { plane.bars(chart) } else { Vec::new() },
            paths: if as_bars { Vec::new() } else { plane.paths(chart) },
            gaps: plane.gaps(&chart.gaps),
            marks: chart
                .marks
                .iter()
                .map(|(at, label)| Mark { at: plane.x(*at), label: label.clone(), anchor: "start" })
                .collect(),
            hits: if size.hits { plane.hits(chart) } else { Vec::new() },
        }
    }

    /// The drawing as a file of its own.
    pub fn file(mut self) -> String {
        self.alone = true;
        self.to_string()
    }
}

/// Where instants and numbers are on the paper.
struct Plane {
    window: Window,
    width: f64,
    base: f64,
    scale: Vec<i64>,
}

impl Plane {
    fn of(chart: &Chart, size: Size) -> Self {
        let most = chart.series.iter().flat_map(|s| s.values.iter().copied()).max().unwrap_or_default();
        Self {
            window: chart.window,
            width: size.width - LEFT - RIGHT,
            base: size.height - BOTTOM,
            scale: axis::scale(most, 4),
        }
    }

    fn x(&self, at: DateTime<Utc>) -> f64 {
        let at = at.clamp(self.window.from, self.window.to);
        let share =
            number((at - self.window.from).num_seconds()) / number((self.window.to - self.window.from).num_seconds());
        LEFT + share * self.width
    }

    fn y(&self, value: i64) -> f64 {
        let top = self.scale.last().copied().unwrap_or(1);
        self.base - (self.base - TOP) * number(value) / number(top)
    }

    fn grid(&self) -> Vec<Mark> {
        let line = |value: &i64| Mark { at: self.y(*value), label: html::thousands(value), anchor: "end" };
        self.scale.iter().map(line).collect()
    }

    fn ticks(&self, chart: &Chart, most: usize, as_bars: bool) -> Vec<Mark> {
        let step = axis::Step::of(self.window, chart.period, most);
        let centred = as_bars && step.period == chart.period;
        let tick = |at: DateTime<Utc>| {
            let x = if centred { f64::midpoint(self.x(at), self.x(chart.period.next(at))) } else { self.x(at) };
            Mark { at: x, label: step.label(at, self.window), anchor: if centred { "middle" } else { "start" } }
        };
        // A word that begins at the very edge would be cut off.
        let fits = |mark: &Mark| mark.anchor == "middle" || mark.at < LEFT + self.width - 28.0;
        step.instants(self.window).map(tick).filter(fits).collect()
    }

    /// Bars of one period side by side in the middle of its slot.
    fn bars(&self, chart: &Chart) -> Vec<Rect> {
        let mut bars = Vec::new();
        let lanes = number(i64::try_from(chart.series.len()).unwrap_or(1));
        for (s, series) in chart.series.iter().enumerate() {
            for (start, value) in chart.starts.iter().zip(&series.values) {
                let (from, to) = (self.x(*start), self.x(chart.period.next(*start)));
                let lane = ((to - from) * 0.8 / lanes).min(WIDEST_BAR);
                let x =
                    f64::midpoint(from, to) - lane * lanes / 2.0 + lane * number(i64::try_from(s).unwrap_or_default());
                let y = self.y(*value);
                bars.push(Rect { x, y, width: lane, height: self.base - y, class: class('f', s) });
            }
        }
        bars
    }

    /// A line for each series, and an area under a single one.
    fn paths(&self, chart: &Chart) -> Vec<(String, String)> {
        let mut paths = Vec::new();
        for (s, series) in chart.series.iter().enumerate() {
            let place = |(start, value): (&DateTime<Utc>, &i64)| {
                let middle = f64::midpoint(self.x(*start), self.x(chart.period.next(*start)));
                format!("{middle:.1} {:.1}", self.y(*value))
            };
            let places: Vec<_> = chart.starts.iter().zip(&series.values).map(place).collect();
            let line = format!("M{}", places.join("L"));
            if let (1, Some(first), Some(last)) = (chart.series.len(), places.first(), places.last()) {
                let x = |place: &str| place.split(' ').next().unwrap_or_default().to_owned();
                let area = format!("{line}L{} {:.1}L{} {:.1}Z", x(last), self.base, x(first), self.base);
                paths.push((area, format!("area {}", class('f', s))));
            }
            paths.push((line, class('l', s)));
        }
        paths
    }

    fn gaps(&self, gaps: &[Window]) -> Vec<Gap> {
        let mut free_from = 0.0;
        let mut drawn = Vec::new();
        for gap in gaps {
            let x = self.x(gap.from);
            let width = (self.x(gap.to) - x).max(2.0);
            let at_edge = x > LEFT + self.width - 72.0;
            let (at, anchor) = if at_edge { (x + width, "end") } else { (x, "start") };
            let word = (x >= free_from).then(|| Mark { at, label: "incomplete".into(), anchor });
            if word.is_some() {
                free_from = x + 80.0;
            }
            drawn.push(Gap { x, width, word });
        }
        drawn
    }

    /// What a pointer finds: a slot for each period with its numbers.
    fn hits(&self, chart: &Chart) -> Vec<Slot> {
        let slot = |(i, start): (usize, &DateTime<Utc>)| {
            let (start, end) = (*start, chart.period.next(*start));
            let value = |s: &super::Series| {
                format!("{} {}", html::thousands(s.values.get(i).copied().unwrap_or_default()), s.label)
            };
            let values: Vec<_> = chart.series.iter().map(value).collect();
            let incomplete = if chart.is_incomplete(start) { " (incomplete)" } else { "" };
            Slot {
                x: self.x(start),
                y: TOP,
                width: self.x(end) - self.x(start),
                height: self.base - TOP,
                words: format!("{}: {}{incomplete}", period_label(chart.period, start), values.join(", ")),
                from: instant(start.max(self.window.from)),
                to: instant(end.min(self.window.to)),
            }
        };
        chart.starts.iter().enumerate().map(slot).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place on paper; 52 bits are plenty")]
fn number(n: i64) -> f64 {
    n as f64
}
