//! FOCUS, the FinOps Open Cost and Usage Specification: a row for each endpoint, meter and tier.
//!
//! That is the finest line at which a unit price is one, so ListCost is ListUnitPrice times PricingQuantity without
//! rounding. BilledCost is rounded to ten decimals so that rows add up to the bill.

use gwcost_core::model::start_of_day_ms;
use gwcost_core::pricing::cost_at;
use serde_json::json;

use super::column::Table;
use super::error::ExportError;
use super::focus_columns::{FOCUS_1_2, FOCUS_1_3};
use super::rows::{Rows, Value, maybe, text};
use crate::analysis::{TierUse, TierUses};

/// The provider, the publisher and the issuer of the invoice, which the specification wants to be one.
const AWS: &str = "AWS";

/// A version of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FocusVersion {
    /// 1.2, of May 2025.
    V1_2,
    /// 1.3, of December 2025, with Allocated* columns.
    V1_3,
}

impl FocusVersion {
    /// Its table.
    pub fn table(self) -> &'static Table {
        match self {
            FocusVersion::V1_2 => &FOCUS_1_2,
            FocusVersion::V1_3 => &FOCUS_1_3,
        }
    }
}

/// The rows of a month.
///
/// # Errors
/// [`ExportError`] for a cost that is not exact.
pub fn focus_table(found: &TierUses, version: FocusVersion) -> Result<Rows, ExportError> {
    let table = version.table();
    let mut rows = Rows::new(table);
    for of in &found.uses {
        let row = Row::of(of)?;
        let values = table.columns.iter().map(|column| row.value(column.name, &found.currency));
        rows.push(values.collect());
    }
    Ok(rows)
}

/// A row, with what several columns are made from.
struct Row<'a> {
    of: &'a TierUse,
    list_cost: Value,
    contracted_cost: Value,
    arn: String,
    sku: String,
    endpoint: String,
}

impl<'a> Row<'a> {
    fn of(of: &'a TierUse) -> Result<Row<'a>, ExportError> {
        let method = of.endpoint[4].as_deref();
        let route = of.endpoint[5].as_deref().unwrap_or("(no route)");
        Ok(Row {
            of,
            list_cost: Value::Decimal(cost_at(of.quantity, of.list_rate)?),
            contracted_cost: Value::Decimal(cost_at(of.quantity, of.rate)?),
            arn: stage_arn(of),
            sku: format!("{}/{}", region(of), of.meter),
            endpoint: method.map_or_else(|| route.to_owned(), |method| format!("{method} {route}")),
        })
    }

    /// The value of a column, by its name.
    fn value(&self, column: &str, currency: &str) -> Value {
        let of = self.of;
        let instant = |day| Value::Time(start_of_day_ms(day));
        match column {
            "BilledCost" | "EffectiveCost" => Value::Decimal(of.amount),
            "BillingAccountId" | "BillingAccountName" => text(&of.family),
            "BillingCurrency" => text(currency),
            "BillingPeriodEnd" => instant(of.month.next().first_day()),
            "BillingPeriodStart" => instant(of.month.first_day()),
            "ChargeCategory" => text("Usage"),
            "ChargeDescription" => text(&format!("{}, {}", of.meter, of.tier)),
            "ChargeFrequency" => text("Usage-Based"),
            "ChargePeriodEnd" => instant(of.until),
            "ChargePeriodStart" => instant(of.since),
            "ConsumedQuantity" | "PricingQuantity" => Value::Decimal(of.quantity),
            "ConsumedUnit" | "PricingUnit" => text(unit(of.meter.unit())),
            "ContractedCost" => self.contracted_cost.clone(),
            "ContractedUnitPrice" => Value::Decimal(of.rate),
            "InvoiceIssuerName"
            | "ProviderName"
            | "PublisherName"
            | "HostProviderName"
            | "ServiceProviderName" => text(AWS),
            "ListCost" => self.list_cost.clone(),
            "ListUnitPrice" => Value::Decimal(of.list_rate),
            "PricingCategory" => text("Standard"),
            "RegionId" | "RegionName" => text(region(of)),
            "ResourceId" => text(&self.arn),
            "ResourceName" => text(&format!("{}/{}", api(of), stage(of))),
            "ResourceType" => text("API stage"),
            "ServiceCategory" => text("Integration"),
            "ServiceName" => text("Amazon API Gateway"),
            "ServiceSubcategory" => text("API Management"),
            "SkuId" => text(&self.sku),
            "SkuMeter" | "x_Meter" => text(of.meter.name()),
            "SkuPriceId" => text(&format!("{}/{}/{}", self.sku, of.effective, of.tier)),
            "SubAccountId" | "SubAccountName" => maybe(of.endpoint[0].as_deref()),
            "AllocatedMethodDetails" => {
                let elements = json!([{
                    "AllocatedRatio": of.share.normalize().to_string(),
                    "UsageUnit": unit(of.meter.unit()),
                    "UsageQuantity": of.quantity.to_string(),
                }]);
                text(&json!({ "Elements": elements }).to_string())
            }
            "AllocatedMethodId" => text("gwcost-units"),
            "AllocatedResourceId" => text(&format!("{}/{}", self.arn, self.endpoint)),
            "AllocatedResourceName" => text(&self.endpoint),
            "x_ApiId" => text(api(of)),
            "x_ApiKind" => text(of.api_kind),
            "x_Stage" => text(stage(of)),
            "x_Method" => maybe(of.endpoint[4].as_deref()),
            "x_Route" => maybe(of.endpoint[5].as_deref()),
            "x_Tier" => text(&of.tier),
            "x_UsageType" => maybe(of.usage_type.as_deref()),
            "x_RateEffective" => text(&of.effective),
            "x_Estimated" => Value::Boolean(true),
            // AvailabilityZone, ChargeClass, InvoiceId, SkuPriceDetails, Tags: an estimate has none. A required
            // column that is missing here fails when it is written.
            _ => Value::Null,
        }
    }
}

fn region(of: &TierUse) -> &str {
    of.endpoint[1].as_deref().unwrap_or_default()
}

fn api(of: &TierUse) -> &str {
    of.endpoint[2].as_deref().unwrap_or_default()
}

fn stage(of: &TierUse) -> &str {
    of.endpoint[3].as_deref().unwrap_or_default()
}

/// Units as FOCUS writes them: with a capital.
fn unit(unit: &str) -> &str {
    match unit {
        "requests" => "Requests",
        "messages" => "Messages",
        "minutes" => "Minutes",
        "hours" => "Hours",
        other => other,
    }
}

/// The stage's ARN, as AWS's bill names resources of API Gateway.
fn stage_arn(of: &TierUse) -> String {
    let region = region(of);
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let kind = if of.api_kind == "rest" { "restapis" } else { "apis" };
    format!("arn:{partition}:apigateway:{region}::/{kind}/{}/stages/{}", api(of), stage(of))
}
