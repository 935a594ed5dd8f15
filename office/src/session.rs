//! Who sits at this computer: a passphrase opens a session, a lock blanks it, and a PIN opens it again while it runs. The
//! only way to an open office leads through [`Session::permit`], which asks the policy.

use crate::audit::{Act, Did, NOTHING};
use crate::edge::Edge;
use crate::home::{self, Sits};
use crate::recovery::Brought;
use crate::view::{Recovered, Start};
use crate::{Office, pin, recovery};
use jukung_domain::policy::{self, Action, Standing};
use jukung_domain::problem::Problem;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Keys stay in memory for one working day at most (security.md 2.3); then the passphrase is asked for again.
pub const KEYS_MS_MAX: i64 = 12 * 60 * 60_000;
/// Wrong PINs after which the keys leave memory.
pub const WRONG_MAX: u32 = 5;
/// How often the window has the session look at the clock.
pub const LOOK_MS: u64 = 1_000;
/// More time than this between two looks: the computer slept, or somebody moved its clock. Many times [`LOOK_MS`], so
/// that a busy computer does not lock by itself.
const JUMP_MS: i64 = 20_000;
/// The window locks first, for it knows every key. This is the second lock, for a window that hangs: later by as much as
/// a sign of life may lie back when it is told.
const HANGS_MS: i64 = 15_000;
/// The shortest time that a supervisor may choose; before it nobody asks the database.
const IDLE_MS_MIN: i64 = 2 * 60_000;

/// What the last look at the clock changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing.
    Same,
    /// The screen is locked now.
    Blanked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    Open,
    Locked,
}

/// Time as it passed, never as a clock says: a clock that was put back gives nobody more of it.
#[derive(Debug, Clone, Copy)]
struct Passed {
    last: i64,
    keys_ms: i64,
    idle_ms: i64,
}

impl Passed {
    fn from(now: i64) -> Passed {
        Passed { last: now, keys_ms: 0, idle_ms: 0 }
    }

    /// Counts the time up to `now`; true when it jumped.
    fn until(&mut self, now: i64) -> bool {
        let step = now - self.last;
        self.last = now;
        self.keys_ms += step.max(0);
        self.idle_ms += step.max(0);
        !(0..=JUMP_MS).contains(&step)
    }
}

struct Running {
    office: Arc<Office>,
    screen: Screen,
    passed: Passed,
    wrong: u32,
    /// What is read to the district by whoever forgot the PIN; another one at every lock.
    challenge: String,
}

/// An office that the policy lets somebody work in.
pub struct Permit(Arc<Office>);

impl Deref for Permit {
    type Target = Office;
    fn deref(&self) -> &Office {
        &self.0
    }
}

/// The one session of this computer.
pub struct Session {
    dir: PathBuf,
    edge: Edge,
    running: Mutex<Option<Running>>,
    /// The screen was locked and the window was not told yet.
    untold: Mutex<bool>,
    /// How often somebody opened it, by passphrase or PIN.
    openings: AtomicU64,
}

