//! From the SDK's values to the model's, where both control planes and several parts share the way.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;
use gwcost_core::model::settings::{AccessLogSettings, AuthorizationType, ConnectionType, IntegrationType};

/// Milliseconds of Unix time.
pub(super) fn ms(time: Option<DateTime>) -> Option<i64> {
    time.and_then(|time| time.to_millis().ok())
}

/// Tags, in the order of their keys.
pub(super) fn tags(tags: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().collect()
}

/// Whether there is anything in a map.
pub(super) fn any<V>(map: Option<&HashMap<String, V>>) -> bool {
    map.is_some_and(|map| !map.is_empty())
}

/// A time or a size, which AWS cannot mean to be negative.
pub(super) fn unsigned(number: Option<i32>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

/// A list in its own order, where AWS gives none.
pub(super) fn sorted<T: Ord>(list: Option<Vec<T>>) -> Vec<T> {
    let mut list = list.unwrap_or_default();
    list.sort();
    list
}

/// The access-log settings; `None` where nothing is logged.
pub(super) fn access_log(
    destination_arn: Option<String>,
    format: Option<String>,
) -> Option<AccessLogSettings> {
    let set = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (destination_arn, format) = (set(destination_arn), set(format));
    (destination_arn.is_some() || format.is_some()).then_some(AccessLogSettings { destination_arn, format })
}

/// AWS's word for the way in.
pub(super) fn authorization(word: Option<&str>) -> Option<AuthorizationType> {
    word.map(AuthorizationType::from)
}

/// AWS's word for what answers.
pub(super) fn integration(word: Option<&str>) -> Option<IntegrationType> {
    word.map(IntegrationType::from)
}

/// The connection, and the VPC link where it is one.
pub(super) fn connection(
    word: Option<&str>,
    connection_id: Option<String>,
) -> (Option<ConnectionType>, Option<String>) {
    let kind = word.map(ConnectionType::from);
    let link = connection_id.filter(|_| kind == Some(ConnectionType::VpcLink));
    (kind, link)
}
