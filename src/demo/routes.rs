//! The endpoints of the example's APIs, busiest first.
//!
//! One row per endpoint. The order is data: a row's share of its API's requests is one over its
//! rank. The macro exists so that the rows stay rows.

/// One endpoint: what is logged about it, and how it behaves.
#[derive(Debug)]
pub(super) struct Route {
    /// HTTP method; for WebSocket the event type.
    pub(super) method: &'static str,
    /// What is logged: REST resource path, the path of an HTTP route, WebSocket route key.
    pub(super) resource: &'static str,
    /// The path that clients ask for; differs from `resource` where that is a catch-all.
    pub(super) path: &'static str,
    /// How many objects there are behind the path's parameter and how it is written.
    pub(super) ids: Option<Ids>,
    /// The largest request body, in bytes.
    pub(super) request_bytes: u64,
    /// The smallest body of a success, in bytes.
    pub(super) min_bytes: u64,
    /// The largest body of a success, in bytes.
    pub(super) max_bytes: u64,
    /// The fastest answer of the integration, in ms.
    pub(super) floor_ms: u64,
    /// The step of the tail above it, in ms: each step is half as frequent as the one before.
    pub(super) tail_ms: u64,
    /// What the gateway asks of a client.
    pub(super) guard: Guard,
}

/// The objects behind a path parameter; the number is how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ids {
    /// Decimal numbers.
    Number(u64),
    /// UUIDs.
    Uuid(u64),
    /// 24 hexadecimal digits.
    Hex(u64),
}

impl Ids {
    /// How many objects there are.
    pub(super) const fn count(self) -> u64 {
        match self {
            Self::Number(count) | Self::Uuid(count) | Self::Hex(count) => count,
        }
    }
}

/// What the gateway asks of a client before it calls the integration.
#[derive(Clone, Copy, Debug)]
pub(super) enum Guard {
    /// Nothing.
    Open,
    /// A token that a Lambda authorizer accepts.
    Token,
    /// An AWS signature.
    Iam,
    /// An API key of a usage plan.
    Key,
}

impl Route {
    /// Whether clients send a body.
    pub(super) const fn takes_body(&self) -> bool {
        matches!(self.method.as_bytes(), b"POST" | b"PUT")
    }

    /// Whether the gateway itself answers: CORS preflights have a mock integration.
    pub(super) const fn is_mock(&self) -> bool {
        matches!(self.method.as_bytes(), b"OPTIONS")
    }

    /// The status of a success.
    pub(super) const fn success(&self) -> u16 {
        match self.method.as_bytes() {
            b"POST" => 201,
            b"DELETE" => 204,
            _ => 200,
        }
    }
}

macro_rules! routes {
    ($($method:ident $resource:literal $(as $path:literal)? $([$ids:ident $count:literal])?
        $(up $body:literal)? $min:literal .. $max:literal B, $floor:literal + $tail:literal ms, $guard:ident;)*) => {
        &[$(Route {
            method: stringify!($method),
            resource: $resource,
            path: routes!(@or $resource $($path)?),
            ids: routes!(@ids $($ids $count)?),
            request_bytes: routes!(@or 0 $($body)?),
            min_bytes: $min,
            max_bytes: $max,
            floor_ms: $floor,
            tail_ms: $tail,
            guard: Guard::$guard,
        }),*]
    };
    (@or $default:literal) => { $default };
    (@or $default:literal $given:literal) => { $given };
    (@ids) => { None };
    (@ids $ids:ident $count:literal) => { Some(Ids::$ids($count)) };
}

// Columns: method, resource [as path] [kind and number of ids], largest request body, response
// bytes of a success, floor + tail step of the integration latency, guard.

