//! BSrE's Esign Client Service, version 2, as it stands in an agency's own network: sign with an official's passphrase, seal
//! for the agency, verify. Field names as public clients use them (security plan 5.2); nobody here could try the real one.

use super::held::Held;
use super::{Asked, DocumentSealer, Sealed, Signing, Time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::problem::Problem;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest wait: the service waits itself for a signing server elsewhere.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Largest answer: a document of 5 MB in base64, and some more.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Its codes (public clients): no such person, and another passphrase.
const UNKNOWN_PERSON: i64 = 2011;
const OTHER_PASSPHRASE: i64 = 2031;
/// Letters kept of what the service says.
const SAID_MAX: usize = 120;

/// How the service is called.
#[derive(Clone)]
pub struct Config {
    /// `https://esign.example.go.id`.
    pub base: String,
    /// Name of this application there.
    pub user: String,
    /// Its password.
    pub password: Zeroizing<String>,
    /// Subscriber of the agency's seal; empty when it has none.
    pub subscriber: String,
}

impl Config {
    /// From the environment; none unless address, name and password are there.
    #[must_use]
    pub fn from_environment() -> Option<Config> {
        let value = |name: &str| std::env::var(format!("JUKUNG_BSRE_{name}")).ok().filter(|v| !v.is_empty());
        Some(Config {
            base: value("URL")?.trim_end_matches('/').to_owned(),
            user: value("USER")?,
            password: Zeroizing::new(value("PASSWORD")?),
            subscriber: value("SUBSCRIBER").unwrap_or_default(),
        })
    }
}

/// The service.
pub struct Bsre {
    config: Config,
    client: reqwest::Client,
}

#[derive(Serialize)]
struct Properties<'a> {
    tampilan: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct SignBody<'a> {
    nik: &'a str,
    passphrase: &'a str,
    #[serde(rename = "signatureProperties")]
    properties: [Properties<'a>; 1],
    file: [&'a str; 1],
}

#[derive(Serialize)]
struct SealBody<'a> {
    #[serde(rename = "idSubscriber")]
    subscriber: &'a str,
    totp: &'a str,
    #[serde(rename = "signatureProperties")]
    properties: [Properties<'a>; 1],
    file: [&'a str; 1],
}

#[derive(Serialize)]
struct VerifyBody<'a> {
    file: &'a str,
}

impl Bsre {
    /// The service of this configuration.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(config: Config) -> Result<Bsre, reqwest::Error> {
        Ok(Bsre { config, client: reqwest::Client::builder().timeout(ANSWER_MAX).build()? })
    }

    /// Whether the agency has a seal there.
    #[must_use]
    pub fn seals(&self) -> bool {
        !self.config.subscriber.is_empty()
    }

    /// One call. What was sent is wiped once it is sent.
    async fn call(&self, road: &str, body: &impl Serialize, room: usize) -> Result<Value, Problem> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *bytes, body).map_err(|_| Problem::new("internal").with("at", "a call"))?;
        let url = format!("{}{road}", self.config.base);
        let call = self.client.post(url).basic_auth(&self.config.user, Some(self.config.password.as_str()));
        let call = call.header("content-type", "application/json").header("accept", "application/json");
        let answer = match call.body(bytes::Bytes::from_owner(bytes)).send().await {
            Ok(answer) => answer,
            // Never reached: certainly not signed.
            Err(e) if e.is_connect() => return Err(Problem::new("signing_offline")),
            Err(_) => return Err(Problem::new("signing_unsure")),
        };
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.map_err(|_| Problem::new("signing_unsure"))?;
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(Problem::new("signing_unsure"));
        }
        meaning(status, &bytes)
    }

    /// The signed file in an answer.
    fn file(answer: &Value) -> Result<Sealed, Problem> {
        let file = answer["file"][0].as_str().and_then(|text| STANDARD.decode(text).ok());
        let pdf = file.filter(|pdf| pdf.starts_with(b"%PDF-")).ok_or_else(|| Problem::new("signing_unsure"))?;
        Ok(Sealed { pdf, time: Time::Theirs })
    }

    /// What the service itself says of a file, e.g. `VALID_SIGNATURE`.
    ///
    /// # Errors
    /// `signing_offline`, `signing_unsure`, `signing_refused`.
    pub async fn verify(&self, pdf: &[u8]) -> Result<String, Problem> {
        let file = STANDARD.encode(pdf);
        let answer = self.call("/api/v2/verify/pdf", &VerifyBody { file: &file }, file.len() + 64).await?;
        Ok(clean(answer["conclusion"].as_str().unwrap_or_default()))
    }
}

