//! The three kinds of API that API Gateway offers: each has meters and log variables of its own.

use std::fmt;
use std::str::FromStr;

use crate::text::did_you_mean;

/// A REST, HTTP or WebSocket API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiKind {
    /// A REST API (`apigateway`).
    Rest,
    /// An HTTP API (`apigatewayv2`, protocol HTTP).
    Http,
    /// A WebSocket API (`apigatewayv2`, protocol WEBSOCKET).
    WebSocket,
}

impl ApiKind {
    /// Every kind, in the order of AWS's documentation.
    pub const ALL: [ApiKind; 3] = [ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket];

    /// The name used in flags, files and columns.
    pub const fn name(self) -> &'static str {
        match self {
            ApiKind::Rest => "rest",
            ApiKind::Http => "http",
            ApiKind::WebSocket => "websocket",
        }
    }
}

impl fmt::Display for ApiKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no API kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown API kind {typed:?}: expected rest, http or websocket{hint}")]
pub struct UnknownApiKind {
    typed: String,
    hint: String,
}

impl FromStr for ApiKind {
    type Err = UnknownApiKind;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        ApiKind::ALL.into_iter().find(|kind| kind.name() == typed).ok_or_else(|| UnknownApiKind {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, ApiKind::ALL.map(ApiKind::name)),
        })
    }
}
