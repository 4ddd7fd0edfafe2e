//! Plain bytes out of a stream that may be gzip or zstd, by its first bytes.

use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Result};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads a stream, unpacking gzip and zstd, all members and frames of either.
///
/// # Errors
/// When the stream fails. Damage to its compression shows when it is read.
pub fn decompress(mut source: impl Read + Send + 'static) -> Result<Box<dyn Read + Send>> {
    let mut start = Vec::with_capacity(ZSTD.len());
    source.by_ref().take(ZSTD.len() as u64).read_to_end(&mut start)?;
    let (is_gzip, is_zstd) = (start.starts_with(&GZIP), start == ZSTD);
    let whole = Cursor::new(start).chain(source);
    Ok(if is_gzip {
        Box::new(MultiGzDecoder::new(BufReader::new(whole)))
    } else if is_zstd {
        Box::new(ZstdFrames { decoder: FrameDecoder::new(), source: BufReader::new(whole) })
    } else {
        Box::new(whole)
    })
}

/// All frames of a zstd stream (RFC 8878): `pzstd` writes many, and files are joined with
/// `cat`. The library reads one.
struct ZstdFrames<R> {
    decoder: FrameDecoder,
    source: R,
}

impl<R: BufRead> ZstdFrames<R> {
    /// Begins the next frame, behind any that are to be skipped; `false` when there is none.
    fn begin(&mut self) -> Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(u64::from(length))?,
                Err(error) => return Err(damaged(error)),
            }
        }
        Ok(false)
    }

    fn skip(&mut self, length: u64) -> Result<()> {
        let skipped = std::io::copy(&mut self.source.by_ref().take(length), &mut std::io::sink())?;
        if skipped == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// Whether the frame that ended is as it was written.
    fn verify(&self) -> Result<()> {
        let written = self.decoder.get_checksum_from_data();
        if written.is_some() && written != self.decoder.get_calculated_checksum() {
            return Err(damaged("the checksum of a frame does not match what is in it"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while self.decoder.can_collect() == 0 {
            if self.decoder.is_finished() {
                self.verify()?;
                if !self.begin()? {
                    return Ok(0);
                }
            } else {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(damaged)?;
            }
        }
        self.decoder.read(out)
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut plain = Vec::new();
        decompress(Cursor::new(bytes.to_vec()))?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[u8]) {
        assert_eq!(unpacked(bytes).unwrap(), expected);
    }

    #[test]
    fn one_or_many_parts() {
        let long = b"one text a line\n".repeat(50_000);
        for pack in [gzip, zstd] {
            check(&pack(b"one"), b"one");
            check(&[pack(b"one"), pack(b""), pack(&long)].concat(), &[b"one", &long[..]].concat());
        }
        check(b"", b"");
        check(b"one", b"one");
    }

    #[test]
    fn frames_that_carry_no_data_are_skipped() {
        let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0xyz";
        check(&[zstd(b"one"), skippable.to_vec(), zstd(b"two")].concat(), b"onetwo");
    }

    #[test]
    fn what_breaks_off_or_is_damaged_is_an_error() {
        for pack in [gzip, zstd] {
            let whole = pack(&b"one text a line\n".repeat(5000));
            assert!(unpacked(&whole[..whole.len() - 1]).is_err());
            assert!(unpacked(&whole[..whole.len() / 2]).is_err());
        }
        let skippable = b"\x50\x2a\x4d\x18\x09\0\0\0xyz";
        assert!(unpacked(&[&zstd(b"one")[..], skippable].concat()).is_err());
    }
}
