//! Pages for families as HTML text: one frame, small parts, every value escaped.

use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;

const FRAME: &str = include_str!("../../pages/family.html");

/// `text` with the five letters that mean something to HTML spelled out.
#[must_use]
pub fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The escaped sentence of `family.<key>`.
#[must_use]
pub fn t(key: &str, values: &[(&str, &str)]) -> String {
    esc(&say(&format!("family.{key}"), values))
}

/// `text` as it stands in an address.
#[must_use]
pub fn in_address(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if keep(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A whole page.
#[must_use]
pub fn frame(title: &str, body: &str, settings: &DistrictSettings) -> String {
    let note = |text: String| if text.is_empty() { text } else { format!("<p class=\"note\">{text}</p>") };
    let sample = note(if settings.sample { t("sample", &[]) } else { String::new() });
    let notes = sample + &note(esc(&settings.notice_family));
    FRAME
        .replace("{title}", &esc(title))
        .replace("{check}", &t("nav.check", &[]))
        .replace("{complain}", &t("nav.complain", &[]))
        .replace("{free}", &t("free", &[]))
        .replace("{lapor}", &t("lapor", &[]))
        .replace("{sample}", &notes)
        .replace("{body}", body)
}

/// One labelled text box with its hint.
#[must_use]
pub fn text_box(name: &str, label: &str, hint: &str, more: &str) -> String {
    let (name, label, hint) = (esc(name), esc(label), esc(hint));
    let described = if hint.is_empty() { String::new() } else { format!(" aria-describedby=\"{name}-hint\"") };
    let hint =
        if hint.is_empty() { String::new() } else { format!("<span class=\"hint\" id=\"{name}-hint\">{hint}</span>") };
    format!(
        "<p class=\"field\"><label for=\"{name}\">{label}</label>{hint}<input id=\"{name}\" name=\"{name}\"{described} {more}></p>"
    )
}

/// A row of a list of facts; nothing when there is nothing to say.
#[must_use]
pub fn fact(label: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("<dt>{}</dt><dd>{}</dd>", esc(label), esc(value)) }
}

/// A link that opens WhatsApp with a message ready to send; needs no API. Nothing without a number.
#[must_use]
pub fn whatsapp(number: &str, message: &str, label: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return String::new();
    }
    format!("<a class=\"button\" href=\"https://wa.me/{digits}?text={}\">{}</a>", in_address(message), esc(label))
}

/// Where to ask: the hotline with its hours, and the office.
#[must_use]
pub fn whom_to_ask(office: &str, settings: &DistrictSettings) -> String {
    let mut ways = Vec::new();
    if !settings.hotline.is_empty() {
        ways.push(say("family.ask_hotline", &[("hotline", &settings.hotline), ("hours", &settings.hotline_hours)]));
    }
    if !office.is_empty() {
        ways.push(say("family.ask_office", &[("office", office), ("hours", &settings.office_hours)]));
    }
    ways.join(" ").replace(" ()", "")
}
