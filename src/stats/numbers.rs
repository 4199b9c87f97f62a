//! Issues and pull requests that nobody has told us about. A repository gives
//! both their numbers from one row without holes, so a number between two others
//! is a lost fact, or was deleted.

use sqlx::PgConnection;

use super::{Page, StatsError, Window, filter, store};

/// Most ranges named of one repository.
const MOST_RANGES: i64 = 100;

/// The numbers of one repository that were given in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    pub repo_id: i64,
    pub name: String,
    /// The smallest that was opened in the window, and the largest that was seen in it.
    pub first: i32,
    pub last: i32,
    /// Of those between them: the ones whose opening we do not have.
    pub missing: i64,
    /// The ones that GitHub says are gone.
    pub absent: i64,
    /// The missing ones, both ends included; the first so many.
    pub ranges: Vec<(i32, i32)>,
}

impl Numbers {
    /// How many there should be.
    pub fn expected(&self) -> i64 {
        i64::from(self.last) - i64::from(self.first) + 1 - self.absent
    }

    /// "3, 7 to 9, and 12 more", with at most so many ranges.
    pub fn named(&self, most: usize) -> String {
        let range = |(from, to): &(i32, i32)| if from == to { from.to_string() } else { format!("{from} to {to}") };
        let mut names: Vec<_> = self.ranges.iter().take(most).map(range).collect();
        let told: i64 = self.ranges.iter().take(most).map(|(from, to)| i64::from(to - from) + 1).sum();
        if told < self.missing {
            names.push(format!("and {} more", self.missing - told));
        }
        names.join(", ")
    }
}

/// The repositories of which numbers are missing, most first. Of the organisations
/// and repositories that are named; without any, of all there are.
pub async fn missing_numbers(
    db: &mut PgConnection,
    (orgs, repos): (&[String], &[String]),
    window: Window,
    page: Page,
) -> Result<Vec<Numbers>, StatsError> {
    let repos = filter::repositories(db, orgs, repos, &[]).await?;
    Ok(store::missing_numbers(db, repos.as_deref(), window, MOST_RANGES, page).await?)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[test]
    fn ranges_are_named_and_the_rest_is_counted() {
        let ranges = vec![(3, 3), (7, 9), (20, 31)];
        let numbers = Numbers { repo_id: 1, name: "a/b".into(), first: 1, last: 40, missing: 18, absent: 2, ranges };
        assert_eq!(numbers.named(9), "3, 7 to 9, 20 to 31, and 2 more");
        assert_eq!(numbers.named(1), "3, and 17 more");
        assert_eq!(numbers.expected(), 38);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_number_that_was_never_opened_is_missing_until_it_is_known_to_be_gone(pool: PgPool) {
        let statements = [
            "insert into repo values (10, 'acme/anvil', null), (11, 'acme/forge', null)",
            "insert into repo_name select repo_id, name, null, '2016-01-01', '2016-01-01' from repo",
            // 2 and 6 to 8 are missing; 1 is of the year before, 9 was merged and its opening is lost.
            "insert into fact (kind, key_a, key_b, at, actor_id, repo_id, number, sources, seen_at)
             select k, r, n, '2016-01-01Z'::timestamptz + d * interval '1 day', 1, r, n, 1, now()
             from (values (3, 10, 1, -1), (3, 10, 3, 0), (8, 10, 4, 1), (3, 10, 5, 2), (20, 10, 9, 3), (3, 10, 10, 3),
                          (3, 11, 1, 0), (8, 11, 2, 0), (3, 11, 7, 400)) f (k, r, n, d)",
        ];
        for statement in statements {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        let mut db = pool.acquire().await.unwrap();
        let window = Window::parse("2016-01-01", "2017-01-01").unwrap();
        let anvil = |missing, absent, ranges: &[(i32, i32)]| {
            let (name, ranges) = ("acme/anvil".to_owned(), ranges.to_vec());
            vec![Numbers { repo_id: 10, name, first: 3, last: 10, missing, absent, ranges }]
        };
        let all: (&[String], &[String]) = (&[], &[]);
        assert_eq!(missing_numbers(&mut db, all, window, Page::ALL).await.unwrap(), anvil(4, 0, &[(6, 9)]));
        sqlx::query("insert into absent_number values (10, 7, 'deleted', now()), (10, 1, 'moved', now())")
            .execute(&pool)
            .await
            .unwrap();
        let gone = missing_numbers(&mut db, all, window, Page::ALL).await.unwrap();
        assert_eq!(gone, anvil(3, 1, &[(6, 6), (8, 9)]));
        // GitHub's own list was read to its end before 10 was opened.
        sqlx::query(
            "insert into api_cursor (repo_id, org_id, stream, address, whole_at, read_at)
             values (10, 0, 'issues', '', '2016-01-03Z', now())",
        )
        .execute(&pool)
        .await
        .unwrap();
        let listed = missing_numbers(&mut db, all, window, Page::ALL).await.unwrap();
        assert_eq!(listed, anvil(3, 1, &[(6, 6), (8, 9)]), "only up to 5 is known to be gone");
        sqlx::query("update api_cursor set whole_at = '2016-01-04Z'").execute(&pool).await.unwrap();
        assert_eq!(missing_numbers(&mut db, all, window, Page::ALL).await.unwrap(), []);
        sqlx::query("delete from api_cursor").execute(&pool).await.unwrap();
        let long = Window::parse("2015-01-01", "2018-01-01").unwrap();
        let names = ["acme/forge".to_owned(), "acme/anvil".to_owned()];
        let both = missing_numbers(&mut db, (&[], &names), long, Page::ALL).await.unwrap();
        let counts: Vec<_> = both.iter().map(|n| (&*n.name, n.first, n.last, n.missing)).collect();
        assert_eq!(counts, [("acme/anvil", 1, 10, 4), ("acme/forge", 1, 7, 4)]);
        assert!(missing_numbers(&mut db, (&[], &["x/y".into()]), long, Page::ALL).await.is_err());
    }
}
