//! The day's tickets without an appointment, dealt to kiosks by the server.

use crate::{
    actors::Kiosk,
    helpers::{Setup, TestServer, lille},
};
use domain::{DeviceId, Event, EventId, LaneCode, ServiceDay, ServiceId, event::ShareOf};
use protocol::control::{Answer, Ask};

async fn limited(limit: u32) -> TestServer {
    Setup { limit: Some(limit), ..Setup::default() }.start().await
}

fn today() -> ServiceDay {
    ServiceDay("2026-11-23".parse().unwrap())
}

fn information() -> ServiceId {
    ServiceId::new("INFO-7Q")
}

fn granted(server: &TestServer, lane: &LaneCode) -> u32 {
    let live = server.app.sites.get(&lille()).unwrap().live();
    live.branch.shares[&today()][&information()].get(lane).map_or(0, |share| share.granted)
}

fn returned(kiosk: &mut Kiosk, lane: &LaneCode, kept: u32, asked: EventId) -> protocol::Envelope {
    let share = ShareOf { day: today(), service: information(), lane: lane.clone() };
    kiosk.fact(Event::ShareReturned { share, kept, asked })
}

#[tokio::test]
async fn a_kiosk_that_has_little_left_is_granted_more_as_soon_as_the_server_hears_of_it() {
    let server = limited(16).await;
    let mut kiosk = server.kiosk().await;
    let lane = kiosk.lane.clone();
    assert_eq!(granted(&server, &lane), 8, "half of the day's, and the rest is kept");
    let facts = kiosk.walk_ins(7);
    kiosk.upload(&facts).await.unwrap();
    assert!(granted(&server, &lane) > 8, "before anything else happens");
}

#[tokio::test]
async fn only_the_kiosk_itself_gives_a_part_of_its_share_back() {
    let server = limited(8).await;
    let (mut one, mut other) = (server.kiosk().await, server.kiosk().await);
    let (lane, rich) = (one.lane.clone(), other.lane.clone());
    // The first gives what it has, and what the server had kept: the rest is the other's.
    for _ in 0..8 {
        let fact = one.walk_in();
        one.upload(&[fact]).await.unwrap();
    }
    let asked = server.app.sites.get(&lille()).unwrap().live().branch.shares[&today()][&information()][&rich]
        .asked_back
        .clone()
        .expect("the other one is asked");
    let before = granted(&server, &rich);

    let forged = returned(&mut one, &rich, 0, asked.event);
    assert_eq!(one.upload(&[forged]).await.unwrap().rejected, 1, "in another's name");
    assert_eq!(granted(&server, &rich), before);

    let had = granted(&server, &lane);
    let answer = returned(&mut other, &rich, asked.keep, asked.event);
    assert_eq!(other.upload(&[answer]).await.unwrap().rejected, 0);
    assert_eq!(granted(&server, &rich), asked.keep);
    assert!(granted(&server, &lane) >= had, "what it gave back is there for whoever needs it");
}

#[tokio::test]
async fn a_revoked_kiosk_gets_no_share_of_the_days_to_come() {
    let server = limited(8).await;
    let kiosk = server.kiosk().await;
    let Answer::Devices { devices } = server.operate(Ask::Devices).await else { panic!() };
    let device: DeviceId = devices[0].device;
    assert!(matches!(server.operate(Ask::Revoke { device }).await, Answer::Done));
    let live = server.app.sites.get(&lille()).unwrap().live();
    assert_eq!(live.branch.lanes[&kiosk.lane].revoked_on, Some(today()));
}
