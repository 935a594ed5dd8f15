//! Every officers' route asked by an officer of another subdistrict: nothing of the first one is answered, and nothing of it
//! changes. Asked by an officer of that subdistrict the same routes do answer, so the silence means something.

use super::district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, raw, shared};
use super::{call, routes};
use axum::body::Body as HttpBody;
use axum::http::Request;
use jukung_district::complaint::{New, Source};
use jukung_district::delivery::pack::Wanted;
use jukung_district::duty::Asked;
use jukung_district::ended::End;
use jukung_district::second::routes::Change;
use jukung_domain::closing::DayClosed;
use jukung_domain::complaint::Complaint;
use jukung_domain::event::{Body, Issued, Reason};
use jukung_domain::policy::{Action, Role};
use jukung_ledger::{params, tx::first};
use serde_json::{Value, json};

/// A village of another subdistrict.
const FAR: &str = "63.05.05.2001";
const NIK: &str = "6305044107489901";
const SENDER: &str = "628110001";
/// Only applications of [`OFFICE`] have this name.
const NAME: &str = "Zaitun Contoh";
const STORY: &str = "Cerita dari loket sendiri.";

/// What the office of [`OFFICE`] has, by what the routes call it.
struct Planted {
    app: String,
    packed: String,
    waits: String,
    number: String,
    device: String,
    code: String,
    complaint: String,
    doubted: String,
    apart: String,
    run: String,
    duty: String,
    far: String,
    /// Applications whose issue and whose refusal another officer proposed, each with the proposal.
    proposed: [(String, String); 2],
}

/// Two decisions that wait for a second officer.
fn proposed(world: &World, counter: &mut Counter) -> [(String, String); 2] {
    let d = &world.district;
    let seen = d.second_rule().expect("the rule").seen;
    let steps = vec!["issue".to_owned(), "reject".to_owned()];
    d.change_second_rule("Kepala", &Change { steps, seen }).expect("switched on");
    let refuse = Body::Refused(Reason { reason: STORY.into() });
    [(5, vec![Body::Taken, Body::Approved, Body::Issued(Issued::default())]), (6, vec![Body::Taken, refuse])].map(
        |(n, bodies)| {
            let (raw, id) = counter.create(n, NAME, None);
            counter.sync(world, &[raw]);
            bodies.iter().for_each(|body| d.decide(&id, "Budi", body).expect("decided or proposed"));
            let proposal = d.detail(&id).expect("here").proposed.expect("it waits").id;
            (id, proposal)
        },
    )
}

fn issued(world: &World, counter: &mut Counter, n: i64, way: &str) -> String {
    let (raw, id) = counter.create(n, NAME, None);
    let mut event: Value = serde_json::from_str(&raw).expect("an event");
    event["p"]["d"]["fields"]["delivery.method"] = way.into();
    counter.sync(world, &[event.to_string()]);
    for body in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        world.district.decide(&id, "Budi", &body).expect("decided");
    }
    id
}

fn one(world: &World, sql: &str) -> String {
    let row = world.district.db.read(|tx| first(tx, sql, &[])).expect("read").expect("a row");
    row.text(0).expect("text")
}

