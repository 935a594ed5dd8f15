//! What is on the paper: pages of text runs and black bars, each at its place in millimetres.

/// Paper the layout is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperSize {
    /// 148 × 210 mm, the default of the counter.
    A5,
    /// 210 × 297 mm.
    A4,
}

impl PaperSize {
    /// Width and height in mm (ISO 216).
    #[must_use]
    pub fn size_mm(self) -> (f32, f32) {
        match self {
            PaperSize::A5 => (148.0, 210.0),
            PaperSize::A4 => (210.0, 297.0),
        }
    }
}

/// One of the three faces inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Noto Sans Regular: everything that is read.
    Regular,
    /// Noto Sans Bold: headings and names.
    Bold,
    /// Atkinson Hyperlegible Mono Bold: the registration number, whose symbols must not be confused.
    Mono,
}

/// A piece of text on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Left end in mm from the left edge.
    pub x: f32,
    /// Baseline in mm from the top edge.
    pub y: f32,
    /// Size in points.
    pub size_pt: f32,
    /// Face.
    pub face: Face,
    /// The text.
    pub text: String,
}

/// A black bar: a rule or a box's side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Left edge in mm.
    pub x: f32,
    /// Top edge in mm.
    pub y: f32,
    /// Width in mm.
    pub width: f32,
    /// Height in mm.
    pub height: f32,
}

/// A QR: its modules are squares of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// Left edge in mm.
    pub x: f32,
    /// Top edge in mm.
    pub y: f32,
    /// Side of a module in mm.
    pub module: f32,
    /// Rows of modules, dark ones as `true`.
    pub rows: Vec<Vec<bool>>,
}

impl Code {
    /// Runs of dark modules: column, row and length, in modules.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.rows.iter().enumerate().flat_map(|(row, modules)| {
            let mut column = 0;
            std::iter::from_fn(move || {
                column += modules.get(column..)?.iter().take_while(|dark| !**dark).count();
                let length = modules.get(column..)?.iter().take_while(|dark| **dark).count();
                let begin = column;
                column += length;
                (length > 0).then_some((begin, row, length))
            })
        })
    }
}

/// One page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Texts.
    pub runs: Vec<Run>,
    /// Bars.
    pub bars: Vec<Bar>,
    /// QR codes.
    pub codes: Vec<Code>,
}

/// A whole paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Title in the file's properties.
    pub title: String,
    /// Width in mm.
    pub width: f32,
    /// Height in mm.
    pub height: f32,
    /// Pages in order.
    pub pages: Vec<Page>,
}
