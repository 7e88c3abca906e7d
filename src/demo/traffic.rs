//! The requests of one API in time order: for each arrival, who asks for what and how it ends.

use super::arrival::{Arrival, Arrivals};
use super::client::Client;
use super::outcome::{GatewayResponse, Outcome};
use super::plan::{API_KEYS, Api, Kind, QUOTA_HOUR, QUOTA_KEY};
use super::request::Request;
use super::rng::{Rng, hash, mix, skew};
use super::routes::{Guard, Route};
use super::websocket::{Connection, Event, Sockets};

const MILLION: u64 = 1_000_000;
/// How long API Gateway waits for an integration, in ms.
const TIMEOUT_MS: u64 = 29_000;
/// WebSocket: requests per million that are not even an event.
const STRAY: u64 = 1_500;

/// Requests of one API in time order; the same arguments give the same requests, always.
#[derive(Debug)]
pub struct Traffic<'a> {
    api: &'a Api,
    arrivals: Arrivals,
    rng: Rng,
    /// Scrambled from the seed and the API: ids count up from here.
    salt: u64,
    count: u64,
    /// The routes to choose from, and for each the sum of the shares up to it.
    routes: &'static [Route],
    shares: Vec<u64>,
    keys: Vec<u64>,
    sockets: Sockets,
}

impl<'a> Traffic<'a> {
    /// Plans exactly `requests` requests (WebSocket: events) from `from_ms` up to but not including
    /// `to_ms`, both UTC epoch ms. A window without a single millisecond holds none.
    ///
    /// This walks the minutes of the window once, to weigh them.
    #[must_use]
    pub fn new(api: &'a Api, seed: u64, requests: u64, from_ms: i64, to_ms: i64) -> Self {
        let salt = mix(seed ^ hash(api.api_id) ^ hash(api.stage).rotate_left(17));
        let routes = match api.kind {
            // The first two rows of a WebSocket API open and close connections.
            Kind::WebSocket => api.routes.get(2..).unwrap_or_default(),
            Kind::Rest | Kind::Http => api.routes,
        };
        Self {
            api,
            arrivals: Arrivals::new(salt, api.audience, requests, from_ms, to_ms),
            rng: Rng::new(!salt),
            salt: mix(salt),
            count: 0,
            routes,
            shares: shares_by_rank(routes.len()),
            keys: shares_by_rank(API_KEYS.len()),
            sockets: Sockets::default(),
        }
    }

    /// The id of the request at hand: no two requests of a demo share one.
    const fn id(&self) -> u64 {
        self.salt.wrapping_add(self.count)
    }

