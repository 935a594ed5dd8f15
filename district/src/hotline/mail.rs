//! The carrier of e-mail: one message to one address over SMTP (RFC 5321), and what each answer of the server means.
//!
//! Until the dot that ends a message a lost line is certain: nothing was taken (RFC 5321 4.1.1.4). Behind it nobody knows.

use super::outbox::Letter;
use super::{Carrier, Fate, Way};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

/// Longest wait for one answer before the message goes.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Longest wait for the answer to the message itself: servers look into it first (RFC 5321 4.5.3.2.6 would wait ten minutes,
/// which is longer than a claim of the outbox holds).
const TAKEN_MAX: Duration = Duration::from_secs(120);
/// Longest wait for a goodbye.
const QUIT_MAX: Duration = Duration::from_secs(2);

/// How the line to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS, and nothing without it (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Wrapped,
    /// None: a server on this very machine.
    Never,
}

/// Which server carries this district's e-mail.
#[derive(Clone)]
pub struct Config {
    /// Its name, which its certificate bears.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub tls: Tls,
    /// Name and password; empty when it asks for none.
    pub user: String,
    /// The password.
    pub password: String,
    /// Whom families see as the sender.
    pub from: Mailbox,
    /// A root of the district's own in PEM, beside the system's; empty without.
    pub roots: Vec<u8>,
}

impl Config {
    /// From settings by name (`JUKUNG_MAIL_HOST`, `_PORT`, `_TLS`, `_USER`, `_PASSWORD`, `_FROM`, `_CA`); none without a host.
    ///
    /// # Errors
    /// `mail_settings` with the name of what is missing or cannot be read: half a setting sends nothing for months.
    pub fn read(setting: impl Fn(&str) -> Option<String>) -> Result<Option<Config>, Problem> {
        let value = |name: &str| setting(&format!("JUKUNG_MAIL_{name}")).filter(|v| !v.is_empty());
        let wrong = |name: &str| Problem::new("mail_settings").with("name", format!("JUKUNG_MAIL_{name}"));
        let Some(host) = value("HOST") else { return Ok(None) };
        let tls = match value("TLS").as_deref() {
            None | Some("starttls") => Tls::StartTls,
            Some("tls") => Tls::Wrapped,
            Some("none") if matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1") => Tls::Never,
            Some(_) => return Err(wrong("TLS")),
        };
        let usual = match tls {
            Tls::StartTls => 587,
            Tls::Wrapped => 465,
            Tls::Never => 25,
        };
        let port = value("PORT").map_or(Ok(usual), |p| p.parse().map_err(|_| wrong("PORT")))?;
        let from = value("FROM").and_then(|f| f.parse().ok()).ok_or_else(|| wrong("FROM"))?;
        let (user, password) = (value("USER").unwrap_or_default(), value("PASSWORD").unwrap_or_default());
        if user.is_empty() != password.is_empty() {
            return Err(wrong("PASSWORD"));
        }
        let roots = value("CA").map_or(Ok(Vec::new()), |file| std::fs::read(file).map_err(|_| wrong("CA")))?;
        Ok(Some(Config { host, port, tls, user, password, from, roots }))
    }
}

/// E-mail.
pub struct Mail {
    config: Config,
    hello: ClientId,
    tls: Option<TlsParameters>,
}

impl Mail {
    /// A carrier for this configuration.
    ///
    /// # Errors
    /// `mail_settings` when the root is no certificate, or TLS cannot be made ready.
    pub fn new(config: Config) -> Result<Mail, Problem> {
        let wrong = |e: Error| Problem::new("mail_settings").with("name", "JUKUNG_MAIL_CA").with("why", e);
        let tls = if config.tls == Tls::Never {
            None
        } else {
            let mut tls = TlsParameters::builder(config.host.clone());
            if !config.roots.is_empty() {
                tls = tls.add_root_certificate(Certificate::from_pem(&config.roots).map_err(wrong)?);
            }
            Some(tls.build_rustls().map_err(wrong)?)
        };
        let hello = ClientId::Domain(config.from.email.domain().to_owned());
        Ok(Mail { config, hello, tls })
    }

