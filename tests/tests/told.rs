//! Goal: what the counter and the Dinas know is told where somebody can act on it: a second application of the same kind,
//! the same picture for two papers, a clock that is far off, where the document lies, and who took an application in.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::event::{Body, Delivered, Issued, Place, Reason, Shipped};
use jukung_domain::finding::Strength;
use jukung_office::Office;
use jukung_office::edge::{Clock, Edge};
use jukung_office::view::{Change, Draft};
use office_world::{PASSPHRASE, edge, world};
use std::path::Path;
use std::sync::Arc;

const HALIMAH: &str = "6305044107489901";

fn type_in(office: &Office, draft: &str, answers: &[(&str, &str)]) -> Draft {
    let change = Change {
        draft: draft.into(),
        fields: answers.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect(),
        reasons: Default::default(),
        missing: Default::default(),
        section: String::new(),
        field: String::new(),
    };
    office.save(&change).unwrap();
    office.open_draft(draft).unwrap()
}

fn before(draft: &Draft) -> Option<(String, Strength, String)> {
    let found = draft.findings.iter().find(|f| f.code == "asked_before")?;
    Some((found.field.clone(), found.strength, found.message.clone()))
}

#[tokio::test]
async fn the_same_service_for_the_same_person_is_noticed_while_the_first_is_unfinished() {
    let w = world(None).await;
    let (id, number) = w.hand_in("Halimah Contoh");
    let fresh = |service| w.office.new_draft(service, None, None).unwrap().id;
    let again = type_in(&w.office, &fresh("KTP_DAMAGED"), &[("applicant.nik", HALIMAH)]);
    let (field, strength, message) = before(&again).unwrap();
    assert_eq!((field.as_str(), strength), ("applicant.nik", Strength::Suggestion), "a second one may be meant");
    assert!(message.contains(&number), "{message}");
    // Another service, another person, and the application itself being corrected are nothing to speak of.
    let other = type_in(&w.office, &fresh("KTP_LOST"), &[("applicant.nik", HALIMAH)]);
    let person = type_in(&w.office, &fresh("KTP_DAMAGED"), &[("applicant.nik", "6305044107489902")]);
    assert_eq!([before(&other), before(&person), before(&w.office.correct(&id).unwrap())], [None, None, None]);
    w.office.withdraw(&id, "Warga berubah pikiran").unwrap();
    assert_eq!(before(&w.office.open_draft(&again.id).unwrap()), None, "the first one is over");
}

#[tokio::test]
async fn a_parent_may_ask_for_each_child() {
    let w = world(None).await;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/07-kia.json");
    let done = w.office.submit_file(&sample).unwrap().remove(0).result.unwrap();
    let first = jukung_tests::document(&w.office, &done.application).fields;
    let draft = w.office.new_draft("KIA_NEW", None, None).unwrap().id;
    let parent = ("applicant.nik", first["applicant.nik"].as_str());
    assert_eq!(before(&type_in(&w.office, &draft, &[parent, ("child.nik", "6305041508209988")])), None);
    let same = type_in(&w.office, &draft, &[parent, ("child.nik", &first["child.nik"])]);
    assert_eq!(before(&same).unwrap().0, "child.nik");
}

#[tokio::test]
async fn the_same_picture_for_two_papers_is_told_at_both() {
    let w = world(None).await;
    let picture = |name| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).unwrap();
    let draft = w.office.new_draft("DATA_CONSOLIDATION", None, None).unwrap().id;
    w.office.attach(&draft, "ktp", None, &picture("ktp.jpg")).unwrap();
    let kk = w.office.attach(&draft, "kk", None, &picture("ktp.jpg")).unwrap();
    let told = || {
        let scans = w.office.open_draft(&draft).unwrap().scans;
        scans.iter().filter(|s| s.warnings.contains(&"twice".to_owned())).count()
    };
    assert_eq!(told(), 2);
    w.office.detach(&kk.id).unwrap();
    w.office.attach(&draft, "kk", None, &picture("kk.jpg")).unwrap();
    assert_eq!(told(), 0, "the right paper is there now");
}

