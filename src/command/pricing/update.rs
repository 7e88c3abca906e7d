//! `gwcost pricing update`: AWS's public price list becomes rate cards of the user's own.
//!
//! Everything is loaded, read and checked before the first file is written; a list that breaks off, or that is
//! none, changes nothing. Each card is replaced whole, by renaming. Rates that a card knows of earlier days stay:
//! they price earlier months.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gwcost_core::pricing::price_list::{self, PriceList, PriceListError};
use gwcost_core::pricing::{Confidence, RateCard};
use gwcost_core::text::{did_you_mean, grouped};
use serde::Deserialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::{to_file, to_stdout};
use crate::assets::Folder;
use crate::cli::PricingUpdateArgs;
use crate::exit::Exit;
use crate::report::{counted, inert};
use crate::source::Downloader;

/// Where AWS publishes its lists.
const LISTS: &str = "https://pricing.us-east-1.amazonaws.com";

/// The services whose lists are read: API Gateway first, whose regions are those that cards are of, and those that
/// a request meets on its way.
const OFFERS: [&str; 6] =
    [API_GATEWAY, "AWSLambda", "AmazonCloudWatch", "awswaf", "AWSXRay", "AWSDataTransfer"];

const API_GATEWAY: &str = "AmazonApiGateway";

/// No list of one service and region is nearly as large.
const MOST_BYTES: usize = 64 << 20;

