//! THE column list: what one row of `requests/` holds. To add a column, add it here and set it in
//! `row.rs`; files written before read as null.
//!
//! Types are those that every engine reads alike: 64-bit integers, UTF-8, booleans and timestamps
//! in milliseconds of UTC. No unsigned, dictionary or nested types.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The version of the row's shape, in every footer and unit record. Adding a nullable column keeps it.
pub const SCHEMA_VERSION: u32 = 1;

/// The footer's key for [`SCHEMA_VERSION`].
pub const SCHEMA_VERSION_KEY: &str = "gwcost.schema_version";

/// How a column is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// INT64.
    Integer,
    /// BOOLEAN.
    Boolean,
    /// TIMESTAMP in milliseconds of UTC.
    Time,
}

impl Kind {
    /// The Arrow type.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Boolean => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        }
    }
}

macro_rules! columns {
    ($($variant:ident $name:literal $kind:ident $required:ident $doc:literal;)*) => {
        /// One column of a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Column {
            $(#[doc = $doc] $variant,)*
        }

        impl Column {
            /// Every column in file order.
            pub const ALL: &[Column] = &[$(Column::$variant,)*];

            /// The name in Parquet and SQL.
            pub const fn name(self) -> &'static str {
                match self { $(Column::$variant => $name,)* }
            }

            /// How it is stored.
            pub const fn kind(self) -> Kind {
                match self { $(Column::$variant => Kind::$kind,)* }
            }

            /// Whether every row has a value.
            pub const fn required(self) -> bool {
                match self { $(Column::$variant => columns!(@ $required),)* }
            }

            /// What it holds, with its unit.
            pub const fn description(self) -> &'static str {
                match self { $(Column::$variant => $doc,)* }
            }
        }
    };
    (@ required) => { true };
    (@ nullable) => { false };
}

columns! {
    Time "time" Time required "When the request began.";
    TimeResolutionMs "time_resolution_ms" Integer required "1 where the log holds milliseconds, else 1000.";
    Account "account" Text required "Twelve digits, the owner of the API.";
    Region "region" Text required "AWS region code.";
    Api "api" Text required "The API's id.";
    ApiKind "api_kind" Text required "rest, http or websocket.";
    Stage "stage" Text required "The stage's name.";
    Method "method" Text nullable "The HTTP method; null for WebSocket APIs.";
    Route "route" Text nullable "REST resource path, or HTTP or WebSocket route; null where none matched.";
    RouteTemplated "route_templated" Boolean required "The route was made from the path.";
    Path "path" Text nullable "The path that was asked for, without the query string.";
    Status "status" Integer nullable "The HTTP status that the caller got.";
    ResponseType "response_type" Text nullable "The gateway response type; null where the backend answered.";
    ResponseTypeLogged "response_type_logged" Boolean required "The log's format holds the gateway response type.";
    ResponseBytes "response_bytes" Integer nullable "Bytes of the response body.";
    RequestBytes "request_bytes" Integer nullable "Bytes of the request body; nearly never logged.";
    DataProcessedBytes "data_processed_bytes" Integer nullable "Bytes that an HTTP API processed.";
    LatencyMs "latency_ms" Integer nullable "Milliseconds until the caller had the response.";
    IntegrationLatencyMs "integration_latency_ms" Integer nullable "Milliseconds of the backend.";
    IntegrationStatus "integration_status" Integer nullable "The backend's status; null where it was not reached or not logged.";
    AuthorizerStatus "authorizer_status" Integer nullable "The authorizer's status.";
    AuthorizerLatencyMs "authorizer_latency_ms" Integer nullable "Milliseconds of the authorizer.";
    Key "key" Text nullable "The id of the API key, never its value.";
    Principal "principal" Text nullable "Who the authorizer says the caller is.";
    ClientNetwork "client_network" Text nullable "The caller's network (/24 or /48), or its address where asked for.";
    UserAgent "user_agent" Text nullable "What the client calls itself.";
    DomainName "domain_name" Text nullable "The host that the caller asked.";
    BasePath "base_path" Text nullable "The mapping of a custom domain.";
    EventType "event_type" Text nullable "CONNECT, MESSAGE or DISCONNECT of a WebSocket API; NONE where the log says there was no event.";
    ConnectionId "connection_id" Text nullable "The WebSocket connection.";
    MessageId "message_id" Text nullable "The WebSocket message.";
    ConnectedAt "connected_at" Time nullable "When the WebSocket connection was opened.";
    WafResponse "waf_response" Text nullable "WAF_ALLOW or WAF_BLOCK.";
    TransferMode "response_transfer_mode" Text nullable "BUFFERED or STREAMED.";
    Canary "is_canary" Boolean nullable "A canary deployment answered.";
    VpcEndpoint "vpc_endpoint" Text nullable "The VPC endpoint of a private API's caller.";
    Deployment "deployment" Text nullable "The deployment that answered.";
    RequestId "request_id" Text nullable "The request's id, which a REST client can choose.";
    ExtendedRequestId "extended_request_id" Text nullable "The id that API Gateway chose.";
    EventId "event_id" Text nullable "CloudWatch's id of the log event.";
    LineBytes "line_bytes" Integer required "Bytes of the log line.";
    LineHash "line_hash" Integer nullable "A hash of the line, where no id tells requests apart.";
    Unit "unit" Integer required "The unit that the row was read from.";
    UnitOffset "unit_offset" Integer required "The line's place in its unit: bytes after decompression.";
}

impl Column {
    /// The column's place in a row.
    pub const fn index(self) -> usize {
        self as usize
    }

    fn field(self) -> Field {
        Field::new(self.name(), self.kind().data_type(), !self.required())
    }
}

/// The Arrow schema of `requests/`, its version in the metadata.
pub fn schema() -> SchemaRef {
    let fields: Vec<Field> = Column::ALL.iter().map(|column| column.field()).collect();
    let metadata = HashMap::from([(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string())]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change here without a new version breaks lakes and dashboards that exist.
    #[test]
    fn the_schema_is_the_one_of_its_version() {
        let shape: Vec<String> = Column::ALL
            .iter()
            .map(|column| {
                let null = if column.required() { "" } else { "?" };
                format!("{}:{:?}{null}", column.name(), column.kind())
            })
            .collect();
        assert_eq!(SCHEMA_VERSION, 1);
        assert_eq!(
            shape.join(" "),
            "time:Time time_resolution_ms:Integer account:Text region:Text api:Text api_kind:Text stage:Text \
             method:Text? route:Text? route_templated:Boolean path:Text? status:Integer? response_type:Text? \
             response_type_logged:Boolean response_bytes:Integer? request_bytes:Integer? \
             data_processed_bytes:Integer? latency_ms:Integer? integration_latency_ms:Integer? \
             integration_status:Integer? authorizer_status:Integer? authorizer_latency_ms:Integer? key:Text? \
             principal:Text? client_network:Text? user_agent:Text? domain_name:Text? base_path:Text? \
             event_type:Text? connection_id:Text? message_id:Text? connected_at:Time? waf_response:Text? \
             response_transfer_mode:Text? is_canary:Boolean? vpc_endpoint:Text? deployment:Text? request_id:Text? \
             extended_request_id:Text? event_id:Text? line_bytes:Integer line_hash:Integer? unit:Integer unit_offset:Integer"
        );
    }
}