#[tokio::test]
async fn what_the_dinas_answered_says_what_to_do_and_where() {
    let w = world(None).await;
    let (id, _) = w.hand_in("Aminah Contoh");
    let (refused, _) = w.hand_in("Budi Contoh");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!(w.office.application(&id).unwrap().tell, "");
    for step in [Body::Taken, Body::Approved] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    assert!(w.office.application(&id).unwrap().tell.contains("tidak dapat dibatalkan"));
    let place = "Kantor Kecamatan Tapin Utara";
    let steps = [
        (Body::Issued(Issued { document: "6305-LT-23112026-0001".into() }), ""),
        (Body::Ready(Place { place: place.into() }), place),
        (Body::Shipped(Shipped { carrier: "PT Pos".into(), tracking: "P2608".into() }), "PT Pos P2608"),
        (
            Body::Delivered(Delivered { recipient: "Rizal".into(), relation: "cucu".into(), ..Delivered::default() }),
            "Rizal (cucu)",
        ),
    ];
    for (step, said) in steps {
        let news = matches!(step, Body::Ready(_) | Body::Shipped(_));
        w.decide(&id, step).await.unwrap();
        w.office.sync(&w.road).await.unwrap();
        let tell = w.office.application(&id).unwrap().tell;
        assert!(tell.contains(said) && tell.is_empty() == said.is_empty(), "{tell}");
        let message = w.office.message(&id).unwrap().text;
        assert_eq!(!tell.is_empty() && message.contains(&tell), news, "{message}");
        assert!(message.chars().count() <= 300, "{message}");
    }
    let history = w.office.application(&id).unwrap().history;
    for said in ["nomor 6305-LT-23112026-0001", place, "PT Pos P2608", "Rizal (cucu)"] {
        assert!(history.iter().any(|line| line.text.contains(said)), "{said}: {history:?}");
    }
    w.decide(&refused, Body::Taken).await.unwrap();
    w.decide(&refused, Body::Refused(Reason { reason: "Bukan penduduk sini.".into() })).await.unwrap();
    w.office.sync(&w.road).await.unwrap();
    let tell = w.office.application(&refused).unwrap().tell;
    assert_eq!(tell, "Permohonan ditolak. Alasan: Bukan penduduk sini. Pemohon dapat mengajukan permohonan baru.");
}

/// Three hours ahead of the district.
struct Ahead(Edge);
impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms() + 3 * 3_600_000
    }
}

#[tokio::test]
async fn a_clock_that_is_far_off_is_told_until_it_agrees_with_the_dinas() {
    let w = world(None).await;
    w.office.sync(&w.road).await.unwrap();
    assert_eq!(w.office.connection().unwrap().clock, "");
    let dir = w.folder.path().join("office");
    w.office.close().unwrap();
    let wrong = Edge { clock: Arc::new(Ahead(edge())), ..edge() };
    let office = Office::open(&dir, "", PASSPHRASE, wrong).unwrap();
    assert_eq!(office.connection().unwrap().clock, "", "nobody knows before the Dinas answered");
    office.sync(&w.road).await.unwrap();
    let told = office.connection().unwrap().clock;
    assert!(told.contains("berbeda 3 jam") || told.contains("berbeda 2 jam"), "{told}");
    office.close().unwrap();
    let right = office_world::open(&dir);
    right.sync(&w.road).await.unwrap();
    assert_eq!(right.connection().unwrap().clock, "");
}

#[tokio::test]
async fn a_receipt_names_who_took_it_in_whoever_prints_it_again() {
    let w = world(None).await;
    let (id, _) = w.hand_in("Aminah Contoh");
    let first = w.office.receipt_pdf(&id, "a5").unwrap();
    let handed = w.office.add_person("Hamdi", "officer").unwrap();
    let dir = w.folder.path().join("office");
    w.office.close().unwrap();
    let hamdi = Office::open(&dir, "Hamdi", &handed.passphrase, edge()).unwrap();
    let page = hamdi.receipt(&id, "a5").unwrap().pages.concat();
    assert!(page.contains("Petugas: Rahmah."), "{page}");
    assert_eq!(hamdi.receipt_pdf(&id, "a5").unwrap(), first, "the same state gives the same bytes");
}
