//! The road of a counter on files into a district of the same process, and what happens to its calls.

use jukung_district::{District, ingest};
use jukung_domain::problem::Problem;
use jukung_office::sync::{Call, Reply, Road};
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

/// What happens to the calls of one run of a counter.
pub struct Passing {
    /// Calls that pass; then the line is dead.
    pub calls: usize,
    /// Most events of a call: a larger one is answered with 413.
    pub most: usize,
    pub request_lost: bool,
    pub reply_lost: bool,
    /// An old answer comes instead, and nothing arrives at the district.
    pub instead: Option<Vec<u8>>,
    /// The last call that arrived, and its answer.
    pub sent: Option<Vec<u8>>,
    pub got: Option<Vec<u8>>,
    /// The district did not take a call: it never may (R7).
    pub refused: Option<Problem>,
}

impl Default for Passing {
    fn default() -> Passing {
        Passing {
            calls: 40,
            most: usize::MAX,
            request_lost: false,
            reply_lost: false,
            instead: None,
            sent: None,
            got: None,
            refused: None,
        }
    }
}

/// The road into a district in this process.
pub struct Line<'a> {
    district: &'a District,
    pub passing: Mutex<Passing>,
}

impl<'a> Line<'a> {
    pub fn new(district: &'a District, passing: Passing) -> Line<'a> {
        Line { district, passing: Mutex::new(passing) }
    }

    fn pass(&self, call: &Call) -> Result<Reply, Problem> {
        let told = |status, body| Ok(Reply { status, body });
        let mut passing = self.passing.lock().expect("whole");
        if call.path != "/v1/sync" || passing.calls == 0 {
            return Err(Problem::new("offline"));
        }
        if call.headers.iter().any(|(name, _)| *name == "content-encoding") {
            return told(415, Vec::new());
        }
        let read = ingest::read(&call.body)?;
        if read.events.len() > passing.most {
            return told(413, Vec::new());
        }
        passing.calls -= 1;
        if let Some(old) = passing.instead.take() {
            return told(200, old);
        }
        if passing.request_lost {
            return Err(Problem::new("offline"));
        }
        passing.sent = Some(call.body.clone());
        match self.district.sync(&read) {
            Ok(answer) => passing.got = Some(answer.clone()),
            Err(problem) => {
                passing.refused = Some(problem);
                return told(503, Vec::new());
            }
        }
        if passing.reply_lost { Err(Problem::new("half")) } else { told(200, passing.got.clone().unwrap_or_default()) }
    }
}

impl Road for Line<'_> {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        let reply = self.pass(&call);
        Box::pin(async move { reply })
    }
}