/// What an answer means. A refusal in the service's own words is certain not to have signed; anything else may have.
///
/// # Errors
/// `signing_passphrase`, `signing_person`, `signing_service` (this application is not let in), `signing_refused`,
/// `signing_unsure`.
pub fn meaning(status: u16, body: &[u8]) -> Result<Value, Problem> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = ["error", "message"].iter().find_map(|key| answer[key].as_str()).unwrap_or_default();
    if (200..300).contains(&status) && answer["error"].is_null() {
        return if answer.is_object() { Ok(answer) } else { Err(Problem::new("signing_unsure")) };
    }
    let code = answer["status_code"].as_i64();
    Err(match (status, code) {
        (_, Some(OTHER_PASSPHRASE)) => Problem::new("signing_passphrase"),
        (_, Some(UNKNOWN_PERSON)) => Problem::new("signing_person"),
        (401 | 403, None) => Problem::new("signing_service"),
        _ if error.to_lowercase().contains("passphrase") => Problem::new("signing_passphrase"),
        _ if error.is_empty() => Problem::new("signing_unsure"),
        _ => Problem::new("signing_refused").with("why", clean(error)),
    })
}

/// Words of the service for a person: short, and without any long number.
fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control()).take(SAID_MAX).collect();
    crate::family::status::without_numbers(&kept, 9)
}

/// An official's own signature.
pub struct BsreSign {
    /// The service.
    pub bsre: Arc<Bsre>,
    /// Whose signature, as typed for this session.
    pub held: Arc<Held>,
}

impl DocumentSealer for BsreSign {
    fn seal<'a>(&'a self, asked: &'a Asked<'a>) -> Signing<'a> {
        Box::pin(async move {
            let file = STANDARD.encode(asked.pdf);
            let properties = [Properties { tampilan: "INVISIBLE", reason: asked.reason }];
            let body = SignBody { nik: &self.held.nik, passphrase: &self.held.passphrase, properties, file: [&file] };
            Bsre::file(&self.bsre.call("/api/v2/sign/pdf", &body, file.len() + 4096).await?)
        })
    }
}

/// The agency's seal, which one-time digits open.
pub struct BsreSeal {
    /// The service.
    pub bsre: Arc<Bsre>,
    /// The digits.
    pub totp: Zeroizing<String>,
}

impl DocumentSealer for BsreSeal {
    fn seal<'a>(&'a self, asked: &'a Asked<'a>) -> Signing<'a> {
        Box::pin(async move {
            let file = STANDARD.encode(asked.pdf);
            let properties = [Properties { tampilan: "INVISIBLE", reason: asked.reason }];
            let body =
                SealBody { subscriber: &self.bsre.config.subscriber, totp: &self.totp, properties, file: [&file] };
            Bsre::file(&self.bsre.call("/api/v2/seal/pdf", &body, file.len() + 4096).await?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn only_the_services_own_words_are_a_refusal_and_they_carry_no_number() {
        let code = |status, body: &str| meaning(status, body.as_bytes()).map_err(|p| p.code).err();
        assert_eq!(code(200, r#"{"time":12,"file":["JVBERi0="]}"#), None);
        assert_eq!(
            code(400, r#"{"error":"Passphrase anda salah","status_code":2031}"#),
            Some("signing_passphrase".into())
        );
        assert_eq!(code(400, r#"{"error":"User tidak terdaftar","status_code":2011}"#), Some("signing_person".into()));
        assert_eq!(code(401, ""), Some("signing_service".into()));
        for (status, body) in [(200, "<html>"), (502, ""), (504, "gateway"), (500, "{}")] {
            assert_eq!(code(status, body), Some("signing_unsure".into()), "{status} {body}");
        }
        let said = meaning(400, br#"{"error":"NIK 6305044107489901 ditolak"}"#).unwrap_err();
        assert_eq!(
            (said.code.as_str(), said.details["why"].as_str()),
            ("signing_refused", "NIK \u{2022}\u{2022}\u{2022} ditolak")
        );
    }
}
