//! From the values of one line to one row: which value wins, and what is derived or truncated.

use std::sync::Arc;

use gwcost_core::log_format::{IntegerField, Sink, TextField};
use gwcost_core::model::{ApiKind, ApiPatterns, LoggedRoute, Route, execute_api_host};

use super::address::Networks;
use super::batch::Batch;
use super::columns::Column;
use super::ids::EventIds;

/// Where the lines of a unit are from, as far as the lines do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Twelve digits.
    pub account: Option<String>,
    /// AWS region code.
    pub region: Option<String>,
    /// The API's id.
    pub api: Option<String>,
    /// The stage's name.
    pub stage: Option<String>,
}

/// What holds for every line of a unit.
#[derive(Clone, Debug)]
pub struct UnitContext {
    /// The unit's number in the lake.
    pub number: i64,
    /// Where it comes from.
    pub source: String,
    /// Its lines hold values of API keys: rejected ones are not kept.
    pub secret: bool,
    /// Values that lines lack.
    pub origin: Origin,
    /// The kind of API, which no line says.
    pub kind: ApiKind,
    /// The format holds `$context.error.responseType`.
    pub response_type_logged: bool,
    /// The format holds a route or a resource path, so that a row without one matched none.
    pub route_logged: bool,
    /// The format holds the event type or the route of a WebSocket API.
    pub event_logged: bool,
    /// Keep client addresses whole.
    pub keep_ip: bool,
    /// The user's patterns for routes that are made from paths.
    pub patterns: Arc<ApiPatterns>,
}

/// Where a line stands, and what was said around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Bytes or events of the unit before it.
    pub offset: i64,
    /// When the event was, milliseconds of Unix time.
    pub time_ms: Option<i64>,
    /// CloudWatch's id of it.
    pub event_id: Option<&'a str>,
}

/// The values of one line, borrowed from it.
#[derive(Debug, PartialEq, Eq)]
pub struct PendingRow<'line> {
    texts: [Option<&'line str>; TextField::COUNT],
    integers: [Option<i64>; IntegerField::COUNT],
}

/// A line that was read but makes no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Nothing says when it was.
    #[error("has no request time")]
    NoTime,
    /// Before API Gateway existed or far ahead.
    #[error("has a request time outside 2015 to 2100")]
    TimeOutOfRange,
    /// Nothing says whose API it was.
    #[error("the line says no account: add --account")]
    NoAccount,
    /// Nothing says where it was.
    #[error("the line says no region: add --region")]
    NoRegion,
    /// Nothing says which API it was.
    #[error("the line says no API: add --api")]
    NoApi,
    /// Nothing says which stage it was.
    #[error("the line says no stage: add --stage")]
    NoStage,
    /// A negative size would make a negative cost.
    #[error("has a negative size or latency")]
    Negative,
}

impl RowError {
    /// The errors that a flag mends.
    pub const FACTS: [RowError; 4] =
        [RowError::NoAccount, RowError::NoRegion, RowError::NoApi, RowError::NoStage];
}

const YEAR_2015_MS: i64 = 1_420_070_400_000;
const YEAR_2100_MS: i64 = 4_102_444_800_000;

impl Default for PendingRow<'_> {
    fn default() -> Self {
        PendingRow { texts: [None; TextField::COUNT], integers: [None; IntegerField::COUNT] }
    }
}

impl<'line> Sink<'line> for PendingRow<'line> {
    fn text(&mut self, field: TextField, value: &'line str) {
        self.texts[field as usize].get_or_insert(value);
    }

    fn integer(&mut self, field: IntegerField, value: i64) {
        self.integers[field as usize].get_or_insert(value);
    }
}

/// Whose request it was, as far as a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said<'line> {
    pub account: Option<&'line str>,
    pub region: Option<&'line str>,
    pub api: Option<&'line str>,
    pub stage: Option<&'line str>,
}

impl<'line> Said<'line> {
    /// What an origin adds.
    pub fn or(self, origin: &'line Origin) -> Said<'line> {
        Said {
            account: self.account.or(origin.account.as_deref()),
            region: self.region.or(origin.region.as_deref()),
            api: self.api.or(origin.api.as_deref()),
            stage: self.stage.or(origin.stage.as_deref()),
        }
    }
}

/// A row that was placed: its time and its ids.
pub struct Placed<'line> {
    /// Milliseconds of Unix time.
    pub time_ms: i64,
    /// For finding duplicates.
    pub ids: EventIds<'line>,
}

