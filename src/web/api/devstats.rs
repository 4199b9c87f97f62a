//! `POST /api/v1`: calls of DevStats that its users have scripts for, with its requests
//! and its answers (API.md of cncf/devstatscode). What is counted is counted here: the
//! same numbers as everywhere on this site. A project is `all` or an organisation.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Days, Months, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::app::App;
use crate::stats::{self, Filter, Metric, Page as Rows, Period, Reader, StatsError, Window, WindowError};
use crate::web::WebError;
use crate::web::export::{MOST_ROWS, stamp};
use crate::web::state::Snapshot;

/// The calls there are.
pub const CALLS: &[&str] =
    &["Companies", "DevActCnt", "Events", "Health", "ListAPIs", "RepoGroups", "Repos", "SiteStats"];

/// What DevStats calls what we count.
const METRICS: &[(&str, &str)] = &[
    ("Contributions", "contributions"),
    ("GitHub Events", "activity"),
    ("Pushes", "pushes"),
    ("Commits", "commits"),
    ("Issues", "issues"),
    ("PRs", "pull_requests"),
    ("Merged PRs", "merged"),
    ("Reviews", "reviews"),
    ("Review comments", "review_comments"),
    ("Comments", "comments"),
];

/// Most hours of one answer: somewhat more than a year.
const MOST_HOURS: i64 = 10_000;

/// Every row of a list.
const ALL: Rows = Rows { limit: MOST_ROWS, offset: 0 };

/// What DevStats is asked.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Request {
    /// `ListAPIs` lists the names.
    #[schema(example = "ListAPIs")]
    api: String,
    /// By the call: `project` and others, as DevStats documents them.
    #[serde(default)]
    #[schema(value_type = Object)]
    payload: Map<String, Value>,
}

/// Why there is no answer.
enum Refused {
    /// What was asked, in words for `{"error": …}`.
    Wrong(String),
    Failed(sqlx::Error),
}

/// One call with what it needs.
struct Call<'a, 'c> {
    db: &'a mut Reader<'c>,
    payload: &'a Map<String, Value>,
    /// The project, if it is not everything.
    orgs: Vec<String>,
    /// Everything there is.
    span: Window,
    now: DateTime<Utc>,
}

/// Answers a call of DevStats.
#[utoipa::path(post, path = "/api/v1", tag = "DevStats", request_body = Request,
    responses((status = 200, description = "As DevStats answers the call.", body = serde_json::Value),
        (status = 400, description = "`{\"error\": …}` says what was expected.", body = serde_json::Value)))]
pub async fn call(State(app): State<App>, mut snapshot: Snapshot, body: Bytes) -> Result<Response, WebError> {
    match answer(&mut snapshot.reader(), &app, &body).await {
        Ok(answer) => Ok(Json(answer).into_response()),
        Err(Refused::Wrong(error)) => Ok((StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()),
        Err(Refused::Failed(error)) => Err(error.into()),
    }
}

async fn answer(db: &mut Reader<'_>, app: &App, body: &[u8]) -> Result<Value, Refused> {
    let request = serde_json::from_slice::<Request>(body);
    let Request { api, payload } =
        request.map_err(|error| Refused::Wrong(format!("expected {{\"api\": \"…\", \"payload\": {{…}}}}: {error}")))?;
    if api == "ListAPIs" {
        return Ok(json!({ "apis": CALLS }));
    }
    if !CALLS.contains(&&*api) {
        return Err(Refused::Wrong(format!("unknown API '{api}'; known: {}", CALLS.join(", "))));
    }
    let span = stats::known_span(db).await?.ok_or_else(|| Refused::Wrong("there is no data yet".into()))?;
    let project = text(&payload, "project")?;
    let orgs = orgs(db, app, project).await?;
    let mut call = Call { db, payload: &payload, orgs, span, now: app.clock.now() };
    let mut all = json!({ "project": project, "db_name": "hustings" });
    let more = match &*api {
        "Health" => call.health().await?,
        "RepoGroups" => json!({ "repo_groups": stats::groups(call.db).await? }),
        "Repos" => call.repos().await?,
        "Companies" => call.companies().await?,
        "DevActCnt" => call.developers().await?,
        "SiteStats" => call.site().await?,
        _ => call.events().await?,
    };
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    Ok(all)
}

/// The organisations of a project.
async fn orgs(db: &mut PgConnection, app: &App, project: &str) -> Result<Vec<String>, Refused> {
    let is = |name: &str| name.eq_ignore_ascii_case(project);
    if is("all") || is(&app.community) {
        return Ok(Vec::new());
    }
    let known = stats::orgs(db).await?;
    match known.iter().find(|org| is(org)) {
        Some(org) => Ok(vec![org.clone()]),
        None => Err(Refused::Wrong(format!("unknown project '{project}'; it is 'all' or an organisation seen here"))),
    }
}

/// A parameter that must be there, and be a text.
fn text<'a>(payload: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refused> {
    let value = payload.get(name).and_then(Value::as_str);
    value.ok_or_else(|| Refused::Wrong(format!("'payload' has no '{name}', or it is no string")))
}

