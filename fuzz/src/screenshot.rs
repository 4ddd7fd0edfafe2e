//! Drives what makes a message of the words of a screen.
//!
//! Holds: any table gives a message or none; a message is not blank, no longer than the table and
//! what is mended in it, and the reader's confidence is one.

use unhook_messaging::screenshot::message_of_table;

/// The bytes are Tesseract's table; lines without tabs get a place in it.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let rows = text.lines().enumerate().map(|(at, line)| match line.contains('\t') {
        true => format!("{line}\n"),
        false => format!(
            "5\t1\t1\t1\t1\t1\t40\t{}\t{}\t30\t95\t{line}\n",
            400 + 42 * at,
            15 * line.len()
        ),
    });
    let table: String = rows.collect();
    let Some(read) = message_of_table(&table) else { return };
    assert!(!read.text.trim().is_empty());
    assert!(read.text.len() <= 2 * table.len(), "{} of {}", read.text.len(), table.len());
    assert!(read.confidence <= 100);
    assert_eq!(message_of_table(&table), Some(read), "it depends on something else");
}
