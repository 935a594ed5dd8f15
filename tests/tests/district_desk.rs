//! Goal: officers decide once, in order, each under their own name, and the counters hear it the same on both engines.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, repeated, shared};
use jukung_district::desk::Wanted;
use jukung_domain::event::{self, Body, Issued, Reason, Returned};
use jukung_domain::problem::Problem;

fn returned() -> Body {
    let note = "Mohon lengkapi alamat.".to_owned();
    Body::Returned(Returned { reason: "mismatch".into(), target: "applicant.address".into(), note })
}

fn at_once(world: &World, work: Vec<(String, &str, Body)>) -> Vec<Result<(), Problem>> {
    std::thread::scope(|scope| {
        let running: Vec<_> = work
            .iter()
            .map(|(id, officer, body)| scope.spawn(move || world.district.decide(id, officer, body)))
            .collect();
        running.into_iter().map(|r| r.join().expect("no panic")).collect()
    })
}

fn post(path: &str, cookie: &str, body: &serde_json::Value) -> Request<HttpBody> {
    let request = Request::post(format!("/officer/api{path}")).header("content-type", "application/json");
    request.header("cookie", cookie).body(HttpBody::from(body.to_string())).expect("request")
}

fn get(path: &str, cookie: &str) -> Request<HttpBody> {
    Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("request")
}