fn planted(world: &World) -> Planted {
    let (mut near, mut far) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, FAR, 3));
    let (first_one, app) = near.create(1, NAME, None);
    near.sync(world, &[first_one]);
    let (packed, waits) = (issued(world, &mut near, 2, "post"), issued(world, &mut near, 3, "officer"));
    let (doubted, doubtful) = near.create(4, NAME, None);
    let sheet = DayClosed { n: 1, day: "2026-11-23".into(), on: "2026-11-23".into(), ..DayClosed::default() };
    near.sync(world, &[doubted, raw("00000000-0000-7000-8000-0000000000ff", None, &Body::DayClosed(sheet))]);
    let (theirs, far_app) = far.create(1, "Halimah Contoh", None);
    far.sync(world, &[theirs]);
    let lost = Counter::enrol(world, OFFICE, 2);
    world.district.end(&lost.card.code, End::Lost).expect("lost");
    lost.send(world, &[lost.create(1, NAME, None).0], &[]).expect("kept apart");
    let wanted = Wanted { way: "post".into(), apps: vec![packed.clone()], ..Wanted::default() };
    let run = world.district.make_run("Kurir", &wanted).expect("made").row.id;
    world.district.send_run(&run, "Kurir").expect("sent");
    let (d, device, complaint) = (&world.district, near.card.device.to_string(), "aduan-1".to_owned());
    let story =
        Complaint { n: "K7F-0001-A".into(), kind: "too_slow".into(), words: STORY.into(), ..Complaint::default() };
    let new = New { id: &complaint, office: OFFICE, source: Source::Counter, complaint: &story };
    let story_of_nobody = Complaint { kind: "too_slow".into(), words: STORY.into(), ..Complaint::default() };
    d.db.write(|tx| {
        d.file(tx, &new, d.edge.now())?;
        d.complain(tx, story_of_nobody, Source::Web, d.edge.now())?;
        let doubt = "INSERT INTO doubt (uid, why, verdict, settled, officer) SELECT uid, 'unsigned', '', 0, '' FROM event WHERE app = $1";
        tx.execute(doubt, params![&doubtful])?;
        let talk = "INSERT INTO talk (sender, heard, waits, lost) VALUES ($1, $2, 1, 0)";
        tx.execute(talk, params![SENDER, d.edge.now()])?;
        let message = "INSERT INTO message (id, carrier, recipient, body, template, state, tries, next, name, why, made, changed) VALUES ('m1', 'whatsapp', $1, $2, '[]', 'failed', 1, 0, '', '', 0, 0)";
        tx.execute(message, params![SENDER, STORY])?;
        let found = "INSERT INTO audit_finding (device, chain, kind, held, told, at) VALUES ($1, 1, 'shorter', 2, 1, 0)";
        tx.execute(found, params![&device])?;
        Ok::<_, jukung_domain::problem::Problem>(())
    })
    .expect("planted");
    let asked = |kind: &str, about: &str| Asked { kind: kind.into(), about: about.into() };
    d.add_duty("Pengawas", &asked("breach", &near.card.code)).expect("a breach");
    d.add_duty("Pengawas", &asked("access", NIK)).expect("an access");
    Planted {
        number: d.detail(&app).expect("here").row.number,
        doubted: one(world, "SELECT uid FROM doubt"),
        apart: one(world, "SELECT uid FROM lost_event"),
        duty: one(world, "SELECT id FROM duty WHERE kind = 'breach'"),
        code: near.card.code.clone(),
        far: far_app,
        proposed: proposed(world, &mut near),
        app,
        packed,
        waits,
        device,
        complaint,
        run,
    }
}

/// Signs in somebody with every role who sees this subdistrict alone.
fn officer(world: &World, name: &str, area: &str) -> String {
    let roles: Vec<String> = Role::ALL.iter().filter(|r| r.is_of_district()).map(|r| r.code().to_owned()).collect();
    world.district.set_officer(name, PASSPHRASE).expect("officer");
    world.district.set_roles(name, &roles).expect("roles");
    world.district.set_areas(name, &[area.to_owned()]).expect("area");
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).expect("signed in"))
}

/// The route with what is really there in its places, and a body that would do something.
fn aimed(planted: &Planted, path: &str, body: &Value) -> (String, Value) {
    let id = match path.split('/').nth(3).unwrap_or_default() {
        "applications" if path.ends_with("/ship") || path.ends_with("/deliver") => &planted.packed,
        "applications" if path.contains("/second/issue") => &planted.proposed[0].0,
        "applications" if path.contains("/second/reject") => &planted.proposed[1].0,
        "applications" => &planted.app,
        "devices" => &planted.device,
        "complaints" => &planted.complaint,
        "runs" => &planted.run,
        "duties" => &planted.duty,
        _ => &planted.far,
    };
    let uid = if path.contains("/doubts/") { &planted.doubted } else { &planted.apart };
    let aimed =
        path.replace("{id}", id).replace("{uid}", uid).replace("{app}", &planted.packed).replace("{sender}", SENDER);
    let aimed = aimed.replace("{other}", &planted.far).replace("{name}", "arrivals");
    let words = json!({"reason": "x", "target": "applicant.name", "note": "x", "document": "x", "place": "x", "carrier": "x", "recipient": "x", "relation": "x", "mark": "signature", "words": "x"});
    let body = match path {
        "/officer/api/breach" => json!({"text": planted.code}),
        "/officer/api/trace" => json!({"text": NIK}),
        "/officer/api/duties" if !body.is_null() => json!({"kind": "breach", "about": planted.code}),
        "/officer/api/duties/{id}/done" => json!({"note": "told"}),
        "/officer/api/messages/again" => json!({"id": "m1"}),
        "/officer/api/runs" if !body.is_null() => json!({"way": "officer", "carrier": "x", "apps": [planted.waits]}),
        "/officer/api/runs/{id}/order" => json!({"apps": [planted.waits]}),
        p if p.contains("/second/issue") => json!({"seen": planted.proposed[0].1, "note": "x"}),
        p if p.contains("/second/reject") => json!({"seen": planted.proposed[1].1, "note": "x"}),
        p if p.ends_with("/ticks") => json!({"path": "applicant.name", "value": NAME, "agrees": true}),
        _ if body.is_object()
            && !path.contains("/reveal/")
            && !path.contains("/similar/")
            && !path.contains("/invitations") =>
        {
            words
        }
        _ => body.clone(),
    };
    (aimed, body)
}

