//! A screen that nobody sits at: an X server in memory, touched and looked at like a real one.

use crate::process::Running;
use anyhow::Context;
use std::{fs::File, path::Path, process::Command};
use x11rb::{
    connection::Connection,
    protocol::{
        xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt, ImageFormat, MOTION_NOTIFY_EVENT},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

/// A virtual screen with its X server.
pub struct Display {
    name: String,
    width: u16,
    height: u16,
    connection: RustConnection,
    root: u32,
    _server: Running,
}

/// A rectangle on the screen, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// From the left.
    pub x: i16,
    /// From the top.
    pub y: i16,
    /// Across.
    pub width: u16,
    /// Down.
    pub height: u16,
}

impl Display {
    /// Starts a screen of a size.
    ///
    /// # Errors
    /// If Xvfb is not there or does not start.
    pub fn start(width: u16, height: u16, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("Xvfb");
        let screen = format!("{width}x{height}x24");
        command.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]);
        let server = Running::start("xvfb", command, folder).context("is the package xvfb installed?")?;
        let name = format!(":{}", server.line()?.trim());
        let (connection, screen) = x11rb::connect(Some(&name))?;
        let root = connection.setup().roots.get(screen).context("no screen")?.root;
        Ok(Self { name, width, height, connection, root, _server: server })
    }

    /// What `DISPLAY` has to be for a program to appear here.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole screen.
    pub fn whole(&self) -> Region {
        Region { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// The pixels of a region as they are now: blue, green, red and a spare byte each.
    ///
    /// # Errors
    /// If the X server is gone.
    pub fn pixels(&self, region: Region) -> anyhow::Result<Vec<u8>> {
        let Region { x, y, width, height } = region;
        let image =
            self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, u32::MAX)?;
        Ok(image.reply()?.data)
    }

    /// Writes the whole screen to a PNG file.
    ///
    /// # Errors
    /// If the X server is gone or the file cannot be written.
    pub fn screenshot(&self, path: &Path) -> anyhow::Result<()> {
        let pixels = self.pixels(self.whole())?;
        let rgb: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        let mut encoder = png::Encoder::new(File::create(path)?, self.width.into(), self.height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&rgb)?;
        Ok(())
    }

    /// The height in pixels of the tallest line of something drawn in a colour (red, green, blue) within a
    /// region: of the large figures, if they are there.
    ///
    /// # Errors
    /// If the X server is gone.
    pub fn tallest_line(&self, region: Region, (red, green, blue): (u8, u8, u8)) -> anyhow::Result<usize> {
        let pixels = self.pixels(region)?;
        let rows = pixels.chunks_exact(usize::from(region.width) * 4);
        let is_drawn = |row: &[u8]| row.chunks_exact(4).any(|pixel| pixel[..3] == [blue, green, red]);
        let (mut tallest, mut line) = (0, 0);
        for row in rows {
            line = if is_drawn(row) { line + 1 } else { 0 };
            tallest = tallest.max(line);
        }
        Ok(tallest)
    }

    /// Touches the screen at a point.
    ///
    /// # Errors
    /// If the X server is gone.
    pub fn touch(&self, x: i16, y: i16) -> anyhow::Result<()> {
        for (event, detail) in [(MOTION_NOTIFY_EVENT, 0), (BUTTON_PRESS_EVENT, 1), (BUTTON_RELEASE_EVENT, 1)]
        {
            self.connection
                .xtest_fake_input(event, detail, x11rb::CURRENT_TIME, self.root, x, y, 0)?
                .check()?;
        }
        self.connection.flush()?;
        Ok(())
    }
}
