//! Drives the reader of model files.
//!
//! Holds: what was read and written reads again, to the same bytes; a damaged file is
//! refused with words; any model that is read gives finite opinions.

use std::borrow::Cow;
use std::sync::LazyLock;

use unhook_detect::classify::Model;
use unhook_detect::text::Text;

/// The length of a model's tables, from the embedded one.
static TABLES: LazyLock<usize> = LazyLock::new(|| {
    let file = Model::embedded().write();
    file.len() - header_end(&file).expect("a model has a header")
});

/// The input is a header, its empty line, and the bytes that the tables repeat. Without such
/// bytes, or with a header that does not end, it is the whole file.
pub fn run(data: &[u8]) {
    let mut file = data.to_vec();
    if let Some(end) = header_end(data).filter(|end| *end < data.len()) {
        let pattern = &data[end..];
        file.extend(pattern.iter().cycle().take(*TABLES - pattern.len().min(*TABLES)));
    }
    match Model::read(Cow::Owned(file)) {
        Ok(model) => check(&model),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check(model: &Model) {
    let written = model.write();
    let again = Model::read(Cow::Owned(written.clone())).expect("what was written can be read");
    assert!(again.write() == written, "written and read again, the header differs");
    let words = Text::read("Your parcel is held: pay at example.com").words;
    let opinion = model.opinion(&words);
    assert!(!opinion.lure.is_nan() && !opinion.promotion.is_nan(), "{opinion:?}");
    assert!(model.kinds(&words).iter().all(|vote| !vote.is_nan()));
    assert_eq!(model.shares(&words).len(), words.as_slice().len());
}

fn header_end(file: &[u8]) -> Option<usize> {
    file.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2)
}
