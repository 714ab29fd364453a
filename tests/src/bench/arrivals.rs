//! People who check in at kiosks: facts made before they are sent.

use crate::{World, device, wire::request, world::SITE};
use anyhow::Context;
use domain::{
    Event, EventId, FollowHash, LaneCode, Language, Party, Punctuality, Recorded, ServiceDay, ServiceId,
    SiteId, TicketNumber, VisitId, event::Issued,
};
use protocol::{
    Envelope, LookupSecret, Origin,
    envelope::Hash,
    pairing::{DeviceKind, Paired},
    route,
    upload::Upload,
};
use server::clock::Clock;
use uuid::Uuid;

/// Kiosks: as many as there are letters for, and no more than that have any sense.
const KIOSKS: u16 = 32;
/// The chains of one kiosk. Facts of one chain go up one after the other, so that there have to be as many chains
/// as clients: a kiosk whose database was made anew has another one.
const CHAINS: u16 = 2;
/// Numbers of one chain: the two share a kiosk's thousand.
const NUMBERS: u16 = 500;

/// The facts of one database of a kiosk.
pub struct Chain {
    token: String,
    paired: Paired,
    lane: LaneCode,
    lookup: LookupSecret,
    incarnation: Uuid,
    day: ServiceDay,
    time: domain::Time,
    first: u16,
    seq: u64,
    previous: Hash,
}

impl Chain {
    /// Enrols all kiosks and gives their chains, those of one kiosk far from each other.
    ///
    /// # Errors
    /// If the server does not take a kiosk.
    pub async fn all(world: &World) -> anyhow::Result<Vec<Self>> {
        let anybody = world.client()?;
        let mut chains = Vec::new();
        let mut kiosks = Vec::new();
        for _ in 0..KIOSKS {
            kiosks.push(
                device::pair(&anybody, &world.control_socket(), DeviceKind::Kiosk, Uuid::from_u128(1))
                    .await?,
            );
        }
        let (client, first) = kiosks.first().context("no kiosk")?;
        let snapshot = client.kiosk_snapshot(&first.site).await?;
        for chain in 0..CHAINS {
            for (_, paired) in &kiosks {
                chains.push(Self {
                    token: paired.token.clone(),
                    lane: paired.lane.clone().context("no lane")?,
                    lookup: paired.lookup.clone().context("no lookup secret")?,
                    paired: paired.clone(),
                    incarnation: Uuid::from_u128(u128::from(chain) + 1),
                    day: snapshot.branch.day.context("no day")?,
                    time: snapshot.server_time,
                    first: chain * NUMBERS,
                    seq: 0,
                    previous: Hash::zero(),
                });
            }
        }
        Ok(chains)
    }

    /// The upload of check-ins of the people who hold these references, as the bytes of a request.
    ///
    /// # Errors
    /// If the chain has no numbers left.
    pub fn check_in(&mut self, references: &[String]) -> anyhow::Result<Vec<u8>> {
        let facts = references.iter().map(|reference| self.fact(reference)).collect::<Result<Vec<_>, _>>()?;
        let upload = serde_json::to_string(&Upload::of(self.incarnation, &facts)?)?;
        let token = format!("authorization: Bearer {}", self.token);
        Ok(request("POST", &route::facts(&SiteId::new(SITE)), &[&token], &upload))
    }

    fn fact(&mut self, reference: &str) -> anyhow::Result<Envelope> {
        let booking = self.lookup.key(reference).context("not a reference")?;
        let counter = u16::try_from(self.seq).ok().filter(|counter| *counter < NUMBERS);
        let counter = self.first + counter.context("a kiosk has a thousand numbers a day")?;
        self.seq += 1;
        let ticket = Issued {
            visit: VisitId::of_booking(&booking),
            number: TicketNumber::new(self.lane.clone(), counter),
            service: ServiceId::new("RT"),
            then: Vec::new(),
            party: Party::default(),
            language: Language::new("fr"),
            priority: false,
            follow: FollowHash::new("0".repeat(64)),
            clock_certain: true,
        };
        let event = Event::CheckedIn { ticket, booking, slot: self.time, punctuality: Punctuality::OnTime };
        let recorded =
            Recorded { id: EventId(Clock::default().new_id()), at: self.time, day: self.day, event };
        let origin = Origin {
            device: self.paired.device,
            incarnation: self.incarnation,
            seq: self.seq,
            previous: self.previous.clone(),
        };
        let envelope = Envelope::wrap(self.paired.site.clone(), &recorded, Some(origin))?;
        self.previous = envelope.hash();
        Ok(envelope)
    }
}