impl<'line> PendingRow<'line> {
    fn text_of(&self, field: TextField) -> Option<&'line str> {
        self.texts[field as usize]
    }

    fn integer_of(&self, field: IntegerField) -> Option<i64> {
        self.integers[field as usize]
    }

    /// Whose request it was, as far as the line says.
    pub(super) fn said(&self) -> Said<'line> {
        let host = self.text_of(TextField::DomainName).and_then(execute_api_host);
        Said {
            account: self.text_of(TextField::AccountId),
            region: host.map(|(_, region)| region),
            api: self.text_of(TextField::ApiId).or(host.map(|(api, _)| api)),
            stage: self.text_of(TextField::Stage),
        }
    }

    /// Finds the row's time and ids; `line` is hashed when nothing else identifies it.
    ///
    /// # Errors
    /// [`RowError`] when the row has no time, or none that can be.
    pub fn place(
        &self,
        unit: &UnitContext,
        line: &str,
        place: Place<'line>,
    ) -> Result<Placed<'line>, RowError> {
        let time_ms = self
            .integer_of(IntegerField::TimeEpochMs)
            .or_else(|| self.integer_of(IntegerField::TimeClfMs))
            .or(place.time_ms)
            .ok_or(RowError::NoTime)?;
        if !(YEAR_2015_MS..YEAR_2100_MS).contains(&time_ms) {
            return Err(RowError::TimeOutOfRange);
        }
        let mut ids = EventIds {
            time_ms,
            extended_request_id: self.text_of(TextField::ExtendedRequestId),
            request_id: self.text_of(TextField::RequestId),
            event_id: place.event_id,
            connection_id: self.text_of(TextField::ConnectionId),
            event_type: self.event_type(unit),
            message_id: self.text_of(TextField::MessageId),
            line_hash: None,
        };
        if ids.needs_line_hash() {
            ids.line_hash = Some(xxhash_rust::xxh3::xxh3_64(line.as_bytes()).cast_signed());
        }
        Ok(Placed { time_ms, ids })
    }

    /// CONNECT, MESSAGE or DISCONNECT, from the route where the log does not say it.
    fn event_type(&self, unit: &UnitContext) -> Option<&'line str> {
        if unit.kind != ApiKind::WebSocket {
            return None;
        }
        let of_route = || match self.text_of(TextField::RouteKey)? {
            "$connect" => Some("CONNECT"),
            "$disconnect" => Some("DISCONNECT"),
            _ => Some("MESSAGE"),
        };
        let event = self.text_of(TextField::EventType).or_else(of_route);
        // A caller who was refused before there was a connection sent no message.
        event.or(unit.event_logged.then_some("NONE"))
    }

    /// Appends the row to a batch.
    ///
    /// # Errors
    /// [`RowError`] when nothing says whose request it was; then nothing was appended.
    pub fn append(
        &self,
        placed: &Placed<'_>,
        unit: &UnitContext,
        line: &str,
        offset: i64,
        networks: &mut Networks,
        batch: &mut Batch,
    ) -> Result<(), RowError> {
        use Column as C;
        use {IntegerField as I, TextField as T};

        let domain = self.text_of(T::DomainName);
        let said = self.said();
        let origin = &unit.origin;
        let account = said.account.or(origin.account.as_deref()).ok_or(RowError::NoAccount)?;
        let region = said.region.or(origin.region.as_deref()).ok_or(RowError::NoRegion)?;
        let api = said.api.or(origin.api.as_deref()).ok_or(RowError::NoApi)?;
        let stage = said.stage.or(origin.stage.as_deref()).ok_or(RowError::NoStage)?;
        let measures = [
            I::ResponseLength,
            I::RequestLength,
            I::DataProcessed,
            I::ResponseLatency,
            I::IntegrationLatency,
        ];
        if measures.iter().any(|field| self.integer_of(*field).is_some_and(|value| value < 0)) {
            return Err(RowError::Negative);
        }
        let route = self.route(unit, api, stage);

        batch.time(C::Time, Some(placed.time_ms));
        // An event's own time is the request's, to the millisecond.
        let exact = self.integer_of(I::TimeEpochMs).is_some() || self.integer_of(I::TimeClfMs).is_none();
        batch.integer(C::TimeResolutionMs, Some(if exact { 1 } else { 1000 }));
        batch.text(C::Account, Some(account));
        batch.text(C::Region, Some(region));
        batch.text(C::Api, Some(api));
        batch.text(C::ApiKind, Some(unit.kind.name()));
        batch.text(C::Stage, Some(stage));
        batch.text(C::Method, route.method);
        batch.text(C::Route, route.route.as_deref());
        batch.boolean(C::RouteTemplated, Some(route.templated));
        batch.text(C::Path, self.text_of(T::Path));
        batch.integer(C::Status, self.integer_of(I::Status));
        batch.text(C::ResponseType, self.text_of(T::ResponseType));
        batch.boolean(C::ResponseTypeLogged, Some(unit.response_type_logged));
        batch.integer(C::ResponseBytes, self.integer_of(I::ResponseLength));
        batch.integer(C::RequestBytes, self.integer_of(I::RequestLength));
        batch.integer(C::DataProcessedBytes, self.integer_of(I::DataProcessed));
        batch.integer(C::LatencyMs, self.integer_of(I::ResponseLatency));
        batch.integer(C::IntegrationLatencyMs, self.integer_of(I::IntegrationLatency));
        let backend = self.integer_of(I::BackendStatus).or(self.integer_of(I::IntegrationStatus));
        batch.integer(C::IntegrationStatus, backend);
        batch.integer(C::AuthorizerStatus, self.integer_of(I::AuthorizerStatus));
        batch.integer(C::AuthorizerLatencyMs, self.integer_of(I::AuthorizerLatency));
        batch.text(C::Key, self.text_of(T::ApiKeyId));
        batch.text(C::Principal, self.text_of(T::PrincipalId));
        let client = self.text_of(T::SourceIp).map(|address| networks.of(address, unit.keep_ip));
        batch.text(C::ClientNetwork, client);
        batch.text(C::UserAgent, self.text_of(T::UserAgent));
        batch.text(C::DomainName, domain);
        batch.text(C::BasePath, self.text_of(T::BasePathMatched));
        batch.text(C::EventType, self.event_type(unit));
        batch.text(C::ConnectionId, self.text_of(T::ConnectionId));
        batch.text(C::MessageId, self.text_of(T::MessageId));
        batch.time(C::ConnectedAt, self.integer_of(I::ConnectedAtMs));
        batch.text(C::WafResponse, self.text_of(T::WafResponseCode));
        batch.text(C::TransferMode, self.text_of(T::ResponseTransferMode));
        batch.boolean(C::Canary, self.text_of(T::IsCanaryRequest).map(|text| text == "true"));
        batch.text(C::VpcEndpoint, self.text_of(T::VpceId));
        batch.text(C::Deployment, self.text_of(T::DeploymentId));
        batch.text(C::RequestId, self.text_of(T::RequestId));
        batch.text(C::ExtendedRequestId, self.text_of(T::ExtendedRequestId));
        batch.text(C::EventId, placed.ids.event_id);
        batch.integer(C::LineBytes, i64::try_from(line.len()).ok());
        batch.integer(C::LineHash, placed.ids.line_hash);
        batch.integer(C::Unit, Some(unit.number));
        batch.integer(C::UnitOffset, Some(offset));
        batch.end_row(placed.time_ms);
        Ok(())
    }

    fn route<'r>(&self, unit: &'r UnitContext, api: &str, stage: &'r str) -> Route<'r>
    where
        'line: 'r,
    {
        let route = match unit.kind {
            ApiKind::Rest => TextField::ResourcePath,
            ApiKind::Http | ApiKind::WebSocket => TextField::RouteKey,
        };
        let logged = LoggedRoute {
            kind: unit.kind,
            method: self.text_of(TextField::HttpMethod),
            route: self.text_of(route),
            route_logged: unit.route_logged,
            path: self.text_of(TextField::Path),
            stage,
        };
        logged.route(|path| unit.patterns.route(api, path))
    }
}
