//! The console in real browsers, and many of them.

use anyhow::Context;
use e2e::{Agent, Day, Setup, World, agent::Said, browser::Browser, device::SimulatedKiosk, wait::PATIENCE};
use fantoccini::Locator;
use futures_util::{Stream, StreamExt, future::join_all};
use protocol::route::CounterAction;
use std::{collections::BTreeMap, time::Duration};

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

/// How a desk shows that its visitor is at the counter.
const SERVING: &str = "<section class=\"present card serving\"";

/// Reads a desk's stream until its visitor is at the counter; everything that was said up to there.
async fn hear(mut stream: impl Stream<Item = reqwest::Result<Vec<u8>>> + Unpin) -> anyhow::Result<String> {
    let mut heard = String::new();
    while !heard.contains(SERVING) || !heard.ends_with("\n\n") {
        let bytes = stream.next().await.context("the stream ended")??;
        heard.push_str(&String::from_utf8_lossy(&bytes));
    }
    Ok(heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_agents_follow_twenty_desks_and_each_hears_of_its_own_call() -> anyhow::Result<()> {
    const COUNTERS: usize = 20;
    const SCREENS: usize = 5;
    let setup = Setup { kiosks: 0, agents: COUNTERS, counters: COUNTERS, ..Setup::new(Day::at("09:40")) };
    let world = World::start(&setup)?;
    let mut agents = Vec::new();
    for counter in 1..=COUNTERS {
        let name = format!("agent{counter}");
        agents.push(Agent::sign_in(&world, &name, world.password(counter), u16::try_from(counter)?).await?);
    }
    let mut streams = Vec::new();
    for agent in &agents {
        for stream in join_all((0..SCREENS).map(|_| agent.watch())).await {
            streams.push((agent.counter, stream?));
        }
    }
    assert_eq!(streams.len(), 100);
    let mut kiosk = SimulatedKiosk::pair(&world.client()?, &world.control_socket()).await?;
    kiosk.state_facts(COUNTERS).await?;
    for agent in &agents {
        assert_eq!(agent.act(CounterAction::CallNext).await?, Said::Done);
    }
    let called = world.wait_for_events("called", COUNTERS)?;
    let numbers: BTreeMap<u16, String> = called
        .iter()
        .filter_map(|event| {
            let counter = u16::try_from(event["counter"].as_u64()?).ok()?;
            Some((counter, event["numbers"][0].as_str()?.to_owned()))
        })
        .collect();
    assert_eq!(numbers.len(), COUNTERS);
    // Nobody is received before everybody was called: a desk that shows its visitor at the counter has
    // had the time to show every other desk's visitor by mistake.
    for agent in &agents {
        assert_eq!(agent.act(CounterAction::Start).await?, Said::Done);
    }
    // The large figures of a desk are those of the visitor who was called to it.
    let own = |counter: u16| format!("<b>{}</b>", numbers[&counter]);
    let heard = join_all(streams.into_iter().map(|(counter, stream)| async move {
        (counter, tokio::time::timeout(PATIENCE, hear(stream)).await)
    }));
    for (counter, heard) in heard.await {
        let heard = heard.with_context(|| format!("counter {counter} heard nothing of its visitor"))??;
        assert!(heard.contains(&own(counter)), "counter {counter} does not show its own visitor");
        for other in numbers.keys().filter(|other| **other != counter) {
            assert!(!heard.contains(&own(*other)), "counter {counter} shows the visitor of {other}");
        }
    }
    Ok(())
}
