//! An officer's own account: a code from the telephone beside the passphrase (TOTP, RFC 6238), and the sessions, which can be
//! seen and ended. The secret lies sealed under the server's key: a copy of the database alone makes no codes.

use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer, session};
use crate::officers::hashed;
use crate::picture::qr_png;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_crypto::{proof, seal};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use totp_rs::{Builder, Totp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who made the code, as the app on the telephone lists it.
const ISSUER: &str = "Jukung Dinas";
/// Digits of a session's name in the list: enough to tell a few apart, useless for signing in.
const NAME_CHARS: usize = 16;

/// Routes of the account.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(offer))
        .routes(routes!(confirm))
        .routes(routes!(forget))
        .routes(routes!(end))
}

/// One session of an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionRow {
    /// Name of the session in this list.
    pub id: String,
    /// When somebody signed in, ms since 1970 UTC.
    pub made: i64,
    /// What the browser calls itself; empty when it said nothing.
    pub agent: String,
    /// The one that asks.
    pub here: bool,
}

/// What an officer sees of the own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    /// Name for signing in.
    pub name: String,
    /// A code from the telephone is asked for at every sign-in.
    pub code: bool,
    /// Sessions that have not ended, newest first.
    pub sessions: Vec<SessionRow>,
}

/// A secret that counts once a code made from it was typed.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeOffer {
    /// To type into the app by hand, base32.
    pub secret: String,
    /// PNG of the QR to scan, base64.
    pub picture: String,
}

/// Six digits from the telephone.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeTyped {
    /// As typed; spaces do not count.
    pub code: String,
}

#[utoipa::path(get, path = "/officer/api/account", responses((status = 200, body = Account), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn read(State(district): Shared, headers: HeaderMap) -> Answer<Json<Account>> {
    let (district, name) = officer(district, &headers, Action::OwnSecret).await?;
    let token = session(&headers);
    Ok(Json(blocking(move || district.account(name, &token)).await?))
}

/// Offers a new secret; nothing changes until a code of it was typed.
#[utoipa::path(post, path = "/officer/api/account/code", responses((status = 200, body = CodeOffer), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn offer(State(district): Shared, headers: HeaderMap) -> Answer<Json<CodeOffer>> {
    let (district, name) = officer(district, &headers, Action::OwnSecret).await?;
    Ok(Json(blocking(move || district.offer_code(&name)).await?))
}

