//! The system as people meet it: the real programs, simulated devices on the real wires, a screen
//! that is looked at. Used by the scenarios, the demonstration and the benchmark.

pub mod agent;
pub mod bench;
pub mod browser;
pub mod day;
pub mod device;
pub mod display;
pub mod live;
pub mod paper;
pub mod play;
pub mod process;
pub mod seeded;
pub mod wait;
pub mod world;

pub use agent::Agent;
pub use day::Day;
pub use display::Display;
pub use wait::until;
pub use world::{Kiosk, Setup, World};
