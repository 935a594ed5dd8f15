//! The carrier of WhatsApp Business Cloud API (Meta, Graph API): how a message is asked for and what its answers mean.

use super::outbox::Letter;
use super::{Carrier, Fate, Way};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Longest wait for Meta's answer: what took longer may have been taken all the same.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// Largest answer read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Codes that mean "later" (Meta, error codes): too many calls of the app or the account, too many messages, to one pair,
/// service unavailable, under maintenance.
const LATER: [i64; 9] = [1, 2, 4, 80_007, 130_429, 131_016, 131_048, 131_056, 131_057];
/// The 24 hours are over.
const RE_ENGAGE: i64 = 131_047;
/// Waited at least after a pair or account limit, in ms: Meta counts by the minute.
const LIMIT_WAIT_MS: i64 = 60_000;

/// How this district calls Meta, and how it knows Meta.
#[derive(Clone)]
pub struct Config {
    /// `https://graph.facebook.com/v23.0`, or a test's server.
    pub base: String,
    /// Id of the district's number.
    pub phone_id: String,
    /// Token of the system user.
    pub token: String,
    /// Secret of the app: signs what Meta sends.
    pub app_secret: String,
    /// What Meta repeats when the webhook is set up.
    pub verify: String,
    /// Name of the approved template with four values; empty when there is none.
    pub template: String,
}

impl Config {
    /// From the environment; none unless number, token, secret and verify word are all there.
    #[must_use]
    pub fn from_environment() -> Option<Config> {
        let value = |name: &str| std::env::var(format!("JUKUNG_WHATSAPP_{name}")).ok().filter(|v| !v.is_empty());
        Some(Config {
            base: value("BASE").unwrap_or_else(|| "https://graph.facebook.com/v23.0".into()),
            phone_id: value("PHONE_ID")?,
            token: value("TOKEN")?,
            app_secret: value("APP_SECRET")?,
            verify: value("VERIFY")?,
            template: value("TEMPLATE").unwrap_or_default(),
        })
    }
}

/// WhatsApp.
pub struct WhatsApp {
    config: Config,
    client: reqwest::Client,
}

impl WhatsApp {
    /// A carrier for this configuration.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(config: Config) -> Result<WhatsApp, reqwest::Error> {
        Ok(WhatsApp { config, client: reqwest::Client::builder().timeout(ANSWER_MAX).build()? })
    }

    /// The body of the call, or why there is none.
    fn asked(&self, letter: &Letter) -> Result<Value, Fate> {
        let mut body = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": letter.to.trim_start_matches('+'),
            "biz_opaque_callback_data": letter.id,
        });
        if letter.free {
            body["type"] = json!("text");
            body["text"] = json!({"preview_url": false, "body": letter.text});
            return Ok(body);
        }
        if letter.values.is_empty() {
            return Err(Fate::WindowClosed);
        }
        if self.config.template.is_empty() {
            return Err(Fate::Refused("no_template".into()));
        }
        let values: Vec<Value> = letter.values.iter().map(|v| json!({"type": "text", "text": v})).collect();
        body["type"] = json!("template");
        body["template"] = json!({
            "name": self.config.template,
            "language": {"code": "id"},
            "components": [{"type": "body", "parameters": values}],
        });
        Ok(body)
    }
}

impl Carrier for WhatsApp {
    fn way(&self) -> Way {
        Way::WhatsApp
    }

    fn carry<'a>(&'a self, letter: &'a Letter) -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>> {
        Box::pin(async move {
            let body = match self.asked(letter) {
                Ok(body) => body,
                Err(fate) => return fate,
            };
            let url = format!("{}/{}/messages", self.config.base, self.config.phone_id);
            let call = self.client.post(url).bearer_auth(&self.config.token).header("content-type", "application/json");
            match call.body(body.to_string()).send().await {
                // Never reached: certainly not taken.
                Err(e) if e.is_connect() => Fate::Later(0, "no_connection".into()),
                Err(_) => Fate::Unsure("no_answer".into()),
                Ok(reply) => {
                    let status = reply.status().as_u16();
                    match reply.bytes().await {
                        Ok(bytes) if bytes.len() <= ANSWER_BYTES_MAX => meaning(status, &bytes),
                        Ok(_) | Err(_) => Fate::Unsure("no_answer".into()),
                    }
                }
            }
        })
    }
}

/// What an answer means. Only an error in Meta's own words is certain not to have sent anything.
#[must_use]
pub fn meaning(status: u16, body: &[u8]) -> Fate {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(name) = answer["messages"][0]["id"].as_str()
        && status == 200
    {
        return Fate::Taken(name.to_owned());
    }
    let Some(code) = answer["error"]["code"].as_i64() else {
        return if status == 429 { Fate::Later(LIMIT_WAIT_MS, "429".into()) } else { Fate::Unsure(status.to_string()) };
    };
    if code == RE_ENGAGE {
        return Fate::WindowClosed;
    }
    if LATER.contains(&code) || status == 429 {
        return Fate::Later(LIMIT_WAIT_MS, code.to_string());
    }
    Fate::Refused(code.to_string())
}
