//! What an application is: services as data, checked values, events, what they add up to, numbers and the wire.
//! No clock, disk, network, SQL or async in here.

pub mod application;
pub mod assignment;
pub mod audit;
pub mod bundle;
pub mod calendar;
pub mod catalogue;
mod catalogue_load;
pub mod check;
pub mod closing;
pub mod complaint;
pub mod date;
pub mod email;
pub mod enrolment;
pub mod event;
pub mod finding;
pub mod fold;
pub mod kk;
pub mod marks;
pub mod masked;
pub mod name;
pub mod nik;
pub mod number;
pub mod pack;
pub mod passphrase;
pub mod payload;
pub mod phone;
pub mod policy;
pub mod problem;
pub mod receipt;
pub mod recovery_code;
pub mod region;
pub mod rules;
pub mod search_key;
pub mod shown;
pub mod status;
pub mod subdistrict;
pub mod sync;
pub mod texts;
pub mod two_words;
pub mod wire;
pub mod words;

// What comes from outside, read before anyone is trusted.
pub mod call;
pub mod tus;
