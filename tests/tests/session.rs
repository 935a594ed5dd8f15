//! Goal: a PIN opens the locked screen of a session that still runs, and nothing else; time, sleep, a moved clock and wrong
//! tries end what they should; and no draft is the worse for any of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::edge::{Clock, Edge};
use jukung_office::session::{KEYS_MS_MAX, Look, Session, WRONG_MAX};
use office_world::{PASSPHRASE, World, edge, world};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const PIN: &str = "482107";
const MINUTE: i64 = 60_000;

/// A clock of this test's own.
#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Hand {
    fn moves(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Time passes as it does at a counter: the session looks every ten seconds.
    fn passes(&self, session: &Session, ms: i64) -> Look {
        let mut looked = Look::Same;
        for _ in 0..ms / 10_000 {
            self.moves(10_000);
            if session.look() == Look::Blanked {
                looked = Look::Blanked;
            }
        }
        looked
    }
}

/// A counter where Rahmah is signed in.
async fn signed_in() -> (World, Session, Hand) {
    let w = world(None).await;
    w.office.close().unwrap();
    let hand = Hand(Arc::new(AtomicI64::new(edge().clock.now_ms())));
    let own = Edge { clock: Arc::new(hand.clone()), chance: edge().chance };
    let session = Session::new(w.folder.path().join("office"), own);
    session.sign_in("Rahmah", PASSPHRASE).unwrap();
    (w, session, hand)
}

/// The same, with a PIN.
async fn with_pin() -> (World, Session, Hand) {
    let (w, session, hand) = signed_in().await;
    session.permit(Action::OwnSecret).unwrap().set_pin(PIN).unwrap();
    (w, session, hand)
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|p| p.code).unwrap_or_default()
}

fn state(session: &Session) -> String {
    session.start().unwrap().state
}

#[tokio::test]
async fn a_pin_opens_a_locked_screen_and_no_command_answers_before() {
    let (_w, session, _) = with_pin().await;
    session.lock();
    assert_eq!(state(&session), "locked");
    for action in Action::ALL.iter().filter(|a| **a != Action::Door) {
        assert_eq!(code(session.permit(*action)), "locked", "{action:?}");
    }
    let wrong = session.unlock("482108").unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.details["left"].as_str()), ("pin_wrong", "4"));
    session.unlock(PIN).unwrap();
    assert_eq!(state(&session), "ready");
    assert!(session.permit(Action::FileRead).is_ok());
}

#[tokio::test]
async fn a_pin_opens_nothing_once_the_keys_are_gone() {
    let (w, session, _) = with_pin().await;
    session.end();
    assert_eq!(code(session.unlock(PIN)), "passphrase_needed");
    // Nor does it stand in for the passphrase.
    assert_eq!(code(session.sign_in("Rahmah", PIN)), "wrong_passphrase");
    let another = Session::new(w.folder.path().join("office"), edge());
    assert_eq!(code(another.unlock(PIN)), "passphrase_needed");
}

#[tokio::test]
async fn five_wrong_pins_take_the_keys_from_memory_and_the_passphrase_brings_everything_back() {
    let (w, session, _) = signed_in().await;
    let open = session.sign_in("Rahmah", PASSPHRASE).unwrap();
    session.permit(Action::OwnSecret).unwrap().set_pin(PIN).unwrap();
    let (id, _) = w.hand_in_at(&session.permit(Action::FileWrite).unwrap(), "Aminah Contoh");
    session.lock();
    for left in (1..WRONG_MAX).rev() {
        assert_eq!(session.unlock("913572").unwrap_err().details["left"], left.to_string());
    }
    assert!(open.upgrade().is_some(), "a fifth try is left");
    assert_eq!(code(session.unlock("913572")), "pin_used_up");
    assert!(open.upgrade().is_none(), "nothing holds the open database any more");
    assert_eq!(code(session.unlock(PIN)), "passphrase_needed");
    session.sign_in("Rahmah", PASSPHRASE).unwrap();
    assert_eq!(session.permit(Action::FileRead).unwrap().application(&id).unwrap().id, id);
    session.lock();
    session.unlock(PIN).unwrap();
}

