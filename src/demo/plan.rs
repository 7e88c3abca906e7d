//! The example company: its APIs, how busy they are, and what goes wrong with them.
//!
//! Two accounts, two regions, all three kinds of API, so that every part of a bill has something to
//! show. The fault rates are high enough that 200,000 requests over a month meet every gateway
//! response; a real API would be glad to have most of them rarer.

use super::outcome::GatewayResponse::*;
use super::outcome::Outcome;
use super::outcome::Outcome::{Backend, Gateway};
use super::routes::{CATALOG, CHAT, ORDERS, PARTNERS, PROFILES, Route};

/// The kinds of API that API Gateway has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// REST API.
    Rest,
    /// HTTP API.
    Http,
    /// WebSocket API.
    WebSocket,
}

/// One stage of one API of the example, with the plan of its traffic.
#[derive(Clone, Debug)]
pub struct Api {
    /// The API's name; two stages of one API share it.
    pub name: &'static str,
    /// What kind of API it is.
    pub kind: Kind,
    /// The owning AWS account, 12 digits.
    pub account: &'static str,
    /// The AWS region's code.
    pub region: &'static str,
    /// The API's id: 10 lower-case letters and digits.
    pub api_id: &'static str,
    /// The stage's name.
    pub stage: &'static str,
    /// Its share of all requests, in no unit: only the ratio to the other weights counts.
    pub weight: u64,
    /// The endpoints, busiest first.
    pub(super) routes: &'static [Route],
    /// What goes wrong, in requests per million; applied where the route allows it.
    pub(super) faults: &'static [(Outcome, u64)],
    /// Of the requests inside a burst, how many per million are throttled.
    pub(super) burst_throttles: u64,
    /// How many clients there are.
    pub(super) clients: u64,
    /// Where they are and when they are awake.
    pub(super) audience: Audience,
    /// The host name in front of the API, if it is not the gateway's own.
    pub(super) custom_domain: Option<&'static str>,
    /// The parts of API Gateway that only some stages have switched on.
    pub(super) features: Features,
}

/// Who the clients are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// People, most of them in America.
    American,
    /// People, most of them in Europe.
    European,
    /// Other companies' servers, most of them in Europe.
    Machines,
    /// The company's own developers, in American office hours.
    Developers,
}

/// Optional parts of a REST stage; each sets a variable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Features {
    /// A web ACL is attached.
    pub(super) waf: bool,
    /// X-Ray tracing is on.
    pub(super) tracing: bool,
    /// A canary deployment takes a share of the requests.
    pub(super) canary: bool,
}

/// API keys of the usage plan, by id, busiest first: never the key's value.
pub(super) const API_KEYS: [&str; 12] = [
    "k4tq0vx81m",
    "z9c2hnw67d",
    "b1r8yfe35u",
    "m6j3ksa94p",
    "q0w7gld52x",
    "t5v1ozc80h",
    "e8n4xri69b",
    "y2p9umq17k",
    "h7d6bws43f",
    "a3l0jtv98g",
    "x1f5ceo26r",
    "u9g2ipy70n",
];

/// The place in [`API_KEYS`] of the key whose daily quota runs out before the day does.
pub(super) const QUOTA_KEY: usize = 2;

/// The hour of the UTC day from which that key is refused.
pub(super) const QUOTA_HOUR: i64 = 21;

const MAIN_ACCOUNT: &str = "111122223333";
const SECOND_ACCOUNT: &str = "444455556666";

/// The APIs of the example: REST `orders` (stages `prod` and `dev`) and `partners`, HTTP `catalog`
/// and `profiles`, WebSocket `chat`.
#[must_use]
pub fn example_apis() -> Vec<Api> {
    let orders = Api {
        name: "orders",
        kind: Kind::Rest,
        account: MAIN_ACCOUNT,
        region: "us-east-1",
        api_id: "o7r4k2m9xq",
        stage: "prod",
        weight: 480,
        routes: ORDERS,
        faults: ORDERS_FAULTS,
        burst_throttles: 150_000,
        clients: 40_000,
        audience: Audience::American,
        custom_domain: None,
        features: Features { waf: true, tracing: true, canary: true },
    };
    let orders_dev = Api {
        stage: "dev",
        weight: 15,
        faults: DEV_FAULTS,
        burst_throttles: 0,
        clients: 25,
        audience: Audience::Developers,
        features: Features { tracing: true, ..Features::default() },
        ..orders.clone()
    };
    let partners = Api {
        name: "partners",
        region: "eu-west-1",
        api_id: "p3n8v5c1zt",
        weight: 120,
        routes: PARTNERS,
        faults: PARTNERS_FAULTS,
        burst_throttles: 450_000,
        clients: 36,
        audience: Audience::Machines,
        features: Features::default(),
        ..orders.clone()
    };
    let catalog = Api {
        name: "catalog",
        kind: Kind::Http,
        api_id: "c6w2j9h4ld",
        stage: "$default",
        weight: 240,
        routes: CATALOG,
        faults: CATALOG_FAULTS,
        burst_throttles: 40_000,
        clients: 60_000,
        custom_domain: Some("catalog.example.com"),
        features: Features::default(),
        ..orders.clone()
    };
    let profiles = Api {
        name: "profiles",
        kind: Kind::Http,
        account: SECOND_ACCOUNT,
        region: "eu-west-1",
        api_id: "u5b8y1s7ge",
        stage: "$default",
        weight: 65,
        routes: PROFILES,
        faults: PROFILES_FAULTS,
        burst_throttles: 0,
        clients: 22_000,
        audience: Audience::European,
        custom_domain: None,
        features: Features::default(),
    };
    let chat = Api {
        name: "chat",
        kind: Kind::WebSocket,
        api_id: "w4t9f3a6nk",
        weight: 80,
        routes: CHAT,
        faults: CHAT_FAULTS,
        burst_throttles: 60_000,
        clients: 9_000,
        features: Features::default(),
        ..orders.clone()
    };
    vec![orders, orders_dev, partners, catalog, profiles, chat]
}

