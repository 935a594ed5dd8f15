//! The hotline: what families write by WhatsApp comes in here, and every message to them goes out through one table, each
//! exactly once, with its fate. WhatsApp and e-mail are carriers behind a port; without one configured its messages wait.

pub mod inbox;
pub mod mail;
pub mod outbox;
pub mod reply;
pub mod routes;
pub mod webhook;
pub mod whatsapp;

use jukung_domain::event::{Body, Hash};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::{email, two_words};
use jukung_ledger::Tx;
use jukung_ledger::projection::Case;
use outbox::{Letter, queue};
use std::future::Future;
use std::pin::Pin;

/// What became of one attempt to hand a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The carrier has it, under this name.
    Taken(String),
    /// Not now: try again after so many ms (0: as the patience says). It was certainly not taken.
    Later(i64, String),
    /// Never, with the reason. It was certainly not taken.
    Refused(String),
    /// The 24 hours in which one may write freely are over: only a template is taken.
    WindowClosed,
    /// Nobody knows: the line broke after the call. It is never sent again by itself.
    Unsure(String),
}

/// The road a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// WhatsApp.
    WhatsApp,
    /// E-mail.
    Mail,
}

impl Way {
    /// As it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Way::WhatsApp => "whatsapp",
            Way::Mail => "mail",
        }
    }
}

/// Somebody who carries messages: WhatsApp, a mail server, or a test.
pub trait Carrier: Send + Sync {
    /// Whose messages it takes.
    fn way(&self) -> Way;

    /// Hands one message over.
    fn carry<'a>(&'a self, letter: &'a Letter) -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>>;
}

/// Where news of an application may go: the contact named on it, with the consent of the resident.
#[must_use]
pub fn consented(case: &Case) -> Vec<(Way, String)> {
    let doc = &case.state.application;
    let field = |path: &str| doc.fields.get(path).map(String::as_str).unwrap_or_default();
    if !doc.consent.as_ref().is_some_and(|c| c.agreed && c.news) {
        return Vec::new();
    }
    let (phone, mail) = match field("helper.kind") {
        "none" => return Vec::new(),
        "self" | "" => (field("applicant.phone"), field("applicant.email")),
        _ if field("helper.mayReceiveNews") == "yes" => (field("helper.phone"), field("helper.email")),
        _ => return Vec::new(),
    };
    let phone = jukung_domain::phone::parse(phone).ok().filter(|p| p.mobile).map(|p| (Way::WhatsApp, p.to_string()));
    let mail = email::parse(mail).ok().map(|m| (Way::Mail, m.to_string()));
    phone.into_iter().chain(mail).collect()
}

/// Queues the news of a decision, in its transaction, for the contact that agreed to it, once for each way it may be
/// reached; nothing for anybody else.
///
/// # Errors
/// Those of the database.
pub fn news(tx: &mut dyn Tx, case: &Case, body: &Body, uid: &Hash, now: i64) -> Result<(), Problem> {
    let Some(step) = told(body) else { return Ok(()) };
    // While it is held back the family hears that it is, and nothing else.
    if case.state.held_back.is_some() && !matches!(body, Body::HeldBack(_)) {
        return Ok(());
    }
    let Ok(words) = case.id.parse().map(two_words::of) else { return Ok(()) };
    let service = jukung_domain::catalogue::Catalogue::embedded().service(&case.state.application.service);
    let service = service.map_or("", |s| s.name.as_str());
    let words = words.join(" ");
    let status = say(&format!("hotline.news.{step}"), &[]);
    let text = say(
        "hotline.news",
        &[("words", &words), ("service", service), ("number", &case.state.number), ("status", &status)],
    );
    let uid = hex::encode(uid);
    for (way, to) in consented(case) {
        let (cause, text) = match way {
            Way::WhatsApp => (format!("news:{uid}"), text.clone()),
            Way::Mail => (format!("news:{uid}:mail"), mail::letter(&text)),
        };
        queue(tx, &cause, (way, &to), &text, &[words.as_str(), service, &case.state.number, &status], now)?;
    }
    Ok(())
}

/// Decisions that a family hears of.
fn told(body: &Body) -> Option<&'static str> {
    match body.kind() {
        "st.returned/1" => Some("returned"),
        "st.refused/1" => Some("refused"),
        "st.ready/1" => Some("ready"),
        "st.shipped/1" => Some("shipped"),
        "st.held/1" => Some("held"),
        "st.resumed/1" => Some("resumed"),
        _ => None,
    }
}
