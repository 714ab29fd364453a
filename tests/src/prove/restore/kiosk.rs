//! A kiosk of this process that follows the site and hands back what the server lost, as the real one does.

use crate::{device, world::SITE};
use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    Event, EventId, FollowHash, LaneCode, Language, Party, Recorded, ServiceDay, ServiceId, SiteId,
    TicketNumber, VisitId, event::Issued,
};
use protocol::{
    Cursor, Envelope, Origin,
    client::{Client, ClientError, FeedItem, KioskFeed, follow},
    envelope::Hash,
    pairing::DeviceKind,
    recovery::{HandBack, Handed, PART_MAX, Stated},
    upload::{BATCH_MAX, Upload},
};
use std::path::Path;
use uuid::Uuid;

/// A kiosk that states facts and remembers all of them.
pub struct FollowingKiosk {
    /// Its connection.
    pub client: Client,
    /// Its series of numbers.
    pub lane: LaneCode,
    device: domain::DeviceId,
    incarnation: Uuid,
    day: ServiceDay,
    time: DateTime<Utc>,
    facts: Vec<Envelope>,
}

impl FollowingKiosk {
    /// Enrols a kiosk.
    pub async fn pair(client: &Client, socket: &Path) -> anyhow::Result<Self> {
        let incarnation = Uuid::from_bytes(rand::random());
        let (client, paired) = device::pair(client, socket, DeviceKind::Kiosk, incarnation).await?;
        let lane = paired.lane.context("no lane")?;
        let snapshot = client.kiosk_snapshot(&paired.site).await?;
        let (day, time) = (snapshot.branch.day.context("no day")?, snapshot.server_time);
        Ok(Self { client, lane, device: paired.device, incarnation, day, time, facts: Vec::new() })
    }

    /// So many people without a booking take a ticket.
    pub async fn come(&mut self, count: usize) -> anyhow::Result<()> {
        let known = self.facts.len();
        for _ in 0..count {
            let fact = self.walk_in()?;
            self.facts.push(fact);
        }
        let upload = Upload::of(self.incarnation, &self.facts[known..])?;
        self.client.upload(&SiteId::new(SITE), &upload).await?;
        Ok(())
    }

    /// The numbers that it gave.
    pub fn numbers(&self) -> impl Iterator<Item = TicketNumber> {
        self.facts.iter().filter_map(|fact| fact.number.clone())
    }

    /// Hands back events of a lost log, and states everything again.
    pub async fn return_with(&self, epoch: Uuid, log: &[(u64, Envelope)]) -> Result<(), ClientError> {
        let site = SiteId::new(SITE);
        let through = self.facts.len() as u64;
        let broken = |_| ClientError::BrokenStream;
        for part in log.chunks(PART_MAX) {
            let events = part.iter().map(|(seq, envelope)| Handed::of(*seq, envelope));
            let events = events.collect::<Result<_, _>>().map_err(broken)?;
            self.client.hand_back(&site, &HandBack { epoch, events, ..HandBack::default() }).await?;
        }
        let stated = Some(Stated { incarnation: self.incarnation, through });
        self.client.hand_back(&site, &HandBack { epoch, last: true, stated, ..HandBack::default() }).await?;
        for batch in self.facts.chunks(BATCH_MAX) {
            let upload = Upload::of(self.incarnation, batch).map_err(broken)?;
            self.client.upload(&site, &upload).await?;
        }
        Ok(())
    }

    fn walk_in(&self) -> anyhow::Result<Envelope> {
        let id = Uuid::from_bytes(rand::random());
        let seq = self.facts.len() as u64 + 1;
        let ticket = Issued {
            visit: VisitId(id),
            number: TicketNumber::new(self.lane.clone(), u16::try_from(seq % 1000)?),
            service: ServiceId::new("INFO"),
            then: Vec::new(),
            party: Party::default(),
            language: Language::new("fr"),
            priority: false,
            follow: FollowHash::new("0".repeat(64)),
            clock_certain: true,
        };
        let event = Event::WalkInTaken { ticket };
        let recorded = Recorded { id: EventId(id), at: self.time, day: self.day, event };
        let previous = self.facts.last().map_or_else(Hash::zero, Envelope::hash);
        let origin = Origin { device: self.device, incarnation: self.incarnation, seq, previous };
        Ok(Envelope::wrap(SiteId::new(SITE), &recorded, Some(origin))?)
    }
}

/// What a kiosk reads of the log after a place in it, up to another.
pub async fn read_log(client: &Client, after: Cursor, head: u64) -> anyhow::Result<Vec<(u64, Envelope)>> {
    let mut log = Vec::new();
    if after.seq == head {
        return Ok(log);
    }
    let mut broken = None;
    let feed = KioskFeed { client: client.clone(), site: SiteId::new(SITE) };
    follow(&feed, Some(after), |item| match item {
        FeedItem::Event(text, at) => {
            match Envelope::from_json(&text) {
                Ok(envelope) => log.push((at.seq, envelope)),
                Err(error) => broken = Some(error),
            }
            at.seq < head
        }
        _ => true,
    })
    .await;
    broken.map_or(Ok(log), |error| Err(error.into()))
}
