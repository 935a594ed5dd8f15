//! Officers of the Dinas: their passphrases, their roles, and their sessions, which can be ended.

use crate::District;
use crate::area::Area;
use crate::desk_audit::Did;
use argon2::{Algorithm, Argon2, Params, Version};
use jukung_domain::policy::{self, Action, Role, Standing};
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::tx::first;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Memory of the key derivation in KiB: four sign-ins at once still fit a small server.
const MEMORY_KIB: u32 = 64 * 1024;
/// A working day.
const SESSION_MS: i64 = 10 * 3_600_000;
/// Wrong tries before a name is blocked for a while.
const TRIES_MAX: i64 = 5;
/// How long it is blocked: long enough to stop guessing, short enough not to stop the counter hall.
const BLOCK_MS: i64 = 5 * 60_000;
/// Shortest passphrase.
const PASSPHRASE_MIN: usize = 12;

/// Longest name of a browser that is kept: the first words tell it.
const AGENT_CHARS: usize = 80;

/// Somebody at the door.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Name of the officer.
    pub name: &'a str,
    /// Passphrase.
    pub passphrase: &'a str,
    /// Six digits from the telephone; empty when none was typed.
    pub code: &'a str,
    /// What the browser calls itself.
    pub agent: &'a str,
}

fn derive(passphrase: &str, salt: &[u8]) -> Result<[u8; 32], Problem> {
    let failed = |_| Problem::new("internal").with("at", "argon2");
    let params = Params::new(MEMORY_KIB, 3, 1, Some(32)).map_err(failed)?;
    let mut key = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.trim().as_bytes(), salt, &mut key)
        .map_err(failed)?;
    Ok(key)
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Name.
    pub name: String,
    /// Everything they may do.
    pub may: Vec<Action>,
    /// How far it reaches.
    pub area: Area,
}

/// Roles of the district among `roles`, as they are stored.
fn listed(roles: &[Role]) -> String {
    roles.iter().filter(|role| role.is_of_district()).map(|role| role.code()).collect::<Vec<_>>().join(",")
}

pub(crate) fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

