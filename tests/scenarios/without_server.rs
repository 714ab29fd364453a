//! The server is away for long: people are called by the kiosk's list, and it is recorded afterwards who was.

use e2e::{Agent, Day, PIN, Setup, World, operator, wait::until};
use protocol::route::CounterAction;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_called_by_the_list_of_the_kiosk_and_who_was_served_is_recorded_afterwards()
-> anyhow::Result<()> {
    // A printer that takes letters, so that the list can be read back.
    let day = Day::at("09:40").crowd("RDV-", 2, "RT");
    let mut world = World::start(&Setup { printer_profile: "serial-text", ..Setup::new(day) })?;
    world.stop_server()?;
    for visitor in 1..=2 {
        world.scan(1, &format!("RDV-{visitor}"))?;
        world.wait_for_tickets(1, visitor)?;
    }
    let kiosk = world.kiosks[0].screen.display()?;
    operator::open_list(kiosk, PIN)?;
    operator::print_list(kiosk, || (world.tickets(1).ok()?.len() > 2).then_some(()))?;
    let papers = until("the list is out", || {
        let papers = world.tickets(1).ok()?;
        let text = world.ticket_text(papers.get(2)?).ok()?;
        text.contains("Fin de la liste").then_some(papers)
    })?;
    let texts = papers.iter().map(|paper| world.ticket_text(paper)).collect::<Result<Vec<_>, _>>()?;
    let listed: Vec<&str> =
        texts[2].lines().filter_map(|line| line.trim().strip_prefix("[ ] ")).map(str::trim).collect();
    assert_eq!(listed.len(), 2, "{}", texts[2]);
    for (ticket, number) in texts.iter().zip(&listed) {
        assert!(ticket.contains(number), "the list is in calling order: {listed:?}");
    }

    world.start_server()?;
    world.wait_for_events("checked_in", 2)?;
    let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
    let page = agent.record_served(&[listed[0]]).await?;
    assert!(page.contains(&format!("Notés comme reçus : {}.", listed[0])), "{page}");
    world.wait_for_events("served_meanwhile", 1)?;
    agent.act(CounterAction::CallNext).await?;
    let called = world.wait_for_events("called", 1)?;
    assert_eq!(called[0]["numbers"], serde_json::json!([listed[1]]), "the other waits on, and is called");
    Ok(())
}
