//! Pictures of numbers, as SVG that is written here: no script, no library, readable in both themes
//! since the sheet colours them by class.
//!
//! Each has a title for those who do not see it; where the numbers matter, the page has
//! them as a table, too. Whatever a stranger wrote is made inert and escaped on its way in.

use std::fmt::Write as _;

use unhook_model::Timestamp;

use super::inert::excerpt;
use crate::page::escaped;

/// How a verdict's part of a bar is called in the sheet, benign first.
const CLASSES: [&str; 3] = ["benign", "suspicious", "malicious"];

pub(super) fn begin(
    class: &str,
    (width, height): (usize, usize),
    title: &str,
    is_stretched: bool,
) -> String {
    let stretch = if is_stretched { " preserveAspectRatio=\"none\"" } else { "" };
    format!(
        "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\"{stretch} role=\"img\" \
         aria-label=\"{}\">",
        escaped(title)
    )
}

/// Bars of texts by verdict, one an hour, without axes.
pub(crate) fn hours(hours: &[[u32; 3]], title: &str) -> String {
    const HEIGHT: usize = 36;
    let most = hours.iter().map(|hour| hour.iter().sum::<u32>()).max().unwrap_or(0).max(1);
    let mut svg = begin("", (hours.len() * 10, HEIGHT), title, true);
    for (at, hour) in hours.iter().enumerate() {
        let mut top = HEIGHT as f64;
        for (count, class) in hour.iter().zip(CLASSES).rev().filter(|(count, _)| **count > 0) {
            let height = f64::from(*count) / f64::from(most) * (HEIGHT as f64 - 2.0);
            top -= height;
            let x = at * 10 + 1;
            let _ = write!(
                svg,
                "<rect class=\"bar {class}\" x=\"{x}\" y=\"{top:.1}\" width=\"8\" height=\"{height:.1}\"/>"
            );
        }
    }
    svg + "</svg>"
}

/// The shape of a campaign: bars without axes.
pub(crate) fn shape(parts: &[u32], class: &str, title: &str) -> String {
    const HEIGHT: usize = 40;
    let most = parts.iter().copied().max().unwrap_or(0).max(1);
    let mut svg = begin("", (parts.len() * 10, HEIGHT), title, true);
    for (at, count) in parts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (f64::from(*count) / f64::from(most) * (HEIGHT as f64 - 2.0)).max(2.0);
        let (x, y) = (at * 10 + 1, HEIGHT as f64 - height);
        let _ = write!(
            svg,
            "<rect class=\"bar {class}\" x=\"{x}\" y=\"{y:.1}\" width=\"8\" height=\"{height:.1}\" rx=\"1\"/>"
        );
    }
    svg + "</svg>"
}

/// A line through the days; where there is nothing, it breaks.
pub(crate) fn trend(days: &[Option<f64>], title: &str) -> String {
    const HEIGHT: usize = 36;
    let most = days.iter().flatten().copied().fold(0.0, f64::max).max(1e-9);
    let mut svg = begin("", ((days.len().max(2) - 1) * 20, HEIGHT), title, true);
    let mut path = String::new();
    let mut is_down = false;
    for (at, day) in days.iter().enumerate() {
        let Some(day) = day else {
            is_down = false;
            continue;
        };
        let y = HEIGHT as f64 - 3.0 - day / most * (HEIGHT as f64 - 6.0);
        let step = if is_down { 'L' } else { 'M' };
        let _ = write!(path, "{step}{} {y:.1}", at * 20);
        // A day alone is a dot.
        let is_alone = days.get(at + 1).copied().flatten().is_none() && !is_down;
        if is_alone {
            path.push_str("h.1");
        }
        is_down = true;
    }
    let _ = write!(
        svg,
        "<path class=\"line\" stroke-linecap=\"round\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>"
    );
    svg + "</svg>"
}

/// Texts over time, in slots that suit how long it all took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// When the first slot begins.
    pub(crate) start: Timestamp,
    /// How long a slot is, in milliseconds.
    pub(crate) slot: i64,
    /// How many texts came in in each.
    pub(crate) counts: Vec<u32>,
}

/// The most slots of a timeline.
const MOST_SLOTS: i64 = 90;

/// Lengths of slots: a minute is what a burst is counted in.
const SLOTS: [i64; 8] = [1, 5, 15, 60, 180, 720, 1_440, 10_080];

