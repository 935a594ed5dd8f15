//! Goal: who reads `/openapi.json` knows every answer, and every refusal has the same form, those of the framework included.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Engine, World, shared};
use serde_json::Value;
use std::collections::BTreeSet;

fn world() -> World {
    World::open(Engine::Sqlite, shared()).expect("SQLite is always here")
}

fn documented(world: &World) -> Value {
    let (status, _, body) = world.http(Request::get("/openapi.json").body(HttpBody::empty()).expect("request"));
    assert_eq!(status, 200);
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn every_operation_says_how_it_refuses() {
    let api = documented(&world());
    let paths = api["paths"].as_object().expect("paths");
    assert!(paths.len() > 40, "{}", paths.len());
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("item") {
            let refused = &operation["responses"]["default"];
            if method == "head" {
                assert!(refused["description"].is_string() && refused["content"].is_null(), "{path}: HEAD has no body");
                continue;
            }
            let told = &refused["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(told, "#/components/schemas/Told", "{method} {path}");
        }
    }
    let told = &api["components"]["schemas"]["Told"]["properties"];
    assert!(told["code"].is_object() && told["title"].is_object(), "{told}");
}

#[test]
fn no_two_shapes_share_a_name() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("district/src"), root.join("domain/src")];
    let (mut seen, mut shapes) = (BTreeSet::new(), 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("source");
            for part in source.split("#[derive(").skip(1) {
                let (derived, rest) = part.split_once(")]").expect("a derive ends");
                if !derived.contains("ToSchema") {
                    continue;
                }
                let other = rest.lines().take_while(|l| !l.contains(" {")).find_map(|l| l.split_once("schema(as = "));
                let other = other.and_then(|(_, n)| n.split(')').next());
                let words =
                    rest.lines().filter(|l| !l.trim_start().starts_with(['#', '/'])).flat_map(str::split_whitespace);
                let own = words.skip_while(|w| !["struct", "enum"].contains(w)).nth(1);
                let name = other.or(own).expect("a name").to_owned();
                assert!(seen.insert(name.clone()), "{name} of {} is another shape's name too", path.display());
                shapes += 1;
            }
        }
    }
    assert!(shapes > 50, "{shapes}");
}

#[test]
fn a_body_that_is_none_is_refused_in_our_words() {
    let world = world();
    let calls = [
        Request::post("/officer/api/sign-in").header("content-type", "application/json").body("{"),
        Request::post("/officer/api/sign-in").body("{}"),
        Request::get("/officer/api/applications?page=viele").body(""),
        Request::get("/no/such/place").body(""),
        Request::delete("/officer/api/me").body(""),
    ];
    for (call, status) in calls.into_iter().zip([400, 415, 400, 404, 405]) {
        let call = call.expect("request").map(HttpBody::from);
        let path = call.uri().to_string();
        let (answered, _, body) = world.http(call);
        let told: Value = serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!((answered, told["status"].as_u64()), (status, Some(u64::from(status))), "{path}");
        let title = told["title"].as_str().expect("a title");
        assert!(!title.is_empty() && !title.contains('{'), "{path}: {title}");
    }
}
