//! The district's word for this computer's key: kept beside the database, asked for again before it grows old.

use crate::{Office, home};
use jukung_crypto::receipt_token::{self, Device};
use jukung_crypto::sign;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use std::path::Path;
use std::sync::PoisonError;

/// How much must be left of a certificate, in seconds: counters are without a network for weeks.
const LEFT_S: i64 = 60 * 86_400;

/// A certificate as it is kept, and what it says.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// As the district signed it.
    pub bytes: Vec<u8>,
    /// What it says.
    pub device: Device,
}

/// Reads a certificate in hex that the district of the data folder's card signed.
fn read(district_key: &str, text: &str) -> Option<Certificate> {
    let mut key = [0; 32];
    hex::decode_to_slice(district_key, &mut key).ok()?;
    let bytes = hex::decode(text).ok()?;
    let device = receipt_token::certified(&[key], &bytes).ok()?;
    Some(Certificate { bytes, device })
}

/// The certificate of a card, when it has one that its district signed.
#[must_use]
pub fn of(card: &home::Card) -> Option<Certificate> {
    read(&card.district_key, &card.certificate)
}

/// Keeps what the district answered: this computer is approved. An answer without a certificate changes nothing.
///
/// # Errors
/// `half` when the district did not sign it; those of storage.
pub fn keep(dir: &Path, text: &str) -> Result<(), Problem> {
    let Some(card) = home::card(dir)?.filter(|_| !text.is_empty()) else { return Ok(()) };
    read(&card.district_key, text).ok_or_else(|| Problem::new("half"))?;
    home::write_card(dir, &home::Card { certificate: text.to_owned(), waiting: None, ..card })
}

impl Office {
    /// This computer's certificate, if it is for the key that signs here.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        let held = self.certificate.lock().unwrap_or_else(PoisonError::into_inner).clone();
        held.filter(|c| c.device.key == sign::public_key(&self.seed()))
    }

    /// Whether the next call asks for one.
    pub(crate) fn wants_certificate(&self) -> bool {
        self.certificate().is_none_or(|c| c.device.valid_s.1 - LEFT_S < self.now() / 1000)
    }

    /// Keeps a certificate that came with an answer, for this run and the next ones.
    pub(crate) fn keep_certificate(&self, text: &str) -> Result<(), Problem> {
        let turn = self.changing();
        keep(&self.dir, text)?;
        drop(turn);
        self.read_certificate()
    }

    /// Keeps the keys that the district's server may have from now on: they are asked for before anybody has signed in.
    pub(crate) fn keep_pins(&self, settings: &str) -> Result<(), Problem> {
        let told: DistrictSettings = serde_json::from_str(settings).unwrap_or_default();
        let _turn = self.changing();
        let Some(card) = home::card(&self.dir)? else { return Ok(()) };
        if told.pins.is_empty() || told.pins == card.pins {
            return Ok(());
        }
        home::write_card(&self.dir, &home::Card { pins: told.pins, ..card })
    }

    /// Takes hold of what lies beside the database now: an answer came by file.
    ///
    /// # Errors
    /// `cannot_open`.
    pub fn read_certificate(&self) -> Result<(), Problem> {
        let held = home::card(&self.dir)?.and_then(|card| of(&card));
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(())
    }
}
