//! Goal: a complaint taken at a counter without a network reaches the Dinas once and its answer comes back; what is about
//! money or an officer passes the counter unread; what is refused says why.

mod office_world;

use jukung_district::complaint::Happened;
use jukung_domain::complaint::Complaint;
use jukung_domain::event::Body;
use jukung_domain::two_words;
use jukung_ledger::params;
use jukung_office::Office;
use jukung_office::complaints::{ComplaintForm, ComplaintTaken};
use jukung_office::complaints_told::ComplaintScreen;
use jukung_office::own::append_numbered_note;
use office_world::{World, off, settled, world};
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::Ordering;

const STORY: &str = "Sudah sebulan menunggu kartu.";
const SECRET: &str = "Ia meminta dua ratus ribu rupiah.";

fn form(kind: &str, words: &str) -> ComplaintForm {
    ComplaintForm { kind: kind.into(), words: words.into(), ..ComplaintForm::default() }
}

fn take(office: &Office, kind: &str, words: &str) -> ComplaintTaken {
    office.take_complaint(&form(kind, words)).expect("taken")
}

fn screen(office: &Office) -> ComplaintScreen {
    office.complaints().expect("the screen")
}

async fn sync(w: &World) {
    w.office.sync(&w.road).await.expect("the district answers");
}

/// The officers' list of complaints that wait.
async fn desk(w: &World) -> Vec<Value> {
    let district = w.district.clone();
    let list = off(move || serde_json::to_value(district.complaints("").expect("the desk")).expect("JSON")).await;
    list.as_array().expect("rows").clone()
}

/// A complaint as an officer reads it.
async fn opened(w: &World, id: &str) -> Value {
    let (district, id) = (w.district.clone(), id.to_owned());
    off(move || serde_json::to_value(district.open_complaint(&id, "Sari").expect("opened")).expect("JSON")).await
}

/// An officer answers, or the family speaks: then `who` is empty.
async fn step(w: &World, id: &str, who: &str, what: &str, words: &str) {
    let (district, id) = (w.district.clone(), id.to_owned());
    let step =
        Happened { at: office_world::edge().clock.now_ms(), who: who.into(), what: what.into(), words: words.into() };
    off(move || district.db.write(|tx| district.step_complaint(tx, &id, &step)).expect("done")).await;
}

/// Whether `word` stands in any file of a folder, or in any row of the counter's open database.
fn holds(office: &Office, dir: &Path, word: &str) -> bool {
    let in_file = |file: &Path| {
        let bytes = std::fs::read(file).expect("a file");
        bytes.windows(word.len()).any(|w| w == word.as_bytes())
    };
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if in_file(&entry) {
                return true;
            }
        }
    }
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'name_fts%'";
    let tables = office.db().read(|tx| tx.query(tables, &[])).expect("tables");
    assert!(tables.len() > 15, "{} tables", tables.len());
    tables.iter().any(|table| {
        let sql = format!("SELECT * FROM {}", table.text(0).expect("a name"));
        let rows = office.db().read(|tx| tx.query(&sql, &[])).expect("rows");
        rows.iter().any(|row| format!("{row:?}").contains(word))
    })
}

