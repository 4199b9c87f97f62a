//! Every route, and what is around all of them.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{
    Router,
    routing::{get, post},
};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::web::elections::{self, manage, manage::steps};
use crate::web::{
    WebState, api, assets, badges, ballot, companies, compare, csrf, dashboard, data, definitions, demo, error, flows,
    groups, headers, health, hooks, metrics, nominations, officer, overview, people, repositories, request, search,
    session, sign_in, vote,
};

/// Largest body of a request; a ballot or a nomination is far smaller.
const MOST_BYTES: usize = 64 * 1024;

/// Largest roll an officer may paste: some 30,000 people.
const MOST_ROLL: usize = 4 * 1024 * 1024;

/// Longest a page may take.
const MOST_TIME: Duration = Duration::from_secs(30);

/// Every dashboard; each has several addresses.
pub const DASHBOARDS: &[fn() -> dashboard::Routes] = &[
    dashboard::routes::<overview::Overview>,
    dashboard::routes::<people::list::People>,
    dashboard::routes::<repositories::Repositories>,
    dashboard::routes::<companies::Companies>,
    dashboard::routes::<flows::Flow<flows::PullRequests>>,
    dashboard::routes::<flows::Flow<flows::Issues>>,
    dashboard::routes::<flows::Flow<flows::Reviews>>,
    dashboard::routes::<flows::Flow<flows::Contributors>>,
    dashboard::routes::<compare::Compare>,
    dashboard::routes::<data::Data>,
];

/// The whole site.
pub fn router(app: App) -> Router {
    let state = WebState { app };
    wrap(routes(), &state).with_state(state)
}

fn routes() -> Router<WebState> {
    let dashboards = DASHBOARDS.iter().flat_map(|routes| routes());
    dashboards
        .fold(Router::new(), |router, (path, answer)| router.route(&path, answer))
        // About one person or one hour, and names
        .route("/people/{login}", get(people::person::show))
        .route("/people/{login}/affiliation", get(people::affiliation::show).post(people::affiliation::submit))
        .route("/groups", get(groups::show))
        .route("/data/{hour}", get(data::hour::show))
        .route("/definitions", get(definitions::show))
        .route("/search", get(search::show))
        // Elections
        .route("/elections", get(elections::list))
        .route("/elections.atom", get(elections::feed::show))
        .route("/elections/{slug}", get(elections::show::show))
        .route("/elections/{slug}/definition.json", get(elections::data::definition))
        .route("/elections/{slug}/roll.lock", get(elections::data::roll_lock))
        .route("/elections/{slug}/candidates/{id}", get(elections::candidates::show))
        .route("/elections/{slug}/nominate", get(elections::nominate::show).post(elections::nominate::submit))
        .route("/elections/{slug}/nominate/thanks", get(elections::nominate::thanks))
        .route("/nominations/{token}", get(nominations::show).post(nominations::submit))
        .route("/elections/{slug}/receipt", get(elections::receipt::show))
        .route("/elections/{slug}/results", get(elections::results::show))
        .route("/elections/{slug}/results.json", get(elections::results::json))
        .route("/elections/{slug}/results.csv", get(elections::results::csv))
        // Officers
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/officer", get(officer::show))
        .route("/officer/claims", get(officer::claims::show).post(officer::claims::submit))
        .route("/officer/people", get(officer::people::show).post(officer::people::submit))
        .route("/officer/bots", get(officer::bots::show).post(officer::bots::submit))
        .route("/elections/new", get(elections::new::show).post(elections::new::submit))
        .route("/elections/{slug}/manage", get(manage::show))
        .route("/elections/{slug}/manage/announce", post(steps::announce))
        .route("/elections/{slug}/manage/roll", post(steps::build_roll))
        .route("/elections/{slug}/manage/import-roll", post(steps::import_roll).layer(DefaultBodyLimit::max(MOST_ROLL)))
        .route(
            "/elections/{slug}/manage/import-addresses",
            post(steps::import_addresses).layer(DefaultBodyLimit::max(MOST_ROLL)),
        )
        .route("/elections/{slug}/manage/freeze", post(steps::freeze))
        .route("/elections/{slug}/manage/remind", post(steps::remind))
        .route("/elections/{slug}/manage/close", post(steps::close))
        .route("/elections/{slug}/manage/certify", post(steps::certify))
        .route("/elections/{slug}/manage/publish", post(steps::publish))
        // The voter's pages
        .route("/vote/{token}", get(vote::show))
        .route("/ballot", get(ballot::show))
        .route("/ballot/edit", post(ballot::edit))
        .route("/ballot/review", post(ballot::review::submit))
        .route("/ballot/cast", post(ballot::cast::submit))
        .route("/ballot/counted", get(ballot::counted::show))
        // The demonstration's postbox; not there when mail is really sent
        .route("/demo/mails", get(demo::mails))
        .route("/demo/mails/{number}", get(demo::mail))
        // For programs, with its own list
        .merge(api::routes())
        .route("/badges/{file}", get(badges::show))
        // Deliveries
        .route(hooks::GITHUB, post(hooks::github).layer(DefaultBodyLimit::max(hooks::MOST_BYTES)))
        // Machinery
        .route("/static/{hash}/{name}", get(assets::show))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}

