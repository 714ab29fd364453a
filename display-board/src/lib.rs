//! The waiting-room screen: who is called, and where to.
//!
//! It reads the calls of one site from the server's stream and shows them. It decides nothing, sends
//! nothing but what it has shown to a server that was restored ([`shown`]), and knows nothing of a person: numbers, counters and times are all that reaches it.
//!
//! [`state`] folds what the stream says, [`announce`] settles whose turn it is in the large part of
//! the screen, [`view`] says what to show as plain data, and [`ui`] alone names the window. What the
//! window looks like stands in the crate `board-ui`.

pub mod announce;
pub mod clock;
pub mod config;
pub mod feed;
pub mod files;
pub mod identity;
pub mod legibility;
pub mod memory;
pub mod run;
pub mod shown;
pub mod state;
pub mod stop;
pub mod ui;
pub mod view;
