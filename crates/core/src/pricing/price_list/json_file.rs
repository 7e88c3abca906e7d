//! The JSON form of a price list: products by SKU, and for each the terms with their price dimensions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::classify::meter;
use super::{Heading, PriceListError, Row};

/// An object's entries in order, repeated ones included: a map would keep the last and say nothing.
struct Entries<V>(Vec<(String, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Collect<V> {
            type Value = Entries<V>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Collect(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    offer_code: String,
    #[serde(default)]
    publication_date: String,
    products: Entries<Product>,
    terms: Terms,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    #[serde(default)]
    product_family: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    usagetype: String,
    #[serde(default)]
    operation: String,
    #[serde(default, rename = "regionCode")]
    region_code: String,
}

#[derive(Deserialize)]
struct Terms {
    #[serde(default, rename = "OnDemand")]
    on_demand: Entries<Entries<Term>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    effective_date: String,
    price_dimensions: Entries<Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    #[serde(default)]
    begin_range: String,
    #[serde(default)]
    end_range: String,
    price_per_unit: Entries<String>,
}

/// Reads the rows of a JSON list.
pub(super) fn read(text: &str) -> Result<(Heading, Vec<Row>), PriceListError> {
    let file: File = serde_json::from_str(text).map_err(|error| PriceListError::Shape(error.to_string()))?;
    let heading = Heading { offer: file.offer_code, published: file.publication_date };
    let mut products = BTreeMap::new();
    for (sku, product) in file.products.0 {
        if products.contains_key(&sku) {
            return Err(PriceListError::Repeated { place: "products".to_owned(), name: sku });
        }
        products.insert(sku, product);
    }
    let mut rows = Vec::new();
    let mut priced = BTreeSet::new();
    for (sku, terms) in file.terms.on_demand.0 {
        if !priced.insert(sku.clone()) {
            return Err(PriceListError::Repeated { place: "terms.OnDemand".to_owned(), name: sku });
        }
        let product = products.get(&sku);
        unique(&terms.0, || format!("terms.OnDemand.{sku}"))?;
        for (name, term) in terms.0 {
            unique(&term.price_dimensions.0, || format!("terms.OnDemand.{name}.priceDimensions"))?;
            for (rate_code, dimension) in term.price_dimensions.0 {
                unique(&dimension.price_per_unit.0, || format!("{rate_code}.pricePerUnit"))?;
                for (currency, price) in dimension.price_per_unit.0 {
                    rows.push(Row {
                        place: rate_code.clone(),
                        family: product.map(|product| product.product_family.clone()).unwrap_or_default(),
                        operation: product
                            .map(|product| product.attributes.operation.clone())
                            .unwrap_or_default(),
                        usage_type: product
                            .map(|product| product.attributes.usagetype.clone())
                            .unwrap_or_default(),
                        region: product
                            .map(|product| product.attributes.region_code.clone())
                            .unwrap_or_default(),
                        effective: term.effective_date.clone(),
                        begin: dimension.begin_range.clone(),
                        end: dimension.end_range.clone(),
                        currency,
                        price,
                    });
                }
            }
        }
    }
    for (sku, product) in &products {
        let Attributes { usagetype, operation, region_code } = &product.attributes;
        let known = meter(&product.product_family, operation, usagetype);
        if let Some(meter) = known.filter(|_| !priced.contains(sku)) {
            let (place, region) = (format!("products.{sku}"), region_code.clone());
            return Err(PriceListError::NoPrice { place, meter, region });
        }
    }
    Ok((heading, rows))
}

fn unique<V>(entries: &[(String, V)], place: impl Fn() -> String) -> Result<(), PriceListError> {
    let mut seen = BTreeSet::new();
    match entries.iter().find(|(name, _)| !seen.insert(name)) {
        Some((name, _)) => Err(PriceListError::Repeated { place: place(), name: name.clone() }),
        None => Ok(()),
    }
}
