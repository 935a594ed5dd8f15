//! Goal: with a code from the telephone a passphrase alone opens nothing, each code works once, and sessions can be seen and
//! ended; on both engines.

mod district_world;

use district_world::{Engine, PASSPHRASE, World, shared};
use jukung_district::officers::Entry;
use jukung_ledger::tx::first;

/// What the telephone shows for a secret, so many half minutes from now.
fn telephone(world: &World, secret: &str, steps_on: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let codes = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    codes.generate(u64::try_from(world.district.edge.now() / 1000 + 30 * steps_on).expect("after 1970")).to_string()
}

fn enter(world: &World, passphrase: &str, code: &str) -> Result<String, String> {
    let entry = Entry { name: "Sari", passphrase, code, agent: "Firefox \u{7} 140" };
    world.district.enter(&entry).map_err(|problem| problem.code)
}

fn refused(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

#[test]
fn a_passphrase_alone_opens_nothing_once_a_code_is_asked_for_and_each_code_works_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let district = &world.district;
        district.set_officer("Sari", PASSPHRASE).expect("officer");
        assert_eq!(district.confirm_code("Sari", "123456").expect_err("nothing was offered").code, "wrong_code");
        let offer = district.offer_code("Sari").expect("offered");
        assert!(enter(&world, PASSPHRASE, "").is_ok(), "what is only offered changes nothing");
        assert_eq!(district.confirm_code("Sari", "12").expect_err("not six").code, "wrong_code");
        let now = telephone(&world, &offer.secret, 0);
        district.confirm_code("Sari", &format!("{} {}", &now[..3], &now[3..])).expect("as people type it");
        assert_eq!(enter(&world, PASSPHRASE, ""), refused("code_needed"));
        assert_eq!(enter(&world, PASSPHRASE, &now), refused("wrong_code"), "it was used to begin");
        let next = telephone(&world, &offer.secret, 1);
        assert_eq!(enter(&world, "salah sekali lagi", &next), refused("wrong_passphrase"), "nothing about codes");
        assert!(enter(&world, PASSPHRASE, &next).is_ok());
        assert_eq!(enter(&world, PASSPHRASE, &next), refused("wrong_code"), "each works once");
        assert_eq!(enter(&world, PASSPHRASE, &telephone(&world, &offer.secret, 9)), refused("wrong_code"));
        let stored =
            district.db.read(|tx| first(tx, "SELECT code FROM officer WHERE name = 'Sari'", &[])).expect("read");
        let stored = stored.expect("Sari").text(0).expect("sealed");
        let secret = totp_rs::Secret::try_from_base32(&offer.secret).expect("base32");
        assert!(!stored.is_empty() && !stored.contains(&hex::encode(secret.as_bytes())), "it lies sealed");
        assert_eq!(district.give_up_code("Sari", &next).expect_err("used").code, "wrong_code");
        district.forget_code("Sari").expect("the telephone is lost");
        assert!(enter(&world, PASSPHRASE, "").is_ok());
        assert_eq!(district.forget_code("nobody").expect_err("nobody").code, "not_found");
    }
}

#[test]
fn guessing_codes_is_slowed_like_guessing_passphrases() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    world.district.set_officer("Sari", PASSPHRASE).expect("officer");
    let offer = world.district.offer_code("Sari").expect("offered");
    world.district.confirm_code("Sari", &telephone(&world, &offer.secret, 0)).expect("kept");
    let answers: Vec<String> = (0..6).map(|_| enter(&world, PASSPHRASE, "000000").expect_err("a guess")).collect();
    assert_eq!(answers[..5], ["wrong_code"; 5].map(str::to_owned));
    assert_eq!(answers[5], "too_many_tries");
}

#[test]
fn an_officer_sees_the_own_sessions_and_ends_them() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let district = &world.district;
        district.set_officer("Sari", PASSPHRASE).expect("officer");
        district.set_officer("Budi", PASSPHRASE).expect("officer");
        let (here, there) =
            (enter(&world, PASSPHRASE, "").expect("here"), enter(&world, PASSPHRASE, "").expect("there"));
        let other = district.sign_in("Budi", PASSPHRASE).expect("Budi");
        let account = district.account("Sari".into(), &here).expect("account");
        assert_eq!((account.sessions.len(), account.code), (2, false));
        assert_eq!(account.sessions.iter().filter(|s| s.here).count(), 1);
        assert!(account.sessions.iter().all(|s| s.agent == "Firefox  140"), "{:?}", account.sessions);
        let elsewhere = account.sessions.iter().find(|s| !s.here).expect("there").id.clone();
        assert_eq!(district.end_session("Budi", &elsewhere).expect_err("not Budi's").code, "not_found");
        district.end_session("Sari", &elsewhere).expect("ended");
        assert_eq!(district.signed_in(&there).expect_err("ended").code, "signed_out");
        assert!(district.signed_in(&here).is_ok() && district.signed_in(&other).is_ok());
    }
}
