//! The log and its projection in SQL, on either engine. The only crate with SQL that both homes share.

pub mod bring;
pub mod check;
pub mod days;
pub mod db;
pub mod feed;
pub mod handed;
pub mod log;
pub mod migrate;
pub mod point;
#[cfg(feature = "postgres")]
mod postgres;
pub mod private;
pub mod projection;
pub mod release;
mod sqlite;
pub mod stick;
pub mod tx;

pub use db::Db;
pub use tx::{DbProblem, Row, Tx, Value};
