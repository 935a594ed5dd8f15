//! What several tests share: repeatable chance, a real district on a port the system chose, a disk that can be full, made-up applications.
#![expect(clippy::unwrap_used, reason = "only tests use this, and a test that cannot go on fails right here")]

pub mod chance;
pub mod disk;
pub mod made_up;
pub mod served;

use jukung_domain::application::Application;
use jukung_office::Office;

/// What was handed in, in full: no view of the office gives it.
#[must_use]
pub fn document(office: &Office, id: &str) -> Application {
    office.document(id).unwrap()
}