/// REST API `orders`: a shop, its customers behind a token authorizer, its staff behind IAM.
pub(super) const ORDERS: &[Route] = routes! {
    GET     "/orders"                                                        1_500..48_000 B,    42 +  14 ms, Token;
    GET     "/orders/{orderId}"                  [Uuid 60_000]                  600..5_200 B,    18 +   9 ms, Token;
    OPTIONS "/orders"                                                                 0..0 B,     0 +   0 ms, Open;
    GET     "/products/{productId}"              [Number 3_000]               1_100..9_000 B,     9 +   5 ms, Open;
    POST    "/orders"                                            up 12_000        400..900 B,    85 +  40 ms, Token;
    GET     "/products"                                                     12_000..90_000 B,    30 +  11 ms, Open;
    OPTIONS "/orders/{orderId}"                  [Uuid 60_000]                        0..0 B,     0 +   0 ms, Open;
    GET     "/customers/{customerId}/orders"     [Number 25_000]               900..36_000 B,    38 +  16 ms, Token;
    PUT     "/carts/{cartId}/items/{itemId}"     [Uuid 40_000]   up 1_800       300..2_400 B,    24 +   8 ms, Token;
    GET     "/carts/{cartId}"                    [Uuid 40_000]                  250..6_000 B,    15 +   7 ms, Token;
    GET     "/orders/{orderId}/tracking"         [Uuid 60_000]                  500..3_800 B,   120 +  70 ms, Token;
    GET     "/health"                                                               15..15 B,     3 +   1 ms, Open;
    POST    "/payments"                                          up 3_000         250..700 B,   310 + 120 ms, Token;
    DELETE  "/carts/{cartId}/items/{itemId}"     [Uuid 40_000]                        0..0 B,    17 +   6 ms, Token;
    OPTIONS "/payments"                                                               0..0 B,     0 +   0 ms, Open;
    GET     "/stores/{storeId}/stock"            [Number 120]                2_500..70_000 B,    22 +   9 ms, Open;
    POST    "/orders/{orderId}/returns"          [Uuid 60_000]   up 4_000       300..1_200 B,    95 +  35 ms, Token;
    GET     "/admin/orders"                                                20_000..240_000 B,   140 +  60 ms, Iam;
    PUT     "/admin/products/{productId}"        [Number 3_000]  up 20_000      500..9_000 B,    48 +  15 ms, Iam;
    GET     "/legacy/{proxy+}" as "/legacy/{id}" [Number 400]               3_000..150_000 B,   260 + 180 ms, Token;
    POST    "/admin/reports"                                     up 6_000  80_000..900_000 B, 1_900 + 900 ms, Iam;
    DELETE  "/orders/{orderId}"                  [Uuid 60_000]                        0..0 B,    33 +  12 ms, Token;
};

/// REST API `partners`: shipping for other companies, who come with API keys.
pub(super) const PARTNERS: &[Route] = routes! {
    GET    "/v1/shipments/{shipmentId}"        [Uuid 30_000]                700..4_600 B,  26 +  10 ms, Key;
    GET    "/v1/rates"                                                   2_000..18_000 B,  75 +  30 ms, Key;
    POST   "/v1/shipments"                                    up 9_000      600..2_200 B, 110 +  45 ms, Key;
    GET    "/v1/shipments/{shipmentId}/events" [Uuid 30_000]               300..14_000 B,  31 +  12 ms, Key;
    POST   "/v1/labels"                                       up 4_000 40_000..420_000 B, 380 + 150 ms, Key;
    GET    "/v1/labels/{labelId}"              [Hex 18_000]            40_000..420_000 B,  45 +  20 ms, Key;
    GET    "/v1/carriers"                                                 5_500..5_900 B,   8 +   3 ms, Key;
    GET    "/v1/pickup-points/{postcode}"      [Number 900]              1_800..26_000 B,  34 +  13 ms, Key;
    PUT    "/v1/shipments/{shipmentId}"        [Uuid 30_000]  up 5_000      600..2_200 B,  70 +  28 ms, Key;
    GET    "/v1/invoices/{invoiceId}"          [Number 2_400]          25_000..310_000 B,  90 +  40 ms, Key;
    POST   "/v1/webhooks"                                     up 1_500        200..400 B,  40 +  15 ms, Key;
    DELETE "/v1/webhooks/{webhookId}"          [Hex 300]                          0..0 B,  28 +   9 ms, Key;
    GET    "/v1/usage"                                                      400..3_000 B,  55 +  25 ms, Key;
};

