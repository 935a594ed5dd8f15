//! What the counter sees of applications: queue, case, attention and sending, all from committed rows.

use crate::attention::DRAFT_OLD_MS;
use crate::audit::{Act, Did};
use crate::edge::{age, short_day};
use crate::offer::PACKED;
use crate::reveal::Held;
use crate::tells::{stands, tell};
use crate::view::{Case, QueuePage, QueueRow, ReviewRow, Sending, SendingPanel};
use crate::{Office, drafts, handover, stored, views};
use jukung_domain::application::Application;
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};
use std::collections::BTreeMap;

/// Rows on one page: WebKitGTK draws 50 in 19 ms, 500 in 143 (ux.md).
pub const PAGE: i64 = 50;

impl Office {
    /// A page of the queue: drafts and applications of today, or of the filter.
    ///
    /// # Errors
    /// Those of storage.
    pub fn queue(&self, filter: &str, page: u32) -> Result<QueuePage, Problem> {
        let offset = i64::from(page) * PAGE;
        let today = self.today().to_string();
        let (ids, counts, earlier) = self.db.read(|tx| {
            let counts = counts(tx)?;
            let earlier = count(
                tx,
                "SELECT count(*) FROM app WHERE day < $1 AND status NOT IN ('DELIVERED', 'REJECTED', 'CANCELLED')",
                &today,
            )?;
            Ok::<_, Problem>((page_ids(tx, filter, offset, &today)?, counts, earlier))
        })?;
        let rows = ids.iter().map(|id| self.row(id)).filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let total = if filter == "earlier" { earlier } else { counts.get(filter).copied().unwrap_or(0) };
        let pages = total.div_ceil(u32::try_from(PAGE).unwrap_or(50)).max(1);
        Ok(QueuePage { rows, counts, earlier, page, pages })
    }

    /// Drafts in the bin, the last one thrown away first.
    ///
    /// # Errors
    /// Those of storage.
    pub fn bin(&self) -> Result<Vec<QueueRow>, Problem> {
        self.db.read(|tx| {
            let sql = "SELECT id FROM draft WHERE binned > 0 ORDER BY binned DESC LIMIT $1";
            let rows = tx.query(sql, params![PAGE]).map_err(stored)?;
            let ids: Result<Vec<String>, _> = rows.iter().map(|r| r.text(0)).collect();
            ids.map_err(stored)?.iter().map(|id| drafts::binned(tx, id).map(|d| self.draft_row(&d))).collect()
        })
    }

    /// One row: a draft, an application or a complaint.
    ///
    /// # Errors
    /// Those of storage; `Ok(None)` when it is gone.
    pub fn row(&self, id: &str) -> Result<Option<QueueRow>, Problem> {
        self.db.read(|tx| {
            if let Some(case) = projection::load(tx, id).map_err(stored)? {
                let sending = self.sending_of(tx, id)?;
                let status = shown_status(&sending, case.state.status);
                return Ok(Some(QueueRow {
                    id: id.to_owned(),
                    kind: "application".into(),
                    number: case.state.number.clone(),
                    name: projection::subject(&case.state),
                    applicant: case.state.application.fields.get("applicant.name").cloned().unwrap_or_default(),
                    service: case.state.application.service.clone(),
                    service_name: self.service_name(&case.state.application.service),
                    when: self.when(case.created),
                    needs_attention: case.state.status == Status::NeedsCorrection || sending.state == "stuck",
                    status_text: stands(&status, &case.state),
                    status,
                    sending,
                }));
            }
            match drafts::load(tx, id) {
                Ok(draft) => Ok(Some(self.draft_row(&draft))),
                Err(p) if p.code == "draft_gone" => self.complaint_row(tx, id),
                Err(p) => Err(p),
            }
        })
    }

