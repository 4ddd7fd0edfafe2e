//! A picture's bytes as grey points: its kind, its size, and only then what it holds.

use std::io::Cursor;

use unhook_app::PictureError;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest picture that is read, in bytes: as large as a mail may be.
pub const LARGEST_PICTURE: usize = 8 << 20;

/// The most points of a picture: three times the largest phone's screen, or a photograph by a
/// common camera. Unpacked it takes four bytes for each.
pub const MOST_PIXELS: u64 = 16 << 20;

/// The longest side of a picture, in points: a conversation that was scrolled through.
pub const LONGEST_SIDE: u32 = 20_000;

/// What to send instead of what is not read.
const ADVICE: &str = "send a screenshot as PNG, JPEG or WebP";

/// A kind of picture that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    WebP,
}

/// First bytes of what is told by its name instead of "no picture".
const FOREIGN: [(usize, &[u8], &str); 11] = [
    (0, b"GIF8", "a GIF"),
    (4, b"ftypheic", "a HEIC photograph"),
    (4, b"ftypheix", "a HEIC photograph"),
    (4, b"ftypmif1", "a HEIF photograph"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"BM", "a bitmap"),
    (0, b"%PDF-", "a PDF"),
    (0, b"PK\x03\x04", "an archive"),
];

/// Grey points, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    /// 0 is black; as many as width times height.
    pub(super) pixels: Vec<u8>,
}

/// Decodes a picture, if it is one of a size that a screen has.
pub(super) fn decode(bytes: &[u8]) -> Result<Gray, PictureError> {
    if bytes.len() > LARGEST_PICTURE {
        let most = LARGEST_PICTURE >> 20;
        return Err(PictureError::TooLarge(format!(
            "the picture is larger than {most} MiB; cut it to the message, or {ADVICE}"
        )));
    }
    let kind = kind(bytes)?;
    let (width, height) = size(kind, bytes).ok_or_else(broken)?;
    check_size(width, height)?;
    match kind {
        Kind::Png => png(bytes),
        Kind::Jpeg => jpeg(bytes),
        Kind::WebP => webp(bytes),
    }
}

fn broken() -> PictureError {
    PictureError::NotAPicture(format!("the picture is damaged or breaks off; {ADVICE}"))
}

fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(broken());
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || width.max(height) > LONGEST_SIDE {
        return Err(PictureError::TooLarge(format!(
            "a picture of {width} by {height} points is too large; send at most {} million \
             points, none of its sides longer than {LONGEST_SIDE}",
            MOST_PIXELS >> 20
        )));
    }
    Ok(())
}

fn kind(bytes: &[u8]) -> Result<Kind, PictureError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Kind::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(Kind::Jpeg);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Kind::WebP);
    }
    let begins = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|b| b.starts_with(magic));
    let what = FOREIGN.iter().find(|(at, magic, _)| begins(*at, magic)).map(|(.., what)| *what);
    let what = what.unwrap_or("no picture that is read here");
    Err(PictureError::NotAPicture(format!("this is {what}; {ADVICE}")))
}

/// Width and height as the head says, nothing unpacked.
fn size(kind: Kind, bytes: &[u8]) -> Option<(u32, u32)> {
    match kind {
        // PNG, section 11.2.2: the first chunk is IHDR.
        Kind::Png => {
            let is_head = bytes.get(12..16) == Some(b"IHDR");
            is_head.then_some((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
        }
        Kind::Jpeg => jpeg_size(bytes),
        Kind::WebP => webp_size(bytes),
    }
}

/// The size in the first frame header (ITU-T T.81, section B.2.2), behind whatever segments.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill bytes.
            0xff => at += 1,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            // The picture begins, and there was no head.
            0xd8..=0xda => return None,
            _ => at += 2 + usize::try_from(big(bytes, at + 2, 2)?).ok()?,
        }
    }
}

