//! Scans on their way to the district: smallest first, and after a cut from where the district stands (tus 1.0.0).

use crate::sync::{Call, Reply, Road};
use crate::{Office, stored};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::problem::Problem;
use jukung_domain::wire::SyncAnswer;
use jukung_ledger::params;

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
        let mut delivered = 0;
        for (_, sha256) in waiting {
            let Some(bytes) = self.scan_bytes(sha256)? else { continue };
            self.deliver(road, &answer.token, sha256, &bytes).await?;
            self.db
                .write(|tx| tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha256]))
                .map_err(stored)?;
            delivered += 1;
        }
        Ok(delivered)
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

    async fn deliver(&self, road: &dyn Road, token: &str, sha256: &str, bytes: &[u8]) -> Result<(), Problem> {
        let whole = bytes.len() <= AT_ONCE_BYTES;
        let mut headers = usual(token);
        headers.push(("upload-length", bytes.len().to_string()));
        headers.push(("upload-metadata", format!("sha256 {}", STANDARD.encode(sha256))));
        if whole {
            headers.push(("content-type", PIECE.to_owned()));
        }
        let first = if whole { bytes.to_vec() } else { Vec::new() };
        let (sent, began) = (first.len(), self.now());
        let reply = road.carry(Call { method: "POST", path: "/v1/blobs".into(), headers, body: first }).await?;
        taken(&reply, 201)?;
        if whole {
            self.measured(sent, began);
        }
        let stands = serde_json::from_slice::<Begun>(&reply.body).map_err(|_| Problem::new("half"))?.offset;
        let rest = bytes.get(stands..).ok_or_else(|| Problem::new("half"))?;
        if rest.is_empty() {
            return Ok(());
        }
        let mut headers = usual(token);
        headers.push(("content-type", PIECE.to_owned()));
        headers.push(("upload-offset", stands.to_string()));
        let began = self.now();
        let path = format!("/v1/blobs/{sha256}");
        taken(&road.carry(Call { method: "PATCH", path, headers, body: rest.to_vec() }).await?, 204)?;
        self.measured(rest.len(), began);
        Ok(())
    }
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
