//! The current state of applications: folded from events, in the same transaction that stores them.

use crate::tx::{DbProblem, Tx, Value, first};
use jukung_domain::event::{self, Body, Hash};
use jukung_domain::fold::{self, Folded, State};

/// A case as the projection holds it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Application id.
    pub id: String,
    /// Office it belongs to.
    pub office: String,
    /// State after all applied events.
    pub state: State,
    /// First 8 bytes of the newest uid, in hex.
    pub head: String,
    /// Calendar day of intake.
    pub day: String,
    /// When this home first stored it, ms.
    pub created: i64,
    /// When it last changed here, ms.
    pub changed: i64,
}

/// Where an event belongs and when.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Office of the application.
    pub office: &'a str,
    /// Now, in ms.
    pub at: i64,
}

/// The case of `id`.
///
/// # Errors
/// Those of the engine; `Ok(None)` when it is not here.
pub fn load(tx: &mut dyn Tx, id: &str) -> Result<Option<Case>, DbProblem> {
    let sql = "SELECT a.office, coalesce(f.state, ''), a.head, a.day, a.created, a.changed
               FROM app a LEFT JOIN folded f ON f.app = a.id WHERE a.id = $1";
    let Some(row) = first(tx, sql, crate::params![id])? else { return Ok(None) };
    let (state, head) = (row.text(1)?, row.text(2)?);
    let state = if state.is_empty() { first_state(tx, id, &head)? } else { serde_json::from_str(&state)? };
    let (office, day) = (row.text(0)?, row.text(3)?);
    Ok(Some(Case { id: id.to_owned(), office, state, head, day, created: row.int(4)?, changed: row.int(5)? }))
}

/// The cases of several applications in one question: `which` is one for `id, office, head, day, created, changed` of `app`.
///
/// # Errors
/// Those of the engine.
pub fn load_all(tx: &mut dyn Tx, which: &str, params: &[Value]) -> Result<Vec<Case>, DbProblem> {
    // Scalar questions: an engine that joins may read a whole table for some rows.
    let sql = format!(
        "SELECT a.id, a.office, a.head, a.day, a.created, a.changed,
           coalesce((SELECT 'state ' || f.state FROM folded f WHERE f.app = a.id LIMIT 1),
             (SELECT 'event ' || e.raw FROM event e WHERE e.app = a.id AND substr(e.uid, 1, 16) = a.head LIMIT 1), '')
         FROM ({which}) a"
    );
    let case = |row: &crate::Row| {
        let (id, told) = (row.text(0)?, row.text(6)?);
        let state = match told.split_once(' ') {
            Some(("state", state)) => serde_json::from_str(state)?,
            Some((_, raw)) => state_of_first(&id, raw)?,
            None => return Err(without_event(&id)),
        };
        let (office, head, day) = (row.text(1)?, row.text(2)?, row.text(3)?);
        Ok(Case { id, office, state, head, day, created: row.int(4)?, changed: row.int(5)? })
    };
    tx.query(&sql, params)?.iter().map(case).collect()
}

/// The cases of these ids, in their order; those that are not here are left out.
///
/// # Errors
/// Those of the engine.
pub fn load_listed(tx: &mut dyn Tx, ids: &[String]) -> Result<Vec<Case>, DbProblem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let which = format!("SELECT id, office, head, day, created, changed FROM app WHERE id IN ({})", places.join(", "));
    let mut found = load_all(tx, &which, &ids.iter().map(Value::from).collect::<Vec<_>>())?;
    found.sort_by_key(|case| ids.iter().position(|id| *id == case.id));
    Ok(found)
}

/// The state of an application that nothing has changed yet: what its first event says.
fn first_state(tx: &mut dyn Tx, id: &str, head: &str) -> Result<State, DbProblem> {
    let sql = "SELECT raw FROM event WHERE app = $1 AND substr(uid, 1, 16) = $2";
    let row = first(tx, sql, crate::params![id, head])?.ok_or_else(|| without_event(id))?;
    state_of_first(id, &row.text(0)?)
}

