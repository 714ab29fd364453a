//! The system as people meet it: the real programs, simulated devices on the real wires, a screen
//! that is looked at. Used by the scenarios, the demonstration and the benchmark.

pub mod agent;
pub mod bench;
pub mod browser;
pub mod day;
pub mod device;
pub mod display;
pub mod live;
pub mod operator;
pub mod paper;
pub mod play;
pub mod process;
pub mod prove;
pub mod seeded;
pub mod simulation;
pub mod wait;
pub mod windowless;
pub mod wire;
pub mod world;

pub use agent::Agent;
pub use day::Day;
pub use display::Display;
pub use wait::until;
pub use world::{Kiosk, PIN, Setup, World};
