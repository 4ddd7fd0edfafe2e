//! Finding texts again by their words, senders and domains, and campaigns by their ids, their
//! domains and the texts that belong to them.
//!
//! What is kept is sealed under each person's key, so there is no index of words on the disk: it
//! would outlive an erasure. The words are read into memory once and kept up
//! with from then on, newest first and bounded. What is found is read again before anybody sees
//! it, so that of somebody erased nothing is shown, and what was in memory is forgotten.

use std::collections::VecDeque;
use std::sync::PoisonError;

use unhook_model::{CampaignId, PhoneNumber, ReportId, Verdict};

use super::{CampaignHead, Report, Service, ServiceError};
use crate::record::Content;
use crate::views::{ReportFilter, ReportRow};

/// The most reports that are searched: those of years, at a hundred a day.
const MOST_REPORTS: usize = 200_000;

/// The most memory that their words take, in bytes.
const MOST_BYTES: usize = 64 << 20;

/// The most of one text that is searched, in bytes: what the detector assesses.
const LONGEST_LINE: usize = 4_096;

/// How many reports are read at a time.
const AT_A_TIME: usize = 1_000;

/// Of those known already, how many of the newest are read again: a sender or a second part may
/// have come since.
const READ_AGAIN: usize = 200;

/// The longest question, in bytes, and its most words.
const LONGEST_QUERY: usize = 500;
const MOST_WORDS: usize = 16;

/// The most campaigns that are shown.
const MOST_CAMPAIGNS: usize = 50;

/// The most texts behind those shown that are read again for the sake of their campaigns.
const MOST_READ: usize = 200;

/// The shortest part of an id by which a campaign is found: that by which pages call people, and
/// too long to be an ordinary word.
const SHORTEST_ID: usize = 8;

/// The most names above a host that are looked up.
const MOST_LABELS: usize = 8;

/// The most reports that are looked at for one domain.
const MOST_NAMING: usize = 1_000;

/// The words of reports, the newest first.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    lines: VecDeque<Line>,
    bytes: usize,
}

#[derive(Debug)]
struct Line {
    report: ReportId,
    verdict: Verdict,
    words: Box<str>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Texts, newest first, with what they say.
    pub reports: Vec<Report>,
    /// Campaigns, each once: those that are named by an id or a domain first, then those that texts
    /// belong to which were found, also beyond the ones that are shown.
    pub campaigns: Vec<CampaignHead>,
    /// How many texts were looked through.
    pub searched: usize,
    /// Whether there are more than are shown.
    pub has_more: bool,
}

/// What is looked for: words that all must stand in a text, its sender or its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    verdict: Option<Verdict>,
}

impl Query {
    /// Reads what somebody typed; `None` when nothing is looked for. `verdict:malicious` asks for
    /// a verdict; links may be defanged.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = &text[..text.floor_char_boundary(LONGEST_QUERY)];
        // A number is one word, however it is written.
        let number = Some(text.trim()).filter(|text| text.starts_with('+'));
        if let Some(number) = number.and_then(PhoneNumber::parse) {
            return Some(Self { words: vec![number.to_string()], verdict: None });
        }
        let mut query = Self { words: Vec::new(), verdict: None };
        for word in text.split_whitespace().take(MOST_WORDS) {
            let verdict = word.strip_prefix("verdict:").and_then(verdict_named);
            match verdict {
                Some(verdict) => query.verdict = Some(verdict),
                None => query.words.push(folded(&refanged(word))),
            }
        }
        (!query.words.is_empty() || query.verdict.is_some()).then_some(query)
    }

    fn finds(&self, line: &Line) -> bool {
        self.verdict.is_none_or(|verdict| line.verdict == verdict)
            && self.words.iter().all(|word| line.words.contains(word.as_str()))
    }
}

