//! Kiosks that need a hand: what they say of their devices reaches the people at the counters.

use crate::{
    actors::{Kiosk, new_id},
    helpers::TestServer,
};
use domain::{DeviceFault, DeviceId, Event, Peripheral};
use protocol::control::{Answer, Ask, Rejected};

async fn report(kiosk: &mut Kiosk, fault: Option<DeviceFault>) {
    let event = Event::DeviceReported { kiosk: kiosk.paired.device, peripheral: Peripheral::Printer, fault };
    let fact = kiosk.fact(event);
    kiosk.upload(&[fact]).await.unwrap();
}

#[tokio::test]
async fn a_printer_without_paper_is_told_at_the_counters_until_it_has_some() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let agent = server.agent("nadia").await;
    agent.open(1).await;
    let desk = async || agent.raw.get("/console/counters/1").await.text();
    assert!(!desk().await.contains("Bornes"), "all is well");
    report(&mut kiosk, Some(DeviceFault::PaperLow)).await;
    assert!(desk().await.contains("bientôt plus de papier"));
    report(&mut kiosk, Some(DeviceFault::PaperOut)).await;
    let page = desk().await;
    assert!(page.contains(&kiosk.paired.name) && page.contains("plus de papier depuis "), "{page}");
    assert!(!page.contains("bientôt"), "one line for each device");
    report(&mut kiosk, None).await;
    assert!(!desk().await.contains("Bornes"));
}

#[tokio::test]
async fn a_kiosk_that_was_revoked_needs_no_hand() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    report(&mut kiosk, Some(DeviceFault::CoverOpen)).await;
    server.operate(Ask::Revoke { device: kiosk.paired.device }).await;
    let agent = server.agent("nadia").await;
    agent.open(1).await;
    assert!(!agent.raw.get("/console/counters/1").await.text().contains("Bornes"));
}

#[tokio::test]
async fn nobody_speaks_for_another_kiosks_printer_and_staff_hear_that_something_was_not_read() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    agent.open(1).await;
    let other = DeviceId(new_id());
    let (peripheral, fault) = (Peripheral::Printer, Some(DeviceFault::Broken));
    let foreign = kiosk.fact(Event::DeviceReported { kiosk: other, peripheral, fault });
    let foreign = [foreign, kiosk.walk_in()];
    assert_eq!(kiosk.upload(&foreign).await.unwrap().rejected_now[0].seq, 1);
    let page = agent.raw.get("/console/counters/1").await.text();
    assert!(page.contains("1 information n’a pas pu être lue"), "{page}");
    assert!(!page.contains("en panne"));
    let Answer::Review { facts } = server.operate(Ask::Review).await else { panic!("no list") };
    let [Rejected { name, seq, reason, kind, number, .. }] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!((name, *seq, number), (&kiosk.paired.name, 1, &None));
    assert_eq!(kind.as_deref(), Some("device_reported"));
    assert_eq!(reason, "about what hangs on another kiosk");
}