/// HTTP API `catalog`: the shop's public side. Originals, feeds and exports exceed 512 KB.
pub(super) const CATALOG: &[Route] = routes! {
    GET  "/items/{id}"                [Number 8_000]                        900..7_500 B,  11 +   5 ms, Open;
    GET  "/search"                                                       4_000..70_000 B,  60 +  28 ms, Open;
    GET  "/images/{id}/thumbnail"     [Hex 9_000]                        6_000..42_000 B,   7 +   4 ms, Open;
    GET  "/items"                                                      15_000..120_000 B,  36 +  12 ms, Open;
    GET  "/categories"                                                  21_000..23_000 B,   6 +   2 ms, Open;
    GET  "/items/{id}/reviews"        [Number 8_000]                       200..30_000 B,  19 +   8 ms, Open;
    GET  "/suggestions"                                                     150..1_900 B,  14 +   6 ms, Open;
    GET  "/images/{id}/original"      [Hex 9_000]                   180_000..4_500_000 B,  38 +  22 ms, Open;
    GET  "$default" as "/pages/{id}"  [Number 600]                       8_000..64_000 B,  28 +  11 ms, Open;
    GET  "/categories/{id}/items"     [Number 140]                      9_000..140_000 B,  33 +  12 ms, Open;
    GET  "/feeds/products"                                        1_100_000..2_800_000 B, 240 +  90 ms, Open;
    POST "/items/{id}/reviews"        [Number 8_000] up 5_000                 180..420 B,  52 +  19 ms, Token;
    GET  "$default" as "/assets/{id}" [Hex 80]                         30_000..800_000 B,   5 +   3 ms, Open;
    PUT  "/images/{id}"               [Hex 9_000]    up 2_500_000             120..260 B, 420 + 160 ms, Token;
    GET  "/exports/{id}"              [Uuid 500]                    700_000..9_000_000 B, 800 + 350 ms, Token;
    POST "/exports"                                  up 2_000                 160..300 B,  65 +  25 ms, Token;
};

/// HTTP API `profiles` of the second account: who the users are. No catch-all route.
pub(super) const PROFILES: &[Route] = routes! {
    GET    "/me"                                                    500..3_000 B,  13 +   6 ms, Token;
    GET    "/profiles/{userId}"        [Uuid 22_000]                400..2_600 B,  12 +   5 ms, Token;
    GET    "/profiles/{userId}/avatar" [Uuid 22_000]            4_000..280_000 B,  21 +   9 ms, Open;
    POST   "/sessions"                               up 1_200       600..1_400 B, 140 +  45 ms, Open;
    GET    "/me/preferences"                                        200..1_800 B,   9 +   4 ms, Token;
    PUT    "/me/preferences"                         up 2_000       200..1_800 B,  26 +  10 ms, Token;
    PUT    "/me"                                     up 4_000       500..3_000 B,  31 +  12 ms, Token;
    DELETE "/sessions/{sessionId}"     [Hex 40_000]                       0..0 B,  11 +   4 ms, Token;
    PUT    "/profiles/{userId}/avatar" [Uuid 22_000] up 900_000       150..300 B, 260 + 110 ms, Token;
    POST   "/profiles"                               up 3_000       500..1_500 B, 190 +  60 ms, Open;
    DELETE "/profiles/{userId}"        [Uuid 22_000]                      0..0 B,  75 +  30 ms, Token;
};

/// WebSocket API `chat`: the first two rows open and close, the others are messages.
pub(super) const CHAT: &[Route] = routes! {
    CONNECT    "$connect"    0..0 B, 35 + 14 ms, Token;
    DISCONNECT "$disconnect" 0..0 B, 12 +  5 ms, Open;
    MESSAGE    "sendMessage" 0..0 B, 22 +  9 ms, Open;
    MESSAGE    "typing"      0..0 B,  6 +  2 ms, Open;
    MESSAGE    "ackMessage"  0..0 B,  8 +  3 ms, Open;
    MESSAGE    "joinRoom"    0..0 B, 27 + 11 ms, Open;
    MESSAGE    "loadHistory" 0..0 B, 90 + 40 ms, Open;
    MESSAGE    "leaveRoom"   0..0 B, 19 +  7 ms, Open;
    MESSAGE    "$default"    0..0 B,  5 +  2 ms, Open;
};
