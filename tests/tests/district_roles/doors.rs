//! Whoever is nobody's officer and no computer: with nothing, a made-up session, one that was ended, a counter's own token, an
//! officer's session at a counter's door. Asked of every route that the interface documents.

use super::district_world::Counter;
use super::{Engine, World, routes, shared, signed_in};
use axum::body::Body as HttpBody;
use axum::http::Request;
use jukung_domain::policy::Role;
use serde_json::{Value, json};

/// What everybody may ask, each with its own proof where there is something to see.
const PUBLIC: [&str; 11] = [
    "/asli",
    "/asli/trusted.json",
    "/cek",
    "/cek/{link}",
    "/cek/{link}/surat.pdf",
    "/family.css",
    "/healthz",
    "/hotline/whatsapp",
    "/metrics",
    "/pengaduan",
    "/pengaduan/{link}",
];

fn request(method: &str, path: &str, proof: (&str, &str), body: &Value) -> Request<HttpBody> {
    let uri: String =
        path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/");
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(uri);
    let request = request.header("content-type", "application/json").header("tus-resumable", "1.0.0");
    request.header(proof.0, proof.1).body(HttpBody::from(body.to_string())).expect("a request")
}

/// Gives one line for each engine.
pub(super) fn ask_every_route() -> Vec<String> {
    let mut lines = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let counter = Counter::enrol(&world, super::OFFICE, 1);
        let token = counter.send(&world, &[], &[]).expect("an answer").0.token;
        let ended = signed_in(&world, Role::Admin);
        world.http(request("post", "/officer/api/sign-out", ("cookie", &ended), &Value::Null));
        let session = signed_in(&world, Role::Head);
        let (bearer, made_up) = (format!("Bearer {token}"), format!("jukung_officer={}", "ab".repeat(32)));
        let as_cookie = format!("jukung_officer={token}");
        let strangers = [
            ("nobody", ("x-nothing", "x")),
            ("a made-up session", ("cookie", made_up.as_str())),
            ("an ended session", ("cookie", ended.as_str())),
            ("a counter", ("authorization", bearer.as_str())),
            ("a counter's token as a session", ("cookie", as_cookie.as_str())),
        ];
        let at_counters = [
            strangers[0],
            ("a made-up token", ("authorization", "Bearer abab")),
            ("an officer", ("cookie", session.as_str())),
        ];
        let (_, _, body) = world.http(request("get", "/openapi.json", strangers[0].1, &Value::Null));
        let documented: Value = serde_json::from_slice(&body).expect("JSON");
        let (mut cells, mut unexpected) = (0, Vec::new());
        let mut ask = |who: &str, method: &str, path: &str, proof, body: &Value, officers: bool| {
            let (status, ..) = world.http(request(method, path, proof, body));
            cells += 1;
            if (officers && status != 401) || (200..300).contains(&status) || status >= 500 {
                unexpected.push(format!("{who} at {method} {path}: {status}"));
            }
        };
        // With bodies that can be read; that none of them is left out here, another test says.
        for (method, path, _, body) in routes() {
            strangers.iter().for_each(|(who, proof)| ask(who, method, path, *proof, &body, true));
        }
        for (path, methods) in documented["paths"].as_object().expect("paths") {
            let known = path.starts_with("/officer/api/") || PUBLIC.contains(&path.as_str());
            assert!(known || path.starts_with("/v1/"), "{path} is nobody's: say who may");
            for method in methods.as_object().expect("methods").keys().filter(|m| !known && *m != "options") {
                at_counters.iter().for_each(|(who, proof)| ask(who, method, path, *proof, &json!({}), false));
            }
        }
        lines.push(format!("{cells} cells of strangers and routes ({engine:?}), {} unexpected", unexpected.len()));
        assert!(cells > 300 && unexpected.is_empty(), "{unexpected:#?}");
    }
    lines
}
