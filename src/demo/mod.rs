//! The traffic behind `gwcost demo`: made-up access-log requests of a made-up company.
//!
//! A person who has no logs at hand should still see the whole tool at work, and a benchmark needs
//! as many lines as it asks for. Both want traffic with the shape of the real thing (days and
//! nights, bursts, a few busy endpoints and many idle ones, refusals of every sort) and both want
//! it repeatable. So everything here is integer arithmetic on a seed: the same arguments give the
//! same bytes on every platform, and nothing reads the clock.
//!
//! [`example_apis`] is the company, [`share_requests`] divides a number of requests among its APIs,
//! [`Traffic`] walks one API's requests in time order without ever holding more than a minute of
//! them, and a [`Request`] renders any `$context` variable that was resolved to a [`Variable`].
//! Which format the lines have, and where they go, is the caller's business.

mod arrival;
mod client;
mod outcome;
mod plan;
mod request;
mod rng;
mod routes;
mod text;
mod traffic;
mod variable;
mod websocket;

pub use client::COUNTRIES;
pub use plan::{Api, Kind, example_apis, share_requests};
pub use request::Request;
pub use traffic::Traffic;
pub use variable::Variable;

#[cfg(test)]
mod tests;
