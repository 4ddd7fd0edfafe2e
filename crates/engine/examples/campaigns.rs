//! Groups texts by their wording alone, for `cargo xtask campaigns`.
//!
//! Each argument is a file of JSON Lines with a `text` each. For each line it writes the
//! number of its group: that of the nearest earlier text, or a new one.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a program that measures reads files, and is no part of the crate"
)]

use unhook_detect::text::Text;
use unhook_engine::{NearTexts, TextSketch};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for file in std::env::args().skip(1) {
        let lines = std::fs::read_to_string(&file)?;
        let mut groups = Groups::default();
        for line in lines.lines() {
            let line: serde_json::Value = serde_json::from_str(line)?;
            let text = line["text"].as_str().ok_or("a line without a text")?;
            println!("{}", groups.add(text));
        }
    }
    Ok(())
}

/// Texts and their groups; a text is called by its number.
#[derive(Default)]
struct Groups {
    index: NearTexts<usize>,
    of_text: Vec<usize>,
}

impl Groups {
    fn add(&mut self, text: &str) -> usize {
        let number = self.of_text.len();
        let sketch = TextSketch::of(&Text::read(text));
        let near = sketch.and_then(|sketch| self.index.insert(number, sketch));
        let group = near.map_or(number, |near| self.of_text[near.id]);
        self.of_text.push(group);
        group
    }
}
