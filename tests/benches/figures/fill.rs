//! A district's database of many made-up applications, as three years of a regency leave it: written by the product's own
//! functions (events, fold, projection, words), without the wire, the logs and the feeds, which no officer's page reads.

use crate::ingest::district_world::{Counter, World};
use jukung_domain::application::{Application, Consent, ReadBack};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event::{
    self, Authorship, Body, Created, Delivered, Hash, Issued, Origin, Place, Reason, Returned, Shipped,
};
use jukung_domain::fold::{self, State};
use jukung_domain::number::{COUNTER_MAX, Number};
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::search_key;
use jukung_ledger::log::{self, NewEvent};
use jukung_ledger::projection::{self, Context, Stands};
use jukung_ledger::{Tx, params};
use std::collections::BTreeMap;

/// Applications of one transaction; those of one office go in together.
const BATCH: usize = 4_000;
/// Three years.
const SPAN_MS: i64 = 3 * 365 * 86_400_000;
/// The regency of the test world's office.
const REGENCY: &str = "63.05.";
const PERSON: &str = "018f0000-0000-7000-8000-000000000001";

/// Made-up chance that repeats (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// One of a list, the first ones more often: as names and offices are spread.
    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let (a, b) = (self.below(list.len()), self.below(list.len()));
        &list[a * b / list.len()]
    }
}

const FIRST: [&str; 24] = [
    "Muhammad",
    "Siti",
    "Ahmad",
    "Nur",
    "Abdul",
    "Halimah",
    "Rahmat",
    "Aminah",
    "Hamdi",
    "Mariatul",
    "Rizal",
    "Fatmawati",
    "Noorjannah",
    "Supian",
    "Rusmini",
    "Galuh",
    "Syarifah",
    "Hadi",
    "Zainab",
    "Bahrudin",
    "Masitah",
    "Yusuf",
    "Mariani",
    "Udin",
];
const SECOND: [&str; 20] = [
    "Rahman",
    "Rahmah",
    "Hidayat",
    "Fatimah",
    "Kurnia",
    "Aisyah",
    "Maulana",
    "Saputra",
    "Lestari",
    "Rizki",
    "Akbar",
    "Yanti",
    "Wati",
    "Kamariah",
    "Sari",
    "Ilham",
    "Anwar",
    "Bahri",
    "Arifin",
    "Khairunnisa",
];
const SERVICES: [&str; 6] = ["KTP_DAMAGED", "BIRTH_CERT", "KK_CHANGE", "KTP_LOST", "KIA", "MOVE_OUT"];

/// Two names, and for two of five a rare one.
fn name(chance: &mut Chance) -> String {
    let mut name = format!("{} {}", chance.of(&FIRST), chance.of(&SECOND));
    if chance.below(5) < 2 {
        let rare: String = (0..3).map(|_| char::from(b'a' + chance.below(26) as u8)).collect();
        name.push_str(&format!(" Contoh{rare}"));
    }
    name
}

/// An application as it stands here.
pub struct Made {
    pub id: String,
    pub number: String,
    pub name: String,
    pub nik: String,
    pub year: String,
    pub service: String,
    pub office: String,
    pub waits: bool,
}

struct Office {
    code: String,
    computers: Vec<Counter>,
    written: i64,
}

/// Fills it and says what some thousands of the applications are.
pub fn fill(world: &World, many: usize, now: i64) -> Vec<Made> {
    let mut offices = offices(world, many);
    let known: Vec<&str> = Catalogue::embedded().services.iter().map(|s| s.code.as_str()).collect();
    let mut services: Vec<&str> = SERVICES.into_iter().filter(|s| known.contains(s)).collect();
    services.extend(known.iter().filter(|s| !SERVICES.contains(s)));
    let (mut chance, mut kept, every) = (Chance(7), Vec::new(), many.div_ceil(5_000).max(1));
    let (step, places) = (SPAN_MS / many as i64, (0..offices.len()).collect::<Vec<usize>>());
    for from in (0..many).step_by(BATCH) {
        let mut by_office: BTreeMap<usize, Vec<(Case, Made)>> = BTreeMap::new();
        for n in from..(from + BATCH).min(many) {
            let office = *chance.of::<usize>(&places);
            let at = now - (many - n) as i64 * step;
            let service: &str = chance.of::<&str>(&services);
            let made = case(&mut offices[office], (at, now), service, &mut chance);
            by_office.entry(office).or_default().push(made);
        }
        let write =
            |tx: &mut dyn Tx| by_office.iter().try_for_each(|(office, cases)| store(tx, &offices[*office].code, cases));
        world.district.db.write(write).unwrap();
        kept.extend(
            by_office
                .into_values()
                .flatten()
                .map(|(_, made)| made)
                .enumerate()
                .filter(|(n, made)| n % every == 0 || made.waits && n % 7 == 0)
                .map(|(_, m)| m),
        );
    }
    kept
}

