//! Goal: what the district seals is believed by other people's programs and not only by ours; whatever is changed or put behind
//! it is noticed; a time-stamp comes in where an authority answers, and a document goes out without one where none does.
//! pyHanko, the stricter judge, is asked by `./test others` (tests/python/sealed_pdf.py).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use district_world::{Engine, World};
use jukung_crypto::cms::{certificate, file};
use jukung_district::edge::Edge;
use jukung_district::signature::key::{self, import};
use jukung_district::signature::local::Authority;
use jukung_district::signature::look::{Trust, Verdict};
use jukung_district::signature::{Sealed, Time};
use jukung_paper::layout::{Face, PaperSize};
use jukung_paper::sheet::Sheet;
use lopdf::{Document, IncrementalDocument, Object};
use std::path::Path;
use std::process::Command;

/// A paper as our writer makes it, with a table of its objects, or with streams as newer programs write them.
fn papers() -> [Vec<u8>; 2] {
    let mut sheet = Sheet::new("Contoh", PaperSize::A5);
    sheet.text(Face::Regular, 13.0, "Surat Contoh");
    let table = jukung_paper::to_pdf(&sheet.finish(|_, _| None)).unwrap();
    let mut stream = Vec::new();
    Document::load_mem(&table).unwrap().save_modern(&mut stream).unwrap();
    [table, stream]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn sealed(w: &World, pdf: &[u8], authority: Option<&str>) -> Sealed {
    let authority = authority.map(|url| Authority::new(url).unwrap());
    runtime().block_on(w.district.seal_with(authority, pdf, "Surat keterangan status")).unwrap()
}

/// What pdfsig of poppler says.
fn pdfsig(folder: &Path, pdf: &[u8]) -> String {
    let path = folder.join("asked.pdf");
    std::fs::write(&path, pdf).unwrap();
    let said = Command::new("pdfsig").arg("-nocert").arg(&path).output().expect("poppler-utils is installed");
    String::from_utf8(said.stdout).unwrap()
}

/// The file with a page's words replaced behind the seal, as any program may do it.
fn with_update(pdf: &[u8]) -> Vec<u8> {
    let before = Document::load_mem(pdf).unwrap();
    let page = *before.get_pages().get(&1).unwrap();
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), before);
    update.opt_clone_object_to_new_document(page).unwrap();
    update.new_document.get_dictionary_mut(page).unwrap().set("Rotate", Object::Integer(180));
    let mut out = Vec::new();
    update.save_to(&mut out).unwrap();
    out
}

#[test]
fn what_is_sealed_is_valid_and_whole_for_pdfsig_and_for_us_and_no_change_stays_unseen() {
    let w = World::open(Engine::Sqlite, Edge::system()).unwrap();
    let (mut flips, mut seen_flips) = (0, 0);
    for pdf in papers() {
        let out = sealed(&w, &pdf, None);
        assert_eq!(out.time, Time::Own);
        assert!(out.pdf.starts_with(&pdf), "what was there stays byte for byte");
        let said = pdfsig(w.folder.path(), &out.pdf);
        assert!(said.contains("Signature is Valid.") && said.contains("Total document signed"), "{said}");
        assert!(said.contains("ETSI.CAdES.detached"), "{said}");
        let seen = w.district.signatures_of(&out.pdf).unwrap();
        assert_eq!((seen.verdict, seen.signatures[0].trust), (Verdict::Intact, Trust::Ours), "{seen:?}");
        // Something put behind it: pdfsig still says "valid", but not for the whole; we say what happened.
        let appended = with_update(&out.pdf);
        assert!(pdfsig(w.folder.path(), &appended).contains("Not total document signed"));
        assert_eq!(w.district.signatures_of(&appended).unwrap().verdict, Verdict::Appended);
        // One bit anywhere: never intact. Inside the signature a bit may mean nothing, e.g. the version of its envelope.
        let open = out.pdf.windows(11).rposition(|w| w == b"/Contents<0" || w == b"/Contents<3").unwrap();
        let close = open + out.pdf[open..].iter().position(|b| *b == b'>').unwrap();
        for at in (9..out.pdf.len()).step_by(out.pdf.len() / 150) {
            let mut changed = out.pdf.clone();
            changed[at] ^= 1;
            let seen = !w.district.signatures_of(&changed).is_ok_and(|seen| seen.is_whole());
            flips += 1;
            seen_flips += usize::from(seen);
            assert!(seen || (open + 10..close).contains(&at), "a change at {at} stayed unseen");
        }
        assert_eq!(w.district.signatures_of(&pdf).unwrap().verdict, Verdict::Unsigned);
        let again = runtime().block_on(w.district.seal_with(None, &out.pdf, "")).unwrap_err();
        assert_eq!(again.code, "pdf_has_form", "the first seal stays the only one");
    }
    println!("PDF: {seen_flips} of {flips} changes seen");
    assert!(seen_flips + 3 >= flips, "{seen_flips} of {flips}");
}

