//! The exposure ladder as a picture: how many people were seen at each rung, and who moved up when.
//!
//! What could not have been seen is drawn apart from what could and was not. People stand in it by
//! pseudonyms, in the order of how far it got with them, which says nothing of them.

use std::fmt::Write as _;

use unhook_app::service::{Climb, Ladder, Sighting};
use unhook_engine::response::Rung;
use unhook_model::Timestamp;

use super::charts::begin;
use super::moments::{clock, exact};
use super::pages::campaign::pseudonym;
use super::words::{Text, Words};
use crate::page::escaped;

/// The most people that are drawn; with more nobody sees a line.
const MOST_DRAWN: usize = 60;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// One rung.
pub(crate) struct RungLine {
    pub(crate) name: String,
    pub(crate) count: usize,
    /// How many were watched there and not seen.
    pub(crate) nothing_seen: usize,
    /// With how many nothing could have seen it.
    pub(crate) not_observable: usize,
    /// The three side by side.
    pub(crate) bar: String,
}

/// What a rung is called.
pub(crate) fn name(w: &Words, rung: Rung) -> &Text {
    match rung {
        Rung::Received => &w.campaign.rung_received,
        Rung::Visited => &w.campaign.rung_visited,
        Rung::Submitted => &w.campaign.rung_submitted,
        Rung::Session => &w.campaign.rung_session,
        Rung::Data => &w.campaign.rung_data,
    }
}

/// The rungs, the highest first.
pub(crate) fn rungs(w: &Words, ladder: &Ladder) -> Vec<RungLine> {
    let lines = ladder.rungs.iter().rev().map(|(rung, count)| {
        let with = |sighting: Sighting| {
            let is_so = |climb: &&Climb| climb.rungs.contains(&(*rung, sighting));
            ladder.people.iter().filter(is_so).count()
        };
        let (nothing, hidden) = (with(Sighting::NothingSeen), with(Sighting::NotObservable));
        RungLine {
            name: name(w, *rung).to_string(),
            count: *count,
            nothing_seen: nothing,
            not_observable: hidden,
            bar: bar(*count, nothing, hidden),
        }
    });
    lines.collect()
}

/// The seen filled, the watched and not seen hollow, the not observable a dotted line. The numbers
/// stand beside it.
fn bar(seen: usize, nothing: usize, hidden: usize) -> String {
    let whole = (seen + nothing + hidden).max(1) as f64;
    let part = |count: usize| count as f64 / whole * 100.0;
    let mut svg = "<svg class=\"chart rung\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">"
        .to_owned();
    let (seen, nothing, hidden) = (part(seen), part(nothing), part(hidden));
    for (class, x, width) in [("seen", 0.0, seen), ("nothing", seen, nothing)] {
        if width > 0.0 {
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.2}\" y=\"1\" width=\"{width:.2}\" height=\"8\" \
                 vector-effect=\"non-scaling-stroke\"/>"
            );
        }
    }
    if hidden > 0.0 {
        let _ = write!(
            svg,
            "<path class=\"hidden-part\" d=\"M{:.2} 5H{:.2}\" vector-effect=\"non-scaling-stroke\"/>",
            seen + nothing + 1.0,
            99.0
        );
    }
    svg + "</svg>"
}

/// When each was first seen at each rung, from the lowest.
pub(crate) fn steps(climb: &Climb) -> Vec<(Rung, Timestamp)> {
    let steps = Rung::ALL.iter().filter_map(|(rung, _)| {
        let seen = climb.seen.iter().filter(|exposure| exposure.rung == *rung);
        Some((*rung, seen.map(|exposure| exposure.at).min()?))
    });
    steps.collect()
}

/// Who moved up when: a line for each person, a dot where they were first seen. Empty where nobody
/// was.
pub(crate) fn climbs(w: &Words, ladder: &Ladder) -> String {
    let drawn: Vec<(String, Vec<(Rung, Timestamp)>)> = ladder
        .people
        .iter()
        .take(MOST_DRAWN)
        .map(|climb| (pseudonym(&climb.person.to_string()), steps(climb)))
        .collect();
    let times = || drawn.iter().flat_map(|(_, steps)| steps.iter().map(|(_, at)| *at));
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return String::new() };
    let field = Field { first, last };
    let mut svg = begin("climbs", (360, 214), &w.campaign.climbs_title.of(drawn.len()), false);
    for (rung, _) in Rung::ALL {
        let y = Field::y(rung, 0);
        let _ = write!(
            svg,
            "<path class=\"grid-line\" d=\"M{} {y}H356\"/><text x=\"0\" y=\"{}\">{}</text>",
            Field::LEFT - 6.0,
            y + 4.0,
            escaped(short(w, rung).as_str())
        );
    }
    for (nth, (who, steps)) in drawn.iter().enumerate() {
        svg.push_str(&climb(w, &field, nth, who, steps));
    }
    svg.push_str(&field.axis());
    svg + "</svg>"
}

fn climb(w: &Words, field: &Field, nth: usize, who: &str, steps: &[(Rung, Timestamp)]) -> String {
    let place = |(rung, at): &(Rung, Timestamp)| (field.x(*at), Field::y(*rung, nth));
    let mut path = String::new();
    for (x, y) in steps.iter().map(place) {
        let step = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{step}{x:.1} {y:.1}");
    }
    let mut svg = format!("<g><path class=\"climb\" d=\"{path}\"/>");
    for step in steps {
        let ((x, y), (rung, at)) = (place(step), step);
        let says = format!("{who} · {} · {}", name(w, *rung), exact(*at));
        let _ = write!(
            svg,
            "<circle class=\"dot {}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{}</title></circle>",
            class(*rung),
            escaped(&says)
        );
    }
    svg + "</g>"
}