#[derive(Deserialize)]
struct RegionIndex {
    regions: BTreeMap<String, IndexedRegion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IndexedRegion {
    current_version_url: String,
}

/// Runs `gwcost pricing update`.
pub fn run(context: &Context, arguments: &PricingUpdateArgs) -> Result<Exit, CommandError> {
    let home = context.home.as_deref().ok_or_else(|| {
        CommandError::Usage("there is no folder for rate cards: set GWCOST_HOME".to_owned())
    })?;
    let lists = match arguments.from.is_empty() {
        true => downloaded(arguments)?,
        false => arguments.from.iter().map(|path| from_file(path)).collect::<Result<Vec<_>, _>>()?,
    };
    let known = known_cards(context)?;
    let mut updates: BTreeMap<String, Update> = BTreeMap::new();
    for list in &lists {
        for card in list.cards.iter().filter(|card| is_asked_for(arguments, &card.region)) {
            let update = updates
                .entry(card.region.clone())
                .or_insert_with(|| Update::of(known.get(&card.region).cloned(), card));
            update.take(card);
        }
    }
    if let Some(region) = arguments.region.iter().find(|region| !updates.contains_key(*region)) {
        let regions = lists.iter().flat_map(|list| &list.cards).map(|card| card.region.as_str());
        let hint = did_you_mean(region, regions);
        return Err(CommandError::Usage(format!("--region {region}: the price list does not have it{hint}")));
    }
    let folder = home.join(Folder::Pricing.name());
    let changed: Vec<&Update> = updates.values().filter(|update| update.is_change()).collect();
    // What is written is read once more before anything is replaced.
    for update in &changed {
        RateCard::parse(&update.card.region, &update.card.to_toml())?;
    }
    if !arguments.dry_run && !changed.is_empty() {
        fs::create_dir_all(&folder).map_err(CommandError::file(&folder))?;
        for update in &changed {
            let path = folder.join(format!("{}.toml", update.card.region));
            to_file(&path, |out| out.write_all(update.card.to_toml().as_bytes()))?;
        }
    }
    let text = summary(&lists, &updates, &folder, arguments.dry_run);
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

fn is_asked_for(arguments: &PricingUpdateArgs, region: &str) -> bool {
    arguments.region.is_empty() || arguments.region.iter().any(|asked| asked == region)
}

fn from_file(path: &Path) -> Result<PriceList, CommandError> {
    let bytes = fs::read(path).map_err(CommandError::file(path))?;
    read(&path.display().to_string(), &bytes)
}

fn read(name: &str, bytes: &[u8]) -> Result<PriceList, CommandError> {
    price_list::parse(bytes).map_err(|error| wrong(name, error))
}

fn wrong(name: &str, error: PriceListError) -> CommandError {
    CommandError::PriceList { name: name.to_owned(), source: Box::new(error) }
}

/// The newest lists of the regions, from the network.
fn downloaded(arguments: &PricingUpdateArgs) -> Result<Vec<PriceList>, CommandError> {
    let offers = asked_offers(arguments)?;
    let base = arguments.url.as_deref().unwrap_or(LISTS).trim_end_matches('/');
    let downloader = Downloader::new()?;
    let mut lists = Vec::new();
    // The regions of the first list; another service's further ones have no API.
    let mut regions: Option<BTreeSet<String>> = None;
    for offer in offers {
        let index_url = format!("{base}/offers/v1.0/aws/{offer}/current/region_index.json");
        let bytes = downloader.get(&index_url, MOST_BYTES)?;
        let index: RegionIndex = serde_json::from_slice(&bytes).map_err(|error| {
            wrong(&index_url, PriceListError::Shape(format!("no index of regions: {error}")))
        })?;
        let wanted = match &regions {
            Some(regions) => regions.clone(),
            None => asked_regions(arguments, &index)?,
        };
        for (region, place) in index.regions.iter().filter(|(region, _)| wanted.contains(*region)) {
            let url = &place.current_version_url;
            if !url.starts_with("/offers/") {
                let problem = format!("the list of {region} is said to be at {url:?}");
                return Err(wrong(&index_url, PriceListError::Shape(problem)));
            }
            let url = format!("{base}{url}");
            match price_list::parse(&downloader.get(&url, MOST_BYTES)?) {
                Ok(list) => lists.push(list),
                // A neighbour need not be in every region, nor sell there what is counted here.
                Err(PriceListError::Nothing { .. }) if offer != API_GATEWAY => {
                    tracing::info!(offer, %region, "no price in it that there is a meter for");
                }
                Err(error) => return Err(wrong(&url, error)),
            }
        }
        regions = Some(wanted);
    }
    Ok(lists)
}

fn asked_offers(arguments: &PricingUpdateArgs) -> Result<Vec<&'static str>, CommandError> {
    if let Some(typed) = arguments.offer.iter().find(|typed| !OFFERS.contains(&typed.as_str())) {
        return Err(CommandError::flag("--offer")(format!(
            "{typed:?} is no list that gwcost reads: expected {}{}",
            OFFERS.join(", "),
            did_you_mean(typed, OFFERS)
        )));
    }
    let asked =
        |offer: &&str| arguments.offer.is_empty() || arguments.offer.iter().any(|typed| typed == offer);
    Ok(OFFERS.into_iter().filter(asked).collect())
}

fn asked_regions(
    arguments: &PricingUpdateArgs,
    index: &RegionIndex,
) -> Result<BTreeSet<String>, CommandError> {
    if let Some(region) = arguments.region.iter().find(|region| !index.regions.contains_key(*region)) {
        let hint = did_you_mean(region, index.regions.keys().map(String::as_str));
        return Err(CommandError::Usage(format!("--region {region}: AWS has no price list for it{hint}")));
    }
    Ok(index.regions.keys().filter(|region| is_asked_for(arguments, region)).cloned().collect())
}

/// The cards that are in use, by region.
fn known_cards(context: &Context) -> Result<BTreeMap<String, RateCard>, CommandError> {
    let (catalog, _) = context.catalog(None)?;
    Ok(catalog.cards().map(|(_, card)| (card.region.clone(), card.clone())).collect())
}

/// A card, and what a list does to it.
struct Update {
    card: RateCard,
    added: usize,
    same: usize,
    /// Cards of the list in another currency, which this one cannot hold.
    left_out: Vec<String>,
}

impl Update {
    /// Starts from the card in use; a new region's currency is the list's.
    fn of(known: Option<RateCard>, listed: &RateCard) -> Update {
        let new = || RateCard::empty(&listed.region, &listed.currency, listed.usage_type_prefix.clone());
        Update { card: known.unwrap_or_else(new), added: 0, same: 0, left_out: Vec::new() }
    }

