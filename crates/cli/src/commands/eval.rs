//! `unhook eval`: how a model does on labelled texts, source by source.
//!
//! [`tables`] counts and prints; [`disguise`] judges lures again as if written by a trick.

mod disguise;
mod tables;

use std::path::PathBuf;

use anyhow::Context as _;
use unhook_detect::classify::Model;
use unhook_detect::classify::train::{Example, Label};
use unhook_detect::{Knowledge, assess};
use unhook_model::{Assessment, Facts, LogOdds, ScamKind, Verdict};

use crate::dataset::{self, Split};
use disguise::Trick;

#[derive(clap::Args)]
#[command(
    after_help = "Any folder of *.jsonl or *.jsonl.gz files will do, one JSON object a line: `label` (ham, \
spam or smishing) and `text`, and where known `sender`, `category` and `split` (train or dev; a text \
without one is always judged). A file's name is that of its source.\n\n\
`ham` counts as a genuine business text where its `category` is otp, bank, delivery, government or \
notice, and as personal chat where it says nothing. The `category` of smishing may name the kind of \
scam. Thresholds for recall at 1 % and 0.1 % false alarms are set on the business texts of all sources \
judged.\n\n\
Examples:\n  unhook eval ../shared/data/sms\n  unhook eval --disguised ../shared/data/sms"
)]
pub(crate) struct Arguments {
    /// A folder of labelled texts, or one file
    #[arg(required = true, value_name = "FOLDER")]
    data: Vec<PathBuf>,
    /// Which part of them is judged
    #[arg(long, value_enum, default_value = "dev")]
    split: Split,
    /// A model file; the built-in one when left out
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Judge every lure again in six disguises, and tell what each costs
    #[arg(long)]
    disguised: bool,
}

/// One judged example.
struct Judged {
    source: String,
    label: Label,
    score: LogOdds,
    verdict: Verdict,
    linked: bool,
    /// The kind that its source says, and the kind that was told.
    stated: Option<ScamKind>,
    told: Option<ScamKind>,
}

/// A lure judged as it is and by a trick.
struct Disguised {
    trick: Trick,
    plain: Verdict,
    disguised: Verdict,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let knowledge = knowledge(&arguments)?;
    let (mut judged, mut disguised) = (Vec::new(), Vec::new());
    for folder in &arguments.data {
        for file in dataset::files(folder)? {
            for example in dataset::examples(&file, arguments.split)? {
                let assessment = assess(&example.message, &Facts::default(), &knowledge);
                if arguments.disguised && example.label == Label::Lure {
                    disguised.extend(in_disguise(&example, &assessment, &knowledge));
                }
                judged.push(Judged::from(&example, &assessment));
            }
        }
    }
    print!("{}{}", tables::recall(&judged), tables::false_alarms(&judged));
    print!("{}{}", tables::calibration(&judged), tables::kinds(&judged));
    if arguments.disguised {
        print!("{}", tables::disguised(&disguised));
    }
    Ok(0)
}

fn knowledge(arguments: &Arguments) -> anyhow::Result<Knowledge> {
    let Some(path) = &arguments.model else { return Ok(Knowledge::builtin()) };
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Knowledge::builtin().with_model(Model::read(bytes.into())?))
}

impl Judged {
    fn from(example: &Example, assessment: &Assessment) -> Self {
        Self {
            source: example.source.clone(),
            label: example.label,
            score: assessment.score,
            verdict: assessment.verdict,
            linked: assessment.links.iter().any(|link| link.host.is_some()),
            stated: example.kind,
            told: assessment.kind,
        }
    }
}

fn in_disguise(
    example: &Example,
    assessment: &Assessment,
    knowledge: &Knowledge,
) -> impl Iterator<Item = Disguised> {
    let (message, links, plain) = (&example.message, &assessment.links, assessment.verdict);
    Trick::ALL.into_iter().filter_map(move |(trick, _)| {
        let disguised = disguise::verdict(message, links, trick, knowledge)?;
        Some(Disguised { trick, plain, disguised })
    })
}
