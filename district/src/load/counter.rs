//! One simulated counter: it enrols, writes made-up applications into its log and calls, with the wire's own types and in the
//! order of the protocol. What it lacks is a disk and a person.

use crate::edge::Edge;
use jukung_crypto::author::End;
use jukung_crypto::{proof, sign};
use jukung_domain::application::{Application, Consent, ReadBack};
use jukung_domain::enrolment::{self, EnrolAnswer, EnrolCall, Vouched, covered, split_code};
use jukung_domain::event::{self, Authorship, Body, Created, Hash, Origin, PersonKey};
use jukung_domain::number::Number;
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::wire::{self, LogPart, SyncAnswer, SyncHead};
use std::collections::VecDeque;

/// The one life of its log.
const INCARNATION: i64 = 1;
/// Name of every simulated computer begins so: nobody else's does.
pub const NAME: &str = "Beban";
/// Who writes at every simulated counter.
const PERSON: &str = "beban";
/// Events in one call: as a counter sends them.
const CALL_EVENTS: usize = wire::BATCH_EVENTS_MAX;

/// A counter's computer.
pub struct Counter {
    /// Device id.
    pub device: uuid::Uuid,
    /// Applications it wrote so far.
    pub written: i64,
    /// What the district last acknowledged, in events.
    pub acked: i64,
    code: String,
    seed: [u8; 32],
    district_key: [u8; 32],
    settings: String,
    chain: Hash,
    cur: (i64, String),
    waiting: VecDeque<String>,
}

/// A call as it leaves: the same bytes at every try.
pub struct Push {
    /// The packed body.
    pub body: Vec<u8>,
    /// Events in it.
    pub events: usize,
    chain: Hash,
}

fn internal(e: impl ToString) -> Problem {
    Problem::new("internal").with("at", e)
}

impl Counter {
    /// What a computer with this key asks to enrol with.
    ///
    /// # Errors
    /// `code_refused` for what is no code.
    pub fn asks(code: &str, name: &str, seed: &[u8; 32]) -> Result<Vouched, Problem> {
        let (slot, secret) = split_code(code).ok_or_else(|| Problem::new("code_refused"))?;
        let public_key = hex::encode(sign::public_key(seed));
        let call = EnrolCall { v: enrolment::VERSION, slot, public_key, name: format!("{NAME} {name}") };
        let said = serde_json::to_string(&call).map_err(internal)?;
        let proof = hex::encode(proof::prove(secret.as_bytes(), &covered("call", &said)));
        Ok(Vouched { said, proof, sig: String::new() })
    }