    fn call(&mut self, arrival: Arrival) -> Request<'a> {
        let route = &self.routes[by_share(&mut self.rng, &self.shares)];
        let key = matches!(route.guard, Guard::Key).then(|| by_share(&mut self.rng, &self.keys));
        let outcome = self.outcome(route, arrival, key);
        let mut client = self.client(key);
        if outcome == Outcome::Gateway(GatewayResponse::MissingAuthenticationToken) {
            client = Client::scanner(self.rng.draw());
        }
        let nobody = matches!(
            outcome,
            Outcome::Gateway(GatewayResponse::InvalidApiKey | GatewayResponse::WafFiltered)
        ) || has_no_route(outcome);
        Request { key: key.filter(|_| !nobody), ..self.request(arrival, route, outcome, client) }
    }

    fn event(&mut self, arrival: Arrival) -> Request<'a> {
        let [connect, disconnect, ..] = self.api.routes else {
            return self.call(arrival);
        };
        if self.rng.below(MILLION) < STRAY {
            let outcome = Outcome::Gateway(GatewayResponse::MissingAuthenticationToken);
            let client = Client::scanner(self.rng.draw());
            return self.request(arrival, connect, outcome, client);
        }
        let (route, connection) = match self.sockets.next_event(&mut self.rng, arrival.time_ms) {
            Event::Message(connection) => (&self.routes[by_share(&mut self.rng, &self.shares)], connection),
            Event::Disconnect(connection) => (disconnect, connection),
            Event::Connect => {
                let client = self.client(None);
                (connect, Connection { id: self.id(), connected_at: arrival.time_ms, client })
            }
        };
        let outcome = self.outcome(route, arrival, None);
        if route.method == "CONNECT" && outcome == Outcome::Backend(200) {
            self.sockets.open(connection);
        }
        let request = self.request(arrival, route, outcome, connection.client);
        Request { connection: Some(connection), ..request }
    }

    fn client(&mut self, key: Option<usize>) -> Client {
        // A key's owner has three servers; of people, some come far more often than others.
        let number = match key {
            Some(key) => key as u64 * 3 + self.rng.skewed(3),
            None => self.rng.skewed(self.api.clients),
        };
        Client::new(mix(self.salt) ^ number, self.api.audience)
    }

    fn outcome(&mut self, route: &Route, arrival: Arrival, key: Option<usize>) -> Outcome {
        let success = Outcome::Backend(route.success());
        if arrival.in_burst && self.rng.below(MILLION) < self.api.burst_throttles {
            return Outcome::Gateway(GatewayResponse::Throttled);
        }
        let hour = arrival.time_ms.div_euclid(3_600_000).rem_euclid(24);
        if key == Some(QUOTA_KEY) && hour >= QUOTA_HOUR {
            return Outcome::Gateway(GatewayResponse::QuotaExceeded);
        }
        let mut roll = self.rng.below(MILLION);
        for &(fault, rate) in self.api.faults {
            if roll < rate {
                return if fault.fits(route) { fault } else { success };
            }
            roll -= rate;
        }
        success
    }

    /// Draws what every kind of request has: the object, the times and the sizes.
    fn request(
        &mut self,
        arrival: Arrival,
        route: &'static Route,
        outcome: Outcome,
        client: Client,
    ) -> Request<'a> {
        let object = self.rng.skewed(route.ids.map_or(1, |ids| ids.count()));
        let integration_ms = self.integration_ms(route, outcome);
        let overhead_ms = 2 + self.rng.skewed(39);
        let headers = 350 + self.rng.below(900);
        let body = self.rng.skewed(route.request_bytes + 1);
        let response_bytes = self.response_bytes(route, outcome, object);
        Request {
            api: self.api,
            time_ms: arrival.time_ms,
            id: self.id(),
            client,
            route: (!has_no_route(outcome)).then_some(route),
            outcome,
            object,
            key: None,
            integration_ms,
            overhead_ms,
            request_bytes: headers + body,
            response_bytes,
            connection: None,
        }
    }

    fn integration_ms(&mut self, route: &Route, outcome: Outcome) -> Option<u64> {
        let bits = self.rng.draw();
        if !outcome.called_integration(route) {
            return None;
        }
        if outcome == Outcome::Gateway(GatewayResponse::IntegrationTimeout) {
            return Some(TIMEOUT_MS + self.rng.below(12));
        }
        // Each step of the tail is half as frequent as the one before; one request in 128 also
        // waits for a function to start.
        let steps = u64::from(bits.trailing_zeros());
        let tail = route.tail_ms * steps + self.rng.below(route.tail_ms + 1);
        let start = if bits >> 57 == 0 { 180 + self.rng.skewed(1_400) } else { 0 };
        Some((route.floor_ms + tail + start).min(TIMEOUT_MS - 100))
    }

    fn response_bytes(&mut self, route: &Route, outcome: Outcome, object: u64) -> u64 {
        let bits = self.rng.draw();
        match outcome {
            // {"message":"..."}
            Outcome::Gateway(response) => 14 + response.message().len() as u64,
            Outcome::Backend(status) if status >= 400 => 40 + skew(bits, 160),
            Outcome::Backend(_) => {
                // The same object has the same size each time that it is read.
                let own = route.ids.is_some() && !route.takes_body();
                let bits = if own { mix(mix(object) ^ route.max_bytes) } else { bits };
                route.min_bytes + skew(bits, route.max_bytes - route.min_bytes + 1)
            }
        }
    }
}

impl<'a> Iterator for Traffic<'a> {
    type Item = Request<'a>;

    fn next(&mut self) -> Option<Request<'a>> {
        let arrival = self.arrivals.next()?;
        let request = match self.api.kind {
            Kind::WebSocket => self.event(arrival),
            Kind::Rest | Kind::Http => self.call(arrival),
        };
        self.count += 1;
        Some(request)
    }
}

fn has_no_route(outcome: Outcome) -> bool {
    outcome.gateway().is_some_and(GatewayResponse::has_no_route)
}

/// Running sums of shares of one over the rank.
fn shares_by_rank(ranks: usize) -> Vec<u64> {
    let mut sum = 0;
    (1..=ranks as u64)
        .map(|rank| {
            sum += MILLION / rank;
            sum
        })
        .collect()
}

/// A place in running sums, each as likely as its share.
fn by_share(rng: &mut Rng, sums: &[u64]) -> usize {
    let place = rng.below(sums.last().copied().unwrap_or(0));
    sums.partition_point(|&sum| sum <= place)
}
