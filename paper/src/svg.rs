//! Draws a layout as one SVG per page, for the preview: the same places and widths as the PDF.

use super::font::{FILES, MM_PER_PT, width_mm};
use super::layout::{Face, Layout, Page};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use std::sync::OnceLock;

/// One SVG document per page, in millimetres.
#[must_use]
pub fn to_svg(layout: &Layout) -> Vec<String> {
    layout.pages.iter().map(|page| page_svg(layout, page)).collect()
}

fn page_svg(layout: &Layout, page: &Page) -> String {
    let (width, height) = (layout.width, layout.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}mm\" height=\"{height}mm\" \
         role=\"img\" aria-label=\"{}\">{}<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>",
        escape(&layout.title),
        fonts()
    );
    for bar in &page.bars {
        // Writing into a String cannot fail.
        let _ = write!(
            svg,
            "<rect x=\"{:.3}\" y=\"{:.3}\" width=\"{:.3}\" height=\"{:.3}\"/>",
            bar.x, bar.y, bar.width, bar.height
        );
    }
    for code in &page.codes {
        let _ =
            write!(svg, "<path transform=\"translate({:.3} {:.3}) scale({:.5})\" d=\"", code.x, code.y, code.module);
        for (x, y, length) in code.runs() {
            let _ = write!(svg, "M{x} {y}h{length}v1h-{length}z");
        }
        svg.push_str("\"/>");
    }
    for run in &page.runs {
        let (family, weight) = match run.face {
            Face::Regular => ("Noto Sans, sans-serif", 400),
            Face::Bold => ("Noto Sans, sans-serif", 700),
            Face::Mono => ("Atkinson Hyperlegible Mono, monospace", 700),
        };
        let _ = write!(
            svg,
            "<text x=\"{:.3}\" y=\"{:.3}\" font-family=\"{family}\" font-weight=\"{weight}\" font-size=\"{:.3}\" textLength=\"{:.3}\" \
             lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            run.x,
            run.y,
            run.size_pt * MM_PER_PT,
            width_mm(run.face, run.size_pt, &run.text),
            escape(&run.text)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// The very fonts of the PDF, inside the picture: a picture may load nothing from outside. Until they are read, the
/// computer's own font stands in at the same widths: WebKitGTK would show a blank page instead.
fn fonts() -> &'static str {
    static STYLE: OnceLock<String> = OnceLock::new();
    STYLE.get_or_init(|| {
        let faces = FILES.map(|(family, weight, file)| {
            let data = STANDARD.encode(file);
            format!("@font-face{{font-family:\"{family}\";font-weight:{weight};font-display:swap;src:url(data:font/ttf;base64,{data})}}")
        });
        format!("<style>{}</style>", faces.concat())
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
