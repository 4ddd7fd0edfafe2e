//! Labelled texts for training and evaluation: folders of `*.jsonl.gz`, and the template
//! texts of `corpus/training`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use unhook_detect::Knowledge;
use unhook_detect::classify::train::{Example, Label};
use unhook_detect::text::hashing::{hash, mix};
use unhook_model::{Brand, Message, ScamKind, Sector, Sender};

use crate::failure::{Failure, exit};

/// One line of a data file; other keys are passed over.
#[derive(Deserialize)]
struct Line {
    label: String,
    text: String,
    sender: Option<String>,
    category: Option<String>,
    split: Option<String>,
}

/// Which part of a data set is read.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
pub(crate) enum Split {
    /// What models are trained on
    Train,
    /// What is held back from training
    Dev,
    /// Everything
    All,
}

/// Sources whose `spam` is advertising and fraud mixed.
const MIXED: [&str; 4] = ["spamhunter_tweets", "spamdam_part", "korean_lgai", "uci_sms_spam"];

/// Sources whose `ham` comes from firms and offices.
const BUSINESS: [&str; 3] = ["india_bank_a2p", "bank_fixtures_ru", "india_2018_multiling"];

/// What sources call genuine notices of firms and offices, whichever source it is.
const NOTICES: [&str; 5] = ["otp", "bank", "delivery", "government", "notice"];

/// Sources whose `ham` is notices of every kind, advertising among them.
const INBOXES: [&str; 2] = ["vietnamese_ie403", "thai_gateway"];

/// Sources that were gathered in the same place, by the beginnings of their names, and the
/// family that they make.
const FAMILIES: [(&str, &str); 4] = [
    ("spamhunter", "reported in public"),
    ("spamdam", "reported in public"),
    ("uci", "best-known corpora"),
    ("mendeley", "best-known corpora"),
];

/// The family of a source; its own name when it has no kin.
fn family(source: &str) -> String {
    let kin = FAMILIES.iter().find(|(beginning, _)| source.starts_with(beginning));
    kin.map_or(source, |(_, family)| family).to_owned()
}

/// The `*.jsonl` and `*.jsonl.gz` files of a folder, or the file itself, by name.
pub(crate) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.to_string_lossy().contains(".jsonl"));
    files.sort();
    if files.is_empty() {
        let complaint = format!("{} holds no .jsonl or .jsonl.gz files", path.display());
        return Err(Failure::new(exit::DATA, complaint).into());
    }
    Ok(files)
}

/// The examples of one file.
pub(crate) fn examples(path: &Path, split: Split) -> anyhow::Result<Vec<Example>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let source = name.split('.').next().unwrap_or_default().to_owned();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut examples = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(unhook_messaging::decompress(file)?).lines()) {
        let place = || format!("{}, line {number}", path.display());
        let bad = |e: anyhow::Error| Failure::new(exit::DATA, format!("{}: {e:#}", place()));
        let line = line.with_context(place)?;
        let line: Line = serde_json::from_str(&line).map_err(|error| bad(error.into()))?;
        // Without a key `split` a text belongs to whatever part is asked for.
        let wanted = match split {
            Split::All => true,
            Split::Train => line.split.as_deref() != Some("dev"),
            Split::Dev => line.split.as_deref() != Some("train"),
        };
        if wanted {
            examples.push(example(&source, line).map_err(bad)?);
        }
    }
    Ok(examples)
}

fn example(source: &str, line: Line) -> anyhow::Result<Example> {
    let category = line.category.as_deref().unwrap_or("");
    let label = match line.label.as_str() {
        "smishing" => Label::Lure,
        "spam" if korean_kind(category).is_some() => Label::Lure,
        "spam" if MIXED.contains(&source) => Label::LureOrPromotion,
        "spam" => Label::Promotion,
        // A bank's list marks its own advertising so.
        "ham" if category == "SPAM" => Label::Promotion,
        "ham" if BUSINESS.contains(&source) || NOTICES.contains(&category) => Label::Business,
        "ham" if INBOXES.contains(&source) => Label::Inbox,
        "ham" => Label::Personal,
        other => bail!("the label is `{other}` where ham, spam or smishing is expected"),
    };
    let kind = korean_kind(category).or_else(|| match label {
        Label::Lure => ScamKind::from_name(category),
        _ => None,
    });
    let sender = line.sender.as_deref().and_then(Sender::parse);
    let message = Message { sender, ..Message::from_body(line.text) };
    Ok(Example {
        message,
        source: source.to_owned(),
        family: family(source),
        label,
        kind,
        written: false,
    })
}

