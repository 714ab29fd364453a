//! The kiosk of a reception hall: a visitor shows a code or chooses a service, and gets a ticket.
//!
//! There is one path, with and without the server: decide locally, record durably, print, confirm;
//! the outbox sends later. The network is never between the scan and the paper.
//!
//! | module | what belongs there |
//! | --- | --- |
//! | [`flow`] | what a visitor sees next: pure, no clock, no device, no window |
//! | [`reception`] | check-in: rules, local record, print jobs |
//! | [`replica`] | what is known of the site: the server's state and our own facts |
//! | [`local`] | the only SQL |
//! | [`fail_points`] | the steps of the path at which a proof ends the program |
//! | [`clock`] | the only readings of a clock, and the only place that makes ids |
//! | [`desk`], [`worker`], [`sync`] | the threads: the visit; the store and the paper; the server |
//! | [`device`] | what a printer says of itself, in the words of the facts |
//! | [`status`] | what the operator asks of a kiosk |
//! | [`ui`] | the only place that names a generated type |

pub mod clock;
pub mod config;
pub mod desk;
pub mod device;
pub mod enrolment;
pub mod fail_points;
pub mod flow;
pub mod local;
pub mod pin;
pub mod reception;
pub mod replica;
pub mod run;
pub mod status;
pub mod sync;
pub mod ticket;
pub mod ui;
pub mod worker;
