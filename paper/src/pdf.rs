//! Draws a layout as a PDF with subset fonts; the same layout always gives the same bytes.

use super::PaperProblem;
use super::font::{MM_PER_PT, face};
use super::layout::{Code, Face, Layout, Page};
use printpdf::{
    Color, CurTransMat, DictItem, ExternalStream, ExternalXObject, FontId, Mm, Op, PaintMode, PdfDocument, PdfFont,
    PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt, Rect, Rgb, TextItem, WindingOrder, XObject, XObjectId,
    XObjectTransform,
};
use sha2::{Digest, Sha256};

/// Fixed names of the fonts inside the file; printpdf's own are random.
const FONT_NAMES: [(Face, &str); 3] = [(Face::Regular, "FRegular"), (Face::Bold, "FBold"), (Face::Mono, "FMono")];
/// Length of each of the two file identifiers printpdf draws by chance.
const ID_BYTES: usize = 32;

/// The PDF of a layout.
///
/// # Errors
/// [`PaperProblem::Font`] when a font inside the program cannot be read.
pub fn to_pdf(layout: &Layout) -> Result<Vec<u8>, PaperProblem> {
    let mut document = PdfDocument::new(&layout.title);
    for (which, name) in FONT_NAMES {
        if layout.pages.iter().any(|page| page.runs.iter().any(|run| run.face == which)) {
            let font = face(which).ok_or(PaperProblem::Font)?;
            document.resources.fonts.map.insert(FontId(name.to_owned()), PdfFont::new(font.clone()));
        }
    }
    for (number, page) in layout.pages.iter().enumerate() {
        for (at, code) in page.codes.iter().enumerate() {
            document.resources.xobjects.map.insert(code_name(number, at), picture(code));
        }
        let ops = operations(layout, page, number);
        document.pages.push(PdfPage::new(Mm(layout.width), Mm(layout.height), ops));
    }
    let options = PdfSaveOptions { optimize: true, subset_fonts: true, secure: true, image_optimization: None };
    let mut bytes = document.save(&options, &mut Vec::new());
    fix_identifiers(&mut bytes);
    Ok(bytes)
}

fn operations(layout: &Layout, page: &Page, number: usize) -> Vec<Op> {
    let mut ops = vec![Op::SetFillColor { col: Color::Rgb(Rgb { r: 0.0, g: 0.0, b: 0.0, icc_profile: None }) }];
    for bar in &page.bars {
        ops.push(filled(pt(bar.x), pt(layout.height - bar.y - bar.height), pt(bar.width), pt(bar.height)));
    }
    for (at, code) in page.codes.iter().enumerate() {
        draw_code(&mut ops, code, code_name(number, at), layout.height);
    }
    for run in &page.runs {
        let name = FONT_NAMES.iter().find(|(which, _)| *which == run.face).map_or("FRegular", |(_, name)| name);
        ops.extend([
            Op::StartTextSection,
            Op::SetTextCursor { pos: Point { x: pt(run.x), y: pt(layout.height - run.y) } },
            Op::SetFont { font: PdfFontHandle::External(FontId(name.to_owned())), size: Pt(run.size_pt) },
            Op::ShowText { items: vec![TextItem::Text(run.text.clone())] },
            Op::EndTextSection,
        ]);
    }
    ops
}

fn filled(x: Pt, y: Pt, width: Pt, height: Pt) -> Op {
    let mut rectangle = Rect::from_xywh(x, y, width, height);
    rectangle.mode = Some(PaintMode::Fill);
    rectangle.winding_order = Some(WindingOrder::NonZero);
    Op::DrawRectangle { rectangle }
}

/// A QR as a picture of one bit a module: its modules are chance, and every other form of them is four times as large.
fn picture(code: &Code) -> XObject {
    let side = code.rows.len();
    let mut bits = vec![0u8; side.div_ceil(8) * side];
    for (x, y, length) in code.runs() {
        for column in x..x + length {
            bits[y * side.div_ceil(8) + column / 8] |= 0x80 >> (column % 8);
        }
    }
    let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
    let number = |value: usize| DictItem::Int(i64::try_from(value).unwrap_or(0));
    let dict = [
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", number(side)),
        ("Height", number(side)),
        ("BitsPerComponent", number(1)),
        // A mask is painted in the colour of the text, and never smoothed between its modules (ISO 32000-1, 8.9.6.2).
        ("ImageMask", DictItem::Bool(true)),
        ("Decode", DictItem::Array(vec![number(1), number(0)])),
    ];
    let dict = dict.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let stream = ExternalStream { dict, content: bits, compress: true };
    XObject::External(ExternalXObject { stream, width: None, height: None, dpi: None })
}

fn code_name(page: usize, at: usize) -> XObjectId {
    XObjectId(format!("QR{page}x{at}"))
}

fn draw_code(ops: &mut Vec<Op>, code: &Code, id: XObjectId, page_height: f32) {
    let side = code.rows.len() as f32 * code.module;
    let [x, y, side] = [code.x, page_height - code.y - side, side].map(|mm| pt(mm).0);
    let matrix = CurTransMat::Raw([side, 0.0, 0.0, side, x, y]);
    let transform = XObjectTransform { no_auto_scale: true, ..XObjectTransform::default() };
    ops.extend([
        Op::SaveGraphicsState,
        Op::SetTransformationMatrix { matrix },
        Op::UseXobject { id, transform },
        Op::RestoreGraphicsState,
    ]);
}

/// Millimetres as points, rounded to 1/100 so that the file stays small.
fn pt(mm: f32) -> Pt {
    Pt((mm / MM_PER_PT * 100.0).round() / 100.0)
}

/// Replaces the two random identifiers of the file by the hash of everything else in it.
fn fix_identifiers(bytes: &mut [u8]) {
    let Some(at) = bytes.windows(3).rposition(|window| window == b"/ID") else { return };
    let mut places = Vec::new();
    let mut position = at;
    while places.len() < 2 {
        let Some(open) = bytes[position..].iter().position(|byte| *byte == b'(') else { return };
        let start = position + open + 1;
        if bytes.get(start + ID_BYTES) != Some(&b')') {
            return;
        }
        places.push(start);
        position = start + ID_BYTES;
    }
    for start in &places {
        bytes[*start..*start + ID_BYTES].fill(b'0');
    }
    let hash = hex::encode(Sha256::digest(&*bytes));
    for start in places {
        bytes[start..start + ID_BYTES].copy_from_slice(&hash.as_bytes()[..ID_BYTES]);
    }
}