    fn draft_row(&self, draft: &drafts::Stored) -> QueueRow {
        let now = self.now();
        QueueRow {
            id: draft.id.clone(),
            kind: "draft".into(),
            number: String::new(),
            name: views::name_in(&draft.application),
            applicant: draft.application.fields.get("applicant.name").cloned().unwrap_or_default(),
            service: draft.application.service.clone(),
            service_name: self.service_name(&draft.application.service),
            when: self.when(draft.saved),
            sending: Sending {
                state: "draft".into(),
                text: say("sending.draft", &[]),
                reason: String::new(),
                scans_received: 0,
                scans_total: 0,
                scans_bytes: 0,
                age: age(draft.saved, now),
            },
            status: String::new(),
            status_text: String::new(),
            needs_attention: now - draft.saved > DRAFT_OLD_MS,
        }
    }

    pub(crate) fn when(&self, ms: i64) -> String {
        let at = self.local(ms);
        if at.day() == self.today() { at.time() } else { short_day(at.day()) }
    }

    /// Where an application is on its way. "Received" is only said with the district's acknowledgement.
    ///
    /// # Errors
    /// Those of storage.
    pub fn sending_of(&self, tx: &mut dyn Tx, id: &str) -> Result<Sending, Problem> {
        let row = first(tx, ON_ITS_WAY, params![id]).map_err(stored)?;
        let papers = tx
            .query(
                "SELECT b.state, b.bytes FROM scan s JOIN blob b ON b.sha256 = s.sha256 WHERE s.draft = $1 AND s.binned = 0",
                params![id],
            )
            .map_err(stored)?;
        let total = u32::try_from(papers.len()).unwrap_or(u32::MAX);
        let there = papers.iter().filter(|r| r.text(0).is_ok_and(|s| s == "received")).count();
        let scans_received = u32::try_from(there).unwrap_or(0);
        let waiting = papers.iter().filter(|r| r.text(0).is_ok_and(|s| s != "received"));
        let scans_bytes = waiting.filter_map(|r| r.int(1).ok()).sum();
        let Some(row) = row else {
            return Ok(Sending {
                state: "received".into(),
                text: say("sending.received", &[("time", "")]),
                reason: String::new(),
                scans_received,
                scans_total: total,
                scans_bytes,
                age: String::new(),
            });
        };
        let (since, tries, problem, received) = (
            row.int(0).map_err(stored)?,
            row.int(1).map_err(stored)?,
            row.text(2).map_err(stored)?,
            row.int(3).map_err(stored)?,
        );
        let live = self.live();
        let (state, text) = if received > 0 && scans_received == total {
            ("received", say("sending.received", &[("time", &self.when(received))]))
        } else if received > 0 {
            ("sending", say("sending.scans", &[("n", &scans_received.to_string()), ("total", &total.to_string())]))
        } else if problem == "not_enrolled" {
            ("stuck", say("sending.stuck", &[]))
        } else if live.sending {
            ("sending", say("sending.sending", &[]))
        } else if tries > 0 && live.next_try > 0 {
            ("retrying", say("sending.retrying", &[("time", &self.local(live.next_try).time())]))
        } else {
            ("waiting", say("sending.waiting", &[]))
        };
        let reason = if problem.is_empty() { String::new() } else { say(&format!("sending.reason.{problem}"), &[]) };
        let age = if state == "received" { String::new() } else { age(since, self.now()) };
        Ok(Sending { state: state.into(), text, reason, scans_received, scans_total: total, scans_bytes, age })
    }