/// From now on a code is asked for at every sign-in.
#[utoipa::path(post, path = "/officer/api/account/code/confirm", request_body = CodeTyped, responses((status = 204, description = "kept"), (status = 400, description = "another code", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn confirm(State(district): Shared, headers: HeaderMap, Json(typed): Json<CodeTyped>) -> Answer<StatusCode> {
    let (district, name) = officer(district, &headers, Action::OwnSecret).await?;
    blocking(move || district.confirm_code(&name, &typed.code)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The passphrase alone is enough again.
#[utoipa::path(post, path = "/officer/api/account/code/forget", request_body = CodeTyped, responses((status = 204, description = "forgotten"), (status = 400, description = "another code", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn forget(State(district): Shared, headers: HeaderMap, Json(typed): Json<CodeTyped>) -> Answer<StatusCode> {
    let (district, name) = officer(district, &headers, Action::OwnSecret).await?;
    blocking(move || district.give_up_code(&name, &typed.code)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of the own sessions.
#[utoipa::path(post, path = "/officer/api/account/sessions/{id}/end", params(("id" = String, Path)), responses((status = 204, description = "ended"), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such session", body = Told, content_type = PROBLEM)))]
async fn end(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<StatusCode> {
    let (district, name) = officer(district, &headers, Action::OwnSecret).await?;
    blocking(move || district.end_session(&name, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn failed(e: impl std::fmt::Display) -> Problem {
    Problem::new("internal").with("at", e)
}

fn wrong() -> Problem {
    Problem::new("wrong_code")
}

/// The codes of a secret.
fn codes(name: &str, secret: Vec<u8>) -> Result<Totp, Problem> {
    Builder::new()
        .with_secret(secret)
        .with_account_name(name.replace(':', " "))
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(failed)
}

/// What of an officer's row belongs to codes.
struct Kept {
    id: String,
    code: String,
    offered: String,
    step: i64,
}

fn kept(tx: &mut dyn Tx, name: &str) -> Result<Kept, Problem> {
    let sql = "SELECT id, code, code_next, code_step FROM officer WHERE name = $1";
    let row = first(tx, sql, params![name])?.ok_or_else(|| Problem::new("signed_out"))?;
    Ok(Kept { id: row.text(0)?, code: row.text(1)?, offered: row.text(2)?, step: row.int(3)? })
}

impl District {
    fn code_key(&self) -> [u8; 32] {
        proof::prove(self.seed.as_slice(), b"jukung-officer-code-1")
    }

    fn code_secret(&self, id: &str, sealed: &str) -> Result<Vec<u8>, Problem> {
        let sealed = hex::decode(sealed).map_err(failed)?;
        seal::open(&self.code_key(), id.as_bytes(), &sealed).map_err(failed)
    }

    /// The step a typed code belongs to; one that was used, or an older one, opens nothing (RFC 6238 5.2).
    fn code_step(&self, name: &str, kept: &Kept, sealed: &str, typed: &str) -> Result<Option<i64>, Problem> {
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let now = u64::try_from(self.edge.now() / 1000).unwrap_or(0);
        let step = codes(name, self.code_secret(&kept.id, sealed)?)?.check(&digits, now);
        Ok(step.and_then(|step| i64::try_from(step).ok()).filter(|step| *step > kept.step))
    }

    /// Whether a sign-in with the right passphrase goes on: nobody needs a code, or this is the one. The code is used up.
    ///
    /// # Errors
    /// `code_needed` when none was typed; those of the database.
    pub(crate) fn code_fits(&self, name: &str, typed: &str) -> Result<bool, Problem> {
        let kept = self.db.read(|tx| kept(tx, name))?;
        if kept.code.is_empty() {
            return Ok(true);
        }
        if typed.trim().is_empty() {
            return Err(Problem::new("code_needed"));
        }
        let Some(step) = self.code_step(name, &kept, &kept.code, typed)? else { return Ok(false) };
        // Once, also when two ask at the same moment.
        let sql = "UPDATE officer SET code_step = $1 WHERE id = $2 AND code_step < $1";
        Ok(self.db.write(|tx| tx.execute(sql, params![step, &kept.id]))? == 1)
    }

    /// An officer's account as that officer sees it.
    ///
    /// # Errors
    /// `signed_out`; those of the database.
    pub fn account(&self, name: String, token: &str) -> Result<Account, Problem> {
        let (now, here) = (self.edge.now(), hashed(token));
        let sql = "SELECT hash, made, agent FROM session WHERE officer = $1 AND expires > $2 ORDER BY made DESC, hash";
        let (kept, rows) = self.db.read(|tx| {
            let kept = kept(tx, &name)?;
            let rows = tx.query(sql, params![&kept.id, now])?;
            Ok::<_, Problem>((kept, rows))
        })?;
        let row = |r: &jukung_ledger::Row| {
            let hash = r.text(0)?;
            let here = hash == here;
            Ok(SessionRow { id: hash.chars().take(NAME_CHARS).collect(), made: r.int(1)?, agent: r.text(2)?, here })
        };
        let sessions = rows.iter().map(row).collect::<Result<_, Problem>>()?;
        Ok(Account { name, code: !kept.code.is_empty(), sessions })
    }

    /// A new secret for an officer's codes, kept beside the one that counts.
    ///
    /// # Errors
    /// `signed_out`; those of the database.
    pub fn offer_code(&self, name: &str) -> Result<CodeOffer, Problem> {
        let secret = self.edge.random::<20>().to_vec();
        self.db.write(|tx| {
            let kept = kept(tx, name)?;
            let mut fill = |bytes: &mut [u8]| (self.edge.fill)(bytes);
            let sealed = seal::seal(&self.code_key(), kept.id.as_bytes(), &secret, &mut fill).map_err(failed)?;
            tx.execute("UPDATE officer SET code_next = $1 WHERE id = $2", params![hex::encode(sealed), &kept.id])?;
            Ok::<_, Problem>(())
        })?;
        let codes = codes(name, secret.clone())?;
        let picture = STANDARD.encode(qr_png(&codes.to_url().map_err(failed)?)?);
        Ok(CodeOffer { secret: totp_rs::Secret::new(secret.into()).to_base32(), picture })
    }

    /// The offered secret counts from now on, as its code was typed.
    ///
    /// # Errors
    /// `wrong_code`, also when nothing was offered; those of the database.
    pub fn confirm_code(&self, name: &str, typed: &str) -> Result<(), Problem> {
        // Another secret counts its own steps.
        let offered = Kept { step: 0, ..self.db.read(|tx| kept(tx, name))? };
        if offered.offered.is_empty() {
            return Err(wrong());
        }
        let step = self.code_step(name, &offered, &offered.offered, typed)?.ok_or_else(wrong)?;
        let sql = "UPDATE officer SET code = code_next, code_next = '', code_step = $1 WHERE name = $2";
        self.db.write(|tx| tx.execute(sql, params![step, name]))?;
        Ok(())
    }

    /// No code is asked for any more; a code is needed for that, or a session left open could take it away.
    ///
    /// # Errors
    /// `wrong_code`; those of the database.
    pub fn give_up_code(&self, name: &str, typed: &str) -> Result<(), Problem> {
        let kept = self.db.read(|tx| kept(tx, name))?;
        if !kept.code.is_empty() {
            self.code_step(name, &kept, &kept.code, typed)?.ok_or_else(wrong)?;
        }
        self.forget_code(name)
    }

    /// Takes an officer's code away: the telephone is lost. For whoever looks after the server.
    ///
    /// # Errors
    /// `not_found` for the name; those of the database.
    pub fn forget_code(&self, name: &str) -> Result<(), Problem> {
        let sql = "UPDATE officer SET code = '', code_next = '', code_step = 0 WHERE name = $1";
        let changed = self.db.write(|tx| tx.execute(sql, params![name.trim()]))?;
        if changed == 0 { Err(Problem::new("not_found").with("file", name)) } else { Ok(()) }
    }

    /// Ends one of an officer's sessions by its name in the list.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn end_session(&self, name: &str, id: &str) -> Result<(), Problem> {
        let sql = "DELETE FROM session WHERE officer = $1 AND substr(hash, 1, 16) = $2";
        let ended = self.db.write(|tx| {
            let kept = kept(tx, name)?;
            Ok::<_, Problem>(tx.execute(sql, params![&kept.id, id])?)
        })?;
        if ended == 0 { Err(Problem::new("not_found")) } else { Ok(()) }
    }
}
