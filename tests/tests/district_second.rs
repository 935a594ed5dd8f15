//! Goal: where the district wants two officers, one alone issues and refuses nothing, nobody outside hears of a proposal, and
//! it holds for exactly what was seen; the same on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, raw, sha256, shared};
use jukung_district::desk::Wanted;
use jukung_district::second::routes::Change;
use jukung_district::second::{BACK, Proposed, Step, WAITS};
use jukung_domain::application::Attachment;
use jukung_domain::event::{Body, Edited, Issued, Reason, Returned};
use jukung_domain::policy::Action;
use serde_json::{Value, json};

fn rule(world: &World, steps: &[&str]) {
    let seen = world.district.second_rule().expect("the rule").seen;
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    world.district.change_second_rule("Kepala", &Change { steps, seen }).expect("set");
}

fn issue() -> Body {
    Body::Issued(Issued { document: "6305-CONTOH".into() })
}

fn refuse() -> Body {
    Body::Refused(Reason { reason: "Bukan warga sini.".into() })
}

fn decide(world: &World, id: &str, officer: &str, bodies: &[Body]) {
    bodies.iter().for_each(|body| world.district.decide(id, officer, body).expect("allowed"));
}

/// An application that was taken, and approved where its issue is to be proposed.
fn handed_in(world: &World, counter: &mut Counter, n: i64, step: Step) -> String {
    let (create, id) = counter.create(n, "Halimah Contoh", None);
    counter.sync(world, &[create]);
    let bodies = [Body::Taken, Body::Approved];
    decide(world, &id, "Sari", if step == Step::Issue { &bodies } else { &bodies[..1] });
    counter.sync(world, &[]);
    id
}

fn proposed(world: &World, id: &str) -> Option<Proposed> {
    world.district.detail(id).expect("here").proposed
}

/// What the officer of this name proposed for an application that was handed in just now.
fn waiting(world: &World, counter: &mut Counter, n: i64, step: Step) -> (String, String) {
    let id = handed_in(world, counter, n, step);
    decide(world, &id, "Sari", &[if step == Step::Issue { issue() } else { refuse() }]);
    let one = proposed(world, &id).expect("it waits").id;
    (id, one)
}

fn listed(world: &World, status: &str) -> Vec<String> {
    let rows = world.district.list(&Wanted { status: status.into(), ..Wanted::default() }).expect("list").rows;
    rows.into_iter().map(|row| row.id).collect()
}

fn status(world: &World, id: &str) -> String {
    world.district.detail(id).expect("here").row.status
}

/// Code of what stands in the way.
fn confirm(world: &World, id: &str, officer: &str, step: Step, one: &str) -> Result<(), String> {
    world.district.confirm_second(id, officer, step, one).map_err(|problem| problem.code)
}

fn post(world: &World, cookie: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::post(format!("/officer/api{path}")).header("content-type", "application/json");
    let request = request.header("cookie", cookie).body(HttpBody::from(body.to_string())).expect("request");
    let (status, _, body) = world.http(request);
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The cookie of a new session of an officer with this role.
fn session(world: &World, name: &str, role: &str) -> String {
    world.district.set_officer(name, PASSPHRASE).expect("officer");
    world.district.set_roles(name, &[role.to_owned()]).expect("role");
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).expect("session"))
}

