//! Drives every reader of files, in the clear and compressed.
//!
//! Holds: reading ends, with no more rows than bytes; line numbers begin at one, never go
//! back and never pass the last line; nothing follows a final error; a text is no longer
//! than a row may be; a time can be written as a date; the same bytes give the same rows in
//! the clear, in gzip and in zstd.
//!
//! A byte order mark of UTF-16 makes texts longer, and lines of other bytes; there the bounds
//! that are counted in bytes do not hold.

use std::io::{Cursor, Write as _};

use unhook_messaging::{Format, LONGEST_ROW, OpenError, ReadOptions, Row, RowError, open};

/// The years 1970 to 9999, in milliseconds since the Unix epoch: no text is older, and later
/// ones have no date in RFC 3339.
const MOMENTS: std::ops::Range<i64> = 0..253_402_300_800_000;

/// A kilobyte of gzip can become a megabyte of line breaks; more than this many rows say
/// nothing new.
const MOST_ROWS: usize = 1 << 16;

/// The first byte picks the format (`j`, `c`, `t`, `s`ome table, `l`, `x`; any other lets it
/// be found out), the second a packing (`g`, `z`; any other leaves the bytes as they are,
/// packed already or not). The rest is the file.
pub fn run(data: &[u8]) {
    let &[format, packing, ref file @ ..] = data else { return };
    let options = ReadOptions { format: format_of(format), text_column: None };
    let plain = read(file.to_vec(), &options);
    check(&plain, file);
    let packed = match packing {
        b'g' => gzip(file),
        b'z' => zstd(file),
        _ => return,
    };
    if !is_packed(file) {
        assert_eq!(described(&read(packed, &options)), described(&plain));
    }
}

type Read = Result<Vec<Result<Row, RowError>>, OpenError>;

fn read(bytes: Vec<u8>, options: &ReadOptions) -> Read {
    let mut rows = open(Cursor::new(bytes), None, options)?;
    let read: Vec<_> = rows.by_ref().take(MOST_ROWS).collect();
    if read.len() < MOST_ROWS {
        assert!(rows.next().is_none(), "rows behind the end");
    }
    Ok(read)
}

fn check(rows: &Read, file: &[u8]) {
    let Ok(rows) = rows else { return };
    let unbounded =
        is_packed(file) || file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff");
    let most_lines = file.iter().filter(|b| **b == b'\n').count() as u64 + 1;
    assert!(unbounded || rows.len() <= file.len(), "{} rows of {} bytes", rows.len(), file.len());
    let mut last = 1;
    for (index, row) in rows.iter().enumerate() {
        let line = match row {
            Ok(row) => row.line,
            Err(error) => error.line,
        };
        assert!(line >= last && (unbounded || line <= most_lines), "row {index}: line {line}");
        last = line;
        match row {
            Ok(row) => check_row(row),
            Err(error) => assert!(!error.is_final() || index + 1 == rows.len(), "{error}"),
        }
    }
}

fn check_row(row: &Row) {
    // Each byte that is no UTF-8 becomes a replacement character of three.
    assert!(row.message.body.len() <= 3 * LONGEST_ROW);
    if let Some(at) = row.message.received_at {
        assert!(MOMENTS.contains(&at.unix_ms()), "{at:?} has no date");
    }
}

fn described(rows: &Read) -> Vec<String> {
    match rows {
        Err(error) => vec![error.to_string()],
        Ok(rows) => rows.iter().map(|row| format!("{row:?}")).collect(),
    }
}

fn format_of(letter: u8) -> Option<Format> {
    Some(match letter {
        b'j' => Format::JsonLines,
        b'c' => Format::Table { delimiter: Some(b',') },
        b't' => Format::Table { delimiter: Some(b'\t') },
        b's' => Format::Table { delimiter: None },
        b'l' => Format::Lines,
        b'x' => Format::AndroidXml,
        _ => return None,
    })
}

/// Whether the file begins as gzip or zstd does.
fn is_packed(file: &[u8]) -> bool {
    file.starts_with(&[0x1f, 0x8b]) || file.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(file).expect("a vector takes everything");
    writer.finish().expect("a vector takes everything")
}

fn zstd(file: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(file, ruzstd::encoding::CompressionLevel::Fastest)
}
