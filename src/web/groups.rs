//! `/groups`: which repositories and which people belong together, and since when
//! that is known.

use askama::Template;

use crate::people::store::{PeopleGroup, people_groups};
use crate::stats::{Group, group_list, in_several_groups};
use crate::web::html::{self, filters};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, urls};

#[derive(Debug, Template)]
#[template(path = "groups.html")]
pub struct GroupsPage {
    layout: Layout,
    groups: Vec<Group>,
    /// Repositories in more than one group.
    several: i64,
    people: Vec<PeopleGroup>,
}

/// The people who work in a group.
fn overview_url(group: &Group) -> String {
    urls::with_query("/", [("group", group.name.as_str())])
}

/// The repositories of a group.
fn repositories_url(group: &Group) -> String {
    urls::with_query("/repositories", [("group", group.name.as_str())])
}

/// The page.
pub async fn show(layout: Layout, mut snapshot: Snapshot) -> Result<Page<GroupsPage>, WebError> {
    let db = snapshot.db();
    let (groups, several) = (group_list(db).await?, in_several_groups(db).await?);
    Ok(Page(GroupsPage { layout, groups, several, people: people_groups(db).await? }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::people::owners;
    use crate::stats::groups;
    use crate::web::fixture;
    use crate::web::router::tests::{page, site, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn groups_are_listed_with_what_they_may_add_up_to(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool.clone());
        assert_eq!(words(&page(&site, "/groups").await, ".empty h2"), ["No group yet"]);
        let mut db = pool.acquire().await.unwrap();
        let day = "2016-06-01".parse().unwrap();
        groups::import(&mut db, "group,repository\nx,engine/core\ny,engine/core\ny,no/where\n", day).await.unwrap();
        owners::import(&mut db, "aliases:\n  leads: [ada, eve]\n", day).await.unwrap();
        let shown = page(&site, "/groups").await;
        assert_eq!(words(&shown, "#groups tbody td"), ["x", "1", "1", "2016-06-01", "y", "2", "1", "2016-06-01"]);
        assert!(words(&shown, "#whole")[0].starts_with("1 repository is in several groups"));
        assert_eq!(words(&shown, "#owners tbody td"), ["leads", "ada eve", "2016-06-01"]);
        let counted = page(&site, "/repositories?group=Y").await;
        assert_eq!(words(&counted, "tbody tr").len(), 1);
        assert!(words(&counted, ".foot")[0].contains("A repository may be in several groups"));
    }
}
