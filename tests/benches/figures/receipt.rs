//! The receipt's PDF: CPU time, size, and the same bytes twice.

use crate::counter;
use crate::made_up;
use crate::measure::{at, cpu_mean_us, measured, target, walls};
use jukung_office::edge::Edge;

const TIMES: usize = 300;
/// Issue 2, section 6.
const CPU_MS_MAX: f64 = 3.0;
const KIB_MAX: f64 = 16.0;

pub fn run() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let ids: Vec<String> =
        (0..20).map(|n| office.submit_document(&made_up::application(&office, n)).unwrap().application).collect();
    let mut all = true;
    for paper in ["a5", "a4"] {
        let (mut took, mut largest) = (Vec::new(), 0);
        for time in 0..TIMES {
            let id = &ids[time % ids.len()];
            let (pdf, t) = measured(|| office.receipt_pdf(id, paper).unwrap());
            largest = largest.max(pdf.len());
            took.push(t);
            if time < ids.len() {
                assert_eq!(pdf, office.receipt_pdf(id, paper).unwrap(), "the same input gives the same bytes");
            }
        }
        let cpu_ms = cpu_mean_us(&took) / 1000.0;
        println!("receipt {paper}: wall p50 {:.2} ms; largest {largest} bytes", at(&walls(&took), 0.5) / 1000.0);
        all &= target(&format!("receipt {paper}, CPU mean"), cpu_ms, "ms", CPU_MS_MAX);
        all &= target(&format!("receipt {paper}, size"), largest as f64 / 1024.0, "KiB", KIB_MAX);
    }
    all
}
