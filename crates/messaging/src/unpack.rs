//! Plain bytes out of a stream that may be gzip or zstd, by its first bytes.

use std::io::{BufReader, Cursor, Read, Result};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads a stream, unpacking gzip (all members) and zstd (the first frame).
///
/// # Errors
/// When the stream fails or its compression is damaged from the start.
pub fn decompress(mut source: impl Read + Send + 'static) -> Result<Box<dyn Read + Send>> {
    let mut start = [0; 4];
    let mut filled = 0;
    while filled < start.len() {
        match source.read(&mut start[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let whole = Cursor::new(start[..filled].to_vec()).chain(source);
    Ok(if start.starts_with(&GZIP) {
        Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(whole)))
    } else if start == ZSTD {
        let decoder =
            ruzstd::decoding::StreamingDecoder::new(whole).map_err(std::io::Error::other)?;
        Box::new(decoder)
    } else {
        Box::new(whole)
    })
}
