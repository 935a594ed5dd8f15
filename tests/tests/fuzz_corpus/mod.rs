//! What each corpus begins with: one of each kind, whole.

use super::targets::outside::{DEVICE, DISTRICT, MEMORY_KIB, OWN, PASSPHRASE, card, device, token};
use super::targets::stick::{KNOWN, part, slip, slipped};
use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage};
use jukung_crypto::keyring::{self, Keys};
use jukung_crypto::receipt_token::{certify, to_text};
use jukung_crypto::slot::{Slot, Who};
use jukung_crypto::{sign, succession};
use jukung_district::District;
use jukung_district::edge::Edge;
use jukung_domain::bundle::{Frame, OPENING};
use jukung_domain::pack;
use jukung_paper::layout::{Face, PaperSize};
use jukung_paper::sheet::Sheet;
use jukung_tests::made_up::{HELD_OUT, Village, calls};
use lopdf::Document;
use std::io::{Cursor, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// A page of a class list.
const PAGE: &str = "xl/worksheets/sheet1.xml";

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).expect(name)
}

/// The whole inputs of a target.
pub fn first(target: &str) -> Vec<Vec<u8>> {
    match target {
        "receipt_qr" => receipts(),
        "slots" => cards(),
        "stick" => sticks(),
        "sheet" => sheets(),
        "picture" => pictures(),
        "pdf" => pdfs(),
        other => network(other),
    }
}

fn a_call(village: &mut Village) -> Vec<u8> {
    let (_, _, raw) = village.handed_in();
    calls::call(village, std::slice::from_ref(&raw), &[])
}

fn network(target: &str) -> Vec<Vec<u8>> {
    let mut v = Village::new(2_000_000, HELD_OUT);
    let (id, _, raw) = v.handed_in();
    let decided = v.decided(id);
    let told = [calls::entry(&mut v, &decided)];
    let call = calls::call(&mut v, std::slice::from_ref(&raw), &[]);
    let answer = calls::answer(&mut v, &told);
    let line = |body: &[u8], n: usize| body.split(|b| *b == b'\n').nth(n).expect("a line").to_vec();
    match target {
        "sync_body" => vec![call, calls::call(&mut v, &[], &[])],
        "header" => vec![line(&answer, 0), line(&answer, 1)],
        "frame" => vec![
            pack::pack(&call, 3, None).expect("packed"),
            pack::pack(&call, 3, Some(pack::NEWEST.id)).expect("packed"),
            pack::pack_short(&call, 3, pack::NEWEST.id).expect("packed"),
        ],
        "tus_headers" => vec![
            b"filename Zm90bw==,sha256 YWJj".to_vec(),
            b"sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=".to_vec(),
            b"18446744073709551615".to_vec(),
        ],
        "segment" => {
            let frame = |index, last| Frame { index, last, sealed: vec![7; 90] }.bytes();
            vec![[OPENING.to_vec(), frame(1, false), frame(2, true)].concat()]
        }
        other => panic!("nothing is known to begin {other} with"),
    }
}

/// An input whose first byte says what it is.
fn of(kind: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind][..], rest].concat()
}

fn receipts() -> Vec<Vec<u8>> {
    let (token, certificate) = (token().expect("token"), certify(&DISTRICT, &device()).expect("certificate"));
    // What is signed stands behind the heads of 6 bytes and is less than 256 bytes long.
    let held = |after: &[u8]| after[2..2 + usize::from(after[1])].to_vec();
    let vouched = held(&certificate[6..]);
    let within = token.windows(certificate.len()).position(|w| w == certificate).expect("carried");
    let mut claims = held(&token[within + certificate.len()..]);
    let alone = of(2, &claims);
    // Both halves are as long; what stands behind the one value of CBOR is not read.
    let half = claims.len().max(vouched.len());
    claims.resize(half, 0);
    let vouched = [vouched.clone(), vec![0; half - vouched.len()]].concat();
    let address = format!("https://dinas.contoh.example/cek#{}", to_text(&token));
    vec![of(0, address.as_bytes()), of(0, b"K7F-0417-N"), of(1, &token), alone, of(3, &[claims, vouched].concat())]
}

fn cards() -> Vec<Vec<u8>> {
    let mut keys = Keys::new(Zeroizing::new([1; 32]), Zeroizing::new(DEVICE));
    let who = |person, role, terms| Who { device: KNOWN, person, name: "Rahmah Contoh", role, generation: 1, terms };
    let make = |who: Who<'_>, keys: &Keys| {
        let mut drawn = vec![[5; 16], [6; 16], [7; 16]].into_iter();
        let mut fill = |bytes: &mut [u8]| match bytes.len() {
            // The person's own two secrets.
            32 => bytes.copy_from_slice(&OWN),
            n => bytes.copy_from_slice(&[drawn.next().unwrap_or([8; 16]), [8; 16]].concat()[..n]),
        };
        Slot::make(who, PASSPHRASE, keys, MEMORY_KIB, &mut fill).expect("made")
    };
    let officer = make(who("p1", "officer", ""), &keys);
    // Its computer has changed its key, and is about to change that of its database.
    let mut changing = make(who("p2", "supervisor", ""), &keys);
    keys.device_next = Some(Zeroizing::new([3; 32]));
    let said = succession::name(&DEVICE, KNOWN, &sign::public_key(&[3; 32]));
    let keys = keys.switched().expect("another key");
    changing.follow(&keys, &said).expect("sealed");
    changing.prepare(&keyring::rotated(&keys, Zeroizing::new([4; 32]), Zeroizing::new([3; 32]))).expect("prepared");
    let terms = r#"{"school":"SDN Contoh","letter":"1/2026","letter_day":"2026-07-01","until":"2027-06-30"}"#;
    let mut dear = make(who("p3", "helper", terms), &keys);
    dear.memory_kib = 64 * 1024;
    let json = |slots: &[&Slot]| serde_json::to_vec(&card(&serde_json::to_value(slots).expect("json"))).expect("json");
    vec![json(&[&officer]), json(&[&changing]), json(&[&dear])]
}

