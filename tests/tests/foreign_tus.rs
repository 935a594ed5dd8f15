//! Goal: a tus client that we did not write delivers a scan to the district, in pieces with checksums, and goes on where it was
//! cut. JUKUNG_PYTHON is a Python that has tuspy 1.1.0 (`./test` makes it); without it this says that it is skipped.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, sha256, shared};
use std::path::Path;
use std::process::Command;

/// A photo of 150 KB that is like no other.
fn photo() -> Vec<u8> {
    (0..150_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8).collect()
}

#[test]
fn a_client_of_others_delivers_a_scan_and_goes_on_after_a_cut() {
    let Ok(python) = std::env::var("JUKUNG_PYTHON") else {
        assert!(std::env::var("CI").is_err(), "JUKUNG_PYTHON is not set; ./test sets it");
        eprintln!("skipped: JUKUNG_PYTHON is not set (a Python with tuspy 1.1.0)");
        return;
    };
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite is always here");
    let scan = photo();
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let (create, application) = counter.create(1, "Halimah Contoh", Some(&scan));
    counter.sync(&world, &[create]);
    let token = counter.send(&world, &[], &[]).expect("a token").0.token;
    let file = world.folder.path().join("photo.jpg");
    std::fs::write(&file, &scan).expect("written");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}/v1/blobs", listener.local_addr().expect("address"));
    let router = jukung_district::http::router(world.district.clone());
    runtime.spawn(async move { axum::serve(listener, router).await });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/tus_upload.py");
    let done = Command::new(python).arg(script).args([&url, &token]).arg(&file).arg("65536").output().expect("Python");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
    assert!(world.district.detail(&application).expect("here").scans[0].held, "{said}");
    assert_eq!(world.scan_files(), [sha256(&scan)]);
}
