//! Rate cards: whether there are rates for what the lake holds, and since when they are known.

use std::collections::BTreeSet;

use gwcost_core::model::day_of_ms;
use gwcost_core::pricing::Meter;
use jiff::civil::Date;

use super::finding::Finding;
use crate::analysis::places;
use crate::cli::Selection;
use crate::command::CommandError;
use crate::command::context::{Context, Pricing};
use crate::lake::Lake;

const ABOUT: &str = "rates";

/// Looks at the rates for the regions and kinds of API of the lake's last month.
pub fn look(context: &Context, lake: Option<&Lake>, findings: &mut Vec<Finding>) {
    let pricing = match context.pricing(&Selection::default()) {
        Ok(pricing) => pricing,
        Err(error) => {
            let how = "mend the file: gwcost assets list says which one replaces which";
            findings.push(Finding::wrong(ABOUT, error.to_string(), how));
            return;
        }
    };
    for replaced in &pricing.overrides {
        findings.push(Finding::ok(ABOUT, format!("your own file is used: {replaced}")));
    }
    let Some((lake, (_, last_ms))) = lake.and_then(|lake| Some((lake, lake.covered()?))) else {
        findings.push(Finding::ok(ABOUT, "every rate card can be read"));
        return;
    };
    let places = match places(lake).map_err(CommandError::from) {
        Ok(places) => places,
        Err(error) => {
            findings.push(Finding::wrong(ABOUT, error.to_string(), "gwcost lake verify"));
            return;
        }
    };
    let mut needed = BTreeSet::new();
    for (region, kind) in places {
        needed.insert((region.clone(), Meter::of_calls(kind)));
        needed.insert((region, Meter::InternetTransfer));
    }
    for (region, meter) in needed {
        findings.push(of(&pricing, &region, meter, day_of_ms(last_ms)));
    }
}

fn of(pricing: &Pricing, region: &str, meter: Meter, day: Date) -> Finding {
    match pricing.catalog.quote(region, meter, day) {
        Ok(quote) => {
            let what = format!(
                "{meter} in {region}: {} from {}, known from {}",
                quote.confidence, quote.card, quote.effective
            );
            Finding::ok(ABOUT, what)
        }
        Err(reason) => {
            let how = format!(
                "gwcost pricing update reads AWS's list; or gwcost assets export MINE, write the rate into MINE/pricing/{region}.toml with its source, and name \
                 the folder with --assets MINE"
            );
            Finding::missing(ABOUT, format!("{day}: {reason}: those requests have no price"), how)
        }
    }
}
