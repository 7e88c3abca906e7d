//! What AWS counts. Tier bounds and rates are in rate units (`GB`), usage in base units (bytes).

use std::fmt;
use std::str::FromStr;

use crate::model::ApiKind;
use crate::text::did_you_mean;

/// Bytes of a GB as AWS bills it: 2^30.
pub const GIB: u64 = 1 << 30;

/// One line of the price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meter {
    /// Requests to REST APIs (usage type `ApiGatewayRequest`).
    RestRequests,
    /// Requests to HTTP APIs in increments of 512 KB (`ApiGatewayHttpRequest`).
    HttpRequests,
    /// WebSocket messages in increments of 32 KB (`ApiGatewayMessage`).
    WebsocketMessages,
    /// Minutes that WebSocket connections were open (`ApiGatewayMinute`).
    WebsocketMinutes,
    /// Transfer to the internet at the region's EC2 rate.
    InternetTransfer,
}

impl Meter {
    /// Every meter.
    pub const ALL: [Meter; 5] = [
        Meter::RestRequests,
        Meter::HttpRequests,
        Meter::WebsocketMessages,
        Meter::WebsocketMinutes,
        Meter::InternetTransfer,
    ];

    /// The name used in rate cards and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Meter::RestRequests => "rest_requests",
            Meter::HttpRequests => "http_requests",
            Meter::WebsocketMessages => "websocket_messages",
            Meter::WebsocketMinutes => "websocket_minutes",
            Meter::InternetTransfer => "internet_transfer",
        }
    }

    /// The unit that rates and tier bounds are given in.
    pub const fn unit(self) -> &'static str {
        match self {
            Meter::RestRequests | Meter::HttpRequests => "requests",
            Meter::WebsocketMessages => "messages",
            Meter::WebsocketMinutes => "minutes",
            Meter::InternetTransfer => "GB",
        }
    }

    /// Base units (those that usage is counted in) of one rate unit.
    pub const fn scale(self) -> u64 {
        match self {
            Meter::InternetTransfer => GIB,
            _ => 1,
        }
    }

    /// The meter that a kind of API counts its calls with.
    pub const fn of_calls(kind: ApiKind) -> Meter {
        match kind {
            ApiKind::Rest => Meter::RestRequests,
            ApiKind::Http => Meter::HttpRequests,
            ApiKind::WebSocket => Meter::WebsocketMessages,
        }
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no meter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown meter {typed:?}{hint}")]
pub struct UnknownMeter {
    typed: String,
    hint: String,
}

impl FromStr for Meter {
    type Err = UnknownMeter;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Meter::ALL.into_iter().find(|meter| meter.name() == typed).ok_or_else(|| UnknownMeter {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Meter::ALL.map(Meter::name)),
        })
    }
}
