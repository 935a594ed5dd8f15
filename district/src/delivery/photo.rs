//! A photo of a hand-over, which a courier may take and nobody asks for: decoded and encoded anew, kept as scans are.

use crate::District;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::application::Attachment;
use jukung_domain::event::HANDOVER;
use jukung_domain::problem::Problem;
use jukung_ledger::private;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use jukung_paper::picture;
use sha2::{Digest, Sha256};

/// Largest photo taken: one of 48 megapixels has about 15 MB.
const PHOTO_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Largest body of a step that may carry one: base64 makes four letters of three bytes.
pub(super) const BODY_BYTES_MAX: usize = PHOTO_BYTES_MAX / 3 * 4 + 64 * 1024;

/// A photo as it is named, and its bytes.
pub(super) struct Photo {
    pub paper: Attachment,
    bytes: Vec<u8>,
}

/// Reads what a page sent; nothing when it sent none.
///
/// # Errors
/// `scan_too_large`, and those of a picture that cannot be taken.
pub(super) fn read(base64: &str) -> Result<Option<Photo>, Problem> {
    if base64.is_empty() {
        return Ok(None);
    }
    let given = STANDARD.decode(base64).map_err(|_| Problem::new("scan_unreadable"))?;
    if given.len() > PHOTO_BYTES_MAX {
        return Err(Problem::new("scan_too_large").with("bytes_max", PHOTO_BYTES_MAX));
    }
    let refused = |e: picture::PictureProblem| Problem::new(&e.to_string());
    let bytes = picture::encode(&picture::decode(&given).map_err(refused)?).map_err(refused)?;
    let paper = Attachment {
        requirement: HANDOVER.into(),
        substitute: None,
        sha256: hex::encode(Sha256::digest(&bytes)),
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        media: "image/jpeg".into(),
        asked: None,
        legible: None,
        original: None,
    };
    Ok(Some(Photo { paper, bytes }))
}

impl District {
    /// Puts a photo where scans lie, whole; the row that says so comes with the event that names it.
    ///
    /// # Errors
    /// `disk_full`.
    pub(super) fn keep_photo(&self, photo: &Photo) -> Result<(), Problem> {
        let full = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        let path = self.scan_path(&photo.paper.sha256);
        if let Some(folder) = path.parent() {
            private::folder(folder).map_err(full)?;
        }
        private::whole(&self.unfinished(&photo.paper.sha256)?, &path, &photo.bytes).map_err(full)
    }

    /// Removes a photo whose hand-over was refused, unless something else names the same bytes.
    pub(super) fn forget_photo(&self, photo: &Photo) {
        let sha256 = &photo.paper.sha256;
        let named = self.db.read(|tx| first(tx, "SELECT sha256 FROM blob WHERE sha256 = $1", params![sha256]));
        if let Ok(None) = named
            && let Err(e) = std::fs::remove_file(self.scan_path(sha256))
        {
            tracing::warn!("a photo of a refused hand-over could not be removed: {e}");
        }
    }
}

/// Says that the photo is here, in the transaction of the event that names it.
///
/// # Errors
/// Those of the database.
pub(super) fn note(tx: &mut dyn Tx, office: &str, photo: &Photo, now: i64) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ($1, $2, $3, $4, 'held', '', $5)
         ON CONFLICT (sha256, office) DO UPDATE SET state = 'held'",
        params![&photo.paper.sha256, office, i64::from(photo.paper.bytes), &photo.paper.media, now],
    )?;
    Ok(())
}
