//! The columns of FOCUS 1.2 and 1.3 that an estimate of API Gateway's bill has, and gwcost's own, which begin with
//! `x_`. Names and meaning are the specification's (focus.finops.org); rows are made in `focus.rs`.

use super::column::Kind::{Boolean, Decimal, Text, Time};
use super::column::{Column, Table, nullable, required};

const AVAILABILITY_ZONE: Column = nullable("AvailabilityZone", Text, "Null: API Gateway has none.");
const BILLED_COST: Column =
    required("BilledCost", Decimal(10), "Rounded so that rows add up to the line of the bill.");
const BILLING_ACCOUNT_ID: Column = required(
    "BillingAccountId",
    Text,
    "The account that owns the API; those that are billed together with + between them.",
);
const BILLING_ACCOUNT_NAME: Column =
    required("BillingAccountName", Text, "The id: a log knows no names of accounts.");
const BILLING_CURRENCY: Column = required("BillingCurrency", Text, "ISO 4217 code.");
const BILLING_PERIOD_END: Column = required("BillingPeriodEnd", Time, "The first instant after the month.");
const BILLING_PERIOD_START: Column = required("BillingPeriodStart", Time, "The first instant of the month.");
const CHARGE_CATEGORY: Column = required("ChargeCategory", Text, "Usage.");
const CHARGE_CLASS: Column = nullable("ChargeClass", Text, "Null: nothing is a correction.");
const CHARGE_DESCRIPTION: Column = required("ChargeDescription", Text, "The meter and its tier in words.");
const CHARGE_FREQUENCY: Column = required("ChargeFrequency", Text, "Usage-Based.");
const CHARGE_PERIOD_END: Column =
    required("ChargePeriodEnd", Time, "The first instant after the time that this price was paid.");
const CHARGE_PERIOD_START: Column =
    required("ChargePeriodStart", Time, "The first instant of the time that this price was paid.");
const CONSUMED_QUANTITY: Column =
    required("ConsumedQuantity", Decimal(16), "What the endpoint used, in ConsumedUnit.");
const CONSUMED_UNIT: Column = required("ConsumedUnit", Text, "The meter's unit; a GB is 2^30 bytes.");
const CONTRACTED_COST: Column =
    required("ContractedCost", Decimal(28), "ContractedUnitPrice times PricingQuantity, exactly.");
const CONTRACTED_UNIT_PRICE: Column =
    required("ContractedUnitPrice", Decimal(16), "What a unit costs by the terms of gwcost.toml.");
const EFFECTIVE_COST: Column = required("EffectiveCost", Decimal(10), "As BilledCost: nothing is prepaid.");
const INVOICE_ID: Column = nullable("InvoiceId", Text, "Null: an estimate has no invoice.");
const INVOICE_ISSUER_NAME: Column = required("InvoiceIssuerName", Text, "AWS.");
const LIST_COST: Column = required("ListCost", Decimal(28), "ListUnitPrice times PricingQuantity, exactly.");
const LIST_UNIT_PRICE: Column = required("ListUnitPrice", Decimal(16), "What a unit costs by AWS's list.");
const PRICING_CATEGORY: Column = required("PricingCategory", Text, "Standard.");
const PRICING_QUANTITY: Column = required("PricingQuantity", Decimal(16), "As ConsumedQuantity.");
const PRICING_UNIT: Column = required("PricingUnit", Text, "As ConsumedUnit.");
const PROVIDER_NAME: Column = required("ProviderName", Text, "AWS.");
const PUBLISHER_NAME: Column = required("PublisherName", Text, "AWS.");
const REGION_ID: Column = required("RegionId", Text, "AWS region code.");
const REGION_NAME: Column = required("RegionName", Text, "The same: a log knows no names of regions.");
const RESOURCE_ID: Column = required("ResourceId", Text, "The stage's ARN.");
const RESOURCE_NAME: Column = required("ResourceName", Text, "The API's id and the stage's name.");
const RESOURCE_TYPE: Column = required("ResourceType", Text, "API stage.");
const SERVICE_CATEGORY: Column = required("ServiceCategory", Text, "Integration.");
const SERVICE_NAME: Column = required("ServiceName", Text, "Amazon API Gateway.");
const SERVICE_SUBCATEGORY: Column = required("ServiceSubcategory", Text, "API Management.");
const SKU_ID: Column = required("SkuId", Text, "Region and meter: AWS's own id is not in its rates.");
const SKU_METER: Column = required("SkuMeter", Text, "What was counted.");
const SKU_PRICE_DETAILS: Column = nullable("SkuPriceDetails", Text, "Null.");
const SKU_PRICE_ID: Column = required("SkuPriceId", Text, "SkuId, the day of the rate, and the tier.");
const SUB_ACCOUNT_ID: Column = required("SubAccountId", Text, "The account that owns the API.");
const SUB_ACCOUNT_NAME: Column =
    required("SubAccountName", Text, "The id: a log knows no names of accounts.");
