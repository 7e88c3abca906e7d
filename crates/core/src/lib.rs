//! The pure part of gwcost: it reads no file, opens no socket and never looks at a clock.
//!
//! What stands here can be tested, fuzzed and reasoned about in seconds: the nouns ([`model`]), the
//! streams that hold log events ([`framing`]), the access-log formats ([`log_format`]), the money
//! ([`pricing`]) and replays of what other settings would have done ([`simulate`]).

pub mod framing;
pub mod log_format;
pub mod model;
pub mod pricing;
pub mod simulate;
pub mod text;
