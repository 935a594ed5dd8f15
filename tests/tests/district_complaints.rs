//! Goal: a complaint is filed once, with a number and a day for its answer, is followed by its family and answered by an
//! officer; what is about money or an officer lies sealed; on both engines.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::complaint::{Happened, Source, overdue, told_state};
use jukung_district::family::status::{NotSeen, Proof, read_link};
use jukung_domain::complaint::Complaint;
use jukung_domain::two_words;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::params;

/// 23 November 2026, 10.00 in WITA, a Monday.
const NOW: i64 = 1_795_399_200_000;
const DAY: i64 = 24 * 3_600_000;
const STORY: &str = "Sudah sebulan menunggu.";

fn story(kind: &str) -> Complaint {
    Complaint { kind: kind.into(), words: STORY.into(), ..Complaint::default() }
}

fn step(at: i64, who: &str, what: &str, words: &str) -> Happened {
    Happened { at, who: who.into(), what: what.into(), words: words.into() }
}

/// One field or file after another, as a browser sends a form.
fn form(parts: &[(&str, &[u8])]) -> Request<HttpBody> {
    let mut body = Vec::new();
    for (name, value) in parts {
        let file = if *name == "files" { "; filename=\"foto.jpg\"" } else { "" };
        body.extend(format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
        body.extend_from_slice(value);
        body.extend(b"\r\n");
    }
    body.extend(b"--X--\r\n");
    let request = Request::post("/pengaduan").header("content-type", "multipart/form-data; boundary=X");
    request.body(HttpBody::from(body)).expect("request")
}

fn page(world: &World, request: Request<HttpBody>) -> (u16, String) {
    let (status, _, body) = world.http(request);
    (status, String::from_utf8(body).expect("text"))
}

fn get(path: &str, cookie: &str) -> Request<HttpBody> {
    Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("request")
}

fn post(path: &str, media: &str, cookie: &str, body: String) -> Request<HttpBody> {
    let request = Request::post(path).header("content-type", media).header("cookie", cookie);
    request.body(HttpBody::from(body)).expect("request")
}

fn signed_in(world: &World) -> String {
    world.district.set_officer("Sari", PASSPHRASE).expect("officer");
    let body = serde_json::json!({"name": "Sari", "passphrase": PASSPHRASE}).to_string();
    let (status, cookie, _) = world.http(post("/officer/api/sign-in", "application/json", "", body));
    assert_eq!(status, 204);
    cookie.split(';').next().expect("a cookie").to_owned()
}

/// Files a complaint and gives its id, number and the end of its link.
fn filed(world: &World, kind: &str) -> (String, String, String) {
    let district = &world.district;
    let kept = district.db.write(|tx| district.complain(tx, story(kind), Source::Web, NOW)).expect("filed");
    let words = kept.id.parse().map(two_words::of).expect("id").join(" ");
    let why = district.seen(&kept.number, &Proof::Typed(words), "family", NOW).expect_err("no application");
    let NotSeen::Complaint(link) = why else { panic!("{why:?}") };
    (kept.id, kept.number, link)
}

/// The stored text of a complaint.
fn stored(world: &World, id: &str) -> String {
    let sql = "SELECT body FROM complaint WHERE id = $1";
    world.district.db.read(|tx| tx.query(sql, params![id])).expect("rows")[0].text(0).expect("text")
}

both_engines! {
    fn a_complaint_goes_from_the_form_to_the_answer_and_back(world: &World) {
        let photo = [b"\xff\xd8\xff\xe0".as_slice(), &[7; 1_000]].concat();
        let fields: [(&str, &[u8]); 5] = [("kind", b"too_slow"), ("words", STORY.as_bytes()), ("name", b"Siti <b>"), ("contact", b"0812-0000-0001"), ("files", &photo)];
        let (status, _) = page(world, form(&fields));
        assert_eq!(status, 303);
        let cookie = signed_in(world);
        let (_, list) = page(world, get("/officer/api/complaints", &cookie));
        let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
        assert_eq!((list.as_array().expect("rows").len(), list[0]["kind"].as_str(), list[0]["due"].as_str()), (1, Some("Terlalu lama"), Some("Senin, 30 November 2026")));
        let road = format!("/officer/api/complaints/{}", list[0]["id"].as_str().expect("id"));
        let (_, opened) = page(world, get(&road, &cookie));
        let opened: serde_json::Value = serde_json::from_str(&opened).expect("JSON");
        assert_eq!((opened["words"].as_str(), opened["name"].as_str()), (Some(STORY), Some("Siti <b>")));
        let file = format!("{road}/files/{}", opened["files"][0][0].as_str().expect("sha256"));
        assert_eq!(world.http(get(&file, &cookie)).2, photo, "the attachment opens for an officer");
        assert_eq!(world.http(get(&file, "")).0, 401);
        let answer = serde_json::json!({"words": "Berkas sudah selesai hari ini."}).to_string();
        assert_eq!(page(world, post(&format!("{road}/answer"), "application/json", &cookie, answer)).0, 200);
        let number = list[0]["number"].as_str().expect("number");
        let words = list[0]["id"].as_str().expect("id").parse().map(two_words::of).expect("id");
        let typed = format!("number={number}&fact={}+{}", words[0], words[1]);
        let (status, _) = page(world, post("/cek", "application/x-www-form-urlencoded", "", typed));
        assert_eq!(status, 303, "number and two words lead to the complaint's own page");
        let link = world.district.seen(number, &Proof::Typed(words.join(" ")), "b", NOW).expect_err("a complaint");
        let NotSeen::Complaint(link) = link else { panic!("{link:?}") };
        let (_, told) = page(world, get(&format!("/pengaduan/{link}"), ""));
        assert!(told.contains("Berkas sudah selesai hari ini.") && told.contains("Ya, sudah selesai"), "{told}");
        assert!(!told.contains("Siti") && !told.contains("0812"), "who holds the link learns no name: {told}");
        let settled = post(&format!("/pengaduan/{link}"), "application/x-www-form-urlencoded", "", "what=settled".into());
        assert!(page(world, settled).1.contains("Anda menyatakan selesai"));
        let again = || post(&format!("/pengaduan/{link}"), "application/x-www-form-urlencoded", "", "what=reopened&words=Belum".into());
        assert!(page(world, again()).1.contains("Dibuka lagi"));
        assert_eq!(page(world, again()).0, 409, "it is open already");
    }

    fn what_is_about_money_or_an_officer_lies_sealed(world: &World) {
        for kind in ["money", "officer"] {
            let (id, number, _) = filed(world, kind);
            let text = stored(world, &id);
            assert!(!text.contains("sebulan") && text.contains(&number) && text.contains("sealed"), "{text}");
            let opened = world.district.open_complaint(&id, "Sari").expect("opened");
            let opened = serde_json::to_value(opened).expect("JSON");
            assert_eq!(opened["words"], STORY, "the Dinas itself reads it");
        }
        let (id, _, _) = filed(world, "too_slow");
        assert!(stored(world, &id).contains("sebulan"));
    }

    fn numbers_are_the_dinas_own_and_never_doubled(world: &World) {
        let mut numbers: Vec<String> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..8).map(|_| scope.spawn(|| filed(world, "other").1)).collect();
            running.into_iter().map(|r| r.join().expect("no panic")).collect()
        });
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 8);
        world.district.new_code(OFFICE).expect("codes are still drawn");
    }

    fn the_deadline_is_the_districts_and_silence_settles(world: &World) {
        let complaint_days = [("money".to_owned(), 2)].into();
        let holidays = vec!["2026-11-24".to_owned()];
        world.district.set_settings(&DistrictSettings { complaint_days, holidays, ..DistrictSettings::default() }).expect("set");
        let district = &world.district;
        let (id, _, link) = filed(world, "money");
        let kept = || district.db.read(|tx| district.kept(tx, &id)).expect("read").expect("kept");
        assert_eq!(kept().due, "2026-11-26");
        assert!(!overdue(&kept(), NOW + 3 * DAY) && overdue(&kept(), NOW + 4 * DAY));
        let answer = step(NOW + DAY, "Sari", "answer", "Kami periksa.");
        district.db.write(|tx| district.step_complaint(tx, &id, &answer)).expect("answered");
        assert_eq!((told_state(&kept(), NOW + 11 * DAY), told_state(&kept(), NOW + 12 * DAY)), ("answered", "closed"));
        let again = step(NOW + 20 * DAY, "", "reopened", "Masih diminta.");
        assert_eq!(district.follow(&link, "x", Some(&again), NOW + 20 * DAY).expect("reopened").0.state, "reopened");
    }

    fn a_link_opens_its_own_complaint_alone(world: &World) {
        let (_, first, link) = filed(world, "other");
        let (_, second, _) = filed(world, "other");
        assert!(world.district.follow(&link, "x", None, NOW).is_ok());
        let other = link.replace(&first, &second);
        assert_eq!(world.district.follow(&other, "x", None, NOW).expect_err("refused"), NotSeen::Unknown);
        assert_eq!(world.district.follow("nonsense", "x", None, NOW).expect_err("refused"), NotSeen::Unknown);
        let (number, proof) = read_link(&link).expect("a link");
        assert!(world.district.seen(&number, &proof, "x", NOW).is_err(), "it is no application");
    }
}

