//! What the smaller events say; each is read by its kind ([`crate::event::Body`]).

use crate::application::Attachment;
use serde::{Deserialize, Serialize};

macro_rules! payload {
    ($($(#[$m:meta])* $name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? })*) => {$(
        $(#[$m])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub struct $name { $($(#[$fm])* pub $f: $t),* }
    )*};
}

payload! {
    /// A text with a reason or a remark.
    Reason { reason: String }
    /// What is to be corrected and where.
    Returned {
        /// Code of the reason, e.g. `unreadable`.
        reason: String,
        /// Field path or `requirement.<id>` the counter opens.
        target: String,
        /// Sentence for the counter.
        note: String,
    }
    /// A printed receipt.
    Printed {
        /// Registration number on it.
        n: String,
        /// SHA-256 of the printed PDF in hex.
        sha256: String,
        /// 1 for the first print, 2 for the first copy, and so on.
        copy: u32,
    }
    /// A new registration number; the old one still finds the application.
    Renumbered { n: String }
    /// Which event was settled, by its uid in hex, and whether its values were used: `later` or `first`.
    Resolved { r: String, w: String }
    /// A hand-over that was written down by mistake: its event by uid in hex, and why.
    Unhanded { r: String, reason: String }
    /// A hand-over that came second: its event by uid in hex, and what an officer found out.
    Settled { r: String, note: String }
    /// Processing is held back at the person's request (UU 27/2022, article 41).
    HeldBack {
        /// The day it began, `YYYY-MM-DD` in the office's zone.
        since: String,
        /// What was asked for, in the officer's words.
        reason: String,
    }
    /// Numbers that will never be used.
    Skipped {
        from: i64,
        to: i64,
        /// Symbols of the numbers; empty in events of builds before there were day sheets.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        code: String,
    }
    /// Sealed keys and how somebody last came back in; what is not told is empty.
    Escrowed {
        /// Generation of the keys.
        g: u32,
        /// Recovery key they are sealed to, `age1…`.
        r: String,
        /// The sealed keys, in hex.
        k: String,
        /// Secret of the PIN's telephone codes, sealed to the district, in hex.
        p: String,
        /// Why they were sealed now: `begun`, `rotated`, `supervisor`, `code` or `district`.
        w: String,
    }
    /// A person's signing key; whoever wrote this event vouches for it (protocol 0.3).
    PersonKey {
        /// The person's id at this computer.
        person: String,
        /// Public key, Ed25519, in hex.
        key: String,
    }
    /// What a counter brought back when its database broke.
    Recovered {
        /// Day of the copy it began with, `YYYY-MM-DD`; empty when there was none.
        copy: String,
        /// Events brought back beyond it.
        back: usize,
        /// Events beyond it that were not, at most.
        lost: i64,
    }
    /// What a person said the day is (protocol 2.11).
    ClockSet {
        /// The day, `YYYY-MM-DD`.
        day: String,
        /// What the computer's clock said then, in ms.
        wall: i64,
        /// The newest moment this computer knew of, in ms.
        known: i64,
    }
    /// The issued document.
    Issued {
        /// Number of the document, where it has one.
        #[serde(default)]
        document: String,
    }
    /// Where it can be collected.
    Place { place: String }
    /// Who carries it.
    Shipped { carrier: String, tracking: String }
    /// Who received it.
    Delivered {
        recipient: String,
        relation: String,
        /// What the recipient left on the list: `signature` or `thumbprint`; empty where nobody asked.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        mark: String,
        /// Where it was handed over, in words; empty: at the Dinas.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        place: String,
        /// A photo of the hand-over, where somebody took one; nobody has to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo: Option<Attachment>,
    }
}

impl HeldBack {
    /// The day it began, in words.
    #[must_use]
    pub fn day(&self) -> String {
        self.since.parse().map_or_else(|_| self.since.clone(), crate::words::day)
    }
}

/// What a photo of a hand-over answers, in place of a requirement.
pub const HANDOVER: &str = "handover";