both_engines! {
    fn two_officers_deciding_at_once_give_one_decision(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        world.district.decide(&id, "Sari", &Body::Taken).expect("taken");
        let refuse = Body::Refused(Reason { reason: "bukan warga".into() });
        let results = at_once(world, vec![(id.clone(), "Sari", Body::Approved), (id.clone(), "Budi", refuse)]);
        let refused: Vec<&Problem> = results.iter().filter_map(|r| r.as_ref().err()).collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].code, "not_allowed");
        assert_eq!(counter.sync(world, &[]).1.len(), 2, "taken, and one decision");
    }

    fn officers_working_side_by_side_lose_no_decision(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let made: Vec<(String, String)> = (1..=12).map(|n| counter.create(n, "Halimah Contoh", None)).collect();
        counter.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        let work = made.iter().map(|(_, id)| (id.clone(), "Sari", Body::Taken)).collect();
        assert!(at_once(world, work).iter().all(Result::is_ok));
        let (answer, feed) = counter.sync(world, &[]);
        assert_eq!(feed.iter().map(|e| e.n).collect::<Vec<_>>(), (13..=24).collect::<Vec<_>>(), "dense");
        assert!(feed.iter().all(|e| e.t == "st" && !e.b.is_empty()));
        assert_eq!(answer.fork, []);
    }

    fn a_return_reaches_the_feed_with_its_target(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        let empty = Body::Returned(Returned { target: String::new(), ..Returned::default() });
        assert_eq!(world.district.decide(&id, "Sari", &empty).expect_err("no words").code, "reason_needed");
        world.district.decide(&id, "Sari", &returned()).expect("returned");
        let (_, feed) = counter.sync(world, &[]);
        let envelope = event::read(&feed[0].b).expect("event");
        assert_eq!((feed[0].t.as_str(), envelope.u.as_str()), ("st", "Sari"));
        assert_eq!(Body::read(&envelope).expect("body"), Some(returned()));
    }

    fn a_corrected_application_is_decided_to_the_end(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        world.district.decide(&id, "Sari", &returned()).expect("returned");
        counter.sync(world, &[district_world::raw(&id, None, &Body::Resubmit)]);
        for body in [Body::Taken, Body::Approved, Body::Issued(Issued { document: "6305-CONTOH".into() })] {
            world.district.decide(&id, "Budi", &body).expect("allowed");
        }
        let detail = world.district.detail(&id).expect("here");
        assert_eq!((detail.row.status.as_str(), detail.history.len()), ("ISSUED", 6));
        assert_eq!(detail.steps, ["ready", "ship", "deliver", "note"]);
    }

    fn an_officer_sees_what_the_counter_explained_corrected_and_heard(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        let mut event: serde_json::Value = serde_json::from_str(&create).expect("an event");
        event["p"]["d"]["reasons"] = serde_json::json!({ "applicant.nik": "KK lama dan baru berbeda" });
        event["p"]["d"]["read_back"] = serde_json::json!({ "mode": "spoken", "corrected": ["applicant.name"] });
        event["p"]["d"]["consent"] = serde_json::json!({ "text_version": "2026-11", "agreed": true, "news": false,
            "given_by": "self", "mark": "oral", "witnesses": ["Rizal Contoh"] });
        counter.sync(world, &[event.to_string()]);
        world.district.decide(&id, "Sari", &returned()).expect("returned");
        let detail = world.district.detail(&id).expect("here");
        let answer = |path: &str| detail.answers.iter().find(|a| a.path == path).expect("shown");
        assert_eq!(answer("applicant.nik").reason, "KK lama dan baru berbeda");
        assert!(answer("applicant.name").corrected && !answer("applicant.nik").corrected);
        let consent = detail.consent.as_ref().expect("a consent");
        assert!(consent.oral && consent.witnesses == ["Rizal Contoh"] && !consent.read_back.contains("agreed."));
        assert!(detail.history[1].ends_with("Sari: Mohon lengkapi alamat."), "{:?}", detail.history);
    }

    fn the_list_leaves_as_csv_and_xlsx_without_a_formula_or_a_number_and_that_is_written_down(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let names = ["=HYPERLINK(\"http://contoh\")", "+62811", "-3", "@SUM(A1)", "\t=1", "\r=1", "Halimah \"Contoh\", SH"];
        let made: Vec<(String, String)> = (1..).zip(names).map(|(n, name)| counter.create(n, name, None)).collect();
        counter.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        world.district.decide(&made[6].1, "Sari", &Body::Taken).expect("taken");
        world.district.set_officer("Sari", PASSPHRASE).expect("officer");
        let cookie = format!("jukung_officer={}", world.district.sign_in("Sari", PASSPHRASE).expect("session"));
        let file = |path: &str| {
            let (status, _, body) = world.http(get(&format!("/officer/api{path}"), &cookie));
            assert_eq!(status, 200, "{path}");
            body
        };
        let text = String::from_utf8(file("/export/list.csv")).expect("text");
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(csv.headers().expect("heads").len(), 6);
        let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.expect("a row")).collect();
        let subjects: Vec<&str> = rows.iter().map(|row| &row[2]).collect();
        for (name, told) in names.iter().zip(&subjects) {
            let plain = if name.starts_with("Halimah") { (*name).to_owned() } else { format!("'{name}") };
            assert_eq!(*told, plain, "text, and nothing of it lost");
        }
        assert!(!text.contains("6305044107489901"), "no NIK");
        assert_eq!((&rows[6][5], rows.iter().all(|row| row.len() == 6)), ("Sedang diperiksa", true));
        let sheet = |part: &str| {
            let mut book = zip::ZipArchive::new(std::io::Cursor::new(file("/export/list.xlsx"))).expect("a book");
            std::io::read_to_string(book.by_name(part).expect(part)).expect("text")
        };
        let cells = sheet("xl/worksheets/sheet1.xml");
        assert!(!cells.contains("<f>") && !cells.contains("<f "), "no formula: {cells}");
        assert_eq!(cells.matches("t=\"s\"").count(), 6 * (names.len() + 1), "every cell is text");
        let styles = sheet("xl/styles.xml");
        assert!(styles.contains("quotePrefix=\"1\"") && sheet("xl/sharedStrings.xml").contains("=HYPERLINK("), "{styles}");
        // Under the filters of the page; what was taken along is written down for each of them.
        let one = String::from_utf8(file("/export/list.csv?status=IN_VERIFICATION")).expect("text");
        assert_eq!(one.lines().count(), 2, "{one}");
        let seen = world.district.trace("auditor", "6305044107489901").expect("a trace").cases;
        let taken = |number: &str| seen.iter().find(|c| c.number == number).map_or(0, |c| c.seen.iter().filter(|s| s.did.starts_with("Mengunduh daftar")).count());
        assert_eq!((taken(&rows[0][0]), taken(&rows[6][0])), (4, 5), "one CSV and three times the sheet; the last one once more");
        assert_eq!(world.http(get("/officer/api/export/list.pdf", &cookie)).0, 404);
    }

    fn the_queue_is_narrowed_by_office_and_service(world: &World) {
        let (mut first, mut second) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, "63.05.04.1001", 2));
        let (mine, theirs) = (first.create(1, "Halimah", None), second.create(1, "Zainab", None));
        first.sync(world, &[mine.0]);
        second.sync(world, &[theirs.0]);
        let found = |office: &str, service: &str| {
            let wanted = Wanted { office: office.into(), service: service.into(), ..Wanted::default() };
            let rows = world.district.list(&wanted).expect("list").rows;
            rows.into_iter().map(|r| r.id).collect::<Vec<_>>()
        };
        assert_eq!(found(OFFICE, ""), [mine.1]);
        assert_eq!(found("63.05.04.1001", "KTP_DAMAGED"), [theirs.1]);
        assert!(found(OFFICE, "KTP_LOST").is_empty());
        let within = |subdistrict: &str, age: i64| {
            let wanted = Wanted { subdistrict: subdistrict.into(), age, ..Wanted::default() };
            world.district.list(&wanted).expect("list").total
        };
        assert_eq!((within("63.05.04", 0), within("63.05.05", 0), within("63.05", 0), within("", 1)), (2, 0, 0, 0));
        let beyond = Wanted { page: i64::MAX, ..Wanted::default() };
        assert!(world.district.list(&beyond).expect("an empty page").rows.is_empty());
        let me = world.district.me("Sari".into(), &[]).expect("me");
        assert_eq!(me.offices.len(), 2);
        assert!(me.services.iter().any(|s| s.code == "KTP_DAMAGED"));
    }

    fn nobody_reads_without_signing_in_and_guessing_is_slowed(world: &World) {
        world.district.set_officer("Sari", PASSPHRASE).expect("officer");
        for path in ["/officer/api/me", "/officer/api/applications", "/officer/api/devices"] {
            assert_eq!(world.http(get(path, "jukung_officer=guessed")).0, 401, "{path}");
        }
        let right = serde_json::json!({ "name": "Sari", "passphrase": PASSPHRASE });
        let (status, cookie, _) = world.http(post("/sign-in", "", &right));
        assert_eq!(status, 204);
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().expect("cookie").to_owned();
        assert_eq!(world.http(get("/officer/api/me", &cookie)).0, 200);
        assert_eq!(world.http(post("/sign-out", &cookie, &serde_json::json!({}))).0, 204);
        assert_eq!(world.http(get("/officer/api/me", &cookie)).0, 401, "the session has ended at the server");
        let wrong = serde_json::json!({ "name": "Sari", "passphrase": "salah sekali lagi" });
        let answers: Vec<u16> = (0..6).map(|_| world.http(post("/sign-in", "", &wrong)).0).collect();
        assert_eq!(answers, [401, 401, 401, 401, 401, 429]);
        assert_eq!(world.http(post("/sign-in", "", &right)).0, 429, "also with the right one, for a while");
    }
}