/// The scam that a category of the Korean source names; the others are advertising and
/// fraud mixed.
fn korean_kind(category: &str) -> Option<ScamKind> {
    Some(match category {
        "택배/배송" => ScamKind::Delivery,
        "지인 사칭" => ScamKind::Family,
        "투자/코인" => ScamKind::Investment,
        "금융/대출" => ScamKind::Loan,
        "기관 사칭" => ScamKind::Government,
        "허위 결제" => ScamKind::Subscription,
        _ => return None,
    })
}

#[derive(Deserialize)]
struct TemplateFile {
    language: String,
    text: Vec<Template>,
}

#[derive(Deserialize)]
struct Template {
    label: String,
    kind: String,
    text: String,
}

/// Times each template is filled.
const FILLINGS: u64 = 4;

/// The examples that the template files of a folder make: each filled several times with
/// names, numbers and links made up by rule, so the same every time.
pub(crate) fn templates(folder: &Path, knowledge: &Knowledge) -> anyhow::Result<Vec<Example>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut examples = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let file: TemplateFile =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        let filler = Filler::new(knowledge, &file.language);
        for (number, template) in (0_u64..).zip(&file.text) {
            for filling in 0..FILLINGS {
                examples.push(filler.fill(template, number * FILLINGS + filling));
            }
        }
    }
    Ok(examples)
}

struct Filler<'k> {
    language: &'k str,
    by_sector: BTreeMap<&'static str, Vec<&'k Brand>>,
}

impl<'k> Filler<'k> {
    fn new(knowledge: &'k Knowledge, language: &'k str) -> Self {
        let mut by_sector: BTreeMap<&'static str, Vec<&Brand>> = BTreeMap::new();
        for (sector, name) in Sector::ALL {
            let of_sector =
                || knowledge.brands().iter().filter(move |brand| brand.sector == Some(sector));
            let speaks = |brand: &&Brand| brand.languages.iter().any(|l| l == language || l == "*");
            let mut brands: Vec<&Brand> = of_sector().filter(speaks).collect();
            if brands.is_empty() {
                brands = of_sector().collect();
            }
            by_sector.insert(name, brands);
        }
        Self { language, by_sector }
    }

    fn fill(&self, template: &Template, number: u64) -> Example {
        let mut chance = Chance(mix(number ^ hash(self.language)));
        let mut body = String::new();
        let mut brand: Option<&Brand> = None;
        let mut rest = template.text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            body.push_str(before);
            let (slot, after) = after.split_once('}').unwrap_or((after, ""));
            if let Some(sector) = slot.strip_prefix("brand:") {
                let chosen =
                    self.by_sector.get(sector).and_then(|brands| chance.pick(brands)).copied();
                brand = brand.or(chosen);
                body.push_str(chosen.map_or("the company", |brand| &brand.name));
            } else {
                body.push_str(&value(slot, brand, &mut chance));
            }
            rest = after;
        }
        body.push_str(rest);
        self.example(template, body)
    }

    fn example(&self, template: &Template, body: String) -> Example {
        let label = match (template.label.as_str(), template.kind.as_str()) {
            ("lure", _) => Label::Lure,
            ("promotion", _) => Label::Promotion,
            (_, "personal") => Label::Personal,
            _ => Label::Business,
        };
        let kind = match template.kind.as_str() {
            "tax" => Some(ScamKind::Refund),
            "tech-support" | "callback" => Some(ScamKind::Subscription),
            kind => ScamKind::from_name(kind),
        };
        let kind = kind.filter(|_| label == Label::Lure);
        let source = format!("templates-{}", self.language);
        let message = Message::from_body(body);
        Example { message, family: source.clone(), source, label, kind, written: true }
    }
}

/// Numbers that look random and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = mix(self.0.wrapping_add(0x9e37_79b9_7f4a_7c15));
        self.0 % bound.max(1)
    }

    fn pick<'v, T>(&mut self, values: &'v [T]) -> Option<&'v T> {
        values.get(self.below(values.len() as u64) as usize)
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}

