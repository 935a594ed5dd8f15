//! Search over 100,000 applications of one counter, made by the ledger's own functions.

use crate::counter;
use crate::made_up;
use crate::measure::{at, measured, target, walls};
use jukung_domain::event::{Body, Created};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_office::edge::Edge;
use jukung_office::{Office, own};

const APPLICATIONS: usize = 100_000;
/// Applications in one transaction while the data set is made.
const BATCH: usize = 1_000;
/// Issue 2, section 6.
const P95_MS_MAX: f64 = 20.0;

fn fill(office: &Office) -> Vec<String> {
    let mut numbers = Vec::new();
    for batch in 0..APPLICATIONS / BATCH {
        office
            .db()
            .write(|tx| {
                for n in batch * BATCH..(batch + 1) * BATCH {
                    let document = made_up::application(office, n);
                    // Two device codes: one counter's five digits end at 99,999.
                    let code = if n % 2 == 0 { "K7F" } else { "X2Z" };
                    let number = Number::new(code, (n / 2 + 1) as i64).unwrap().to_string();
                    let (id, now) = (Edge::system().new_id().to_string(), office.now());
                    let body = Body::Create(Created { n: number.clone(), d: document.clone() });
                    own::append(tx, office.identity(), &id, &body, now)?;
                    numbers.push(number);
                }
                Ok::<_, Problem>(())
            })
            .unwrap();
        office.make_findable().unwrap();
    }
    numbers
}

/// What people type, and how often it is asked in turn.
fn queries(numbers: &[String]) -> Vec<(&'static str, Vec<String>)> {
    let spread: Vec<usize> = (0..100).map(|i| i * 997 % APPLICATIONS).collect();
    let each = |make: &dyn Fn(usize) -> String| spread.iter().map(|n| make(*n)).collect::<Vec<_>>();
    vec![
        ("two letters", each(&|n| made_up::name(n).chars().take(2).collect())),
        ("three letters", each(&|n| made_up::name(n).chars().take(3).collect())),
        ("a first name", each(&|n| made_up::name(n).split(' ').next().unwrap().to_owned())),
        ("two words", each(&|n| made_up::name(n).split(' ').take(2).collect::<Vec<_>>().join(" "))),
        (
            "beginnings of two words",
            each(&|n| {
                made_up::name(n)
                    .split(' ')
                    .take(2)
                    .map(|w| w[..w.len().min(5)].to_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            }),
        ),
        ("a whole name", each(&made_up::name)),
        ("old spelling", each(&|_| "Noerhajati Rahman".into())),
        ("nobody", each(&|_| "Qwertz Uiop".into())),
        ("a NIK's start", each(&|n| made_up::nik(n)[..8].to_owned())),
        ("a whole NIK", each(&made_up::nik)),
        ("a number", each(&|n| numbers[n].clone())),
        ("one letter", each(&|_| "s".into())),
    ]
}

pub fn run() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let (numbers, took) = measured(|| fill(&office));
    println!("search: {} applications made in {:.0} s", numbers.len(), took.wall_us / 1e6);
    let mut all = Vec::new();
    for (what, texts) in queries(&numbers) {
        let mut mine = Vec::new();
        let mut hits = 0;
        for text in &texts {
            let (found, t) = measured(|| office.search(text).unwrap());
            hits += found.len();
            mine.push(t);
        }
        let ms: Vec<f64> = walls(&mine).iter().map(|us| us / 1000.0).collect();
        println!("search, {what}: p50 {:.2} ms, p95 {:.2} ms, {hits} hits", at(&ms, 0.5), at(&ms, 0.95));
        all.extend(ms);
    }
    target("search over 100,000 applications, p95 of all", at(&all, 0.95), "ms", P95_MS_MAX)
}