    fn take(&mut self, listed: &RateCard) {
        if listed.currency != self.card.currency {
            self.left_out.push(listed.currency.clone());
            return;
        }
        for rate in listed.rates() {
            let known = self.card.rate_on(rate.meter, rate.effective);
            let published = known.is_some_and(|known| known.confidence == Confidence::Published);
            // A list repeats old prices under a new date each month.
            if published && known.is_some_and(|known| known.tiers == rate.tiers) {
                self.same += 1;
            } else {
                self.card.add(rate.clone());
                self.added += 1;
            }
        }
    }

    fn is_change(&self) -> bool {
        self.added > 0
    }
}

fn summary(lists: &[PriceList], updates: &BTreeMap<String, Update>, folder: &Path, dry_run: bool) -> String {
    let mut text = String::new();
    for (region, update) in updates {
        let count = |number: usize| grouped(number as u64);
        text.push_str(&format!(
            "{region}: {} new or changed, {} known\n",
            counted(update.added as u64, "rate"),
            count(update.same)
        ));
        for currency in &update.left_out {
            let known = &update.card.currency;
            text.push_str(&format!("  left out: prices in {}, the card is in {known}\n", inert(currency)));
        }
    }
    let published: BTreeSet<(&str, &str)> =
        lists.iter().map(|list| (list.offer.as_str(), list.published.as_str())).collect();
    for (offer, published) in published {
        let published = if published.is_empty() { "on a day that it does not say" } else { published };
        text.push_str(&format!("read: {}, published {}\n", inert(offer), inert(published)));
    }
    let mut unread: BTreeMap<String, usize> = BTreeMap::new();
    for list in lists {
        for (what, prices) in &list.unread {
            // Of other services nearly everything is not a request's business: its families will do.
            let what = match list.offer.as_str() {
                API_GATEWAY => what.clone(),
                offer => format!("{offer}: {}", what.split(": ").next().unwrap_or_default()),
            };
            *unread.entry(what).or_default() += prices;
        }
    }
    for (what, prices) in unread {
        text.push_str(&format!("not read: {}, {}\n", inert(&what), counted(prices as u64, "price")));
    }
    let changed = updates.values().filter(|update| update.is_change()).count() as u64;
    let place: PathBuf = folder.to_owned();
    text.push_str(&match (changed, dry_run) {
        (0, _) => "nothing to change\n".to_owned(),
        (_, true) => format!("{} would be written to {}\n", counted(changed, "card"), place.display()),
        (_, false) => format!("{} written to {}\n", counted(changed, "card"), place.display()),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(effective: &str, confidence: &str, rate: &str) -> RateCard {
        let text = format!(
            "schema_version = 1\nregion = \"us-east-1\"\ncurrency = \"USD\"\n[[rate]]\nmeter = \"rest_requests\"\n\
             effective = \"{effective}\"\nconfidence = \"{confidence}\"\nsource = \"a test\"\n\
             tiers = [{{ rate = \"{rate}\" }}]\n"
        );
        RateCard::parse("x.toml", &text).unwrap()
    }

    fn after(known: &RateCard, listed: &RateCard) -> (usize, Vec<String>) {
        let mut update = Update::of(Some(known.clone()), listed);
        update.take(listed);
        (update.added, update.card.rates().iter().map(|rate| rate.effective.to_string()).collect())
    }

    #[test]
    fn history_stays_and_what_is_known_is_not_repeated() {
        let september = card("2026-09-01", "published", "0.0000035");
        let both = ["2026-04-01", "2026-09-01"].map(str::to_owned).to_vec();
        assert_eq!(after(&card("2026-04-01", "published", "0.000003"), &september), (1, both.clone()));
        // The same price, but from AWS itself now.
        assert_eq!(after(&card("2026-04-01", "transcribed", "0.0000035"), &september), (1, both));
        let april = vec!["2026-04-01".to_owned()];
        assert_eq!(after(&card("2026-04-01", "published", "0.00000350"), &september), (0, april));
        // Of the same day, the list's word replaces another's.
        let same_day = card("2026-09-01", "secondary", "0.000003");
        assert_eq!(after(&same_day, &september), (1, vec!["2026-09-01".to_owned()]));
    }
}
