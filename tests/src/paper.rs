//! Codes on paper and on screens, read by a decoder that is not ours.

use anyhow::{Context, ensure};
use std::{fs::File, io::BufReader, path::Path, process::Command};

/// The text of the one QR code in a picture.
///
/// # Errors
/// If there is none, or more than one, or `zbarimg` is not installed.
pub fn qr_code(picture: &Path) -> anyhow::Result<String> {
    let mut read = Command::new("zbarimg");
    read.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(picture);
    let read = read.output().context("zbarimg is missing: bin/setup installs it")?;
    let text = String::from_utf8(read.stdout)?;
    let codes: Vec<&str> = text.lines().collect();
    ensure!(codes.len() == 1, "{} has {} QR codes", picture.display(), codes.len());
    Ok(codes[0].to_owned())
}

/// The hash of the follow token that a ticket's or a screen's code bears, as the log keeps it.
///
/// # Errors
/// As [`qr_code`].
pub fn follow_hash(picture: &Path) -> anyhow::Result<String> {
    let code = qr_code(picture)?;
    let token = code.rsplit('/').next().unwrap_or_default();
    Ok(protocol::lookup::follow_hash(token).as_str().to_owned())
}

/// How high a picture is, in dots.
///
/// # Errors
/// If it is none.
pub fn height(picture: &Path) -> anyhow::Result<u32> {
    let reader = png::Decoder::new(BufReader::new(File::open(picture)?)).read_info()?;
    Ok(reader.info().size().1)
}

/// Whether a broad black bar stands near the top of a ticket: what is printed once more says so in it.
///
/// # Errors
/// If it is no picture of a ticket.
pub fn has_banner(picture: &Path) -> anyhow::Result<bool> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(picture)?)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture that no memory holds")?];
    let shape = reader.next_frame(&mut pixels)?;
    ensure!(shape.bit_depth == png::BitDepth::One, "{} is no slip", picture.display());
    // In a PNG of one bit a black dot is 0. White letters stand in the bar.
    let is_dark = |row: &&[u8]| row.iter().map(|byte| byte.count_zeros()).sum::<u32>() * 2 > shape.width;
    let rows = pixels.chunks(shape.line_size).take(BANNER_WITHIN);
    Ok(rows.filter(is_dark).count() >= BANNER_ROWS)
}

/// The bar is within the first so many rows, and at least so high.
const BANNER_WITHIN: usize = 130;
const BANNER_ROWS: usize = 16;
