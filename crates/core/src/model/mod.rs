//! The nouns that every room shares.

mod api_kind;
mod month;
mod route;
mod window;

pub use api_kind::{ApiKind, UnknownApiKind};
pub use month::{Month, MonthError};
pub use route::{Route, path_template, split_route_key};
pub use window::{Window, WindowError, parse_duration, parse_instant};

/// Milliseconds in a UTC day; UTC has no leap seconds in Unix time.
pub const DAY_MS: i64 = 86_400_000;
