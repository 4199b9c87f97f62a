//! Who people work for and which repositories belong together, from files as an
//! operator gives them, before and after anybody was seen.

use std::path::{Path, PathBuf};

use hustings::{
    people,
    stats::{self, Filter, Metric, Window},
};
use sqlx::PgPool;

use crate::harness::{
    archive::{push, read_files, write_hour},
    program::hustings,
    shared::shared,
    tables::{clear, tables},
};

const MIGRATOR: &sqlx::migrate::Migrator = &hustings::MIGRATOR;

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Ada's login goes to somebody else; lovelace is who she was.
fn years(dir: &Path) -> Vec<PathBuf> {
    [
        ("2015-03-01-1", push((5, "Ada"), 1, "2015-03-01T01:00:00Z")),
        ("2015-04-01-1", push((5, "lovelace"), 2, "2015-04-01T01:00:00Z")),
        ("2016-01-01-1", push((7, "ada"), 3, "2016-01-01T01:00:00Z")),
        ("2016-06-01-1", push((8, "eve"), 4, "2016-06-01T01:00:00Z")),
    ]
    .into_iter()
    .map(|(name, line)| write_hour(dir, name, &[line]))
    .collect()
}

async fn said(db: &PgPool) -> Vec<String> {
    let query = "select actor_id || ' ' || company || ' ' || span from affiliation order by 1";
    sqlx::query_scalar(query).fetch_all(db).await.unwrap()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_a_file_says_of_a_login_is_the_same_in_any_order_of_arrival(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let files = years(dir.path());
    let gitdm = file(dir.path(), "a.txt", "ada: ada!x\n\tAcme until 2016-01-01\n\tGlobex\neve: eve!x\n\tIndependent\n");
    let json = file(dir.path(), "a.json", r#"[{"login": "lovelace", "affiliation": "Analytical"}]"#);
    let mut first = None;
    for turn in 0..files.len() {
        clear(&db).await;
        sqlx::raw_sql("truncate affiliation_stated").execute(&db).await.unwrap();
        let mut order = files.clone();
        order.rotate_left(turn);
        if turn % 2 == 1 {
            order.reverse();
        }
        read_files(&db, &order[..turn]).await;
        for file in [&gitdm, &json] {
            let ended = hustings(&db, &["import", "--as-of", "2016-03-01", "affiliations", file]).await;
            assert_eq!(ended.code, 0, "{}", ended.err);
        }
        read_files(&db, &order[turn..]).await;
        let now = (tables(&db).await, said(&db).await);
        assert_eq!(first.get_or_insert_with(|| now.clone()), &now, "turn {turn}");
    }
    // On the day of the file the login was 7's.
    let expected = ["5 Analytical (,)", "7 Acme (,2016-01-01)", "7 Globex [2016-01-01,)", "8 Independent (,)"];
    assert_eq!(said(&db).await, expected);
    let window = Window::parse("2015-01-01", "2017-01-01").unwrap();
    let filter = Filter { company: Some("globex".into()), ..Filter::new(window, Metric::by_name("pushes").unwrap()) };
    let totals = stats::totals(&mut stats::Reader::alone(&mut db.acquire().await.unwrap()), &filter).await.unwrap();
    assert_eq!((totals.contributions, totals.people, totals.companies), (1, 1, 1));
    let all = Filter::new(window, Metric::by_name("pushes").unwrap());
    let totals = stats::totals(&mut stats::Reader::alone(&mut db.acquire().await.unwrap()), &all).await.unwrap();
    assert_eq!(totals.companies, 2, "Independent is no company");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_dry_run_prints_what_would_change_and_changes_nothing(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let text = "ada: ada!example.org\n\tAcme until 2016-01-01\n\tGlobex until someday\n";
    let path = file(dir.path(), "a.txt", text);
    let dry = hustings(&db, &["import", "--dry-run", "affiliations", &path]).await;
    assert_eq!((dry.code, dry.out.as_str()), (0, "+ ada: Acme until 2015-12-31\n"));
    let line = format!("{path}: not used: line 3: \"someday\" is not a day; write 2016-01-31\n");
    assert!(
        dry.err.contains(&line) && dry.err.ends_with("1 rows would be taken, 1 changes, 1 rows not used\n"),
        "{}",
        dry.err
    );
    let count = "select count(*) from affiliation_stated";
    let stated: i64 = sqlx::query_scalar(count).fetch_one(&db).await.unwrap();
    assert_eq!(stated, 0);
    assert_eq!(hustings(&db, &["import", "affiliations", &path]).await.code, 0);
    let again = hustings(&db, &["import", "--dry-run", "affiliations", &path]).await;
    assert_eq!(again.out, "");
    let dump: String =
        sqlx::query_scalar("select string_agg(s::text, ' ') from affiliation_stated s").fetch_one(&db).await.unwrap();
    assert!(!dump.contains("example.org") && !dump.contains("ada!"), "no address is kept: {dump}");
    let bad = hustings(&db, &["import", "affiliations", &file(dir.path(), "b.txt", "nothing\n")]).await;
    assert!(bad.code == 1 && bad.err.contains("b.txt: this is no file of affiliations"), "{}", bad.err);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn merging_and_undoing_it_is_one_command_each(db: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    read_files(&db, &years(dir.path())).await;
    let ended = hustings(&db, &["people", "merge", "eve", "lovelace", "--reason", "she told us"]).await;
    assert_eq!((ended.code, ended.err.as_str()), (0, "@eve (GitHub id 8) is one person with @lovelace\n"));
    let person = async || {
        let mut db = db.acquire().await.unwrap();
        people::store::by_login(&mut db, "eve").await.unwrap().unwrap().person_id
    };
    assert_eq!(person().await, 5);
    assert_eq!(hustings(&db, &["people", "split", "eve", "--reason", "a namesake"]).await.code, 0);
    assert_eq!(person().await, 8);
    let twice = hustings(&db, &["people", "split", "eve", "--reason", "again"]).await;
    assert_eq!((twice.code, twice.err.as_str()), (1, "hustings: the account 8 belongs to nobody else\n"));
    assert_eq!(hustings(&db, &["people", "merge", "nobody", "eve", "--reason", "x"]).await.code, 4);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_files_of_kubernetes_are_read_whole(db: PgPool) {
    let Some(folder) = shared("affiliations") else { return };
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let sigs = hustings(&db, &["import", "groups", &path("sigs.yaml")]).await;
    assert_eq!(sigs.code, 0, "{}", sigs.err);
    // 323 repositories by raw addresses in 26 groups, 7 of them in several, and 4 by addresses of pages.
    let query = "select count(distinct lower(repository)), count(distinct name) from group_repository";
    let (repositories, groups): (i64, i64) = sqlx::query_as(query).fetch_one(&db).await.unwrap();
    assert_eq!((repositories, groups), (327, 26));
    assert!(
        sigs.err.contains("35 groups\n7 in several groups: ") && sigs.err.contains("9 without a repository"),
        "{}",
        sigs.err
    );
    assert!(sigs.err.ends_with(" 0 rows not used\n"), "{}", sigs.err);
    assert_eq!(hustings(&db, &["import", "--dry-run", "groups", &path("sigs.yaml")]).await.out, "");
    for name in ["community-OWNERS_ALIASES", "org-OWNERS_ALIASES"] {
        let owners = hustings(&db, &["import", "owners-aliases", &path(name)]).await;
        assert!(owners.code == 0 && owners.err.contains(" 0 rows not used"), "{}", owners.err);
    }
    let domains = hustings(&db, &["import", "domains", &path("gitdm-2017/cncf-config/domain-map")]).await;
    assert_eq!(domains.code, 0, "{}", domains.err);
    eprintln!("{}", domains.err);
    let google: String =
        sqlx::query_scalar("select company from mail_domain where domain = 'golang.org'").fetch_one(&db).await.unwrap();
    assert_eq!(google, "Google");
}
