//! Who may do what: the roles of people at counters and at the district.

use serde::{Deserialize, Serialize};

/// What a person is here for. One person has one role at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Officer of a counter.
    Officer,
    /// Supervisor (*penyelia*): an officer who also answers for the people and the computer.
    Supervisor,
    /// School helper: pupils of one school, nothing else.
    Helper,
}

impl Role {
    /// Its name in slots and files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Officer => "officer",
            Role::Supervisor => "supervisor",
            Role::Helper => "helper",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Role> {
        [Role::Officer, Role::Supervisor, Role::Helper].into_iter().find(|r| r.code() == code)
    }
}
