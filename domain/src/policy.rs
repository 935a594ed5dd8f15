//! Who may do what: one table of roles, actions and how far each reaches (`data/policy.csv`), asked by every command.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../data/policy.csv");

macro_rules! named {
    ($(#[$m:meta])* $name:ident { $($(#[$vm:meta])* $variant:ident = $code:literal),* $(,)? }) => {
        $(#[$m])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vm])* #[serde(rename = $code)] $variant),* }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Its name in files and in the table.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// The one of this name.
            #[must_use]
            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

named! {
    /// What a person is here for. One person has one role at one place.
    Role {
        /// Officer of a counter.
        Officer = "officer",
        /// Supervisor (*penyelia*): an officer who also answers for the people and the computer.
        Supervisor = "supervisor",
        /// School helper: pupils of one school, nothing else.
        Helper = "helper",
        /// Checks applications at the Dinas.
        Verifier = "verifier",
        /// Head of a section at the Dinas.
        Head = "head",
        /// Hands documents to carriers.
        Courier = "courier",
        /// Answers complaints.
        Complaint = "complaint",
        /// Reads who did what, and changes nothing.
        Auditor = "auditor",
        /// Keeps computers, officers and settings, and reads no application.
        Admin = "admin",
    }
}

named! {
    /// What somebody wants to do.
    Action {
        /// What a computer does before anybody signed in: enrol, sign in, lock, ask whether the Dinas answers.
        Door = "door",
        /// Choose one's own passphrase and PIN.
        OwnSecret = "own.secret",
        /// See which files there are and where they stand.
        FileList = "file.list",
        /// Read a file, its papers and its receipt.
        FileRead = "file.read",
        /// Write into a draft.
        FileWrite = "file.write",
        /// Hand in, correct, withdraw.
        FileSubmit = "file.submit",
        /// Put personal data on paper or into a folder.
        FilePrint = "file.print",
        /// Print the slip of what was left with the counter: nothing that its maker does not see any more.
        SlipPrint = "slip.print",
        /// Settle what the district could not take in.
        FileSettle = "file.settle",
        /// Look for a resident.
        ResidentFind = "resident.find",
        /// Open a resident's history, with a purpose that is written down.
        ResidentOpen = "resident.open",
        /// See a NIK or KK number in full, with a purpose that is written down.
        RevealNumber = "reveal.number",
        /// See an answer or a mark of the highest class, one at a time, with a purpose of its own.
        RevealHighest = "reveal.highest",
        /// Send by network or stick.
        Send = "send",
        /// See and close the day.
        DayClose = "day.close",
        /// Take complaints in, and see where those of the office stand.
        ComplaintTake = "complaint.take",
        /// See how this computer is set.
        SettingsRead = "settings.read",
        /// Change how it looks and what it prints with.
        SettingsChange = "settings.change",
        /// Change when the screen locks.
        GuardChange = "guard.change",
        /// See who may sign in here.
        PeopleRead = "people.read",
        /// Add, remove and re-issue people, and make recovery codes.
        PeopleChange = "people.change",
        /// See the figures of the subdistrict's counters, and which files of the own one are to be read.
        CountersRead = "counters.read",
        /// Let somebody who forgot a PIN at another counter choose a new one.
        PinHelp = "pin.help",
        /// Read applications at the Dinas.
        CheckRead = "check.read",
        /// Take, return and refuse them.
        CheckDecide = "check.decide",
        /// Approve and issue.
        CheckApprove = "check.approve",
        /// Hold processing back at a person's request, and let it go on.
        CheckHold = "check.hold",
        /// Believe or refuse what is not proven to be its author's.
        AuthorSettle = "author.settle",
        /// Hand documents over.
        Deliver = "deliver",
        /// Answer complaints.
        ComplaintAnswer = "complaint.answer",
        /// Read who opened what.
        AuditRead = "audit.read",
        /// Let computers in and end their permission.
        ComputerApprove = "computer.approve",
        /// Add officers of the Dinas.
        OfficerChange = "officer.change",
        /// Change what the Dinas sets for its counters.
        DistrictSettings = "district.settings",
        /// Say how long the Dinas keeps what, and have it destroyed.
        DataDestroy = "data.destroy",
    }
}

named! {
    /// How far a permission reaches.
    Scope {
        /// What the person made or is.
        Own = "own",
        /// This computer.
        Device = "device",
        /// Everything of the office.
        Office = "office",
        /// Everything of the district.
        District = "district",
    }
}

impl Role {
    /// Whether it is a role of the district, which no counter gives.
    #[must_use]
    pub fn is_of_district(self) -> bool {
        match self {
            Role::Officer | Role::Supervisor | Role::Helper => false,
            Role::Verifier | Role::Head | Role::Courier | Role::Complaint | Role::Auditor | Role::Admin => true,
        }
    }
}

impl Action {
    /// Whether somebody may do it for a part of the district: what the Dinas sets is set for all of it, and officers are
    /// everybody's.
    #[must_use]
    pub fn is_divisible(self) -> bool {
        !matches!(self, Action::OfficerChange | Action::DistrictSettings | Action::DataDestroy)
    }
}

/// Who asks: a person in a role, or nobody yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody is signed in, or the screen is locked.
    Nobody,
    /// Somebody whose passphrase was handed out and has to be replaced first.
    Given,
    /// A person at work.
    Person(Role),
}

impl Standing {
    /// Its column of the table.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Standing::Nobody => "nobody",
            Standing::Given => "given",
            Standing::Person(role) => role.code(),
        }
    }
}

type Table = BTreeMap<(String, String), Option<Scope>>;

/// A cell that says nothing readable permits nothing.
fn read(text: &str) -> Table {
    let mut rows = text.lines();
    let columns: Vec<&str> = rows.next().unwrap_or_default().split(',').collect();
    let cells = |row: &str| {
        let mut cells = row.split(',');
        let action = cells.next().unwrap_or_default().to_owned();
        let named = columns.iter().skip(1).zip(cells);
        named.map(|(column, cell)| ((action.clone(), (*column).to_owned()), Scope::from_code(cell))).collect::<Vec<_>>()
    };
    rows.flat_map(cells).collect()
}

/// How far `who` may do `action`; `None` when not at all.
#[must_use]
pub fn scope(who: Standing, action: Action) -> Option<Scope> {
    static READ: OnceLock<Table> = OnceLock::new();
    let table = READ.get_or_init(|| read(TABLE));
    table.get(&(action.code().to_owned(), who.column().to_owned())).copied().flatten()
}

/// Whether `who` may do `action` at all.
#[must_use]
pub fn permits(who: Standing, action: Action) -> bool {
    scope(who, action).is_some()
}

/// Every kind of asker, in the order of the table's columns.
#[must_use]
pub fn standings() -> Vec<Standing> {
    let roles = Role::ALL.iter().map(|role| Standing::Person(*role));
    [Standing::Nobody, Standing::Given].into_iter().chain(roles).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_row_for_every_action_and_one_column_for_everybody() {
        let mut lines = TABLE.lines();
        let columns: Vec<&str> = standings().into_iter().map(Standing::column).collect();
        assert_eq!(lines.next().expect("a head").split(',').skip(1).collect::<Vec<_>>(), columns);
        let actions: Vec<&str> = lines.clone().filter_map(|l| l.split(',').next()).collect();
        assert_eq!(actions, Action::ALL.iter().map(|a| a.code()).collect::<Vec<_>>());
        for line in lines {
            let cells: Vec<&str> = line.split(',').skip(1).collect();
            assert_eq!(cells.len(), columns.len(), "{line}");
            assert!(cells.iter().all(|c| *c == "-" || Scope::from_code(c).is_some()), "{line}");
        }
    }

    #[test]
    fn who_has_not_signed_in_reaches_nothing_but_the_door() {
        let open = |who| Action::ALL.iter().copied().filter(|a| permits(who, *a)).collect::<Vec<_>>();
        assert_eq!(open(Standing::Nobody), [Action::Door]);
        assert_eq!(open(Standing::Given), [Action::Door, Action::OwnSecret]);
    }

    #[test]
    fn a_row_or_a_word_that_is_missing_permits_nothing() {
        let table = read("action,officer\nsend,everything\n");
        assert_eq!(table.get(&("send".into(), "officer".into())), Some(&None));
        assert_eq!(table.get(&("door".into(), "officer".into())), None);
    }

    #[test]
    fn a_helper_finds_no_resident_and_only_a_supervisor_changes_people() {
        let may = |role, action| permits(Standing::Person(role), action);
        assert!(!may(Role::Helper, Action::ResidentFind) && !may(Role::Helper, Action::FileSubmit));
        assert_eq!(scope(Standing::Person(Role::Helper), Action::FileRead), Some(Scope::Own));
        let changing: Vec<&Role> = Role::ALL.iter().filter(|r| may(**r, Action::PeopleChange)).collect();
        assert_eq!(changing, [&Role::Supervisor]);
    }
}
