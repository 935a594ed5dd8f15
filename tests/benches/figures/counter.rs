//! A counter of its own in a temporary folder, enrolled with a district in the same process.

use jukung_district::District;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::sync::{Call, Reply, Road};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use tower::ServiceExt;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
struct Router(axum::Router);
impl Road for Router {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(async move {
            let mut request = axum::http::Request::builder().method(call.method).uri(&call.path);
            for (name, value) in &call.headers {
                request = request.header(*name, value);
            }
            let reply = self.0.clone().oneshot(request.body(axum::body::Body::from(call.body)).unwrap()).await.unwrap();
            let status = reply.status().as_u16();
            Ok(Reply { status, body: axum::body::to_bytes(reply.into_body(), 16 << 20).await.unwrap().to_vec() })
        })
    }
}

/// An open counter below `folder`, enrolled with a new district beside it.
pub fn open(folder: &Path, edge: &Edge) -> Office {
    let district = District::open(&folder.join("district"), None, jukung_district::edge::Edge::system()).unwrap();
    // With a page that checks receipts, they carry the signed token, as they do in use.
    let site = "https://dukcapil.contoh.go.id".into();
    district.set_settings(&DistrictSettings { site, ..DistrictSettings::default() }).unwrap();
    let code = district.new_code("63.05.04.1004").unwrap();
    let road = Router(jukung_district::http::router(Arc::new(district)));
    let mut who = Enrolment::new("http://district", &code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    let data = folder.join("office");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(enrol(&data, edge, &road, &who)).unwrap();
    again(folder, edge)
}

/// The same counter, opened once more.
pub fn again(folder: &Path, edge: &Edge) -> Office {
    Office::open(&folder.join("office"), "", PASSPHRASE, edge.clone()).unwrap()
}