#[tokio::test]
async fn tries_are_counted_over_several_locks_until_one_is_right() {
    let (_w, session, _) = with_pin().await;
    for _ in 0..3 {
        session.lock();
        for _ in 1..WRONG_MAX {
            assert_eq!(code(session.unlock("111222")), "pin_wrong");
        }
        session.unlock(PIN).unwrap();
    }
    session.lock();
    assert_eq!(code(session.unlock("111222")), "pin_wrong");
    session.lock();
    assert_eq!(session.unlock("111222").unwrap_err().details["left"], "3");
}

#[tokio::test]
async fn without_a_pin_a_lock_takes_the_keys_from_memory() {
    let (_w, session, _) = signed_in().await;
    let open = session.sign_in("Rahmah", PASSPHRASE).unwrap();
    session.lock();
    assert!(open.upgrade().is_none());
    assert_eq!((state(&session).as_str(), code(session.permit(Action::FileList)).as_str()), ("sign_in", "signed_out"));
}

#[tokio::test]
async fn the_keys_leave_memory_after_a_working_day_even_when_the_clock_is_put_back() {
    let (_w, session, hand) = with_pin().await;
    let half = KEYS_MS_MAX / 2;
    for _ in 0..half / MINUTE {
        session.alive();
        assert_eq!(hand.passes(&session, MINUTE), Look::Same);
    }
    hand.moves(-half);
    assert_eq!(session.look(), Look::Blanked, "a clock that moves locks the screen");
    session.unlock(PIN).unwrap();
    for _ in 0..half / MINUTE - 1 {
        session.alive();
        hand.passes(&session, MINUTE);
    }
    assert_eq!(state(&session), "ready");
    assert_eq!(hand.passes(&session, MINUTE), Look::Blanked);
    assert_eq!(state(&session), "sign_in");
    assert_eq!(code(session.unlock(PIN)), "passphrase_needed");
}

#[tokio::test]
async fn a_screen_that_nobody_touches_locks_after_the_minutes_a_supervisor_chose() {
    let (_w, session, hand) = with_pin().await;
    for (minutes, set) in [(5, None), (2, Some(2)), (15, Some(15))] {
        if let Some(minutes) = set {
            let change = serde_json::from_value(serde_json::json!({ "idle_minutes": minutes })).unwrap();
            session.permit(Action::SettingsChange).unwrap().change_settings(&change).unwrap();
        }
        session.alive();
        assert_eq!(hand.passes(&session, minutes * MINUTE), Look::Same, "the window itself locks first");
        assert_eq!(hand.passes(&session, 20_000), Look::Blanked, "{minutes} minutes");
        assert_eq!(state(&session), "locked");
        session.unlock(PIN).unwrap();
        for _ in 0..minutes * 3 {
            assert_eq!(hand.passes(&session, MINUTE), Look::Same, "somebody works");
            session.alive();
        }
    }
}

#[tokio::test]
async fn only_a_supervisor_chooses_when_the_screen_locks() {
    let (_w, session, _) = signed_in().await;
    let handed = session.permit(Action::PeopleChange).unwrap().add_person("Hamdi", "officer").unwrap();
    session.sign_in("Hamdi", &handed.passphrase).unwrap();
    let own = session.permit(Action::OwnSecret).unwrap();
    own.change_passphrase(&handed.passphrase, "perahu besar di sungai").unwrap();
    let change = |what| serde_json::from_value(what).unwrap();
    let settings = session.permit(Action::SettingsChange).unwrap();
    assert_eq!(code(settings.change_settings(&change(serde_json::json!({"idle_minutes": 15})))), "not_permitted");
    assert!(settings.change_settings(&change(serde_json::json!({"theme": "contrast"}))).is_ok());
}

