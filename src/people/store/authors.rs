//! Whom commits name: stand-ins for names and addresses, and whose they are.

use sqlx::PgConnection;

/// The stand-in of an address, with what it says of an account: the address itself,
/// or else GitHub.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    pub actor_id: i64,
    pub account: Option<i64>,
    /// In lower case.
    pub login: Option<String>,
}

/// The stand-in of a name and address in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    pub actor_id: i64,
    pub repo_id: i64,
    /// [`Address::actor_id`]
    pub address: i64,
    /// Hash of the name; 0 for none.
    pub name: i64,
}

/// A line of a repository's mailmap, in the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapped {
    pub address: i64,
    /// 0 for any.
    pub name: i64,
    /// [`Address::actor_id`]
    pub meant: i64,
}

/// Adds stand-ins and derives whose they are. Their accounts must be there.
pub async fn add_authors(db: &mut PgConnection, addresses: &[Address], authors: &[Author]) -> sqlx::Result<()> {
    let logins: Vec<Option<&str>> = addresses.iter().map(|address| address.login.as_deref()).collect();
    let ids: Vec<i64> = addresses.iter().map(|address| address.actor_id).collect();
    sqlx::query!(
        "insert into git_address (actor_id, account, login)
         select id, min(account), min(login) from unnest($1::bigint[], $2::bigint[], $3::text[]) s (id, account, login)
         group by id order by id
         on conflict on constraint git_address_pkey do update
         -- An address may pass from one account to another: of all that were named, the first made.
         set account = least(git_address.account, excluded.account), login = least(git_address.login, excluded.login)
         where excluded.account < git_address.account
            or git_address.account is null and excluded.account is not null
            or git_address.login is null and excluded.login is not null",
        &ids,
        &addresses.iter().map(|address| address.account).collect::<Vec<_>>() as &[Option<i64>],
        &logins as &[Option<&str>]
    )
    .execute(&mut *db)
    .await?;
    let column = |get: fn(&Author) -> i64| authors.iter().map(get).collect::<Vec<_>>();
    let author_ids = column(|author| author.actor_id);
    sqlx::query!(
        "insert into git_author (actor_id, repo_id, address, name)
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
         on conflict on constraint git_author_pkey do nothing",
        &author_ids,
        &column(|author| author.repo_id),
        &column(|author| author.address),
        &column(|author| author.name)
    )
    .execute(&mut *db)
    .await?;
    fold_authors(db, &[ids, author_ids].concat()).await
}

/// Takes a mailmap in place of the one that a repository had.
pub async fn replace_mailmap(db: &mut PgConnection, repo_id: i64, mailmap: &[Mapped]) -> sqlx::Result<()> {
    let column = |get: fn(&Mapped) -> i64| mailmap.iter().map(get).collect::<Vec<_>>();
    sqlx::query!("delete from git_mailmap where repo_id = $1", repo_id).execute(&mut *db).await?;
    sqlx::query!(
        "insert into git_mailmap (repo_id, address, name, meant)
         select $1, * from unnest($2::bigint[], $3::bigint[], $4::bigint[])",
        repo_id,
        &column(|mapped| mapped.address),
        &column(|mapped| mapped.name),
        &column(|mapped| mapped.meant)
    )
    .execute(&mut *db)
    .await?;
    let authors =
        sqlx::query_scalar!("select actor_id from git_author where repo_id = $1", repo_id).fetch_all(&mut *db).await?;
    fold_authors(db, &authors).await
}