fn state_of_first(id: &str, raw: &str) -> Result<State, DbProblem> {
    let mut state = None;
    if let Some(body) = Body::read(&event::read(raw)?)? {
        fold::fold(&mut state, &body);
    }
    state.ok_or_else(|| without_event(id))
}

fn without_event(id: &str) -> DbProblem {
    DbProblem::Shape(format!("{id}: an application without its first event"))
}

/// Removes what was folded, before it is folded anew.
///
/// # Errors
/// Those of the engine.
pub fn remove(tx: &mut dyn Tx, id: &str) -> Result<(), DbProblem> {
    tx.execute("DELETE FROM folded WHERE app = $1", crate::params![id])?;
    tx.execute("DELETE FROM app WHERE id = $1", crate::params![id])?;
    Ok(())
}

/// Applications that name this text, such as the hash of a scan, in what was handed in or what became of it.
pub const NAMED: &str = "SELECT app FROM event WHERE raw LIKE '%' || $1 || '%' UNION SELECT app FROM folded WHERE state LIKE '%' || $1 || '%'";

/// The application with this registration number, oldest first when a number was doubled.
///
/// # Errors
/// Those of the engine.
pub fn by_number(tx: &mut dyn Tx, number: &str) -> Result<Option<String>, DbProblem> {
    let row =
        first(tx, "SELECT app FROM lookup WHERE key = $1 AND kind = 'number' ORDER BY app", crate::params![number])?;
    row.map(|r| r.text(0)).transpose()
}

/// Folds one event into its application, stores the result and indexes it. The row stays locked until the commit.
///
/// # Errors
/// Those of the engine; what folding decided is an answer.
pub fn apply(
    tx: &mut dyn Tx,
    application: &str,
    body: &Body,
    uid: &Hash,
    context: Context<'_>,
) -> Result<Folded, DbProblem> {
    tx.execute("UPDATE app SET head = head WHERE id = $1", crate::params![application])?;
    let before = load(tx, application)?;
    apply_after(tx, application, before, body, uid, context)
}

/// [`apply`] after what was there `before`: whoever calls it has locked and loaded that in the same transaction.
///
/// # Errors
/// Those of the engine.
pub fn apply_after(
    tx: &mut dyn Tx,
    application: &str,
    before: Option<Case>,
    body: &Body,
    uid: &Hash,
    context: Context<'_>,
) -> Result<Folded, DbProblem> {
    let (folded, state) = keep(tx, application, before, body, uid, context)?;
    if let Some(state) = state {
        index(tx, application, &state)?;
    }
    Ok(folded)
}

/// [`apply`] without the index, for a save that a resident waits for: whoever calls it has loaded what was there before,
/// in the same transaction, and indexes afterwards.
///
/// # Errors
/// Those of the engine.
pub fn save(
    tx: &mut dyn Tx,
    application: &str,
    before: Option<Case>,
    body: &Body,
    uid: &Hash,
    context: Context<'_>,
) -> Result<Folded, DbProblem> {
    Ok(keep(tx, application, before, body, uid, context)?.0)
}

/// The state is given back when the event was applied.
fn keep(
    tx: &mut dyn Tx,
    application: &str,
    before: Option<Case>,
    body: &Body,
    uid: &Hash,
    context: Context<'_>,
) -> Result<(Folded, Option<State>), DbProblem> {
    let created = before.as_ref().map_or(context.at, |c| c.created);
    let is_first = before.is_none();
    let mut state = before.map(|c| c.state);
    let folded = fold::fold(&mut state, body);
    let Some(mut state) = state.filter(|_| folded == Folded::Applied) else { return Ok((folded, None)) };
    if let Body::Delivered(_) | Body::Handed(_) = body {
        state.handed = hex::encode(uid);
    }
    store(tx, application, &state, uid, context, created)?;
    if !is_first {
        tx.execute(
            "INSERT INTO folded (app, state) VALUES ($1, $2) ON CONFLICT (app) DO UPDATE SET state = excluded.state",
            crate::params![application, serde_json::to_string(&state)?],
        )?;
    }
    Ok((folded, Some(state)))
}

