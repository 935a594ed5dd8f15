//! Keys and envelopes. Only well-kept crates inside; chance is handed in.

pub mod author;
pub mod bundle;
pub mod cms;
pub mod escrow;
pub mod heard;
pub mod keyring;
pub mod pin;
pub mod proof;
pub mod receipt_token;
pub mod seal;
pub mod sign;
pub mod slot;
pub mod succession;
pub mod verdict;

/// Where random bytes come from: fills the slice.
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8]);

/// What can go wrong with a key or a seal. It never says which byte was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoProblem {
    /// Wrong key, wrong passphrase, or changed bytes.
    #[error("cannot be opened with this key")]
    CannotOpen,
    /// Parameters that this build does not accept.
    #[error("unusable parameters")]
    Parameters,
}