fn sticks() -> Vec<Vec<u8>> {
    let mut village = Village::new(2_000_000, HELD_OUT);
    let call = a_call(&mut village);
    let packed = pack::pack(&call, 3, Some(pack::NEWEST.id)).expect("packed");
    let signed = |kind: &str, item: &[u8]| slipped(&serde_json::to_vec(&slip(kind, item)).expect("json"), item);
    let mut cut = slip("sync", &packed);
    cut.of += 10;
    let cut = slipped(&serde_json::to_vec(&cut).expect("json"), &packed);
    vec![
        [part(3, 1, &signed("sync", &packed)), part(3 | 4, 2, &signed("scan", b"Contoh"))].concat(),
        [part(3, 1, &cut), part(0, 0, b"rubbish"), part(1 | 4 | 8, 2, b"for somebody else")].concat(),
        [part(2, 1, b"\0\0\0\x04slippiece"), part(3, 7, &signed("answer", b"")), part(3 | 4, 9, b"")].concat(),
    ]
}

fn sheets() -> Vec<Vec<u8>> {
    let (list, book) = (sample("class-list.csv"), sample("class-list.xlsx"));
    let mut archive = zip::ZipArchive::new(Cursor::new(&book)).expect("a sheet");
    let mut inside = |name: &str| {
        let mut content = Vec::new();
        archive.by_name(name).expect("its part").read_to_end(&mut content).expect("read");
        content
    };
    let table =
        b"service,variant,reported,consent.agreed,consent.witnesses,missing.kk,reason.applicant.nik,applicant.name\n\
        ktp,lost,2026-11-27,ya,Budi Contoh|Citra Contoh,hilang,=\"001\",Ahmad Contoh\n";
    let one = sample("05-ktp-lost.json");
    let line = serde_json::from_slice::<serde_json::Value>(&one).expect("json").to_string();
    vec![
        of(0, &list),
        of(0, &book),
        of(1, &inside(PAGE)),
        of(2, &inside("xl/styles.xml")),
        of(3, &inside("xl/workbook.xml")),
        of(4, &inside("xl/sharedStrings.xml")),
        of(5, table),
        of(6, line.as_bytes()),
        of(7, &one),
    ]
}

fn pictures() -> Vec<Vec<u8>> {
    let drawn = DynamicImage::ImageRgb8(RgbImage::from_fn(48, 32, |x, y| {
        Rgb([u8::try_from(x * 5).expect("small"), u8::try_from(y * 7).expect("small"), 90])
    }));
    let code = qrcodegen::QrCode::encode_text("K7F-0417-N", qrcodegen::QrCodeEcc::Low).expect("fits");
    let side = u32::try_from(code.size()).expect("small") * 3 + 24;
    let module = |at: u32| i32::try_from(at / 3).expect("small") - 4;
    let qr = image::GrayImage::from_fn(side, side, |x, y| {
        Luma([if code.get_module(module(x), module(y)) { 20 } else { 240 }])
    });
    let written = |picture: &DynamicImage, format| {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).expect("written");
        out.into_inner()
    };
    let kinds = [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP];
    let mut all: Vec<Vec<u8>> = kinds.into_iter().map(|kind| written(&drawn, kind)).collect();
    let photo = jukung_paper::picture::encode(&drawn).expect("jpeg");
    let mut turned = photo.clone();
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    turned.splice(2..2, [0xff, 0xe1].into_iter().chain(length).chain(exif));
    all.extend([photo, turned, written(&DynamicImage::ImageLuma8(qr), ImageFormat::Png)]);
    all
}

fn pdfs() -> Vec<Vec<u8>> {
    let mut sheet = Sheet::new("Contoh", PaperSize::A5);
    sheet.text(Face::Regular, 13.0, "Surat Contoh");
    let drawn = jukung_paper::to_pdf(&sheet.finish(|_, _| None)).expect("drawn");
    // Without its fonts: they are most of it, and nobody here looks at them.
    let mut small = Document::load_mem(&drawn).expect("our own");
    small.objects.retain(|_, object| object.as_stream().is_err());
    let (mut table, mut stream) = (Vec::new(), Vec::new());
    small.save_to(&mut table).expect("saved");
    small.save_modern(&mut stream).expect("saved");
    let folder = tempfile::tempdir().expect("folder");
    let district = District::open(folder.path(), None, Edge::system()).expect("district opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let seal = |pdf: &[u8]| runtime.block_on(district.seal_with(None, pdf, "Contoh")).expect("sealed").pdf;
    let sealed = [seal(&table), seal(&stream)];
    let signature = Document::load_mem(&sealed[0]).expect("our own").objects.values().find_map(|object| {
        let contents = object.as_dict().ok().filter(|entry| entry.has(b"ByteRange"))?.get(b"Contents").ok()?;
        contents.as_str().ok().map(<[u8]>::to_vec)
    });
    let key = std::fs::read_to_string(folder.path().join("seal.pem")).expect("its certificate");
    let certificate = key.find("-----BEGIN CERTIFICATE").map(|at| key.as_bytes()[at..].to_vec());
    [table, stream].into_iter().chain(sealed).chain(signature).chain(certificate).collect()
}