/// Everything a scripted day says, without signatures and tokens.
fn day(world: &World) -> Vec<String> {
    let mut counter = Counter::enrol(world, OFFICE, 1);
    let names = ["Halimah Contoh", "zainab contoh", "Ábdul Contoh", "ahmad"];
    let made: Vec<(String, String)> = (1..).zip(names).map(|(n, name)| counter.create(n, name, None)).collect();
    let mut said = vec![counter.card.code.clone()];
    let (answer, feed) = counter.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
    said.push(format!("{:?} {:?} {feed:?}", answer.ack, answer.cur));
    said.push(format!("{:?}", world.district.decide(&made[0].1, "Sari", &Body::Approved)));
    said.push(format!("{:?}", world.district.decide(&made[0].1, "Sari", &Body::Taken)));
    said.push(format!("{:?}", world.district.decide(&made[1].1, "Sari", &returned())));
    said.push(format!("{:?}", counter.sync(world, &[]).1));
    for (status, text) in
        [("", ""), ("SUBMITTED", ""), ("", "zain"), ("", "abdul"), ("", "6305044107489901"), ("", "'; --")]
    {
        let wanted = Wanted { status: status.into(), text: text.into(), ..Wanted::default() };
        said.push(serde_json::to_string(&world.district.list(&wanted).expect("list")).expect("JSON"));
    }
    for (_, id) in &made {
        said.push(serde_json::to_string(&world.district.detail(id).expect("detail")).expect("JSON"));
    }
    said
}

