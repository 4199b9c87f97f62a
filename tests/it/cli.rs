//! The commands as an operator calls them: what they say when something is wrong,
//! and the exit code a script can tell it by.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use sqlx::PgPool;

use crate::harness::{
    self,
    archive::{push, write_hour},
    program::{hustings, hustings_reads},
    shared::shared,
};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_folder_with_no_hours_says_what_was_expected(pool: PgPool) {
    let empty = tempfile::tempdir().unwrap();
    let ended = hustings(&pool, &["ingest", "archive", path(empty.path())]).await;
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert!(ended.err.contains(path(empty.path())) && ended.err.contains(".json.gz"), "{}", ended.err);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_truncated_hour_is_named_and_the_command_fails(pool: PgPool) {
    let Some(hour) = shared("gharchive/2015-01-01-0.json.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(hour).unwrap();
    fs::write(dir.path().join("2015-01-01-0.json.gz"), &whole[..whole.len() / 2]).unwrap();
    let ended = hustings(&pool, &["ingest", "archive", path(dir.path())]).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.contains("2015-01-01-0"), "{}", ended.err);
    let facts: i64 = sqlx::query_scalar("select count(*) from fact").fetch_one(&pool).await.unwrap();
    assert_eq!(facts, 0);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn ranked_people_are_printed_with_their_coverage(pool: PgPool) {
    let Some(hour) = shared("gharchive/2016-01-01-1.json.gz") else { return };
    assert_eq!(hustings(&pool, &["ingest", "archive", path(&hour)]).await.code, 0);
    let window = ["--from", "2016-01-01T01", "--to", "2016-01-01T03"];
    let args = [&["stats", "activity", "--metric", "contributions", "--min", "50", "--json"], &window[..]].concat();
    let ended = hustings(&pool, &args).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    let answer: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert!(answer["people"].as_array().unwrap().iter().all(|p| p["count"].as_i64().unwrap() >= 50));
    let coverage = &answer["coverage"];
    assert_eq!((&coverage["done_hours"], &coverage["expected_hours"]), (&1.into(), &2.into()), "{coverage}");

    let unknown =
        hustings(&pool, &[&["stats", "activity", "--org", "nobody-has-seen-this"], &window[..]].concat()).await;
    assert_eq!(unknown.code, 4, "{}", unknown.err);
    assert!(unknown.err.contains("nobody-has-seen-this"), "{}", unknown.err);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_rule_with_an_unknown_key_is_refused_with_its_line(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("election.toml");
    let text = "slug = \"s\"\ntitle = \"T\"\norganisation = \"O\"\nseats = 1\nblank = \"last\"\n[dates]\nopens = \"2030-01-01 00:00 UTC\"\n\
                closes = \"2030-02-01 00:00 UTC\"\n[eligibility]\nfrom = \"2029-01-01\"\nto = \"2030-01-01\"\nminimun = 50\n";
    fs::write(&file, text).unwrap();
    let ended = hustings(&pool, &["election", "create", path(&file)]).await;
    assert_eq!(ended.code, 1);
    for expected in ["election.toml", "line 12", "minimun", "expected one of", "minimum"] {
        assert!(ended.err.contains(expected), "{expected} is not in:\n{}", ended.err);
    }
    assert_eq!(hustings(&pool, &["election", "list"]).await.out, "", "nothing is half-done");
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_election_that_is_not_there_exits_with_4_and_an_open_one_with_75(pool: PgPool) {
    let missing = hustings(&pool, &["tally", "nowhere"]).await;
    assert_eq!(missing.code, 4);
    assert!(missing.err.contains("hustings election list"), "{}", missing.err);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("election.toml");
    let text = "slug = \"open-poll\"\ntitle = \"T\"\norganisation = \"O\"\nseats = 1\nblank = \"last\"\n[dates]\nopens = \"2020-01-01 00:00 UTC\"\n\
                closes = \"2920-02-01 00:00 UTC\"\n[[candidates]]\nname = \"Ada\"\n[[candidates]]\nname = \"Ben\"\n";
    fs::write(&file, text).unwrap();
    assert_eq!(hustings(&pool, &["election", "create", path(&file), "--announce"]).await.code, 0);
    let unfrozen = hustings(&pool, &["election", "freeze", "open-poll"]).await;
    assert_eq!(unfrozen.code, 1);
    assert!(unfrozen.err.contains("build or import the roll"), "{}", unfrozen.err);

    let roll = dir.path().join("roll.csv");
    fs::write(&roll, "github_id,login,email\n1,ada,ada@example.org\n").unwrap();
    assert_eq!(hustings(&pool, &["roll", "import", "open-poll", path(&roll)]).await.code, 0);
    assert_eq!(hustings(&pool, &["election", "freeze", "open-poll"]).await.code, 0);
    let early = hustings(&pool, &["tally", "open-poll"]).await;
    assert_eq!(early.code, 75);
    assert!(early.err.contains("open until 1 February 2920"), "{}", early.err);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_officer_is_added_by_number_and_the_password_comes_from_standard_input(pool: PgPool) {
    sqlx::query("insert into actor values (7, 7, 'ada', false)").execute(&pool).await.unwrap();
    let add = |id: &'static str| {
        let url = harness::url(&pool);
        move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hustings"));
            command.args(["officer", "add", "--github-id", id, "--employer", "Independent"]);
            command.env("DATABASE_URL", url).env("HUSTINGS_KEY_DIR", std::env::temp_dir().join("hustings-test-keys"));
            let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
            let output = child.wait_with_output().unwrap();
            (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
        }
    };
    let (code, said) = tokio::task::spawn_blocking(add("7")).await.unwrap();
    assert_eq!(code, 0, "{said}");
    assert_eq!(hustings(&pool, &["officer", "list"]).await.out, "ada\t7\tIndependent\n");
    let (code, said) = tokio::task::spawn_blocking(add("8")).await.unwrap();
    assert_eq!(code, 1);
    assert!(said.contains("add --login"), "{said}");
}

#[test]
fn without_arguments_it_prints_what_it_can_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_hustings")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    for command in ["demo", "ingest", "stats", "election", "roll", "tally", "recount"] {
        assert!(text.contains(&format!("  {command} ")), "{command} is not in:\n{text}");
    }
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn events_come_through_a_pipe_and_their_hours_are_partial(pool: PgPool) {
    let events = [
        push((5, "ada"), 1, "2016-01-01T01:10:00Z"),
        push((5, "ada"), 2, "2016-01-01T02:10:00Z"),
        "nonsense".to_owned(),
    ];
    let ended = hustings_reads(&pool, &["ingest", "archive", "-"], events.join("\n").into_bytes()).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("2 hours read") && ended.err.contains("1 line set aside"), "{}", ended.err);
    let coverage = hustings(&pool, &["coverage", "--from", "2016-01-01T01", "--to", "2016-01-01T03", "--json"]).await;
    assert!(coverage.out.contains("\"done_hours\": 0"), "{}", coverage.out);
    let empty = hustings_reads(&pool, &["ingest", "archive", "-"], Vec::new()).await;
    assert_eq!(empty.code, 1);
    assert!(empty.err.contains("no line of what is piped is an event"), "{}", empty.err);
    let statuses: Vec<String> =
        sqlx::query_scalar("select status from archive_hour order by hour").fetch_all(&pool).await.unwrap();
    assert_eq!(statuses, ["partial", "partial"]);
    let dir = tempfile::tempdir().unwrap();
    write_hour(dir.path(), "2016-01-01-1", &events[..1]);
    assert_eq!(hustings(&pool, &["ingest", "archive", path(dir.path())]).await.code, 0);
    // A part that comes later is no news for the ledger.
    hustings_reads(&pool, &["ingest", "archive", "-"], events.join("\n").into_bytes()).await;
    let coverage = hustings(&pool, &["coverage", "--from", "2016-01-01T01", "--to", "2016-01-01T03", "--json"]).await;
    assert!(coverage.out.contains("\"done_hours\": 1"), "{}", coverage.out);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn an_officers_word_beats_the_patterns_and_opting_out_hides_but_counts(pool: PgPool) {
    let dir = tempfile::tempdir().unwrap();
    let at = "2016-01-01T01:10:00Z";
    write_hour(
        dir.path(),
        "2016-01-01-1",
        &[push((5, "k8s-ada"), 1, at), push((6, "eve"), 2, at), push((6, "eve"), 3, at)],
    );
    assert_eq!(hustings(&pool, &["ingest", "archive", path(dir.path())]).await.code, 0);
    let people = async || {
        let window = ["stats", "activity", "--from", "2016-01-01", "--to", "2016-01-02", "--json"];
        let answer: serde_json::Value = serde_json::from_str(&hustings(&pool, &window).await.out).unwrap();
        let people = answer["people"].as_array().unwrap();
        people.iter().map(|person| person["login"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(people().await, ["eve"]);
    let set = hustings(&pool, &["bots", "set", "K8S-Ada", "--human", "--reason", "met her"]).await;
    assert_eq!(set.err, "@K8S-Ada (GitHub id 5) is a human being; 1 marks changed\n");
    assert_eq!(people().await, ["eve", "k8s-ada"]);
    assert!(hustings(&pool, &["bots", "list"]).await.out.contains("@k8s-ada (5) is a human being: met her"));
    assert_eq!(hustings(&pool, &["bots", "unset", "k8s-ada"]).await.code, 0);
    assert_eq!(hustings(&pool, &["people", "opt-out", "Eve"]).await.code, 0);
    assert!(people().await.is_empty());
    let counted: i64 = sqlx::query_scalar("select sum(n)::bigint from activity_day").fetch_one(&pool).await.unwrap();
    assert_eq!(counted, 3);
    assert_eq!(hustings(&pool, &["people", "opt-in", "eve"]).await.code, 0);
    assert_eq!(people().await, ["eve"]);
    for unknown in [["people", "opt-out", "bob"], ["bots", "unset", "bob"]] {
        assert_eq!(hustings(&pool, &unknown).await.code, 4);
    }
}
