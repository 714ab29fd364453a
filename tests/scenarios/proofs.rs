//! The proofs of `bin/prove`, each in a form that is short enough for every run of the tests.

use e2e::prove::{ALL, Options};

/// Runs a proof by its name.
fn holds(name: &str, cycles: u64) -> anyhow::Result<()> {
    let proof = ALL.iter().find(|proof| proof.name == name);
    let Some(proof) = proof else { anyhow::bail!("there is no proof `{name}`") };
    let verdict = (proof.run)(&Options::short(cycles))?;
    println!("{name}: {}", verdict.line());
    verdict.holds()
}

#[test]
fn three_days_without_the_server_are_delivered_once_and_in_order() -> anyhow::Result<()> {
    holds("offline-72h", 40)
}

#[test]
fn one_code_at_two_kiosks_is_one_visit_in_whatever_order_it_comes_to_light() -> anyhow::Result<()> {
    holds("same-qr", 20)
}

#[test]
fn wrong_clocks_put_nobody_behind_who_came_first_or_are_flagged() -> anyhow::Result<()> {
    holds("clocks", 40)
}

#[test]
fn a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged() -> anyhow::Result<()> {
    holds("kill-server", 20)
}

#[test]
fn a_power_cut_loses_nothing_acknowledged_and_would_without_a_sync_at_each_commit() -> anyhow::Result<()> {
    holds("power-cut", 40)
}

#[test]
fn a_kiosk_that_is_killed_at_any_step_of_a_ticket_loses_nobody_and_prints_nothing_twice() -> anyhow::Result<()>
{
    holds("kill-kiosk", 1)
}

#[test]
fn a_disk_that_fills_up_loses_nothing_acknowledged_and_lets_go_on_when_there_is_room() -> anyhow::Result<()> {
    holds("disk-full", 8)
}

#[test]
fn a_board_that_starts_without_the_server_shows_the_last_calls_and_catches_up() -> anyhow::Result<()> {
    holds("board-restart", 1)
}

#[test]
fn hundreds_of_idle_streams_harm_nobody() -> anyhow::Result<()> {
    holds("idle-streams", 300)
}

#[test]
fn slow_clients_are_dropped_and_others_are_served() -> anyhow::Result<()> {
    holds("slow-clients", 4)
}

#[test]
fn a_restored_server_loses_nobody_and_calls_nobody_twice() -> anyhow::Result<()> {
    holds("restore", 2)
}

#[test]
fn a_printer_may_die_at_any_byte_of_a_ticket() -> anyhow::Result<()> {
    holds("printer", 30)
}

#[test]
fn hostile_input_changes_nothing() -> anyhow::Result<()> {
    holds("hostile-input", 400)
}