impl Timeline {
    /// Of moments in their order; `None` of none.
    pub(crate) fn of(times: &[Timestamp]) -> Option<Self> {
        let (first, last) = (times.first()?.unix_ms(), times.last()?.unix_ms());
        let minute = 60_000;
        let fits = |slot: &&i64| (last - first) / (**slot * minute) < MOST_SLOTS;
        let slot = SLOTS
            .iter()
            .find(fits)
            .copied()
            .unwrap_or_else(|| (last - first) / minute / MOST_SLOTS + 1)
            * minute;
        let start = first.div_euclid(slot) * slot;
        let mut counts = vec![0; ((last - start) / slot + 1) as usize];
        for time in times {
            counts[((time.unix_ms() - start) / slot) as usize] += 1;
        }
        Some(Self { start: Timestamp::from_unix_ms(start), slot, counts })
    }

    /// When a slot begins.
    pub(crate) fn begins(&self, at: usize) -> Timestamp {
        Timestamp::from_unix_ms(self.start.unix_ms() + self.slot * at as i64)
    }

    /// Those in which something came in.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(at, count)| (self.begins(at), *count))
    }

    /// The picture: bars, a line at the most, moments below.
    pub(crate) fn draw(&self, title: &str, moment: impl Fn(Timestamp) -> String) -> String {
        const WIDTH: usize = 720;
        const LEFT: usize = 36;
        const BASE: usize = 160;
        let most = self.counts.iter().copied().max().unwrap_or(1).max(1);
        let wide = (WIDTH - LEFT) as f64 / self.counts.len().max(12) as f64;
        let mut svg = begin("", (WIDTH, 190), title, false);
        for (count, y) in [(most, 12), (0, BASE)] {
            let _ = write!(
                svg,
                "<path class=\"grid-line\" d=\"M{LEFT} {y}H{WIDTH}\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{count}</text>",
                LEFT - 6,
                y + 4
            );
        }
        for (at, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let height = f64::from(*count) / f64::from(most) * (BASE - 12) as f64;
            let _ = write!(
                svg,
                "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"1.5\">\
                 <title>{}: {count}</title></rect>",
                LEFT as f64 + at as f64 * wide + 0.5,
                BASE as f64 - height,
                (wide - 1.0).max(1.0),
                escaped(&moment(self.begins(at)))
            );
        }
        let last = self.counts.len() - 1;
        let mut marks = vec![0, last / 2, last];
        marks.dedup();
        for at in marks {
            let x = LEFT as f64 + (at as f64 + 0.5) * wide;
            let anchor = if at == 0 {
                "start"
            } else if x > 620.0 {
                "end"
            } else {
                "middle"
            };
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                BASE + 20,
                escaped(&moment(self.begins(at)))
            );
        }
        svg + "</svg>"
    }
}

/// A weight of evidence as a bar from the middle: to the right it speaks for a lure.
pub(crate) fn weight(hundredths: i32, most: i32) -> String {
    let part = f64::from(hundredths) / f64::from(most.max(1)) * 50.0;
    let (class, x) = if hundredths < 0 { ("against", 50.0 + part) } else { ("for", 50.0) };
    format!(
        "<svg class=\"bars\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"{class}\" x=\"{x:.1}\" y=\"1\" width=\"{:.1}\" height=\"8\"/>\
         <path class=\"axis\" d=\"M50 0V10\" vector-effect=\"non-scaling-stroke\"/></svg>",
        part.abs()
    )
}

/// How senders, wordings and domains hang together: three columns, lines between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    columns: [Vec<(String, u32)>; 3],
    ties: Vec<((usize, usize), (usize, usize))>,
}

/// The most that a column shows; what comes beyond is one more that says how many.
const MOST_IN_COLUMN: usize = 8;

impl Graph {
    /// One text: its sender, its wording, its domains.
    pub(crate) fn add(&mut self, sender: Option<&str>, wording: &str, domains: &[String]) {
        let wording = self.node(1, wording);
        if let Some(sender) = sender {
            let sender = self.node(0, sender);
            self.tie((0, sender), (1, wording));
        }
        for domain in domains {
            let domain = self.node(2, domain);
            self.tie((1, wording), (2, domain));
        }
    }

