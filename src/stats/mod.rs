//! What was contributed: the kinds of fact and the metrics that count them,
//! windows, the daily roll-up, and the queries behind pages, exports, rolls and
//! the command line. The ledger's tables are read here too, because every number
//! is shown with its coverage. How facts get in belongs in `ingest`.

pub mod activity;
mod counted;
pub mod coverage;
mod days;
pub mod filter;
pub mod groups;
mod hours;
pub mod kind;
pub mod ledger;
pub mod metric;
pub mod newcomers;
pub mod numbers;
pub mod reach;
pub mod rollup;
pub mod series;
pub mod shares;
pub(crate) mod store;
pub mod window;

pub use activity::{
    CountRule, FactKey, FactRow, PersonCount, PersonKinds, RepoCount, Totals, counts_by_person, fact_keys, facts,
    people, people_count, repositories, totals,
};
pub use coverage::{Coverage, Part, Subject, ThinHour, ThinKind, coverage, coverage_of, scopes_of};
pub use days::{Days, Reader};
pub use filter::{Filter, Page, StatsError, person_called};
pub use kind::Kind;
pub use ledger::{
    KnownHour, LedgerHour, LedgerSummary, QuarantinedLine, data_span, known_hour, known_span, ledger, ledger_summary,
    quarantine,
};
pub use metric::Metric;
pub use newcomers::{Newcomers, newcomers};
pub use numbers::{Numbers, missing_numbers};
pub use reach::{LISTS, Told, Unread, by_repository, told};
pub use series::{KindSeries, Period, Point, kind_series, series};
pub use shares::{CompanyCount, Share, bus_factor, company_counts, elephant_factor};
pub use store::{
    Group, definition_sql, find_repositories, forget_changes, group_list, groups, in_several_groups, orgs,
    quarantine_size, unknown_types,
};
pub use window::{Window, WindowError, parse_instant};
