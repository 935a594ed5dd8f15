//! Who calls a public page: the address that limits count by, and the address the page was asked at.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The caller's address as limits know it.
#[derive(Debug, Clone)]
pub struct Caller(pub String);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        let passed_on = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Caller(address(peer, passed_on)))
    }
}

/// Only a web server on this very machine is believed about whom it speaks for, and only the last hop it names: what
/// stands before it anybody may have written. In IPv6 one customer has a /64.
fn address(peer: Option<IpAddr>, passed_on: &str) -> String {
    let here = peer.is_none_or(|p| p.is_loopback());
    let last = passed_on.rsplit(',').next().and_then(|a| a.trim().parse::<IpAddr>().ok()).filter(|_| here);
    match last.or(peer) {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        None => String::new(),
    }
}

/// The address this page was asked at, for links when the settings name none.
#[must_use]
pub fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let host = text(header::HOST.as_str());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']');
    let host = if host.chars().all(plain) { host } else { "" };
    let scheme = if text("x-forwarded-proto") == "https" { "https" } else { "http" };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_a_web_server_on_this_machine_is_believed_about_its_caller() {
        let (here, far) = ("127.0.0.1".parse().ok(), "203.0.113.7".parse().ok());
        assert_eq!(address(here, "198.51.100.1, 203.0.113.9"), "203.0.113.9");
        assert_eq!(address(far, "203.0.113.9"), "203.0.113.7");
        assert_eq!(address(here, "nonsense"), "127.0.0.1");
        assert_eq!(address("2001:db8:1:2:3::4".parse().ok(), ""), "2001:db8:1:2::");
    }
}