    fn node(&mut self, column: usize, name: &str) -> usize {
        let nodes = &mut self.columns[column];
        let at = nodes.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            nodes.push((name.to_owned(), 0));
            nodes.len() - 1
        });
        nodes[at].1 += 1;
        at
    }

    fn tie(&mut self, from: (usize, usize), to: (usize, usize)) {
        if !self.ties.contains(&(from, to)) {
            self.ties.push((from, to));
        }
    }

    /// The picture, under these headings; `others` says how many more there are.
    pub(crate) fn draw(
        &self,
        title: &str,
        headings: [&str; 3],
        others: impl Fn(usize) -> String,
    ) -> String {
        const STEP: usize = 34;
        const WIDE: usize = 196;
        const X: [usize; 3] = [0, 262, 524];
        let shown = |column: usize| self.columns[column].len().min(MOST_IN_COLUMN);
        let has_more = |column: usize| self.columns[column].len() > MOST_IN_COLUMN;
        let rows = (0..3).map(|c| shown(c) + usize::from(has_more(c))).max().unwrap_or(0);
        let place = |column: usize, at: usize| (X[column], 30 + at.min(MOST_IN_COLUMN) * STEP);
        let mut svg = begin("graph", (720, 34 + rows * STEP), title, false);
        for ((from, one), (to, other)) in &self.ties {
            let ((x, y), (to_x, to_y)) = (place(*from, *one), place(*to, *other));
            let (x, y, to_y) = (x + WIDE, y + 13, to_y + 13);
            let middle = (x + to_x) / 2;
            let _ = write!(
                svg,
                "<path class=\"tie\" d=\"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}\"/>"
            );
        }
        for (column, heading) in headings.iter().enumerate() {
            let x = X[column];
            let _ =
                write!(svg, "<text class=\"soft\" x=\"{x}\" y=\"16\">{}</text>", escaped(heading));
            for at in 0..shown(column) {
                let (name, count) = &self.columns[column][at];
                svg.push_str(&node(place(column, at), name, *count, column == 2));
            }
            if has_more(column) {
                let more = others(self.columns[column].len() - MOST_IN_COLUMN);
                let (x, y) = place(column, MOST_IN_COLUMN);
                let _ = write!(
                    svg,
                    "<text class=\"soft\" x=\"{x}\" y=\"{}\">{}</text>",
                    y + 17,
                    escaped(&more)
                );
            }
        }
        svg + "</svg>"
    }
}

fn node((x, y): (usize, usize), name: &str, count: u32, is_domain: bool) -> String {
    let class = if is_domain { "node domain" } else { "node" };
    let (short, whole) = (escaped(&excerpt(name, 23)), escaped(&excerpt(name, 200)));
    format!(
        "<g><title>{whole} ({count})</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"196\" height=\"26\" rx=\"6\"/>\
         <text x=\"{}\" y=\"{}\">{short}</text>\
         <text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{count}</text></g>",
        x + 9,
        y + 17,
        x + 188,
        y + 17
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(all: &[i64]) -> Vec<Timestamp> {
        all.iter().map(|minute| Timestamp::from_unix_ms(minute * 60_000)).collect()
    }

    #[test]
    fn a_timeline_suits_how_long_it_took() {
        assert_eq!(Timeline::of(&[]), None);
        let burst = Timeline::of(&minutes(&[5, 5, 6, 9])).unwrap();
        assert_eq!((burst.slot, &burst.counts[..]), (60_000, &[2, 1, 0, 0, 1][..]));
        assert_eq!(burst.filled().map(|(_, count)| count).collect::<Vec<_>>(), [2, 1, 1]);
        let years = Timeline::of(&minutes(&[0, 60 * 24 * 365 * 30])).unwrap();
        assert!(years.counts.len() as i64 <= MOST_SLOTS + 1);
        let before = Timeline::of(&minutes(&[-61, -1])).unwrap();
        assert_eq!(before.counts.iter().sum::<u32>(), 2);
    }

    #[test]
    fn what_strangers_wrote_is_harmless_in_a_picture() {
        let mut graph = Graph::default();
        let domains = vec!["evil.example\"><script>".to_owned()];
        graph.add(Some("<b>ACME</b>"), "a'\"<i>", &domains);
        for number in 0..20 {
            graph.add(Some(&format!("+1201555{number:04}")), "a", &[]);
        }
        let svg = graph.draw("<t>", ["<a>", "b", "c"], |more| format!("<{more}>"));
        for markup in ["<script", "<b>", "<i>", "<t>", "<a>", "<13>", "evil.example"] {
            assert!(!svg.contains(markup), "{markup}: {svg}");
        }
        assert!(svg.contains("evil[.]example") && svg.contains("&lt;13&gt;"));
    }

    #[test]
    fn pictures_of_nothing_are_pictures() {
        for svg in [hours(&[[0; 3]; 24], ""), shape(&[0; 24], "", ""), trend(&[None; 14], "")] {
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("NaN"));
        }
        assert!(trend(&[Some(1.0), None, Some(2.0), Some(3.0)], "").contains('L'));
    }
}