impl District {
    /// Adds an officer with every role of the district, or gives one a new passphrase.
    ///
    /// # Errors
    /// `passphrase_short`; those of the database.
    pub fn set_officer(&self, name: &str, passphrase: &str) -> Result<(), Problem> {
        if passphrase.trim().chars().count() < PASSPHRASE_MIN {
            return Err(Problem::new("passphrase_short").with("min", PASSPHRASE_MIN));
        }
        let salt = self.edge.random::<16>();
        let secret = format!("{}:{}", hex::encode(salt), hex::encode(derive(passphrase, &salt)?));
        let (id, now) = (self.edge.new_id().to_string(), self.edge.now());
        let roles = listed(Role::ALL);
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO officer (id, name, secret, made, failed, blocked_until, roles, code, code_next, code_step, areas)
                 VALUES ($1, $2, $3, $4, 0, 0, $5, '', '', 0, '')
                 ON CONFLICT (name) DO UPDATE SET secret = excluded.secret, failed = 0, blocked_until = 0",
                params![id, name.trim(), secret, now, roles],
            )?;
            Ok::<_, Problem>(())
        })
    }

    /// Gives an officer these roles and no others; sessions under way follow at once.
    ///
    /// # Errors
    /// `not_found` for the name; `setting_unknown` for a role that is none of the district's, or for none at all.
    pub fn set_roles(&self, name: &str, roles: &[String]) -> Result<(), Problem> {
        let role = |code: &String| {
            let found = Role::from_code(code).filter(|role| role.is_of_district());
            found.ok_or_else(|| Problem::new("setting_unknown").with("value", code))
        };
        let roles = roles.iter().map(role).collect::<Result<Vec<_>, _>>()?;
        if roles.is_empty() {
            return Err(Problem::new("setting_unknown").with("value", ""));
        }
        let changed = self.db.write(|tx| {
            tx.execute("UPDATE officer SET roles = $1 WHERE name = $2", params![listed(&roles), name.trim()])
        })?;
        if changed == 0 { Err(Problem::new("not_found").with("file", name)) } else { Ok(()) }
    }

    /// Lets an officer see these subdistricts and no others, or with [`crate::area::WHOLE`] the whole district; sessions under way
    /// follow at once.
    ///
    /// # Errors
    /// `not_found` for the name; `setting_unknown` for a code that is no subdistrict.
    pub fn set_areas(&self, name: &str, codes: &[String]) -> Result<(), Problem> {
        let areas = Area::of(codes)?.stored();
        let changed = self
            .db
            .write(|tx| tx.execute("UPDATE officer SET areas = $1 WHERE name = $2", params![areas, name.trim()]))?;
        if changed == 0 { Err(Problem::new("not_found").with("file", name)) } else { Ok(()) }
    }

    /// [`District::enter`] of somebody without a code.
    ///
    /// # Errors
    /// As there.
    pub fn sign_in(&self, name: &str, passphrase: &str) -> Result<String, Problem> {
        self.enter(&Entry { name, passphrase, code: "", agent: "" })
    }

    /// Signs an officer in and gives a session token.
    ///
    /// # Errors
    /// `wrong_passphrase` (also for an unknown name); `code_needed`, after the right passphrase, when the officer has codes
    /// and typed none; `wrong_code`; `too_many_tries`.
    pub fn enter(&self, entry: &Entry<'_>) -> Result<String, Problem> {
        let Entry { name, passphrase, code, agent } = entry;
        let now = self.edge.now();
        let row = self.db.read(|tx| {
            first(tx, "SELECT id, secret, failed, blocked_until FROM officer WHERE name = $1", params![name.trim()])
        })?;
        let Some(row) = row else {
            // The same work as for a known name, so that the time tells nothing.
            derive(passphrase, &[0u8; 16])?;
            return Err(Problem::new("wrong_passphrase"));
        };
        let (id, secret, failed, blocked) = (row.text(0)?, row.text(1)?, row.int(2)?, row.int(3)?);
        if blocked > now {
            return Err(Problem::new("too_many_tries").with("minutes", (blocked - now) / 60_000 + 1));
        }
        let (salt, wanted) = secret.split_once(':').unwrap_or_default();
        let salt = hex::decode(salt).map_err(|_| Problem::new("internal"))?;
        let wanted = hex::decode(wanted).map_err(|_| Problem::new("internal"))?;
        let known = bool::from(derive(passphrase, &salt)?.as_slice().ct_eq(&wanted));
        // The code is asked about only then: whoever guesses passphrases learns of no code.
        let right = known && self.code_fits(name.trim(), code)?;
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect();
        let token = hex::encode(self.edge.random::<32>());
        self.db.write(|tx| {
            if right {
                tx.execute("UPDATE officer SET failed = 0 WHERE id = $1", params![&id])?;
                tx.execute("DELETE FROM session WHERE expires < $1", params![now])?;
                tx.execute(
                    "INSERT INTO session (hash, officer, made, expires, agent) VALUES ($1, $2, $3, $4, $5)",
                    params![hashed(&token), &id, now, now + SESSION_MS, agent],
                )?;
                self.chained(tx, &Did { at: now, officer: name.trim(), act: "enter", of: "", what: "" })?;
            } else {
                let until = if failed + 1 >= TRIES_MAX { now + BLOCK_MS } else { 0 };
                let count = if until > 0 { 0 } else { failed + 1 };
                tx.execute(
                    "UPDATE officer SET failed = $1, blocked_until = $2 WHERE id = $3",
                    params![count, until, &id],
                )?;
                let what = if known { "code" } else { "passphrase" };
                self.chained(tx, &Did { at: now, officer: name.trim(), act: "refused", of: "", what })?;
            }
            Ok::<_, Problem>(())
        })?;
        match (known, right) {
            (_, true) => Ok(token),
            (true, false) => Err(Problem::new("wrong_code")),
            (false, false) => Err(Problem::new("wrong_passphrase")),
        }
    }

    /// Name and area of the officer whose session this is, when the policy lets one of their roles do `action`.
    ///
    /// # Errors
    /// `signed_out`, `not_permitted`.
    pub fn officer_of(&self, token: &str, action: Action) -> Result<(String, Area), Problem> {
        let Officer { name, may, area } = self.signed_in(token)?;
        if may.contains(&action) { Ok((name, area)) } else { Err(Problem::new("not_permitted")) }
    }

    /// The officer whose session this is, with everything that the policy lets one of their roles do there.
    ///
    /// # Errors
    /// `signed_out`.
    pub fn signed_in(&self, token: &str) -> Result<Officer, Problem> {
        let now = self.edge.now();
        let sql = "SELECT o.name, o.roles, o.areas FROM session s JOIN officer o ON o.id = s.officer WHERE s.hash = $1 AND s.expires > $2";
        let row = self.db.read(|tx| first(tx, sql, params![hashed(token), now]))?;
        let row = row.ok_or_else(|| Problem::new("signed_out"))?;
        let (name, roles, area) = (row.text(0)?, row.text(1)?, Area::read(&row.text(2)?));
        let held: Vec<Role> =
            roles.split(',').filter_map(Role::from_code).filter(|role| role.is_of_district()).collect();
        let reaches = |action: &Action| area.is_whole() || action.is_divisible();
        let may = |action: &Action| held.iter().any(|role| policy::permits(Standing::Person(*role), *action));
        let may = Action::ALL.iter().copied().filter(|action| may(action) && reaches(action)).collect();
        Ok(Officer { name, may, area })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of the database.
    pub fn sign_out(&self, token: &str) -> Result<(), Problem> {
        self.db.write(|tx| {
            tx.execute("DELETE FROM session WHERE hash = $1", params![hashed(token)])?;
            Ok(())
        })
    }
}
