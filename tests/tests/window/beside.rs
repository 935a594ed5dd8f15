//! Goal: what stands beside the counter is used when it is there. On a second monitor the resident reads what is read back,
//! and nothing once the counter is locked; a voice reads it aloud; a stick takes a backup.

use crate::driver::{CTRL, ENTER, Window, f};
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use jukung_tests::served::Ends;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// One wide screen: the officer's part, and to the right of it the resident's. Xvfb has no second monitor to tell of.
const SCREEN: [&str; 3] = ["-screen", "0", "2390x768x24"];
const RESIDENTS: &str = "1024x768+1366+0";
/// Any change shows well before this, also on a loaded machine.
const WAIT: Duration = Duration::from_secs(20);

/// A display for both, and its name.
fn wide_display() -> (Ends, String) {
    let server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-nolisten", "tcp"])
        .args(SCREEN)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Ends(server.expect("Xvfb is missing: apt install xvfb"));
    let mut number = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut number).unwrap();
    (server, format!(":{}", number.trim()))
}

/// What stands on the resident's monitor, as one value to compare; a picture of it where pictures are wanted.
fn residents(display: &str, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.png");
    let taken = Command::new("import")
        .args(["-display", display, "-window", "root", "-crop", RESIDENTS, "+repage"])
        .arg(&picture)
        .status();
    assert!(taken.expect("import is missing: apt install imagemagick").success());
    if let Ok(kept) = std::env::var("JUKUNG_SCREENS") {
        std::fs::copy(&picture, Path::new(&kept).join(format!("{name}.png"))).unwrap();
    }
    let told = Command::new("identify").args(["-format", "%#"]).arg(&picture).output().unwrap();
    String::from_utf8(told.stdout).unwrap()
}

/// How many colours stand at the left edge of the resident's monitor, where a long page has words and a short one none.
fn colours(display: &str) -> String {
    let edge = ["-display", display, "-window", "root", "-crop", "200x768+1366+0", "+repage", "-format", "%k", "info:"];
    let told = Command::new("import").args(edge).output().expect("import is missing: apt install imagemagick");
    String::from_utf8(told.stdout).unwrap()
}

/// Asks again until `holds`: a bound on the whole, no guess at how long anything takes.
async fn until<T, F: Future<Output = T>>(what: &str, mut ask: impl FnMut() -> F, holds: impl Fn(&T) -> bool) -> T {
    let asked = async {
        loop {
            let told = ask().await;
            if holds(&told) {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WAIT, asked).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A voice that writes down what it is told.
fn voice(tools: &Path) -> std::path::PathBuf {
    let (file, heard) = (tools.join("espeak-ng"), tools.join("heard"));
    let said = heard.display();
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in --voices=id) echo ' 5  id  --/M Indonesian id';; *) cat >'{said}.half' && mv '{said}.half' '{said}';; esac\n"
    );
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_a_voice_and_a_second_monitor_are_used_when_they_are_there() {
    let world = World::new().await;
    world.drafted("01-ktp-damaged.json", &[("ktp_damaged", "ktp.jpg")]);
    let heard = voice(world.tools());
    let (_server, display) = wide_display();
    let w = Window::open_beside(&display, RESIDENTS, &world.data, world.tools()).await;
    w.until("document.querySelector('#passphrase')").await;
    w.tab_to("#passphrase", 3).await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.title("Antrean").await;
    let stick = world.tools().join("stick");
    menu(&w, "settings").await;
    w.until("document.querySelector('[data-testid=try-voice]')").await;
    w.js("document.querySelector('#backup-folder').focus()").await;
    w.press(&stick.display().to_string()).await;
    push(&w, "[data-testid=back-up]").await;
    w.shows("Cadangan diperbarui dan dibaca ulang").await;
    assert!(stick.join("jukung-cadangan/office.json").exists(), "what a spare computer takes over from");
    w.look("pengaturan-cadangan").await;
    menu(&w, "queue").await;
    let see = |name: &'static str| {
        let display = display.clone();
        move || std::future::ready(residents(&display, name))
    };
    let before = residents(&display, "layar-kedua-kosong");
    push(&w, "[data-testid=filter-draft]").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 1").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.until("document.querySelector('.strip')").await;
    w.press(&f(8)).await;
    w.title("Periksa isian").await;
    w.press(&f(8)).await;
    w.until("document.querySelector('[data-testid=second]')").await;
    w.look("layar-warga-dua").await;
    let first = until("the first page", see("layar-kedua"), |now| *now != before).await;
    w.press("d").await;
    let said = until("the voice", || std::future::ready(std::fs::read_to_string(&heard)), Result::is_ok).await.unwrap();
    assert!(said.contains("halimah contoh") && !said.contains("6305044107489901"), "{said}");
    w.until("document.activeElement.dataset.testid === 'read-back-yes'").await;
    w.press(ENTER).await;
    let second = until("the second page", see("layar-kedua-berikut"), |now| *now != first && *now != before).await;
    // Whoever locks leaves nothing of anybody on the other monitor.
    w.chord(CTRL, "l").await;
    w.until("document.querySelector('#passphrase')").await;
    until("a word of patience", see("layar-kedua-tunggu"), |now| *now != second && *now != first).await;
    let edge = || std::future::ready(colours(&display));
    until("an edge without a trace of the page before", edge, |colours| colours == "1").await;
    w.saw(&["layar-warga-dua", "pengaturan-cadangan"]);
    w.close().await;
}
