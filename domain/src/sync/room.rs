//! What a counter still does when its disk fills (protocol 2.17). Nothing that was kept is given up for room.

/// Below this many free bytes people are told, and nothing else changes.
pub const WARN_BYTES: i64 = 1024 * 1024 * 1024;
/// A file that only holds room: freed when the disk is nearly full, so that sending, the stick and the database's own
/// files still work when somebody's videos have taken the rest.
pub const BALLAST_BYTES: i64 = 64 * 1024 * 1024;
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

/// How much a counter can still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Everything.
    Plenty,
    /// Everything, and people are told.
    Low,
    /// Text only.
    NoScans,
    /// Nothing new; what is here is sent and carried.
    ReadOnly,
}

/// What is possible with so many free bytes.
#[must_use]
pub fn room(free: i64) -> Room {
    match free {
        ..FLOOR_BYTES => Room::ReadOnly,
        FLOOR_BYTES..SCANS_BYTES => Room::NoScans,
        SCANS_BYTES..WARN_BYTES => Room::Low,
        WARN_BYTES.. => Room::Plenty,
    }
}

/// Whether the ballast may be made: only where it takes nothing that scans could use.
#[must_use]
pub fn may_hold_ballast(free: i64) -> bool {
    free.saturating_sub(BALLAST_BYTES) >= SCANS_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_begins_at_its_byte_and_the_ballast_never_takes_the_room_of_scans() {
        let steps = [(WARN_BYTES, Room::Plenty), (SCANS_BYTES, Room::Low), (FLOOR_BYTES, Room::NoScans)];
        for (at, here) in steps {
            assert!(room(at) == here && room(at - 1) != here, "{at}");
        }
        assert_eq!(room(i64::MIN), Room::ReadOnly);
        assert!(may_hold_ballast(SCANS_BYTES + BALLAST_BYTES) && !may_hold_ballast(SCANS_BYTES + BALLAST_BYTES - 1));
    }

    #[test]
    fn text_is_taken_long_after_scans_and_never_the_last_bytes() {
        assert!(may_write(SCANS_BYTES, 1_000) && !may_take_scan(SCANS_BYTES, 1_000));
        assert!(may_write(FLOOR_BYTES + 1_000, 1_000) && !may_write(FLOOR_BYTES + 999, 1_000));
        assert!(!may_write(i64::MIN, 1));
    }
}
