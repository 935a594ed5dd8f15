//! What the district keeps beside the projection: words for the officers' search, and the scans an application names.

use jukung_domain::application::Fields;
use jukung_domain::event::Body;
use jukung_domain::problem::Problem;
use jukung_domain::search_key;
use jukung_ledger::{Tx, Value, params, projection};

/// What the district keeps beside the projection: words for the search, and the scans an application names.
pub(crate) fn remember(
    tx: &mut dyn Tx,
    office: &str,
    app: &str,
    body: &Body,
    before: Option<&projection::Case>,
    now: i64,
) -> Result<(), Problem> {
    match body {
        Body::Create(created) => {
            name_words(tx, app, &created.d.fields)?;
            want_scans(tx, office, created.d.attachments.iter().map(|a| (&a.sha256, a.bytes, &a.media)), now)
        }
        Body::Edit(edit) => name_words(tx, app, &edit.f),
        Body::Attach(a) => {
            want_scans(tx, office, std::iter::once((&a.sha256, a.bytes, &a.media)), now)?;
            let replaced = before.map(|c| c.state.application.attachments.clone()).unwrap_or_default();
            crate::scans::forget_replaced(tx, office, &replaced)
        }
        Body::Handed(_) => Ok(crate::delivery::document::follow(tx, app, now)?),
        Body::Unhanded(undone) if before.is_some_and(|c| c.state.handed == undone.r) => {
            Ok(crate::delivery::document::back(tx, app, &undone.r, now)?)
        }
        Body::Resubmit
        | Body::Withdraw(_)
        | Body::Note(_)
        | Body::Printed(_)
        | Body::NumbersSkipped(_)
        | Body::Recovered(_)
        | Body::ClockSet(_)
        | Body::DayClosed(_)
        | Body::Escrowed(_)
        | Body::PersonKey(_)
        | Body::DayCompared(_)
        | Body::Complained(_)
        | Body::ComplaintStepped(_)
        | Body::Unhanded(_)
        | Body::Settled(_)
        | Body::HeldBack(_)
        | Body::Resumed(_)
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::Taken
        | Body::Returned(_)
        | Body::Approved
        | Body::Refused(_)
        | Body::Issued(_)
        | Body::Ready(_)
        | Body::Shipped(_)
        | Body::Delivered(_)
        | Body::DistrictNote(_) => Ok(()),
    }
}

/// [`remember`] of applications that are new here.
pub(crate) fn remember_all<'a>(
    tx: &mut dyn Tx,
    context: projection::Context<'_>,
    made: impl Iterator<Item = (&'a str, &'a Body)>,
) -> Result<(), Problem> {
    let (mut words, mut scans) = (Vec::new(), Vec::new());
    for (app, body) in made {
        let Body::Create(created) = body else { continue };
        words.extend(words_of(app, &created.d.fields));
        scans.extend(created.d.attachments.iter().map(|a| (&a.sha256, a.bytes, &a.media)));
    }
    tx.insert(NAME_WORD, &words, "ON CONFLICT DO NOTHING")?;
    // In one order for everybody: two calls of an office that name the same scans never wait for each other in a ring.
    scans.sort_by_key(|(sha, ..)| *sha);
    want_scans(tx, context.office, scans.into_iter(), context.at)
}

const NAME_WORD: &str = "name_word (word, app)";
const BLOB: &str = "blob (sha256, office, bytes, media, state, key, at)";
/// A scan that was destroyed by rule is needed again once something new names it.
const AGAIN: &str = "ON CONFLICT (sha256, office) DO UPDATE SET state = 'wanted', key = '', at = excluded.at WHERE blob.state = 'destroyed'";

fn name_words(tx: &mut dyn Tx, app: &str, fields: &Fields) -> Result<(), Problem> {
    Ok(tx.insert(NAME_WORD, &words_of(app, fields), "ON CONFLICT DO NOTHING")?)
}

fn words_of(app: &str, fields: &Fields) -> Vec<Vec<Value>> {
    let mut words = Vec::new();
    for (_, name) in fields.iter().filter(|(p, _)| p.ends_with(".name")) {
        words.extend(search_key::fold(name).split_whitespace().map(|word| params![word, app].to_vec()));
    }
    words
}

/// A scan that an event names: its hash, bytes and kind.
type Named<'a> = (&'a String, u32, &'a String);

pub(crate) fn want_scans<'a>(
    tx: &mut dyn Tx,
    office: &str,
    scans: impl Iterator<Item = Named<'a>>,
    now: i64,
) -> Result<(), Problem> {
    let scans: Vec<_> = scans.map(|scan| wanted(office, scan, now)).collect();
    Ok(tx.insert(BLOB, &scans, AGAIN)?)
}

fn wanted(office: &str, (sha, bytes, media): Named<'_>, now: i64) -> Vec<Value> {
    params![sha, office, i64::from(bytes), media, "wanted", "", now].to_vec()
}
