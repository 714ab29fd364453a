//! A printer on the network, by raw TCP (usually port 9100).

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};

use super::pipe::{self, EmptyRead};
use super::{Transport, TransportError};

/// How long a peer may leave bytes unacknowledged before the kernel gives the connection up. A
/// printer on a local network acknowledges within milliseconds, even while it does not print.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// A TCP connection.
#[derive(Debug)]
pub struct Tcp {
    stream: TcpStream,
}

impl Tcp {
    /// Connects to `host`, a name or an address, trying each of its addresses until the deadline.
    ///
    /// # Errors
    /// [`TransportError::Open`] if none accepts in time.
    pub fn connect(host: &str, port: u16, deadline: Instant) -> Result<Tcp, TransportError> {
        let open = |source| TransportError::Open { address: format!("tcp://{host}:{port}"), source };
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs().map_err(open)? {
            // Zero would mean "for ever" to the system.
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left).and_then(Tcp::with_settings) {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = error,
            }
        }
        Err(open(last))
    }

    fn with_settings(stream: TcpStream) -> io::Result<Tcp> {
        // The status request before a ticket must not wait for the ticket behind it.
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let socket = SockRef::from(&stream);
        let keepalive =
            TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(5));
        socket.set_tcp_keepalive(&keepalive)?;
        socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        Ok(Tcp { stream })
    }
}

impl Transport for Tcp {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        pipe::write_all(&mut self.stream, bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        pipe::read(&mut self.stream, buffer, deadline, EmptyRead::Gone)
    }
}