    /// The computer that this answer makes of it, with its person's key as its first event.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn begins(answer: &Vouched, seed: [u8; 32], edge: &Edge) -> Result<Counter, Problem> {
        let told: EnrolAnswer = serde_json::from_str(&answer.said).map_err(internal)?;
        let mut district_key = [0; 32];
        hex::decode_to_slice(&told.district_key, &mut district_key).map_err(internal)?;
        let mut counter = Counter {
            device: told.device,
            written: 0,
            acked: 0,
            code: told.code,
            seed,
            district_key,
            settings: told.settings,
            chain: event::chain_start(told.device, INCARNATION),
            cur: told.feed,
            waiting: VecDeque::new(),
        };
        let key = hex::encode(sign::public_key(&seed));
        let body = Body::PersonKey(PersonKey { person: PERSON.into(), key });
        counter.write(edge.new_id(), &body, edge.now())?;
        Ok(counter)
    }

    fn write(&mut self, of: uuid::Uuid, body: &Body, now: i64) -> Result<(), Problem> {
        let by = Authorship { application: of, base: None, hlc: (now, 0), clock: 't', author: PERSON.into() };
        self.waiting.push_back(event::write(&by, body).map_err(internal)?);
        Ok(())
    }

    /// Hands in `n` made-up applications.
    ///
    /// # Errors
    /// `numbers_used_up`.
    pub fn hand_in(&mut self, n: usize, edge: &Edge) -> Result<(), Problem> {
        for _ in 0..n {
            self.written += 1;
            let number = Number::new(&self.code, self.written).ok_or_else(|| Problem::new("numbers_used_up"))?;
            let body = Body::Create(Created { n: number.to_string(), d: application(self.written, &edge.random()) });
            self.write(edge.new_id(), &body, edge.now())?;
        }
        Ok(())
    }

    /// Whether something waits.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Its next call: what waits, signed by who wrote it and by the computer, in the short form.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn call(&self, now: i64) -> Result<Push, Problem> {
        let events: Vec<String> = self.waiting.iter().take(CALL_EVENTS).cloned().collect();
        let device = self.device.to_string();
        let mut chain = self.chain;
        for (seq, raw) in (self.acked + 1..).zip(&events) {
            let origin = Origin { device: self.device, incarnation: INCARNATION, seq };
            chain = event::chain_next(&chain, &event::uid(&origin, raw));
        }
        let count = i64::try_from(events.len()).unwrap_or(0);
        let last = self.acked + count;
        let end = End { device: &device, incarnation: INCARNATION, seq: last, chain: &chain };
        let runs = if count == 0 { Vec::new() } else { vec![(last, PERSON.to_owned(), end.sign(&self.seed))] };
        let part = LogPart {
            i: wire::incarnation_hex(INCARNATION),
            f: self.acked + 1,
            m: count,
            pc: hex::encode(self.chain),
            tc: String::new(),
            n: self.acked + i64::try_from(self.waiting.len()).unwrap_or(0),
            c: false,
            o: Vec::new(),
            r: runs,
        };
        let mut head = self.head(part, now).shortened(&self.settings);
        let unsigned = wire::body(&head, &events).map_err(internal)?;
        head.sig = hex::encode(sign::sign(&self.seed, &wire::signed_bytes("/v1/sync", &unsigned)));
        let body = wire::body(&head, &events).map_err(internal)?;
        let body = pack::pack_short(&body, pack::LEVEL_FAST, pack::NEWEST.id).map_err(internal)?;
        Ok(Push { body, events: events.len(), chain })
    }

    fn head(&self, part: LogPart, now: i64) -> SyncHead {
        SyncHead {
            v: wire::VERSION,
            d: self.device,
            logs: vec![part],
            cur: self.cur.clone(),
            anch: Vec::new(),
            wit: 0,
            whole: false,
            code: self.code.clone(),
            cert: false,
            keys: Vec::new(),
            blobs: Vec::new(),
            au: Vec::new(),
            sub: false,
            pin: None,
            wall: now,
            app: env!("CARGO_PKG_VERSION").into(),
            caps: Vec::new(),
            set: String::new(),
            sig: String::new(),
        }
    }

    /// Takes the answer to a call in: only the district's own signed word counts as acknowledged.
    ///
    /// # Errors
    /// `half` for an answer that the district did not sign or that acknowledges something else.
    pub fn takes(&mut self, push: &Push, answer: &[u8]) -> Result<(), Problem> {
        let half = |why: &str| Problem::new("half").with("why", why);
        let unpacked = pack::unpack_short(answer, wire::BODY_BYTES_MAX);
        let body = unpacked.or_else(|_| pack::unpack(answer, wire::BODY_BYTES_MAX)).unwrap_or_else(|_| answer.to_vec());
        let text = String::from_utf8(body).map_err(|_| half("text"))?;
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        let told: SyncAnswer = serde_json::from_str(first).map_err(|_| half("header"))?;
        let rest: Vec<String> = lines.filter(|l| !l.is_empty()).map(str::to_owned).collect();
        let unsigned = wire::unsigned(first, &rest, &told.sig).ok_or_else(|| half("signature"))?;
        let signature = hex::decode(&told.sig).unwrap_or_default();
        if !sign::verify(&self.district_key, &wire::signed_bytes("answer", &unsigned), &signature) {
            return Err(half("signature"));
        }
        let upto = self.acked + i64::try_from(push.events).unwrap_or(0);
        let said = told.ack.iter().find(|(i, ..)| *i == wire::incarnation_hex(INCARNATION));
        if push.events > 0 && said.is_none_or(|(_, to, chain)| *to != upto || *chain != event::short(&push.chain)) {
            return Err(half("acknowledgement"));
        }
        self.waiting.drain(..push.events);
        (self.acked, self.chain, self.cur) = (upto, push.chain, told.cur);
        if let Some(settings) = told.settings {
            self.settings = settings;
        }
        Ok(())
    }
}

const FIRST: [&str; 8] = ["Halimah", "Muhammad", "Siti", "Nurhayati", "Rusmini", "Abdul", "Aminah", "Hamdi"];
const SECOND: [&str; 8] = ["Rahmah", "Hidayat", "Fatimah", "Rahman", "Aisyah", "Kurnia", "Maulana", "Lestari"];

/// A made-up application of usual size: names say Contoh, every NIK ends in 99.
fn application(n: i64, drawn: &[u8; 8]) -> Application {
    let [a, b, c, d, e, f, ..] = *drawn;
    let pick = |list: &[&'static str; 8], at: u8| list[usize::from(at) % list.len()];
    let (day, month, year) = (a % 28 + 1, b % 12 + 1, 40 + c % 50);
    let fields = [
        ("appliedBy", "self".to_owned()),
        ("applicant.name", format!("{} {} Contoh", pick(&FIRST, d), pick(&SECOND, e))),
        ("applicant.nik", format!("630504{day:02}{month:02}{year:02}{:02}99", f % 100)),
        ("applicant.kk", format!("630504{:02}12{:02}{:04}", e % 28 + 1, f % 20, n % 10_000)),
        ("applicant.birthDate", format!("19{year}-{month:02}-{day:02}")),
        ("applicant.birthPlace", "Rantau".to_owned()),
        ("applicant.address", format!("Jalan Contoh Titian Nomor {}", a % 90)),
        ("applicant.rt", format!("{:03}", b % 20 + 1)),
        ("applicant.rw", "001".to_owned()),
        ("delivery.method", "village".to_owned()),
        ("helper.kind", "grandchild".to_owned()),
        ("helper.name", format!("{} Contoh", pick(&FIRST, e))),
        ("helper.phone", format!("+62812000{:04}", n % 10_000)),
        ("helper.mayCollect", "yes".to_owned()),
    ];
    let mut application = Application {
        service: "KTP_DAMAGED".into(),
        reported: Some("2026-11-23".into()),
        fields: fields.into_iter().map(|(path, value)| (path.to_owned(), value)).collect(),
        read_back: Some(ReadBack { mode: "spoken".into(), corrected: Vec::new() }),
        consent: Some(Consent {
            text_version: "2026-11".into(),
            agreed: true,
            news: false,
            given_by: "self".into(),
            mark: "oral".into(),
            evidence: None,
            witnesses: vec!["Rizal Contoh".into()],
        }),
        ..Application::default()
    };
    application.missing.insert("ktp_damaged".into(), "Blangko belum ada".into());
    application
}
