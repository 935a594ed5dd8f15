//! What a stolen computer's passphrase and PIN cost to guess, from the derivation as this program makes it, on this machine.

use crate::measure::{at, measured};
use jukung_crypto::escrow::{self, Of};
use jukung_crypto::keyring::Keys;
use jukung_crypto::{pin, slot};

/// Derivations of each kind: the slowest takes half a second.
const TIMES: usize = 9;
/// Guesses a second of one large graphics card on Argon2id with 64 MiB and three passes: the published bound by memory
/// bandwidth (security.md 2.2, tobtu.com), not measured here.
const CARD_PER_S: f64 = 1788.0;
/// What a card does with less memory: in the measure of bytes moved.
const CARD_PIN_PER_S: f64 = CARD_PER_S * (64.0 * 3.0) / (19.0 * 2.0);
const YEAR_S: f64 = 365.25 * 86_400.0;
/// ux.md 1.13: unlocking with a PIN must not be felt.
const PIN_MS_MAX: f64 = 400.0;
/// The half second that a village PC gives for a passphrase (slot.rs), doubled for one that is busy.
const PASSPHRASE_MS_MAX: f64 = 1500.0;

/// Time in the largest unit that keeps it above one.
fn long(seconds: f64) -> String {
    match seconds {
        s if s >= 1e7 * YEAR_S => format!("{:.0e} years", s / YEAR_S),
        s if s >= 2.0 * YEAR_S => format!("{:.0} years", s / YEAR_S),
        s if s >= 2.0 * 86_400.0 => format!("{:.1} days", s / 86_400.0),
        s if s >= 7_200.0 => format!("{:.1} h", s / 3_600.0),
        s if s >= 120.0 => format!("{:.1} min", s / 60.0),
        s => format!("{s:.1} s"),
    }
}

pub fn run() -> bool {
    let keys = Keys::new([1; 32].into(), [2; 32].into());
    let of = Of { device: "d", generation: 1 };
    let made = escrow::slot(&keys, of, "perahu sungai pasar pagi", slot::MEMORY_KIB, &mut |b| b.fill(7)).unwrap();
    let passphrase: Vec<f64> =
        (0..TIMES).map(|_| measured(|| made.open("perahu sungai pasar siang").is_err()).1.wall_us / 1e3).collect();
    let pins: Vec<f64> =
        (0..TIMES).map(|_| measured(|| pin::hash("482107", &[1; 16]).unwrap()).1.wall_us / 1e3).collect();
    let (one, short) = (at(&passphrase, 0.5), at(&pins, 0.5));
    println!("passphrase: {one:.0} ms a try on one core (Argon2id, {} MiB, t=3, p=1)", slot::MEMORY_KIB / 1024);
    println!("PIN: {short:.0} ms a try on one core (Argon2id, {} MiB, t=2, p=1)", pin::MEMORY_KIB / 1024);
    println!("| Secret | tries on average | one core here | 64 such cores | one large graphics card |");
    println!("|---|---|---|---|---|");
    let rows = [
        ("PIN, 6 digits, if it opened the data as a passphrase does", 1e6 / 2.0, one, CARD_PER_S),
        ("PIN, 6 digits, hash read out of an opened database", 1e6 / 2.0, short, CARD_PIN_PER_S),
        ("4 of 2048 words (44 bits)", 2f64.powi(43), one, CARD_PER_S),
        ("12 letters a person chose, 24 bits", 2f64.powi(23), one, CARD_PER_S),
        ("recovery code (125 bits)", 2f64.powi(124), one, CARD_PER_S),
    ];
    for (what, tries, ms, card) in rows {
        let core = tries * ms / 1e3;
        println!("| {what} | {tries:.1e} | {} | {} | {} |", long(core), long(core / 64.0), long(tries / card));
    }
    let holds = |what: &str, ms: f64, most: f64| crate::measure::target(what, ms, "ms", most);
    holds("PIN, one try", short, PIN_MS_MAX) & holds("passphrase, one try", one, PASSPHRASE_MS_MAX)
}
