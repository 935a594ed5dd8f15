//! Goal: any tus 1.0.0 client delivers a scan, a cut costs only the last unflushed bytes, and nothing wrong is ever kept.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use district_world::{Counter, Engine, OFFICE, World, sha256, shared};
use jukung_district::http;
use sha1::{Digest, Sha1};
use tower::ServiceExt;

const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");
const FLUSHED: usize = jukung_district::partial::FLUSHED_BYTES;

/// A photo of 150 KB that is like no other.
fn photo() -> Vec<u8> {
    (0..150_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// A counter with one application that names `scan`, and a token to send it with.
struct Sender<'a> {
    world: &'a World,
    token: String,
    url: String,
    application: String,
}

impl<'a> Sender<'a> {
    fn of(world: &'a World, office: &str, seed: u8, scan: &[u8]) -> Sender<'a> {
        let mut counter = Counter::enrol(world, office, seed);
        let (create, application) = counter.create(1, "Halimah Contoh", Some(scan));
        counter.sync(world, &[create]);
        let token = counter.send(world, &[], &[]).expect("a token").0.token;
        Sender { world, token, url: format!("/v1/blobs/{}", sha256(scan)), application }
    }

    fn call(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> (StatusCode, HeaderMap) {
        let bearer = format!("Bearer {}", self.token);
        let mut request = Request::builder().method(method).uri(url);
        let usual = [("tus-resumable", "1.0.0"), ("authorization", bearer.as_str())];
        let usual = usual.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        for (name, value) in usual.chain(headers) {
            request = request.header(*name, *value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        let request = request.body(HttpBody::from(body.to_vec())).expect("request");
        let answer = runtime.block_on(http::router(self.world.district.clone()).oneshot(request)).expect("an answer");
        assert_eq!(answer.headers()["tus-resumable"], "1.0.0", "{method} {url}: on every answer");
        (answer.status(), answer.headers().clone())
    }

    fn create(&self, length: usize, first: &[u8]) -> (StatusCode, HeaderMap) {
        let (length, metadata) = (length.to_string(), self.metadata());
        let mut headers = vec![("upload-length", length.as_str()), ("upload-metadata", metadata.as_str())];
        if !first.is_empty() {
            headers.push(PIECE);
        }
        self.call("POST", "/v1/blobs", &headers, first)
    }

    fn metadata(&self) -> String {
        format!("filename Zm90bw==,sha256 {}", STANDARD.encode(&self.url["/v1/blobs/".len()..]))
    }

    fn patch(&self, offset: usize, bytes: &[u8], checksum: Option<&str>) -> (StatusCode, HeaderMap) {
        let offset = offset.to_string();
        let mut headers = vec![PIECE, ("upload-offset", offset.as_str())];
        headers.extend(checksum.map(|c| ("upload-checksum", c)));
        self.call("PATCH", &self.url, &headers, bytes)
    }

    fn offset(&self) -> Option<usize> {
        let (status, headers) = self.call("HEAD", &self.url, &[], &[]);
        (status == StatusCode::OK).then(|| number(&headers, "upload-offset"))
    }

    fn held(&self) -> bool {
        self.world.district.detail(&self.application).expect("here").scans[0].held
    }
}

fn number(headers: &HeaderMap, name: &str) -> usize {
    headers[name].to_str().expect("text").parse().expect("a number")
}

both_engines! {
    fn a_scan_sent_in_pieces_arrives_whole(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        assert_eq!(sender.offset(), None, "not begun");
        let (status, headers) = sender.create(scan.len(), &[]);
        assert_eq!((status.as_u16(), headers["location"].to_str().ok()), (201, Some(sender.url.as_str())));
        assert!(headers["upload-expires"].to_str().is_ok_and(|t| t.ends_with(" GMT")));
        assert_eq!(sender.patch(0, &scan[..70_000], None).0, 204);
        assert_eq!(sender.offset(), Some(70_000));
        assert_eq!(sender.create(scan.len(), &[]).1["upload-offset"], "70000", "begun twice is the same upload");
        assert!(!sender.held());
        let (status, headers) = sender.patch(70_000, &scan[70_000..], None);
        assert_eq!((status.as_u16(), number(&headers, "upload-offset")), (204, scan.len()));
        assert!(sender.held());
        assert_eq!(world.scan_files(), [sha256(&scan)], "one file, under its content");
        assert_eq!(sender.offset(), Some(scan.len()), "asked again, it is whole");
        assert_eq!(sender.patch(scan.len(), &[], None).0, 204, "a lost answer may be asked for again");
    }

    fn a_small_scan_needs_one_call(world: &World) {
        let scan = b"\xff\xd8\xff small";
        let sender = Sender::of(world, OFFICE, 1, scan);
        let (status, headers) = sender.create(scan.len(), scan);
        assert_eq!((status.as_u16(), number(&headers, "upload-offset")), (201, scan.len()));
        assert!(sender.held());
    }

    fn another_offset_is_refused_and_the_right_one_told_by_head(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        sender.create(scan.len(), &scan[..1_000]);
        for wrong in [0, 999, 1_001] {
            assert_eq!(sender.patch(wrong, &scan[1_000..], None).0, 409, "{wrong}");
        }
        assert_eq!(sender.offset(), Some(1_000), "nothing was added");
    }

    fn bytes_that_are_not_the_named_ones_are_never_kept(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        let mut other = scan.clone();
        other[77_777] ^= 1;
        sender.create(scan.len(), &[]);
        assert_eq!(sender.patch(0, &other, None).0.as_u16(), 460);
        assert!(!sender.held() && world.scan_files().is_empty());
        assert_eq!(sender.offset(), None, "it begins again");
        assert_eq!(sender.create(scan.len(), &scan).0, 201);
        assert!(sender.held());
    }

    fn a_piece_that_breaks_its_checksum_does_not_count(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        sender.create(scan.len(), &scan[..5_000]);
        let right = format!("sha1 {}", STANDARD.encode(Sha1::digest(&scan[5_000..90_000])));
        assert_eq!(sender.patch(5_000, &scan[5_001..90_001], Some(&right)).0.as_u16(), 460);
        assert_eq!(sender.offset(), Some(5_000));
        assert_eq!(sender.patch(5_000, &scan[5_000..90_000], Some(&right)).0, 204);
        let rest = format!("sha256 {}", STANDARD.encode(hex::decode(sha256(&scan[90_000..])).expect("hex")));
        assert_eq!(sender.patch(90_000, &scan[90_000..], Some(&rest)).0, 204);
        assert!(sender.held());
        assert_eq!(sender.patch(0, b"", Some("md5 AA==")).0, 400, "an unknown checksum");
    }

    fn what_was_flushed_before_a_cut_counts_and_the_newest_request_wins(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        sender.create(scan.len(), &[]);
        let upload = world.district.upload(&sender.token, &sha256(&scan)).expect("the upload");
        let mut cut = world.district.take_turn(upload.clone(), 0, None).expect("a turn");
        world.district.append(&mut cut, &scan[..FLUSHED]).expect("the first bytes");
        assert_eq!(sender.offset(), Some(FLUSHED), "asked while the old connection hangs");
        let late = world.district.append(&mut cut, &scan[FLUSHED..2 * FLUSHED]).expect_err("too late");
        assert_eq!(late.code, "upload_overtaken");
        assert_eq!(sender.patch(FLUSHED, &scan[FLUSHED..], None).0, 204);
        drop(cut);
        assert!(sender.held());
    }

    fn a_scan_whose_last_call_was_cut_after_its_last_byte_is_kept_when_next_asked_for(world: &World) {
        for ask in ["POST", "HEAD"] {
            let scan = [&photo()[..], ask.as_bytes()].concat();
            let sender = Sender::of(world, OFFICE, if ask == "POST" { 1 } else { 2 }, &scan);
            sender.create(scan.len(), &[]);
            let upload = world.district.upload(&sender.token, &sha256(&scan)).expect("the upload");
            let mut cut = world.district.take_turn(upload, 0, None).expect("a turn");
            world.district.append(&mut cut, &scan).expect("every byte");
            drop(cut);
            assert!(!sender.held(), "not compared yet");
            let told = if ask == "POST" { number(&sender.create(scan.len(), &[]).1, "upload-offset") } else { sender.offset().expect("here") };
            assert_eq!((told, sender.held()), (scan.len(), true), "{ask}: who says it is whole has kept it");
        }
    }

    fn a_cut_piece_with_a_checksum_leaves_nothing_unproven(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        sender.create(scan.len(), &scan[..100]);
        let upload = world.district.upload(&sender.token, &sha256(&scan)).expect("the upload");
        let promise = jukung_district::partial::Promise::Sha1(Sha1::new(), vec![0; 20]);
        let mut cut = world.district.take_turn(upload, 100, Some(promise)).expect("a turn");
        world.district.append(&mut cut, &scan[100..9_000]).expect("some bytes");
        drop(cut);
        assert_eq!(sender.offset(), Some(100));
    }

    fn a_scan_can_be_given_up_and_one_nobody_went_on_with_is_removed(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        sender.create(scan.len(), &scan[..100]);
        assert_eq!(sender.call("DELETE", &sender.url, &[], &[]).0, 204);
        assert_eq!((sender.offset(), sender.call("DELETE", &sender.url, &[], &[]).0.as_u16()), (None, 404));
        sender.create(scan.len(), &scan[..100]);
        let part = std::fs::read_dir(world.folder.path().join("arriving")).expect("folder").next().expect("a file");
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_795_399_200 - 31 * 86_400);
        let part = std::fs::File::options().write(true).open(part.expect("a file").path()).expect("opens");
        part.set_modified(old).expect("a month ago");
        let other = Sender::of(world, OFFICE, 2, b"\xff\xd8\xff another");
        other.create(11, &[]);
        assert_eq!(sender.offset(), None);
    }

    fn only_an_office_that_names_a_scan_may_send_it_and_only_as_long_as_it_says(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        let stranger = Sender::of(world, "63.05.04.1001", 2, b"\xff\xd8\xff another");
        let (status, _) = stranger.call("HEAD", &sender.url, &[], &[]);
        assert_eq!(status, 404, "it is not told whether another office has it");
        assert_eq!(sender.create(scan.len() + 1, &[]).0, 400);
        sender.create(scan.len(), &scan[..1_000]);
        let mut long = scan[1_000..].to_vec();
        long.push(0);
        assert_eq!(sender.patch(1_000, &long, None).0, 413);
        assert!(!sender.held());
        let nobody = Sender { world, token: "guess".into(), url: sender.url.clone(), application: String::new() };
        assert_eq!(nobody.patch(0, &scan, None).0, 401);
    }

    fn what_a_client_must_know_is_told(world: &World) {
        let scan = photo();
        let sender = Sender::of(world, OFFICE, 1, &scan);
        let (status, headers) = sender.call("OPTIONS", "/v1/blobs", &[], &[]);
        assert_eq!((status.as_u16(), headers["tus-version"].to_str().ok()), (204, Some("1.0.0")));
        assert_eq!(headers["tus-extension"], "creation,creation-with-upload,checksum,expiration,termination");
        assert_eq!((headers["tus-checksum-algorithm"].to_str().ok(), number(&headers, "tus-max-size")), (Some("sha1,sha256"), 2 << 20));
        sender.create(scan.len(), &[]);
        let (status, headers) = sender.call("HEAD", &sender.url, &[("tus-resumable", "0.2.2")], &[]);
        assert_eq!((status.as_u16(), headers["tus-version"].to_str().ok()), (412, Some("1.0.0")));
        assert_eq!(sender.call("PATCH", &sender.url, &[("upload-offset", "0")], &scan).0, 415, "of what kind?");
        let behind = [PIECE, ("upload-offset", "0"), ("x-http-method-override", "PATCH")];
        assert_eq!(sender.call("POST", &sender.url, &behind, &scan).0, 204, "through a proxy that knows only POST");
        assert!(sender.held());
    }
}
