//! The ids that tell one request from another, in the order of their strength.

/// The ids of a row that tell requests apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventIds<'a> {
    /// Milliseconds of Unix time.
    pub time_ms: i64,
    /// Chosen by API Gateway.
    pub extended_request_id: Option<&'a str>,
    /// A client of a REST API can choose it.
    pub request_id: Option<&'a str>,
    /// CloudWatch's id of the log event.
    pub event_id: Option<&'a str>,
    /// WebSocket.
    pub connection_id: Option<&'a str>,
    /// WebSocket.
    pub event_type: Option<&'a str>,
    /// WebSocket.
    pub message_id: Option<&'a str>,
    /// A hash of the whole line.
    pub line_hash: Option<i64>,
}

impl EventIds<'_> {
    /// Whether a hash of the line is needed to tell this event from others.
    pub fn needs_line_hash(&self) -> bool {
        // An event's id is the last resort, and only with the request's own would a hash be more.
        let only_event = self.request_id.is_none() && self.event_id.is_some();
        self.extended_request_id.is_none() && self.websocket().is_none() && !only_event
    }

    /// Connection, event and message where the three identify one event.
    pub fn websocket(&self) -> Option<(&str, &str, &str)> {
        let (connection, event) = (self.connection_id?, self.event_type?);
        match event {
            // A connection opens and closes once, but carries many messages.
            "CONNECT" | "DISCONNECT" => Some((connection, event, "")),
            _ => Some((connection, event, self.message_id?)),
        }
    }
}
