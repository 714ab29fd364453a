//! A slip as the bytes of one job: from `ESC @` to the cut.

use thiserror::Error;

use super::{Mode, Profile, raster};
use crate::slip::{Align, Bitmap, Block, Slip, TextSize};

pub(super) mod commands;

/// How many bytes a QR code of error correction level M holds at most.
pub const MAX_QR_BYTES: usize = 2331;

/// Why a slip cannot be printed. All of these are permanent: the same slip will fail again.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// A character is missing from Windows-1252, the printer's alphabet.
    #[error("the printer has no character {character:?} (block {block} of the slip)")]
    UnknownCharacter {
        /// The character.
        character: char,
        /// Which block of the slip, from 0.
        block: usize,
    },
    /// A control character could act on the printer.
    #[error("block {block} of the slip contains the control character {character:?}")]
    ControlCharacter {
        /// The character.
        character: char,
        /// Which block of the slip, from 0.
        block: usize,
    },
    /// A picture or QR code is wider than the paper.
    #[error("block {block} of the slip is {width_dots} dots wide, the paper has {paper_dots}")]
    TooWide {
        /// Which block of the slip, from 0.
        block: usize,
        /// How wide it is.
        width_dots: u32,
        /// How wide the paper is between its margins.
        paper_dots: u16,
    },
    /// The contents of a QR code are empty or longer than [`MAX_QR_BYTES`].
    #[error("a QR code cannot hold {bytes} bytes (block {block} of the slip)")]
    QrLength {
        /// Which block of the slip, from 0.
        block: usize,
        /// How long the contents are.
        bytes: usize,
    },
    /// The size of a QR code's modules is not 1 to 16 dots.
    #[error("a QR code cannot have modules of {module_dots} dots (block {block} of the slip)")]
    QrModule {
        /// Which block of the slip, from 0.
        block: usize,
        /// The size asked for.
        module_dots: u8,
    },
    /// The library that builds commands refused one.
    #[error("the printer command could not be built")]
    Command {
        /// Its reason.
        #[from]
        source: escpos::errors::PrinterError,
    },
}

/// The bytes that print `slip` on a printer of that profile, cut included. The status request and
/// the barrier belong to whoever sends the job.
///
/// # Errors
/// If the slip asks for what the printer cannot print; nothing is left out or replaced silently.
pub fn encode(slip: &Slip, profile: &Profile) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    commands::begin(&mut out, profile)?;
    for (block, content) in slip.blocks.iter().enumerate() {
        match content {
            Block::Text { text, size, bold, align } => {
                let style = commands::style(*size, *bold, *align)?;
                append_text(&mut out, &style, text, block)?;
            }
            Block::Image(picture) => append_picture(&mut out, picture, profile, block)?,
            Block::Qr { data, module_dots } => append_qr(&mut out, data, *module_dots, profile, block)?,
            Block::Space { dots } => commands::feed(&mut out, *dots),
        }
    }
    commands::finish(&mut out, profile);
    Ok(out)
}

fn append_text(out: &mut Vec<u8>, style: &[u8], text: &str, block: usize) -> Result<(), EncodeError> {
    out.extend_from_slice(style);
    for line in text.split('\n') {
        if let Some(character) = line.chars().find(|character| character.is_control()) {
            return Err(EncodeError::ControlCharacter { character, block });
        }
        for character in line.chars() {
            out.push(windows_1252(character).ok_or(EncodeError::UnknownCharacter { character, block })?);
        }
        out.push(b'\n');
    }
    Ok(())
}

/// The byte of a character in Windows-1252, if it has one.
fn windows_1252(character: char) -> Option<u8> {
    let mut utf8 = [0; 4];
    let text: &str = character.encode_utf8(&mut utf8);
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    if unmappable { None } else { bytes.first().copied() }
}

fn append_picture(
    out: &mut Vec<u8>,
    picture: &Bitmap,
    profile: &Profile,
    block: usize,
) -> Result<(), EncodeError> {
    let (width_dots, paper_dots) = (picture.width_dots(), profile.width_dots);
    if width_dots > u32::from(paper_dots) {
        return Err(EncodeError::TooWide { block, width_dots, paper_dots });
    }
    // A picture of full width needs no alignment, and is the case that matters for latency.
    if width_dots < u32::from(paper_dots) {
        out.extend(commands::style(TextSize::Normal, false, Align::Centre)?);
    }
    raster::append(out, picture, profile.band_rows);
    Ok(())
}

fn append_qr(
    out: &mut Vec<u8>,
    data: &str,
    module_dots: u8,
    profile: &Profile,
    block: usize,
) -> Result<(), EncodeError> {
    if data.is_empty() || data.len() > MAX_QR_BYTES {
        return Err(EncodeError::QrLength { block, bytes: data.len() });
    }
    if !(1..=16).contains(&module_dots) {
        return Err(EncodeError::QrModule { block, module_dots });
    }
    if let Some(character) = data.chars().find(|character| character.is_control()) {
        return Err(EncodeError::ControlCharacter { character, block });
    }
    let picture = qr_picture(data, module_dots).ok_or(EncodeError::QrLength { block, bytes: data.len() })?;
    if picture.width_dots() > u32::from(profile.width_dots) {
        let width_dots = picture.width_dots();
        return Err(EncodeError::TooWide { block, width_dots, paper_dots: profile.width_dots });
    }
    match profile.mode {
        Mode::Raster => append_picture(out, &picture, profile, block),
        Mode::Text => Ok(commands::qr(out, data, module_dots)?),
    }
}

/// The white border that readers need round a QR code.
const QUIET_MODULES: u32 = 4;

/// The code with its white border.
fn qr_picture(data: &str, module_dots: u8) -> Option<Bitmap> {
    let code = qrcode::QrCode::with_error_correction_level(data, qrcode::EcLevel::M).ok()?;
    let (modules, side) = (code.width() as u32, u32::from(module_dots));
    let width = (modules + 2 * QUIET_MODULES) * side;
    let mut picture = Bitmap::new(width, width);
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let left = (at as u32 % modules + QUIET_MODULES) * side;
            let top = (at as u32 / modules + QUIET_MODULES) * side;
            for dot in 0..side * side {
                picture.set(left + dot % side, top + dot / side);
            }
        }
    }
    Some(picture)
}

#[cfg(test)]
mod tests;
