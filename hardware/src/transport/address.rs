//! Where a device is, as one line of a configuration file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{DeviceFile, Serial, Tcp, Transport, TransportError};

/// Where a device is. In text: `tcp://HOST:PORT`, `serial:PATH?baud=115200&flow=software` (both
/// parameters may be left out) or `file:PATH`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Address {
    /// On the network.
    Tcp {
        /// A name or an IP address.
        host: String,
        /// The port; printers listen on 9100.
        port: u16,
    },
    /// On a serial line.
    Serial {
        /// The device; best a name that does not change, from `/dev/serial/by-id/`.
        path: PathBuf,
        /// Bits per second.
        baud: u32,
        /// How the device makes the sender wait.
        flow: FlowControl,
    },
    /// Behind a device file of the kernel.
    DeviceFile {
        /// The device, such as `/dev/usb/lp0`.
        path: PathBuf,
    },
}

/// How a device on a serial line makes the sender wait while its buffer is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowControl {
    /// It cannot.
    None,
    /// By the characters XOFF and XON.
    Software,
    /// By the line CTS.
    Hardware,
}

/// Why a text is no [`Address`].
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} is no device address; write tcp://HOST:PORT, serial:PATH?baud=115200&flow=none|software|hardware, or file:PATH"
)]
pub struct AddressError {
    /// The text.
    pub text: String,
}

impl Address {
    /// Opens the device, giving up at the deadline.
    ///
    /// # Errors
    /// [`TransportError::Open`].
    pub fn open(&self, deadline: Instant) -> Result<Box<dyn Transport>, TransportError> {
        Ok(match self {
            Address::Tcp { host, port } => Box::new(Tcp::connect(host, *port, deadline)?),
            Address::Serial { path, baud, flow } => Box::new(Serial::open(path, *baud, *flow)?),
            Address::DeviceFile { path } => Box::new(DeviceFile::open(path)?),
        })
    }

    /// How long `bytes` bytes take on the wire at least: nothing worth counting except on a
    /// serial line, which sends ten bits for each byte.
    pub fn wire_time(&self, bytes: usize) -> Duration {
        match self {
            Address::Serial { baud, .. } => {
                Duration::from_secs_f64(bytes as f64 * 10.0 / f64::from((*baud).max(1)))
            }
            Address::Tcp { .. } | Address::DeviceFile { .. } => Duration::ZERO,
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        parse(text).ok_or_else(|| AddressError { text: text.into() })
    }
}

fn parse(text: &str) -> Option<Address> {
    if let Some(rest) = text.strip_prefix("tcp://") {
        let (host, port) = rest.rsplit_once(':')?;
        // An IPv6 address stands in brackets, which are not part of it.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0)?;
        (!host.is_empty()).then(|| Address::Tcp { host: host.into(), port })
    } else if let Some(rest) = text.strip_prefix("serial:") {
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut baud, mut flow) = (115_200, FlowControl::None);
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=')? {
                ("baud", value) => baud = value.parse().ok().filter(|baud| *baud >= 300)?,
                ("flow", "none") => flow = FlowControl::None,
                ("flow", "software") => flow = FlowControl::Software,
                ("flow", "hardware") => flow = FlowControl::Hardware,
                _ => return None,
            }
        }
        (!path.is_empty()).then(|| Address::Serial { path: path.into(), baud, flow })
    } else {
        let path = text.strip_prefix("file:")?;
        (!path.is_empty()).then(|| Address::DeviceFile { path: path.into() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(out, "tcp://[{host}]:{port}"),
            Address::Tcp { host, port } => write!(out, "tcp://{host}:{port}"),
            Address::Serial { path, baud, flow } => {
                let flow = match flow {
                    FlowControl::None => "none",
                    FlowControl::Software => "software",
                    FlowControl::Hardware => "hardware",
                };
                write!(out, "serial:{}?baud={baud}&flow={flow}", path.display())
            }
            Address::DeviceFile { path } => write!(out, "file:{}", path.display()),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Address, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_are_written() {
        for text in [
            "tcp://printer.local:9100",
            "tcp://[::1]:9100",
            "serial:/dev/ttyS0?baud=9600&flow=hardware",
            "file:/dev/usb/lp0",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!(
            "serial:/dev/ttyACM0".parse(),
            Ok(Address::Serial { path: "/dev/ttyACM0".into(), baud: 115_200, flow: FlowControl::None })
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "tcp://host", "tcp://:9100", "tcp://host:0", "serial:", "serial:/dev/x?baud=fast", "usb:1"]
        {
            assert_eq!(text.parse::<Address>(), Err(AddressError { text: text.into() }));
        }
    }

    #[test]
    fn a_serial_line_takes_ten_bits_for_each_byte() {
        let line: Address = "serial:/dev/ttyS0?baud=9600".parse().unwrap();
        assert_eq!(line.wire_time(960), Duration::from_secs(1));
    }
}
