//! The nouns that every room shares.

mod api_kind;
mod api_routes;
mod execute_api;
mod gate;
mod identifier;
pub mod limits;
pub mod metrics;
mod month;
mod recommendation;
mod route;
mod route_patterns;
pub mod settings;
mod user_agent;
mod window;

pub use api_kind::{ApiKind, UnknownApiKind};
pub use api_routes::{ApiPatterns, RouteLimits};
pub use execute_api::execute_api_host;
pub use gate::{GateEach, GateMeasure, GateRule, GateUnit, UnknownGateEach};
pub use month::{Month, MonthError, day_of_ms, start_of_day_ms};
pub use recommendation::{Effort, Place, Recommendation, Risk, Saving, Step, Tool};
pub use route::{LoggedRoute, Route, path_template, split_route_key, without_stage};
pub use route_patterns::{RoutePatternError, RoutePatterns};
pub use user_agent::{Agent, AgentClass, agent, class_of_family};
pub use window::{Window, WindowError, parse_duration, parse_instant};

/// Milliseconds in a UTC day; UTC has no leap seconds in Unix time.
pub const DAY_MS: i64 = 86_400_000;
