//! Devices of this process, where a window and paper are not needed: paired and speaking like any other.

use crate::world::SITE;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use domain::{
    DeviceId, Event, EventId, FollowHash, LaneCode, Language, Recorded, ServiceDay, ServiceId, SiteId,
    TicketNumber, VisitId, event::Issued,
};
use protocol::{
    Envelope, Origin,
    client::{Client, ClientError},
    control::{Answer, Ask},
    envelope::Hash,
    pairing::{DeviceKind, PairRequest, Paired},
    upload::Upload,
};
use std::path::Path;
use uuid::Uuid;

/// Enrols a device by a code from the operator's socket.
///
/// # Errors
/// If the server does not take it.
pub async fn pair(
    client: &Client,
    socket: &Path,
    kind: DeviceKind,
    incarnation: Uuid,
) -> anyhow::Result<(Client, Paired)> {
    let ask = Ask::Pair { site: SiteId::new(SITE), kind, name: "simulated".into() };
    let answer = server::control::ask(socket, &ask).await?.context("no server")?;
    let Answer::Code { code, .. } = answer else { bail!("no code: {answer:?}") };
    let paired = client.pair(&PairRequest { code, incarnation }).await?;
    Ok((client.with_token(paired.token.clone()), paired))
}

/// The identity of what a simulated kiosk states: no two kiosks state the same.
pub fn fact_id(device: DeviceId, seq: u64) -> EventId {
    EventId(Uuid::from_u128(device.0.as_u128() << 64 | u128::from(seq)))
}

/// A kiosk that only states facts.
pub struct SimulatedKiosk {
    client: Client,
    paired: Paired,
    lane: LaneCode,
    day: ServiceDay,
    time: DateTime<Utc>,
    previous: Hash,
    seq: u64,
    batch: Vec<Envelope>,
}

/// The one database that it ever has.
const INCARNATION: Uuid = Uuid::from_u128(1);

impl SimulatedKiosk {
    /// Who it is.
    pub fn device(&self) -> DeviceId {
        self.paired.device
    }

    /// Its secret towards the server.
    pub fn token(&self) -> &str {
        &self.paired.token
    }

    /// How many tickets it gave in all. Its numbers wrap after a thousand.
    pub fn given(&self) -> u64 {
        self.seq
    }

    /// Goes over to the server's present day and time.
    ///
    /// # Errors
    /// If the server does not tell.
    pub async fn catch_up(&mut self) -> anyhow::Result<()> {
        let snapshot = self.client.kiosk_snapshot(&self.paired.site).await?;
        self.day = snapshot.branch.day.context("no day")?;
        self.time = snapshot.server_time;
        Ok(())
    }

    /// Enrols a kiosk.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn pair(client: &Client, socket: &Path) -> anyhow::Result<Self> {
        let (client, paired) = pair(client, socket, DeviceKind::Kiosk, INCARNATION).await?;
        let lane = paired.lane.clone().context("no lane")?;
        let snapshot = client.kiosk_snapshot(&paired.site).await?;
        let day = snapshot.branch.day.context("no day")?;
        let time = snapshot.server_time;
        Ok(Self { client, paired, lane, day, time, previous: Hash::zero(), seq: 0, batch: Vec::new() })
    }

    /// So many people without a booking take a ticket; gives how many facts the server holds.
    ///
    /// # Errors
    /// If the server does not store them. They can be sent again.
    pub async fn state_facts(&mut self, count: usize) -> Result<u64, ClientError> {
        self.batch.clear();
        for _ in 0..count {
            self.seq += 1;
            let fact = self.walk_in();
            self.previous = fact.hash();
            self.batch.push(fact);
        }
        self.send_again().await
    }

    /// Sends the last facts once more.
    ///
    /// # Errors
    /// If the server does not store them.
    pub async fn send_again(&self) -> Result<u64, ClientError> {
        let upload = Upload::of(INCARNATION, &self.batch).map_err(|_| ClientError::BrokenStream)?;
        Ok(self.client.upload(&self.paired.site, &upload).await?.acked_through)
    }

    fn walk_in(&self) -> Envelope {
        let EventId(id) = fact_id(self.paired.device, self.seq);
        let counter = u16::try_from(self.seq % 1000).unwrap_or_default();
        let ticket = Issued {
            visit: VisitId(id),
            number: TicketNumber::new(self.lane.clone(), counter),
            service: ServiceId::new("INFO"),
            then: Vec::new(),
            party: domain::Party::default(),
            language: Language::new("fr"),
            priority: false,
            follow: FollowHash::new("0".repeat(64)),
            clock_certain: true,
        };
        let event = Event::WalkInTaken { ticket };
        let recorded = Recorded { id: EventId(id), at: self.time, day: self.day, event };
        let origin = Origin {
            device: self.paired.device,
            incarnation: INCARNATION,
            seq: self.seq,
            previous: self.previous.clone(),
        };
        let site = self.paired.site.clone();
        match Envelope::wrap(site, &recorded, Some(origin)) {
            Ok(envelope) => envelope,
            Err(error) => panic!("an event without a JSON form: {error}"),
        }
    }
}
