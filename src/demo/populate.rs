//! Fills an empty database with the demonstration: the generated archive hours
//! through the ordinary ingest, then one election in each phase through the same
//! functions that officers and voters use, with the clock set to each day.

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Candidate, Community, ballots, candidates, write_hours};
use crate::{
    app::App,
    auth::{self, NewOfficer, Officer},
    clock::Clock,
    election::{self, Election, ballot::Ranking, ballot_box, definition, freeze, keys::ElectionKey, life, nomination},
    eligibility::{self, Rule, import, roll},
    ingest::{
        api::{self, Stream},
        archive::{self, Options, Progress, Scope, Sources},
    },
    mail::Mailer,
    people::affiliation,
    stats::groups,
    worker,
};

/// The password of every officer of the demonstration, printed when it starts.
pub const PASSWORD: &str = "lantern-demonstration";

/// Why the officers froze a roll although an hour is missing.
const GAP: &str =
    "one archive hour of June is lost at its source; whoever misses the bar by it may ask for an exception";

/// What the terminal tells of the demonstration.
#[derive(Clone, Debug)]
pub struct Populated {
    /// Login of an officer.
    pub officer: String,
    pub events: u64,
}

/// Generates and ingests the activity, and holds the elections.
pub async fn populate(
    app: &App,
    community: &Community,
    scratch: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Populated> {
    let hours = scratch.join("archive");
    let summary = write_hours(community, &hours)?;
    let sources = Sources::path(&hours)?;
    archive::ingest(&app.pool, &sources, &Scope::everything(), Options::jobs(2), &app.clock, progress).await?;
    read_lists(app).await?;
    std::fs::remove_dir_all(&hours).context("the generated hours cannot be removed")?;
    import_people(app, community).await?;
    let officers = add_officers(app, community).await?;
    published(app, community).await?;
    voting(app, community).await?;
    nominating(app, community).await?;
    Ok(Populated { officer: officers, events: summary.events as u64 })
}

/// The archive of today does not say who wrote a merged pull request; the generated
/// one does, as if GitHub's lists of issues had been read too.
async fn read_lists(app: &App) -> anyhow::Result<()> {
    api::note_whole(&mut *app.pool.acquire().await?, Stream::Issues, app.clock.now()).await?;
    Ok(())
}

async fn import_people(app: &App, community: &Community) -> anyhow::Result<()> {
    let mut tx = app.pool.begin().await?;
    affiliation::import(&mut tx, &community.affiliations_csv(), app.clock.now().date_naive()).await?;
    groups::import(&mut tx, &community.groups_csv(), app.clock.now().date_naive()).await?;
    Ok(tx.commit().await?)
}

/// Three officers of different employers who stand in no election.
async fn add_officers(app: &App, community: &Community) -> anyhow::Result<String> {
    let standing: Vec<i64> = candidates(community, 12, 1).into_iter().map(|c| c.id).collect();
    let now = app.clock.now();
    let mut employers = Vec::new();
    let mut logins = Vec::new();
    for person in community.people().iter().filter(|p| !standing.contains(&p.id)) {
        let Some(employer) = person.company_at(now).filter(|e| !employers.contains(e)) else { continue };
        let new = NewOfficer { github_id: person.id, login: person.login(), employer };
        auth::add_officer(&mut *app.pool.acquire().await?, &new, PASSWORD.into(), now).await?;
        employers.push(employer);
        logins.push(person.login().to_owned());
        if logins.len() == 3 {
            break;
        }
    }
    logins.into_iter().next().context("the generated community has nobody to be an officer")
}

/// An election that the demonstration holds: what differs between them.
struct Plan {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    seats: u16,
    /// Days from now: nominations open and close, voting opens and closes.
    days: [i64; 4],
    candidates: Vec<Candidate>,
}

impl Plan {
    fn at(&self, app: &App, which: usize) -> DateTime<Utc> {
        let noon = app.clock.now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
        noon + TimeDelta::days(self.days[which])
    }

    /// The `election.toml` an officer would write.
    fn file(&self, app: &App) -> String {
        let at = |which| self.at(app, which).format("%Y-%m-%d %H:%M UTC").to_string();
        let until = self.at(app, 0) - TimeDelta::days(1);
        let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        let mut file = format!(
            "slug = {:?}\ntitle = {:?}\norganisation = \"Lantern\"\ndescription = {:?}\nseats = {}\nblank = \"no-opinion\"\n\n\
             [dates]\nnominations_open = {:?}\nnominations_close = {:?}\nopens = {:?}\ncloses = {:?}\n\n\
             [eligibility]\nfrom = {:?}\nto = {:?}\nminimum = 50\norganisations = [\"lantern-dev\", \"lantern-contrib\"]\n",
            self.slug,
            self.title,
            self.description,
            self.seats,
            at(0),
            at(1),
            at(2),
            at(3),
            day(until - TimeDelta::days(365)),
            day(until),
        );
        for c in &self.candidates {
            file += &format!(
                "\n[[candidates]]\nname = {:?}\nlogin = {:?}\ngithub_id = {}\nemployer = {:?}\nbio = '''\n{}'''\n",
                c.name, c.login, c.id, c.company, c.bio
            );
        }
        file
    }
}

/// An app whose clock stands on a day of the past and whose mail goes nowhere.
fn on(app: &App, at: DateTime<Utc>) -> App {
    App { clock: Clock::fixed(at), mailer: Mailer::captured(), ..app.clone() }
}

/// Creates, announces and fills the roll of an election, a week before its nominations.
async fn prepare(app: &App, community: &Community, plan: &Plan) -> anyhow::Result<Election> {
    let now = (plan.at(app, 0) - TimeDelta::days(7)).min(app.clock.now());
    let officer = Officer::operator();
    let new = definition::NewElection::parse(&plan.file(app)).context(plan.slug)?;
    let mut tx = app.pool.begin().await?;
    let election = definition::create(&mut tx, &officer, &new, now).await?;
    life::announce(&mut tx, &officer, election.election_id, now).await?;
    roll::build(&mut tx, election.election_id, &Rule::parse(&election.rule)?).await?;
    import::addresses(&mut tx, election.election_id, addresses(community).as_bytes(), now).await?;
    let election = election::by_id(&mut tx, election.election_id).await?;
    tx.commit().await?;
    Ok(election)
}

fn addresses(community: &Community) -> String {
    let lines = community.people().iter().map(|p| format!("{},{},{}\n", p.id, p.login(), p.email));
    std::iter::once("github_id,login,email\n".to_owned()).chain(lines).collect()
}

async fn freeze(app: &App, election: &Election) -> anyhow::Result<()> {
    let mut tx = app.pool.begin().await?;
    let keys = (&app.keys, &app.random);
    freeze::freeze(&mut tx, &Officer::operator(), keys, election.election_id, Some(GAP), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Casts ballots from every `nth` voter's link.
async fn cast(app: &App, election: &Election, voters: usize, seed: u64) -> anyhow::Result<()> {
    let key = app.keys.election(&election.slug)?;
    let db = &mut *app.pool.acquire().await?;
    let roll = eligibility::entries(db, election.election_id).await?;
    let standing = election::candidates(db, election.election_id).await?.len();
    for (entry, ballot) in roll.iter().zip(ballots(standing, voters.min(roll.len()), seed)) {
        cast_one(app, &key, entry.github_id, &ballot).await?;
    }
    Ok(())
}

async fn cast_one(app: &App, key: &ElectionKey, github_id: i64, ballot: &[Option<u32>]) -> anyhow::Result<()> {
    let ranks = ballot.iter().map(|r| r.and_then(|r| u8::try_from(r).ok()).unwrap_or(0)).collect();
    let mut tx = app.pool.begin().await?;
    let token = key.voter_token(github_id, 0);
    ballot_box::cast(&mut tx, (&app.clock, &app.random), &token, &Ranking::from_ranks(ranks)).await?;
    Ok(tx.commit().await?)
}

/// Over since a month: certified and published.
async fn published(app: &App, community: &Community) -> anyhow::Result<()> {
    let plan = Plan {
        slug: "steering",
        title: "Steering Committee",
        description: "Three seats on the committee that looks after Lantern's direction and its money.",
        seats: 3,
        days: [-85, -71, -66, -45],
        candidates: candidates(community, 7, 1),
    };
    let election = prepare(app, community, &plan).await?;
    freeze(&on(app, plan.at(app, 1) + TimeDelta::days(2)), &election).await?;
    let open = on(app, plan.at(app, 2) + TimeDelta::days(3));
    worker::drain(&open).await?;
    cast(&open, &election, 71, 7).await?;
    worker::drain(&on(app, plan.at(app, 3))).await?;
    let mut tx = app.pool.begin().await?;
    let officer = Officer::operator();
    life::certify(&mut tx, &officer, election.election_id, plan.at(app, 3) + TimeDelta::days(1)).await?;
    life::publish(&mut tx, &officer, election.election_id, plan.at(app, 3) + TimeDelta::days(3)).await?;
    Ok(tx.commit().await?)
}

/// Open since five days: its invitations lie in the demonstration's postbox.
async fn voting(app: &App, community: &Community) -> anyhow::Result<()> {
    let plan = Plan {
        slug: "code-of-conduct",
        title: "Code of Conduct Committee",
        description: "Two seats on the committee that hears complaints, in confidence.",
        seats: 2,
        days: [-33, -12, -5, 9],
        candidates: candidates(community, 5, 2),
    };
    let election = prepare(app, community, &plan).await?;
    freeze(&on(app, plan.at(app, 1) + TimeDelta::days(2)), &election).await?;
    worker::drain(app).await?;
    let open = on(app, plan.at(app, 2) + TimeDelta::days(2));
    cast(&open, &election, 38, 11).await
}

/// Nominations are open: three have accepted, one was asked today.
async fn nominating(app: &App, community: &Community) -> anyhow::Result<()> {
    let plan = Plan {
        slug: "technical-oversight",
        title: "Technical Oversight Board",
        description: "Three seats on the board that decides what no group can decide alone.",
        seats: 3,
        days: [-6, 8, 12, 26],
        candidates: Vec::new(),
    };
    let election = prepare(app, community, &plan).await?;
    let standing = candidates(community, 4, 3);
    for (day, candidate) in standing.iter().enumerate() {
        let last = day + 1 == standing.len();
        let at = if last { app.clock.now() } else { plan.at(app, 0) + TimeDelta::days(1 + i64::try_from(day)?) };
        nominate(app, &election, candidate, at).await?;
        if last {
            worker::drain(app).await?;
        } else {
            worker::drain(&on(app, at)).await?;
            accept(app, &election, candidate, at).await?;
        }
    }
    Ok(())
}

async fn nominate(app: &App, election: &Election, nominee: &Candidate, at: DateTime<Utc>) -> anyhow::Result<()> {
    let mut tx = app.pool.begin().await?;
    let with = (&app.keys, app.public_url.as_str(), &app.random);
    nomination::nominate(&mut tx, with, election, (&nominee.login, &nominee.login), at).await?;
    Ok(tx.commit().await?)
}

async fn accept(app: &App, election: &Election, nominee: &Candidate, at: DateTime<Utc>) -> anyhow::Result<()> {
    let mut tx = app.pool.begin().await?;
    let waiting = election::nominees(&mut tx, election.election_id).await?;
    let row = waiting.iter().find(|n| n.github_id == Some(nominee.id)).context("the nominee is not waiting")?;
    let token = app.keys.election(&election.slug)?.nominee_token(row.candidate_id);
    nomination::accept(&mut tx, &token, (&nominee.name, nominee.company, &nominee.bio), at).await?;
    Ok(tx.commit().await?)
}
