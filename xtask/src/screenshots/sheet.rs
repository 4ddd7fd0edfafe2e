//! Pictures of many phones by few runs of Chromium, whose start takes longer than a picture: it
//! draws a sheet of them, which is cut.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::phone::{HEIGHT, SHEET, WIDTH, html};
use super::{Shot, fresh};
use crate::shell;

/// Phones of a sheet: side by side, one row below the other. A browser draws no side longer
/// than 16,384 points.
const COLUMNS: usize = 4;
const ROWS: usize = 3;

/// How many points of the screen make one of the page, from sheet to sheet.
const FINENESS: [usize; 2] = [3, 2];

/// Points of a phone's picture have three samples, and perhaps one that says how much shows.
struct Picture {
    width: usize,
    samples: usize,
    color: png::ColorType,
    bytes: Vec<u8>,
}

/// Makes the pictures of all shots.
pub(super) fn render(folder: &Path, shots: &[Shot]) -> Result<()> {
    fresh(folder)?;
    for (number, some) in shots.chunks(COLUMNS * ROWS).enumerate() {
        let fineness = FINENESS[number % FINENESS.len()];
        let first = number * COLUMNS * ROWS;
        let phones = some.iter().enumerate().map(|(at, shot)| {
            html(first + at, shot.style, shot.case.sender.as_deref(), &shot.case.text)
        });
        let page = format!(
            "<!doctype html><meta charset=utf-8><style>{SHEET}</style>{}",
            phones.collect::<String>()
        );
        let sheet = draw(folder, &page, fineness)?;
        for (at, shot) in some.iter().enumerate() {
            let place = (at % COLUMNS * WIDTH * fineness, at / COLUMNS * HEIGHT * fineness);
            cut(&sheet, place, (WIDTH * fineness, HEIGHT * fineness), &shot.picture)?;
        }
    }
    Ok(())
}

fn draw(folder: &Path, page: &str, fineness: usize) -> Result<Picture> {
    let (source, drawn) = (folder.join("sheet.html"), folder.join("sheet.png"));
    std::fs::write(&source, page)?;
    let mut chromium = Command::new("chromium");
    // As root there is no sandbox, and the page is ours.
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
    chromium.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    chromium.arg(format!("--screenshot={}", drawn.display()));
    chromium.arg(format!("--window-size={},{}", WIDTH * COLUMNS, HEIGHT * ROWS));
    chromium.arg(format!("--force-device-scale-factor={fineness}"));
    shell::written(chromium.arg(format!("file://{}", source.display())))?;
    let picture = read(&drawn)?;
    std::fs::remove_file(&source)?;
    std::fs::remove_file(&drawn)?;
    Ok(picture)
}

fn read(path: &Path) -> Result<Picture> {
    let file = File::open(path).context("Chromium drew nothing")?;
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().context("a picture that fits")?];
    let frame = reader.next_frame(&mut bytes)?;
    bytes.truncate(frame.buffer_size());
    let samples = frame.color_type.samples();
    Ok(Picture { width: frame.width as usize, samples, color: frame.color_type, bytes })
}

fn cut(
    sheet: &Picture,
    (left, top): (usize, usize),
    (width, height): (usize, usize),
    path: &Path,
) -> Result<()> {
    ensure!(left + width <= sheet.width, "the sheet is narrower than its phones");
    let line = sheet.width * sheet.samples;
    let rows = sheet.bytes.chunks_exact(line).skip(top).take(height);
    let rows = rows.map(|row| &row[left * sheet.samples..][..width * sheet.samples]);
    let bytes = rows.flatten().copied().collect::<Vec<_>>();
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(sheet.color);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
