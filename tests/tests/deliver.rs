//! Goal: a cut while a scan is on its way costs what was on the line, never what had arrived.

mod office_world;

use jukung_domain::problem::Problem;
use jukung_office::sync::{Call, Reply, Road};
use office_world::{Cable, World, world};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Mutex;

/// Width and height, a byte each dot: several times what is sent at once, and less than that.
const LARGE: (u32, u32) = (400, 300);
const SMALL: (u32, u32) = (200, 100);

/// A road that breaks after so many bytes of a piece, once for each place named.
struct Breaking<'a> {
    road: &'a Cable,
    after: Mutex<Vec<usize>>,
    /// Method and size of each call about scans.
    seen: Mutex<Vec<(&'static str, usize)>>,
}

impl Road for Breaking<'_> {
    fn carry(&self, mut call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        let long = call.path.starts_with("/v1/blobs") && call.body.len() > 32 * 1024;
        let cut = long.then(|| self.after.lock().expect("whole").pop()).flatten();
        if call.path.starts_with("/v1/blobs") {
            self.seen.lock().expect("whole").push((call.method, call.body.len()));
        }
        if let Some(bytes) = cut {
            call.body.truncate(bytes);
        }
        Box::pin(async move {
            let reply = self.road.carry(call).await?;
            if cut.is_some() { Err(Problem::new("offline")) } else { Ok(reply) }
        })
    }
}

/// A page of one picture that no compression makes smaller.
fn paper((width, height): (u32, u32)) -> Vec<u8> {
    let bytes = width * height;
    let noise: Vec<u8> = (0..bytes).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let objects: [Vec<u8>; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<</XObject<</I 4 0 R>>>>>>".to_vec(),
        [
            format!("<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8/Length {bytes}>>stream\n").as_bytes(),
            &noise,
            b"\nendstream",
        ]
        .concat(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).as_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    out.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    out.extend(format!("trailer<</Size 5/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").as_bytes());
    out
}

fn hand_in_a_paper(w: &World, size: (u32, u32)) -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let text = std::fs::read_to_string(sample).expect("the sample").replace("ktp.jpg", "ktp.pdf");
    std::fs::write(w.folder.path().join("ktp.pdf"), paper(size)).expect("written");
    std::fs::write(w.folder.path().join("one.json"), text).expect("written");
    let done = w.office.submit_file(&w.folder.path().join("one.json")).expect("read").remove(0);
    done.result.expect("handed in").application
}

#[tokio::test]
async fn after_a_cut_only_what_had_not_arrived_is_sent_again() {
    let w = world(None).await;
    let id = hand_in_a_paper(&w, LARGE);
    let road = Breaking { road: &w.road, after: Mutex::new(vec![30_000, 50_000]), seen: Mutex::default() };
    for held in [0, 0, 1] {
        let ran = w.office.sync(&road).await;
        assert_eq!(ran.is_ok(), held == 1, "{ran:?}");
        assert_eq!(w.scans_held(&id).await, (1, held));
    }
    let seen = road.seen.lock().expect("whole").clone();
    let whole = paper(LARGE).len();
    assert_eq!(
        seen,
        [("POST", whole), ("POST", 0), ("PATCH", whole - 50_000), ("POST", 0), ("PATCH", whole - 80_000)],
        "begun with the whole of it, then asked how far it came"
    );
}

/// A proxy that hands a call on only when it has all of it, on a line that breaks within longer ones.
struct Buffering<'a> {
    road: &'a Cable,
    seen: Mutex<Vec<(&'static str, usize)>>,
}

/// The longest call that gets through before the line breaks.
const BETWEEN_CUTS: usize = 60_000;

impl Road for Buffering<'_> {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        if call.path.starts_with("/v1/blobs") {
            self.seen.lock().expect("whole").push((call.method, call.body.len()));
        }
        Box::pin(async move {
            if call.body.len() > BETWEEN_CUTS {
                return Err(Problem::new("offline"));
            }
            self.road.carry(call).await
        })
    }
}

#[tokio::test]
async fn behind_a_proxy_that_keeps_nothing_of_a_cut_call_a_paper_arrives_in_small_pieces() {
    let w = world(None).await;
    let id = hand_in_a_paper(&w, LARGE);
    let road = Buffering { road: &w.road, seen: Mutex::default() };
    assert!(w.office.sync(&road).await.is_err(), "the first cut is the probe");
    assert!(!w.office.live().small_pieces);
    w.office.sync(&road).await.expect("sent");
    assert_eq!(w.scans_held(&id).await, (1, 1));
    let seen = road.seen.lock().expect("whole").clone();
    let (small, whole) = (48 * 1024, paper(LARGE).len());
    assert_eq!(seen, [("POST", whole), ("POST", 0), ("PATCH", small), ("PATCH", small), ("PATCH", whole - 2 * small)]);
    w.office.network_returned();
    assert!(!w.office.live().small_pieces, "another network is another road");
}

#[tokio::test]
async fn two_papers_are_under_way_at_once_and_all_arrive() {
    let w = world(None).await;
    let ids: Vec<String> = (0..5).map(|n| hand_in_a_paper(&w, (400, 300 + n))).collect();
    let ran = w.office.sync(&w.road).await.expect("sent");
    assert_eq!(ran.scans, 5);
    for id in ids {
        assert_eq!(w.scans_held(&id).await, (1, 1));
    }
}

#[tokio::test]
async fn a_small_paper_goes_with_the_call_that_begins_it() {
    let w = world(None).await;
    let id = hand_in_a_paper(&w, SMALL);
    let road = Breaking { road: &w.road, after: Mutex::default(), seen: Mutex::default() };
    w.office.sync(&road).await.expect("sent");
    let seen = road.seen.lock().expect("whole").clone();
    assert!(matches!(seen[..], [("POST", bytes)] if bytes > 0), "{seen:?}");
    assert_eq!(w.scans_held(&id).await, (1, 1));
}
