//! Goal: each role of the district reaches exactly the officers' routes that the policy gives it, over HTTP; and no route of
//! theirs is without an action.

#[path = "district_roles/areas.rs"]
mod areas;
mod district_world;
#[path = "district_roles/doors.rs"]
mod doors;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_domain::policy::{Action, Role, Standing, permits};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every officers' route: method, path as documented, action, and a body that can be read.
fn routes() -> Vec<(&'static str, &'static str, Action, Value)> {
    use Action::{
        AuthorSettle, CheckApprove, CheckDecide, CheckRead, ComplaintAnswer, ComputerApprove, Deliver, OwnSecret,
        RevealHighest, RevealNumber,
    };
    vec![
        ("get", "/officer/api/me", OwnSecret, json!(null)),
        ("get", "/officer/api/account", OwnSecret, json!(null)),
        ("post", "/officer/api/account/code", OwnSecret, json!(null)),
        ("post", "/officer/api/account/code/confirm", OwnSecret, json!({"code": "1"})),
        ("post", "/officer/api/account/code/forget", OwnSecret, json!({"code": "1"})),
        ("post", "/officer/api/account/sessions/{id}/end", OwnSecret, json!(null)),
        ("get", "/officer/api/applications", CheckRead, json!(null)),
        ("get", "/officer/api/applications/{id}", CheckRead, json!(null)),
        ("get", "/officer/api/applications/{id}/scans/{sha256}", CheckRead, json!(null)),
        (
            "post",
            "/officer/api/applications/{id}/ticks",
            CheckDecide,
            json!({"path": "x", "value": "y", "agrees": true}),
        ),
        ("post", "/officer/api/applications/{id}/reveal/number", RevealNumber, json!({"purpose": "siak"})),
        ("post", "/officer/api/applications/{id}/reveal/highest", RevealHighest, json!({"purpose": "needed_now"})),
        ("post", "/officer/api/applications/{id}/take", CheckDecide, json!({})),
        ("post", "/officer/api/applications/{id}/return", CheckDecide, json!({})),
        ("post", "/officer/api/applications/{id}/reject", CheckDecide, json!({})),
        ("post", "/officer/api/applications/{id}/note", CheckDecide, json!({})),
        ("post", "/officer/api/applications/{id}/approve", CheckApprove, json!({})),
        ("post", "/officer/api/applications/{id}/issue", CheckApprove, json!({})),
        ("post", "/officer/api/applications/{id}/ready", Deliver, json!({})),
        ("post", "/officer/api/applications/{id}/ship", Deliver, json!({})),
        ("post", "/officer/api/applications/{id}/deliver", Deliver, json!({})),
        ("get", "/officer/api/days", CheckRead, json!(null)),
        ("get", "/officer/api/devices", ComputerApprove, json!(null)),
        ("post", "/officer/api/invitations", ComputerApprove, json!({"office": OFFICE, "server": ""})),
        ("post", "/officer/api/devices/{id}/approve", ComputerApprove, json!({"words": ""})),
        ("post", "/officer/api/devices/{id}/refuse", ComputerApprove, json!(null)),
        ("post", "/officer/api/devices/{id}/end/retire", ComputerApprove, json!(null)),
        ("get", "/officer/api/doubts", CheckRead, json!(null)),
        ("post", "/officer/api/doubts/{uid}/refuse", AuthorSettle, json!(null)),
        ("get", "/officer/api/apart", CheckRead, json!(null)),
        ("post", "/officer/api/apart/{uid}/refuse", CheckApprove, json!(null)),
        ("get", "/officer/api/complaints", ComplaintAnswer, json!(null)),
        ("get", "/officer/api/complaints/{id}", ComplaintAnswer, json!(null)),
        ("post", "/officer/api/complaints/{id}/answer", ComplaintAnswer, json!({"words": "x"})),
        ("get", "/officer/api/complaints/{id}/files/{sha256}", ComplaintAnswer, json!(null)),
        ("get", "/officer/api/deliveries", Deliver, json!(null)),
        ("get", "/officer/api/deliveries/pack", Deliver, json!(null)),
        ("get", "/officer/api/deliveries/lists/{list}", Deliver, json!(null)),
        ("post", "/officer/api/deliveries/lists/twice/{event}", Deliver, json!({"note": "x"})),
        ("post", "/officer/api/deliveries/tracking", Deliver, json!(null)),
        ("get", "/officer/api/runs", Deliver, json!(null)),
        ("post", "/officer/api/runs", Deliver, json!({})),
        ("get", "/officer/api/runs/{id}", Deliver, json!(null)),
        ("post", "/officer/api/runs/{id}/order", Deliver, json!({"apps": []})),
        ("post", "/officer/api/runs/{id}/unpack", Deliver, json!(null)),
        ("post", "/officer/api/runs/{id}/send", Deliver, json!(null)),
        ("post", "/officer/api/runs/{id}/arrive", Deliver, json!({"place": "x"})),
        ("post", "/officer/api/runs/{id}/items/{app}/deliver", Deliver, json!({})),
        ("get", "/officer/api/runs/{id}/{paper}", Deliver, json!(null)),
    ]
    .into_iter()
    .chain(of_the_desk())
    .collect()
}