#[test]
fn a_form_that_lacks_something_says_so_and_keeps_what_was_typed() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    let large = [b"\xff\xd8\xff".as_slice(), &vec![0; 2 * 1024 * 1024]].concat();
    let one: (&str, &[u8]) = ("files", b"%PDF-1.7");
    let full: [(&str, &[u8]); 2] = [("kind", b"other"), ("words", b"Cerita <script>")];
    for (more, status, told) in [
        (vec![("files", b"GIF89a".as_slice())], 400, "Hanya foto JPEG"),
        (vec![("files", large.as_slice())], 413, "Paling besar 2 MB"),
        (vec![one, one, one, one], 400, "Paling banyak 3"),
    ] {
        let (given, page) = page(&world, form(&[full.to_vec(), more].concat()));
        assert!(given == status && page.contains(told), "{given} {page}");
        assert!(page.contains("Cerita &lt;script&gt;") && !page.contains("<script"), "{page}");
    }
    assert!(page(&world, form(&[("words", b"x")])).1.contains("Pilih dulu"));
    assert!(page(&world, form(&[("kind", b"money"), ("words", b"  ")])).1.contains("Tulis dulu"));
    for n in 0..20 {
        let (status, _) = page(&world, form(&[("kind", b"other"), ("words", format!("cerita {n}").as_bytes())]));
        assert_eq!(status, 303);
    }
    assert_eq!(
        page(&world, form(&[("kind", b"other"), ("words", b"satu lagi")])).0,
        429,
        "what was refused did not count"
    );
}
