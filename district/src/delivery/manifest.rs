//! The manifest of a run on A4: what is carried, in order, with bar codes, and a box in which each recipient signs.

use super::run::{Item, Opened};
use jukung_domain::texts::say;
use jukung_paper::code;
use jukung_paper::layout::{Face, Layout, Page, PaperSize};
use jukung_paper::pen::{Pen, height_mm};

/// White edge in mm; every office printer prints up to here.
const MARGIN: f32 = 11.0;
/// Type sizes in points: the least that old eyes read (ux.md 2.6) also for who carries.
const TEXT: f32 = 12.0;
const HEAD: f32 = 16.0;
const NUMBER: f32 = 20.0;
/// Columns: left edge and width in mm of number and bar code, of recipient, and of the box to sign in.
const CODE: (f32, f32) = (MARGIN, 60.0);
const WHO: (f32, f32) = (75.0, 66.0);
const SIGN: (f32, f32) = (145.0, 54.0);
/// Height of a bar code in mm: a hand scanner held aslant still crosses all of it.
const BARS: f32 = 10.0;
/// Least height of a row in mm: the box takes a signature or a thumb.
const ROW: f32 = 30.0;
/// Room kept at the foot of a page in mm.
const FOOT: f32 = 10.0;
/// Room for the two signatures at the end in mm.
const END: f32 = 32.0;
/// Side of the run's QR in mm.
const QR: f32 = 25.0;

/// Who sends it and who carries it.
pub struct Sender<'a> {
    /// Name of the Dinas.
    pub agency: &'a str,
    /// Made-up sample data.
    pub sample: bool,
}

struct Sheet {
    pages: Vec<Page>,
    y: f32,
    height: f32,
}

impl Sheet {
    fn pen(&mut self, (x, width): (f32, f32)) -> Pen<'_> {
        if self.pages.is_empty() {
            self.pages.push(Page::default());
        }
        let last = self.pages.len() - 1;
        Pen::new(&mut self.pages[last], x, self.y, width)
    }

    /// A new page unless this many mm are left.
    fn need(&mut self, mm: f32) {
        if self.y + mm > self.height - MARGIN - FOOT {
            self.pages.push(Page::default());
            self.y = MARGIN;
        }
    }
}

/// Sets the manifest of a run.
#[must_use]
pub fn manifest(run: &Opened, from: &Sender<'_>) -> Layout {
    let (width, height) = PaperSize::A4.size_mm();
    let mut sheet = Sheet { pages: Vec::new(), y: MARGIN, height };
    head(&mut sheet, run, from, width);
    for item in run.items.iter().filter(|item| item.state != "gone") {
        row(&mut sheet, item, &run.cod, width);
    }
    end(&mut sheet, run);
    let pages = sheet.pages.len();
    for (at, page) in sheet.pages.iter_mut().enumerate() {
        let (n, of) = ((at + 1).to_string(), pages.to_string());
        let foot = say("run.paper.page", &[("number", &run.row.number), ("page", &n), ("pages", &of)]);
        Pen::new(page, MARGIN, height - MARGIN - 5.0, width - 2.0 * MARGIN).text(Face::Regular, TEXT, &foot);
    }
    let title = format!("{} {}", say("run.paper.manifest", &[]), run.row.number);
    Layout { title, width, height, pages: sheet.pages }
}

fn head(sheet: &mut Sheet, run: &Opened, from: &Sender<'_>, width: f32) {
    let mut square = code::of_number(&run.row.number);
    square.side_mm = QR;
    sheet.pen((width - MARGIN - QR, QR)).square(square);
    let mut pen = sheet.pen((MARGIN, width - 2.0 * MARGIN - QR - 8.0));
    if from.sample {
        pen.text(Face::Bold, TEXT, &say("paper.sample", &[]));
    }
    pen.text(Face::Regular, TEXT, from.agency);
    pen.text(Face::Bold, HEAD, &say("run.paper.manifest", &[]));
    pen.text(Face::Mono, NUMBER, &run.row.number);
    pen.bars(&run.row.number, BARS);
    pen.gap(2.0);
    pen.width = width - 2.0 * MARGIN;
    pen.y = pen.y.max(MARGIN + QR + 3.0);
    let count = run.items.iter().filter(|item| item.state != "gone").count().to_string();
    let (way, carrier) = (run.row.way_text.as_str(), run.row.carrier.as_str());
    pen.text(Face::Bold, TEXT, &say("run.paper.carried", &[("way", way), ("carrier", carrier), ("count", &count)]));
    let made = say("run.paper.made", &[("day", &run.row.made), ("who", &run.made_by)]);
    pen.text(Face::Regular, TEXT, &made);
    if !run.cod.is_empty() {
        pen.text(Face::Bold, TEXT, &run.cod);
    }
    pen.text(Face::Regular, TEXT, &say("run.paper.free", &[]));
    pen.gap(2.0);
    sheet.y = pen.y;
}

/// What stands about the recipient, line by line.
fn about(item: &Item, cod: &str) -> Vec<(Face, String)> {
    let mut lines = vec![(Face::Bold, item.recipient.clone()), (Face::Regular, item.address.clone())];
    if !item.may_collect.is_empty() {
        lines.push((Face::Regular, say("run.paper.may_collect", &[("who", &item.may_collect)])));
    }
    if !item.tracking.is_empty() {
        lines.push((Face::Regular, say("run.paper.tracking", &[("tracking", &item.tracking)])));
    }
    if !cod.is_empty() {
        lines.push((Face::Bold, say("run.paper.cod", &[])));
    }
    lines
}

fn row(sheet: &mut Sheet, item: &Item, cod: &str, width: f32) {
    let lines = about(item, cod);
    let text: f32 = lines.iter().map(|(face, text)| height_mm(*face, TEXT, WHO.1, text)).sum();
    let height = ROW.max(text) + 4.0;
    sheet.need(height);
    sheet.pen((MARGIN, width - 2.0 * MARGIN)).rule();
    sheet.y += 2.0;
    let mut pen = sheet.pen(CODE);
    pen.text(Face::Mono, TEXT + 2.0, &format!("{}. {}", item.n, item.number));
    pen.gap(1.0);
    pen.bars(&item.number, BARS);
    pen.gap(2.0);
    pen.text(Face::Regular, TEXT, &say("run.paper.attempts", &[]));
    let mut pen = sheet.pen(WHO);
    for (face, text) in &lines {
        pen.text(*face, TEXT, text);
    }
    let mut pen = sheet.pen(SIGN);
    pen.frame(ROW);
    pen.x += 1.5;
    pen.width -= 3.0;
    pen.text(Face::Regular, TEXT, &say("run.paper.sign", &[]));
    sheet.y += height - 2.0;
}

fn end(sheet: &mut Sheet, run: &Opened) {
    sheet.need(END);
    sheet.pen((MARGIN, SIGN.0 + SIGN.1 - MARGIN)).rule();
    sheet.y += 2.0;
    for ((x, width), key, who) in [
        ((MARGIN, 90.0), "run.paper.handed", run.made_by.as_str()),
        ((109.0, 90.0), "run.paper.taken", run.row.carrier.as_str()),
    ] {
        let mut pen = sheet.pen((x, width));
        pen.text(Face::Regular, TEXT, &say(key, &[]));
        pen.gap(14.0);
        pen.text(Face::Regular, TEXT, &format!("({who})"));
    }
}
