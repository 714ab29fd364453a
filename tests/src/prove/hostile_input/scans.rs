//! What is held before the reader.

use super::noise;
use crate::{prove::Verdict, windowless::Alone};
use anyhow::Context;
use domain::Language;
use hardware::scanner::{Decoded, Decoder};
use kiosk::reception::{Outcome, Reception};
use rand::{Rng, rngs::StdRng};
use std::collections::BTreeSet;

/// So many bookings are due. Each is shown once among the rubbish: whoever has one must be served all the same.
const BOOKINGS: usize = 100;

/// What becomes of each scan.
#[derive(Default)]
struct Tally {
    /// Codes that the decoder handed on.
    codes: u64,
    /// What it said no to.
    rejected: u64,
    /// The bookings whose references came, by somebody's will or by chance.
    due: BTreeSet<usize>,
    tickets: BTreeSet<String>,
    /// Tickets for what is no booking.
    false_tickets: u64,
    /// Visits that rubbish was taken for.
    false_holders: u64,
}

pub fn run(seed: u64, inputs: u64, verdict: &mut Verdict) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut reception = Alone::open(folder.path(), BOOKINGS)?.reception;
    let mut decoder = Decoder::new();
    let mut tally = Tally::default();
    let every = (inputs / BOOKINGS as u64).max(1);
    let mut honest = 0;
    for at in 0..inputs {
        let mut rng = noise::maker(seed, 1, at);
        let line = hostile(&mut rng);
        if rng.random_bool(0.2) {
            // Torn apart, with a pause or without.
            let (first, rest) = line.split_at(rng.random_range(0..=line.len()));
            take(&mut reception, decoder.push(first), &mut tally)?;
            if rng.random() {
                tally.rejected += u64::from(decoder.fell_silent().is_some());
            }
            take(&mut reception, decoder.push(rest), &mut tally)?;
        } else {
            take(&mut reception, decoder.push(&line), &mut tally)?;
        }
        if at % every == 0 && honest < BOOKINGS {
            // What was begun is not on the next visitor's paper.
            tally.rejected += u64::from(decoder.fell_silent().is_some());
            take(&mut reception, decoder.push(format!("RDV-{honest}\r").as_bytes()), &mut tally)?;
            honest += 1;
        }
    }
    let stated = reception.outgoing()?.map(|outgoing| outgoing.facts).unwrap_or_default();
    let issued = stated.iter().filter(|fact| ["checked_in", "walk_in_taken"].contains(&fact.kind())).count();
    verdict.figure("scans", inputs);
    verdict.figure("scans_decoded", tally.codes);
    verdict.figure("scans_rejected", tally.rejected);
    verdict.require(tally.due.len() >= honest, || "an honest visitor was not heard".into());
    verdict.exactly("honest_tickets", tally.tickets.len(), &tally.due.len());
    verdict.exactly("tickets_on_record", issued, &tally.due.len());
    verdict.exactly("false_tickets", tally.false_tickets, &0);
    verdict.exactly("false_holders", tally.false_holders, &0);
    Ok(())
}

fn take(reception: &mut Reception, decoded: Vec<Decoded>, tally: &mut Tally) -> anyhow::Result<()> {
    for decoded in decoded {
        let Decoded::Scan(code) = decoded else {
            tally.rejected += 1;
            continue;
        };
        tally.codes += 1;
        let booking = due(&code);
        tally.due.extend(booking);
        match reception.check_in(&code, &Language::new("fr")).context("the kiosk's database failed")? {
            Outcome::Issued(ticket) => {
                tally.false_tickets += u64::from(booking.is_none());
                tally.false_tickets += u64::from(!tally.tickets.insert(ticket.number.to_string()));
            }
            Outcome::Already(_) | Outcome::InDoubt(..) | Outcome::Missed => {
                tally.false_holders += u64::from(booking.is_none());
            }
            Outcome::Refused(_) | Outcome::Unreadable => {}
        }
    }
    Ok(())
}

/// The booking that is due and has this reference, however it is typed. Written anew on purpose: it checks what the
/// kiosk takes for one.
fn due(code: &str) -> Option<usize> {
    let plain = code.replace(' ', "").to_ascii_uppercase();
    let number = plain.strip_prefix("RDV-").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.filter(|number| *number == "0" || !number.starts_with('0'));
    number.and_then(|number| number.parse().ok()).filter(|number| *number < BOOKINGS)
}

/// One scan, with the end of line that readers send, or without.
fn hostile(rng: &mut StdRng) -> Vec<u8> {
    let mut line = match rng.random_range(0..12) {
        0 => noise::bytes(rng, 400),
        1..=3 => noise::text(rng).into_bytes(),
        // Almost a booking.
        4 => noise::spoiled(rng, b"RDV-7"),
        5 => format!("RDV-{}", rng.random_range(BOOKINGS..100_000)).into_bytes(),
        6 => format!("RDV-7{}RDV-8", noise::text(rng)).into_bytes(),
        7 => format!("{}RDV-7", noise::text(rng)).into_bytes(),
        8 => format!("https://suivi.example/t/{}", noise::text(rng)).into_bytes(),
        9 => format!("PK1-{}", noise::text(rng).to_uppercase()).into_bytes(),
        10 => vec![rng.random(); rng.random_range(900..5000)],
        _ if rng.random_bool(0.02) => vec![b'A'; 1 << 20],
        _ => noise::bytes(rng, 8),
    };
    // Some stick to the next.
    line.extend(match rng.random_range(0..10) {
        0 => b"".as_slice(),
        1 => b"\n",
        2 => b"\r\n",
        3 => b"\r\r\n\n",
        _ => b"\r",
    });
    line
}