/// How many of `total` requests each API gets: by weight, what is left over by largest remainder
/// (ties to the API listed first). The parts add up to `total` exactly; APIs whose weights are all
/// zero share equally, and no APIs get nothing.
#[must_use]
pub fn share_requests(apis: &[Api], total: u64) -> Vec<u64> {
    let idle = apis.iter().all(|api| api.weight == 0);
    let weights: Vec<u128> = apis.iter().map(|api| if idle { 1 } else { u128::from(api.weight) }).collect();
    let sum: u128 = weights.iter().sum::<u128>().max(1);
    let mut shares: Vec<u64> =
        weights.iter().map(|weight| (u128::from(total) * weight / sum) as u64).collect();
    let mut order: Vec<usize> = (0..apis.len()).collect();
    order.sort_by_key(|&api| std::cmp::Reverse(u128::from(total) * weights[api] % sum));
    let left = total - shares.iter().sum::<u64>();
    // What is left is less than one for each API.
    for &api in order.iter().take(left as usize) {
        shares[api] += 1;
    }
    shares
}

const ORDERS_FAULTS: &[(Outcome, u64)] = &[
    (Backend(404), 12_000),
    (Backend(422), 9_000),
    (Backend(409), 6_000),
    (Backend(500), 1_500),
    (Backend(403), 600),
    (Backend(503), 500),
    (Backend(429), 400),
    (Gateway(InvalidSignature), 14_000),
    (Gateway(ExpiredToken), 12_000),
    (Gateway(Unauthorized), 9_000),
    (Gateway(MissingAuthenticationToken), 7_000),
    (Gateway(BadRequestBody), 5_000),
    (Gateway(AccessDenied), 4_000),
    (Gateway(RequestTooLarge), 3_000),
    (Gateway(UnsupportedMediaType), 3_000),
    (Gateway(WafFiltered), 2_500),
    (Gateway(BadRequestParameters), 2_000),
    (Gateway(IntegrationFailure), 900),
    (Gateway(ResourceNotFound), 800),
    (Gateway(IntegrationTimeout), 700),
    (Gateway(AuthorizerFailure), 700),
    (Gateway(ApiConfigurationError), 300),
    (Gateway(AuthorizerConfigurationError), 300),
    (Gateway(Default4xx), 400),
    (Gateway(Default5xx), 400),
    (Gateway(Throttled), 200),
];

const DEV_FAULTS: &[(Outcome, u64)] = &[
    (Backend(500), 30_000),
    (Backend(404), 30_000),
    (Backend(422), 30_000),
    (Gateway(MissingAuthenticationToken), 20_000),
    (Gateway(AuthorizerConfigurationError), 12_000),
    (Gateway(ApiConfigurationError), 12_000),
    (Gateway(IntegrationTimeout), 8_000),
    (Gateway(AccessDenied), 8_000),
];

const PARTNERS_FAULTS: &[(Outcome, u64)] = &[
    (Backend(404), 15_000),
    (Backend(422), 12_000),
    (Backend(500), 2_000),
    (Gateway(InvalidApiKey), 15_000),
    (Gateway(BadRequestBody), 8_000),
    (Gateway(Throttled), 2_500),
    (Gateway(BadRequestParameters), 3_000),
    (Gateway(MissingAuthenticationToken), 3_000),
    (Gateway(IntegrationTimeout), 1_500),
    (Gateway(IntegrationFailure), 500),
];

const CATALOG_FAULTS: &[(Outcome, u64)] = &[
    (Backend(404), 18_000),
    (Backend(500), 800),
    (Backend(503), 300),
    (Gateway(Unauthorized), 20_000),
    (Gateway(IntegrationTimeout), 600),
    (Gateway(IntegrationFailure), 400),
    (Gateway(Throttled), 100),
];

const PROFILES_FAULTS: &[(Outcome, u64)] = &[
    (Backend(404), 9_000),
    (Backend(409), 8_000),
    (Backend(401), 4_000),
    (Backend(500), 1_000),
    (Gateway(Unauthorized), 25_000),
    (Gateway(AccessDenied), 6_000),
    (Gateway(ResourceNotFound), 3_000),
    (Gateway(IntegrationTimeout), 500),
    (Gateway(IntegrationFailure), 400),
];

const CHAT_FAULTS: &[(Outcome, u64)] = &[
    (Backend(500), 1_000),
    (Gateway(Unauthorized), 30_000),
    (Gateway(AccessDenied), 8_000),
    (Gateway(IntegrationFailure), 1_500),
    (Gateway(Throttled), 1_000),
    (Gateway(IntegrationTimeout), 300),
];
