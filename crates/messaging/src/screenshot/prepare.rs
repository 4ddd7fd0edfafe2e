//! A grey picture as the reader of letters reads it best: dark on light, letters of a middling
//! size.

use super::picture::Gray;

/// The width that a picture of an upright phone is brought to, in points: letters of the usual
/// size are some 35 points high then, and large ones not too large.
const UPRIGHT_WIDTH: usize = 900;

/// The width beyond which any other picture is made smaller.
const WIDEST: usize = 2_000;

/// The width below which one is made larger.
const NARROWEST: usize = 700;

/// The most points of a side that Tesseract takes (`kMaxImageSize`).
const LONGEST_READ: usize = 32_767;

/// The most points that are read: an upright screen of this width, four times over.
const MOST_READ: usize = 8 << 20;

/// Below this mean, a picture is light on dark.
const DARK: u64 = 110;

/// Prepares a picture.
pub(super) fn prepare(mut gray: Gray) -> Gray {
    if is_dark(&gray) {
        gray.pixels.iter_mut().for_each(|point| *point = 255 - *point);
    }
    let width = width_for(&gray);
    if width == gray.width { gray } else { scaled(&gray, width) }
}

fn is_dark(gray: &Gray) -> bool {
    let sum: u64 = gray.pixels.iter().map(|point| u64::from(*point)).sum();
    sum < DARK * gray.pixels.len() as u64
}

fn width_for(gray: &Gray) -> usize {
    let Gray { width, height, .. } = *gray;
    let is_upright = height > width;
    let wanted = match width {
        0..NARROWEST => UPRIGHT_WIDTH.min(3 * width),
        _ if is_upright && width > UPRIGHT_WIDTH => UPRIGHT_WIDTH,
        _ => width.min(WIDEST),
    };
    // Two integers' ratio, so that a long conversation keeps within bounds.
    let most = (MOST_READ * width / height.max(1)).isqrt();
    let not_too_long = LONGEST_READ * width / height.max(1);
    wanted.min(most).min(not_too_long).max(1)
}

/// A picture of another width, in proportion: the mean of the points that one covers, or, made
/// larger, a mean of its neighbours.
fn scaled(gray: &Gray, width: usize) -> Gray {
    let height = (gray.height * width / gray.width).max(1);
    let columns = spans(gray.width, width);
    let rows = spans(gray.height, height);
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0_u64; gray.width];
    for (first, weights) in &rows {
        sums.fill(0);
        for (row, weight) in (*first..).zip(weights) {
            let points = &gray.pixels[row * gray.width..][..gray.width];
            sums.iter_mut().zip(points).for_each(|(sum, point)| *sum += weight * u64::from(*point));
        }
        pixels.extend(columns.iter().map(|(first, weights)| {
            let sum: u64 = sums[*first..].iter().zip(weights).map(|(sum, w)| sum * w).sum();
            u8::try_from(sum >> (2 * SHIFT)).unwrap_or(u8::MAX)
        }));
    }
    Gray { width, height, pixels }
}

/// Weights are whole numbers that sum up to two to the power of this.
const SHIFT: u32 = 20;

/// For each point of the new side, the first old one it is made of, and the weight of each.
fn spans(old: usize, new: usize) -> Vec<(usize, Vec<u64>)> {
    let ratio = old as f64 / new as f64;
    let half = ratio.max(1.0) / 2.0;
    let span = |at: usize| {
        let middle = (at as f64 + 0.5) * ratio;
        let first = (middle - half - 0.5).max(0.0).floor() as usize;
        let last = ((middle + half + 0.5).ceil() as usize).min(old);
        // A tent over the points, flat where several make one.
        let share = |point: usize| {
            let distance = (point as f64 + 0.5 - middle).abs();
            (half + 0.5 - distance).clamp(0.0, 1.0)
        };
        let shares: Vec<f64> = (first..last).map(share).collect();
        let sum: f64 = shares.iter().sum();
        let whole = f64::from(1_u32 << SHIFT);
        (first, shares.iter().map(|share| (share / sum * whole) as u64).collect())
    };
    (0..new).map(span).collect()
}

/// The picture as a file that any reader of pictures knows (PGM, `P5`).
pub(super) fn pgm(gray: &Gray) -> Vec<u8> {
    let mut bytes = format!("P5\n{} {}\n255\n", gray.width, gray.height).into_bytes();
    bytes.extend_from_slice(&gray.pixels);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: usize, height: usize, point: u8) -> Gray {
        Gray { width, height, pixels: vec![point; width * height] }
    }

    #[test]
    fn no_picture_becomes_longer_than_is_read() {
        for (width, height) in [(1, 20_000), (20_000, 1), (699, 20_000), (2, 20_000)] {
            let prepared = prepare(Gray { width, height, pixels: vec![255; width * height] });
            assert!(prepared.height <= LONGEST_READ && prepared.width <= LONGEST_READ);
            assert!(prepared.width > 0 && prepared.height > 0, "{width} {height}");
        }
    }

    #[test]
    fn light_on_dark_is_turned_round() {
        let mut dark = plain(800, 700, 20);
        dark.pixels[5] = 240;
        let prepared = prepare(dark);
        assert_eq!((prepared.pixels[0], prepared.pixels[5]), (235, 15));
        assert_eq!(prepare(plain(800, 700, 200)), plain(800, 700, 200));
    }

    #[test]
    fn screens_are_brought_to_one_width() {
        let check = |width, height, expected| {
            let prepared = prepare(plain(width, height, 200));
            assert_eq!((prepared.width, prepared.height), expected, "{width} {height}");
            assert_eq!(prepared.pixels.len(), prepared.width * prepared.height);
        };
        check(1170, 2532, (900, 1947));
        check(390, 844, (900, 1947));
        check(100, 50, (300, 150));
        check(1440, 900, (1440, 900));
        check(4000, 3000, (2000, 1500));
        check(1, 1, (3, 3));
        let long = prepare(plain(800, 20_000, 200));
        assert!(long.width * long.height <= MOST_READ, "{} {}", long.width, long.height);
    }

    #[test]
    fn scaling_keeps_what_is_there() {
        for width in [1, 7, 50, 99, 101, 250] {
            let even = scaled(&plain(100, 60, 180), width);
            assert!(even.pixels.iter().all(|point| (178..=180).contains(point)), "{width}");
        }
        let mut half = plain(100, 10, 0);
        half.pixels.chunks_mut(100).for_each(|row| row[50..].fill(255));
        let small = scaled(&half, 10);
        assert!(small.pixels[3] < 5 && small.pixels[6] > 250, "{:?}", &small.pixels[..10]);
    }

    #[test]
    fn the_file_says_its_size() {
        assert!(pgm(&plain(3, 2, 7)).starts_with(b"P5\n3 2\n255\n\x07"));
        assert_eq!(pgm(&plain(3, 2, 7)).len(), 11 + 6);
    }
}
