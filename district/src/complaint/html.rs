//! The families' pages of complaints as HTML text: the form, and a complaint that is followed.

use super::{Happened, Kept, ZONE, overdue, told_state};
use crate::family::page::{esc, fact, frame, t, text_box, whom_to_ask};
use jukung_domain::calendar::Local;
use jukung_domain::complaint::{Complaint, KINDS, WORDS_MAX};
use jukung_domain::texts::say;
use jukung_domain::two_words;
use jukung_domain::wire::DistrictSettings;
use jukung_domain::words::long_day;

pub(super) fn asked(settings: &DistrictSettings, typed: &Complaint, said: Option<&str>) -> String {
    let title = say("family.complain.title", &[]);
    let said = said.map_or_else(String::new, |s| format!("<p class=\"note\" role=\"alert\">{s}</p>"));
    let say = |key: &str| say(&format!("family.complain.{key}"), &[]);
    let kinds: String = KINDS
        .iter()
        .map(|kind| {
            let chosen = if typed.kind == *kind { " checked" } else { "" };
            let name = esc(&jukung_domain::texts::say(&format!("complaint.kind.{kind}"), &[]));
            format!("<label class=\"choice\"><input type=\"radio\" name=\"kind\" value=\"{kind}\" required{chosen}>{name}</label>")
        })
        .collect();
    let more = |value: &str| format!("value=\"{}\" maxlength=\"100\"", esc(value));
    let body = format!(
        "<h1>{}</h1><p>{}</p>{said}<form method=\"post\" action=\"/pengaduan\" enctype=\"multipart/form-data\"><fieldset><legend>{}</legend>{kinds}</fieldset>\
         <p class=\"hint\">{}</p><p class=\"field\"><label for=\"words\">{}</label><textarea id=\"words\" name=\"words\" rows=\"6\" maxlength=\"{WORDS_MAX}\" required>{}</textarea></p>{}{}{}\
         <p class=\"field\"><label for=\"files\">{}</label><span class=\"hint\" id=\"files-hint\">{}</span><input id=\"files\" name=\"files\" type=\"file\" multiple accept=\"image/jpeg,image/png,application/pdf\" aria-describedby=\"files-hint\"></p>\
         <p><button class=\"first\">{}</button></p></form>",
        esc(&title),
        esc(&say("intro")),
        esc(&say("kind")),
        esc(&say("sealed")),
        esc(&say("words")),
        esc(&typed.words),
        text_box("about", &say("about"), &say("about_hint"), &format!("{} class=\"short code\"", more(&typed.about))),
        text_box("name", &say("name"), &say("name_hint"), &more(&typed.name)),
        text_box(
            "contact",
            &say("contact"),
            &say("contact_hint"),
            &format!("{} inputmode=\"tel\"", more(&typed.contact))
        ),
        esc(&say("files")),
        esc(&say("files_hint")),
        esc(&say("go")),
    );
    frame(&title, &body, settings)
}

pub(super) fn followed(kept: &Kept, story: &[Happened], link: &str, settings: &DistrictSettings, now: i64) -> String {
    let state = told_state(kept, now);
    let title = say("family.complain.number", &[("number", &kept.number)]);
    let words = kept.id.parse().map(two_words::of).unwrap_or(["", ""]).join(" ");
    let due = kept.due.parse().map_or_else(|_| kept.due.clone(), long_day);
    let due = match state {
        "new" | "reopened" if overdue(kept, now) => say("family.complain.late", &[("day", &due)]),
        "new" | "reopened" => due,
        _ => String::new(),
    };
    let tone = if state == "closed" || state == "answered" { "done" } else { "wait" };
    let steps: String = story
        .iter()
        .map(|h| {
            let day = long_day(Local::at(h.at, ZONE).day());
            let what = t(&format!("complain.step.{}", h.what), &[]);
            format!("<dt>{} · {what}</dt><dd>{}</dd>", esc(&day), esc(&h.words))
        })
        .collect();
    let body = format!(
        "<h1>{}</h1><p>{}</p><p class=\"where {tone}\">{}<span>{}</span></p><dl>{}{}{}{steps}</dl>{}<p class=\"hint\">{}</p>",
        esc(&title),
        esc(&say(&format!("complaint.kind.{}", kept.kind), &[])),
        t(&format!("complain.state.{state}"), &[]),
        esc(&long_day(Local::at(kept.made, ZONE).day())),
        fact(&say("family.complain.keep", &[]), &format!("{} · {words}", kept.number)),
        fact(&say("family.complain.due", &[]), &due),
        fact(&say("family.ask", &[]), &whom_to_ask("", settings)),
        replies(state, link),
        t("complain.keep_hint", &[]),
    );
    frame(&title, &body, settings)
}

/// What the family may say now: that the answer settled it, or why it did not.
fn replies(state: &str, link: &str) -> String {
    let link = esc(link);
    let settled = format!(
        "<form method=\"post\" action=\"/pengaduan/{link}\"><button class=\"first\" name=\"what\" value=\"settled\">{}</button></form>",
        t("complain.settled", &[])
    );
    let again = format!(
        "<form method=\"post\" action=\"/pengaduan/{link}\"><p class=\"field\"><label for=\"words\">{}</label><textarea id=\"words\" name=\"words\" rows=\"3\" maxlength=\"{WORDS_MAX}\" required></textarea></p><button name=\"what\" value=\"reopened\">{}</button></form>",
        t("complain.why", &[]),
        t("complain.reopen", &[])
    );
    match state {
        "answered" => format!("<h2>{}</h2>{settled}{again}", t("complain.enough", &[])),
        "closed" => again,
        _ => String::new(),
    }
}
