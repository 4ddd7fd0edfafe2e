//! Configurations, as the documentation has them.

const PAGE: &str = include_str!("../../../../docs/rpz.md");

/// The first block of text after a place that is named, with each of `changes` made, which must be
/// there to be made.
pub(crate) fn snippet(after: &str, changes: &[(&str, String)]) -> String {
    let (_, rest) = PAGE.split_once(after).unwrap_or_else(|| panic!("{after} is in the page"));
    let (_, rest) = rest.split_once("```text\n").expect("a block follows");
    let (block, _) = rest.split_once("```").expect("it ends");
    let mut block = block.to_owned();
    for (from, to) in changes {
        assert!(block.contains(from), "{from} is not in: {block}");
        block = block.replace(from, to);
    }
    block
}

/// The key of the page.
pub(crate) fn key() -> String {
    snippet("32 random bytes in base64:", &[])
}