/// Derives anew whose the stand-ins of commits are that are among these accounts,
/// or hang on them; the accounts themselves must be folded.
pub(super) async fn fold_authors(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    let addresses = addresses_of(db, ids).await?;
    if addresses.is_empty() && ids.iter().all(|id| *id > 0) {
        return Ok(());
    }
    sqlx::query!(
        "with claimed as (
             select d.actor_id, coalesce(d.account, (
                 select l.actor_id from actor_login l
                 where lower(l.login) = d.login and l.actor_id > 0
                 order by l.first_seen, l.actor_id limit 1)) as holder
             from git_address d where d.actor_id = any($1)
         )
         -- Until the account is seen, the address is its own person.
         update actor a set person_id = h.person_id
         from claimed c join actor h on h.actor_id = c.holder
         where a.actor_id = c.actor_id and a.person_id <> h.person_id",
        &addresses
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with meant as (
             select g.actor_id, coalesce(named.meant, any_name.meant, g.address) as address
             from git_author g
             left join git_mailmap named
               on named.repo_id = g.repo_id and named.address = g.address and named.name = g.name and g.name <> 0
             left join git_mailmap any_name
               on any_name.repo_id = g.repo_id and any_name.address = g.address and any_name.name = 0
         )
         update actor a set person_id = d.person_id
         from meant m join actor d on d.actor_id = m.address
         where a.actor_id = m.actor_id and a.person_id <> d.person_id
           and (m.actor_id = any($1) or m.address = any($2))",
        ids,
        &addresses
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The addresses among these accounts, and those that claim one of them or of
/// their aliases.
async fn addresses_of(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"with accounts as (
               select unnest($1::bigint[]) as actor_id
               union
               select actor_id from alias where person_id = any($1)
           )
           select d.actor_id as "id!" from git_address d join accounts using (actor_id)
           union
           select d.actor_id from git_address d join accounts a on a.actor_id = d.account
           union
           select d.actor_id from accounts join actor_login l using (actor_id) join git_address d on d.login = lower(l.login)"#,
        ids
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::people::store::{by_id, fold, replace_aliases};

    async fn see(db: &mut PgConnection, id: i64, login: &str) {
        sqlx::query!("insert into actor values ($1, $1, $2, false)", id, login).execute(&mut *db).await.unwrap();
        sqlx::query!("insert into actor_login values ($1, $2, '2016-01-01', '2016-01-01')", id, login)
            .execute(&mut *db)
            .await
            .unwrap();
        fold(db, &[id]).await.unwrap();
    }

    async fn person(db: &mut PgConnection, id: i64) -> i64 {
        by_id(db, id).await.unwrap().unwrap().person_id
    }

    fn address(actor_id: i64, account: Option<i64>, login: Option<&str>) -> Address {
        Address { actor_id, account, login: login.map(str::to_owned) }
    }

    fn author(actor_id: i64, address: i64, name: i64) -> Author {
        Author { actor_id, repo_id: 1, address, name }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_address_is_whose_account_it_names_whoever_is_seen_first(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        see(&mut db, 5, "ada").await;
        for id in [-1, -2, -3, -11, -12, -13] {
            see(&mut db, id, &format!("git: {id}")).await;
        }
        let addresses = [address(-1, Some(5), None), address(-2, Some(6), None), address(-3, None, Some("eve"))];
        let authors = [author(-11, -1, 0), author(-12, -2, 0), author(-13, -3, 0)];
        add_authors(&mut db, &addresses, &authors).await.unwrap();
        assert_eq!([person(&mut db, -11).await, person(&mut db, -12).await, person(&mut db, -13).await], [5, -2, -3]);
        see(&mut db, 6, "ada-work").await;
        see(&mut db, 7, "Eve").await;
        assert_eq!([person(&mut db, -12).await, person(&mut db, -13).await], [6, 7]);
        replace_aliases(&mut db, &[(6, 5)]).await.unwrap();
        assert_eq!(person(&mut db, -12).await, 5, "an alias takes its addresses along");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_address_that_was_several_accounts_is_the_first_made_in_any_order(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for id in [5, 6, -1, -2, -3, -11, -12, -13] {
            see(&mut db, id, &format!("git: {id}")).await;
        }
        for (id, accounts) in [(-1, [Some(6), None, Some(5)]), (-2, [Some(5), Some(6), None])] {
            for account in accounts {
                add_authors(&mut db, &[address(id, account, None)], &[author(id - 10, id, 0)]).await.unwrap();
            }
            assert_eq!(person(&mut db, id - 10).await, 5, "{accounts:?}");
        }
        let at_once = [None, Some(6), Some(5)].map(|account| address(-3, account, None));
        add_authors(&mut db, &at_once, &[author(-13, -3, 0)]).await.unwrap();
        assert_eq!(person(&mut db, -13).await, 5);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_is_called_the_same_stays_who_they_are(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for (id, label) in [(5, "ada"), (-1, "git: Ada"), (-11, "git: Ada")] {
            see(&mut db, id, label).await;
        }
        add_authors(&mut db, &[address(-1, Some(5), None)], &[author(-11, -1, 0)]).await.unwrap();
        see(&mut db, -12, "git: Ada").await;
        assert_eq!([person(&mut db, -1).await, person(&mut db, -11).await], [5, 5]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_mailmap_holds_for_its_repository_and_by_name_where_it_says_one(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        for id in [-1, -2, -3, -11, -12, -13] {
            see(&mut db, id, &format!("git: {id}")).await;
        }
        let addresses = [-1, -2, -3].map(|id| address(id, None, None));
        let elsewhere = Author { repo_id: 2, ..author(-13, -1, 8) };
        add_authors(&mut db, &addresses, &[author(-11, -1, 8), author(-12, -1, 9), elsewhere]).await.unwrap();
        let mailmap = [Mapped { address: -1, name: 0, meant: -2 }, Mapped { address: -1, name: 9, meant: -3 }];
        replace_mailmap(&mut db, 1, &mailmap).await.unwrap();
        let persons = [person(&mut db, -11).await, person(&mut db, -12).await, person(&mut db, -13).await];
        assert_eq!(persons, [-2, -3, -1]);
        replace_mailmap(&mut db, 1, &[]).await.unwrap();
        assert_eq!([person(&mut db, -11).await, person(&mut db, -12).await], [-1, -1]);
    }
}