impl Call<'_, '_> {
    fn filter(&self, metric: &str, window: Window) -> Result<Filter, Refused> {
        let metric = Metric::by_name(metric).ok_or_else(|| Refused::Wrong(format!("unknown metric '{metric}'")))?;
        Ok(Filter { orgs: self.orgs.clone(), ..Filter::new(window, metric) })
    }

    async fn totals(&mut self, metric: &str) -> Result<stats::Totals, Refused> {
        let filter = self.filter(metric, self.span)?;
        Ok(stats::totals(self.db, &filter).await?)
    }

    /// Everything that anybody did, bots too.
    async fn happened(&mut self) -> Result<i64, Refused> {
        let filter = Filter { bots: true, ..self.filter("activity", self.span)? };
        Ok(stats::totals(self.db, &filter).await?.contributions)
    }

    async fn health(&mut self) -> Result<Value, Refused> {
        Ok(json!({ "events": self.happened().await? }))
    }

    /// The repositories of each group asked for, one pair a place.
    async fn repos(&mut self) -> Result<Value, Refused> {
        let known = stats::groups(self.db).await?;
        let asked = self.payload.get("repository_group").and_then(Value::as_array);
        let asked = asked.ok_or_else(|| Refused::Wrong("'repository_group' must be a list of strings".into()))?;
        let mut wanted: Vec<String> = asked.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if wanted == ["All"] {
            wanted = known.iter().cloned().chain([NONE.to_owned()]).collect();
        }
        // Each is a question of its own, however often it is asked.
        let mut seen = HashSet::new();
        wanted.retain(|group| seen.insert(group.to_lowercase()));
        let (mut groups, mut repos) = (Vec::new(), Vec::new());
        for group in wanted {
            for repo in self.repos_of(&group, &known).await? {
                groups.push(group.clone());
                repos.push(repo);
            }
        }
        Ok(json!({ "repo_groups": groups, "repos": repos }))
    }

    async fn repos_of(&mut self, group: &str, known: &[String]) -> Result<Vec<String>, Refused> {
        if group != NONE {
            return self.repos_in(Some(group.to_owned())).await;
        }
        let mut rest = self.repos_in(None).await?;
        for group in known {
            let grouped = self.repos_in(Some(group.clone())).await?;
            rest.retain(|repo| !grouped.contains(repo));
        }
        Ok(rest)
    }

