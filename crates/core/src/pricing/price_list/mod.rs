//! AWS's public price list of one service (an "offer file"), as JSON or CSV, made into rate cards.
//!
//! A wrong rate is worse than none, so the reader is strict where it takes something over: tiers must follow
//! each other from zero to infinity, a meter has one price in a region, and whatever contradicts itself is an
//! error that names its place. What it does not know (other families, usage types of the future) it leaves
//! alone and reports. The place of columns, the order of rows and whether a usage type carries its region's
//! prefix mean nothing.

mod assemble;
mod classify;
mod csv_file;
mod json_file;
mod region_code;
#[cfg(test)]
mod tests;

pub use region_code::{prefix_of_region, region_of_prefix};

use super::{Meter, RateCard, TierError};
use assemble::assemble;

/// What a price list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// The service's code: `AmazonApiGateway`.
    pub offer: String,
    /// When AWS published it, as the file says.
    pub published: String,
    /// One card for each region and currency, in that order, every rate with this list as its source.
    pub cards: Vec<RateCard>,
    /// What was not taken over: a family and usage type, in words, and how many prices it has.
    pub unread: Vec<(String, usize)>,
}

/// A price list that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceListError {
    /// It is neither JSON nor CSV in the shape of AWS's lists, or it ends in the middle.
    #[error("not a price list: {0}")]
    Shape(String),
    /// A value that is none.
    #[error("{place}: {field} is {value:?}: expected {expected}")]
    Value {
        /// Where it stands: a path in JSON, a line in CSV.
        place: String,
        /// What the value is of.
        field: &'static str,
        /// The value.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// A meter that has two prices in a region.
    #[error("{place}: {meter} in {region} has a price already, at {other}")]
    Twice {
        /// Where the second one stands.
        place: String,
        /// The meter.
        meter: Meter,
        /// The region.
        region: String,
        /// Where the first one stands.
        other: String,
    },
    /// Two entries of one name.
    #[error("{place}: {name:?} is there twice")]
    Repeated {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
    /// Tiers with a hole between them, or that do not go from nothing to the end.
    #[error("{place}: the tiers of {meter} in {region} do not follow each other: one {problem}")]
    Gap {
        /// Where the tier stands.
        place: String,
        /// The meter.
        meter: Meter,
        /// The region.
        region: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Tiers that make no price.
    #[error("{place}: {meter} in {region}: {source}")]
    Tiers {
        /// Where one of them stands.
        place: String,
        /// The meter.
        meter: Meter,
        /// The region.
        region: String,
        /// What is wrong with them.
        source: TierError,
    },
    /// A product without a price.
    #[error("{place}: {meter} in {region} has no price")]
    NoPrice {
        /// Where the product stands.
        place: String,
        /// The meter.
        meter: Meter,
        /// The region.
        region: String,
    },
    /// It is well formed and holds no price of any meter.
    #[error("the price list of {offer:?} holds no price that gwcost knows a meter for")]
    Nothing {
        /// The service's code.
        offer: String,
    },
}

/// One price of one tier, as both forms hold it. Texts are as they stand in the file.
#[derive(Clone, Debug, Default)]
struct Row {
    place: String,
    family: String,
    operation: String,
    usage_type: String,
    region: String,
    effective: String,
    begin: String,
    end: String,
    currency: String,
    price: String,
}

/// What stands around the rows.
#[derive(Clone, Debug, Default)]
struct Heading {
    offer: String,
    published: String,
}

/// Reads a whole list, JSON if it begins with a brace and CSV otherwise.
///
/// # Errors
/// [`PriceListError`], with the place; a list that ends in the middle is one.
pub fn parse(bytes: &[u8]) -> Result<PriceList, PriceListError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        PriceListError::Shape(format!("it is no UTF-8 after {} bytes", error.valid_up_to()))
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let (heading, rows) = match text.trim_start().starts_with('{') {
        true => json_file::read(text)?,
        false => csv_file::read(text)?,
    };
    assemble(&heading, rows)
}
