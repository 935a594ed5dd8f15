//! What an officer starts with: who they are, what they may do, how far they see, and what waits to be noticed.

use crate::{District, second};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A code and its name.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// Who is signed in, and what the work queue can be narrowed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Name of the officer.
    pub name: String,
    /// Services, in the catalogue's order.
    pub services: Vec<Named>,
    /// Offices that were ever given a code, by code.
    pub offices: Vec<Named>,
    /// Subdistricts of those offices, by code.
    pub subdistricts: Vec<Named>,
    /// Subdistricts this officer sees; empty for the whole district.
    pub areas: Vec<Named>,
    /// Sheets that close a day and differ from what is here.
    pub days_differ: i64,
    /// Events whose author is not proven, and that nobody has settled; 0 for whoever reads no application.
    pub doubts: i64,
    /// Decisions of others that wait for this officer to confirm them or send them back.
    pub seconds: i64,
    /// Decisions of this officer that another one sent back.
    pub seconds_back: i64,
    /// Actions of policy.csv that this officer may do: the pages show no other buttons.
    pub may: Vec<String>,
}

impl District {
    /// What an officer starts with.
    ///
    /// # Errors
    /// Those of the database.
    pub fn me(&self, name: String, may: &[Action]) -> Result<Me, Problem> {
        let doubts = if may.contains(&Action::CheckRead) { self.doubted()? } else { 0 };
        let (seconds, seconds_back) = self.db.read(|tx| second::counts(tx, &self.area, &name, may))?;
        let may = may.iter().map(|action| action.code().to_owned()).collect();
        let services = Catalogue::embedded().services.iter();
        let services = services.map(|s| Named { code: s.code.clone(), name: s.name.clone() }).collect();
        let rows = self.db.read(|tx| tx.query("SELECT code FROM office ORDER BY code", &[]))?;
        let mut offices = Vec::new();
        for row in rows {
            let code = row.text(0)?;
            if !self.area.covers(&code) {
                continue;
            }
            let name = crate::enrol::card_of(&code).map_or_else(|_| code.clone(), |o| o.name);
            offices.push(Named { code, name });
        }
        let named = |code: &String| Named {
            code: code.clone(),
            name: Regions::current().name(code).unwrap_or(code.as_str()).to_owned(),
        };
        let areas = self.area.codes().iter().map(named).collect();
        let subdistrict = |office: &Named| office.code.split('.').take(3).collect::<Vec<_>>().join(".");
        let subdistricts: BTreeSet<String> = offices.iter().map(subdistrict).collect();
        let subdistricts = subdistricts.iter().map(named).collect();
        Ok(Me {
            name,
            services,
            offices,
            subdistricts,
            areas,
            days_differ: self.days_that_differ()?,
            doubts,
            seconds,
            seconds_back,
            may,
        })
    }
}
