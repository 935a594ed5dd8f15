//! Goal: the document of SIAK lies with its application and shows what its signatures say; an official's own signature comes
//! from BSrE's service by its documented contract, is kept before it is told and never asked twice unseen; what the official
//! typed is in no file and no log. And the papers the district seals hold no NIK.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::District;
use jukung_district::delivery::pack::Wanted;
use jukung_district::second::routes::Change;
use jukung_district::signature::bsre::{Bsre, Config};
use jukung_district::signature::look::Verdict;
use jukung_domain::event::{Body, Issued};
use jukung_paper::layout::{Face, PaperSize};
use jukung_paper::sheet::Sheet;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

const NIK: &str = "6305040102709902";
const SECRET: &str = "sasirangan-Rahasia-88";

/// A page as SIAK might give it, which looks like nothing official.
fn page(words: &str) -> Vec<u8> {
    let mut sheet = Sheet::new("Contoh", PaperSize::A5);
    sheet.text(Face::Regular, 13.0, words);
    jukung_paper::to_pdf(&sheet.finish(|_, _| None)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A service that follows the documented contract, with the seal of a district of its own as the official's certificate.
struct Service {
    district: District,
    calls: AtomicU64,
    /// 0: as documented; 1: signs, and its answer is lost; 2: gives back a file that was changed.
    mood: AtomicU64,
}

async fn answered(service: Arc<Service>, headers: HeaderMap, road: &'static str, body: Value) -> (StatusCode, String) {
    let basic = format!("Basic {}", STANDARD.encode("aplikasi:kunci"));
    if headers.get("authorization").and_then(|v| v.to_str().ok()) != Some(&basic) {
        return (StatusCode::UNAUTHORIZED, String::new());
    }
    if road == "verify" {
        assert!(body["file"].is_string());
        return (StatusCode::OK, json!({"conclusion": "VALID_SIGNATURE", "signatureCount": 1}).to_string());
    }
    let refuse = |code: i64, error: &str| {
        (StatusCode::BAD_REQUEST, json!({"error": error, "status_code": code, "time": 3}).to_string())
    };
    match road {
        "seal" if body["idSubscriber"] != "dinas" || body["totp"] != "123456" => return refuse(2090, "TOTP salah"),
        "sign" if body["nik"] != NIK => return refuse(2011, "User tidak terdaftar"),
        "sign" if body["passphrase"] != SECRET => return refuse(2031, "Passphrase anda salah"),
        _ => {}
    }
    assert_eq!(body["signatureProperties"][0]["tampilan"], "INVISIBLE");
    assert!(!body["signatureProperties"][0]["reason"].as_str().unwrap().contains(|c: char| c.is_ascii_digit()));
    service.calls.fetch_add(1, Ordering::Relaxed);
    let pdf = STANDARD.decode(body["file"][0].as_str().unwrap()).unwrap();
    let mut signed = service.district.seal_with(None, &pdf, "TTE").await.unwrap().pdf;
    match service.mood.load(Ordering::Relaxed) {
        1 => return (StatusCode::GATEWAY_TIMEOUT, "upstream".into()),
        2 => signed = changed(&signed),
        _ => {}
    }
    (StatusCode::OK, json!({"time": 1234, "file": [STANDARD.encode(signed)]}).to_string())
}

fn service(folder: &Path) -> (Arc<Service>, String) {
    let district = District::open(folder, None, shared()).unwrap();
    let service = Arc::new(Service { district, calls: AtomicU64::new(0), mood: AtomicU64::new(0) });
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut router = axum::Router::new();
    for (road, path) in [("sign", "/api/v2/sign/pdf"), ("seal", "/api/v2/seal/pdf"), ("verify", "/api/v2/verify/pdf")] {
        let service = service.clone();
        let answer = move |headers: HeaderMap, body: axum::Json<Value>| answered(service, headers, road, body.0);
        router = router.route(path, axum::routing::post(answer));
    }
    std::thread::spawn(move || {
        runtime().block_on(async move {
            socket.set_nonblocking(true).unwrap();
            axum::serve(tokio::net::TcpListener::from_std(socket).unwrap(), router).await.unwrap();
        });
    });
    (service, format!("http://{address}"))
}

/// An officer of this role who is signed in.
fn cookie(world: &World, name: &str, role: &str) -> String {
    world.district.set_officer(name, PASSPHRASE).unwrap();
    world.district.set_roles(name, &[role.into()]).unwrap();
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).unwrap())
}

