//! What Meta calls: the check when the webhook is set up, then messages and fates, signed over the very bytes sent.

use super::inbox::Heard;
use super::whatsapp::Config;
use crate::District;
use jukung_crypto::proof;
use jukung_domain::problem::Problem;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// Most entries, changes, messages or fates read from one call: Meta batches up to a thousand.
const MANY_MAX: usize = 1_000;

/// Whether the caller that sets the webhook up knows the word.
#[must_use]
pub fn verified(config: &Config, mode: &str, word: &str) -> bool {
    mode == "subscribe" && bool::from(config.verify.as_bytes().ct_eq(word.as_bytes()))
}

/// Whether Meta signed these bytes: `sha256=` and the HMAC-SHA256 under the app's secret, compared in constant time.
#[must_use]
pub fn signed(config: &Config, header: &str, body: &[u8]) -> bool {
    let given = header.strip_prefix("sha256=").and_then(|hex| hex::decode(hex).ok()).unwrap_or_default();
    proof::holds(config.app_secret.as_bytes(), body, &given)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().take(MANY_MAX)
}

impl District {
    /// Takes in what a call tells. What is not for this district's number is left alone.
    ///
    /// # Errors
    /// `bad_request` for what is no JSON; those of the database, and then Meta calls again.
    pub fn take_webhook(&self, config: &Config, body: &[u8], now: i64) -> Result<(), Problem> {
        let told: Value = serde_json::from_slice(body).map_err(|_| Problem::new("bad_request").with("why", "json"))?;
        let values = list(&told["entry"]).flat_map(|e| list(&e["changes"])).map(|c| &c["value"]);
        for value in values.filter(|v| v["metadata"]["phone_number_id"] == config.phone_id.as_str()) {
            for message in list(&value["messages"]) {
                if let Some(heard) = read(message) {
                    self.hear(&heard, now)?;
                }
            }
            for status in list(&value["statuses"]) {
                let text = |name: &str| status[name].as_str().unwrap_or_default();
                let why = status["errors"][0]["code"].as_i64().map(|c| c.to_string()).unwrap_or_default();
                let known_by = (text("biz_opaque_callback_data"), text("id"));
                self.db.write(|tx| self.take_fate(tx, known_by, text("status"), &why, now))?;
            }
        }
        Ok(())
    }
}

/// A message of any type: text, a pressed button, or something that has none.
fn read(message: &Value) -> Option<Heard> {
    let from = message["from"].as_str().filter(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))?;
    let seconds: i64 = message["timestamp"].as_str()?.parse().ok()?;
    let text = match message["type"].as_str()? {
        "text" => &message["text"]["body"],
        "button" => &message["button"]["text"],
        "interactive" => &message["interactive"]["button_reply"]["title"],
        // A reaction asks for nothing.
        "reaction" => return None,
        // A picture, a voice, a place: its caption, and otherwise a person or the help.
        other => &message[other]["caption"],
    };
    Some(Heard {
        name: message["id"].as_str()?.to_owned(),
        sender: format!("+{from}"),
        at: seconds.saturating_mul(1000),
        text: text.as_str().unwrap_or_default().to_owned(),
    })
}