/// How a rung is coloured: a class of the sheet.
pub(crate) fn class(rung: Rung) -> &'static str {
    match rung {
        Rung::Received | Rung::Visited => "plain",
        Rung::Submitted => "suspicious",
        Rung::Session | Rung::Data => "malicious",
    }
}

/// One word for a rung, where there is no room for more.
fn short(w: &Words, rung: Rung) -> &Text {
    match rung {
        Rung::Received => &w.campaign.short_received,
        Rung::Visited => &w.campaign.short_visited,
        Rung::Submitted => &w.campaign.short_submitted,
        Rung::Session => &w.campaign.short_session,
        Rung::Data => &w.campaign.short_data,
    }
}

/// Where moments and rungs are in the picture.
struct Field {
    first: Timestamp,
    last: Timestamp,
}

impl Field {
    const LEFT: f64 = 84.0;
    const RIGHT: f64 = 348.0;

    fn x(&self, at: Timestamp) -> f64 {
        let whole = self.last.unix_ms() - self.first.unix_ms();
        let part = if whole == 0 {
            0.5
        } else {
            (at.unix_ms() - self.first.unix_ms()) as f64 / whole as f64
        };
        Self::LEFT + 4.0 + part * (Self::RIGHT - Self::LEFT - 4.0)
    }

    /// Those who stand on the same rung stand a little apart.
    fn y(rung: Rung, nth: usize) -> f64 {
        let apart = [0.0, -5.0, 5.0, -10.0, 10.0][nth % 5];
        18.0 + (4 - rung as usize) as f64 * 40.0 + apart
    }

    fn axis(&self) -> String {
        let days = |at: Timestamp| at.unix_ms().div_euclid(DAY_MS);
        let is_long = days(self.first) != days(self.last);
        let says = |at| if is_long { exact(at) } else { clock(at) };
        let text = |x: f64, anchor: &str, at| {
            let says = escaped(&says(at));
            format!("<text x=\"{x}\" y=\"208\" text-anchor=\"{anchor}\">{says}</text>")
        };
        if self.first == self.last {
            return text(self.x(self.first), "middle", self.first);
        }
        text(Self::LEFT, "start", self.first) + &text(Self::RIGHT + 8.0, "end", self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_engine::response::{Exposed, Exposure};
    use unhook_model::{CampaignId, PersonId};

    fn ladder(people: u8) -> Ladder {
        let campaign = CampaignId::from_bytes([1; 16]);
        let climb = |n: u8| {
            let person = PersonId::from_bytes([n; 16]);
            let seen = |rung, minute: i64| Exposure {
                campaign,
                who: Exposed::Person(person),
                rung,
                source: "resolver".to_owned(),
                at: Timestamp::from_unix_ms(minute * 60_000),
                evidence: String::new(),
                confidence: 90,
            };
            let seen = vec![seen(Rung::Received, 1), seen(Rung::Visited, i64::from(n) + 2)];
            let rungs = Rung::ALL.map(|(rung, _)| {
                let sighting = match rung {
                    Rung::Received | Rung::Visited => Sighting::Seen,
                    Rung::Submitted => Sighting::NothingSeen,
                    Rung::Session | Rung::Data => Sighting::NotObservable,
                };
                (rung, sighting)
            });
            Climb { person, seen, rungs }
        };
        let count = usize::from(people);
        let seen = |rung| if rung <= Rung::Visited { count } else { 0 };
        Ladder {
            campaign,
            rungs: Rung::ALL.map(|(rung, _)| (rung, seen(rung))),
            count,
            people: (0..people).map(climb).collect(),
            unknown: Vec::new(),
            left_out: 0,
        }
    }

    #[test]
    fn what_could_not_be_seen_is_apart_from_what_was_not() {
        let w = &super::super::words::all()[0];
        let lines = rungs(w, &ladder(3));
        let numbers = lines.iter().map(|l| (l.count, l.nothing_seen, l.not_observable));
        let expected = [(0, 0, 3), (0, 0, 3), (0, 3, 0), (3, 0, 0), (3, 0, 0)];
        assert_eq!(numbers.collect::<Vec<_>>(), expected);
        assert!(lines[0].bar.contains("hidden-part") && !lines[0].bar.contains("nothing"));
        assert!(lines[2].bar.contains("nothing") && !lines[2].bar.contains("hidden-part"));
        assert!(lines[4].bar.contains("\"seen\""));
    }

    #[test]
    fn everybody_drawn_has_a_line_and_a_dot_for_each_rung() {
        let w = &super::super::words::all()[0];
        let svg = climbs(w, &ladder(7));
        assert_eq!(svg.matches("class=\"climb\"").count(), 7);
        assert_eq!(svg.matches("<circle").count(), 14);
        assert!(svg.contains("role=\"img\"") && svg.contains("01010101 · "), "{svg}");
        let many = climbs(w, &ladder(200));
        assert_eq!(many.matches("class=\"climb\"").count(), MOST_DRAWN);
    }

    #[test]
    fn of_nobody_there_is_no_picture_and_of_one_moment_there_is() {
        let w = &super::super::words::all()[0];
        assert_eq!(climbs(w, &ladder(0)), "");
        let mut one = ladder(1);
        one.people[0].seen.truncate(1);
        assert!(!climbs(w, &one).contains("NaN"));
        assert!(rungs(w, &ladder(0)).iter().all(|line| !line.bar.contains("NaN")));
    }
}
