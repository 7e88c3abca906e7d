//! Use of quotas: requests of each API key by the periods of its plan.

use std::collections::{BTreeMap, HashMap};

use gwcost_core::model::limits::{AppliedQuota, quota_period_start};

use super::result::QuotaUse;

/// Quotas while the log goes by.
#[derive(Default)]
pub struct Quotas {
    all: Vec<Use>,
    by_key: HashMap<(String, String, String, String), usize>,
}

struct Use {
    quota: AppliedQuota,
    selected: bool,
    periods: BTreeMap<i64, u64>,
}

impl Quotas {
    /// The number of a quota.
    pub fn number(&mut self, quota: AppliedQuota) -> usize {
        let key = (quota.account.clone(), quota.region.clone(), quota.plan.clone(), quota.key.clone());
        *self.by_key.entry(key).or_insert_with(|| {
            self.all.push(Use { quota, selected: false, periods: BTreeMap::new() });
            self.all.len() - 1
        })
    }

    /// Says that a selected request counts against a quota.
    pub fn select(&mut self, number: usize) {
        if let Some(of) = self.all.get_mut(number) {
            of.selected = true;
        }
    }

    /// A request.
    pub fn arrive(&mut self, number: usize, ms: i64) {
        if let Some(of) = self.all.get_mut(number)
            && let Some(start) = quota_period_start(&of.quota.quota.period, ms)
        {
            *of.periods.entry(start).or_default() += 1;
        }
    }

    /// Each selected quota in the period in which most of it was used; those nearest to their end first.
    pub fn found(self) -> Vec<QuotaUse> {
        let mut found: Vec<QuotaUse> = self
            .all
            .into_iter()
            .filter(|of| of.selected)
            .filter_map(|Use { quota, periods, .. }| {
                let uses =
                    periods.into_iter().map(|(start_ms, used)| (quota.allowed(start_ms), start_ms, used));
                // Of equal ones the first.
                let (allowed, start_ms, used) =
                    uses.reduce(
                        |one, other| {
                            if nearer((other.2, other.0), (one.2, one.0)) { other } else { one }
                        },
                    )?;
                let AppliedQuota { account, region, plan, key, quota, .. } = quota;
                Some(QuotaUse { account, region, plan, key, quota, start_ms, allowed, used })
            })
            .collect();
        found.sort_by(|one, other| {
            let nearer_first = nearer((other.used, other.allowed), (one.used, one.allowed));
            nearer_first
                .cmp(&nearer((one.used, one.allowed), (other.used, other.allowed)))
                .then_with(|| (&one.plan, &one.key).cmp(&(&other.plan, &other.key)))
        });
        found
    }
}

/// Whether a part of a quota is larger than another one; nothing of nothing is all of it.
fn nearer(one: (u64, u64), other: (u64, u64)) -> bool {
    u128::from(one.0) * u128::from(other.1) > u128::from(other.0) * u128::from(one.1)
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::settings::{Quota, QuotaPeriod};

    use super::*;

    fn quota(plan: &str, limit: u64, period: QuotaPeriod) -> AppliedQuota {
        AppliedQuota {
            account: "1".to_owned(),
            region: "us-east-1".to_owned(),
            plan: plan.to_owned(),
            key: "k".to_owned(),
            quota: Quota { limit, period, offset: 0 },
            key_created_ms: None,
        }
    }

    #[test]
    fn the_fullest_period_is_shown_and_the_nearest_quota_first() {
        let mut quotas = Quotas::default();
        let daily = quotas.number(quota("daily", 10, QuotaPeriod::Day));
        let monthly = quotas.number(quota("monthly", 10, QuotaPeriod::Month));
        assert_eq!(quotas.number(quota("daily", 10, QuotaPeriod::Day)), daily);
        let day = 86_400_000;
        for ms in [0, 1, day, day + 1, day + 2, 3 * day] {
            quotas.arrive(daily, ms);
            quotas.arrive(monthly, ms);
        }
        quotas.select(daily);
        quotas.select(monthly);
        let found: Vec<_> = quotas.found().into_iter().map(|of| (of.plan, of.start_ms, of.used)).collect();
        assert_eq!(found, [("monthly".to_owned(), 0, 6), ("daily".to_owned(), day, 3)]);
    }
}