/// What of the planted stands in an answer. What was typed into the question is no answer.
fn told(planted: &Planted, asked: &str, answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer);
    let marks = [
        &planted.app,
        &planted.packed,
        &planted.waits,
        &planted.number,
        &planted.device,
        &planted.run,
        &planted.doubted,
        &planted.apart,
        &planted.duty,
        &planted.complaint,
        &planted.proposed[0].0,
        &planted.proposed[1].0,
    ];
    let marks =
        marks.into_iter().map(String::as_str).chain([NAME, STORY, SENDER, OFFICE, "Rantau Kiwa", "Tapin Utara"]);
    marks.filter(|mark| text.contains(mark) && !asked.contains(mark)).map(str::to_owned).collect()
}

/// Everything that is stored, without sessions and what the officers asked of their own account.
fn stored(world: &World) -> Vec<String> {
    let schema = include_str!("../../../schema.sql");
    let kept = schema.split("-- PART ").filter(|part| !part.starts_with("office"));
    let tables = kept.flat_map(|part| part.split("CREATE TABLE ").skip(1)).filter_map(|t| t.split([' ', '(']).next());
    let mut all = Vec::new();
    for table in tables.filter(|t| !["session", "officer", "tries", "office", "desk_audit"].contains(t)) {
        let rows = world.district.db.read(|tx| tx.query(&format!("SELECT * FROM {table}"), &[])).expect("read");
        all.extend(rows.iter().map(|row| format!("{table} {row:?}")));
    }
    // The chain of what officers did goes on with each of them.
    all.retain(|row| !row.contains("desk_audit"));
    all.sort();
    all
}

/// Gives one line for each engine.
pub(super) fn ask_every_route() -> Vec<String> {
    let mut lines = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let planted = planted(&world);
        let (near, far) = (officer(&world, "Dekat", "63.05.04"), officer(&world, "Jauh", "63.05.05"));
        let (mut asked, mut answers, mut wrong) = (0, 0, Vec::new());
        let before = stored(&world);
        let mine = |path: &str| path.contains("/account");
        for (method, path, action, body) in routes().into_iter().filter(|(_, path, ..)| !mine(path)) {
            let (aimed, body) = aimed(&planted, path, &body);
            let (status, _, answer) = world.http(call(method, &aimed, &far, &body));
            asked += 1;
            let said = told(&planted, &format!("{aimed} {body}"), &answer);
            if !said.is_empty() || status >= 500 || (!action.is_divisible() && status != 403) {
                wrong.push(format!("{method} {path}: {status} {said:?}"));
            }
            if method == "get" {
                let (_, _, answer) = world.http(call(method, &aimed, &near, &body));
                answers += usize::from(!told(&planted, &aimed, &answer).is_empty());
            }
        }
        let after: Vec<String> = stored(&world).into_iter().filter(|row| !before.contains(row)).collect();
        // Whoever asks about a person is written down at what they were shown of that person, and at nothing else.
        let own = |row: &String| row.starts_with("opened ") && row.contains("Jauh") && row.contains(&planted.far);
        let near_opened = |row: &String| row.starts_with("opened ") && row.contains("Dekat");
        let changed: Vec<&String> = after.iter().filter(|row| !own(row) && !near_opened(row)).collect();
        let unexpected = wrong.len() + changed.len();
        lines.push(format!(
            "{asked} routes asked from another area ({engine:?}), {unexpected} unexpected; {answers} answer in their own"
        ));
        assert!(wrong.is_empty() && changed.is_empty(), "{wrong:#?} {changed:#?}");
        assert!(answers >= 12, "only {answers} answer anything: what was planted is not seen at all");
        let counted = |path: &str| -> Value {
            let (_, _, answer) = world.http(call("get", path, &far, &Value::Null));
            serde_json::from_slice(&answer).expect("JSON")
        };
        assert_eq!(counted("/officer/api/applications")["total"], 1, "their own alone");
        let figures = counted("/officer/api/figures");
        let arrivals = figures["figures"][0]["rows"]
            .as_array()
            .expect("days")
            .iter()
            .map(|row| row["values"][0].as_i64().unwrap_or(0));
        assert_eq!(arrivals.sum::<i64>(), 1, "{figures}");
        let work = counted("/officer/api/deliveries");
        assert_eq!((&work["piles"], &work["overdue"]), (&json!([]), &json!(0)), "{work}");
        let tracking = format!("nomor,resi\n{},P2611230001\n", planted.number);
        let request =
            Request::post("/officer/api/deliveries/tracking").header("cookie", &far).header("content-type", "text/csv");
        let (_, _, answer) = world.http(request.body(HttpBody::from(tracking)).expect("request"));
        assert!(String::from_utf8_lossy(&answer).contains("not_in_post"), "{}", String::from_utf8_lossy(&answer));
        let took =
            world.http(call("post", &format!("/officer/api/applications/{}/take", planted.app), &near, &json!({})));
        assert_eq!(took.0, 200, "in their own area they work");
        assert!(!Action::DistrictSettings.is_divisible());
    }
    lines
}