struct Desk<'a> {
    world: &'a World,
    cookie: String,
    app: String,
}

impl Desk<'_> {
    fn call(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request =
            Request::builder().method(method).uri(format!("/officer/api{path}")).header("cookie", &self.cookie);
        let (status, _, body) =
            self.world.http(request.header("content-type", "application/json").body(HttpBody::from(body)).unwrap());
        (status, body)
    }

    fn told(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let (status, body) = self.call(method, path, body.to_string().into_bytes());
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status < 300 { Ok(said) } else { Err(said["code"].as_str().unwrap_or_default().to_owned()) }
    }

    fn attach(&self, pdf: &[u8]) -> Result<Value, String> {
        let (status, body) = self.call("POST", &format!("/applications/{}/issued", self.app), pdf.to_vec());
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status < 300 {
            Ok(said["issued"][0].clone())
        } else {
            Err(said["code"].as_str().unwrap_or_default().to_owned())
        }
    }

    fn sign(&self, sha256: &str, how: Value) -> Result<Value, String> {
        let path = format!("/applications/{}/issued/{sha256}/sign", self.app);
        self.told("POST", &path, &how).map(|detail| detail["issued"][0].clone())
    }

    fn hold(&self, nik: &str, passphrase: &str) -> Result<Value, String> {
        self.told("PUT", "/signing", &json!({"nik": nik, "passphrase": passphrase}))
    }
}

