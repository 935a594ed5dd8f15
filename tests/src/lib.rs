//! What several tests share: repeatable chance, a real district on a port the system chose, and a disk that can be full.
#![expect(clippy::unwrap_used, reason = "only tests use this, and a test that cannot go on fails right here")]

pub mod chance;
pub mod disk;
pub mod served;
