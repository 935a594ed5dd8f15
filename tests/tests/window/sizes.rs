//! The same screens with larger letters, in a small window (200 % of 1366x768) and with the spacing of WCAG 1.4.12:
//! no sideways scroll, nothing under anything, no text cut (ux.md 5.2, rows 6 and 7).

use crate::driver::{ALT, ENTER, ESCAPE, RIGHT, Window, f};
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::World;

/// Screens of one round, in the order they are passed.
const SCREENS: [&str; 14] = [
    "antrean",
    "layanan",
    "isian",
    "syarat",
    "periksa",
    "baca",
    "baca-salah",
    "persetujuan",
    "berkas",
    "bukti",
    "pengiriman",
    "cari",
    "bantuan",
    "pengaturan",
];

/// What is asked of every screen of a round.
#[derive(Clone, Copy)]
enum Asked {
    /// axe, width and covering.
    Fits,
    /// Nothing is cut when letters, words and lines stand wide apart.
    Spaced,
}

async fn ask(w: &Window, asked: Asked, round: &str, screen: &str) {
    let name = format!("{round}-{screen}");
    match asked {
        Asked::Fits => w.fits(&name).await,
        Asked::Spaced => w.spaced(&name).await,
    }
}

/// Passes every screen with one application that was handed in and one draft that is whole.
async fn round(w: &Window, asked: Asked, round: &str) {
    menu(w, "queue").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 2").await;
    ask(w, asked, round, "antrean").await;
    w.press(&f(2)).await;
    w.at("service").await;
    ask(w, asked, round, "layanan").await;
    hand_in(w, asked, round).await;
    w.press(&format!("{}halimah", f(3))).await;
    w.until("document.querySelector('[data-testid=hit]')").await;
    ask(w, asked, round, "cari").await;
    push(w, "li:has(.number:not(:empty)) [data-testid=hit]").await;
    w.until("document.querySelector('[data-testid=receipt]')").await;
    ask(w, asked, round, "berkas").await;
    push(w, "[data-testid=receipt]").await;
    w.title("Bukti terima").await;
    w.until("document.querySelector('img.paper')").await;
    ask(w, asked, round, "bukti").await;
    menu(w, "sending").await;
    w.until("document.querySelector('[data-testid=retract]')").await;
    ask(w, asked, round, "pengiriman").await;
    w.press(&f(1)).await;
    w.at("help").await;
    ask(w, asked, round, "bantuan").await;
    menu(w, "settings").await;
    w.until("document.querySelector('#printer option')").await;
    ask(w, asked, round, "pengaturan").await;
}

/// The draft from its first section to the consent, without sending it.
async fn hand_in(w: &Window, asked: Asked, round: &str) {
    menu(w, "queue").await;
    push(w, "[data-testid=filter-draft]").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 1").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.until("document.querySelector('.strip')").await;
    w.chord(ALT, "1").await;
    w.at("applicant-name").await;
    ask(w, asked, round, "isian").await;
    w.chord(ALT, "3").await;
    w.title("Syarat").await;
    ask(w, asked, round, "syarat").await;
    w.press(&f(8)).await;
    w.title("Periksa isian").await;
    ask(w, asked, round, "periksa").await;
    w.press(&f(8)).await;
    w.until("document.querySelector('[data-testid=read-back-wrong]')").await;
    ask(w, asked, round, "baca").await;
    push(w, "[data-testid=read-back-wrong]").await;
    w.until("document.activeElement.dataset.testid === 'wrong-fact'").await;
    ask(w, asked, round, "baca-salah").await;
    w.press(ESCAPE).await;
    w.until("document.querySelector('[data-testid=read-back-wrong]')").await;
    w.press(ESCAPE).await;
    push(w, "[data-testid=spoken]").await;
    w.title("Persetujuan").await;
    ask(w, asked, round, "persetujuan").await;
}

fn names(rounds: &[&str]) -> Vec<String> {
    let named = rounds.iter().flat_map(|r| SCREENS.iter().map(move |s| format!("{r}-{s}")));
    named.chain(["masuk".to_owned()]).collect()
}

async fn begun() -> (World, Window) {
    let world = World::new().await;
    world.drafted("01-ktp-damaged.json", &[("ktp_damaged", "ktp.jpg")]);
    let w = signed_in(&world).await;
    (world, w)
}

#[tokio::test]
async fn every_size_of_letters_fits_the_window() {
    let (_world, w) = begun().await;
    for size in ["115", "130", "150"] {
        menu(&w, "settings").await;
        w.tab_to("[name=size]:checked", 60).await;
        w.press(RIGHT).await;
        w.until(&format!("document.documentElement.dataset.size === '{size}'")).await;
        w.shows("Sudah diubah").await;
        round(&w, Asked::Fits, size).await;
    }
    w.saw(&names(&["115", "130", "150"]));
    w.close().await;
}

#[tokio::test]
async fn at_200_percent_nothing_scrolls_sideways_or_covers_anything() {
    let (_world, w) = begun().await;
    w.resize(683, 384).await;
    round(&w, Asked::Fits, "200").await;
    w.saw(&names(&["200"]));
    w.close().await;
}

#[tokio::test]
async fn letters_words_and_lines_that_stand_wide_apart_are_not_cut() {
    let (_world, w) = begun().await;
    round(&w, Asked::Spaced, "jarak").await;
    w.saw(&names(&["jarak"]));
    w.close().await;
}
