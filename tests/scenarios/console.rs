//! The console in real browsers, and many of them.

use e2e::{Agent, Day, Setup, World, agent::Said, browser::Browser, device::SimulatedKiosk, until};
use fantoccini::Locator;
use futures_util::{StreamExt, future::join_all};
use protocol::route::CounterAction;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Over HTTP/1.1 a browser opens six connections to a host, and the seventh page hangs.
const TABS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_tabs_of_one_browser_all_live_and_the_tenth_can_call() -> anyhow::Result<()> {
    let world = World::start(&Setup { kiosks: 0, ..Setup::new(Day::at("09:40")) })?;
    let _agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    let browser = Browser::start(world.folder(), 1280, 800).await?;
    let desk = format!("{}/console/counters/1", world.url());
    browser.sign_in(&world.url(), "agent1", world.password(1)).await?;
    let window = browser.window();
    for tab in 0..TABS {
        if tab > 0 {
            let tab = window.new_window(true).await?;
            window.switch_to_window(tab.handle).await?;
        }
        window.goto(&desk).await?;
        window.wait().for_element(Locator::Css("#link[data-state=live]")).await?;
    }
    let tabs = window.windows().await?;
    assert_eq!(tabs.len(), TABS);

    let mut kiosk = SimulatedKiosk::pair(&world.client()?, &world.control_socket()).await?;
    kiosk.state_facts(1).await?;
    window
        .wait()
        .at_most(Duration::from_secs(30))
        .for_element(Locator::Css("button[aria-keyshortcuts=\"n\" i]:not([disabled])"))
        .await?;
    window.active_element().await?.send_keys("n").await?;
    let called = world.wait_for_events("called", 1)?;
    let number = called[0]["numbers"][0].as_str().unwrap_or_default().to_owned();
    for tab in tabs {
        window.switch_to_window(tab).await?;
        let shown = format!("//main//*[contains(text(), '{number}')]");
        window.wait().at_most(Duration::from_secs(30)).for_element(Locator::XPath(&shown)).await?;
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_agents_follow_their_desks_and_all_see_a_call() -> anyhow::Result<()> {
    const AGENTS: usize = 100;
    let world = World::start(&Setup { kiosks: 0, agents: 1, counters: 1, ..Setup::new(Day::at("09:40")) })?;
    let agent = Arc::new(Agent::sign_in(&world, "agent1", world.password(1), 1).await?);
    let streams = join_all((0..AGENTS).map(|_| agent.watch())).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let (started, mut starts) = tokio::sync::mpsc::channel(AGENTS);
    for stream in streams {
        let (mut stream, seen, started) = (stream?, seen.clone(), started.clone());
        tokio::spawn(async move {
            let _first = stream.next().await;
            let _told = started.send(()).await;
            // Whoever waits appears on every desk that can serve the service.
            if stream
                .any(|bytes| async move { bytes.is_ok_and(|b| String::from_utf8_lossy(&b).contains("desk")) })
                .await
            {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    for _ in 0..AGENTS {
        starts.recv().await;
    }
    SimulatedKiosk::pair(&world.client()?, &world.control_socket()).await?.state_facts(1).await?;
    assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    tokio::task::spawn_blocking(move || {
        until("all agents saw it", || (seen.load(Ordering::SeqCst) == AGENTS).then_some(()))
    })
    .await??;
    Ok(())
}
