//! Calls and answers as they travel, filled with made-up applications: what the dictionary is trained on and measured with.

use super::Village;
use jukung_domain::pack;
use jukung_domain::wire::{self, DistrictSettings, FeedEntry, LogPart, SyncAnswer, SyncHead};

/// Size of the dictionary: 32 KiB pack a lone application by 1 % worse, 112 KiB by less than 1 % better (measured).
const DICTIONARY_BYTES: usize = 48 * 1024;
/// Villages it is trained on; each gives some dozen calls and answers.
const VILLAGES: u64 = 70;

/// A call that carries `lines`, `back` of them handed back, in the short form.
#[must_use]
pub fn call(village: &mut Village, lines: &[String], scans: &[String]) -> Vec<u8> {
    let from = village.chance.between(1, 5_000);
    let count = i64::try_from(lines.len()).unwrap();
    let mut head = SyncHead {
        v: wire::VERSION,
        d: village.chance.id(),
        logs: vec![LogPart {
            i: wire::incarnation_hex(village.chance.incarnation()),
            f: from,
            m: count,
            pc: village.hex(32),
            tc: String::new(),
            n: from + count - 1,
            c: false,
            o: Vec::new(),
            r: Vec::new(),
        }],
        cur: (village.chance.between(0, 9_000), village.hex(8)),
        anch: Vec::new(),
        wit: 0,
        whole: false,
        code: village.code.clone(),
        cert: false,
        keys: Vec::new(),
        blobs: scans.to_vec(),
        au: Vec::new(),
        sub: false,
        pin: None,
        wall: village.now + 3_000,
        app: "0.1.0".into(),
        caps: Vec::new(),
        set: String::new(),
        sig: village.hex(64),
    };
    let settings = village.hex(4);
    if let Some(last) = lines.last() {
        let author = jukung_domain::event::read(last).unwrap().u;
        head.logs[0].r.push((from + count - 1, author, village.hex(64)));
    }
    wire::body(&head.shortened(&settings), lines).unwrap()
}

/// An answer with `entries`.
#[must_use]
pub fn answer(village: &mut Village, entries: &[FeedEntry]) -> Vec<u8> {
    let n = village.chance.between(1, 9_000);
    let settings = village.chance.happens(100).then(|| {
        let key = format!("age1{}", village.hex(29));
        serde_json::to_string(&DistrictSettings { courier_key: key, ..DistrictSettings::default() }).unwrap()
    });
    let head = SyncAnswer {
        v: wire::VERSION,
        ack: vec![(wire::incarnation_hex(village.chance.incarnation()), n, village.hex(8))],
        safe: Vec::new(),
        need: Vec::new(),
        fork: Vec::new(),
        ask: false,
        common: None,
        code: None,
        cert: None,
        cur: (n, village.hex(8)),
        head: n,
        want: Vec::new(),
        have: Vec::new(),
        time: village.now + 4_000,
        token: village.hex(16),
        next: None,
        au: Vec::new(),
        settings,
        sub: None,
        pin: None,
        ended: None,
        apart: Vec::new(),
        sig: village.hex(64),
    };
    let lines: Vec<String> = entries.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
    wire::body(&head, &lines).unwrap()
}

/// An entry of the feed that carries `raw`, of the district or of a sibling.
#[must_use]
pub fn entry(village: &mut Village, raw: &str) -> FeedEntry {
    let n = village.chance.between(1, 9_000);
    let device = village.chance.id();
    FeedEntry {
        n,
        t: if raw.contains("\"k\":\"st.") { "st" } else { "ok" }.into(),
        r: village.hex(32),
        o: "applied".into(),
        b: raw.to_owned(),
        d: Some(device),
        k: 0,
        s: Some((wire::incarnation_hex(village.chance.incarnation()), n)),
        g: village.hex(16),
    }
}

/// The samples of the dictionary, as they are when their hashes are taken out: lone applications most of all, for these gain most; corrections, receipts, words of the
/// district, siblings' events.
#[must_use]
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for seed in 0..VILLAGES {
        let mut village = Village::new(seed, super::TRAINING);
        let v = &mut village;
        samples.push(call(v, &[], &[]));
        samples.push(answer(v, &[]));
        for size in [1, 1, 1, 1, 1, 1, 2, 3] {
            let (mut lines, mut scans) = (Vec::new(), Vec::new());
            for _ in 0..size {
                let (id, number, raw) = v.handed_in();
                lines.push(raw);
                if v.chance.happens(700) {
                    lines.push(v.printed(id, &number));
                }
                let decided = v.decided(id);
                let told = [entry(v, &decided)];
                samples.push(answer(v, &told));
                let corrected = v.corrected(id);
                samples.push(call(v, &[corrected], &[]));
                let bytes = v.chance.between(40_000, 150_000);
                scans.push(format!("{}:{bytes}", v.hex(32)));
            }
            if v.chance.happens(500) {
                scans.clear();
            }
            samples.push(call(v, &lines, &scans));
            let told: Vec<FeedEntry> = lines.iter().map(|raw| entry(v, raw)).collect();
            samples.push(answer(v, &told));
        }
    }
    // Calls go up the thin road and are the more various: of the answers an eighth is enough.
    let kept = samples.iter().enumerate().filter(|(n, s)| n % 8 == 0 || s.starts_with(b"{\"v\":1,\"d\""));
    kept.map(|(_, sample)| pack::hexes::fold(sample).unwrap().0).collect()
}

/// The dictionary trained on `samples`, under the number of the newest one.
#[must_use]
pub fn train(samples: &[Vec<u8>]) -> Vec<u8> {
    let mut trained = zstd::dict::from_samples(samples, DICTIONARY_BYTES).unwrap();
    // zstd draws a number from the content: ours says which one it is.
    trained[4..8].copy_from_slice(&pack::NEWEST.id.to_le_bytes());
    trained
}
