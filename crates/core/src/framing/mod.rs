//! Framing: how a stream of bytes holds events, and the events out of it.
//!
//! Streams come in, decompressed, as whatever `Read` they are; what an event means is
//! `log_format`'s business.

mod blocks;
mod events;
mod kind;

pub use blocks::{Block, Blocks, LONGEST_LINE};
pub use events::{Event, Events};
pub use kind::{Framing, UnknownFraming, next_seam};