fn offices(world: &World, many: usize) -> Vec<Office> {
    let villages: Vec<&str> = Regions::current().villages().filter(|v| v.starts_with(REGENCY)).collect();
    // The first of them has some six in a hundred; a computer counts to 99,999.
    let each = many / 10 / COUNTER_MAX as usize + 1;
    let computers = |of: usize, code: &str| {
        let seed = |n: usize| {
            let mut seed = [n as u8; 32];
            seed[..8].copy_from_slice(&(of as u64 + 1).to_le_bytes());
            seed
        };
        let enrol = |n| Counter::enrol_with(world, code, &world.district.new_code(code).unwrap(), seed(n));
        (0..each).map(enrol).collect()
    };
    let made =
        |(n, code): (usize, &&str)| Office { code: (*code).to_owned(), computers: computers(n, code), written: 0 };
    villages.iter().enumerate().map(made).collect()
}

/// What is written of one application.
struct Case {
    id: String,
    state: State,
    head: String,
    at: i64,
    events: Vec<(Hash, Origin, String, &'static str, i64)>,
    create: Body,
}

fn document(service: &str, name: &str, nik: &str, chance: &mut Chance) -> Application {
    let family = format!("6305{:012}", chance.below(400_000));
    let fields = [
        ("appliedBy", "self".to_owned()),
        ("applicant.name", name.to_owned()),
        ("applicant.nik", nik.to_owned()),
        ("applicant.kk", family),
        ("applicant.birthDate", format!("19{}-01-01", &nik[10..12])),
        ("applicant.birthPlace", "Rantau".to_owned()),
        ("applicant.address", format!("Jalan Contoh Titian Nomor {}", chance.below(90))),
        ("applicant.rt", format!("{:03}", chance.below(20) + 1)),
        ("applicant.rw", "001".to_owned()),
        ("applicant.phone", format!("+62812{:07}", chance.below(10_000_000))),
        ("delivery.method", "village".to_owned()),
        ("helper.kind", if chance.below(3) == 0 { "grandchild" } else { "self" }.to_owned()),
        ("helper.name", self::name(chance)),
        ("helper.mayCollect", "yes".to_owned()),
    ];
    let consent = Consent {
        text_version: "2026-11".into(),
        agreed: true,
        news: false,
        given_by: "self".into(),
        mark: "oral".into(),
        evidence: None,
        witnesses: vec!["Rizal Contoh".into()],
    };
    let mut application = Application {
        service: service.into(),
        reported: Some("2026-11-23".into()),
        fields: fields.into_iter().map(|(path, value)| (path.to_owned(), value)).collect(),
        read_back: Some(ReadBack { mode: "spoken".into(), corrected: Vec::new() }),
        consent: Some(consent),
        ..Application::default()
    };
    application.missing.insert("ktp_damaged".into(), "Blangko belum ada".into());
    application
}

/// What became of it: nearly all is delivered; of the last weeks' some wait.
fn became(waits: bool, chance: &mut Chance) -> Vec<Body> {
    let of = |words: &str| Reason { reason: words.into() };
    let back = || {
        Body::Returned(Returned {
            reason: "mismatch".into(),
            target: "applicant.address".into(),
            note: "Mohon lengkapi.".into(),
        })
    };
    let (taken, approved) = (Body::Taken, Body::Approved);
    let issued = || Body::Issued(Issued { document: "6305-CONTOH".into() });
    match (waits, chance.below(100)) {
        (true, 0..70) => Vec::new(),
        (true, 70..80) => vec![taken],
        (true, _) => vec![taken, approved],
        (false, 0..2) => vec![taken, back()],
        (false, 2..5) => vec![taken, Body::Refused(of("bukan warga"))],
        (false, 5..7) => vec![Body::Withdraw(of("tidak jadi"))],
        (false, 7..9) => vec![taken, approved, issued()],
        (false, 9..13) => vec![taken, approved, issued(), Body::Ready(Place { place: "Kantor desa".into() })],
        (false, 13..14) => {
            vec![taken, approved, issued(), Body::Shipped(Shipped { carrier: "PT Pos".into(), ..Shipped::default() })]
        }
        (false, _) => {
            let to = Delivered { recipient: "Rizal Contoh".into(), relation: "anak".into(), ..Delivered::default() };
            vec![taken, approved, issued(), Body::Ready(Place { place: "Kantor desa".into() }), Body::Delivered(to)]
        }
    }
}

fn case(office: &mut Office, (at, now): (i64, i64), service: &str, chance: &mut Chance) -> (Case, Made) {
    office.written += 1;
    let computer = &office.computers[(office.written / COUNTER_MAX) as usize];
    let number = Number::new(&computer.card.code, office.written % COUNTER_MAX + 1).unwrap().to_string();
    let name = name(chance);
    let day = chance.below(28) + 1;
    let nik = format!(
        "{}{day:02}{:02}{:02}{:04}",
        office.code.replace('.', "").get(..6).unwrap(),
        chance.below(12) + 1,
        chance.below(60) + 40,
        chance.below(100) * 100 + 99
    );
    // As a counter makes them: the time first (UUID v7).
    let random = (chance.below(usize::MAX) as u128) << 16 | chance.below(1 << 16) as u128;
    let id = uuid::Builder::from_unix_timestamp_millis(at as u64, &random.to_le_bytes()[..10].try_into().unwrap())
        .into_uuid();
    let waits = now - at < SPAN_MS / 50;
    let create = Body::Create(Created { n: number.clone(), d: document(service, &name, &nik, chance) });
    let (mut state, mut events, mut head) = (None, Vec::new(), Hash::default());
    let became = became(waits, chance);
    for (n, body) in (0_i64..).zip(std::iter::once(&create).chain(&became)) {
        let when = at + n * 3_600_000;
        let base = (n > 0).then(|| event::short(&head));
        let author = if n == 0 { PERSON } else { "Sari" };
        let by = Authorship { application: id, base, hlc: (when, 0), clock: 't', author: author.into() };
        let raw = event::write(&by, body).unwrap();
        let device = if n == 0 { computer.card.device } else { jukung_district::own::log_of(&office.code) };
        let origin = Origin { device, incarnation: 1, seq: office.written * 10 + n };
        head = event::uid(&origin, &raw);
        events.push((head, origin, raw, body.kind(), when));
        assert_eq!(fold::fold(&mut state, body), fold::Folded::Applied, "{body:?}");
    }
    let made = Made {
        id: id.to_string(),
        number,
        year: format!("19{}", &nik[10..12]),
        name,
        nik,
        service: service.into(),
        office: office.code.clone(),
        waits,
    };
    (Case { id: id.to_string(), state: state.unwrap(), head: event::short(&head), at, events, create }, made)
}

/// Applications of one office.
fn store(tx: &mut dyn Tx, office: &str, cases: &[(Case, Made)]) -> Result<(), Problem> {
    let context = Context { office, at: cases.iter().map(|(case, _)| case.at).max().unwrap() };
    let rows: Vec<_> = cases
        .iter()
        .map(|(case, _)| {
            let more = case.events.len() > 1;
            let text = more.then(|| serde_json::to_string(&case.state).unwrap());
            (Stands { id: &case.id, state: &case.state, head: &case.head, created: case.at }, text)
        })
        .collect();
    projection::store_all(tx, &rows, context)?;
    let (mut words, mut events) = (Vec::new(), Vec::new());
    for (case, _) in cases {
        if let Body::Create(created) = &case.create {
            for (_, name) in created.d.fields.iter().filter(|(path, _)| path.ends_with(".name")) {
                words.extend(search_key::fold(name).split_whitespace().map(|w| params![w, &case.id].to_vec()));
            }
        }
        for (turn, (uid, origin, raw, kind, at)) in (1..).zip(&case.events) {
            let new = NewEvent {
                origin: *origin,
                raw,
                application: case.id.clone(),
                kind: (*kind).into(),
                outcome: "applied".into(),
                at: *at,
                turn,
                proof: String::new(),
            };
            events.push((*uid, new));
        }
    }
    tx.insert("name_word (word, app)", &words, "ON CONFLICT DO NOTHING")?;
    log::append_all(tx, &events)?;
    Ok(())
}
