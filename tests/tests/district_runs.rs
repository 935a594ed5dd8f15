//! Goal: a document is carried once, by the way the family chose, and everybody knows where it is: two attempts, then a place
//! where it waits; one hand-over; tracking numbers line by line; papers that scanners read.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use base64::Engine as _;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::delivery::carry::Told;
use jukung_district::delivery::document;
use jukung_district::delivery::pack::{Order, Wanted};
use jukung_district::delivery::run::Opened;
use jukung_domain::event::{self, Body, Delivered, Issued};
use jukung_domain::problem::Problem;
use std::path::Path;
use std::process::Command;

const COURIER: &str = "Kurir";

/// An issued document whose family chose this way; its application and its number.
fn issued(world: &World, counter: &mut Counter, n: i64, way: &str) -> (String, String) {
    let (raw, id) = counter.create(n, "Halimah Contoh", None);
    let mut event: serde_json::Value = serde_json::from_str(&raw).expect("an event");
    for (path, value) in [
        ("delivery.method", way),
        ("delivery.address", "Jalan Contoh Titian Nomor 4, RT 003"),
        ("helper.kind", "grandchild"),
        ("helper.name", "Rizal Contoh"),
        ("helper.mayCollect", "yes"),
    ] {
        event["p"]["d"]["fields"][path] = value.into();
    }
    counter.sync(world, &[event.to_string()]);
    for body in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        world.district.decide(&id, "Budi", &body).expect("decided");
    }
    let number = world.district.detail(&id).expect("here").row.number;
    (id, number)
}

fn wanted(way: &str, apps: &[&str]) -> Wanted {
    let place = if way == "village" { OFFICE } else { "" };
    let carrier = if way == "officer" { "Pak Amat" } else { "" };
    let apps = apps.iter().map(|app| (*app).to_owned()).collect();
    Wanted { way: way.into(), place: place.into(), carrier: carrier.into(), cod: 0, apps }
}

fn made(world: &World, way: &str, apps: &[&str]) -> Opened {
    world.district.make_run(COURIER, &wanted(way, apps)).expect("made")
}

fn sent(world: &World, way: &str, apps: &[&str]) -> String {
    let id = made(world, way, apps).row.id;
    world.district.send_run(&id, COURIER).expect("sent");
    id
}

fn failed(world: &World, run: &str, app: &str, attempt: i64, place: &str) -> Result<Opened, Problem> {
    let told = Told { attempt, reason: "tidak ada orang".into(), place: place.into(), ..Told::default() };
    world.district.carry(run, app, COURIER, "failed", &told)
}

fn handed(world: &World, run: &str, app: &str, mark: &str) -> Result<Opened, Problem> {
    let told = Told { recipient: "Rizal".into(), relation: "cucu".into(), mark: mark.into(), ..Told::default() };
    world.district.carry(run, app, COURIER, "deliver", &told)
}

fn status(world: &World, app: &str) -> String {
    world.district.detail(app).expect("here").row.status
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|problem| problem.code).unwrap_or_default()
}

fn waiting(world: &World, way: &str) -> usize {
    world.district.to_pack(way, "").expect("a list").len()
}

/// How many files lie below a folder.
fn walk(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|e| if e.path().is_dir() { walk(&e.path()) } else { 1 }).sum()
}

