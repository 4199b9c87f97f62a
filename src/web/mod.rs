//! Pages. URL = module = template path, one page per file, in the order: page
//! struct, its display methods, `show`, `submit`, helpers, tests. Every route is
//! in [`router`]. Nothing here contains SQL; domain modules never see axum.
//!
//! A page is a struct with a [`layout::Layout`] and an askama template that
//! extends `layout.html`; a handler returns `Result<html::Page<_>, error::WebError>`.

pub mod api;
pub mod assets;
pub mod badges;
pub mod ballot;
pub mod chart;
pub mod companies;
pub mod compare;
pub mod csrf;
pub mod dashboard;
pub mod data;
pub mod definitions;
pub mod demo;
pub mod elections;
pub mod error;
pub mod export;
pub mod filter;
#[cfg(test)]
pub mod fixture;
pub mod flows;
pub mod form;
pub mod groups;
pub mod headers;
pub mod health;
pub mod hooks;
pub mod html;
pub mod layout;
pub mod markdown;
pub mod metrics;
pub mod nominations;
pub mod officer;
pub mod overview;
pub mod people;
pub mod repositories;
pub mod request;
pub mod router;
pub mod search;
pub mod session;
pub mod sign_in;
pub mod state;
pub mod urls;
pub mod vote;

pub use error::WebError;
pub use html::Page;
pub use layout::Layout;
pub use session::{OfficerOnly, Visitor};
pub use state::WebState;
