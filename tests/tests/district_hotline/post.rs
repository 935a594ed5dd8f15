//! A mail server of our own that answers as RFC 5321, 3207 and 4954 say, and can be told to answer otherwise once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio_rustls::TlsAcceptor;

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}
type Talk = BufReader<Box<dyn Line>>;

/// An authority and a server's key signed by it, for `localhost`.
pub fn certificate() -> (Vec<u8>, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).expect("params");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2060, 1, 1));
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("authority");
    let key = KeyPair::generate().expect("key");
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("params");
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2060, 1, 1));
    let cert = params.signed_by(&key, &authority).expect("signed").der().clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth();
    let config = config.with_single_cert(vec![cert], PrivateKeyDer::Pkcs8(key.serialize_der().into())).expect("config");
    let root = STANDARD.encode(authority.der());
    let root = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
    (root.into_bytes(), TlsAcceptor::from(Arc::new(config)))
}

/// What the server keeps.
#[derive(Clone, Default)]
pub struct Post {
    /// Answers instead of the usual one, each once, by the command they answer; `.` ends a message, an empty answer cuts the
    /// line, and `taken` takes the message first.
    pub otherwise: Arc<Mutex<VecDeque<(&'static str, &'static str)>>>,
    /// Commands as they came.
    pub heard: Arc<Mutex<Vec<String>>>,
    /// Messages taken.
    pub taken: Arc<Mutex<Vec<String>>>,
    /// Offers STARTTLS, and nothing else before it.
    pub tls: Option<TlsAcceptor>,
}

impl Post {
    fn answer(&self, command: &str, usual: &'static str) -> &'static str {
        let mut otherwise = self.otherwise.lock().expect("lock");
        let asked = otherwise.front().is_some_and(|(at, _)| *at == command);
        if asked { otherwise.pop_front().map_or(usual, |(_, answer)| answer) } else { usual }
    }

    /// One whole talk.
    pub async fn talk(self, socket: tokio::net::TcpStream) {
        let (mut line, mut secured): (Talk, bool) = (BufReader::new(Box::new(socket)), self.tls.is_none());
        if !say(&mut line, self.answer("HELLO", "220 localhost ESMTP")).await {
            return;
        }
        loop {
            let Some(text) = heard(&mut line).await else { return };
            let command = text.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            self.heard.lock().expect("lock").push(text);
            let usual = match command.as_str() {
                "EHLO" if !secured => "250-localhost\r\n250 STARTTLS",
                "EHLO" => "250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000",
                "STARTTLS" => "220 2.0.0 go on",
                "AUTH" => "235 2.7.0 welcome",
                _ if !secured => "530 5.7.0 STARTTLS first",
                "MAIL" | "RCPT" => "250 2.1.0 ok",
                "DATA" => "354 end with a dot",
                "QUIT" => "221 2.0.0 bye",
                _ => "502 5.5.1 not here",
            };
            let answer = self.answer(&command, usual);
            if !say(&mut line, answer).await || answer.starts_with("221") {
                return;
            }
            if let (true, Some(tls)) = (answer.starts_with("220"), self.tls.as_ref()) {
                let Ok(inner) = tls.accept(line.into_inner()).await else { return };
                let inner: Box<dyn Line> = Box::new(inner);
                (line, secured) = (BufReader::new(inner), true);
            }
            if answer.starts_with("354") && !self.take(&mut line).await {
                return;
            }
        }
    }

    /// The message up to its dot, and what becomes of it.
    async fn take(&self, line: &mut Talk) -> bool {
        let mut message = String::new();
        loop {
            let Some(text) = heard(line).await else { return false };
            match text.strip_prefix('.') {
                Some("") => break,
                Some(stuffed) => message.push_str(stuffed),
                None => message.push_str(&text),
            }
            message.push('\n');
        }
        let answer = self.answer(".", "250 2.0.0 queued");
        if answer.starts_with('2') || answer == "taken" {
            self.taken.lock().expect("lock").push(message);
        }
        answer != "taken" && say(line, answer).await
    }
}

async fn heard(line: &mut Talk) -> Option<String> {
    let mut text = String::new();
    let read = line.read_line(&mut text).await.unwrap_or(0);
    (read > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

/// False when the line is cut.
async fn say(line: &mut Talk, answer: &str) -> bool {
    !answer.is_empty() && line.write_all(format!("{answer}\r\n").as_bytes()).await.is_ok() && line.flush().await.is_ok()
}
