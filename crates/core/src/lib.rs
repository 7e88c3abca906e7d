//! The pure part of gwcost: it reads no file, opens no socket and never looks at a clock.
//!
//! What stands here can be tested, fuzzed and reasoned about in seconds: the nouns ([`model`]), the
//! streams that hold log events ([`framing`]), the access-log formats ([`log_format`]), what settings say there
//! is to read ([`discovery`]), the money ([`pricing`]) and replays of traffic ([`simulate`]).

pub mod discovery;
pub mod framing;
pub mod log_format;
pub mod model;
pub mod pricing;
pub mod same;
pub mod simulate;
pub mod text;
