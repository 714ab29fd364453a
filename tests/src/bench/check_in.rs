//! Durable check-ins: facts of kiosks over the server's real interface, each acknowledged after its commit.

use super::{
    Chain, Level,
    press::{self, Press},
};
use crate::{Day, Setup, World};
use anyhow::ensure;

/// Lets `count` people check in at a new hall, sent by so many clients, one fact at a time each.
///
/// # Errors
/// If the server does not keep each of them.
pub async fn measure(clients: usize, count: usize) -> anyhow::Result<Level> {
    let day = Day::at("09:40").crowd("RDV", count, "RT");
    let world = World::start(&Setup { kiosks: 0, agents: 0, ..Setup::new(day) })?;
    let mut chains = Chain::all(&world).await?;
    let mut lists = vec![Vec::new(); clients];
    for number in 0..count {
        let chain = number % chains.len();
        let fact = chains[chain].check_in(&[format!("RDV{}", number + 1)])?;
        lists[chain % clients].push(Press::timed(fact));
    }
    let done = press::all(&world.door()?, lists).await?;
    let kept = world.events("checked_in")?.len();
    ensure!(kept == count, "{kept} of {count} check-ins are in the log");
    Ok(Level::of(clients, done.times, done.seconds))
}
