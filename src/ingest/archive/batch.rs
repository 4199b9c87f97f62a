//! One hour, read: its facts, the names in it, and what the ledger says of it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde_json::value::RawValue;

use super::{
    bot_type,
    envelope::{Envelope, LineError, parse_instant},
    payload,
};
use crate::ingest::{Gathered, Gathering, fact::NOBODY};

/// At most this many bad lines, and unknown events, of one hour are kept; all
/// are counted.
const KEPT: usize = 10_000;
const EXCERPT: usize = 500;

/// An hour while it is read.
#[derive(Debug, Default)]
pub struct Reading {
    pub counts: Counts,
    /// Hours by which the first event of before 2015 is behind UTC.
    behind: Option<i16>,
    gathering: Gathering,
    /// Of event, actor and repository.
    ids: [Vec<i64>; 3],
    quarantine: Vec<Quarantined>,
    unknown: Vec<Unknown>,
}

/// What the ledger counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub lines: i32,
    pub events: i32,
    pub ids: i32,
    pub bad_lines: i32,
    pub unknown_lines: i32,
    pub same_fact: i32,
    pub actors: i32,
    pub repos: i32,
    pub by_type: BTreeMap<String, i32>,
}

/// A line that is not an event.
#[derive(Debug)]
pub struct Quarantined {
    pub line: i32,
    pub reason: String,
    pub excerpt: String,
}

/// An event of a type that this version does not know.
#[derive(Debug)]
pub struct Unknown {
    pub line: i32,
    pub event_type: String,
    pub body: String,
}

/// An hour, ready to be written.
#[derive(Debug)]
pub struct Batch {
    pub sha256: [u8; 32],
    pub bytes: u64,
    pub counts: Counts,
    /// By how many hours the file's name is behind UTC.
    pub behind: i16,
    pub gathered: Gathered,
    pub quarantine: Vec<Quarantined>,
    pub unknown: Vec<Unknown>,
}

impl Reading {
    /// Notes the zone of an event, kept or not: before 2015 that of its file's name.
    pub fn note_zone(&mut self, event: &Envelope<'_>) -> Result<(), LineError> {
        if event.is_old() && self.behind.is_none() {
            let east = parse_instant(&event.created_at.0)?.offset().local_minus_utc();
            self.behind = i16::try_from(-east / 3600).ok();
        }
        Ok(())
    }

    /// Takes an event in; `body` is its line.
    pub fn take(&mut self, event: &Envelope<'_>, body: &[u8]) -> Result<(), LineError> {
        let reading = payload::read(event)?;
        self.count(event);
        self.gathering.see_bots(bot_type::bots(event.payload.map_or("", RawValue::get)));
        if reading.unknown {
            self.keep_unknown(event, body);
        }
        take_event(&mut self.gathering, event, reading)
    }

    fn count(&mut self, event: &Envelope<'_>) {
        self.counts.events += 1;
        match self.counts.by_type.get_mut(&*event.kind.0) {
            Some(n) => *n += 1,
            None => {
                self.counts.by_type.insert(event.kind.0.to_string(), 1);
            }
        }
        for (seen, id) in self.ids.iter_mut().zip([event.id(), event.actor.id, event.repo.id]) {
            if id != NOBODY {
                seen.push(id);
            }
        }
    }

    fn keep_unknown(&mut self, event: &Envelope<'_>, body: &[u8]) {
        self.counts.unknown_lines += 1;
        if self.unknown.len() < KEPT {
            let (event_type, body) = (event.kind.0.to_string(), String::from_utf8_lossy(body).into_owned());
            self.unknown.push(Unknown { line: self.counts.lines, event_type, body });
        }
    }

    /// Sets a line aside.
    pub fn set_aside(&mut self, reason: &str, line: &[u8]) {
        self.counts.bad_lines += 1;
        if self.quarantine.len() < KEPT {
            let storable = |text: &str| text.replace('\0', "\u{fffd}");
            let excerpt = storable(&String::from_utf8_lossy(&line[..line.len().min(EXCERPT)]));
            let reason = storable(reason);
            self.quarantine.push(Quarantined { line: self.counts.lines, reason, excerpt });
        }
    }

    /// Why the first bad line was bad.
    pub fn first_problem(&self) -> Option<&str> {
        self.quarantine.first().map(|bad| bad.reason.as_str())
    }

    /// Settles the facts and adds everything up.
    pub fn finish(mut self, (sha256, bytes): ([u8; 32], u64)) -> Batch {
        let gathered = self.gathering.finish();
        self.counts.same_fact = count(gathered.same_fact);
        let [ids, actors, repos] = self.ids;
        self.counts.ids = distinct(ids);
        self.counts.actors = distinct(actors);
        self.counts.repos = distinct(repos);
        Batch {
            sha256,
            bytes,
            counts: self.counts,
            behind: self.behind.unwrap_or(0),
            gathered,
            quarantine: self.quarantine,
            unknown: self.unknown,
        }
    }
}

/// Gathers what an event has given, and the names in it.
pub fn take_event(gathering: &mut Gathering, event: &Envelope<'_>, reading: payload::Reading) -> Result<(), LineError> {
    let day = day(event.at()?);
    gathering.see_actor(event.actor.id, &event.actor.login.0, day);
    let org = event.org.as_ref();
    gathering.see_repo(event.repo.id, &event.repo.name.0, org.map(|org| org.id), day);
    if let Some(org) = org {
        gathering.see_org(org.id, &org.login.0, day);
    }
    gathering.facts.extend(reading.fact);
    if let Some(merge) = reading.merge {
        gathering.see_actor(merge.fact.actor_id, &merge.author, day);
        gathering.facts.push(merge.fact);
    }
    Ok(())
}

fn distinct(mut ids: Vec<i64>) -> i32 {
    ids.sort_unstable();
    ids.dedup();
    count(ids.len())
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn day(at: i64) -> NaiveDate {
    DateTime::from_timestamp(at, 0).unwrap_or_default().date_naive()
}
