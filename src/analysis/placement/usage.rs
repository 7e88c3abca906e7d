//! What each stage used, by the parts of the window that have rates of their own, and by country.

use std::collections::BTreeMap;

use gwcost_core::model::{ApiKind, Month};
use gwcost_core::pricing::{Meter, Units};
use jiff::civil::Date;

use crate::analysis::Catalog;
use crate::analysis::cache::StageId;
use crate::analysis::dimension::Dimension;
use crate::analysis::pricing::{Around, units};
use crate::analysis::usage::{Leaf, LeafKey, Leaves};

/// A part of the window whose rates are the same: a month, and the day from which they hold.
pub(super) type Part = (Month, Date);

/// What callers from one country used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CallerUse {
    pub(super) requests: u64,
    pub(super) bytes: u64,
}

/// What a stage used in a part.
#[derive(Clone, Debug, Default)]
pub(super) struct PartUse {
    pub(super) requests: u64,
    /// Units of its own kind's meter.
    pub(super) calls: Units,
    /// Units of the other kind's meter, the same requests metered as that kind is.
    pub(super) as_other: Units,
    pub(super) transfer: Units,
    /// `None` is a request without an address.
    pub(super) callers: BTreeMap<Option<String>, CallerUse>,
}

/// What a stage used in the window.
#[derive(Clone, Debug)]
pub(super) struct StageUse {
    pub(super) id: StageId,
    pub(super) kind: ApiKind,
    /// The accounts that its account is billed with.
    pub(super) family: String,
    pub(super) requests: u64,
    pub(super) sized: u64,
    pub(super) parts: BTreeMap<Part, PartUse>,
    /// Requests with the method OPTIONS.
    pub(super) preflights: u64,
}

impl StageUse {
    /// What all parts together used, by country.
    pub(super) fn callers(&self) -> BTreeMap<Option<String>, CallerUse> {
        let mut callers: BTreeMap<Option<String>, CallerUse> = BTreeMap::new();
        for (country, used) in self.parts.values().flat_map(|part| &part.callers) {
            let sum = callers.entry(country.clone()).or_default();
            sum.requests += used.requests;
            sum.bytes += used.bytes;
        }
        callers
    }

    /// Units that it has in a pool of a month as it is.
    pub(super) fn as_is(&self, region: &str, meter: Meter, month: Month) -> u64 {
        if region != self.id.region {
            return 0;
        }
        let of = |part: &PartUse| match meter {
            Meter::InternetTransfer => part.transfer.base,
            meter if meter == Meter::of_calls(self.kind) => part.calls.base,
            _ => 0,
        };
        self.parts.iter().filter(|((of_month, _), _)| *of_month == month).map(|(_, part)| of(part)).sum()
    }
}

/// The stages of the selected leaves. `other` is the same log, counted as if REST APIs were HTTP APIs and the
/// other way round.
pub(super) fn stages(
    catalog: &Catalog,
    counted: &Leaves,
    other: &Leaves,
    selected: impl Fn(&LeafKey) -> bool,
) -> Vec<StageUse> {
    let mut stages: BTreeMap<(StageId, ApiKind), StageUse> = BTreeMap::new();
    for (key, leaf) in counted.iter().filter(|(key, _)| selected(key)) {
        let stage = stages.entry((id(key), key.endpoint.kind)).or_insert_with(|| StageUse {
            id: id(key),
            kind: key.endpoint.kind,
            family: catalog.terms().family(key.endpoint.account()),
            requests: 0,
            sized: 0,
            parts: BTreeMap::new(),
            preflights: 0,
        });
        stage.requests += leaf.requests;
        stage.sized += leaf.sized;
        if key.endpoint.value(Dimension::Method) == Some("OPTIONS") {
            stage.preflights += leaf.requests;
        }
        let part = stage.parts.entry((key.month, key.since)).or_default();
        part.requests += leaf.requests;
        part.calls.add(leaf.calls);
        part.transfer.add(leaf.transfer);
        let used = part.callers.entry(key.further.last().cloned().flatten()).or_default();
        used.requests += leaf.requests;
        used.bytes = used.bytes.saturating_add(leaf.transfer.base);
    }
    for (key, leaf) in other.iter().filter(|(key, _)| selected(key)) {
        let own = match key.endpoint.kind {
            ApiKind::Rest => ApiKind::Http,
            ApiKind::Http => ApiKind::Rest,
            ApiKind::WebSocket => continue,
        };
        if let Some(stage) = stages.get_mut(&(id(key), own)) {
            stage.parts.entry((key.month, key.since)).or_default().as_other.add(leaf.calls);
        }
    }
    stages.into_values().collect()
}

fn id(key: &LeafKey) -> StageId {
    let of = |dimension| key.endpoint.value(dimension).unwrap_or_default().to_owned();
    StageId {
        account: of(Dimension::Account),
        region: of(Dimension::Region),
        api: of(Dimension::Api),
        stage: of(Dimension::Stage),
    }
}

/// How far each pool of a month is filled at its end: by accounts that are billed together, region and meter.
pub(super) type Filled = BTreeMap<(String, String, Meter, Month), u64>;

/// Everything that the lake holds of the months, the window's and what lies around it.
pub(super) fn filled(catalog: &Catalog, counted: &Leaves, around: &Around) -> Filled {
    let mut filled = Filled::new();
    for (key, leaf) in counted.iter().chain(&around.before).chain(&around.after) {
        for meter in [Meter::of_calls(key.endpoint.kind), Meter::InternetTransfer] {
            let family = catalog.terms().family(key.endpoint.account());
            let pool = (family, key.endpoint.region().to_owned(), meter, key.month);
            *filled.entry(pool).or_default() += used(leaf, meter);
        }
    }
    filled
}

fn used(leaf: &Leaf, meter: Meter) -> u64 {
    units(leaf, meter).base
}
