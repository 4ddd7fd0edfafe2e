//! The words of a page and where they stand, as Tesseract's table (`tsv`) lists them.
//!
//! Which words form a line is found anew: what stands at one height, and not far apart.

/// The most words of a page: a screen has two hundred.
const MOST_WORDS: usize = 4_000;

/// The longest word, in bytes: a link of a whole text.
const LONGEST_WORD: usize = 2_048;

/// A word of fewer than three letters of which the reader is less sure is dirt or a symbol.
const DOUBTFUL: f32 = 25.0;

/// A word, in points from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) right: u32,
    pub(super) bottom: u32,
    /// From 0 to 100.
    pub(super) confidence: f32,
    pub(super) text: String,
}

impl Word {
    pub(super) fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// Twice the height of its middle.
    fn middle(&self) -> u32 {
        self.top + self.bottom
    }
}

/// Words that stand beside each other, from left to right; at least one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
}

impl Line {
    pub(super) fn first(&self) -> &Word {
        &self.words[0]
    }

    pub(super) fn last(&self) -> &Word {
        &self.words[self.words.len() - 1]
    }

    pub(super) fn left(&self) -> u32 {
        self.first().left
    }

    pub(super) fn right(&self) -> u32 {
        self.last().right
    }

    pub(super) fn top(&self) -> u32 {
        self.words.iter().map(|word| word.top).min().unwrap_or(0)
    }

    pub(super) fn bottom(&self) -> u32 {
        self.words.iter().map(|word| word.bottom).max().unwrap_or(0)
    }

    pub(super) fn height(&self) -> u32 {
        self.bottom() - self.top()
    }

    /// Twice the height of its middle.
    pub(super) fn middle(&self) -> u32 {
        self.top() + self.bottom()
    }

    pub(super) fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    pub(super) width: u32,
    pub(super) height: u32,
    /// From top to bottom, then from left to right.
    pub(super) lines: Vec<Line>,
}

impl Page {
    /// Reads the table. Rows that make no sense are passed over.
    pub(super) fn read(table: &str) -> Self {
        let mut page = Self::default();
        let mut words = Vec::new();
        for row in table.lines() {
            match row_of(row) {
                Some(Row::Page { width, height }) => (page.width, page.height) = (width, height),
                Some(Row::Word(word)) if words.len() < MOST_WORDS => words.push(word),
                _ => {}
            }
        }
        page.lines = lines(words);
        page
    }

    /// Whether it has the shape of an upright phone.
    pub(super) fn is_upright(&self) -> bool {
        // The widest phones are 9 to 16, less for the bars of a browser.
        u64::from(self.height) * 10 > u64::from(self.width) * 15
    }
}

enum Row {
    Page { width: u32, height: u32 },
    Word(Word),
}

/// level, page, block, paragraph, line, word, left, top, width, height, confidence, text
fn row_of(row: &str) -> Option<Row> {
    let mut fields = row.splitn(12, '\t');
    let level = fields.next()?;
    let mut numbers = fields.by_ref().skip(5).take(4).map(|field| field.parse::<u32>().ok());
    let (left, top) = (numbers.next()??, numbers.next()??);
    let (width, height) = (numbers.next()??, numbers.next()??);
    if level == "1" {
        return Some(Row::Page { width, height });
    }
    let confidence: f32 =
        fields.next()?.parse().ok().filter(|c: &f32| (0.0..=100.0).contains(c))?;
    let text = fields.next()?.trim();
    let is_dirt = confidence < DOUBTFUL && text.chars().count() < 3;
    if level != "5" || text.is_empty() || text.len() > LONGEST_WORD || is_dirt || height == 0 {
        return None;
    }
    let (right, bottom) = (left.checked_add(width)?, top.checked_add(height)?);
    // Beyond any picture; below it, sums cannot overflow.
    if right > 1 << 24 || bottom > 1 << 24 {
        return None;
    }
    Some(Row::Word(Word { left, top, right, bottom, confidence, text: text.to_owned() }))
}

/// Gaps of so many heights part what stands at one height.
const WIDEST_GAP: u32 = 3;

fn lines(mut words: Vec<Word>) -> Vec<Line> {
    words.sort_by_key(Word::middle);
    let mut lines = Vec::new();
    let mut row: Vec<Word> = Vec::new();
    for word in words {
        // A word belongs to the row if its middle lies within the word that began it.
        let is_beside = row.first().is_some_and(|first| {
            word.middle().abs_diff(first.middle()) < first.height().max(word.height())
        });
        if !is_beside {
            part(std::mem::take(&mut row), &mut lines);
        }
        row.push(word);
    }
    part(row, &mut lines);
    lines
}

/// Parts a row where its words stand far apart.
fn part(mut row: Vec<Word>, lines: &mut Vec<Line>) {
    row.sort_by_key(|word| word.left);
    let mut line: Vec<Word> = Vec::new();
    for word in row {
        let is_far = line.last().is_some_and(|last| {
            word.left.saturating_sub(last.right) > WIDEST_GAP * last.height().max(word.height())
        });
        if is_far {
            lines.push(Line { words: std::mem::take(&mut line) });
        }
        line.push(word);
    }
    if !line.is_empty() {
        lines.push(Line { words: line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(left: u32, top: u32, width: u32, text: &str) -> String {
        format!("5\t1\t1\t1\t1\t1\t{left}\t{top}\t{width}\t30\t96.5\t{text}\n")
    }

    #[test]
    fn words_at_one_height_are_a_line() {
        let table = "level\tpage_num\n1\t1\t0\t0\t0\t0\t0\t0\t900\t1947\t-1\t\n".to_owned()
            + &row(120, 104, 90, "parcel")
            + &row(20, 100, 80, "your")
            + &row(700, 100, 80, "10:42")
            + &row(20, 150, 80, "waits");
        let page = Page::read(&table);
        assert_eq!((page.width, page.height), (900, 1947));
        let texts: Vec<String> = page.lines.iter().map(Line::text).collect();
        assert_eq!(texts, ["your parcel", "10:42", "waits"]);
        assert_eq!((page.lines[0].left(), page.lines[0].right()), (20, 210));
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let broken = [
            "",
            "5",
            "5\t1\t1\t1\t1\t1\t-4\t0\t1\t1\t90\ta",
            "5\t1\t1\t1\t1\t1\t0\t0\t9\t0\t90\tflat",
            "5\t1\t1\t1\t1\t1\t4294967295\t0\t9\t9\t90\tfar",
            "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\tNaN\ta word",
            "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t12\t|",
            "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t",
        ];
        assert_eq!(Page::read(&broken.join("\n")).lines, []);
    }

    #[test]
    fn a_page_without_end_is_cut() {
        let table = row(20, 100, 80, "word").repeat(MOST_WORDS + 10);
        let count: usize = Page::read(&table).lines.iter().map(|line| line.words.len()).sum();
        assert_eq!(count, MOST_WORDS);
    }
}