both_engines! {
    fn without_the_rule_one_officer_decides_and_nothing_waits(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = handed_in(world, &mut counter, 1, Step::Issue);
        decide(world, &id, "Sari", &[issue()]);
        assert_eq!((status(world, &id).as_str(), proposed(world, &id)), ("ISSUED", None));
        assert!(listed(world, WAITS).is_empty());
    }

    fn a_proposal_reaches_no_counter_and_no_family_before_another_officer_confirmed_it(world: &World) {
        rule(world, &["issue"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (id, one) = waiting(world, &mut counter, 1, Step::Issue);
        assert!(counter.sync(world, &[]).1.is_empty(), "the counter hears nothing");
        let told = world.district.db.read(|tx| tx.query("SELECT id FROM message", &[])).expect("read");
        assert!(told.is_empty(), "nor does the family");
        assert_eq!((status(world, &id).as_str(), listed(world, WAITS)), ("IN_PROCESS", vec![id.clone()]));
        assert!(world.district.list(&Wanted::default()).expect("list").rows[0].second);
        let shown = world.district.detail(&id).expect("here");
        assert!(shown.history.last().expect("a story").contains("Sari mengusulkan: Terbitkan dokumen: 6305-CONTOH"), "{:?}", shown.history);
        assert_eq!(confirm(world, &id, "Sari", Step::Issue, &one).unwrap_err(), "second_self");
        assert_eq!(confirm(world, &id, "Budi", Step::Reject, &one).unwrap_err(), "not_found", "not what was proposed");
        confirm(world, &id, "Budi", Step::Issue, &one).expect("another officer");
        let (_, feed) = counter.sync(world, &[]);
        let author = jukung_domain::event::read(&feed[0].b).expect("event").u;
        assert_eq!((feed.len(), author.as_str(), status(world, &id).as_str()), (1, "Budi", "ISSUED"));
        let story = world.district.detail(&id).expect("here").history.join(" | ");
        assert!(story.contains("Dikonfirmasi Budi.") && listed(world, WAITS).is_empty(), "{story}");
        // What the rule does not name is decided by one.
        let other = handed_in(world, &mut counter, 2, Step::Reject);
        decide(world, &other, "Sari", &[refuse()]);
        assert_eq!(status(world, &other), "REJECTED");
    }

    fn of_two_second_officers_at_once_one_wins_and_the_other_is_told(world: &World) {
        rule(world, &["issue", "reject"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (id, one) = waiting(world, &mut counter, 1, Step::Reject);
        let confirms = |officer| world.district.confirm_second(&id, officer, Step::Reject, &one);
        let backs = || world.district.send_back_second(&id, "Rina", Step::Reject, (&one, "Alasannya kurang."));
        let [first, second] = std::thread::scope(|scope| {
            let running = [scope.spawn(|| confirms("Budi")), scope.spawn(backs)];
            running.map(|r| r.join().expect("no panic"))
        });
        assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
        let late = if first.is_ok() { second.unwrap_err() } else { first.unwrap_err() };
        assert_eq!(late.code, "second_gone");
        assert!(late.details["end"].contains(if status(world, &id) == "REJECTED" { "Budi" } else { "Rina" }), "{late}");
        assert_eq!(counter.sync(world, &[]).1.len(), usize::from(status(world, &id) == "REJECTED"));
    }

    fn of_two_proposals_at_once_one_waits(world: &World) {
        rule(world, &["issue"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = handed_in(world, &mut counter, 1, Step::Issue);
        let [first, second] = std::thread::scope(|scope| {
            let running = ["Sari", "Budi"].map(|who| scope.spawn(|| world.district.decide(&id, who, &issue())));
            running.map(|r| r.join().expect("no panic"))
        });
        assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
        let late = if first.is_ok() { second.unwrap_err() } else { first.unwrap_err() };
        assert_eq!(late.code, "second_waits");
        assert!(late.details["what"].contains(&proposed(world, &id).expect("it waits").by), "{late}");
        assert_eq!(world.district.decide(&id, "Sari", &refuse()).unwrap_err().code, "not_allowed", "from here nobody refuses");
    }

    fn a_proposal_is_sent_back_with_a_sentence_and_proposed_again(world: &World) {
        rule(world, &["issue"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (id, one) = waiting(world, &mut counter, 1, Step::Issue);
        let back = |officer: &str, one: &str, note: &str| {
            world.district.send_back_second(&id, officer, Step::Issue, (one, note)).map_err(|problem| problem.code)
        };
        let counts = |officer: &str| {
            let me = world.district.me(officer.to_owned(), Action::ALL).expect("me");
            (me.seconds, me.seconds_back)
        };
        assert_eq!([counts("Sari"), counts("Budi")], [(0, 0), (1, 0)], "it waits for another officer");
        assert_eq!(back("Budi", &one, " ").unwrap_err(), "reason_needed");
        back("Budi", &one, "Nomor dokumen salah.").expect("sent back");
        assert_eq!(confirm(world, &id, "Rina", Step::Issue, &one).unwrap_err(), "second_gone");
        let shown = proposed(world, &id).expect("its officer reads why");
        assert!(shown.back && shown.told.contains("Dikembalikan Budi: Nomor dokumen salah."), "{shown:?}");
        assert_eq!((listed(world, WAITS), listed(world, BACK)), (vec![], vec![id.clone()]));
        assert_eq!([counts("Sari"), counts("Budi")], [(0, 1), (0, 0)]);
        decide(world, &id, "Sari", &[issue()]);
        let again = proposed(world, &id).expect("it waits").id;
        assert_eq!((listed(world, BACK), counts("Sari"), counts("Budi")), (vec![], (0, 0), (1, 0)));
        assert_eq!(confirm(world, &id, "Budi", Step::Issue, &one).unwrap_err(), "second_gone", "not the one he read");
        back("Sari", &again, "Salah ketik.").expect("taken back by whoever proposed it");
        assert_eq!((status(world, &id).as_str(), counter.sync(world, &[]).1.len()), ("IN_PROCESS", 0));
    }

    fn a_proposal_falls_when_the_application_changes_and_not_by_a_remark(world: &World) {
        rule(world, &["issue", "reject"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let paper = Attachment { requirement: "ktp_damaged".into(), substitute: None, sha256: sha256(b"a scan"), bytes: 6, media: "image/jpeg".into(), asked: None, legible: None, original: None };
        let withdrawn = Body::Withdraw(Reason { reason: "Tidak jadi.".into() });
        let remark = || Body::Note(Reason { reason: "Warga menelepon.".into() });
        for (n, event, after) in [(1, Body::Attach(paper), "IN_VERIFICATION"), (2, withdrawn, "CANCELLED")] {
            let (id, one) = waiting(world, &mut counter, n, Step::Reject);
            counter.sync(world, &[raw(&id, None, &remark())]);
            assert!(proposed(world, &id).is_some(), "a remark changes nothing");
            counter.sync(world, &[raw(&id, None, &event)]);
            assert_eq!((status(world, &id).as_str(), proposed(world, &id), listed(world, WAITS)), (after, None, vec![]));
            assert_eq!(confirm(world, &id, "Budi", Step::Reject, &one).unwrap_err(), "second_changed");
            let story = world.district.detail(&id).expect("here").history.join(" | ");
            assert!(story.contains("Gugur karena berkasnya berubah."), "{story}");
        }
        // Returned and corrected: the same application stands where it stood, and what was proposed of it is not the same.
        let (id, one) = waiting(world, &mut counter, 3, Step::Reject);
        let note = "Mohon lengkapi alamat.".to_owned();
        decide(world, &id, "Budi", &[Body::Returned(Returned { reason: "mismatch".into(), target: "applicant.address".into(), note })]);
        let edit = Edited { f: [("applicant.name".to_owned(), "Hj. Halimah".to_owned())].into(), ..Edited::default() };
        counter.sync(world, &[raw(&id, None, &Body::Edit(edit)), raw(&id, None, &Body::Resubmit)]);
        decide(world, &id, "Budi", &[Body::Taken]);
        assert_eq!(confirm(world, &id, "Budi", Step::Reject, &one).unwrap_err(), "second_changed");
        decide(world, &id, "Sari", &[refuse()]);
        let again = proposed(world, &id).expect("proposed anew").id;
        confirm(world, &id, "Budi", Step::Reject, &again).expect("of what it is now");
        assert_eq!(status(world, &id), "REJECTED");
    }

    fn switching_the_rule_off_carries_nothing_through(world: &World) {
        rule(world, &["issue"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (first, one) = waiting(world, &mut counter, 1, Step::Issue);
        let (second, other) = waiting(world, &mut counter, 2, Step::Issue);
        rule(world, &[]);
        assert_eq!((status(world, &first).as_str(), world.district.second_rule().expect("rule").waiting), ("IN_PROCESS", 2));
        assert_eq!(confirm(world, &first, "Sari", Step::Issue, &one).unwrap_err(), "second_self");
        confirm(world, &first, "Budi", Step::Issue, &one).expect("what waits is confirmed as before");
        decide(world, &second, "Sari", &[issue()]);
        assert_eq!((status(world, &second).as_str(), listed(world, WAITS)), ("ISSUED", vec![]), "decided by one alone now");
        assert_eq!(confirm(world, &second, "Budi", Step::Issue, &other).unwrap_err(), "second_changed");
    }

    fn no_other_session_role_or_area_makes_somebody_the_second_officer(world: &World) {
        rule(world, &["issue"]);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = handed_in(world, &mut counter, 1, Step::Issue);
        let mine = session(world, "Sari", "head");
        let (done, detail) = post(world, &mine, &format!("/applications/{id}/issue"), &json!({"document": "6305-CONTOH"}));
        assert_eq!((done, &detail["row"]["second"], &detail["needs_second"]), (200, &json!(true), &json!(["issue"])));
        let (road, seen) = (format!("/applications/{id}/second/issue"), json!({"seen": detail["proposed"]["id"], "note": "x"}));
        let again = session(world, "Sari", "head");
        assert_ne!(mine, again);
        let refused = post(world, &again, &road, &seen);
        assert_eq!((refused.0, &refused.1["code"]), (409, &json!("second_self")), "another session of the same account");
        let verifier = session(world, "Rina", "verifier");
        assert_eq!(post(world, &verifier, &road, &seen).0, 403, "who may not issue confirms no issue");
        assert_eq!(post(world, &verifier, &format!("{road}/back"), &seen).0, 403);
        let far = session(world, "Jauh", "head");
        world.district.set_areas("Jauh", &["63.05.05".into()]).expect("area");
        assert_eq!([post(world, &far, &road, &seen).0, post(world, &far, &format!("{road}/back"), &seen).0], [404, 404]);
        assert_eq!(post(world, &far, "/second", &json!({"steps": [], "seen": ""})).0, 403, "whoever sees a part sets no rule");
        let other = session(world, "Budi", "head");
        assert_eq!(post(world, &other, &format!("/applications/{id}/second/approve"), &seen).0, 404, "no such step");
        assert_eq!(post(world, &other, &road, &seen).0, 200);
        assert_eq!(status(world, &id), "ISSUED");
        let unknown = Change { steps: vec!["return".into()], seen: world.district.second_rule().expect("rule").seen };
        assert_eq!(world.district.change_second_rule("Budi", &unknown).unwrap_err().code, "offered_unknown");
        assert_eq!(world.district.change_second_rule("Budi", &Change::default()).unwrap_err().code, "standards_changed");
    }
}
