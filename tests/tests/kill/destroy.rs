//! What two officers do when something is to be destroyed by rule, over HTTP, and go on with when the server was killed.

use super::{Ran, World};
use crate::{PASSPHRASE, look, runtime};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::served;
use serde_json::{Value, json};

/// One officer's session.
struct Desk {
    client: reqwest::Client,
    site: String,
    cookie: String,
}

impl Desk {
    async fn call(&self, road: &str, body: Option<Value>) -> Result<(u16, Value), String> {
        let url = format!("{}/officer/api{road}", self.site);
        let call = match body {
            Some(body) => self.client.post(url).header("Content-Type", "application/json").body(body.to_string()),
            None => self.client.get(url),
        };
        let reply = call.header("Origin", &self.site).header("Cookie", &self.cookie).send().await;
        let reply = reply.map_err(|e| e.to_string())?;
        let (status, cookie) = (reply.status().as_u16(), reply.headers().get("set-cookie").cloned());
        let text = reply.text().await.map_err(|e| e.to_string())?;
        let told = cookie.map(|c| json!({"cookie": c.to_str().unwrap().split(';').next().unwrap()}));
        Ok((status, told.unwrap_or_else(|| serde_json::from_str(&text).unwrap_or_default())))
    }

    async fn enter(world: &World, name: &str) -> Result<Desk, String> {
        let site = format!("http://{}", world.address);
        let mut desk = Desk { client: reqwest::Client::new(), site, cookie: String::new() };
        let who = json!({"name": name, "passphrase": served::OFFICER});
        let (status, told) = desk.call("/sign-in", Some(who)).await?;
        desk.cookie = told["cookie"].as_str().ok_or(status.to_string())?.to_owned();
        Ok(desk)
    }
}

impl World {
    /// An application that was taken back, and its scan at the Dinas.
    pub(super) fn withdrawn(&mut self) {
        self.sent();
        let office = Office::open(&self.path("office"), "", PASSPHRASE, Edge::system()).unwrap();
        let here = look::ids(office.db(), &format!("SELECT id FROM app WHERE number = '{}'", self.number()));
        office.withdraw(here.first().unwrap(), "Contoh").unwrap();
        office.close().unwrap();
        drop(office);
        let ran = self.office(&["sync"], None);
        assert!(ran.well, "{}", ran.said);
    }

    /// An application that was withdrawn years ago, with its scan at the Dinas.
    pub(super) fn long_closed(&mut self) {
        let _ = served::district(&self.path("district"), &["officer", "--name", "Kepala"]);
        self.withdrawn();
        let there = rusqlite::Connection::open(self.path("district").join("district.db")).unwrap();
        assert_eq!(there.execute("UPDATE app SET changed = 1 WHERE number = ?1", [self.number()]).unwrap(), 1);
    }

    /// One officer proposes, another one agrees, until nothing is due any more.
    pub(super) fn destroy(&self) -> Ran {
        let done = runtime().block_on(self.destroyed());
        Ran { well: done.is_ok(), said: done.err().unwrap_or_default(), ..Ran::default() }
    }

    async fn destroyed(&self) -> Result<(), String> {
        let (first, second) = (Desk::enter(self, "Verifikator").await?, Desk::enter(self, "Kepala").await?);
        let (_, now) = first.call("/retention", None).await?;
        let rule = json!({"basis": "Perbup Contoh 12/2026", "days": {"scans": 365}, "seen": now["seen"]});
        first.call("/retention", Some(rule)).await?;
        // What is proposed already, or not due any more, is no trouble.
        let (proposed, told) = first.call("/retention/propose", Some(json!({"class": "scans"}))).await?;
        let known = ["retention_waits", "retention_none"].contains(&told["code"].as_str().unwrap_or_default());
        if proposed != 200 && !known {
            return Err(format!("{proposed} {told}"));
        }
        let (_, now) = second.call("/retention", None).await?;
        for one in now["records"].as_array().ok_or("no records")?.iter().filter(|one| one["state"] == "proposed") {
            let road = format!("/retention/{}/agree", one["id"].as_str().unwrap_or_default());
            let (agreed, told) = second.call(&road, Some(json!({}))).await?;
            if agreed != 200 {
                return Err(format!("{agreed} {told}"));
            }
        }
        let (_, now) = second.call("/retention", None).await?;
        let done = |one: &Value| one["state"] == "done" && !one["list"].as_str().unwrap_or_default().is_empty();
        let all = now["records"].as_array().ok_or("no records")?;
        if !all.is_empty() && all.iter().all(done) { Ok(()) } else { Err(now["records"].to_string()) }
    }
}
