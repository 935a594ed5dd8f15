//! Scans on their way to the district: smallest first, and after a cut from where the district stands (tus 1.0.0).

use crate::sync::{Call, Reply, Road};
use crate::{Office, forget, settings, stored};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::problem::Problem;
use jukung_domain::sync::pace::in_small_pieces;
use jukung_domain::wire::SyncAnswer;
use jukung_ledger::point::point;
use jukung_ledger::{Tx, params};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Largest scan sent whole with the call that begins it: one round trip less, and little lost by a cut (protocol 2.12).
const AT_ONCE_BYTES: usize = 32 * 1024;
/// Media type of a piece.
const PIECE: &str = "application/offset+octet-stream";

/// What the district says of a scan it was asked to take.
#[derive(serde::Deserialize)]
struct Begun {
    /// Bytes it has on its disk.
    offset: usize,
}

/// Bytes of a piece behind a proxy that keeps nothing of a call that was cut: eight seconds at 50 kbit/s (protocol 2.12).
const SMALL_PIECE_BYTES: usize = 48 * 1024;

impl Office {
    /// Sends the scans the district waits for, and says how many arrived.
    ///
    /// # Errors
    /// `offline`, `server_busy`; what arrived stays, also a part of a scan.
    pub(crate) async fn deliver_scans(&self, road: &dyn Road, answer: &SyncAnswer) -> Result<usize, Problem> {
        let mut waiting = Vec::new();
        for sha256 in &answer.want {
            match self.scan_bytes(sha256) {
                Ok(Some(bytes)) => waiting.push((bytes.len(), sha256)),
                Ok(None) => {}
                // It cannot be sent from here, and must not hold up what can.
                Err(p) if p.code == "scan_unreadable" => self.scan_lost(sha256)?,
                Err(p) => return Err(p),
            }
        }
        waiting.sort_unstable();
        let (next, sent) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let began = self.now();
        let lane = || self.lane(road, &answer.token, &waiting, &next, &sent);
        // Two at once: the next begins while the last one's answer is on its way, which fills the line (protocol 2.12).
        let (one, two) = tokio::join!(lane(), lane());
        self.measured(sent.into_inner(), began);
        Ok(one? + two?)
    }

