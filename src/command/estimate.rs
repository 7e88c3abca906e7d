//! `gwcost estimate`: what usage would cost that nobody has logged, by the code that prices logs.

use std::str::FromStr;

use gwcost_core::model::{Month, day_of_ms};
use gwcost_core::pricing::{
    AmountOverflow, CacheSize, HTTP_INCREMENT_BYTES, Meter, UnknownCacheSize, WEBSOCKET_INCREMENT_BYTES,
    estimate,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::CommandError;
use super::bill::glob;
use super::context::{Context, month_of};
use super::output::{say, terminal, to_stdout};
use crate::analysis::{BillQuestion, bill};
use crate::cli::{EstimateArgs, ListFormat, Selection};
use crate::exit::Exit;
use crate::report;

/// Hours of a month, as AWS's calculator counts them.
const HOURS_OF_A_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// Bytes of a KB.
const KB: Decimal = Decimal::from_parts(1024, 0, 0, false, 0);

/// Runs `gwcost estimate`.
pub fn run(context: &Context, arguments: &EstimateArgs) -> Result<Exit, CommandError> {
    let mut usage = usage(arguments)?;
    if arguments.from_lake {
        measured(context, arguments, &mut usage)?;
    }
    let (catalog, overrides) = context.catalog(arguments.rates_at.as_deref())?;
    let day = day_of_ms(context.now_ms);
    let quote = |meter| catalog.quote(&arguments.region, meter, day);
    let answer = estimate(&usage, |meter| quote(meter).map(|quote| quote.tiers))?;
    let rates = usage.iter().filter_map(|(meter, _)| Some((*meter, quote(*meter).ok()?))).collect();
    let shown = report::EstimateView {
        region: arguments.region.clone(),
        currency: catalog.currency().to_owned(),
        estimate: answer,
        rates,
        overrides,
    };
    to_stdout(|out| match arguments.format {
        ListFormat::Table => out.write_all(report::estimate::table(&shown, &terminal()).as_bytes()),
        ListFormat::Json => report::estimate::json(&shown, out),
    })?;
    if arguments.strict && !shown.estimate.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}

/// What was typed, in base units of its meters.
fn usage(arguments: &EstimateArgs) -> Result<Vec<(Meter, u64)>, CommandError> {
    let mut usage = Vec::new();
    let rest = arguments.rest_requests.as_deref().map(|typed| count("--rest-requests", typed)).transpose()?;
    let http = arguments.http_requests.as_deref().map(|typed| count("--http-requests", typed)).transpose()?;
    let messages = arguments.ws_messages.as_deref().map(|typed| count("--ws-messages", typed)).transpose()?;
    if let Some(requests) = rest {
        usage.push((Meter::RestRequests, requests));
    }
    if let Some(requests) = http {
        let size = arguments.http_kb.as_deref().map(|typed| bytes("--http-kb", typed, KB)).transpose()?;
        let each = size.map_or(1, |bytes| bytes.div_ceil(HTTP_INCREMENT_BYTES).max(1));
        usage.push((Meter::HttpRequests, times("--http-requests", requests, each)?));
    }
    if let Some(messages) = messages {
        let size = arguments.ws_kb.as_deref().map(|typed| bytes("--ws-kb", typed, KB)).transpose()?;
        let each = size.map_or(1, |bytes| bytes.div_ceil(WEBSOCKET_INCREMENT_BYTES).max(1));
        usage.push((Meter::WebsocketMessages, times("--ws-messages", messages, each)?));
    }
    if let Some(minutes) = &arguments.ws_minutes {
        usage.push((Meter::WebsocketMinutes, count("--ws-minutes", minutes)?));
    }
    if let Some(size) = &arguments.cache {
        let size = CacheSize::from_str(size)
            .map_err(|error: UnknownCacheSize| CommandError::flag("--cache")(error.to_string()))?;
        let hours =
            arguments.cache_hours.as_deref().map(|typed| number("--cache-hours", typed)).transpose()?;
        let meter = Meter::CacheHours(size);
        let seconds = meter.base_units(hours.unwrap_or(HOURS_OF_A_MONTH));
        usage.push((meter, seconds.ok_or_else(|| too_many("--cache-hours"))?));
    }
    for (flag, typed, meter) in [
        ("--private-hours", &arguments.private_hours, Meter::PrivateEndpointHours),
        ("--private-gb", &arguments.private_gb, Meter::PrivateTransfer),
    ] {
        if let Some(typed) = typed {
            let units = meter.base_units(number(flag, typed)?).ok_or_else(|| too_many(flag))?;
            usage.push((meter, units));
        }
    }
    if let Some(users) = &arguments.cognito_users {
        usage.push((Meter::CognitoUsers, count("--cognito-users", users)?));
    }
    if let Some(typed) = &arguments.transfer_gb {
        let quantity = number("--transfer-gb", typed)?;
        let bytes = Meter::InternetTransfer.base_units(quantity).ok_or_else(|| too_many("--transfer-gb"))?;
        usage.push((Meter::InternetTransfer, bytes));
    }
    if let Some(typed) = &arguments.response_kb {
        if rest.is_none() && http.is_none() {
            let problem =
                "--response-kb needs --rest-requests or --http-requests: how many responses are there?";
            return Err(CommandError::Usage(problem.to_owned()));
        }
        let responses = rest.unwrap_or(0).saturating_add(http.unwrap_or(0));
        // Half a byte of each of a million responses is half a million bytes.
        let bytes = bytes("--response-kb", typed, KB * Decimal::from(responses))?;
        usage.push((Meter::InternetTransfer, bytes));
    }
    if usage.is_empty() && !arguments.from_lake {
        return Err(CommandError::Usage(
            "nothing to price: say how much of what with --rest-requests, --http-requests, --ws-messages, \
             --ws-minutes, --cache, --transfer-gb, --cognito-users, or --from-lake"
                .to_owned(),
        ));
    }
    Ok(usage)
}

/// Adds what the lake holds of the region in a month, grown. All of its accounts count as one.
fn measured(
    context: &Context,
    arguments: &EstimateArgs,
    usage: &mut Vec<(Meter, u64)>,
) -> Result<(), CommandError> {
    let month = match &arguments.month {
        Some(month) => month_of("--month", month)?,
        None => Month::of_ms(context.now_ms).previous(),
    };
    let growth = arguments.growth.as_deref().map(percent).transpose()?.unwrap_or_default();
    let factor = (Decimal::ONE_HUNDRED + growth) / Decimal::ONE_HUNDRED;
    let selection = Selection { rates_at: arguments.rates_at.clone(), ..Selection::default() };
    let pricing = context.pricing(&selection)?;
    let question = BillQuestion {
        window: month.window(),
        account: glob("--account", arguments.account.as_deref())?,
        region: glob("--region", Some(&globset::escape(&arguments.region)))?,
        metering: context.metering(&selection)?,
    };
    let bill = context.ask_lake(|lake| Ok(bill(lake, &pricing.queries, &pricing.catalog, &question)?))?;
    for pool in &bill.pools {
        let grown = Decimal::from(pool.units)
            .checked_mul(factor)
            .map(|units| units.round())
            .and_then(|units| units.to_u64());
        let units = grown.ok_or_else(|| too_many("--growth"))?;
        match usage.iter_mut().find(|(meter, _)| *meter == pool.meter) {
            Some((_, known)) => *known = known.checked_add(units).ok_or_else(|| too_many("--growth"))?,
            None => usage.push((pool.meter, units)),
        }
    }
    usage.sort_by_key(|(meter, _)| *meter);
    if usage.is_empty() {
        let region = &arguments.region;
        return Err(CommandError::Usage(format!(
            "nothing to price: the lake holds no usage of {region} in {month}"
        )));
    }
    Ok(())
}

/// `20%`, `20`, `-12.5%`.
fn percent(typed: &str) -> Result<Decimal, CommandError> {
    let number = Decimal::from_str_exact(typed.trim_end_matches('%')).ok();
    number.filter(|number| *number >= -Decimal::ONE_HUNDRED).ok_or_else(|| {
        CommandError::flag("--growth")(format!(
            "{typed:?} is no growth: expected a percentage, as 20% or -10%"
        ))
    })
}

fn too_many(flag: &'static str) -> CommandError {
    CommandError::flag(flag)("more than can be counted".to_owned())
}

fn times(flag: &'static str, count: u64, each: u64) -> Result<u64, CommandError> {
    count.checked_mul(each).ok_or_else(|| too_many(flag))
}

/// A quantity: digits, with a point if need be.
fn number(flag: &'static str, typed: &str) -> Result<Decimal, CommandError> {
    let is_plain = typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_');
    let number = Decimal::from_str_exact(typed).ok().filter(|_| is_plain && !typed.is_empty());
    number.ok_or_else(|| {
        CommandError::flag(flag)(format!("{typed:?} is no quantity: expected a number, as 57000 or 743.93"))
    })
}

/// A size in a unit of so many bytes, in bytes; a byte that has begun is one.
fn bytes(flag: &'static str, typed: &str, unit: Decimal) -> Result<u64, CommandError> {
    let product = number(flag, typed)?.checked_mul(unit).map(|bytes| bytes.ceil());
    product.and_then(|bytes| bytes.to_u64()).ok_or_else(|| too_many(flag))
}

/// A count: `5000000`, `5_000_000`, `5M`, `1.5B`.
fn count(flag: &'static str, typed: &str) -> Result<u64, CommandError> {
    let (digits, factor) = match typed.as_bytes().last() {
        Some(b'k' | b'K') => (&typed[..typed.len() - 1], 1_000u64),
        Some(b'm' | b'M') => (&typed[..typed.len() - 1], 1_000_000),
        Some(b'b' | b'B') => (&typed[..typed.len() - 1], 1_000_000_000),
        _ => (typed, 1),
    };
    let wrong = || {
        CommandError::flag(flag)(format!(
            "{typed:?} is no count: expected a whole number, as 5000000, 5M or 1.5B"
        ))
    };
    let number = number(flag, digits).map_err(|_| wrong())?.checked_mul(Decimal::from(factor));
    number.filter(|number| number.fract().is_zero()).and_then(|number| number.to_u64()).ok_or_else(wrong)
}

impl From<AmountOverflow> for CommandError {
    fn from(error: AmountOverflow) -> CommandError {
        CommandError::Usage(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        let read = |typed| count("--rest-requests", typed).ok();
        assert_eq!(read("5_000_000"), Some(5_000_000));
        assert_eq!(
            [read("5M"), read("1.5B"), read("2k")],
            [Some(5_000_000), Some(1_500_000_000), Some(2_000)]
        );
        for typed in ["", "M", "-1", "1e9", "0.5", "1.0005k", "99999999999999999999", "+5", "5 M", "５"] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(bytes("--response-kb", "0.5", KB * Decimal::from(3)).ok(), Some(1_536));
    }
}
