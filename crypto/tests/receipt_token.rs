//! Goal: a receipt's token is believed when a known district stands behind it, and never after a change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use jukung_crypto::receipt_token::{Claims, Device, TokenProblem, certify, from_text, issue, to_text, verify};
use jukung_crypto::sign::public_key;

const DISTRICT: [u8; 32] = [7; 32];
const DEVICE: [u8; 32] = [9; 32];
/// The committed vector that the Python check reads too (tests/python/receipt_token.py).
const VECTOR: &str = include_str!("vectors/receipt_token.txt");

fn device() -> Device {
    Device { district: 6305, code: "K7F".into(), valid_s: (1_790_000_000, 1_824_560_000), key: public_key(&DEVICE) }
}

fn claims() -> Claims {
    Claims {
        office: 6_305_041_004,
        issued_s: 1_795_000_000,
        number: "K7F-0417-N".into(),
        group: 3,
        documents: 4,
        initials: "HC".into(),
        nonce: [1, 2, 3, 4, 5, 6, 7, 8],
        digest: [0xAB; 16],
    }
}

fn token() -> Vec<u8> {
    issue(&DEVICE, &certify(&DISTRICT, &device()).unwrap(), &claims()).unwrap()
}

#[test]
fn a_token_made_by_a_vouched_device_is_believed_and_says_what_was_put_in() {
    assert_eq!(verify(&[public_key(&DISTRICT)], &token()), Ok((claims(), device())));
}

#[test]
fn every_single_flipped_bit_is_noticed() {
    let (whole, keys) = (token(), [public_key(&DISTRICT)]);
    for at in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[at / 8] ^= 1 << (at % 8);
        assert!(verify(&keys, &changed).is_err(), "bit {at} changed and nobody noticed");
    }
}

#[test]
fn every_cut_token_is_refused_without_a_panic() {
    let whole = token();
    for end in 0..whole.len() {
        assert!(verify(&[public_key(&DISTRICT)], &whole[..end]).is_err());
    }
}

#[test]
fn another_districts_device_is_not_believed() {
    assert_eq!(verify(&[public_key(&[8; 32])], &token()), Err(TokenProblem::UnknownDistrict));
}

#[test]
fn a_certificate_of_another_device_does_not_help() {
    let other = issue(&[10; 32], &certify(&DISTRICT, &device()).unwrap(), &claims()).unwrap();
    assert_eq!(verify(&[public_key(&DISTRICT)], &other), Err(TokenProblem::Changed));
}

#[test]
fn a_receipt_from_outside_the_devices_time_is_not_believed() {
    let late = Claims { issued_s: device().valid_s.1 + 1, ..claims() };
    let late = issue(&DEVICE, &certify(&DISTRICT, &device()).unwrap(), &late).unwrap();
    assert_eq!(verify(&[public_key(&DISTRICT)], &late), Err(TokenProblem::OutOfDate));
}

#[test]
fn a_pasted_address_is_read_in_any_case() {
    let address = format!(" https://cek.contoh.go.id/#{} ", to_text(&token()).to_lowercase());
    assert_eq!(from_text(&address), Ok(token()));
}

#[test]
fn the_token_fits_a_qr_that_a_phone_reads_from_paper() {
    // 319 bytes were measured to fit version 15 at level M (security.md 4.2).
    assert!(token().len() <= 340, "{} bytes", token().len());
}

#[test]
fn the_committed_vector_is_what_this_build_writes() {
    let lines: Vec<&str> = VECTOR.lines().collect();
    assert_eq!(lines, [hex::encode(public_key(&DISTRICT)), to_text(&token())]);
}