    /// A scan that the district waits for cannot be read here: a person must bring the paper again (protocol 2.12).
    fn scan_lost(&self, sha256: &str) -> Result<(), Problem> {
        let now = self.now();
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO attention (uid, app, reason, detail, opened, closed)
                 SELECT $1, s.draft, 'scan-lost', '', $2, 0 FROM scan s WHERE s.sha256 = $1 AND s.binned = 0 LIMIT 1
                 ON CONFLICT (uid) DO NOTHING",
                params![sha256, now],
            )
            .map_err(stored)?;
            Ok(())
        })
    }

    /// Delivers one scan after another until none is left.
    async fn lane(
        &self,
        road: &dyn Road,
        token: &str,
        waiting: &[(usize, &String)],
        next: &AtomicUsize,
        sent: &AtomicUsize,
    ) -> Result<usize, Problem> {
        let mut delivered = 0;
        while let Some((_, sha256)) = waiting.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(bytes) = self.scan_bytes(sha256)? else { continue };
            // Whatever stopped this scan stops the next one too: the other lane ends with it.
            let arrived = self.deliver(road, token, sha256, &bytes, sent).await;
            if arrived.is_err() {
                next.store(waiting.len(), Ordering::Relaxed);
            }
            arrived?;
            self.db.write(|tx| {
                tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha256.as_str()])
                    .map_err(stored)?;
                settings::set(tx, &stood_key(sha256), DELIVERED)
            })?;
            delivered += 1;
        }
        Ok(delivered)
    }

    async fn deliver(
        &self,
        road: &dyn Road,
        token: &str,
        sha256: &str,
        bytes: &[u8],
        sent: &AtomicUsize,
    ) -> Result<(), Problem> {
        let before = self.db.read(|tx| settings::get(tx, &stood_key(sha256)))?.parse::<usize>().ok();
        let small = self.live().small_pieces;
        // Never begun: the call that begins it carries it, one round trip less.
        let whole = bytes.len() <= AT_ONCE_BYTES || (before.is_none() && !small);
        let mut headers = usual(token);
        headers.push(("upload-length", bytes.len().to_string()));
        headers.push(("upload-metadata", format!("sha256 {}", STANDARD.encode(sha256))));
        if whole {
            headers.push(("content-type", PIECE.to_owned()));
            self.stands(sha256, 0)?;
        }
        let first = if whole { bytes.to_vec() } else { Vec::new() };
        let carried = first.len();
        point("scan.begin");
        let reply = road.carry(Call { method: "POST", path: "/v1/blobs".into(), headers, body: first }).await?;
        point("scan.begun");
        taken(&reply, 201)?;
        sent.fetch_add(carried, Ordering::Relaxed);
        let mut at = serde_json::from_slice::<Begun>(&reply.body).map_err(|_| Problem::new("half"))?.offset;
        if let Some(before) = before {
            // The piece that was cut at this place: did anything of it arrive?
            let small = in_small_pieces(before, at);
            self.set_live(|l| l.small_pieces = small);
        }
        while at < bytes.len() {
            let most = if self.live().small_pieces { SMALL_PIECE_BYTES } else { bytes.len() };
            let piece = bytes[at..].get(..most).unwrap_or(&bytes[at..]).to_vec();
            self.stands(sha256, at)?;
            let mut headers = usual(token);
            headers.push(("content-type", PIECE.to_owned()));
            headers.push(("upload-offset", at.to_string()));
            at += piece.len();
            let carried = piece.len();
            let path = format!("/v1/blobs/{sha256}");
            point("piece.send");
            taken(&road.carry(Call { method: "PATCH", path, headers, body: piece }).await?, 204)?;
            point("piece.sent");
            sent.fetch_add(carried, Ordering::Relaxed);
        }
        if at > bytes.len() {
            return Err(Problem::new("half"));
        }
        Ok(())
    }

    /// Remembers from where a piece is sent: what lies there after a cut says whether a proxy keeps what came before it.
    fn stands(&self, sha256: &str, at: usize) -> Result<(), Problem> {
        self.db.write(|tx| settings::set(tx, &stood_key(sha256), &at.to_string()))
    }
}

fn stood_key(sha256: &str) -> String {
    format!("stood.{sha256}")
}

/// In place of an offset: the upload was answered, which nobody signs, and no signed answer has named the scan yet.
const DELIVERED: &str = "delivered";

/// Scans that were delivered on the word of an upload's answer alone: it may have come late, from a district before it was
/// restored. The next call names them once more.
pub(crate) fn unconfirmed(tx: &mut dyn Tx, most: i64) -> Result<Vec<String>, Problem> {
    let sql = "SELECT b.sha256, b.bytes FROM meta m JOIN blob b ON b.sha256 = substr(m.k, 7)
               WHERE m.k >= 'stood.' AND m.k < 'stood/' AND m.v = $1 AND b.state = 'received' ORDER BY b.bytes LIMIT $2";
    let rows = tx.query(sql, params![DELIVERED, most]).map_err(stored)?;
    rows.iter().map(|r| Ok(format!("{}:{}", r.text(0).map_err(stored)?, r.int(1).map_err(stored)?))).collect()
}

/// What a signed answer says about scans that were offered: the district has them, or wants them.
pub(crate) fn told(tx: &mut dyn Tx, answer: &SyncAnswer, now: i64) -> Result<(), Problem> {
    for sha in &answer.have {
        tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha]).map_err(stored)?;
        tx.execute("DELETE FROM meta WHERE k = $1", params![stood_key(sha)]).map_err(stored)?;
    }
    for sha in &answer.want {
        if forget::gone_on(tx, sha)?.is_some() {
            forget::lost_at_district(tx, sha, now)?;
            continue;
        }
        let sql = "UPDATE blob SET state = 'local' WHERE sha256 = $1 AND state = 'received'";
        tx.execute(sql, params![sha]).map_err(stored)?;
    }
    Ok(())
}

fn usual(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}")), ("tus-resumable", "1.0.0".to_owned())]
}

fn taken(reply: &Reply, expected: u16) -> Result<(), Problem> {
    if reply.status == expected {
        return Ok(());
    }
    Err(Problem::new("server_busy").with("status", reply.status))
}
