//! The decisions of the protocol, and nothing else: inputs in, decision out. No clock, chance, disk, network or async.
//!
//! The office, the district and the simulation (`tests/tests/simulation`) call these same functions.
//!
//! Each of the twelve rules (protocol 1) stands in one place; `tests/tests/simulation.rs` checks that it is there, and
//! removes each one in turn to see the loss it prevents.
//!
//! | Rule | Function | What it decides |
//! |---|---|---|
//! | R1 | `log::life_after` | when a log must begin a new life |
//! | R2 | `log::watermark` | the district's watermark wins, also backwards |
//! | R3 | `log::may_delete` | what a counter may forget |
//! | R4 | `feed::stand` | a feed position is a number and a hash |
//! | R5 | `feed::witness` | what a counter hands back to a district that lost it |
//! | R6 | `feed::next` | feed numbers are dense and chained |
//! | R7 | `outcome::settle` | every event gets an outcome, none is refused |
//! | R8 | `log::may_acknowledge` | no acknowledgement without a commit that wrote |
//! | R9 | `log::origin` | identity survives another place in the log |
//! | R10 | `numbers::after_unclean_end` | numbers a lying disk may have lost are skipped |
//! | R11 | `clock::tick` | a wall clock is evidence, never order |
//! | R12 | `patience::stalled` | only standing still ends a call, never its length |

pub mod clock;
pub mod copies;
pub mod feed;
pub mod lived;
pub mod log;
pub mod numbers;
pub mod outcome;
pub mod pace;
pub mod patience;
pub mod room;

pub use patience::{Next, WAIT_MAX_MS, Why, after, wait_ms};