/// The size in the first chunk (RFC 9649, sections 2.5 to 2.7).
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff)),
        b"VP8L" => {
            let both = little(bytes, 21, 4)?;
            Some(((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        _ => None,
    }
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    Some(bytes.get(at..at + length)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// The most bytes a decoder may hold beside its output.
const DECODERS_MEMORY: usize = 128 << 20;

fn png(bytes: &[u8]) -> Result<Gray, PictureError> {
    let limits = png::Limits { bytes: DECODERS_MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| broken())?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let mut unpacked = vec![0; reader.output_buffer_size().ok_or_else(broken)?];
    let frame = reader.next_frame(&mut unpacked).map_err(|_| broken())?;
    unpacked.truncate(frame.buffer_size());
    gray(frame.width, frame.height, frame.color_type.samples(), &unpacked)
}

fn jpeg(bytes: &[u8]) -> Result<Gray, PictureError> {
    let side = LONGEST_SIDE as usize;
    let options = DecoderOptions::default()
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| broken())?;
    let (width, height) = decoder.dimensions().ok_or_else(broken)?;
    let (width, height) = (u32_of(width)?, u32_of(height)?);
    check_size(width, height)?;
    let unpacked = decoder.decode().map_err(|_| broken())?;
    gray(width, height, 1, &unpacked)
}

fn webp(bytes: &[u8]) -> Result<Gray, PictureError> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|_| broken())?;
    decoder.set_memory_limit(DECODERS_MEMORY);
    if decoder.is_animated() {
        let what = format!("this is an animation; {ADVICE}");
        return Err(PictureError::NotAPicture(what));
    }
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let mut unpacked = vec![0; decoder.output_buffer_size().ok_or_else(broken)?];
    decoder.read_image(&mut unpacked).map_err(|_| broken())?;
    gray(width, height, if decoder.has_alpha() { 4 } else { 3 }, &unpacked)
}

fn u32_of(side: usize) -> Result<u32, PictureError> {
    u32::try_from(side).map_err(|_| broken())
}

/// Grey points of points with one to four samples; what can be seen through stands on white.
fn gray(width: u32, height: u32, samples: usize, bytes: &[u8]) -> Result<Gray, PictureError> {
    let (width, height) = (width as usize, height as usize);
    if !(1..=4).contains(&samples) || bytes.len() != width * height * samples {
        return Err(broken());
    }
    let pixels = bytes.chunks_exact(samples).map(|point| match *point {
        [gray] => gray,
        [gray, alpha] => on_white(gray, alpha),
        [red, green, blue] => luminance(red, green, blue),
        [red, green, blue, alpha] => on_white(luminance(red, green, blue), alpha),
        _ => 0,
    });
    Ok(Gray { width, height, pixels: pixels.collect() })
}

/// ITU-R BT.601, in 256ths.
fn luminance(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
}

fn on_white(gray: u8, alpha: u8) -> u8 {
    let (gray, alpha) = (u32::from(gray), u32::from(alpha));
    u8::try_from((gray * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A PNG of one grey.
    pub(crate) fn png_of(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        bytes
    }

    fn webp_of(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = image_webp::WebPEncoder::new(&mut bytes);
        encoder.encode(pixels, width, height, image_webp::ColorType::L8).unwrap();
        bytes
    }

    /// The head of a JPEG that says it has this size.
    fn jpeg_head(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend(b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01");
        bytes
    }

    #[track_caller]
    fn refused(bytes: &[u8], part: &str) {
        let error = decode(bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn pictures_become_grey_points() {
        let points = [0, 50, 100, 150, 200, 250];
        let gray = Gray { width: 3, height: 2, pixels: points.to_vec() };
        assert_eq!(decode(&png_of(3, 2, &points)).unwrap(), gray);
        let webp = decode(&webp_of(3, 2, &points)).unwrap();
        assert!(webp.pixels.iter().zip(points).all(|(one, other)| one.abs_diff(other) < 2));
    }

    #[test]
    fn what_can_be_seen_through_stands_on_white() {
        assert_eq!(gray(1, 1, 4, &[0, 0, 0, 0]).unwrap().pixels, [255]);
        assert_eq!(gray(1, 1, 2, &[0, 255]).unwrap().pixels, [0]);
        assert_eq!(gray(1, 1, 3, &[255, 255, 255]).unwrap().pixels, [255]);
        assert!(gray(2, 1, 3, &[1, 2, 3]).is_err());
    }

    #[test]
    fn what_is_no_picture_is_told_by_its_bytes() {
        refused(b"", "PNG, JPEG or WebP");
        refused(b"hello", "PNG, JPEG or WebP");
        refused(b"GIF89a", "a GIF");
        refused(b"\0\0\0\x18ftypheic", "HEIC");
        refused(b"%PDF-1.7", "a PDF");
        refused(b"\x89PNG\r\n\x1a\n", "damaged");
        refused(b"RIFF\0\0\0\0WEBPVP9 ", "damaged");
    }

    #[test]
    fn bombs_are_refused_by_their_heads() {
        let mut bomb = png_of(1, 1, &[0]);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        refused(&bomb, "60000 by 60000");
        bomb[20..24].copy_from_slice(&1_u32.to_be_bytes());
        refused(&bomb, "too large");
        refused(&jpeg_head(65_000, 65_000), "65000 by 65000");
        let mut vp8x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
        vp8x.extend([0xff; 6]);
        refused(&vp8x, "16777216 by 16777216");
        refused(&vec![0xff; LARGEST_PICTURE + 1], "larger than 8 MiB");
    }

    #[test]
    fn a_head_that_says_less_than_there_is_gains_nothing() {
        let whole = png_of(64, 64, &[7; 64 * 64]);
        for length in 0..whole.len() {
            let _ = decode(&whole[..length]);
        }
        let mut lies = whole.clone();
        lies[16..20].copy_from_slice(&65_u32.to_be_bytes());
        refused(&lies, "damaged");
        refused(&jpeg_head(100, 100), "damaged");
    }
}