    /// One application with its answers, papers and story.
    ///
    /// # Errors
    /// `not_found`.
    pub fn application(&self, id: &str) -> Result<Case, Problem> {
        self.note_opened(&Did::new(Act::Open, ("case", id), ""))?;
        let (case, sending, history) = self.db.read(|tx| {
            let case = projection::load(tx, id).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
            Ok::<_, Problem>((case, self.sending_of(tx, id)?, self.history(tx, id)?))
        })?;
        let status = shown_status(&sending, case.state.status);
        let doc = &case.state.application;
        let mut actions = vec!["receipt".to_owned(), "message".to_owned()];
        if case.state.status == Status::NeedsCorrection
            || (case.state.status == Status::Submitted && sending.state != "received")
        {
            actions.push("correct".into());
        }
        if case.state.status.counter_may_withdraw() {
            actions.push(if sending.state == "received" { "withdraw".into() } else { "retract".into() });
        }
        let here = handover::is_here(&case.state);
        if here {
            actions.push("hand_over".into());
        }
        if case.state.status == Status::Delivered && self.db.read(|tx| self.can_take_back(tx, id))? {
            actions.push("take_back".into());
        }
        Ok(Case {
            id: id.to_owned(),
            number: case.state.number.clone(),
            service_name: self.service_name(&doc.service),
            subject: projection::subject(&case.state),
            status_text: stands(&status, &case.state),
            status,
            rows: self.review_rows(doc),
            scans: self.scans_of(id, doc)?,
            history,
            returned: self.db.read(|tx| drafts::returned_to(tx, id))?,
            promised: self
                .promised(doc)
                // Nobody works on what is held back, so no day is promised meanwhile.
                .filter(|_| case.state.held_back.is_none())
                .map(|d| say("paper.promised", &[("date", &crate::edge::long_day(d))]))
                .unwrap_or_default(),
            printed: case.state.printed,
            tell: tell(&case.state),
            sending,
            actions,
            receivers: if here { handover::receivers(&case.state) } else { Vec::new() },
            not_named: if here { handover::not_named(&case.state) } else { String::new() },
        })
    }

    /// What was handed in, in full: for the programs of this computer, never for a screen.
    ///
    /// # Errors
    /// `not_found`.
    pub fn document(&self, id: &str) -> Result<Application, Problem> {
        let case = self.db.read(|tx| projection::load(tx, id)).map_err(stored)?;
        Ok(case.ok_or_else(|| Problem::new("not_found"))?.state.application)
    }

    /// Labelled answers in form order, masked where nobody is shown them before saying why.
    #[must_use]
    pub fn review_rows(&self, document: &Application) -> Vec<ReviewRow> {
        self.held(document).into_iter().map(Held::row).collect()
    }

    /// The sending panel: every item on its way and what arrived in the last seven days.
    ///
    /// # Errors
    /// Those of storage.
    pub fn sending(&self) -> Result<SendingPanel, Problem> {
        let week = self.now() - 7 * 86_400_000;
        let (waiting, sent, scans, bytes) = self.db.read(|tx| {
            let ids = |tx: &mut dyn Tx, sql: &str, p: i64| -> Result<Vec<String>, Problem> {
                tx.query(sql, params![p]).map_err(stored)?.iter().map(|r| r.text(0).map_err(stored)).collect()
            };
            let waiting = ids(
                tx,
                "SELECT app, since FROM queue UNION SELECT q.app, q.since FROM sent q JOIN scan s ON s.draft = q.app
                   JOIN blob b ON b.sha256 = s.sha256 WHERE s.binned = 0 AND b.state <> 'received' ORDER BY 2 LIMIT $1",
                200,
            )?;
            let sent = ids(tx, "SELECT app FROM sent WHERE received > $1 ORDER BY received DESC LIMIT 200", week)?;
            let row = first(
                tx,
                "SELECT count(*), coalesce(sum(b.bytes), 0) FROM blob b WHERE b.state <> 'received'
                   AND EXISTS (SELECT 1 FROM scan s JOIN app a ON a.id = s.draft WHERE s.sha256 = b.sha256 AND s.binned = 0)",
                &[],
            )
            .map_err(stored)?
            .ok_or_else(|| Problem::new("internal"))?;
            let device = self.identity.device.to_string();
            let text = first(tx, UNSENT, params![device]).map_err(stored)?;
            let text = text.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
            let bytes = row.int(1).map_err(stored)? + text / PACKED;
            Ok::<_, Problem>((waiting, sent, row.int(0).map_err(stored)?, bytes))
        })?;
        let rows = |ids: &[String]| {
            ids.iter().map(|id| self.row(id)).filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
        };
        let sent_rows: Vec<QueueRow> = rows(&sent)?.into_iter().filter(|r| r.sending.state == "received").collect();
        Ok(SendingPanel {
            connection: self.connection()?,
            rows: rows(&waiting)?,
            waiting_files: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            waiting_scans: u32::try_from(scans).unwrap_or(u32::MAX),
            #[expect(clippy::cast_precision_loss, reason = "sizes on a screen, far below 2^53")]
            waiting_bytes: bytes as f64,
            estimate: self.estimate(bytes),
            sent_7_days: u32::try_from(sent_rows.len()).unwrap_or(u32::MAX),
            sent: sent_rows,
        })
    }
}

