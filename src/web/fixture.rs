//! A little data for the tests of pages.

use sqlx::PgPool;

/// Hours 1 and 3 of 2016, hour 2 lost: ada pushed twice and opened an issue, grace
/// commented once, a bot pushed once.
pub(crate) async fn three_hours(pool: &PgPool) {
    let statements = [
        "insert into actor values (1, 1, 'ada', false), (2, 2, 'grace', false), (3, 3, 'ci-bot', true)",
        "insert into actor_login values (1, 'ada', '2016-01-01', '2016-01-01'), (1, 'lovelace', '2015-01-01', '2015-01-01'),
            (2, 'grace', '2016-01-01', '2016-01-01'), (3, 'ci-bot', '2016-01-01', '2016-01-01')",
        "insert into affiliation_stated (actor_id, company, span, as_of) values (1, 'Analytical Engines', '[2015-01-01,)', '2016-01-01')",
        "insert into affiliation (actor_id, company, span) select actor_id, company, span from affiliation_stated",
        "insert into repo values (10, 'engine/core', null)",
        "insert into repo_name values (10, 'engine/core', null, '2016-01-01', '2016-01-01')",
        "insert into fact (kind, key_a, key_b, at, actor_id, repo_id, number, sources, seen_at) values
            (1, 101, 10, '2016-01-01 01:10Z', 1, 10, null, 1, '2016-01-02'),
            (1, 102, 10, '2016-01-01 01:20Z', 1, 10, null, 1, '2016-01-02'),
            (3, 10, 7, '2016-01-01 03:30Z', 1, 10, 7, 1, '2016-01-02'),
            (7, 900, 0, '2016-01-01 01:40Z', 2, 10, 7, 1, '2016-01-02'),
            (1, 103, 10, '2016-01-01 01:50Z', 3, 10, null, 1, '2016-01-02')",
        "insert into activity_day select (at at time zone 'UTC')::date, actor_id, repo_id, kind, count(*) from fact group by 1, 2, 3, 4",
        "insert into archive_hour (hour, scope, status, problem, sha256, lines, events, bad_lines, same_fact, read_at) values
            ('2016-01-01 01:00Z', '*', 'done', null, '\\x00', 5, 5, 1, 1, '2016-01-02'),
            ('2016-01-01 02:00Z', '*', 'failed', 'the file ends in the middle', null, 0, 0, 0, 0, '2016-01-02'),
            ('2016-01-01 03:00Z', '*', 'done', null, '\\x00', 1, 1, 0, 0, '2016-01-02')",
        "insert into archive_day values ('2016-01-01', '*', array_fill(null::integer, '{1}') || '{5, null, 1}' || array_fill(null::integer, '{20}'))",
        "insert into archive_hour_type values ('2016-01-01 01:00Z', '*', 'PushEvent', 4)",
        "insert into quarantine values ('2016-01-01 01:00Z', '*', 3, 'not JSON', '<b>oops')",
    ];
    for statement in statements {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}