both_engines! {
    async fn taken_without_a_network_it_arrives_once_although_a_reply_was_lost(w: World) {
        w.road.out.store(true, Ordering::Relaxed);
        let (_, first) = w.hand_in("Siti Contoh");
        let about = ComplaintForm { about: first.to_lowercase().replace('-', " "), name: "Siti Contoh".into(), contact: "0812 3456 7890".into(), ..form("too_slow", STORY) };
        let taken = w.office.take_complaint(&about).expect("taken");
        assert!(w.office.sync(&w.road).await.is_err(), "no network");
        let row = screen(&w.office).rows.remove(0);
        assert_eq!((row.number.as_str(), row.about.as_str(), row.state_text.as_str()), (taken.number.as_str(), first.as_str(), "Baru"));
        assert!(row.sending.state != "received" && taken.due.contains("November 2026"), "{row:?} {taken:?}");
        assert_eq!(w.office.connection().expect("the bar").waiting, 2);
        let waiting = w.office.sending().expect("the panel").rows;
        assert!(waiting.iter().any(|r| r.kind == "complaint" && r.number == taken.number), "{waiting:?}");
        w.road.out.store(false, Ordering::Relaxed);
        w.road.lose_reply.store(true, Ordering::Relaxed);
        assert!(w.office.sync(&w.road).await.is_err(), "the reply is lost");
        sync(&w).await;
        sync(&w).await;
        let rows = desk(&w).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        let told = |key: &str| rows[0][key].as_str().expect("a text").to_owned();
        assert_eq!((told("number"), told("kind"), told("source"), told("due")), (taken.number.clone(), "Terlalu lama".into(), "Loket".into(), taken.due.clone()));
        let read = opened(&w, &taken.id).await;
        assert_eq!((read["words"].as_str(), read["about"].as_str(), read["contact"].as_str()), (Some(STORY), Some(first.as_str()), Some("+6281234567890")));
        let row = screen(&w.office).rows.remove(0);
        assert_eq!((row.sending.state.as_str(), row.state.as_str()), ("received", "new"));
        // Its number is one of the run: the sheet of the day explains it, and the next application has the next one.
        let (_, next) = w.hand_in("Budi Contoh");
        assert!(next > taken.number && taken.number > first, "{first} {taken:?} {next}");
        let day = w.office.day().expect("the day").now.day;
        w.office.close_day(&day).expect("closed");
        sync(&w).await;
        sync(&w).await;
        let sheet = w.office.day().expect("the day").sheets.remove(0);
        assert_eq!((sheet.state.as_str(), sheet.unexplained.len()), ("same", 0), "{sheet:?}");
    }

    async fn what_goes_past_the_counter_lies_nowhere_in_it_and_is_read_at_the_dinas(w: World) {
        sync(&w).await;
        let dir = w.folder.path().join("office");
        for kind in ["money", "officer"] {
            let typed = ComplaintForm { name: "Halimah Contoh".into(), ..form(kind, SECRET) };
            let taken = w.office.take_complaint(&typed).expect("taken");
            assert!(taken.direct);
            let facts = format!("{:?}", w.office.complaint_facts(&taken.id).expect("the slip"));
            assert!(facts.contains("langsung ke Dinas") && !facts.contains("Halimah") && !facts.contains("bayaran"), "{facts}");
        }
        let all = screen(&w.office);
        assert!(all.rows.is_empty() && all.direct == "2 pengaduan dikirim langsung ke Dinas: 2 masih di komputer ini.", "{all:?}");
        sync(&w).await;
        let rows = desk(&w).await;
        assert_eq!(rows.len(), 2);
        for row in &rows {
            let id = row["id"].as_str().expect("id");
            let read = opened(&w, id).await;
            assert_eq!((read["words"].as_str(), read["name"].as_str()), (Some(SECRET), Some("Halimah Contoh")));
            assert!(["Diminta bayaran", "Perilaku petugas"].contains(&row["kind"].as_str().expect("kind")), "{row}");
        }
        let id = rows[0]["id"].as_str().expect("id").to_owned();
        step(&w, &id, "Sari", "answer", "Petugas itu sudah ditegur.").await;
        sync(&w).await;
        assert_eq!(screen(&w.office).direct, "2 pengaduan dikirim langsung ke Dinas: 1 dijawab, 1 menunggu jawaban.");
        for word in [SECRET, "Halimah", "ditegur"] {
            assert!(!holds(&w.office, &dir, word), "{word} lies at the counter");
        }
        take(&w.office, "other", STORY);
        assert!(holds(&w.office, &dir, STORY), "what the counter may read is found by this search");
        let words = id.parse().map(two_words::of).expect("id").join(" ");
        let (district, number) = (w.district.clone(), rows[0]["number"].as_str().expect("number").to_owned());
        let now = office_world::edge().clock.now_ms();
        let link = off(move || district.db.read(|tx| district.complaint_named(tx, &number, &words, now)).expect("read")).await;
        assert!(link.is_some(), "number and two words of the slip open it for the family");
    }

    async fn an_answer_reaches_every_counter_of_the_office_and_so_does_what_the_family_says(w: World) {
        let second = w.another("second").await;
        let taken = take(&w.office, "access", STORY);
        settled(&w, &[&w.office, &second]).await;
        let stands = |office: &Office| { let row = screen(office).rows.remove(0); (row.state_text, row.said) };
        assert_eq!(stands(&second), ("Baru".into(), String::new()));
        for (who, what, words, state, said) in [
            ("Sari", "answer", "Jalan masuk sudah diperbaiki.", "Dijawab", "Jawaban Dinas: Jalan masuk sudah diperbaiki."),
            ("", "reopened", "Belum bisa dilewati.", "Dibuka lagi", "Warga membuka lagi: Belum bisa dilewati."),
            ("Sari", "answer", "Selesai hari ini.", "Dijawab", "Jawaban Dinas: Selesai hari ini."),
            ("", "settled", "", "Selesai", "Jawaban Dinas: Selesai hari ini."),
        ] {
            step(&w, &taken.id, who, what, words).await;
            settled(&w, &[&w.office, &second]).await;
            for office in [&w.office, &second] {
                assert_eq!(stands(office), (state.to_owned(), said.to_owned()));
            }
        }
    }

    async fn a_restored_district_gets_complaints_and_answers_back(w: World) {
        sync(&w).await;
        let backup = w.backup().await;
        let taken = take(&w.office, "too_slow", STORY);
        let past = take(&w.office, "money", SECRET);
        sync(&w).await;
        for id in [&taken.id, &past.id] {
            step(&w, id, "Sari", "answer", "Sudah kami periksa.").await;
        }
        sync(&w).await;
        w.restore(&backup).await;
        assert!(desk(&w).await.is_empty(), "the backup knows none");
        settled(&w, &[&w.office]).await;
        for (id, words) in [(&taken.id, "Sudah kami periksa."), (&past.id, "")] {
            let read = opened(&w, id).await;
            let story = read["story"][0].as_str().expect("one step").to_owned();
            assert!(read["row"]["state"] == "answered" && story.contains("Sari") && story.ends_with(words), "{read}");
        }
        step(&w, &taken.id, "Sari", "answer", "Kartunya sudah jadi.").await;
        sync(&w).await;
        assert!(screen(&w.office).rows[0].said.contains("sudah jadi"), "the steps go on");
    }
}

