//! What a counter still does when its disk fills (protocol 2.17). Nothing that was kept is given up for room.

/// Below this many free bytes nothing more is written but what frees room: the ballast and the database's own files.
pub const FLOOR_BYTES: i64 = 80 * 1024 * 1024;
/// Below this many free bytes no scan is taken; text is still saved.
pub const SCANS_BYTES: i64 = 300 * 1024 * 1024;

/// I11: whether `bytes` more of text may be written: an event of a person, or an entry of the feed. The feed pauses before
/// the disk is full and its position stays at what is stored (atuin#2879); the next call goes on from there.
#[must_use]
pub fn may_write(free: i64, bytes: i64) -> bool {
    free.saturating_sub(bytes) >= FLOOR_BYTES
}

/// Whether a scan of `bytes` may be taken.
#[must_use]
pub fn may_take_scan(free: i64, bytes: i64) -> bool {
    free.saturating_sub(bytes) >= SCANS_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_long_after_scans_and_never_the_last_bytes() {
        assert!(may_write(SCANS_BYTES, 1_000) && !may_take_scan(SCANS_BYTES, 1_000));
        assert!(may_write(FLOOR_BYTES + 1_000, 1_000) && !may_write(FLOOR_BYTES + 999, 1_000));
        assert!(!may_write(i64::MIN, 1));
    }
}
