//! Goal: an event whose call the district cannot read stops nothing behind it: it goes as bytes of its own, gets its place,
//! and is written down for whoever looks after the server (protocol 2.3).

mod office_world;

use jukung_domain::event::{self, Body, Origin, Skipped};
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, params};
use jukung_office::Office;
use jukung_office::own::{append_note, life};
use jukung_office::sync::{Call, Reply, Road};
use office_world::{Cable, World, edge, off, settled};
use std::future::Future;
use std::pin::Pin;

/// A note in the log that holds a line end: no call that carries it can be taken apart.
fn poison(office: &Office) {
    let (identity, now) = (office.identity(), office.now());
    let skipped = Body::NumbersSkipped(Skipped { from: 900, to: 901, code: String::new() });
    let written = office.db().write(|tx| {
        let before = life(tx)?;
        let uid = hex::encode(append_note(tx, identity, &skipped, &edge(), now)?);
        let row = first(tx, "SELECT raw FROM event WHERE uid = $1", params![&uid])?.expect("the note");
        let raw = row.text(0)?.replacen('{', "{\n", 1);
        let origin = Origin { device: identity.device, incarnation: before.incarnation, seq: before.next };
        let new = event::uid(&origin, &raw);
        let (chain, new) = (hex::encode(event::chain_next(&before.chain, &new)), hex::encode(new));
        tx.execute("UPDATE event SET uid = $1, raw = $2 WHERE uid = $3", params![&new, raw, &uid])?;
        tx.execute("UPDATE log SET uid = $1, chain = $2 WHERE uid = $3", params![&new, &chain, &uid])?;
        tx.execute("UPDATE inc SET chain = $1 WHERE closed = 0", params![&chain])?;
        Ok::<_, Problem>(())
    });
    written.expect("written");
}

/// What the district wrote down about events that came as bytes.
async fn set_aside(w: &World) -> Vec<String> {
    let district = w.district.clone();
    let sql = "SELECT raw FROM quarantine WHERE reason = 'envelope'";
    let read = move || {
        district.db.read(|tx| tx.query(sql, &[])?.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, DbProblem>>())
    };
    off(read).await.expect("read")
}

/// A road on which every call with this end is answered by somebody else, with this.
struct Other<'a>(&'a Cable, &'a str, u16, &'a [u8]);

impl Road for Other<'_> {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(async move {
            if call.path.ends_with(self.1) {
                return Ok(Reply { status: self.2, body: self.3.to_vec() });
            }
            self.0.carry(call).await
        })
    }
}

both_engines! {
    async fn what_stands_behind_an_event_that_cannot_be_read_arrives(w: World) {
        let sibling = w.another("second").await;
        let before = w.backup().await;
        w.hand_in("Aminah Contoh");
        poison(&w.office);
        w.hand_in("Budi Contoh");
        poison(&w.office);
        settled(&w, &[&w.office, &sibling]).await;
        assert_eq!(w.stored_at_district().await, 2);
        let aside = set_aside(&w).await;
        assert!(aside.len() == 2 && aside.iter().all(|raw| raw.contains("{\n")), "{aside:?}");
        // Whole in a copy, and again at a district that was restored from before it.
        assert!(w.verified().await > 2);
        w.restore(&before).await;
        w.hand_in("Citra Contoh");
        settled(&w, &[&w.office, &sibling]).await;
        assert_eq!((w.stored_at_district().await, set_aside(&w).await.len()), (3, 2));
    }

    async fn a_proxy_that_refuses_and_a_district_that_knows_no_such_call_cost_nothing(w: World) {
        poison(&w.office);
        w.hand_in("Aminah Contoh");
        let told = br#"{"code":"not_found"}"#;
        for other in [Other(&w.road, "/v1/sync", 400, b"<html>no</html>"), Other(&w.road, "/v1/quarantine", 404, told)] {
            assert_eq!(w.office.sync(&other).await.expect_err("refused").code, "server_busy");
            assert_eq!(set_aside(&w).await, Vec::<String>::new());
        }
        settled(&w, &[&w.office]).await;
        assert_eq!((w.stored_at_district().await, set_aside(&w).await.len()), (1, 1));
    }
}