/// The words of a document's signatures, together.
fn words(one: &Value) -> String {
    one["told"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

/// Everything that is logged, down to the libraries' own words.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What the whole program logs, also on the threads where work is done.
fn logged() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let begun = || {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt().with_env_filter("trace").with_writer(move || writer.clone()).init();
        log
    };
    LOG.get_or_init(begun).clone()
}

fn everything(folder: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            everything(&entry.path(), into)
        } else {
            into.extend(std::fs::read(entry.path()).unwrap())
        }
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

/// The file with another year in it: it is read as before, and is not what was signed.
fn changed(pdf: &[u8]) -> Vec<u8> {
    let mut out = pdf.to_vec();
    let at = out.windows(7).rposition(|w| w == b"(D:2026").unwrap();
    out[at + 6] = b'5';
    out
}

fn with_update(pdf: &[u8]) -> Vec<u8> {
    let before = lopdf::Document::load_mem(pdf).unwrap();
    let page = *before.get_pages().get(&1).unwrap();
    let mut update = lopdf::IncrementalDocument::create_from(pdf.to_vec(), before);
    update.opt_clone_object_to_new_document(page).unwrap();
    update.new_document.get_dictionary_mut(page).unwrap().set("Rotate", 180);
    let mut out = Vec::new();
    update.save_to(&mut out).unwrap();
    out
}

fn text(folder: &Path, pdf: &[u8]) -> String {
    std::fs::write(folder.join("read.pdf"), pdf).unwrap();
    let said = Command::new("pdftotext").args(["-layout", "read.pdf", "-"]).current_dir(folder).output().unwrap();
    String::from_utf8(said.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attached(desk: &Desk<'_>, theirs: &Service) {
    let draft = page("Dokumen contoh");
    assert_eq!(desk.attach(&draft).unwrap_err(), "not_allowed", "not before it is approved");
    for body in [Body::Taken, Body::Approved] {
        desk.world.district.decide(&desk.app, "Budi", &body).unwrap();
    }
    let one = desk.attach(&draft).unwrap();
    assert_eq!(one["verdict"], "unsigned");
    let signed = runtime().block_on(theirs.district.seal_with(None, &page("Dokumen lain"), "TTE")).unwrap().pdf;
    let one = desk.attach(&signed).unwrap();
    assert_eq!(one["verdict"], "intact");
    let said = words(&one);
    assert!(said.contains("utuh dan mencakup seluruh dokumen") && said.contains("Segel Sistem Jukung"), "{said}");
    assert!(said.contains("Belum dicocokkan dengan sertifikat induk BSrE"), "{said}");
    assert!(said.contains("Menurut layanan BSrE: VALID_SIGNATURE"), "{said}");
    let appended = desk.attach(&with_update(&signed)).unwrap();
    assert_eq!(appended["verdict"], "appended");
    assert!(words(&appended).contains("PERIKSA: ada yang ditambahkan"), "{appended}");
    assert_eq!(desk.attach(&changed(&signed)).unwrap_err(), "pdf_changed");
    assert_eq!(desk.attach(b"MZ").unwrap_err(), "pdf_unreadable");
    assert_eq!(desk.attach(b"%PDF-1.4 /OpenAction").unwrap_err(), "pdf_active");
    let sha256 = one["sha256"].as_str().unwrap();
    assert_eq!(desk.call("GET", &format!("/applications/{}/issued/{sha256}", desk.app), Vec::new()).1, signed);
    let story = desk.told("GET", &format!("/applications/{}", desk.app), &Value::Null).unwrap()["history"].to_string();
    assert!(story.contains("Dokumen terbit dilampirkan. Tanda tangan elektronik utuh"), "{story}");
    // Whoever proposed to issue it where two officers are needed saw other documents than there are now.
    let rule = |steps: &[&str]| {
        let seen = desk.world.district.second_rule().unwrap().seen;
        let steps = steps.iter().map(|step| (*step).to_owned()).collect();
        desk.world.district.change_second_rule("Kepala", &Change { steps, seen }).unwrap();
    };
    rule(&["issue"]);
    desk.world.district.decide(&desk.app, "Budi", &Body::Issued(Issued::default())).unwrap();
    let proposed = || desk.world.district.detail(&desk.app).unwrap().proposed.is_some();
    assert!(proposed());
    desk.attach(&page("Dokumen yang lain lagi")).unwrap();
    assert!(!proposed(), "another document lies there now");
    rule(&[]);
}

fn signs(desk: &Desk<'_>, theirs: &Service) {
    let draft = desk.attach(&page("Dokumen contoh")).unwrap()["sha256"].as_str().unwrap().to_owned();
    let official = || json!({"by": "official"});
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_closed");
    assert_eq!(desk.hold("123", SECRET).unwrap_err(), "signing_incomplete");
    desk.hold(NIK, "salah").unwrap();
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_passphrase");
    assert_eq!(
        desk.sign(&draft, official()).unwrap_err(),
        "signing_closed",
        "a wrong one is not tried again by itself"
    );
    desk.hold("6305040102709903", SECRET).unwrap();
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_person");
    desk.hold(NIK, SECRET).unwrap();
    let one = desk.sign(&draft, official()).unwrap();
    assert_eq!((one["verdict"].as_str(), theirs.calls.load(Ordering::Relaxed)), (Some("intact"), 1), "{one}");
    // The answer is lost: it is not asked again by itself, only when the officer looked and says so.
    theirs.mood.store(1, Ordering::Relaxed);
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_unsure");
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_unsure");
    assert_eq!(theirs.calls.load(Ordering::Relaxed), 2, "the second try did not reach the service");
    let unsure = desk.told("GET", &format!("/applications/{}", desk.app), &Value::Null).unwrap();
    let unsure = unsure["issued"].as_array().unwrap().iter().filter(|one| one["unsure"] == true).count();
    assert_eq!(unsure, 1);
    theirs.mood.store(0, Ordering::Relaxed);
    assert_eq!(desk.sign(&draft, json!({"by": "official", "again": true})).unwrap()["verdict"], "intact");
    // What comes back is looked at: one that does not hold is kept, and told as what it is.
    theirs.mood.store(2, Ordering::Relaxed);
    let bad = desk.sign(&draft, json!({"by": "agency", "totp": "123456"})).unwrap_err();
    assert_eq!(bad, "signing_bad");
    theirs.mood.store(0, Ordering::Relaxed);
    assert_eq!(desk.sign(&draft, json!({"by": "agency", "totp": "1"})).unwrap_err(), "signing_refused");
    desk.told("DELETE", "/signing", &Value::Null).unwrap();
    assert_eq!(desk.sign(&draft, official()).unwrap_err(), "signing_closed");
}

both_engines! {
    fn the_document_of_siak_shows_its_signatures_and_an_official_signs_it_once(world: &World) {
        let log = logged();
        let folder = tempfile::tempdir().unwrap();
        let (theirs, base) = service(folder.path());
        let (user, password) = ("aplikasi".to_owned(), zeroize::Zeroizing::new("kunci".to_owned()));
        let config = Config { base, user, password, subscriber: "dinas".into() };
        assert!(world.district.bsre.set(Arc::new(Bsre::new(config).unwrap())).is_ok());
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (raw, app) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[raw]);
        let desk = Desk { world, cookie: cookie(world, "Kepala", "head"), app: app.clone() };
        attached(&desk, &theirs);
        let (raw, app) = counter.create(2, "Rusli Contoh", None);
        counter.sync(world, &[raw]);
        for body in [Body::Taken, Body::Approved] {
            world.district.decide(&app, "Budi", &body).unwrap();
        }
        let desk = Desk { app, ..desk };
        signs(&desk, &theirs);
        let bad = world.district.detail(&desk.app).unwrap().issued.into_iter().filter(|one| one.verdict == Verdict::Changed);
        assert_eq!(bad.count(), 1, "what the service gave back is kept, whatever it is");
        let verifier = Desk { cookie: cookie(world, "Rina", "verifier"), ..desk };
        assert_eq!(verifier.attach(&page("x")).unwrap_err(), "not_permitted");
        // Everything on the disk (all of it with SQLite) and every line that was logged.
        let mut bytes = log.0.lock().unwrap().clone();
        assert!(bytes.len() > 1_000, "something was logged");
        everything(world.folder.path(), &mut bytes);
        eprintln!("{} bytes of files and log hold neither NIK nor passphrase of the official", bytes.len());
        assert!(!has(&bytes, SECRET) && !has(&bytes, NIK) && has(&bytes, "district"));
    }
}

#[test]
fn the_sealed_papers_say_what_they_are_and_hold_no_nik() {
    let world = World::open(Engine::Sqlite, shared()).unwrap();
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let (raw, app) = counter.create(1, "Halimah Contoh", Some(b"scan"));
    counter.sync(&world, &[raw]);
    for body in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        world.district.decide(&app, "Budi", &body).unwrap();
    }
    let number = world.district.detail(&app).unwrap().row.number;
    let wanted =
        Wanted { way: "village".into(), place: OFFICE.into(), carrier: String::new(), cod: 0, apps: vec![app.clone()] };
    let run = world.district.make_run("Kurir", &wanted).unwrap().row.id;
    let desk = Desk { world: &world, cookie: cookie(&world, "Kepala", "head"), app: app.clone() };
    let mut made = Vec::new();
    for (road, title) in [
        (format!("/applications/{app}/papers/status.pdf"), "SURAT KETERANGAN STATUS"),
        (format!("/applications/{app}/papers/receipt.pdf"), "SALINAN BUKTI TERIMA"),
        (format!("/runs/{run}/items/{app}/slip.pdf"), "SURAT PENGANTAR DOKUMEN"),
    ] {
        let (status, pdf) = desk.call("GET", &road, Vec::new());
        assert_eq!(status, 200, "{road}");
        made.push((title, pdf, "Halimah Contoh"));
    }
    let seen = world.district.seen(
        &number,
        &jukung_district::family::status::Proof::Typed("1948".into()),
        "a",
        1_795_399_300_000,
    );
    let link = seen.unwrap().link.0;
    let ask = |link: &str| {
        world.http(Request::builder().uri(format!("/cek/{link}/surat.pdf")).body(HttpBody::empty()).unwrap())
    };
    let (status, _, letter) = ask(&link);
    assert_eq!(status, 200);
    made.push(("SURAT KETERANGAN STATUS", letter, "H••• C•••"));
    assert_eq!(ask(&link.replace('.', ".9")).0, 404, "a link that was made up");
    for (n, (title, pdf, name)) in made.into_iter().enumerate() {
        // JUKUNG_PAPERS=DIR keeps them, to be looked at.
        if let Some(folder) = std::env::var_os("JUKUNG_PAPERS") {
            std::fs::write(Path::new(&folder).join(format!("sealed-{n}.pdf")), &pdf).unwrap();
        }
        let seen = world.district.signatures_of(&pdf).unwrap();
        assert!(seen.is_whole(), "{title}: {seen:?}");
        let said = text(world.folder.path(), &pdf);
        for part in [title, name, &number, "bukan tanda tangan pejabat", "bukan dokumen kependudukan"] {
            assert!(said.contains(part), "{title} lacks {part}: {said}");
        }
        assert!(!said.contains("6305044107489901") && !said.contains("9901"), "{said}");
        let pages = Command::new("pdfinfo").arg("read.pdf").current_dir(world.folder.path()).output().unwrap();
        assert!(String::from_utf8_lossy(&pages.stdout).contains("Pages:           1"), "{title} is one page");
    }
}
