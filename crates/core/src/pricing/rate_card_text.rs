//! A rate card as the TOML that [`RateCard::parse`] reads: what `pricing update` writes.

use std::fmt::Write;

use toml::Value;

use super::{Rate, RateCard};
use crate::text::grouped;

impl RateCard {
    /// The card as a file. Reading it again gives an equal card.
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# What is known of prices in {}. One table for each meter and the day from which its rate is known\n\
             # to hold. A last tier with a bound means that the rate above it is not known.\n\n\
             schema_version = 1\nregion = {}\ncurrency = {}\n",
            self.region.replace(char::is_control, " "),
            quoted(&self.region),
            quoted(&self.currency)
        );
        if let Some(prefix) = &self.usage_type_prefix {
            line(&mut text, "usage_type_prefix", &quoted(prefix));
        }
        for rate in self.rates() {
            write_rate(&mut text, rate);
        }
        text
    }
}

fn write_rate(text: &mut String, rate: &Rate) {
    text.push_str("\n[[rate]]\n");
    line(text, "meter", &quoted(rate.meter.name()));
    line(text, "effective", &quoted(&rate.effective.to_string()));
    line(text, "confidence", &quoted(&rate.confidence.to_string()));
    line(text, "source", &quoted(&rate.source));
    text.push_str("tiers = [\n");
    for tier in rate.tiers.steps() {
        let bound = tier
            .up_to
            .map_or_else(String::new, |up_to| format!("up_to = {}, ", grouped(up_to).replace(',', "_")));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {{ {bound}rate = {} }},", quoted(&tier.rate.normalize().to_string()));
    }
    text.push_str("]\n");
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

/// A TOML string, whatever stands in it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::{Confidence, Meter, Tier, Tiers};

    #[test]
    fn a_card_reads_back_whatever_its_source_is_called() {
        let mut card = RateCard::empty("eu-west-1", "USD", Some("EU".to_owned()));
        for (meter, effective) in
            [(Meter::RestRequests, "2026-09-01"), (Meter::InternetTransfer, "2024-09-01")]
        {
            card.add(Rate {
                meter,
                effective: effective.parse().unwrap(),
                confidence: Confidence::Published,
                source: "a \"list\"\n[[rate]] \\ '''".to_owned(),
                tiers: Tiers::new(vec![
                    Tier { up_to: Some(20_000_000_000), rate: "0.0000035000".parse().unwrap() },
                    Tier { up_to: None, rate: "0".parse().unwrap() },
                ])
                .unwrap(),
            });
        }
        let text = card.to_toml();
        assert_eq!(RateCard::parse("x.toml", &text).unwrap(), card);
        assert!(text.contains("up_to = 20_000_000_000, rate = \"0.0000035\""), "{text}");
    }
}