/// What a slot is filled with. Names of hostile links are made up from parts, and live only
/// as long as the training that they are for.
fn value(slot: &str, brand: Option<&Brand>, chance: &mut Chance) -> String {
    let label =
        brand.and_then(|brand| brand.domains.first()).and_then(|domain| domain.split('.').next());
    let label = label.unwrap_or("service").to_owned();
    let mut of = |values: &[&str]| chance.pick(values).copied().unwrap_or_default().to_owned();
    match slot {
        "own_link" => {
            let domain =
                brand.and_then(|brand| brand.domains.first()).map_or("example.com", String::as_str);
            let path = of(&["", "/t", "/help", "/app", "/account"]);
            let scheme = of(&["https://", "", "https://www."]);
            format!("{scheme}{domain}{path}")
        }
        "lure_link" => lure_link(&label, chance),
        "short_link" => format!(
            "https://{}/{}",
            of(&["bit.ly", "tinyurl.com", "t.ly", "is.gd"]),
            chance.digits(5)
        ),
        "site" => format!(
            "https://www.{}{}.com",
            of(&["green", "corner", "happy", "north"]),
            ["cafe", "garage", "news", "school"][chance.below(4) as usize]
        ),
        "chat_link" => format!("{}{}", of(&["wa.me/1201555", "t.me/u"]), chance.digits(4)),
        "company" => of(&["Brightwell", "Northgate Dental", "Halden Logistics", "Oakline"]),
        "company_link" => of(&[
            "https://brightwell.com/p",
            "northgatedental.com",
            "https://haldenlogistics.com/a",
            "oakline.com",
        ]),
        "name" => of(&["Anna", "Tom", "Maria", "Lee", "Ines", "Omar"]),
        "amount" => format!("{}.{}", 10 + chance.below(900), chance.digits(2)),
        "small_amount" => format!("{}.{}", 1 + chance.below(5), chance.digits(2)),
        "big_amount" => format!("{},{}", 1 + chance.below(90), chance.digits(3)),
        "ref" => format!("{}{}", of(&["AB", "RM", "TX", ""]), chance.digits(8)),
        "code" => {
            let count = 4 + chance.below(3) as usize;
            chance.digits(count)
        }
        "last4" => chance.digits(4),
        "date" => format!("{}/{}", 1 + chance.below(28), 1 + chance.below(12)),
        "time" => format!("{}:{}0", 1 + chance.below(12), chance.below(6)),
        "phone" => format!("+1 201 555 01{}", chance.digits(2)),
        "shortcode" => chance.digits(5),
        "city" => of(&["Springfield", "Lyon", "Porto", "Graz"]),
        "hours" => of(&["12", "24", "48"]),
        _ => String::new(),
    }
}

fn lure_link(label: &str, chance: &mut Chance) -> String {
    let mut of = |values: &[&str]| chance.pick(values).copied().unwrap_or_default().to_owned();
    let suffix = of(&[
        "top", "xyz", "com", "info", "cc", "online", "shop", "com", "net", "icu", "live", "vip",
    ]);
    let word =
        of(&["track", "verify", "pay", "fee", "secure", "help", "login", "update", "info", "id"]);
    let scheme = of(&["https://", "http://", ""]);
    let path = of(&["", "/us", "/i", "/pay", "/login"]);
    let noise = chance.digits(2);
    let host = match chance.below(6) {
        0 => format!("{label}-{word}.{suffix}"),
        1 => format!("{word}-{label}.{suffix}"),
        2 => format!("{label}.com-{word}{noise}.{suffix}"),
        3 => format!("{word}{noise}-portal.{suffix}"),
        4 => format!("{label}{word}.{suffix}"),
        _ => format!("x{noise}k{word}q.{suffix}"),
    };
    format!("{scheme}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> anyhow::Result<Example> {
        example("elsewhere", serde_json::from_str(line)?)
    }

    #[test]
    fn a_source_never_heard_of_is_read_by_its_labels_and_categories() {
        let check =
            |line: &str, expected| assert_eq!(read(line).unwrap().label, expected, "{line}");
        check(r#"{"label": "ham", "text": "x"}"#, Label::Personal);
        check(r#"{"label": "ham", "text": "x", "category": "delivery"}"#, Label::Business);
        check(r#"{"label": "spam", "text": "x", "lang": "en"}"#, Label::Promotion);
        check(r#"{"label": "smishing", "text": "x", "category": "toll"}"#, Label::Lure);
    }

    #[test]
    fn a_lure_is_of_the_kind_that_its_category_names() {
        let kind = |line: &str| read(line).unwrap().kind;
        assert_eq!(
            kind(r#"{"label": "smishing", "text": "x", "category": "toll"}"#),
            Some(ScamKind::Toll)
        );
        assert_eq!(kind(r#"{"label": "ham", "text": "x", "category": "bank"}"#), None);
    }

    #[test]
    fn another_label_is_refused_by_name() {
        let error = read(r#"{"label": "phish", "text": "x"}"#).unwrap_err();
        assert!(error.to_string().contains("`phish`"), "{error}");
    }
}