#[tokio::test]
async fn what_is_typed_is_kept_until_it_is_saved_and_never_what_goes_past_the_counter() {
    let w = world(None).await;
    sync(&w).await;
    let dir = w.folder.path().join("office");
    w.office.keep_complaint(&form("too_slow", STORY)).expect("kept");
    w.office.close().expect("closed");
    // After a lock or a restart it is there for the one who typed it.
    let again = office_world::open(&dir);
    assert_eq!((screen(&again).draft.words.as_str(), screen(&again).draft.kind.as_str()), (STORY, "too_slow"));
    // It turns out to be about money: from now on nothing of it lies here.
    again.keep_complaint(&form("money", SECRET)).expect("nothing kept");
    assert_eq!(screen(&again).draft.words, "");
    assert!(!holds(&again, &dir, SECRET) && !holds(&again, &dir, STORY));
    again.keep_complaint(&form("", SECRET)).expect("nothing kept");
    assert!(!holds(&again, &dir, SECRET), "nobody knows yet whether it may be kept");
    let long = again.keep_complaint(&form("other", &"a".repeat(70_000))).expect_err("refused");
    assert_eq!(long.code, "complaint_long");
    again.keep_complaint(&form("too_slow", STORY)).expect("kept");
    take(&again, "too_slow", STORY);
    assert_eq!(screen(&again).draft.words, "", "saved, it is no draft any more");
}

#[tokio::test]
async fn what_is_refused_says_why_and_nothing_of_it_is_saved() {
    let w = world(None).await;
    // As a computer that was enrolled by file and never heard the Dinas.
    let forgot = |tx: &mut dyn jukung_ledger::Tx| tx.execute("DELETE FROM meta WHERE k = 'district_settings'", &[]);
    assert_eq!(w.office.db().write(forgot).expect("forgotten"), 1);
    let with = |change: fn(&mut ComplaintForm)| {
        let mut typed = form("other", STORY);
        change(&mut typed);
        typed
    };
    for (typed, code) in [
        (form("", STORY), "complaint_kind"),
        (form("other", "  "), "complaint_words"),
        (form("other", &"a".repeat(4_001)), "complaint_long"),
        (with(|f| f.about = "K7F-0000-A".into()), "complaint_about"),
        (with(|f| f.contact = "telepon anak".into()), "complaint_contact"),
        (form("money", SECRET), "complaint_key"),
        (form("officer", SECRET), "complaint_key"),
    ] {
        assert_eq!(w.office.take_complaint(&typed).expect_err("refused").code, code);
        assert_ne!(jukung_domain::texts::say(&format!("problem.{code}"), &[]), format!("problem.{code}"));
    }
    let shown = screen(&w.office);
    assert!(shown.rows.is_empty() && shown.direct.is_empty() && shown.not_direct.contains("LAPOR!"), "{shown:?}");
    assert_eq!(w.office.connection().expect("the bar").waiting, 0);
    w.office.sync(&w.road).await.expect("the district answers");
    assert_eq!(screen(&w.office).not_direct, "");
    take(&w.office, "money", SECRET);
    let contact = with(|f| f.contact = "siti@contoh.id".into());
    w.office.take_complaint(&contact).expect("an e-mail");
}

#[tokio::test]
async fn no_wrong_clock_promises_a_later_day_than_the_standard() {
    let w = world(None).await;
    for (promised, due) in [("2031-01-01", "2026-11-30"), ("2026-11-25", "2026-11-25"), ("nonsense", "2026-11-30")] {
        let id = office_world::edge().new_id().to_string();
        let complaint =
            Complaint { kind: "other".into(), due: promised.into(), words: STORY.into(), ..Complaint::default() };
        let body = |n| Body::Complained(Complaint { n, ..complaint.clone() });
        let (office, now) = (&w.office, w.office.now());
        office.db().write(|tx| append_numbered_note(tx, office.identity(), &id, body, now)).expect("written");
        sync(&w).await;
        let rows = w.district.db.read(|tx| tx.query("SELECT due FROM complaint WHERE id = $1", params![&id]));
        assert_eq!(rows.expect("rows")[0].text(0).expect("a day"), due, "{promised}");
    }
}