    async fn repos_in(&mut self, group: Option<String>) -> Result<Vec<String>, Refused> {
        let filter = Filter { group, bots: true, ..self.filter("activity", self.span)? };
        let found = stats::repositories(self.db, &filter, ALL).await?;
        let mut names: Vec<_> = found.into_iter().map(|repo| repo.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The busiest first, without those that stand for nobody knowing.
    async fn companies(&mut self) -> Result<Value, Refused> {
        let filter = self.filter("contributions", self.span)?;
        let found = stats::company_counts(self.db, &filter, ALL).await?;
        let names: Vec<_> = found.iter().filter(|it| it.is_company()).map(|it| &it.company).collect();
        Ok(json!({ "companies": names }))
    }

    async fn developers(&mut self) -> Result<Value, Refused> {
        let [range, metric, group, country, login] =
            ["range", "metric", "repository_group", "country", "github_id"].map(|name| text(self.payload, name));
        let (range, metric, group, country, login) = (range?, metric?, group?, country?, login?);
        if country != "All" {
            return Err(Refused::Wrong("nobody's country is known here; 'country' must be 'All'".into()));
        }
        let filter = Filter {
            group: Some(group.to_owned()).filter(|group| group != "All"),
            ..self.filter(metric_of(metric)?, window(range, self.now)?)?
        };
        let mut people = stats::people(self.db, &filter, 1, ALL).await?;
        people.retain(|person| login.is_empty() || person.login.eq_ignore_ascii_case(login));
        Ok(json!({
            "range": range, "metric": metric, "repository_group": group, "country": country, "github_id": login,
            "filter": format!("{} {}", filter.metric.name, filter.window),
            "rank": people.iter().map(|it| it.rank).collect::<Vec<_>>(),
            "login": people.iter().map(|it| &it.login).collect::<Vec<_>>(),
            "number": people.iter().map(|it| it.contributions).collect::<Vec<_>>(),
        }))
    }

    /// Bytes of code and countries nobody has told us: null, not nothing.
    async fn site(&mut self) -> Result<Value, Refused> {
        let contributions = self.totals("contributions").await?;
        let commits = self.totals("commits").await?;
        Ok(json!({
            "contributors": contributions.people, "contributions": contributions.contributions,
            "boc": null, "committers": commits.people, "commits": commits.contributions,
            "events": self.happened().await?, "forkers": self.totals("forks").await?.people,
            "repositories": self.totals("activity").await?.repositories,
            "stargazers": self.totals("stars").await?.people,
            "countries": null, "companies": contributions.companies,
        }))
    }

    /// How much happened in each hour.
    async fn events(&mut self) -> Result<Value, Refused> {
        let (from, to) = (text(self.payload, "from")?, text(self.payload, "to")?);
        let window = Window::parse(from, to)?;
        if window.hours() > MOST_HOURS {
            return Err(Refused::Wrong(format!("at most {MOST_HOURS} hours at once; ask for a shorter range")));
        }
        let filter = Filter { bots: true, ..self.filter("activity", window)? };
        let coverage = filter.coverage(self.db, self.now).await?;
        let points = stats::series(self.db, &filter, Period::Hour, &coverage).await?;
        Ok(json!({
            "from": from, "to": to,
            "timestamps": points.iter().map(|it| stamp(it.start)).collect::<Vec<_>>(),
            "values": points.iter().map(|it| it.contributions).collect::<Vec<_>>(),
        }))
    }
}

/// In no group.
const NONE: &str = "Not specified";

fn metric_of(name: &str) -> Result<&'static str, Refused> {
    let found = METRICS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name));
    found.map(|(_, ours)| *ours).ok_or_else(|| {
        let names: Vec<_> = METRICS.iter().map(|(theirs, _)| *theirs).collect();
        Refused::Wrong(format!("unknown metric '{name}'; known: {}", names.join(", ")))
    })
}