/// `openssl ts`, an authority that others wrote, answering over HTTP.
fn authority(folder: &Path) -> String {
    let run = |arguments: &str| {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
    };
    std::fs::write(folder.join("tsa.cnf"), include_str!("seal/tsa.cnf")).unwrap();
    std::fs::write(folder.join("serial"), "01\n").unwrap();
    run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9000 -config tsa.cnf -keyout tsa.key -out tsa.pem",
    );
    let folder = folder.to_owned();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let stamp = move |query: axum::body::Bytes| async move {
        std::fs::write(folder.join("query"), &query).unwrap();
        let arguments = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query"];
        let done = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    };
    std::thread::spawn(move || {
        runtime().block_on(async move {
            socket.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(socket).unwrap();
            let garbage = || async { "no stamp" };
            let router = axum::Router::new()
                .route("/tsa", axum::routing::post(stamp))
                .route("/garbage", axum::routing::post(garbage));
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{address}")
}

#[test]
fn an_authoritys_stamp_comes_in_and_without_its_answer_the_document_goes_out_all_the_same() {
    let w = World::open(Engine::Sqlite, Edge::system()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = authority(folder.path());
    let [pdf, _] = papers();
    let stamped = sealed(&w, &pdf, Some(&format!("{url}/tsa")));
    assert_eq!(stamped.time, Time::Stamped);
    let said = pdfsig(w.folder.path(), &stamped.pdf);
    assert!(said.contains("Signature is Valid.") && said.contains("Total document signed"), "{said}");
    let seen = w.district.signatures_of(&stamped.pdf).unwrap();
    assert!(seen.is_whole() && seen.signatures[0].stamped.starts_with("20"), "{seen:?}");
    for (road, why) in [("/garbage", ""), ("/nothing", "404")] {
        let plain = sealed(&w, &pdf, Some(&format!("{url}{road}")));
        assert!(matches!(&plain.time, Time::Missing(said) if said.contains(why)), "{:?}", plain.time);
        let seen = w.district.signatures_of(&plain.pdf).unwrap();
        assert!(seen.is_whole() && seen.signatures[0].stamped.is_empty(), "{seen:?}");
        let said = pdfsig(w.folder.path(), &plain.pdf);
        assert!(said.contains("Signature is Valid.") && said.contains("Total document signed"), "{said}");
    }
    let unreachable = sealed(&w, &pdf, Some("http://127.0.0.1:9/tsa"));
    assert!(
        matches!(&unreachable.time, Time::Missing(_)) && w.district.signatures_of(&unreachable.pdf).unwrap().is_whole()
    );
}

#[test]
fn the_key_stays_the_dinas_puts_its_own_certificate_in_and_no_other_keys() {
    let w = World::open(Engine::Sqlite, Edge::system()).unwrap();
    let dir = w.folder.path();
    let made = std::fs::read(dir.join(key::FILE)).unwrap();
    let shown = w.district.seal_shown().unwrap();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].name.contains("diterbitkan sendiri"), "{shown:?}");
    let again = jukung_district::District::open(dir, None, Edge::system()).unwrap();
    assert_eq!((again.seal_shown().unwrap(), std::fs::read(dir.join(key::FILE)).unwrap()), (shown, made.clone()));
    // An authority of the test issues a certificate for the request, as a Dinas would get one.
    let ask = again.seal_request("Dinas Dukcapil Kabupaten Contoh").unwrap();
    std::fs::write(dir.join("ask.pem"), ask).unwrap();
    std::fs::write(dir.join("ca.cnf"), "[req]\ndistinguished_name=n\nx509_extensions=v\nprompt=no\n[n]\nCN=Induk Uji\n[v]\nbasicConstraints=critical,CA:true\n").unwrap();
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -days 9000 -config ca.cnf -keyout ca.key -out ca.pem",
        "x509 -req -in ask.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 9000 -out own.pem",
    ] {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let own = std::fs::read(dir.join("own.pem")).unwrap();
    let root = std::fs::read(dir.join("ca.pem")).unwrap();
    assert_eq!(import(dir, &root, None).unwrap_err().code, "seal_other_key", "a certificate of another key");
    assert_eq!(import(dir, b"nothing", None).unwrap_err().code, "seal_unreadable");
    assert_eq!(std::fs::read(dir.join(key::FILE)).unwrap(), made, "what was refused changed nothing");
    let shown = import(dir, &[own, root.clone()].concat(), None).unwrap();
    assert_eq!((shown[0].name.as_str(), shown[0].issuer.as_str()), ("Dinas Dukcapil Kabupaten Contoh", "Induk Uji"));
    let with_own = World {
        district: std::sync::Arc::new(jukung_district::District::open(dir, None, Edge::system()).unwrap()),
        folder: w.folder,
    };
    let [pdf, _] = papers();
    let out = sealed(&with_own, &pdf, None).pdf;
    let said = pdfsig(with_own.folder.path(), &out);
    assert!(said.contains("Signature is Valid.") && said.contains("Dinas Dukcapil Kabupaten Contoh"), "{said}");
    // Somebody else's district does not know that seal: told as not compared, then as one of a root, then as a stranger's.
    let other = World::open(Engine::Sqlite, Edge::system()).unwrap();
    let trust = |w: &World| w.district.signatures_of(&out).unwrap().signatures[0].trust;
    assert_eq!(trust(&other), Trust::NoRoot);
    std::fs::write(other.folder.path().join(key::ROOTS), &root).unwrap();
    assert_eq!(trust(&other), Trust::Leads);
    let stranger = file::signer(&std::fs::read(other.folder.path().join(key::FILE)).unwrap()).unwrap();
    let pem = file::write(&[], stranger.chain()).unwrap();
    let from = pem.find("-----BEGIN CERT").unwrap();
    assert_eq!(certificate::read(&pem.as_bytes()[from..]).unwrap(), stranger.chain());
    std::fs::write(other.folder.path().join(key::ROOTS), &pem[from..]).unwrap();
    assert_eq!(trust(&other), Trust::Stranger);
    std::fs::write(other.folder.path().join(key::ROOTS), "x").unwrap();
    assert_eq!(other.district.signatures_of(&out).unwrap_err().code, "roots_unreadable", "never silently without them");
}