fn store(
    tx: &mut dyn Tx,
    id: &str,
    state: &State,
    uid: &Hash,
    context: Context<'_>,
    created: i64,
) -> Result<(), DbProblem> {
    let case = Stands { id, state, head: &event::short(uid), created };
    tx.insert(COLUMNS, &[case.row(context)], AGAIN)
}

const COLUMNS: &str = "app (id, office, number, service, status, subject, applicant, head, day, created, changed)";
const AGAIN: &str =
    "ON CONFLICT (id) DO UPDATE SET number = excluded.number, status = excluded.status, subject = excluded.subject,
  applicant = excluded.applicant, head = excluded.head, changed = excluded.changed";

/// How an application stands after its newest event.
#[derive(Debug, Clone, Copy)]
pub struct Stands<'a> {
    /// Application id.
    pub id: &'a str,
    /// Its state.
    pub state: &'a State,
    /// First 8 bytes of the newest uid, in hex.
    pub head: &'a str,
    /// When this home first stored it, ms.
    pub created: i64,
}

impl Stands<'_> {
    fn row(&self, context: Context<'_>) -> Vec<Value> {
        let doc = &self.state.application;
        crate::params![
            self.id,
            context.office,
            &self.state.number,
            &doc.service,
            self.state.status.code(),
            subject(self.state),
            doc.fields.get("applicant.name").cloned().unwrap_or_default(),
            self.head,
            doc.reported.clone().unwrap_or_default(),
            self.created,
            context.at
        ]
        .to_vec()
    }
}

/// Stores applications that are new here, and indexes them; with the state where it is `Some`thing else than what the first
/// event says.
///
/// # Errors
/// Those of the engine.
pub fn store_all(tx: &mut dyn Tx, new: &[(Stands<'_>, Option<String>)], context: Context<'_>) -> Result<(), DbProblem> {
    let rows: Vec<_> = new.iter().map(|(case, _)| case.row(context)).collect();
    tx.insert(COLUMNS, &rows, AGAIN)?;
    let folded = |(case, state): &(Stands<'_>, Option<String>)| Some(crate::params![case.id, state.as_ref()?].to_vec());
    let rows: Vec<_> = new.iter().filter_map(folded).collect();
    tx.insert("folded (app, state)", &rows, "ON CONFLICT (app) DO UPDATE SET state = excluded.state")?;
    let rows: Vec<_> = new.iter().flat_map(|(case, _)| keys(case.id, case.state)).collect();
    tx.insert(LOOKUP, &rows, "ON CONFLICT DO NOTHING")
}

/// Name of the person the document is about, or of the applicant.
#[must_use]
pub fn subject(state: &State) -> String {
    let fields = &state.application.fields;
    ["child.name", "deceased.name", "subject.name"]
        .iter()
        .find_map(|p| fields.get(*p))
        .or_else(|| fields.get("applicant.name"))
        .cloned()
        .unwrap_or_default()
}

/// Exact keys people look up by: number, NIK, KK and phone of everyone named.
///
/// # Errors
/// Those of the engine.
pub fn index(tx: &mut dyn Tx, id: &str, state: &State) -> Result<(), DbProblem> {
    tx.execute("DELETE FROM lookup WHERE app = $1", crate::params![id])?;
    tx.insert(LOOKUP, &keys(id, state), "ON CONFLICT DO NOTHING")
}

const LOOKUP: &str = "lookup (key, kind, app)";

fn keys(id: &str, state: &State) -> Vec<Vec<Value>> {
    let numbers = std::iter::once(&state.number).chain(&state.former).map(|number| ("number", number));
    let named = state.application.fields.iter().filter_map(|(path, value)| match path.rsplit('.').next() {
        Some("nik") => Some(("nik", value)),
        Some("kk") => Some(("kk", value)),
        Some("phone") => Some(("phone", value)),
        Some(_) | None => None,
    });
    numbers.chain(named).map(|(kind, key)| crate::params![key, kind, id].to_vec()).collect()
}