/// `Last week`, or `range:2021-08-20,2021-09-01`.
fn window(range: &str, now: DateTime<Utc>) -> Result<Window, Refused> {
    if let Some((from, to)) = range.strip_prefix("range:").and_then(|ends| ends.split_once(',')) {
        return Ok(Window::parse(from, to)?);
    }
    let from = match range {
        "Last day" => now - Days::new(1),
        "Last week" => now - Days::new(7),
        "Last 10 days" => now - Days::new(10),
        "Last month" => now - Months::new(1),
        "Last quarter" => now - Months::new(3),
        "Last year" => now - Months::new(12),
        "Last decade" => now - Months::new(120),
        _ => {
            let known = "'Last day', 'Last week', 'Last 10 days', 'Last month', 'Last quarter', 'Last year', \
                'Last decade' or 'range:YYYY-MM-DD,YYYY-MM-DD'";
            return Err(Refused::Wrong(format!("unknown range '{range}'; it is {known}")));
        }
    };
    Ok(Window { from, to: now })
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<WindowError> for Refused {
    fn from(error: WindowError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<StatsError> for Refused {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::Db(error) => Self::Failed(error),
            unknown => Self::Wrong(unknown.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use sqlx::PgPool;
    use tower::ServiceExt;

    use super::*;
    use crate::web::fixture;
    use crate::web::router::tests::{site, text};

    async fn ask(site: &axum::Router, body: &str) -> (StatusCode, Value) {
        let request = Request::post("/api/v1").header("content-type", "application/json");
        let response = site.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        (response.status(), serde_json::from_str(&text(response).await).unwrap())
    }

    async fn told(site: &axum::Router, api: &str, more: &str) -> Value {
        let body = format!(r#"{{"api": "{api}", "payload": {{"project": "all"{more}}}}}"#);
        let (status, answer) = ask(site, &body).await;
        assert_eq!(status, StatusCode::OK, "{api}: {answer}");
        answer
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_call_answers_in_its_shape(pool: PgPool) {
        fixture::three_hours(&pool).await;
        sqlx::query(
            "insert into group_repository (name, repository, as_of) values ('SIG', 'engine/core', '2016-01-02')",
        )
        .execute(&pool)
        .await
        .unwrap();
        let site = site(pool);
        let all = json!({ "project": "all", "db_name": "hustings" });
        let with = |more: Value| {
            let mut all = all.clone();
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        assert_eq!(ask(&site, r#"{"api":"ListAPIs"}"#).await.1["apis"].as_array().unwrap().len(), CALLS.len());
        assert_eq!(told(&site, "Health", "").await, with(json!({ "events": 5 })));
        assert_eq!(told(&site, "RepoGroups", r#", "raw": "1""#).await, with(json!({ "repo_groups": ["SIG"] })));
        assert_eq!(told(&site, "Companies", "").await, with(json!({ "companies": ["Analytical Engines"] })));
        for groups in [r#"["All"]"#, r#"["SIG"]"#, r#"["SIG", "Not specified"]"#, r#"["SIG", "sig"]"#] {
            let repos = told(&site, "Repos", &format!(r#", "repository_group": {groups}"#)).await;
            assert_eq!(repos, with(json!({ "repo_groups": ["SIG"], "repos": ["engine/core"] })), "{groups}");
        }
        let range = r#", "range": "range:2016-01-01,2016-01-02", "metric": "PRs""#;
        let rest = r#", "repository_group": "SIG", "country": "All", "github_id": """#;
        let counted = told(&site, "DevActCnt", &(range.replace("PRs", "Contributions") + rest)).await;
        assert_eq!(
            [&counted["rank"], &counted["login"], &counted["number"]],
            [&json!([1, 2]), &json!(["ada", "grace"]), &json!([3, 1])]
        );
        let none = told(&site, "DevActCnt", &(range.to_owned() + rest)).await;
        assert_eq!(none["login"], json!([]));
        let events = told(&site, "Events", r#", "from": "2016-01-01 01:00:00", "to": "2016-01-01 04:00:00""#).await;
        assert_eq!(events["values"], json!([4, 0, 1]));
        assert_eq!(events["timestamps"][0], "2016-01-01T01:00:00Z");
        let stats = told(&site, "SiteStats", "").await;
        assert_eq!([&stats["contributors"], &stats["contributions"], &stats["events"]], [2, 4, 5]);
        assert_eq!(stats.as_object().unwrap().len(), 13);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_cannot_be_answered_is_an_error_in_words(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let developers =
            r#""range":"Last year","metric":"Contributions","repository_group":"All","country":"All","github_id":"""#;
        let wrong = |from: &str, to: &str| {
            let payload = developers.replace(from, to);
            format!(r#"{{"api":"DevActCnt","payload":{{"project":"all",{payload}}}}}"#)
        };
        for (body, words) in [
            (String::new(), "expected {\"api\""),
            ("1".into(), "expected {\"api\""),
            (r#"{"api":"Grafana"}"#.into(), "unknown API 'Grafana'; known: Companies, DevActCnt"),
            (r#"{"api":"Health"}"#.into(), "'payload' has no 'project'"),
            (r#"{"api":"Health","payload":{"project":"nowhere"}}"#.into(), "unknown project 'nowhere'"),
            (wrong("Last year", "Last eon"), "unknown range 'Last eon'"),
            (wrong("Last year", "range:2016,2017"), "is not a time"),
            (wrong("Contributions", "Karma"), "unknown metric 'Karma'; known: Contributions"),
            (wrong(r#""repository_group":"All""#, r#""repository_group":"x""#), "no repository group called x"),
            (wrong(r#""country":"All""#, r#""country":"Poland""#), "nobody's country"),
            (
                r#"{"api":"Events","payload":{"project":"all","from":"2010-01-01","to":"2016-01-01"}}"#.into(),
                "at most 10000 hours",
            ),
        ] {
            let (status, answer) = ask(&site, &body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
            assert!(answer["error"].as_str().unwrap().contains(words), "{body}: {answer}");
        }
    }
}
