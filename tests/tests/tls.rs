//! Goal: a computer whose clock stands in 1970 reaches its district and nobody else, and a right clock is as strict as ever.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_office::road::Http;
use jukung_office::sync::{Call, Road};
use jukung_office::tls::{Dated, Trusted, over};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const NAME: &str = "disdukcapil.example";

/// An authority and what it signs.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2060, 1, 1));
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn signs(&self, key: &KeyPair, name: &str, from: (i32, u8), to: (i32, u8)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from.0, from.1, 1), date_time_ymd(to.0, to.1, 1));
        params.signed_by(key, &self.0).unwrap().der().clone()
    }

    fn usual(&self) -> Arc<dyn ServerCertVerifier> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
    }
}

fn pin(der: &CertificateDer<'_>) -> String {
    let cert = webpki::EndEntityCert::try_from(der).unwrap();
    STANDARD.encode(Sha256::digest(&*cert.subject_public_key_info()))
}

fn ms(year: i32, month: u8) -> i64 {
    date_time_ymd(year, month, 1).unix_timestamp() * 1000
}

/// Whether the certificate is taken while the clock says `wall`.
fn taken(
    usual: &Arc<dyn ServerCertVerifier>,
    trusted: &Trusted,
    cert: &CertificateDer<'_>,
    name: &str,
    wall: i64,
) -> bool {
    let wall = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(wall).unwrap()));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    Dated::new(Arc::clone(usual), trusted.clone()).verify_server_cert(cert, &[], &name, &[], wall).is_ok()
}

#[test]
fn a_dead_clock_takes_the_districts_certificate_and_no_other() {
    let (ours, others) = (Authority::new(), Authority::new());
    let (key, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let usual = ours.usual();
    let of_now = ours.signs(&key, NAME, (2026, 6), (2027, 6));
    let renewed = ours.signs(&key, NAME, (2027, 3), (2028, 3));
    let known = ms(2026, 11);
    let pinned = Trusted { known_ms: known, lived: true, pins: vec![pin(&of_now)] };
    let unpinned = Trusted { pins: Vec::new(), ..pinned.clone() };
    for dead in [0, ms(1980, 1), ms(2000, 1), ms(2009, 1)] {
        assert!(taken(&usual, &pinned, &of_now, NAME, dead), "{dead}");
        assert!(taken(&usual, &unpinned, &of_now, NAME, dead), "what is known is enough, {dead}");
        assert!(taken(&usual, &pinned, &renewed, NAME, dead), "begun after what is known, {dead}");
        assert!(!taken(&usual, &unpinned, &renewed, NAME, dead), "nothing vouches for it, {dead}");
        let expired = ours.signs(&key, NAME, (2025, 6), (2026, 6));
        assert!(!taken(&usual, &pinned, &expired, NAME, dead), "it ended before what is known, {dead}");
        let foreign = ours.signs(&stranger, NAME, (2027, 3), (2028, 3));
        assert!(!taken(&usual, &pinned, &foreign, NAME, dead), "another key, {dead}");
        assert!(!taken(&usual, &pinned, &renewed, "orang.example", dead), "another name, {dead}");
        let forged = others.signs(&key, NAME, (2027, 3), (2028, 3));
        assert!(!taken(&usual, &pinned, &forged, NAME, dead), "nobody signed it, {dead}");
    }
}

#[test]
fn a_clock_far_ahead_takes_what_the_district_had_when_time_was_certain() {
    let (ours, key) = (Authority::new(), KeyPair::generate().unwrap());
    let usual = ours.usual();
    let cert = ours.signs(&key, NAME, (2026, 6), (2027, 6));
    let pinned = Trusted { known_ms: ms(2026, 11), lived: true, pins: vec![pin(&cert)] };
    assert!(taken(&usual, &pinned, &cert, NAME, ms(2050, 1)));
    assert!(!taken(&usual, &Trusted { pins: Vec::new(), ..pinned }, &cert, NAME, ms(2050, 1)));
}

#[test]
fn a_clock_that_may_be_right_is_as_strict_as_ever() {
    let (ours, key) = (Authority::new(), KeyPair::generate().unwrap());
    let usual = ours.usual();
    let cert = ours.signs(&key, NAME, (2026, 6), (2026, 12));
    let pinned = Trusted { known_ms: ms(2026, 11), lived: true, pins: vec![pin(&cert)] };
    assert!(taken(&usual, &pinned, &cert, NAME, ms(2026, 11)));
    assert!(!taken(&usual, &pinned, &cert, NAME, ms(2026, 12) + 86_400_000), "it has ended");
    let young = ours.signs(&key, NAME, (2027, 1), (2028, 1));
    assert!(!taken(&usual, &pinned, &young, NAME, ms(2026, 12)), "it has not begun");
    // A computer on which nothing happened yet cannot tell a late clock from a wrong one.
    let fresh = Trusted { lived: false, ..pinned };
    assert!(!taken(&usual, &fresh, &cert, NAME, ms(2050, 1)), "it has ended");
}

#[tokio::test]
async fn a_call_goes_through_while_the_certificate_begins_after_everything_this_computer_knows() {
    let (ours, key) = (Authority::new(), KeyPair::generate().unwrap());
    // By this machine's clock it is good; by what the computer knows, which is after its clock, it is not yet.
    let cert = ours.signs(&key, "localhost", (2051, 1), (2052, 1));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.clone()], private)
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(tcp).await else { continue };
            let mut heard = [0; 2048];
            let _ = stream.read(&mut heard).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    let idle = Duration::from_secs(10);
    let call = || Call { method: "POST", path: "/v1/sync".into(), headers: Vec::new(), body: vec![1] };
    let pinned = Trusted { known_ms: ms(2050, 1), lived: true, pins: vec![pin(&cert)] };
    let stranger = Trusted { pins: Vec::new(), ..pinned.clone() };
    let refused = Http::with(&url, idle, over(ours.usual(), stranger).unwrap()).unwrap().carry(call()).await;
    assert!(refused.is_err(), "nothing vouches for it");
    let road = Http::with(&url, idle, over(ours.usual(), pinned).unwrap()).unwrap();
    assert_eq!(road.carry(call()).await.unwrap().status, 204);
    serving.abort();
}