impl Service {
    /// Finds texts, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn search(&self, query: &Query, limit: usize) -> Result<Found, ServiceError> {
        let (wanted, searched) = {
            let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            self.fill(&mut shelf)?;
            let found = shelf.lines.iter().filter(|line| query.finds(line));
            let wanted: Vec<ReportId> = found.map(|line| line.report).collect();
            (wanted, shelf.lines.len())
        };
        let mut reports = Vec::new();
        for id in wanted.iter().take(limit) {
            match self.report(*id)? {
                Some(report) if report.content.is_some() => reports.push(report),
                _ => self.forget(*id),
            }
        }
        let mut campaigns = self.campaigns_named(query)?;
        reports.iter().filter_map(|report| report.campaign).for_each(|id| add(&mut campaigns, id));
        self.add_campaigns_of(wanted.get(limit..).unwrap_or_default(), &mut campaigns)?;
        let campaigns = campaigns.into_iter().map(|id| self.campaign_head(id));
        let campaigns = campaigns.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Found { reports, campaigns, searched, has_more: wanted.len() > limit })
    }

    /// Campaigns that one word names: by an id that they have or had, by a part of one, or by a
    /// domain.
    fn campaigns_named(&self, query: &Query) -> Result<Vec<CampaignId>, ServiceError> {
        let ([word], None) = (&*query.words, query.verdict) else { return Ok(Vec::new()) };
        let mut named = Vec::new();
        if is_part_of_id(word) {
            let engine = self.engine();
            for campaign in engine.state().campaigns() {
                if campaign.names().any(|name| name.to_string().contains(word)) {
                    add(&mut named, campaign.id());
                }
            }
        }
        for domain in domains_of(word) {
            let reports = self.ports.views.reports_naming(domain, MOST_NAMING)?;
            let engine = self.engine();
            let campaigns = reports.iter().filter_map(|id| engine.state().campaign_of(*id));
            campaigns.for_each(|campaign| add(&mut named, campaign.id()));
        }
        Ok(named)
    }

    /// Adds the campaigns of reports that are not shown. Of each campaign one text is read again,
    /// so that what was erased leads nowhere.
    fn add_campaigns_of(
        &self,
        reports: &[ReportId],
        campaigns: &mut Vec<CampaignId>,
    ) -> Result<(), ServiceError> {
        let mut read = 0;
        for id in reports {
            if campaigns.len() >= MOST_CAMPAIGNS || read >= MOST_READ {
                break;
            }
            let of = self.engine().state().campaign_of(*id).map(|campaign| campaign.id());
            let Some(campaign) = of.filter(|campaign| !campaigns.contains(campaign)) else {
                continue;
            };
            read += 1;
            match self.report(*id)? {
                Some(report) if report.content.is_some() => add(campaigns, campaign),
                _ => self.forget(*id),
            }
        }
        Ok(())
    }

    /// Reads the words of what there is, so that the first who searches need not wait for it.
    ///
    /// # Errors
    /// When they cannot be read; the first who searches tries again.
    pub fn warm_search(&self) -> Result<(), ServiceError> {
        self.fill(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what the shelf does not have yet, and some of the newest again.
    fn fill(&self, shelf: &mut Shelf) -> Result<(), ServiceError> {
        let known = shelf.lines.get(READ_AGAIN).map(|line| line.report);
        let kept = shelf.lines.split_off(READ_AGAIN.min(shelf.lines.len()));
        let mut fresh = Shelf::default();
        let mut before = None;
        'pages: loop {
            let filter = ReportFilter { verdict: None, before, limit: AT_A_TIME };
            let rows = self.ports.views.reports(&filter)?;
            before = rows.last().map(|row| row.report);
            let is_last = rows.len() < AT_A_TIME;
            for row in rows {
                if known.is_some_and(|known| row.report <= known) || fresh.is_full() {
                    break 'pages;
                }
                fresh.push(self.line(&row)?);
            }
            if is_last {
                break;
            }
        }
        kept.into_iter().for_each(|line| fresh.push(line));
        *shelf = fresh;
        Ok(())
    }

    fn line(&self, row: &ReportRow) -> Result<Line, ServiceError> {
        let content = self.unseal(row.owner, &row.content)?;
        let words = content.map(|content| words_of(&content)).unwrap_or_default().into();
        Ok(Line { report: row.report, verdict: row.judged.verdict, words })
    }

    /// Of somebody erased nothing stays in memory, either.
    fn forget(&self, report: ReportId) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = shelf.lines.iter_mut().find(|line| line.report == report) {
            line.words = Box::default();
        }
    }
}

impl Shelf {
    fn is_full(&self) -> bool {
        self.lines.len() >= MOST_REPORTS || self.bytes >= MOST_BYTES
    }