impl Session {
    /// A session that nobody opened yet, over a data folder.
    #[must_use]
    pub fn new(dir: PathBuf, edge: Edge) -> Session {
        Session { dir, edge, running: Mutex::new(None), untold: Mutex::new(false), openings: AtomicU64::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.edge.clock.now_ms()
    }

    /// What the window needs before anything else.
    ///
    /// # Errors
    /// `cannot_open`.
    pub fn start(&self) -> Result<Start, Problem> {
        let state = self.state();
        let sits = state.as_ref().map_or(Sits::Nobody, |running| match running.screen {
            Screen::Open => Sits::At(&running.office),
            Screen::Locked => Sits::Behind(&running.office),
        });
        home::start(&self.dir, &self.edge, sits)
    }

    /// Opens a session with a passphrase; whoever sat here before is signed out. A wrong passphrase changes nothing.
    ///
    /// # Errors
    /// Those of [`Office::open`].
    pub fn sign_in(&self, person: &str, passphrase: &str) -> Result<Weak<Office>, Problem> {
        let unsealed = home::unseal(&self.dir, person, passphrase)?;
        // Before anybody is signed out for an account that has ended.
        unsealed.still_holds(self.now())?;
        self.end();
        let office = Arc::new(Office::enter(&self.dir, unsealed, passphrase, self.edge.clone())?);
        // A day that nobody closed is closed now, as such. That it cannot be keeps nobody from working.
        if let Err(problem) = office.close_missed() {
            tracing::warn!("a missed day was not closed: {problem}");
        }
        let open = Arc::downgrade(&office);
        let passed = Passed::from(self.now());
        self.openings.fetch_add(1, Ordering::Relaxed);
        *self.state() = Some(Running { office, screen: Screen::Open, passed, wrong: 0, challenge: String::new() });
        Ok(open)
    }

    /// Lets somebody do `action`, or says why not.
    ///
    /// # Errors
    /// `signed_out`, `locked`, `passphrase_given`, `not_permitted`.
    pub fn permit(&self, action: Action) -> Result<Permit, Problem> {
        if self.passes() {
            self.lock();
        }
        let state = self.state();
        let running = state.as_ref().ok_or_else(|| Problem::new("signed_out"))?;
        if running.screen == Screen::Locked {
            return Err(Problem::new("locked"));
        }
        let standing = running.office.stands_as();
        match (policy::permits(standing, action), standing) {
            (true, _) => Ok(Permit(running.office.clone())),
            (false, Standing::Given) => Err(Problem::new("passphrase_given")),
            (false, Standing::Nobody | Standing::Person(_)) => {
                running.office.note_denied(action.code());
                Err(Problem::new("not_permitted"))
            }
        }
    }

    /// Counts the time that passed; whether the screen has to be locked now.
    fn passes(&self) -> bool {
        let (mut state, now) = (self.state(), self.now());
        let Some(running) = state.as_mut() else { return false };
        let jumped = running.passed.until(now);
        if running.passed.keys_ms >= KEYS_MS_MAX {
            return true;
        }
        let idle = running.passed.idle_ms;
        let too_long = idle >= IDLE_MS_MIN && idle >= running.office.idle_ms().saturating_add(HANGS_MS);
        running.screen == Screen::Open && (jumped || too_long)
    }

    /// Somebody touched the computer.
    pub fn alive(&self) {
        if let Some(running) = self.state().as_mut() {
            running.passed.idle_ms = 0;
        }
    }

    /// Looks at the clock: locks after a while without a key, after sleep and when the clock jumped, and lets go of the
    /// keys after a working day.
    pub fn look(&self) -> Look {
        if self.passes() {
            self.lock();
        }
        let told = std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        if told { Look::Blanked } else { Look::Same }
    }

    /// Which opening this is, for [`Session::away`].
    #[must_use]
    pub fn opening(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }

    /// Nobody sat here any more at this opening, said the desktop: locks it if it is open still, and leaves alone what was
    /// locked, and opened again, since.
    pub fn away(&self, opening: u64) {
        let open = self.state().as_ref().is_some_and(|running| running.screen == Screen::Open);
        if open && self.opening() == opening {
            self.lock();
        }
    }

    /// Locks the screen. Who has a PIN gets the session back with it; without one, and after a working day, the keys leave
    /// memory. What waits is sealed for the time while nobody is here.
    pub fn lock(&self) {
        *self.untold.lock().unwrap_or_else(PoisonError::into_inner) = true;
        let left = {
            let mut state = self.state();
            let Some(running) = state.as_mut() else { return };
            let stays = running.passed.keys_ms < KEYS_MS_MAX
                && running.office.stands_as() != Standing::Given
                && running.office.has_pin().unwrap_or(false);
            if running.screen == Screen::Open {
                running.challenge = challenge(self.edge.random());
            }
            running.screen = Screen::Locked;
            if stays { Ok(running.office.clone()) } else { Err(state.take()) }
        };
        match left {
            Ok(office) => {
                noted(&office, Act::Lock, "screen");
                if let Err(problem) = office.pack_unattended() {
                    // Nothing is lost by it: what is unsent stays here and goes by network or at the next lock.
                    tracing::warn!("nothing was packed for the time while this is locked: {problem}");
                }
            }
            Err(running) => ended(running),
        }
    }

    /// Opens a locked screen with the PIN of the person who locked it.
    ///
    /// # Errors
    /// `passphrase_needed` when no session runs any more; `pin_wrong` with how many tries are left; `pin_used_up` when
    /// the keys have left memory; those of storage.
    pub fn unlock(&self, pin: &str) -> Result<(), Problem> {
        let day_is_over = self.passes() && self.state().as_ref().is_some_and(|r| r.passed.keys_ms >= KEYS_MS_MAX);
        if day_is_over {
            self.end();
        }
        let mut state = self.state();
        let Some(running) = state.as_mut() else { return Err(Problem::new("passphrase_needed")) };
        if running.screen == Screen::Open {
            return Ok(());
        }
        match running.office.pin_is(pin)? {
            Some(true) => {
                running.opens();
                self.openings.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            Some(false) => {}
            // Taken away meanwhile, by a supervisor who handed out another passphrase.
            None => running.wrong = WRONG_MAX,
        }
        missed(state)
    }

    /// What somebody who forgot the PIN reads out by telephone, `48-21-07`.
    ///
    /// # Errors
    /// `passphrase_needed` when no screen is locked.
    pub fn pin_challenge(&self) -> Result<String, Problem> {
        let state = self.state();
        let locked = state.as_ref().filter(|running| running.screen == Screen::Locked);
        locked.map(|running| running.challenge.clone()).ok_or_else(|| Problem::new("passphrase_needed"))
    }

    /// [`Session::pin_challenge`], with the code of this computer before it: both are read out.
    ///
    /// # Errors
    /// As there.
    pub fn pin_forgotten(&self) -> Result<(String, String), Problem> {
        let challenge = self.pin_challenge()?;
        let state = self.state();
        let code = state.as_ref().map(|running| running.office.identity().code.clone());
        Ok((code.unwrap_or_default(), challenge))
    }

    /// Replaces a forgotten PIN with the code that was read back by telephone, and opens the screen.
    ///
    /// # Errors
    /// `pin_digits`, `pin_simple`; `passphrase_needed`, `pin_help_none`; `pin_wrong` and `pin_used_up` as
    /// [`Session::unlock`]: a wrong code is a wrong try.
    pub fn reset_pin(&self, told: &str, pin: &str) -> Result<(), Problem> {
        pin::checked(pin)?;
        let mut state = self.state();
        let Some(running) = state.as_mut().filter(|running| running.screen == Screen::Locked) else {
            return Err(Problem::new("passphrase_needed"));
        };
        if running.office.pin_code_is(&running.challenge, told)? {
            running.office.set_pin(pin)?;
            running.opens();
            self.openings.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        missed(state)
    }

    /// Lets somebody in again who has a recovery code; whoever sat here is signed out.
    ///
    /// # Errors
    /// Those of [`recovery::recover`].
    pub fn recover(&self, person: &str, brought: Brought<'_>) -> Result<Recovered, Problem> {
        self.end();
        recovery::recover(&self.dir, person, brought, self.edge.clone())
    }

    /// Ends the session: the keys leave memory, and the next start skips no numbers.
    pub fn end(&self) {
        let gone = self.state().take();
        ended(gone);
    }

    /// Reads this computer's certificate anew, when somebody sits here.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn read_certificate(&self) -> Result<(), Problem> {
        self.state().as_ref().map_or(Ok(()), |running| running.office.read_certificate())
    }
}

impl Running {
    fn opens(&mut self) {
        noted(&self.office, Act::Unlock, "pin");
        (self.screen, self.wrong, self.passed.idle_ms) = (Screen::Open, 0, 0);
    }
}

/// Writes down what happened to the screen; a full disk keeps nobody from locking it.
fn noted(office: &Office, act: Act, why: &str) {
    if let Err(problem) = office.note(&Did::new(act, NOTHING, why)) {
        tracing::warn!("what happened to the screen was not written down: {problem}");
    }
}

/// One wrong try; after the last one the keys leave memory.
fn missed(mut state: MutexGuard<'_, Option<Running>>) -> Result<(), Problem> {
    if let Some(running) = state.as_mut() {
        running.wrong += 1;
        noted(&running.office, Act::Refused, "pin");
        if running.wrong < WRONG_MAX {
            return Err(Problem::new("pin_wrong").with("left", WRONG_MAX - running.wrong));
        }
    }
    let gone = state.take();
    drop(state);
    ended(gone);
    Err(Problem::new("pin_used_up"))
}

/// Six digits in pairs, as they are read out.
fn challenge(chance: [u8; 3]) -> String {
    chance.map(|byte| format!("{:02}", byte % 100)).join("-")
}

/// Ends cleanly, and wakes the sending loop so that it lets go of the office too.
fn ended(running: Option<Running>) {
    let Some(Running { office, .. }) = running else { return };
    if let Err(problem) = office.close() {
        tracing::error!("closing: {problem}");
    }
    office.nudge();
}

impl Office {
    /// As whom the policy sees the person who is signed in.
    #[must_use]
    pub fn stands_as(&self) -> Standing {
        if self.passphrase_was_given() { Standing::Given } else { Standing::Person(self.identity.role) }
    }

    /// How long nobody may touch the computer before it locks, in ms.
    fn idle_ms(&self) -> i64 {
        let minutes: i64 = self.setting("idle_minutes").ok().and_then(|m| m.parse().ok()).unwrap_or(0);
        minutes.saturating_mul(60_000).max(IDLE_MS_MIN)
    }
}
