//! Address labels, four of size A6 on each A4 sheet: who it is for, where, both codes of its number, and not what is inside.

use super::manifest::Sender;
use super::run::{Item, Opened};
use jukung_domain::texts::say;
use jukung_paper::code;
use jukung_paper::layout::{Face, Layout, Page, PaperSize};
use jukung_paper::pen::Pen;

/// Labels on a sheet, two beside each other.
const ON_SHEET: usize = 4;
/// White edge inside a label in mm.
const EDGE: f32 = 11.0;
/// Type sizes in points: read at arm's length on a porch.
const NAME: f32 = 16.0;
const ADDRESS: f32 = 14.0;
const SMALL: f32 = 12.0;
/// Height of the bar code and side of the QR in mm.
const BARS: f32 = 14.0;
const QR: f32 = 25.0;
/// How far above the foot of a label its codes begin, in mm.
const CODES: f32 = 38.0;

/// Sets the labels of a run.
#[must_use]
pub fn labels(run: &Opened, from: &Sender<'_>) -> Layout {
    let (width, height) = PaperSize::A4.size_mm();
    let (wide, high) = (width / 2.0, height / 2.0);
    let items: Vec<&Item> = run.items.iter().filter(|item| item.state != "gone").collect();
    let sheet = |items: &[&Item]| {
        let mut page = Page::default();
        for (at, item) in items.iter().enumerate() {
            let (x, y) = ((at % 2) as f32 * wide, (at / 2) as f32 * high);
            label(&mut page, (x, y, wide, high), item, run, from);
        }
        // Lines to cut along.
        Pen::new(&mut page, 0.0, high, width).rule();
        Pen::new(&mut page, wide, 0.0, 0.35).frame(height);
        page
    };
    let mut pages: Vec<Page> = items.chunks(ON_SHEET).map(sheet).collect();
    if pages.is_empty() {
        pages.push(Page::default());
    }
    Layout { title: format!("{} {}", say("run.paper.labels", &[]), run.row.number), width, height, pages }
}

fn label(page: &mut Page, (x, y, wide, high): (f32, f32, f32, f32), item: &Item, run: &Opened, from: &Sender<'_>) {
    let mut pen = Pen::new(page, x + EDGE, y + EDGE, wide - 2.0 * EDGE);
    if from.sample {
        pen.text(Face::Bold, SMALL, &say("paper.sample", &[]));
    }
    pen.text(Face::Regular, SMALL, &say("run.paper.sender", &[("agency", from.agency)]));
    pen.gap(3.0);
    pen.text(Face::Regular, SMALL, &say("run.paper.to", &[]));
    pen.text(Face::Bold, NAME, &item.recipient);
    pen.text(Face::Regular, ADDRESS, &item.address);
    pen.gap(2.0);
    if !item.may_collect.is_empty() {
        pen.text(Face::Regular, SMALL, &say("run.paper.may_collect", &[("who", &item.may_collect)]));
    }
    if !run.cod.is_empty() {
        pen.text(Face::Bold, SMALL, &run.cod);
    }
    // The codes stand at the foot, or below an address that is longer than any we have seen.
    let foot = pen.y.max(y + high - EDGE - CODES);
    let mut pen = Pen::new(page, x + EDGE, foot, wide - 2.0 * EDGE);
    pen.bars(&item.number, BARS);
    pen.gap(1.0);
    pen.text(Face::Mono, ADDRESS, &item.number);
    let mut under = Pen::new(page, x + EDGE, pen_under(foot), wide - 2.0 * EDGE - QR - 3.0);
    under.text(Face::Regular, SMALL, &say("run.paper.back", &[("run", &run.row.number)]));
    let mut square = code::of_number(&item.number);
    square.side_mm = QR;
    Pen::new(page, x + wide - EDGE - QR, foot + CODES - QR, QR).square(square);
}

/// Where the line under the bar code and its number begins.
fn pen_under(foot: f32) -> f32 {
    foot + BARS + 1.0 + jukung_paper::pen::line_mm(ADDRESS) + 1.0
}
