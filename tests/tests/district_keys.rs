//! Goal: the district knows a computer by its newest key, by the one it named before the first call that it signs, and by
//! no key that was exchanged, whoever presents it and however (protocol 2.15, decision 0023).

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_crypto::sign::public_key;
use jukung_crypto::succession::{Statement, name};
use jukung_district::ended::End;
use jukung_domain::problem::Problem;
use jukung_domain::wire::SyncAnswer;

fn hex_of(seed: u8) -> String {
    hex::encode(public_key(&[seed; 32]))
}

/// That the key of seed `next` follows that of `by`.
fn follows(counter: &Counter, by: u8, next: u8) -> Statement {
    name(&[by; 32], &counter.card.device.to_string(), &public_key(&[next; 32]))
}

/// Calls with the key of `seed` and these statements; the answer, or its refusal.
fn call(world: &World, counter: &mut Counter, seed: u8, said: &[Statement]) -> Result<SyncAnswer, Problem> {
    counter.seed = [seed; 32];
    let body = counter.call_with(&[], &[], &[], |head| head.keys = said.to_vec());
    let bytes = world.district.sync(&jukung_district::ingest::read(&body)?)?;
    let text = String::from_utf8(bytes).expect("text");
    Ok(serde_json::from_str(text.split('\n').next().expect("a header")).expect("a header"))
}

fn refused(result: Result<SyncAnswer, Problem>) -> String {
    result.err().map(|p| p.code).unwrap_or_default()
}

both_engines! {
    fn both_keys_work_until_the_first_call_of_the_new_one_and_the_old_one_never_after_it(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let said = [follows(&counter, 1, 2)];
        assert_eq!(refused(call(world, &mut counter, 2, &[])), "device_unknown", "nobody named it");
        for _ in 0..2 {
            let answer = call(world, &mut counter, 1, &said).expect("an answer");
            assert_eq!(answer.next, Some(hex_of(2)), "told again when the reply was lost");
        }
        assert_eq!(call(world, &mut counter, 1, &[]).expect("an answer").next, None, "the old one works on");
        for _ in 0..2 {
            call(world, &mut counter, 2, &[]).expect("the first call of the new one, and the next");
        }
        assert_eq!(refused(call(world, &mut counter, 1, &[])), "device_unknown");
        assert_eq!(refused(call(world, &mut counter, 1, &said)), "device_unknown");
        // Whoever has the old key names another one after it: nobody asks the old one any more.
        let stolen = [follows(&counter, 1, 9)];
        assert_eq!(refused(call(world, &mut counter, 1, &stolen)), "device_unknown");
        assert_eq!(refused(call(world, &mut counter, 9, &stolen)), "device_unknown");
        call(world, &mut counter, 2, &said).expect("an answer");
    }

    fn a_key_is_named_by_the_one_before_and_for_this_computer_only(world: &World) {
        let mut other = Counter::enrol(world, OFFICE, 5);
        let mut counter = Counter::enrol(world, OFFICE, 1);
        for said in [follows(&counter, 3, 2), follows(&other, 1, 2), (hex_of(2), "ab".into())] {
            assert_eq!(call(world, &mut counter, 1, std::slice::from_ref(&said)).expect("an answer").next, None);
            assert_eq!(refused(call(world, &mut counter, 2, &[said])), "device_unknown");
        }
        let crossed = [follows(&other, 5, 1)];
        assert_eq!(refused(call(world, &mut other, 1, &crossed)), "", "a key is a computer's own, whoever else has it");
        call(world, &mut counter, 1, &[]).expect("an answer");
    }

    fn a_district_that_was_restored_follows_the_statements_forward_and_never_back(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let all: Vec<Statement> = (1..5).map(|n| follows(&counter, n, n + 1)).collect();
        assert_eq!(refused(call(world, &mut counter, 5, &[])), "device_unknown");
        assert_eq!(refused(call(world, &mut counter, 5, &all[1..])), "device_unknown", "a link is missing");
        call(world, &mut counter, 5, &all).expect("four changes at once");
        let back = [follows(&counter, 5, 1)];
        call(world, &mut counter, 5, &back).expect("an answer");
        assert_eq!(refused(call(world, &mut counter, 1, &back)), "device_unknown", "it was exchanged");
        for seed in 1..5 {
            assert_eq!(refused(call(world, &mut counter, seed, &all)), "device_unknown", "key {seed}");
        }
        call(world, &mut counter, 5, &[]).expect("an answer");
    }

    fn an_officer_goes_back_to_the_key_of_a_computer_that_came_from_an_old_backup(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let device = counter.card.device.to_string();
        assert_eq!(world.district.old_key(&device).expect_err("it has one key").code, "not_found");
        let said = [follows(&counter, 1, 2)];
        call(world, &mut counter, 2, &said).expect("an answer");
        world.district.old_key(&counter.card.code).expect("back");
        call(world, &mut counter, 1, &[]).expect("an answer");
        assert_eq!(refused(call(world, &mut counter, 2, &said)), "device_unknown", "the way forward is a new key");
        let new = [follows(&counter, 1, 3)];
        call(world, &mut counter, 1, &new).expect("an answer");
        call(world, &mut counter, 3, &[]).expect("an answer");
    }

    fn every_key_of_a_lost_computer_is_told_as_lost_and_it_changes_none_any_more(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let said = [follows(&counter, 1, 2), follows(&counter, 2, 3)];
        call(world, &mut counter, 2, &said[..1]).expect("an answer");
        call(world, &mut counter, 2, &said).expect("an answer");
        world.district.end(&counter.card.device.to_string(), End::Lost).expect("reported");
        let mut lost = world.district.settings().expect("settings").lost;
        lost.sort();
        let mut wanted = vec![hex_of(1), hex_of(2), hex_of(3)];
        wanted.sort();
        assert_eq!(lost, wanted);
        let more = [follows(&counter, 3, 4)];
        for seed in [3, 4] {
            let answer = call(world, &mut counter, seed, &more).expect("heard apart");
            assert_eq!((answer.ended.as_deref(), answer.next), (Some("lost"), None));
        }
        assert_eq!(world.district.settings().expect("settings").lost.len(), 3, "nothing of it was believed");
    }
}
