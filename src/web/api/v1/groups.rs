//! `/api/v1/groups`: which repositories belong together.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::Answered;
use crate::stats::{self, Group};
use crate::web::api::call::{Answer, Call, Otherwise};
use crate::web::export::Definition;

const DEFINITION: Definition = Definition {
    name: "groups",
    label: "repository groups",
    sentence: "A repository may be in several groups, and what is done there counts for each of them: groups added up may exceed the whole.",
};

/// A group as the file of a day has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupRow {
    group: String,
    /// The day of the file.
    as_of: NaiveDate,
    repositories: i64,
    /// Those of them that were seen.
    seen: i64,
}

impl From<Group> for GroupRow {
    fn from(Group { name: group, as_of, repositories, seen }: Group) -> Self {
        Self { group, as_of, repositories, seen }
    }
}

/// Every repository group, by name; what is done in one, the other addresses say with `group`.
#[utoipa::path(get, path = "/api/v1/groups", tag = "Numbers",
    responses((status = 200, description = "The groups in their order.", body = Answer<Vec<GroupRow>>), Otherwise))]
pub async fn list(mut call: Call) -> Answered {
    let (mut db, _, _) = call.ask()?;
    let groups: Vec<_> = stats::group_list(&mut db).await?.into_iter().map(GroupRow::from).collect();
    call.defined(groups, DEFINITION).await
}