const TAGS: Column = nullable("Tags", Text, "Null: a log knows no tags.");
const X_API: Column = required("x_ApiId", Text, "The API's id.");
const X_KIND: Column = required("x_ApiKind", Text, "rest, http or websocket.");
const X_STAGE: Column = required("x_Stage", Text, "The stage's name.");
const X_METHOD: Column = nullable("x_Method", Text, "The HTTP method; null for WebSocket APIs.");
const X_ROUTE: Column = nullable("x_Route", Text, "The route; null where none matched.");
const X_METER: Column = required("x_Meter", Text, "The meter's name in gwcost.");
const X_TIER: Column = required("x_Tier", Text, "The tier in words.");
const X_USAGE_TYPE: Column =
    nullable("x_UsageType", Text, "As AWS's bill prints it; null where it is not known.");
const X_RATE: Column = required("x_RateEffective", Text, "The first day on which the rate is known to hold.");
const X_ESTIMATED: Column = required("x_Estimated", Boolean, "True: this is modelled from access logs.");

/// FOCUS 1.2.
pub static FOCUS_1_2: Table = Table {
    name: "focus_1_2",
    version: 1,
    description: "FOCUS 1.2: what one endpoint used of one meter in one tier.",
    columns: &[
        AVAILABILITY_ZONE,
        BILLED_COST,
        BILLING_ACCOUNT_ID,
        BILLING_ACCOUNT_NAME,
        BILLING_CURRENCY,
        BILLING_PERIOD_END,
        BILLING_PERIOD_START,
        CHARGE_CATEGORY,
        CHARGE_CLASS,
        CHARGE_DESCRIPTION,
        CHARGE_FREQUENCY,
        CHARGE_PERIOD_END,
        CHARGE_PERIOD_START,
        CONSUMED_QUANTITY,
        CONSUMED_UNIT,
        CONTRACTED_COST,
        CONTRACTED_UNIT_PRICE,
        EFFECTIVE_COST,
        INVOICE_ID,
        INVOICE_ISSUER_NAME,
        LIST_COST,
        LIST_UNIT_PRICE,
        PRICING_CATEGORY,
        PRICING_QUANTITY,
        PRICING_UNIT,
        PROVIDER_NAME,
        PUBLISHER_NAME,
        REGION_ID,
        REGION_NAME,
        RESOURCE_ID,
        RESOURCE_NAME,
        RESOURCE_TYPE,
        SERVICE_CATEGORY,
        SERVICE_NAME,
        SERVICE_SUBCATEGORY,
        SKU_ID,
        SKU_METER,
        SKU_PRICE_DETAILS,
        SKU_PRICE_ID,
        SUB_ACCOUNT_ID,
        SUB_ACCOUNT_NAME,
        TAGS,
        X_API,
        X_KIND,
        X_STAGE,
        X_METHOD,
        X_ROUTE,
        X_METER,
        X_TIER,
        X_USAGE_TYPE,
        X_RATE,
        X_ESTIMATED,
    ],
};

/// FOCUS 1.3: 1.2, and what says how a stage's charge was shared out to its endpoints.
pub static FOCUS_1_3: Table = Table {
    name: "focus_1_3",
    version: 1,
    description: "FOCUS 1.3: what one endpoint used of one meter in one tier, as an allocation of the bill's line.",
    columns: &[
        required(
            "AllocatedMethodDetails",
            Text,
            "JSON: the part of the line, and what it was shared out by.",
        ),
        required("AllocatedMethodId", Text, "gwcost-units: the meter's units, by largest remainder."),
        required("AllocatedResourceId", Text, "The endpoint: stage ARN, method and route."),
        required("AllocatedResourceName", Text, "Method and route."),
        nullable("AllocatedTags", Text, "Null: a log knows no tags."),
        AVAILABILITY_ZONE,
        BILLED_COST,
        BILLING_ACCOUNT_ID,
        BILLING_ACCOUNT_NAME,
        BILLING_CURRENCY,
        BILLING_PERIOD_END,
        BILLING_PERIOD_START,
        CHARGE_CATEGORY,
        CHARGE_CLASS,
        CHARGE_DESCRIPTION,
        CHARGE_FREQUENCY,
        CHARGE_PERIOD_END,
        CHARGE_PERIOD_START,
        CONSUMED_QUANTITY,
        CONSUMED_UNIT,
        CONTRACTED_COST,
        CONTRACTED_UNIT_PRICE,
        EFFECTIVE_COST,
        required("HostProviderName", Text, "AWS."),
        INVOICE_ID,
        INVOICE_ISSUER_NAME,
        LIST_COST,
        LIST_UNIT_PRICE,
        PRICING_CATEGORY,
        PRICING_QUANTITY,
        PRICING_UNIT,
        PROVIDER_NAME,
        PUBLISHER_NAME,
        REGION_ID,
        REGION_NAME,
        RESOURCE_ID,
        RESOURCE_NAME,
        RESOURCE_TYPE,
        SERVICE_CATEGORY,
        SERVICE_NAME,
        required("ServiceProviderName", Text, "AWS."),
        SERVICE_SUBCATEGORY,
        SKU_ID,
        SKU_METER,
        SKU_PRICE_DETAILS,
        SKU_PRICE_ID,
        SUB_ACCOUNT_ID,
        SUB_ACCOUNT_NAME,
        TAGS,
        X_API,
        X_KIND,
        X_STAGE,
        X_METHOD,
        X_ROUTE,
        X_METER,
        X_TIER,
        X_USAGE_TYPE,
        X_RATE,
        X_ESTIMATED,
    ],
};