both_engines! {
    fn after_two_attempts_a_letter_waits_at_the_post_office_and_is_handed_over_once(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (app, number) = issued(world, &mut counter, 1, "post");
        assert_eq!((waiting(world, "post"), waiting(world, "officer")), (1, 0));
        let run = sent(world, "post", &[&app]);
        assert_eq!((status(world, &app).as_str(), waiting(world, "post")), ("SHIPPED", 0));
        let once = failed(world, &run, &app, 1, "").expect("an attempt");
        assert_eq!((once.items[0].attempts, once.items[0].state.as_str()), (1, "out"));
        assert_eq!(code(failed(world, &run, &app, 1, "")), "attempt_known", "told twice, it counts once");
        assert_eq!(code(failed(world, &run, &app, 2, "")), "reason_needed", "where does it wait?");
        let twice = failed(world, &run, &app, 2, "kantor pos Rantau").expect("the last one");
        assert_eq!((twice.items[0].state.as_str(), twice.row.state.as_str()), ("waiting", "done"));
        assert_eq!(status(world, &app), "READY_FOR_PICKUP");
        assert_eq!(code(failed(world, &run, &app, 3, "x")), "not_allowed");
        assert_eq!(waiting(world, "post"), 0, "it waits at the post office, not here");
        assert_eq!(code(handed(world, &run, &app, "")), "run_mark");
        handed(world, &run, &app, "thumbprint").expect("handed over");
        let refused = handed(world, &run, &app, "signature").expect_err("only once");
        let told: Vec<&str> = ["recipient", "relation", "place", "who", "number"].iter().map(|k| refused.details[*k].as_str()).collect();
        assert_eq!((refused.code.as_str(), told), ("delivered_already", vec!["Rizal", "cucu", "kantor pos Rantau", COURIER, &number]));
        assert!(refused.details["when"].contains("November 2026"), "{refused}");
        let again = Body::Delivered(Delivered { recipient: "Budi".into(), ..Delivered::default() });
        assert_eq!(code(world.district.decide(&app, "Budi", &again)), "delivered_already", "nor at the Dinas");
        let (_, feed) = counter.sync(world, &[]);
        let kinds: Vec<String> = feed.iter().map(|e| event::read(&e.b).expect("event").k).collect();
        assert_eq!(kinds[3..], ["st.shipped/1", "st.note/1", "st.note/1", "st.ready/1", "st.delivered/1"]);
        let Ok(Some(Body::Delivered(d))) = Body::read(&event::read(&feed[7].b).expect("event")) else { panic!("{feed:?}") };
        assert_eq!((d.mark.as_str(), d.place.as_str()), ("thumbprint", "kantor pos Rantau"));
    }

    fn a_courier_may_add_a_photo_which_is_kept_clean_and_only_with_its_hand_over(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (app, _) = issued(world, &mut counter, 1, "officer");
        let run = sent(world, "officer", &[&app]);
        // A photo as a telephone makes it, with its note inside.
        let mut photo = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/certificate.jpg")).expect("a photo");
        let note = b"Exif\0\0PHONE-OF-AMAT";
        let length = u16::try_from(note.len() + 2).expect("short").to_be_bytes();
        photo.splice(2..2, [0xFF, 0xE1].into_iter().chain(length).chain(*note));
        let told = |mark: &str, photo: &[u8]| {
            let photo = base64::engine::general_purpose::STANDARD.encode(photo);
            let told = Told { recipient: "Rizal".into(), relation: "Cucu".into(), mark: mark.into(), photo, ..Told::default() };
            world.district.carry(&run, &app, COURIER, "deliver", &told)
        };
        assert_eq!(code(told("signature", b"no picture")), "scan_wrong_type");
        assert_eq!((code(told("", &photo)), status(world, &app).as_str()), ("run_mark".into(), "SHIPPED"));
        told("signature", &photo).expect("handed over");
        assert_eq!(code(told("signature", &photo[..])), "delivered_already");
        let detail = world.district.detail(&app).expect("here");
        let kept = detail.scans.iter().find(|s| s.requirement == "handover").expect("the photo");
        assert!(kept.held, "{kept:?}");
        let bytes = std::fs::read(world.district.open_scan(&app, "Budi", &kept.sha256).expect("opened")).expect("bytes");
        assert!(bytes.starts_with(b"\xff\xd8\xff") && !bytes.windows(13).any(|w| w == b"PHONE-OF-AMAT"), "the note is still in it");
        // A refused hand-over leaves none of its pictures behind.
        let other = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/kk.jpg")).expect("a photo");
        assert_eq!(code(told("signature", &other)), "delivered_already");
        let (_, feed) = counter.sync(world, &[]);
        assert!(feed.last().expect("told").b.contains(&kept.sha256), "its hash is in the event");
        let files = walk(world.district.scan_path("00").parent().expect("a folder").parent().expect("scans"));
        assert_eq!(files, 1, "only the photo that counts lies there");
    }

    fn a_document_is_in_one_run_at_a_time_by_its_own_way_and_in_order(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let apps: Vec<String> = (1..=3).map(|n| issued(world, &mut counter, n, "officer").0).collect();
        let (letter, _) = issued(world, &mut counter, 4, "post");
        let first = made(world, "officer", &[&apps[0], &apps[1]]);
        assert!(first.row.number.starts_with("T261123-") && first.items[1].may_collect == "Rizal Contoh (Cucu)", "{first:?}");
        let try_make = |way: &str, apps: &[&str]| code(world.district.make_run(COURIER, &wanted(way, apps)));
        assert_eq!(try_make("officer", &[&apps[2], &apps[0]]), "in_another_run");
        assert_eq!(try_make("officer", &[&letter]), "not_ready");
        assert_eq!((try_make("officer", &[]), try_make("pigeon", &[&letter])), ("run_empty".into(), "run_way".into()));
        assert_eq!(world.district.runs("").expect("runs").len(), 1, "a refused run leaves nothing behind");
        let order = Order { apps: vec![apps[2].clone(), apps[0].clone()] };
        let ordered = world.district.order_run(&first.row.id, &order).expect("ordered");
        assert_eq!(ordered.items.iter().map(|i| (i.n, i.app.clone())).collect::<Vec<_>>(), [(1, apps[2].clone()), (2, apps[0].clone())]);
        let results: Vec<String> = std::thread::scope(|scope| {
            let both: Vec<_> = (0..2).map(|_| scope.spawn(|| try_make("officer", &[&apps[1]]))).collect();
            both.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        assert_eq!(results.iter().filter(|code| *code == "in_another_run").count(), 1, "{results:?}");
        world.district.unpack_run(&first.row.id).expect("given up");
        assert_eq!((waiting(world, "officer"), code(world.district.run(&first.row.id))), (2, "not_found".into()));
        let run = sent(world, "post", &[&letter]);
        assert_eq!(code(world.district.order_run(&run, &Order { apps: vec![letter] })), "run_left");
        assert_eq!((code(world.district.unpack_run(&run)), code(world.district.send_run(&run, COURIER))), ("run_left".into(), "run_left".into()));
    }

    fn only_the_post_collects_money_and_only_its_own(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (home, letter) = (issued(world, &mut counter, 1, "officer").0, issued(world, &mut counter, 2, "post").0);
        let asked = |way: &str, app: &str, cod| world.district.make_run(COURIER, &Wanted { cod, ..wanted(way, &[app]) });
        for (way, app, cod) in [("officer", &home, 10_000), ("post", &letter, -1), ("post", &letter, 100_001)] {
            assert_eq!(code(asked(way, app, cod)), "run_cod", "{way} {cod}");
        }
        let run = asked("post", &letter, 10_000).expect("made");
        assert!(run.cod.contains("Rp10.000") && run.cod.contains("gratis"), "{}", run.cod);
    }

    fn tracking_numbers_are_taken_line_by_line_and_again_without_harm(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let letters: Vec<(String, String)> = (1..=3).map(|n| issued(world, &mut counter, n, "post")).collect();
        let (_, home) = issued(world, &mut counter, 4, "officer");
        let packed = made(world, "post", &[&letters[0].0]).row.id;
        let out = sent(world, "post", &[&letters[1].0, &letters[2].0]);
        handed(world, &out, &letters[2].0, "signature").expect("handed over");
        let [a, b, c] = [0, 1, 2].map(|n| letters[n].1.clone());
        let file = format!("Nomor berkas;Resi\n{a};P2611230001\n{b};P2611230002\n{c};P2611230003\n{home};P2611230004\n{a};P2611230005\nK7F-0001-X;P2611230006\n{b};6305044107489901\n");
        let outcomes = |file: &str| {
            let report = world.district.take_tracking(COURIER, file.as_bytes()).expect("a report");
            (report.stored, report.lines.iter().map(|l| format!("{} {}", l.line, l.outcome)).collect::<Vec<_>>())
        };
        let left = ["4 settled", "5 not_in_post", "6 twice", "7 number", "8 tracking"];
        assert_eq!(outcomes(&file), (2, [vec!["2 stored", "3 stored"], left.to_vec()].concat().iter().map(|s| (*s).to_owned()).collect()));
        assert_eq!(outcomes(&file).0, 0, "the same list again changes nothing");
        assert_eq!(outcomes(&format!("{b},P2611230001\n")).1, ["1 taken"]);
        let shown = |run: &str, n: usize| world.district.run(run).expect("here").items[n].tracking.clone();
        assert_eq!((shown(&packed, 0), shown(&out, 0)), ("P2611230001".into(), "P2611230002".into()));
        world.district.send_run(&packed, COURIER).expect("sent");
        for (app, tracking) in [(&letters[0].0, "P2611230001"), (&letters[1].0, "P2611230002")] {
            let history = world.district.detail(app).expect("here").history;
            assert!(history.last().expect("a line").ends_with(&format!("PT Pos Indonesia {tracking}")), "{history:?}");
        }
        let csv = String::from_utf8(world.district.run_csv(&out).expect("a list").1).expect("text");
        assert!(csv.contains(&format!("1,{b},Halimah Contoh,\"Jalan Contoh Titian")) && !csv.contains("63050441"), "{csv}");
    }

    fn what_is_late_waits_or_came_back_stands_on_its_list_until_it_is_settled(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let apps: Vec<String> = (1..=3).map(|n| issued(world, &mut counter, n, "officer").0).collect();
        let run = sent(world, "officer", &[&apps[0], &apps[1], &apps[2]]);
        let lists = || ["overdue", "waiting", "returned"].map(|list| world.district.carried(list).expect("a list").len());
        assert_eq!(lists(), [0, 0, 0]);
        world.district.db.write(|tx| tx.execute("UPDATE run SET due = '2026-11-01'", &[])).expect("long ago");
        assert_eq!((lists(), world.district.run(&run).expect("here").row.overdue), ([3, 0, 0], true));
        failed(world, &run, &apps[0], 1, "").expect("once");
        failed(world, &run, &apps[0], 2, "rumah lurah").expect("twice");
        let back = Told { reason: "pindah".into(), ..Told::default() };
        world.district.carry(&run, &apps[1], COURIER, "return", &back).expect("back");
        assert_eq!((lists(), world.district.carried("waiting").expect("a list")[0].about.as_str()), ([1, 1, 1], "rumah lurah"));
        let work = world.district.delivery_work().expect("work");
        assert_eq!((work.overdue, work.waiting, work.returned, work.piles[0].count), (1, 1, 1, 1));
        let again = sent(world, "officer", &[&apps[1]]);
        handed(world, &again, &apps[1], "signature").expect("this time");
        handed(world, &run, &apps[0], "signature").expect("collected");
        // The third is collected at the Dinas: its run hears of it.
        let here = Body::Delivered(Delivered { recipient: "Halimah".into(), ..Delivered::default() });
        world.district.decide(&apps[2], "Budi", &here).expect("handed over here");
        let settled = world.district.run(&run).expect("here");
        assert_eq!((lists(), settled.items[2].state.as_str(), settled.row.state.as_str()), ([0, 0, 0], "delivered", "done"));
        assert_eq!(code(world.district.carried("lost")), "not_found");
    }

    fn a_bag_arrives_without_what_was_handed_over_before_it_left(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (here, there) = (issued(world, &mut counter, 1, "village").0, issued(world, &mut counter, 2, "village").0);
        assert_eq!(code(world.district.make_run(COURIER, &Wanted { place: String::new(), ..wanted("village", &[&there]) })), "run_place");
        let run = made(world, "village", &[&here, &there]).row.id;
        let body = Body::Delivered(Delivered { recipient: "Halimah".into(), ..Delivered::default() });
        world.district.decide(&here, "Budi", &body).expect("collected at the Dinas");
        let left = world.district.send_run(&run, COURIER).expect("sent");
        let states = |run: &Opened| run.items.iter().map(|i| i.state.clone()).collect::<Vec<_>>();
        assert_eq!(states(&left), ["delivered", "out"]);
        assert_eq!(code(handed(world, &run, &there, "signature")), "not_allowed", "it is in the bag");
        let arrived = world.district.arrive(&run, COURIER, "Kelurahan Rantau Kiwa").expect("arrived");
        assert_eq!((states(&arrived)[1].as_str(), arrived.row.state.as_str()), ("waiting", "done"));
        assert_eq!(status(world, &there), "READY_FOR_PICKUP");
        handed(world, &run, &there, "signature").expect("collected in the village");
        assert_eq!(code(world.district.arrive(&sent(world, "post", &[&issued(world, &mut counter, 3, "post").0]), COURIER, "x")), "not_allowed");
    }

    fn what_was_issued_before_there_were_runs_is_put_in_once(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        issued(world, &mut counter, 1, "post");
        let forget = "DELETE FROM document; DELETE FROM meta WHERE k = 'documents'";
        world.district.db.write(|tx| tx.batch(forget)).expect("as it was");
        assert_eq!(waiting(world, "post"), 0);
        for _ in 0..2 {
            world.district.db.write(|tx| document::fill(tx)).expect("filled");
            assert_eq!(waiting(world, "post"), 1);
        }
        world.district.db.write(|tx| tx.batch("DELETE FROM document")).expect("gone");
        world.district.db.write(|tx| document::fill(tx)).expect("not again");
        assert_eq!(waiting(world, "post"), 0);
    }
}

fn paper(world: &World, cookie: &str, run: &str, name: &str) -> Vec<u8> {
    let path = format!("/officer/api/runs/{run}/{name}");
    let (status, _, body) =
        world.http(Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("a request"));
    assert_eq!(status, 200, "{name}");
    body
}

fn said(program: &str, arguments: &[&str]) -> String {
    let done =
        Command::new(program).args(arguments).output().expect("poppler-utils, qpdf and zbar-tools are installed");
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn the_papers_of_a_run_are_whole_and_their_codes_are_read_from_a_print_of_200_dpi() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite is always here");
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let letters: Vec<(String, String)> = (1..=5).map(|n| issued(&world, &mut counter, n, "post")).collect();
    let apps: Vec<&str> = letters.iter().map(|(app, _)| app.as_str()).collect();
    let run = world.district.make_run(COURIER, &Wanted { cod: 10_000, ..wanted("post", &apps) }).expect("made").row;
    world.district.set_officer("Kurir", PASSPHRASE).expect("officer");
    let cookie = format!("jukung_officer={}", world.district.sign_in("Kurir", PASSPHRASE).expect("signed in"));
    // JUKUNG_PAPERS=DIR keeps them, to be looked at.
    let kept = std::env::var("JUKUNG_PAPERS")
        .map_or_else(|_| world.folder.path().to_owned(), |dir| Path::new(&dir).to_owned());
    for (name, on_first, pages) in [("manifest", 4, 2), ("labels", 4, 2)] {
        let bytes = paper(&world, &cookie, &run.id, &format!("{name}.pdf"));
        assert_eq!(bytes, paper(&world, &cookie, &run.id, &format!("{name}.pdf")), "the same twice");
        let file = kept.join(format!("{name}.pdf")).display().to_string();
        std::fs::write(&file, &bytes).expect("written");
        said("qpdf", &["--check", &file]);
        let text = said("pdftotext", &["-layout", &file, "-"]);
        assert!(text.contains("Halimah Contoh") && text.contains("Rp10.000") && text.contains("gratis"), "{text}");
        assert!(
            !text.contains("63050441") && !text.contains("KTP") && text.matches('\u{c}').count() == pages,
            "{text}"
        );
        said("pdftoppm", &["-r", "200", "-png", &file, &kept.join(name).display().to_string()]);
        let read = said("zbarimg", &["-q", &kept.join(format!("{name}-1.png")).display().to_string()]);
        let found = |kind: &str, what: &str| read.lines().any(|line| line == format!("{kind}:{what}"));
        let head = if name == "manifest" { &run.number } else { &letters[0].1 };
        assert!(found("QR-Code", head) && found("CODE-128", head), "{name}: {read}");
        let bars = letters.iter().take(on_first).filter(|(_, number)| found("CODE-128", number)).count();
        assert_eq!(bars, on_first, "{name}: {read}");
    }
    let papers = ["x.pdf", "manifest"].map(|name| code(world.district.run_paper(&run.id, name)));
    assert_eq!(papers, ["not_found", "not_found"]);
}
