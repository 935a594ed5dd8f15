//! Signatures on PDFs: the seal with which the district closes what it sends, and what others' signatures say (decision
//! 0037). Who signs stands behind a port: the seal of this server, or BSrE's service for an official's own signature.

pub mod bsre;
pub mod held;
pub mod issued;
pub mod issued_routes;
pub mod key;
pub mod local;
pub mod look;
pub mod papers;
pub mod routes;
pub mod sealed;
pub mod write;

use jukung_domain::problem::Problem;
use std::future::Future;
use std::pin::Pin;

/// What is to be signed.
pub struct Asked<'a> {
    /// The PDF.
    pub pdf: &'a [u8],
    /// Who seals, as it stands in the file.
    pub name: &'a str,
    /// Why, as it stands in the file. Never a number of a person.
    pub reason: &'a str,
    /// When, in ms since 1970 UTC.
    pub at: i64,
}

/// A signed PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The file.
    pub pdf: Vec<u8>,
    /// How it came to its time.
    pub time: Time,
}

/// Whether somebody else says when it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Time {
    /// Nobody is asked here: only this server says when.
    Own,
    /// A time-stamping authority.
    Stamped,
    /// It was asked and did not answer, with the reason: the file went out without.
    Missing(String),
    /// Whoever signed decides; it is looked for in the file.
    Theirs,
}

/// What a signing call gives.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<Sealed, Problem>> + Send + 'a>>;

/// Somebody who signs documents.
pub trait DocumentSealer: Send + Sync {
    /// Signs one.
    fn seal<'a>(&'a self, asked: &'a Asked<'a>) -> Signing<'a>;
}
