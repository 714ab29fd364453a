//! The steps between a visitor's request and the server's acknowledgement at which the program can be made to
//! end, by name.
//!
//! A power cut asks no step whether it suits. A proof ends the kiosk at each of these and looks what became of the
//! visitor, the paper and the record. Without the cargo feature `fail-points` they are compiled to nothing; with it
//! they do nothing unless the environment names one.

/// Every point, in the order in which one visitor's ticket passes them.
///
/// [`RECOVERING`] is passed by a start that finds a print job under way, and by no other.
pub const ALL: [&str; 20] = [
    "kiosk-asked",
    "kiosk-decided",
    "kiosk-issue-begun",
    "kiosk-issue-fact",
    "kiosk-issue-number",
    "kiosk-issue-job",
    "kiosk-issue-committed",
    "kiosk-believed",
    "kiosk-answered",
    "kiosk-laid-out",
    "kiosk-handed-over",
    "kiosk-outcome-told",
    "kiosk-outcome-job",
    "kiosk-outcome-fact",
    "kiosk-outcome-committed",
    "kiosk-sending",
    "kiosk-server-answered",
    "kiosk-acknowledge",
    "kiosk-acknowledged",
    RECOVERING,
];

/// Not a step: the database does not sync at each commit any more. Whoever proves that nothing is lost when the power
/// is cut has to find something lost then.
pub const NOT_DURABLE: &str = "kiosk-not-durable";

/// The program was started anew and is about to record that nobody knows what became of a ticket.
pub const RECOVERING: &str = "kiosk-recovering";
