//! Every named point of both programs in turn: the real program is killed there, started again, and goes on.
//!
//! What a scene passes is read from the program's own log, so that each passing can be aimed at; which points there are is
//! read from the source, so that none is forgotten.

use crate::scenes::{self, Scene, World};
use crate::{SEED, number_from};
use jukung_tests::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Kills at points in one run of `./test`: each point once. `JUKUNG_POINTS=800` aims at every passing, over and over.
const ONCE: u64 = 0;

/// A helper works in the window alone, which no scene here drives: their points are died at there.
const HELPERS: &str = include_str!("../school.rs");

/// How often each point was died at.
type Killed = BTreeMap<String, u64>;

#[test]
fn killed_at_every_named_point_neither_program_loses_or_doubles_anything() {
    let least = number_from("JUKUNG_POINTS", ONCE);
    let (office, district) = std::thread::scope(|s| {
        let office = s.spawn(|| walk(&scenes::OFFICE, SEED, least / 2));
        let district = s.spawn(|| walk(&scenes::DISTRICT, SEED + 1, least / 2));
        (office.join().unwrap(), district.join().unwrap())
    });
    for (program, killed, folders) in
        [("office", &office, ["office/src", "ledger/src"]), ("district", &district, ["district/src", "ledger/src"])]
    {
        let named: BTreeSet<String> = folders.iter().flat_map(|folder| named(folder)).collect();
        let missed: Vec<&String> = named
            .iter()
            .filter(|name| !killed.contains_key(*name) && !HELPERS.contains(&format!("\"{name}\"")))
            .collect();
        assert!(named.len() > 10 && missed.is_empty(), "{program}: points nobody dies at: {missed:?}");
        println!("{program}: {} kills at {} points: {killed:?}; lost 0, doubled 0", sum(killed), killed.len());
    }
}

fn sum(killed: &Killed) -> u64 {
    killed.values().sum()
}

/// The points that stand in the source below `folder`, each at one place only.
fn named(folder: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = std::fs::read_to_string(path).unwrap();
            for name in text.split("point(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(found.insert(name.to_owned()), "{name} stands twice: nobody would see that one is not passed");
            }
        }
    }
    found
}

/// Plays the scenes and kills: at each point once, or at every passing until `least` kills were made.
fn walk(scenes: &[Scene], seed: u64, least: u64) -> Killed {
    let (mut world, mut chance, mut killed) = (World::new(), Chance::new(seed), Killed::new());
    loop {
        for scene in scenes {
            (scene.ready)(&mut world);
            let ran = (scene.act)(&mut world, None);
            assert!(ran.well, "{}, not killed: {}", scene.name, ran.said);
            for (name, times) in ran.passed() {
                let aimed = match (least, killed.contains_key(&name)) {
                    (ONCE, true) => Vec::new(),
                    (ONCE, false) => vec![1 + u32::try_from(chance.under(u64::from(times))).unwrap()],
                    _ => (1..=times).collect(),
                };
                for n in aimed {
                    let mut died = die_at(&mut world, scene, &name, n);
                    if least == ONCE && died == 0 {
                        died = die_at(&mut world, scene, &name, 1);
                    }
                    *killed.entry(name.clone()).or_default() += died;
                }
            }
            world.same(scene.name);
        }
        if sum(&killed) >= least {
            return killed;
        }
    }
}

/// Lets the program die at the `n`th passing, goes on, and looks. 0 when it did not pass so often this time.
fn die_at(world: &mut World, scene: &Scene, name: &str, n: u32) -> u64 {
    let context = format!("{} dies at {name}:{n}", scene.name);
    (scene.ready)(world);
    let ran = (scene.act)(world, Some(&format!("{name}:{n}")));
    assert!(ran.died || n > 1, "{context}: it did not: {}", ran.said);
    let again = (scene.act)(world, None);
    assert!(again.well, "{context}, and then: {} {}", again.said, again.log);
    world.kept(&context);
    u64::from(ran.died)
}
