//! One event whose call the district cannot read: handed over as bytes of its own (protocol 2.3), so that nothing behind it
//! waits. What becomes of it is the feed's to say, as of any other.

use crate::Office;
use crate::device_key::Way;
use crate::offer::Prepared;
use crate::sync::{Call, Reply, Road};
use jukung_crypto::sign;
use jukung_domain::call::{OpaqueHead, QUARANTINE};
use jukung_domain::problem::Problem;
use jukung_domain::sync::patience::is_the_districts;
use jukung_domain::wire;

impl Office {
    /// Hands over the one event of `prepared`, whose call was refused with `refusal`; the answer is as of a sync call.
    ///
    /// # Errors
    /// `server_busy` when it was not the district that refused; those of the road.
    pub(crate) async fn hand_over(
        &self,
        road: &dyn Road,
        prepared: &Prepared,
        way: Way,
        refusal: &Reply,
    ) -> Result<Reply, Problem> {
        let part = prepared.head.logs.iter().find(|part| part.m == 1);
        let (Some(part), Some(raw)) = (part.filter(|_| is_the_districts(&refusal.body)), prepared.lines.first()) else {
            return Err(Problem::new("server_busy").with("status", refusal.status));
        };
        tracing::warn!("the district cannot read the call with place {} of {}: it goes as bytes", part.f, part.i);
        let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
        let mut head = OpaqueHead {
            v: wire::VERSION,
            d: prepared.head.d,
            log: part.clone(),
            cur: prepared.head.cur.clone(),
            keys: if way.said { self.statements() } else { Vec::new() },
            sig: String::new(),
        };
        let raw = std::slice::from_ref(raw);
        let signed = wire::signed_bytes(QUARANTINE, &wire::body(&head, raw).map_err(json)?);
        head.sig = hex::encode(sign::sign(&self.seed_of(way.by), &signed));
        let body = wire::body(&head, raw).map_err(json)?;
        let headers = vec![("content-type", wire::SYNC_MEDIA.to_owned())];
        road.carry(Call { method: "POST", path: QUARANTINE.into(), headers, body }).await
    }
}
