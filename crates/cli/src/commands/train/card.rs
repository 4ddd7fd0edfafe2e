//! The page that goes with a model: what it is for, what it was made from, how it did and
//! where it is weak (Mitchell and others, "Model Cards for Model Reporting", 2019).
//!
//! It is written from what training counted and holds no text of any message. The same
//! training gives the same page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unhook_detect::classify::train::{Example, FALSE_ALARMS, Label, Learned};

/// What a card says of the texts that were learned from.
#[derive(Default)]
pub(super) struct Data {
    /// For each source, how many texts have each label.
    counts: BTreeMap<String, BTreeMap<Label, u32>>,
    /// For each source, a digest of its file.
    digests: BTreeMap<String, String>,
}

impl Data {
    /// Counts the examples of a file, or of templates, which have no digest.
    pub(super) fn count(&mut self, examples: &[Example], digest: &str) {
        for example in examples {
            let of_source = self.counts.entry(example.source.clone()).or_default();
            *of_source.entry(example.label).or_default() += 1;
            self.digests.entry(example.source.clone()).or_insert_with(|| digest.to_owned());
        }
    }

    fn all(&self) -> u32 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }
}

/// The card in Markdown.
pub(super) fn write(learned: &Learned, data: &Data, seed: u64) -> String {
    let size = learned.model.write().len();
    format!(
        "# Model card\n\n\
         Written by `unhook train --card`; change the words in `crates/cli/src/commands/train/card.rs`.\n\n\
         {WHAT}\n\
         The file has {size} bytes. It was learned from {all} texts with seed {seed}; the same texts and \
         seed give the same file.\n\n\
         {USE}\n\
         ## Data\n\n{DATA}\n{table}\n\
         {METHOD}\n\
         ## Threshold\n\n\
         A score of zero is called suspicious. The base rate is set so that, of the genuine \
         business texts of a source left out, {alarms:.1} % reach zero, the mean over the gathered sources that have any (texts written for training do not count).\n\n\
         ## Sources left out\n\n{LEFT_OUT}\n{left_out}\n\
         {WEAK}\n{LICENCE}",
        all = data.all(),
        table = data_table(data),
        alarms = FALSE_ALARMS * 100.0,
        left_out = left_out(learned),
    )
}

const WHAT: &str = "\
The text model of Unhook and the weights by which all its signals add up. The text model is two linear \
heads, one for lures and one for advertising, over hashed words, pairs of words and parts of words, and \
a small head for each kind of scam. It reads words after disguises were taken away; links are masked, \
and what they tell is told by signals of their own.\n";

const USE: &str = "\
## What it is for, and what not\n\n\
It is one witness among the signals of `unhook check` and `unhook scan`: it helps to say whether a text \
message is a lure. It is no judge of people, and no proof. It was not made for mail, for calls or for long \
texts; it must not decide alone that somebody is blocked, suspended or paid; and \"nothing found\" never \
means \"safe\".\n";

const DATA: &str = "\
Public collections of text messages, and templates written for this project and filled by rule \
(`corpus/training`). Only the part of each collection marked `train` is learned from; near-duplicates lie \
on one side of that split. *Undecided* are texts whose source does not tell fraud from advertising: a model \
of the others decides them where it can, and the rest are left out. *Inbox* are genuine notices with \
advertising among them.\n";

const METHOD: &str = "\
## How it was trained\n\n\
Logistic regression by stochastic gradient descent, each source weighing by the root of its size and both \
answers alike. Then the weights of the signals: for each family of sources a text model is learned \
without it, and the fusion is learned on what those models say of sources they never saw. No weight may \
change the sign that its signal was written with, so more evidence of a bad thing never lowers a score.\n";

const LEFT_OUT: &str = "\
How each source did when the text model had not seen it, nor any source gathered in the same place, at \
the shipped threshold. The weights of the signals, and the threshold, did see it: take the figures as an \
upper end, and see `unhook eval` for texts held back.\n";

const WEAK: &str = "\
## Known weaknesses\n\n\
- Texts without a link, of few words (\"is this still your number?\"): little tells them from chat.\n\
- Languages of which the data has little or nothing but templates.\n\
- A bank's advertising and an office's warning about scams, which share words with lures.\n\
- Chat in the data is from before 2015, and genuine notices come from few countries.\n\
- Several sources are what people reported: what nobody reports is missing, and labels are noisy at the edge.\n\
- Lures change with the news: recall falls with every year after the data.\n";

const LICENCE: &str = "\
## Licence\n\n\
The weights are part of this project and under its licence. They hold sums over hashed features: no text \
of a message is contained in the model, in this page or in the project.\n";

const LABELS: [Label; 6] = [
    Label::Lure,
    Label::LureOrPromotion,
    Label::Promotion,
    Label::Business,
    Label::Inbox,
    Label::Personal,
];

fn data_table(data: &Data) -> String {
    let mut table =
        "| source | lures | undecided | advertising | business | inbox | personal | digest |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for (source, counts) in &data.counts {
        let _ = write!(table, "| {source} |");
        for label in LABELS {
            let _ = write!(table, " {} |", counts.get(&label).copied().unwrap_or(0));
        }
        let _ = writeln!(table, " {} |", data.digests.get(source).map_or("", String::as_str));
    }
    table
}

/// How the sources did that were left out.
pub(super) fn left_out(learned: &Learned) -> String {
    let share = |(all, reached): (u32, u32)| match all {
        0 => "–".to_owned(),
        _ => format!("{:.1} % of {all}", 100.0 * f64::from(reached) / f64::from(all)),
    };
    let mut table = "| source left out | lures found | business flagged | others flagged |\n\
         | --- | --- | --- | --- |\n"
        .to_owned();
    for (source, counts) in &learned.left_out {
        let (lures, business, others) =
            (share(counts.lures), share(counts.business), share(counts.others));
        let _ = writeln!(table, "| {source} | {lures} | {business} | {others} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_detect::classify::Model;
    use unhook_detect::classify::train::LeftOut;
    use unhook_model::Message;

    fn example(source: &str, label: Label) -> Example {
        let message = Message::from_body("a text that stays where it is");
        let (source, family) = (source.to_owned(), source.to_owned());
        Example { message, source, family, label, kind: None, written: false }
    }

    #[test]
    fn a_card_tells_counts_and_digests_and_no_text() {
        let mut data = Data::default();
        data.count(&[example("here", Label::Lure), example("here", Label::Business)], "00ff");
        let counts = LeftOut { lures: (4, 3), business: (10, 0), others: (0, 0) };
        let left_out = [("here".to_owned(), counts)].into();
        let card = write(&Learned { model: Model::empty(), left_out }, &data, 7);
        assert!(card.contains("| here | 1 | 0 | 0 | 1 | 0 | 0 | 00ff |"), "{card}");
        assert!(card.contains("| here | 75.0 % of 4 | 0.0 % of 10 | – |"), "{card}");
        assert!(card.contains("learned from 2 texts with seed 7"), "{card}");
        let promised = format!("{:.1} % reach zero", FALSE_ALARMS * 100.0);
        assert!(card.contains(&promised), "{card}");
        assert!(!card.contains("stays where it is"));
    }
}