/// Those of the pages beside the applications: messages, settings, traces, figures, and what goes with one application.
fn of_the_desk() -> Vec<(&'static str, &'static str, Action, Value)> {
    use Action::{
        AuditRead, CheckApprove, CheckDecide, CheckHold, CheckRead, ComplaintAnswer, DataDestroy, Deliver,
        DistrictSettings,
    };
    vec![
        ("get", "/officer/api/applications/{id}/papers/{paper}", CheckRead, json!(null)),
        ("get", "/officer/api/runs/{id}/items/{app}/slip.pdf", Deliver, json!(null)),
        ("post", "/officer/api/applications/{id}/issued", CheckApprove, json!({})),
        ("get", "/officer/api/applications/{id}/issued/{sha256}", CheckRead, json!(null)),
        ("post", "/officer/api/applications/{id}/issued/{sha256}/sign", CheckApprove, json!({})),
        ("put", "/officer/api/signing", CheckApprove, json!({"nik": "1", "passphrase": "x"})),
        ("delete", "/officer/api/signing", CheckApprove, json!(null)),
        ("get", "/officer/api/applications/{id}/visit", CheckRead, json!(null)),
        ("post", "/officer/api/applications/{id}/visit/take", CheckDecide, json!(null)),
        ("get", "/officer/api/applications/{id}/siak", CheckRead, json!(null)),
        ("get", "/officer/api/export/{file}", CheckRead, json!(null)),
        ("get", "/officer/api/hotline", ComplaintAnswer, json!(null)),
        ("post", "/officer/api/hotline/{sender}", ComplaintAnswer, json!({"words": "x"})),
        ("get", "/officer/api/messages", ComplaintAnswer, json!(null)),
        ("post", "/officer/api/applications/{id}/second/issue", CheckApprove, json!({"seen": "x"})),
        ("post", "/officer/api/applications/{id}/second/reject", CheckDecide, json!({"seen": "x"})),
        ("post", "/officer/api/applications/{id}/second/issue/back", CheckApprove, json!({"seen": "x"})),
        ("post", "/officer/api/applications/{id}/second/reject/back", CheckDecide, json!({"seen": "x"})),
        ("post", "/officer/api/applications/{id}/hold", CheckHold, json!({"reason": "x"})),
        ("post", "/officer/api/applications/{id}/resume", CheckHold, json!({"reason": "x"})),
        ("get", "/officer/api/retention", AuditRead, json!(null)),
        ("post", "/officer/api/retention", DataDestroy, json!({})),
        ("post", "/officer/api/retention/propose", DataDestroy, json!({"class": "scans"})),
        ("post", "/officer/api/retention/{id}/agree", DataDestroy, json!(null)),
        ("post", "/officer/api/retention/{id}/drop", DataDestroy, json!(null)),
        ("get", "/officer/api/retention/{id}/record.pdf", AuditRead, json!(null)),
        ("get", "/officer/api/retention/{id}/list.csv", AuditRead, json!(null)),
        ("get", "/officer/api/register", AuditRead, json!(null)),
        ("get", "/officer/api/second", DistrictSettings, json!(null)),
        ("post", "/officer/api/second", DistrictSettings, json!({})),
        ("get", "/officer/api/standards", DistrictSettings, json!(null)),
        ("post", "/officer/api/standards", DistrictSettings, json!({})),
        ("get", "/officer/api/offered", DistrictSettings, json!(null)),
        ("post", "/officer/api/offered", DistrictSettings, json!({})),
        ("post", "/officer/api/trace", AuditRead, json!({"text": "6305044107489901"})),
        ("get", "/officer/api/duties", AuditRead, json!(null)),
        ("post", "/officer/api/duties", AuditRead, json!({"kind": "x", "about": "x"})),
        ("post", "/officer/api/duties/{id}/done", AuditRead, json!({"note": "x"})),
        ("post", "/officer/api/breach", AuditRead, json!({"text": "x"})),
        ("get", "/officer/api/audit", AuditRead, json!(null)),
        ("get", "/officer/api/applications/{id}/similar", CheckRead, json!(null)),
        ("post", "/officer/api/applications/{id}/similar/{other}", CheckDecide, json!({"same": true})),
        ("get", "/officer/api/figures", CheckRead, json!(null)),
        ("get", "/officer/api/figures/{name}", CheckRead, json!(null)),
        ("post", "/officer/api/messages/again", ComplaintAnswer, json!({"id": "x"})),
    ]
}