    fn push(&mut self, line: Line) {
        if !self.is_full() {
            self.bytes += line.words.len() + size_of::<Line>();
            self.lines.push_back(line);
        }
    }
}

/// Adds a campaign that is not there yet, as long as there is room.
fn add(campaigns: &mut Vec<CampaignId>, campaign: CampaignId) {
    if campaigns.len() < MOST_CAMPAIGNS && !campaigns.contains(&campaign) {
        campaigns.push(campaign);
    }
}

fn is_part_of_id(word: &str) -> bool {
    word.len() >= SHORTEST_ID && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The names by which the domain of a URL or a host may be known: itself, and those above it.
fn domains_of(word: &str) -> impl Iterator<Item = &str> {
    let host = word.split_once("://").map_or(word, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let mut rest = Some(host.trim_matches('.'));
    let names = std::iter::from_fn(move || {
        let name = rest?;
        rest = name.split_once('.').map(|(_, above)| above);
        Some(name)
    });
    names.filter(|name| name.contains('.')).take(MOST_LABELS)
}

fn words_of(content: &Content) -> String {
    let body = &content.body[..content.body.floor_char_boundary(LONGEST_LINE)];
    let mut words = folded(body);
    for part in content.sender.iter().chain(&content.links) {
        words.push('\n');
        words.push_str(&folded(&refanged(part)));
    }
    words
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// A link as it was before it was defanged.
fn refanged(word: &str) -> String {
    word.replace("[.]", ".").replace("[@]", "@").replace("hxxp", "http")
}

fn verdict_named(name: &str) -> Option<Verdict> {
    let all = [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious];
    all.into_iter().find(|verdict| verdict.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &str, verdict: Verdict) -> Line {
        Line { report: ReportId::from_bytes([1; 16]), verdict, words: words.into() }
    }

    #[test]
    fn all_words_must_be_there() {
        let content = Content {
            body: "Your PARCEL is held".to_owned(),
            sender: Some("ACME".to_owned()),
            links: vec!["hxxps://acme-post[.]example/x".to_owned()],
            ..Content::default()
        };
        let line = line(&words_of(&content), Verdict::Malicious);
        let check = |query, expected| {
            assert_eq!(Query::parse(query).is_some_and(|q| q.finds(&line)), expected, "{query}");
        };
        check("parcel", true);
        check("held parcel acme", true);
        check("parcel missing", false);
        check("acme-post[.]example", true);
        check("https://acme-post.example", true);
        check("verdict:malicious", true);
        check("verdict:benign parcel", false);
        check("verdict:nonsense", false);
        check("  ", false);
    }

    #[test]
    fn a_number_is_one_word_however_it_is_written() {
        let words = |text| Query::parse(text).unwrap().words;
        assert_eq!(words(" +1 (201) 555-0123 "), ["+12015550123"]);
        assert_eq!(words("+ 1 parcel"), ["+", "1", "parcel"]);
        assert_eq!(words("201 555"), ["201", "555"]);
    }

    #[test]
    fn a_host_is_looked_up_with_the_names_above_it() {
        let check = |word, expected: &[&str]| {
            assert_eq!(domains_of(word).collect::<Vec<_>>(), expected, "{word}");
        };
        check("acme-okta.example", &["acme-okta.example"]);
        check("https://a.b.example:8/x?y", &["a.b.example", "b.example"]);
        check("parcel", &[]);
        check("...", &[]);
        check("", &[]);
        assert_eq!(domains_of(&"a.".repeat(200)).count(), MOST_LABELS);
    }

    #[test]
    fn a_question_is_bounded() {
        let query = Query::parse(&"ä ".repeat(10_000)).unwrap();
        assert_eq!(query.words.len(), MOST_WORDS);
        assert!(Query::parse(&"a".repeat(10_000)).unwrap().words[0].len() <= LONGEST_QUERY);
    }

    #[test]
    fn a_shelf_has_an_end() {
        let mut shelf = Shelf::default();
        let long = "a".repeat(1 << 20);
        (0..100).for_each(|_| shelf.push(line(&long, Verdict::Benign)));
        assert!(shelf.is_full() && shelf.lines.len() < 70);
    }
}
