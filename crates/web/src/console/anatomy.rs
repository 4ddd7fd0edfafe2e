//! The anatomy of a text: what it says with the words marked that were seen, and beside it what
//! each of them weighs.

use super::charts;
use super::inert::part;
use super::words::Words;

/// One thing that was seen, wherever it comes from: kept with a report, or judged just now.
pub(crate) struct Seen<'a> {
    pub(crate) signal: &'a str,
    /// Hundredths of a nat.
    pub(crate) weight: i32,
    pub(crate) reason: &'a str,
    /// Where in the text, in bytes.
    pub(crate) span: Option<(u32, u32)>,
}

/// What a page shows of a text.
pub(crate) struct Anatomy {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) evidence: Vec<Shown>,
    pub(crate) score: String,
}

/// A piece of the text, marked or not.
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Which evidence saw it, by its number on the page.
    pub(crate) seen: Option<usize>,
}

/// One piece of evidence on the page.
pub(crate) struct Shown {
    pub(crate) number: usize,
    pub(crate) signal: String,
    pub(crate) reason: String,
    pub(crate) weight: String,
    pub(crate) bar: String,
}

impl Anatomy {
    /// Of a text and what was seen in it, heaviest first.
    pub(crate) fn of(body: &str, seen: &[Seen<'_>]) -> Self {
        let most = seen.iter().map(|one| one.weight.abs()).max().unwrap_or(0);
        let score: i32 = seen.iter().map(|one| one.weight).sum();
        Self {
            pieces: pieces(body, seen),
            evidence: seen.iter().enumerate().map(|(at, one)| shown(at, one, most)).collect(),
            score: nats(score),
        }
    }
}

fn shown(number: usize, seen: &Seen<'_>, most: i32) -> Shown {
    Shown {
        number,
        signal: seen.signal.to_owned(),
        reason: super::inert::inert(seen.reason),
        weight: nats(seen.weight),
        bar: charts::weight(seen.weight, most),
    }
}

/// Hundredths of a nat, with their sign.
pub(crate) fn nats(hundredths: i32) -> String {
    let sign = if hundredths < 0 { '−' } else { '+' };
    format!("{sign}{}.{:02}", hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100)
}

/// Cuts a text where what was seen begins and ends. Where several saw the same, the heaviest has
/// it; what lies across another's border is cut there.
fn pieces(body: &str, seen: &[Seen<'_>]) -> Vec<Piece> {
    let length = body.len();
    let inside = |span: (u32, u32)| {
        let (from, to) = ((span.0 as usize).min(length), (span.1 as usize).min(length));
        (body.floor_char_boundary(from), body.floor_char_boundary(to))
    };
    let spans: Vec<_> = seen
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((inside(one.span?), at)))
        .filter(|((from, to), _)| from < to)
        .collect();
    let mut cuts: Vec<usize> = spans.iter().flat_map(|((from, to), _)| [*from, *to]).collect();
    cuts.extend([0, length]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces: Vec<Piece> = Vec::new();
    for pair in cuts.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let by = spans.iter().find(|((begin, end), _)| *begin <= from && to <= *end);
        let seen_by = by.map(|(_, at)| *at);
        let text = part(body, from, to);
        match pieces.last_mut() {
            Some(last) if last.seen == seen_by => last.text.push_str(&text),
            _ => pieces.push(Piece { text, seen: seen_by }),
        }
    }
    pieces
}

/// What kind of scam, in words; nothing for a kind that only a newer release knows.
pub(crate) fn kind(w: &Words, name: Option<&str>) -> Option<String> {
    let kind = unhook_model::ScamKind::from_name(name?)?;
    Some(w.kind_word(kind).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(weight: i32, span: Option<(u32, u32)>) -> Seen<'static> {
        Seen { signal: "a", weight, reason: "why", span }
    }

    fn shape(body: &str, all: &[Seen<'_>]) -> Vec<(String, Option<usize>)> {
        pieces(body, all).into_iter().map(|piece| (piece.text, piece.seen)).collect()
    }

    #[test]
    fn a_text_is_cut_where_something_was_seen() {
        let all = [seen(300, Some((4, 7))), seen(100, Some((4, 11))), seen(50, None)];
        let expected = [
            ("tap ".to_owned(), None),
            ("a[.]b".to_owned(), Some(0)),
            (" now".to_owned(), Some(1)),
            (".".to_owned(), None),
        ];
        assert_eq!(shape("tap a.b now.", &all), expected);
        assert_eq!(shape("", &all), []);
    }

    #[test]
    fn spans_that_cannot_be_are_none_and_half_a_character_is_whole() {
        let all = [seen(1, Some((900, 950))), seen(1, Some((2, 1))), seen(1, Some((1, 2)))];
        assert_eq!(shape("ä", &all[..2]), [("ä".to_owned(), None)]);
        assert_eq!(shape("ä", &all), [("ä".to_owned(), Some(2))]);
    }

    #[test]
    fn weights_add_up_and_have_a_sign() {
        let anatomy = Anatomy::of("a", &[seen(305, None), seen(-20, None)]);
        assert_eq!(anatomy.score, "+2.85");
        assert_eq!((nats(-7), nats(0)), ("−0.07".to_owned(), "+0.00".to_owned()));
    }
}
