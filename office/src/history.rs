//! The story of one application, line by line, as the counter tells it.

use crate::edge::short_day;
use crate::view::HistoryLine;
use crate::{Office, stored};
use jukung_domain::event::{self, Body};
use jukung_domain::problem::Problem;
use jukung_domain::sync::outcome::folds;
use jukung_domain::texts::say;
use jukung_ledger::{Tx, params};

impl Office {
    pub(crate) fn history(&self, tx: &mut dyn Tx, id: &str) -> Result<Vec<HistoryLine>, Problem> {
        let rows =
            tx.query("SELECT raw, at, outcome FROM event WHERE app = $1 ORDER BY CASE turn WHEN 0 THEN 1 ELSE 0 END, abs(turn), at, seq", params![id]).map_err(stored)?;
        let mut lines = Vec::new();
        for row in rows {
            let Ok(envelope) = event::read(&row.text(0).map_err(stored)?) else { continue };
            let at = row.int(1).map_err(stored)?;
            let (key, detail) = match Body::read(&envelope) {
                Ok(Some(Body::Returned(r))) => ("returned", r.note),
                Ok(Some(Body::Refused(r) | Body::Withdraw(r) | Body::Note(r) | Body::DistrictNote(r))) => {
                    (kind_key(&envelope.k), r.reason)
                }
                Ok(Some(Body::Printed(p))) => ("printed", p.copy.to_string()),
                Ok(Some(Body::Renumber(p))) => ("renumbered", p.n),
                Ok(Some(body)) => told(kind_key(&envelope.k), &body),
                Ok(None) | Err(_) => ("unknown", String::new()),
            };
            let local = self.local(at);
            let text = say(&format!("history.{key}"), &[("detail", &detail)]);
            lines.push(HistoryLine {
                when: format!("{}, {}", short_day(local.day()), local.time()),
                who: if envelope.k.starts_with("st.") {
                    self.identity.office.agency.clone()
                } else {
                    self.person_name(&envelope.u)
                },
                text: if folds(&row.text(2).map_err(stored)?) {
                    text
                } else {
                    say("history.aside", &[("text", &text)])
                },
            });
        }
        Ok(lines)
    }
}

/// The line of the history for an event, and what was told with it: the family asks for exactly that.
fn told(key: &'static str, body: &Body) -> (&'static str, String) {
    if let Body::Create(made) = body {
        let how = match made.d.read_back.as_ref().map(|r| r.mode.as_str()) {
            Some("screen") => "created_shown",
            Some("spoken") => "created_read",
            _ => key,
        };
        return (how, String::new());
    }
    let (told, detail) = if let Body::Issued(p) = body {
        ("issued_as", p.document.clone())
    } else if let Body::Ready(p) = body {
        ("ready_at", p.place.clone())
    } else if let Body::Shipped(p) = body {
        ("shipped_by", format!("{} {}", p.carrier, p.tracking))
    } else if let Body::Delivered(p) | Body::Handed(p) = body {
        ("delivered_to", format!("{} ({})", p.recipient, p.relation))
    } else if let Body::Unhanded(p) = body {
        ("unhanded_why", p.reason.clone())
    } else if let Body::HeldBack(p) = body {
        ("held_back", p.reason.clone())
    } else if let Body::Resumed(p) = body {
        ("resumed", p.reason.clone())
    } else if let Body::Settled(p) = body {
        ("settled_twice", p.note.clone())
    } else {
        (key, String::new())
    };
    let empty = detail.trim_matches([' ', '(', ')']).is_empty();
    if empty { (key, String::new()) } else { (told, detail.trim().to_owned()) }
}

fn kind_key(kind: &str) -> &'static str {
    match kind {
        "app.create/1" => "created",
        "app.edit/1" => "edited",
        "app.attach/1" => "attached",
        "app.resubmit/1" => "resubmitted",
        "app.withdraw/1" => "withdrawn",
        "conflict.resolve/1" => "settled",
        "app.note/1" | "st.note/1" => "note",
        "st.taken/1" => "taken",
        "st.approved/1" => "approved",
        "st.refused/1" => "refused",
        "st.issued/1" => "issued",
        "st.ready/1" => "ready",
        "st.shipped/1" => "shipped",
        "st.delivered/1" | "doc.handed/1" => "delivered",
        "doc.unhanded/1" => "unhanded",
        "st.settled/1" => "settled_twice",
        "st.held/1" => "held_back",
        "st.resumed/1" => "resumed",
        _ => "unknown",
    }
}