    /// A line to the server, protected and signed in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Fate> {
        let wrapped = if self.config.tls == Tls::Wrapped { self.tls.clone() } else { None };
        let server = (self.config.host.as_str(), self.config.port);
        let dialled = AsyncSmtpConnection::connect_tokio1(server, Some(ANSWER_MAX), &self.hello, wrapped, None);
        let mut line = before(dialled).await.map_err(not_for_the_letter)?;
        if self.config.tls == Tls::StartTls
            && let Some(tls) = self.tls.clone()
        {
            if !line.can_starttls() {
                return Err(Fate::Later(0, "no_starttls".into()));
            }
            before(line.starttls(tls, &self.hello)).await.map_err(not_for_the_letter)?;
        }
        if !self.config.user.is_empty() {
            let who = Credentials::new(self.config.user.clone(), self.config.password.clone());
            before(line.auth(DEFAULT_MECHANISMS, &who)).await.map_err(not_for_the_letter)?;
        }
        Ok(line)
    }

    /// The message as it goes: the same bytes at every try, so that whoever got it twice can tell.
    ///
    /// # Errors
    /// When the address or a header cannot stand in a message.
    pub fn message(&self, letter: &Letter, to: &Address) -> Result<Vec<u8>, Fate> {
        let unfit = || Fate::Refused("message".into());
        let made = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.made).unwrap_or_default());
        let subject = if letter.id.starts_with("answer:") { "subject_complaint" } else { "subject" };
        let header =
            |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let message = Message::builder()
            .from(self.config.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(say(&format!("hotline.mail.{subject}"), &[]))
            .message_id(Some(self.name(letter)))
            .date(made)
            .header(ContentType::TEXT_PLAIN)
            // A machine wrote it: no answering machine answers (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .body(letter.text.clone());
        Ok(message.map_err(|_| unfit())?.formatted())
    }

    /// Message-ID: the cause, which is one for each message.
    fn name(&self, letter: &Letter) -> String {
        let cause: String = letter.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
        format!("<{cause}@{}>", self.config.from.email.domain())
    }

    async fn send(&self, letter: &Letter) -> Result<Fate, Fate> {
        let to: Address = letter.to.parse().map_err(|_| Fate::Refused("address".into()))?;
        let bytes = self.message(letter, &to)?;
        let mut line = self.connect().await?;
        before(line.command(MailFrom::new(Some(self.config.from.email.clone()), Vec::new()))).await?;
        before(line.command(Rcpt::new(to, Vec::new()))).await?;
        before(line.command(Data)).await?;
        let fate = match tokio::time::timeout(TAKEN_MAX, line.message(&bytes)).await {
            Ok(Ok(_)) => Fate::Taken(self.name(letter)),
            Ok(Err(error)) => said(&error).unwrap_or_else(|| Fate::Unsure("no_answer".into())),
            Err(_) => Fate::Unsure("no_answer".into()),
        };
        let _ = tokio::time::timeout(QUIT_MAX, line.quit()).await;
        Ok(fate)
    }
}

impl Carrier for Mail {
    fn way(&self) -> Way {
        Way::Mail
    }

    fn carry<'a>(&'a self, letter: &'a Letter) -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>> {
        Box::pin(async move { self.send(letter).await.unwrap_or_else(|fate| fate) })
    }
}

/// An answer before the message: whatever went wrong, it was certainly not taken.
async fn before<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Fate> {
    match tokio::time::timeout(ANSWER_MAX, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(said(&error).unwrap_or_else(|| Fate::Later(0, unreached(&error).into()))),
        Err(_) => Err(Fate::Later(0, "no_answer".into())),
    }
}

/// What the server itself said: 4xx means later, 5xx never (RFC 5321 4.2.1). Nothing when it said nothing.
fn said(error: &Error) -> Option<Fate> {
    let code = error.status()?.to_string();
    Some(if error.is_permanent() { Fate::Refused(code) } else { Fate::Later(0, code) })
}

fn unreached(error: &Error) -> &'static str {
    if error.is_tls() { "tls" } else { "no_connection" }
}

/// A server that refuses the line or the password says nothing about the message: it waits for whoever mends that.
fn not_for_the_letter(fate: Fate) -> Fate {
    match fate {
        Fate::Refused(code) => Fate::Later(0, code),
        Fate::Taken(_) | Fate::Later(..) | Fate::WindowClosed | Fate::Unsure(_) => fate,
    }
}

/// The text of an e-mail: the sentence, then what tells it from a fraud's.
#[must_use]
pub fn letter(text: &str) -> String {
    say("hotline.mail", &[("text", text)])
}
