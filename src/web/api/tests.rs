//! The interface as a whole, walked by its own document.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Method, Request, Response, StatusCode, header};
use serde_json::Value;
use sqlx::PgPool;
use tower::ServiceExt;

use super::{document, page};
use crate::web::elections::testing::Bench;
use crate::web::error::PROBLEM_JSON;
use crate::web::fixture;
use crate::web::router::tests::{get_from, page, site, text, words};

/// The three hours, and a published election.
async fn everything(pool: &PgPool) -> Bench {
    fixture::three_hours(pool).await;
    let bench = Bench::new(pool);
    let election = bench.open(40).await;
    bench.cast(&election, 1, &[1, 2, 3]).await;
    bench.publish(&election).await;
    bench
}

async fn json(site: &Router, path: &str) -> Value {
    let response = get_from(site, path).await;
    let status = response.status();
    let body = text(response).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

async fn with(site: &Router, path: &str, method: Method, name: HeaderName, value: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path).header(name, value).body(Body::empty()).unwrap();
    site.clone().oneshot(request).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn every_address_of_the_document_answers_as_its_example_says(pool: PgPool) {
    let bench = everything(&pool).await;
    let described: Vec<_> = page::examples().collect();
    assert_eq!(described.len() + 1, document().paths.paths.len(), "all but what DevStats asks");
    for (path, example) in &described {
        let answer = json(&bench.site, example).await;
        let numbers = !path.contains("/elections");
        assert_eq!(answer["coverage"]["percent"] == "66.6 %", numbers, "{example}: {answer}");
        assert_eq!(answer["definition"]["sentence"].is_string(), numbers, "{example}");
    }
}

#[test]
fn every_route_is_in_the_document() {
    let source = include_str!("mod.rs");
    assert_eq!(source.matches(".routes(routes!(").count(), document().paths.paths.len());
    let apart: Vec<_> = source.match_indices(".route(\"/api/v1").collect();
    assert_eq!(apart.len(), 1, "the document itself");
    assert!(!include_str!("../router.rs").contains("route(\"/api/v1"), "routes of the interface stand in its own list");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_document_is_openapi_3_1_and_names_every_metric(pool: PgPool) {
    let served = json(&site(pool), "/api/v1/openapi.json").await;
    assert_eq!(served["openapi"], "3.1.0");
    let parameters = served["paths"]["/api/v1/people"]["get"]["parameters"].as_array().unwrap();
    let metric = parameters.iter().find(|it| it["name"] == "metric").unwrap();
    assert_eq!(metric["schema"]["enum"].as_array().unwrap().len(), crate::stats::Metric::all().len());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_page_has_every_address_and_its_example(pool: PgPool) {
    let shown = page(&site(pool), "/api").await;
    assert_eq!(words(&shown, ".call h2").len(), page::examples().count());
    let example = "curl 'https://vote.example.org/api/v1/facts?login=ada'";
    assert!(words(&shown, ".call pre").contains(&example.to_owned()));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn programs_get_the_numbers_of_the_pages(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool);
    for query in ["", "?bots=1", "?metric=pushes&company=analytical%20engines", "?to=2016-01-01T02:00"] {
        let told = json(&site, &format!("/api/v1/people{query}")).await;
        let shown = json(&site, &format!("/people.json{query}")).await;
        let counted = shown["definition"]["name"].as_str().unwrap();
        let ours: Vec<_> = told["data"].as_array().unwrap().iter().map(|it| (&it["login"], &it["count"])).collect();
        let theirs: Vec<_> =
            shown["people"].as_array().unwrap().iter().map(|it| (&it["login"], &it[counted])).collect();
        assert_eq!(ours, theirs, "{query}");
        for same in ["window", "as_of", "coverage", "definition", "filter"] {
            assert_eq!(told[same], shown[same], "{query}: {same}");
        }
        for (login, count) in ours {
            let login = login.as_str().unwrap();
            let person = json(&site, &format!("/api/v1/people/{login}{query}")).await;
            assert_eq!(person["data"]["count"], *count, "{login}{query}");
        }
    }
    let bots = [json(&site, "/api/v1/totals?bots=false").await, json(&site, "/api/v1/totals?bots=true").await];
    assert_eq!(bots.map(|it| it["data"]["count"].as_i64()), [Some(4), Some(5)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_long_list_is_read_to_its_end_by_its_own_addresses(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool);
    let whole = json(&site, "/api/v1/facts?login=ada").await;
    let (mut path, mut seen) = ("/api/v1/facts?login=ada&limit=1".to_owned(), Vec::new());
    loop {
        let response = get_from(&site, &path).await;
        let link = response.headers().get(header::LINK).map(|it| it.to_str().unwrap().to_owned());
        let answer: Value = serde_json::from_str(&text(response).await).unwrap();
        seen.extend(answer["data"].as_array().unwrap().clone());
        let Some(next) = answer["next"].as_str() else { break assert_eq!(link, None) };
        assert_eq!(link, Some(format!("<{next}>; rel=\"next\"")));
        assert!(next.contains("from=2016-01-01T01:00:00Z&to=2016-01-01T04:00:00Z"), "the window stays: {next}");
        path = next.to_owned();
    }
    assert_eq!(whole["data"], Value::Array(seen));
    let first = json(&site, "/api/v1/people?limit=1").await;
    let other = first["next"].as_str().unwrap().replace("/people?", "/people?metric=activity&");
    for wrong in [&*other, "/api/v1/people?cursor=x", "/api/v1/people?cursor=MSAx"] {
        assert_eq!(get_from(&site, wrong).await.status(), 422, "{wrong}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_an_answer_gets_nothing_again(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool);
    let path = "/api/v1/totals";
    let plain = get_from(&site, path).await;
    let tag = plain.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(plain.headers()[header::CACHE_CONTROL], "public, max-age=30");
    let again = with(&site, path, Method::GET, header::IF_NONE_MATCH, &tag).await;
    assert_eq!((again.status(), again.headers()[header::ETAG].to_str().unwrap()), (StatusCode::NOT_MODIFIED, &*tag));
    assert_eq!(text(again).await, "");
    let other = with(&site, "/api/v1/totals?bots=1", Method::GET, header::IF_NONE_MATCH, &tag).await;
    assert_eq!(other.status(), StatusCode::OK);
    let gzip = with(&site, path, Method::GET, header::ACCEPT_ENCODING, "gzip").await;
    assert_eq!(gzip.headers()[header::CONTENT_ENCODING], "gzip");
    assert_ne!(gzip.headers()[header::ETAG], *tag, "other bytes, another tag");
    let head = with(&site, path, Method::HEAD, header::ACCEPT, "*/*").await;
    assert_eq!(head.headers()[header::ETAG], *tag);
    assert_eq!(text(head).await, "");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn every_refusal_is_a_problem_that_says_what_was_expected(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool);
    for (path, status, words) in [
        ("/api/v1/nowhere", 404, "Nothing is at this address."),
        ("/api/v1/people/nobody", 404, "Nobody called nobody has been seen here."),
        ("/api/v1/people?metric=", 422, "metric: It has no value; leave it out."),
        ("/api/v1/facts", 422, "login: Say whose: a login."),
        ("/api/v1/elections/none", 404, "There is no election at this address."),
        ("/api/v1/people?metric=commit", 422, "there are contributions, activity, pushes,"),
        ("/api/v1/people?limit=1001", 422, "limit: A whole number from 1 to 1,000 is expected."),
        ("/api/v1/people?bots=perhaps", 422, "bots: Write true"),
        ("/api/v1/people?compnay=x", 422, "what can is from, to, metric, org, repo, group, company, bots, min,"),
        ("/api/v1/elections?limit=1", 422, "Nothing can be asked for"),
        ("/api/v1/people?from=2016&from=2017", 422, "from: It is given twice."),
        ("/api/v1/series?by=fortnight", 422, "by: Choose hour, day, week, month, quarter or year."),
        ("/api/v1/totals?org=nowhere", 422, "org: No organisation called nowhere has been seen"),
    ] {
        let response = get_from(&site, path).await;
        assert_eq!(response.status(), status, "{path}");
        refused(response, words).await;
    }
    let post = with(&site, "/api/v1/people", Method::POST, header::ACCEPT, "*/*").await;
    assert_eq!(
        (post.status(), &post.headers()[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET,HEAD".parse().unwrap())
    );
    refused(post, "does not take that kind of request").await;
    let html = with(&site, "/api/v1/people", Method::GET, header::ACCEPT, "text/html").await;
    assert_eq!(html.status(), StatusCode::NOT_ACCEPTABLE);
    refused(html, "application/json").await;
}

async fn refused(response: Response<Body>, words: &str) {
    assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    let status = response.status().as_u16();
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn any_page_may_read_the_answers_and_no_other_address(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool);
    let allowed = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    for path in ["/api/v1/totals", "/api/v1/openapi.json", "/api/v1/nowhere"] {
        assert_eq!(get_from(&site, path).await.headers()[&allowed], "*", "{path}");
    }
    for path in ["/", "/people.json", "/api", "/api/v10", "/elections"] {
        assert!(!get_from(&site, path).await.headers().contains_key(&allowed), "{path}");
    }
    let post = with(&site, "/api/v1/totals", Method::POST, header::ORIGIN, "https://evil.example").await;
    assert!(!post.headers().contains_key(&allowed));
    assert!(!post.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_opted_out_stays_out(pool: PgPool) {
    fixture::three_hours(&pool).await;
    let site = site(pool.clone());
    let before = json(&site, "/api/v1/people").await;
    assert_eq!(before["data"][0]["login"], "ada");
    let mut db = pool.acquire().await.unwrap();
    crate::people::store::opt_out(&mut db, 1, crate::web::router::tests::now()).await.unwrap();
    assert_eq!(json(&site, "/api/v1/people").await["data"][0]["login"], "grace");
    for path in ["/api/v1/people/ada", "/api/v1/people/lovelace", "/api/v1/facts?login=ada"] {
        assert_eq!(get_from(&site, path).await.status(), 404, "{path}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_election_tells_programs_no_more_than_everybody(pool: PgPool) {
    let bench = Bench::new(&pool);
    let draft = crate::web::elections::testing::make(&pool, "draft").await;
    let cookie = crate::web::elections::testing::signed_in(&pool).await;
    let as_officer = |path: &'static str| with(&bench.site, path, Method::GET, header::COOKIE, &cookie);
    assert_eq!(as_officer("/elections/board").await.status(), 200);
    assert_eq!(as_officer("/api/v1/elections/board").await.status(), 404, "not even an officer by their cookie");
    assert_eq!(json(&bench.site, "/api/v1/elections").await["data"], Value::Array(Vec::new()));
    let mut db = pool.acquire().await.unwrap();
    let operator = crate::auth::Officer::operator();
    crate::election::life::announce(&mut db, &operator, draft.election_id, bench.app.clock.now()).await.unwrap();
    let election = bench.freeze(&draft, 60).await;
    let before = text(get_from(&bench.site, "/api/v1/elections/board").await).await;
    for voter in 1..=24 {
        bench.cast(&election, voter, &[1, 2, 3]).await;
    }
    assert_eq!(text(get_from(&bench.site, "/api/v1/elections/board").await).await, before, "a cast changes nothing");
    bench.cast(&election, 25, &[1, 2, 3]).await;
    let stepped = json(&bench.site, "/api/v1/elections/board").await;
    assert_eq!(stepped["turnout"], serde_json::json!({ "is": "at_least", "number": 25 }));
    assert_eq!(get_from(&bench.site, "/api/v1/elections/board/result").await.status(), 404);
    bench.publish(&election).await;
    assert_eq!(json(&bench.site, "/api/v1/elections/board/result").await["ballots"], 25);
}
