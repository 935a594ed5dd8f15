//! What an application is: services as data, checked values, events, what they add up to, numbers and the wire.
//! No clock, disk, network, SQL or async in here.

pub mod application;
pub mod catalogue;
pub mod event;
pub mod finding;
pub mod fold;
pub mod number;
pub mod problem;
pub mod status;
pub mod wire;
