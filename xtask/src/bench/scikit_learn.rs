//! scikit-learn: TF-IDF of words and characters with logistic regression, what most
//! published classifiers of texts are.

use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::Input;
use super::measure::speed;
use super::{Job, Measured, Outcome, Peer, python};

pub(super) const PEER: Peer = Peer {
    name: "scikit-learn",
    what: "TF-IDF + logistic regression",
    compared_with: Job::Texts,
    run,
};

/// Learns from the first file once, then judges the texts of the second one by one, as they
/// come in.
const SCRIPT: &str = "\
import json, os, pickle, sys
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
model_file, train, test = sys.argv[1:]
read = lambda path: [json.loads(line) for line in open(path, encoding='utf-8')]
if not os.path.exists(model_file):
    rows = read(train)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer='char_wb', ngram_range=(3, 5), sublinear_tf=True)
    model = make_pipeline(make_union(words, letters), LogisticRegression(max_iter=1000))
    model.fit([row['text'] for row in rows], [row['lure'] for row in rows])
    pickle.dump(model, open(model_file, 'wb'))
model = pickle.load(open(model_file, 'rb'))
for row in read(test):
    print(model.predict_proba([row['text']])[0, 1])
";

/// It takes a few milliseconds each.
const TEXTS: usize = 1000;

fn run(input: &Input) -> Result<Outcome> {
    let Some(programs) = python::programs(input, PEER.name, &["scikit-learn"])? else {
        return Ok(Outcome::Missing("needs python3-venv and the package index".to_owned()));
    };
    let script = input.file("scikit_learn.py", SCRIPT)?;
    let model = input.folder.join("scikit_learn.model");
    let train = input.texts_file(input.texts.len())?;
    let judge = |count| {
        let mut command = Command::new(programs.join("python"));
        command.env("OMP_NUM_THREADS", "1").arg(&script).arg(&model).arg(&train);
        command.arg(input.texts_file(count)?);
        Ok(command)
    };
    // Training is not what is measured: it happens here.
    crate::shell::output(&mut judge(1)?)?;
    let count = TEXTS.min(input.texts.len());
    let speed = speed(judge, count, |written| Some(written.out.lines().count()))?;
    Ok(Outcome::Measured(Measured { speed, finds: Finds::default() }))
}