#[tokio::test]
async fn sleep_locks_the_screen_before_any_command_answers() {
    let (_w, session, hand) = with_pin().await;
    hand.moves(45 * MINUTE);
    // A command may come before the next look at the clock.
    assert_eq!(code(session.permit(Action::FileList)), "locked");
    assert_eq!((session.look(), session.look()), (Look::Blanked, Look::Same), "told once");
    session.unlock(PIN).unwrap();
    hand.moves(13 * 60 * MINUTE);
    assert_eq!(code(session.permit(Action::FileList)), "signed_out", "a night is longer than a working day");
}

#[tokio::test]
async fn a_draft_is_where_it_was_after_every_kind_of_lock() {
    let (_w, session, hand) = with_pin().await;
    let office = session.permit(Action::FileWrite).unwrap();
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    office.change_draft(&draft, |a| drop(a.fields.insert("applicant.name".into(), "Halimah Contoh".into()))).unwrap();
    drop(office);
    let name = |session: &Session| {
        let office = session.permit(Action::FileWrite).unwrap();
        office.open_draft(&draft).unwrap().application.fields["applicant.name"].clone()
    };
    for way in 0..4 {
        match way {
            0 => session.lock(),
            1 => drop(hand.passes(&session, 6 * MINUTE)),
            2 => hand.moves(2 * MINUTE),
            _ => hand.moves(13 * 60 * MINUTE),
        }
        session.look();
        if session.unlock(PIN).is_err() {
            session.sign_in("Rahmah", PASSPHRASE).unwrap();
        }
        assert_eq!(name(&session), "Halimah Contoh", "after lock {way}");
    }
}

#[tokio::test]
async fn a_desktop_that_sleeps_or_locks_locks_an_open_screen_once_and_nothing_else() {
    let (_w, session, _) = with_pin().await;
    session.away(session.opening());
    assert_eq!((state(&session).as_str(), session.look()), ("locked", Look::Blanked));
    session.away(session.opening());
    assert_eq!((state(&session).as_str(), session.look()), ("locked", Look::Same), "it was locked already");
    session.unlock(PIN).unwrap();
    assert_eq!(session.look(), Look::Same);
}

#[tokio::test]
async fn a_desktop_that_locked_before_somebody_came_back_does_not_lock_them_out_again() {
    let (_w, session, _) = with_pin().await;
    let before = session.opening();
    // The window locked at once, and somebody was quicker than the second that it is given.
    session.lock();
    session.unlock(PIN).unwrap();
    session.away(before);
    assert_eq!(state(&session), "ready");
    let before = session.opening();
    session.sign_in("Rahmah", PASSPHRASE).unwrap();
    session.away(before);
    assert_eq!(state(&session), "ready", "nor after the passphrase");
    session.away(session.opening());
    assert_eq!(state(&session), "locked");
}

#[tokio::test]
async fn a_wrong_passphrase_at_a_locked_screen_changes_nothing() {
    let (_w, session, _) = with_pin().await;
    session.lock();
    assert_eq!(code(session.sign_in("Rahmah", "bukan ini kata sandinya")), "wrong_passphrase");
    assert_eq!(state(&session), "locked");
    session.unlock(PIN).unwrap();
}

#[tokio::test]
async fn who_signs_in_at_a_locked_screen_gets_their_own_session_and_not_the_other_ones() {
    let (_w, session, _) = with_pin().await;
    let handed = session.permit(Action::PeopleChange).unwrap().add_person("Hamdi", "officer").unwrap();
    session.lock();
    session.sign_in("Hamdi", &handed.passphrase).unwrap();
    let start = session.start().unwrap();
    assert_eq!((start.role.as_str(), start.given, start.pin), ("officer", true, false));
    assert_eq!(code(session.permit(Action::FileList)), "passphrase_given");
    session.lock();
    assert_eq!(code(session.unlock(PIN)), "passphrase_needed", "Rahmah's PIN opens nothing of Hamdi's");
}