/// The district's status is only shown once the district has the application.
fn shown_status(sending: &Sending, status: Status) -> String {
    let theirs = !matches!(status, Status::Submitted | Status::Cancelled);
    if theirs || sending.state == "received" || status == Status::Cancelled {
        status.code().to_owned()
    } else {
        String::new()
    }
}

/// How an application is on its way, or when it arrived.
const ON_ITS_WAY: &str = "SELECT since, tries, problem, 0 FROM queue WHERE app = $1
   UNION ALL SELECT since, 0, '', received FROM sent WHERE app = $1 LIMIT 1";

/// Bytes of events that the district has not acknowledged.
const UNSENT: &str =
    "SELECT coalesce(sum(length(e.raw)), 0) FROM inc i JOIN log l ON l.device = $1 AND l.incarnation = i.inc
   AND l.seq > i.acked JOIN event e ON e.uid = l.uid";

/// Of days before today, and not finished yet.
const EARLIER: &str =
    "SELECT id, created FROM app WHERE day < $1 AND status NOT IN ('DELIVERED', 'REJECTED', 'CANCELLED')";
const BIN: (&str, &str) = ("bin", "SELECT id FROM draft WHERE binned > 0");

const FILTERS: [(&str, &str); 5] = [
    ("draft", "SELECT id, saved FROM draft WHERE binned = 0"),
    ("waiting", "SELECT app, since FROM queue"),
    ("correction", "SELECT id, changed FROM app WHERE status = 'NEEDS_CORRECTION'"),
    ("ready", "SELECT id, changed FROM app WHERE status IN ('ISSUED', 'READY_FOR_PICKUP', 'SHIPPED')"),
    ("all", "SELECT id, saved FROM draft WHERE binned = 0 UNION ALL SELECT id, created FROM app"),
];

fn page_ids(tx: &mut dyn Tx, filter: &str, offset: i64, today: &str) -> Result<Vec<String>, Problem> {
    let rows = if filter == "earlier" {
        tx.query(&format!("{EARLIER} ORDER BY 2 DESC LIMIT $2 OFFSET $3"), params![today, PAGE, offset])
    } else {
        let sql = FILTERS.iter().find(|(f, _)| *f == filter).map_or(FILTERS[4].1, |(_, s)| s);
        tx.query(&format!("{sql} ORDER BY 2 DESC LIMIT $1 OFFSET $2"), params![PAGE, offset])
    };
    let rows = rows.map_err(stored)?;
    rows.iter().map(|r| r.text(0).map_err(stored)).collect()
}

fn counts(tx: &mut dyn Tx) -> Result<BTreeMap<String, u32>, Problem> {
    let mut out = BTreeMap::new();
    for (name, sql) in FILTERS.into_iter().chain([BIN]) {
        let row = first(tx, &format!("SELECT count(*) FROM ({sql}) AS rows"), &[]).map_err(stored)?;
        let n = row.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
        out.insert(name.to_owned(), u32::try_from(n).unwrap_or(u32::MAX));
    }
    Ok(out)
}

fn count(tx: &mut dyn Tx, sql: &str, p: &str) -> Result<u32, Problem> {
    let row = first(tx, sql, params![p]).map_err(stored)?;
    Ok(u32::try_from(row.map_or(Ok(0), |r| r.int(0)).map_err(stored)?).unwrap_or(u32::MAX))
}
