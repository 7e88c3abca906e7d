//! What is said of caches: the same figures for programs ([`json`], [`csv`]) and for people ([`text`],
//! [`markdown`]).

pub mod csv;
pub mod json;
mod picture;
mod sections;
mod show;

pub use picture::{Picture, picture};
pub use show::{markdown, text};

/// Which options people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// For each TTL the size that pays best; where nobody knows what pays, the smallest that fits.
    Best,
    /// All.
    All,
}
