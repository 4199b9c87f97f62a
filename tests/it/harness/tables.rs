//! What the sources have left in the database, to be compared and to be cleared.

use sqlx::PgPool;

/// Everything that must not depend on the order of arrival, as text.
pub async fn tables(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select t from (
             select 'fact ' || (kind, key_a, key_b, at, actor_id, repo_id, number, sources)::text as t from fact
             union all select 'day ' || a::text from activity_day a
             union all select 'actor ' || a::text from actor a
             union all select 'login ' || a::text from actor_login a
             union all select 'repo ' || r::text from repo r
             union all select 'name ' || r::text from repo_name r
             union all select 'org ' || o::text from org o
             union all select 'member ' || m::text from org_member m
             union all select 'works ' || a::text from affiliation a
             union all select 'hour ' || (hour, scope, status, sha256, lines, events, ids, same_fact, actors, repos, behind)::text
                       from archive_hour
             union all select 'hours ' || d::text from archive_day d
             union all select 'type ' || h::text from archive_hour_type h
             union all select 'bot ' || b::text from bot_account b
             union all select 'bad ' || q::text from quarantine q
             union all select 'unknown ' || u::text from unknown_event u
             union all select 'unread ' || (source, place, reason, body)::text from unread
             union all select 'absent ' || (repo_id, number, reason)::text from absent_number
             union all select 'delivery ' || (delivery_id, event, action, body, state)::text from webhook_delivery
             union all select 'address ' || d::text from git_address d
             union all select 'author ' || g::text from git_author g
             union all select 'mailmap ' || m::text from git_mailmap m
             union all select 'reading ' || (repo_id, digest, head, head_at, tips, commits, merges, bad_commits, first_at, last_at,
                                             shallow, since, reader)::text from git_reading
             union all select 'bad commit ' || q::text from git_quarantine q) all_tables
         order by t collate \"C\"",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// Forgets whatever a source has said; what files and officers say stays.
pub async fn clear(db: &PgPool) {
    sqlx::raw_sql(
        "truncate fact, activity_day, actor, actor_login, repo, repo_name, org, org_member, bot_account, affiliation,
                  archive_hour, archive_day, archive_hour_type, quarantine, unknown_event,
                  api_cursor, api_pacing, absent_number, unread, webhook_delivery,
                  git_address, git_author, git_mailmap, git_reading, git_quarantine",
    )
    .execute(db)
    .await
    .unwrap();
}