/// Innermost first: a refusal by any layer passes those below it in this list.
fn wrap(routes: Router<WebState>, state: &WebState) -> Router<WebState> {
    routes
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(state.clone(), csrf::same_origin))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, MOST_TIME))
        .layer(from_fn_with_state(state.clone(), error::pages))
        .layer(from_fn_with_state(state.clone(), session::remember))
        .layer(from_fn_with_state(state.clone(), headers::set))
        .layer(CompressionLayer::new().compress_when(headers::CompressShared))
        .layer(from_fn(request::trace))
}

#[cfg(test)]
pub mod tests {
    use axum::body::Body;
    use axum::http::{Request, Response, header};
    use chrono::{DateTime, TimeZone, Utc};
    use scraper::{Html, Selector};
    use sqlx::PgPool;
    use tower::ServiceExt;

    use super::*;
    use crate::clock::Clock;

    /// The site on a test's database, at noon of 1 October 2026.
    pub(crate) fn site(pool: PgPool) -> Router {
        router(App::for_test(pool, Clock::fixed(now())))
    }

    pub(crate) fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, 1, 12, 0, 0).unwrap()
    }

    pub(crate) async fn get_from(site: &Router, path: &str) -> Response<Body> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        site.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn text(response: Response<Body>) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// A page of the site, parsed.
    pub(crate) async fn page(site: &Router, path: &str) -> Html {
        Html::parse_document(&text(get_from(site, path).await).await)
    }

    /// The words of everything a selector finds, blanks folded.
    pub(crate) fn words(page: &Html, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector)
            .map(|e| e.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_response_carries_the_headers(pool: PgPool) {
        let site = site(pool);
        for path in ["/livez", "/nowhere", "/vote/x", crate::web::assets::url("hustings.css")] {
            let response = get_from(&site, path).await;
            let headers = response.headers();
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], headers::CSP, "{path}");
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert!(headers.contains_key(header::CACHE_CONTROL) && headers.contains_key("x-request-id"));
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn badges_and_nothing_else_may_be_embedded(pool: PgPool) {
        crate::web::fixture::three_hours(&pool).await;
        let site = site(pool);
        let framing = |response: &Response<Body>| {
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            (policy.contains("frame-ancestors 'none'"), policy.contains("frame-ancestors *"))
        };
        let others =
            ["/elections.atom", "/api/v1/totals", "/api", "/badges/nothing.svg", "/badges", "/ballot", "/vote/x"];
        let dashboards: Vec<_> = DASHBOARDS.iter().flat_map(|routes| routes()).map(|(path, _)| path).collect();
        for path in dashboards.iter().map(String::as_str).chain(crate::web::urls::KNOWN.iter().copied()).chain(others) {
            let response = get_from(&site, path).await;
            assert_eq!(framing(&response), (true, false), "{path}");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin", "{path}");
        }
        for path in ["/badges/stars.svg", "/badges/stars.json"] {
            let response = get_from(&site, path).await;
            assert_eq!(framing(&response), (false, true), "{path}");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin");
            assert!(!response.headers().contains_key(header::X_FRAME_OPTIONS));
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_personal_page_is_neither_stored_nor_compressed(pool: PgPool) {
        let site = site(pool);
        for (path, cookie) in [("/vote/x", ""), ("/people", "__Host-session=x"), ("/officer", "")] {
            let request = Request::get(path).header(header::ACCEPT_ENCODING, "gzip").header(header::COOKIE, cookie);
            let response = site.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_file_is_kept_for_a_year_under_its_own_hash_only(pool: PgPool) {
        let site = site(pool);
        let fresh = get_from(&site, crate::web::assets::url("hustings.css")).await;
        assert_eq!(fresh.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let old = get_from(&site, "/static/000000000000/hustings.css").await;
        assert_eq!(old.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_mistyped_address_offers_the_nearest_page(pool: PgPool) {
        let site = site(pool);
        assert_eq!(get_from(&site, "/poeple").await.status(), StatusCode::NOT_FOUND);
        let page = page(&site, "/poeple").await;
        assert_eq!(words(&page, "h1"), ["Not found"]);
        assert_eq!(words(&page, "main a[href='/people']"), ["/people"]);
        assert_eq!(words(&page, ".request-id code")[0].len(), 16);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_form_from_another_site_is_refused_with_a_page(pool: PgPool) {
        let request = Request::post("/livez").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
        let response = site(pool).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let page = Html::parse_document(&text(response).await);
        assert_eq!(words(&page, "h1"), ["Not allowed"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_bare_page_has_neither_search_nor_sign_in(pool: PgPool) {
        let site = site(pool);
        let bare = page(&site, "/vote/nobody").await;
        assert!(words(&bare, "input[type=search], a[href='/sign-in']").is_empty());
        let full = page(&site, "/nowhere").await;
        assert!(!words(&full, "input[type=search]").is_empty());
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn data_addresses_get_their_errors_as_data(pool: PgPool) {
        let response = get_from(&site(pool), "/nowhere.json").await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_number_says_of_when_it_is_and_how_complete(pool: PgPool) {
        crate::web::fixture::three_hours(&pool).await;
        let site = site(pool);
        let others = ["/people/{login}", "/data/{hour}", "/definitions"].map(str::to_owned);
        let paths: Vec<_> = DASHBOARDS.iter().flat_map(|routes| routes()).map(|(path, _)| path).chain(others).collect();
        assert!(paths.len() > 30, "{paths:?}");
        for path in paths {
            let path = path.replace("{login}", "ada").replace("{hour}", "2016-01-01T02");
            let response = get_from(&site, &path).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let said = if let Some(as_of) = response.headers().get("hustings-as-of") {
                assert_eq!(as_of, "2016-01-01T04:00:00Z", "{path}");
                response.headers()["hustings-coverage"].to_str().unwrap().to_owned()
            } else {
                let page = Html::parse_document(&text(response).await);
                let foot = words(&page, ".foot").join(" ");
                assert!(foot.contains("As of 1 January 2016, 04:00 UTC"), "{path}: {foot}");
                foot
            };
            assert!(said.contains("66.6 %") || path.ends_with("T02") && said.contains("0.0 %"), "{path}: {said}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_clock_far_from_the_database_s_is_not_ready(pool: PgPool) {
        let far = site(pool.clone());
        assert_eq!(get_from(&far, "/readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let app = App::for_test(pool, Clock::system());
        assert_eq!(get_from(&router(app), "/readyz").await.status(), StatusCode::OK);
    }
}