#[test]
fn both_engines_give_the_same_answers() {
    let Some(postgres) = World::open(Engine::Postgres, repeated()) else { return };
    let there = day(&postgres);
    let here = day(&World::open(Engine::Sqlite, repeated()).expect("SQLite"));
    assert_eq!(here, there);
}

#[test]
fn every_route_is_described() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    assert_eq!(world.http(get("/healthz", "")).0, 200);
    let (_, _, body) = world.http(get("/openapi.json", ""));
    let document: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let mut described = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            described.push(format!("{method} {path}"));
            let takes_a_body = matches!(method.as_str(), "post" | "put" | "patch")
                && ![
                    "/sign-out",
                    "/refuse",
                    "/{how}",
                    "/unpack",
                    "/send",
                    "/visit/take",
                    "/account/code",
                    "/end",
                    "/agree",
                    "/drop",
                ]
                .iter()
                .any(|bare| path.ends_with(bare));
            assert_eq!(operation["requestBody"]["content"].is_object(), takes_a_body, "{method} {path}: what it takes");
            for (status, answer) in operation["responses"].as_object().expect("responses") {
                // What is told in headers alone (tus), or by the status.
                let empty = method == "head" || status == "204" || (method == "put" && status == "201");
                let schemas = answer["content"].as_object().map(|c| c.values().all(|m| m["schema"].is_object()));
                assert_eq!(schemas, (!empty).then_some(true), "{method} {path} {status}: what it gives");
            }
        }
    }
    described.sort();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../district/src")];
    let mut routed = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("sources").map(|e| e.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if !entry.ends_with("pages.rs") {
                routed += &std::fs::read_to_string(entry).expect("a source");
            }
        }
    }
    let mut served = handlers(&routed);
    served.sort();
    assert_eq!(described, served, "the document and the handlers");
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"][reference].is_object(), "{reference} is described");
    }
}

/// Every handler of the source as `method /path`, and nothing that is served without a handler of its own but the
/// document and the pages.
fn handlers(source: &str) -> Vec<String> {
    let named = |line: &str| {
        let (method, rest) = line.split_once(", path = \"").expect("a method and a path");
        format!("{method} {}", rest.split('"').next().expect("the path"))
    };
    // The document, and the files of the page that checks receipts, which only a browser asks for.
    assert_eq!(source.matches(".route(").count(), 3, "only the document and that page are routed by hand");
    let routed = source.split("routes!(").skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    let routed: usize = routed.map(|names| names.split(',').count()).sum();
    assert_eq!(routed, source.matches("#[utoipa::path(").count(), "every handler is routed");
    source.split("#[utoipa::path(").skip(1).map(named).collect()
}

#[test]
fn the_page_carries_no_inline_script_and_only_files_that_exist() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    for path in [
        "/officer/",
        "/officer/officer.css",
        "/officer/officer.js",
        "/officer/parts.js",
        "/officer/scan.js",
        "/officer/decide.js",
        "/officer/texts.json",
    ] {
        let (status, _, body) = world.http(get(path, ""));
        assert_eq!(status, 200, "{path}");
        assert!(!body.is_empty(), "{path}");
    }
    let (_, _, page) = world.http(get("/officer/", ""));
    let page = String::from_utf8(page).expect("text");
    assert!(!page.contains("style=") && !page.contains("onclick") && page.matches("<script").count() == 1);
}