fn call(method: &str, path: &str, cookie: &str, body: &Value) -> Request<HttpBody> {
    let uri = path
        .replace("{id}", "x")
        .replace("{sha256}", &"a".repeat(64))
        .replace("{sender}", "62811")
        .replace("{uid}", "u")
        .replace("{list}", "overdue")
        .replace("{event}", "e")
        .replace("{file}", "list.csv")
        .replace("{app}", "a")
        .replace("{paper}", "manifest.pdf");
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(uri).header("cookie", cookie);
    let body = if body.is_null() { HttpBody::empty() } else { HttpBody::from(body.to_string()) };
    request.header("content-type", "application/json").body(body).expect("a request")
}

fn signed_in(world: &World, role: Role) -> String {
    world.district.set_officer(role.code(), PASSPHRASE).expect("officer");
    world.district.set_roles(role.code(), &[role.code().to_owned()]).expect("role");
    let token = world.district.sign_in(role.code(), PASSPHRASE).expect("signed in");
    format!("jukung_officer={token}")
}

#[test]
fn each_role_reaches_exactly_the_routes_the_policy_gives_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let (mut cells, mut unexpected) = (0, Vec::new());
        for role in Role::ALL.iter().copied().filter(|r| r.is_of_district()) {
            let cookie = signed_in(&world, role);
            let (_, _, me) = world.http(call("get", "/officer/api/me", &cookie, &json!(null)));
            let me: Value = serde_json::from_slice(&me).expect("JSON");
            let may = Action::ALL.iter().filter(|action| permits(Standing::Person(role), **action));
            assert_eq!(me["may"], json!(may.map(|action| action.code()).collect::<Vec<_>>()), "{role:?} is told all");
            for (method, path, action, body) in routes() {
                let status = world.http(call(method, path, &cookie, &body)).0;
                cells += 1;
                let permitted = permits(Standing::Person(role), action);
                // What is let through may still find nothing (404) or not fit (400, 409): only 403 and 401 are the gate's.
                if permitted == matches!(status, 401 | 403) {
                    unexpected.push(format!("{role:?} {method} {path}: {status}, the policy says {permitted}"));
                }
            }
        }
        println!("{cells} cells of roles and routes asked ({engine:?}), {} unexpected", unexpected.len());
        assert!(cells >= 150, "only {cells} cells");
        assert!(unexpected.is_empty(), "{unexpected:#?}");
    }
}

#[test]
fn no_route_of_the_officers_is_forgotten_here() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    let (_, _, body) = world.http(call("get", "/openapi.json", "", &Value::Null));
    let documented: Value = serde_json::from_slice(&body).expect("JSON");
    let mut known: BTreeSet<(String, String)> =
        routes().into_iter().map(|(m, p, ..)| (m.to_owned(), p.to_owned())).collect();
    for path in [
        "/officer/api/applications/{id}/{step}",
        "/officer/api/applications/{id}/second/{step}",
        "/officer/api/applications/{id}/second/{step}/back",
        "/officer/api/devices/{id}/end/{how}",
        "/officer/api/apart/{uid}/{how}",
        "/officer/api/doubts/{uid}/{how}",
        "/officer/api/runs/{id}/items/{app}/{step}",
    ] {
        known.insert(("post".into(), path.into()));
    }
    let doors = ["/officer/api/sign-in", "/officer/api/sign-out"];
    let mut forgotten = Vec::new();
    for (path, methods) in documented["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let ours = path.starts_with("/officer/api/") && !doors.contains(&path.as_str());
            if ours && !known.contains(&(method.clone(), path.clone())) {
                forgotten.push(format!("{method} {path}"));
            }
        }
    }
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn a_role_is_changed_at_once_and_a_counters_role_is_none_of_the_districts() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let (raw, id) = counter.create(1, "Halimah Contoh", None);
    counter.sync(&world, &[raw]);
    let cookie = signed_in(&world, Role::Complaint);
    let path = format!("/officer/api/applications/{id}");
    assert_eq!(world.http(call("get", &path, &cookie, &Value::Null)).0, 403, "complaints read no application");
    world.district.set_roles("complaint", &["verifier".into()]).expect("roles");
    assert_eq!(world.http(call("get", &path, &cookie, &Value::Null)).0, 200);
    for roles in [vec!["officer".to_owned()], vec!["king".to_owned()], vec![]] {
        assert_eq!(world.district.set_roles("complaint", &roles).expect_err("no role").code, "setting_unknown");
    }
    assert_eq!(world.district.set_roles("nobody", &["head".into()]).expect_err("nobody").code, "not_found");
}

#[test]
fn who_sees_one_subdistrict_sees_and_does_nothing_in_another() {
    for line in areas::ask_every_route() {
        println!("{line}");
    }
}

#[test]
fn nobody_comes_in_by_a_door_that_is_not_theirs() {
    for line in doors::ask_every_route() {
        println!("{line}");
    }
}
