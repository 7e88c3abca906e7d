//! Who may ask how often: the account's throttle, usage plans with their keys, API keys without their values.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types;
use gwcost_core::model::settings::{
    AccountThrottle, ApiKey, MethodKey, PlanStage, Quota, QuotaPeriod, Throttle, ThrottleSource, UsagePlan,
};

use super::control::{PAGE, Reader, ask, each, missing, pages};
use super::control_values::{ms, tags};
use super::error::{AwsError, Call};

impl Reader {
    /// The token bucket of the account in this region. `None`: refused, or AWS does not say.
    pub(super) async fn account_throttle(&self) -> Result<Option<AccountThrottle>, AwsError> {
        let call = self.call("the account's throttle", "/account");
        let request = self.rest.get_account();
        let answer = self.part(&call, ask(&call, || request.clone().send()).await)?;
        let settings = answer.and_then(|answer| answer.throttle_settings);
        Ok(settings.map(|settings| AccountThrottle {
            throttle: Throttle::of_aws(settings.rate_limit, settings.burst_limit),
            source: ThrottleSource::GetAccount,
        }))
    }

    /// All usage plans with the ids of their keys, by id.
    pub(super) async fn usage_plans(&self) -> Result<Option<Vec<UsagePlan>>, AwsError> {
        let call = self.call("usage plans", "/usageplans");
        let request = self.rest.get_usage_plans().limit(PAGE);
        let plans = pages(&call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(mut plans) = self.part(&call, plans.await)? else { return Ok(None) };
        plans.sort_by(|one, other| one.id.cmp(&other.id));
        each(plans, |plan| self.usage_plan(plan)).await.map(Some)
    }

    async fn usage_plan(&self, plan: types::UsagePlan) -> Result<UsagePlan, AwsError> {
        let id = plan.id.unwrap_or_default();
        let shown = match &plan.name {
            Some(name) => format!("usage plan {name} ({id})"),
            None => format!("usage plan {id}"),
        };
        let keys =
            self.keys_of(&id, &self.call(format!("keys of {shown}"), &plan_path(&id, "/keys"))).await?;
        let call = self.call(shown, &plan_path(&id, ""));
        let stages = plan.api_stages.unwrap_or_default().into_iter();
        let mut stages: Vec<PlanStage> = stages.map(|stage| self.plan_stage(stage, &call)).collect();
        stages.sort_by(|one, other| (&one.api, &one.stage).cmp(&(&other.api, &other.stage)));
        let quota = plan.quota.and_then(|quota| {
            Some(Quota {
                limit: u64::try_from(quota.limit).ok()?,
                period: QuotaPeriod::from(quota.period?.as_str()),
                offset: u32::try_from(quota.offset).unwrap_or_default(),
            })
        });
        Ok(UsagePlan {
            id,
            name: plan.name,
            throttle: plan.throttle.as_ref().map(throttle),
            quota,
            stages,
            keys,
            tags: tags(plan.tags),
        })
    }

    fn plan_stage(&self, stage: types::ApiStage, call: &Call) -> PlanStage {
        let mut method_throttles = BTreeMap::new();
        for (key, settings) in stage.throttle.unwrap_or_default() {
            match key.parse::<MethodKey>() {
                Ok(key) => {
                    method_throttles.insert(key, throttle(&settings));
                }
                Err(error) => {
                    let mut unread = missing(call, error.to_string());
                    unread.what = format!("a method's throttle of {}", call.resource);
                    self.note(unread);
                }
            }
        }
        PlanStage {
            api: stage.api_id.unwrap_or_default(),
            stage: stage.stage.unwrap_or_default(),
            method_throttles,
        }
    }

    /// The ids of a plan's keys. AWS sends the values with them; they end here.
    async fn keys_of(&self, plan: &str, call: &Call) -> Result<Option<Vec<String>>, AwsError> {
        let request = self.rest.get_usage_plan_keys().usage_plan_id(plan).limit(PAGE);
        let keys = pages(call, |position| {
            let request = request.clone().set_position(position);
            async {
                let page = request.send().await?;
                let keys = page.items.unwrap_or_default().into_iter().filter_map(|key| key.id).collect();
                Ok((keys, page.position))
            }
        });
        let Some(mut keys): Option<Vec<String>> = self.part(call, keys.await)? else { return Ok(None) };
        keys.sort();
        Ok(Some(keys))
    }

    /// All API keys without their values, by id.
    pub(super) async fn api_keys(&self) -> Result<Option<Vec<ApiKey>>, AwsError> {
        let call = self.call("API keys", "/apikeys");
        let request = self.rest.get_api_keys().include_values(false).limit(PAGE);
        let keys = pages(&call, |position| {
            let request = request.clone().set_position(position);
            async {
                let page = request.send().await?;
                let keys = page.items.unwrap_or_default().into_iter().map(api_key).collect();
                Ok((keys, page.position))
            }
        });
        let Some(mut keys): Option<Vec<ApiKey>> = self.part(&call, keys.await)? else { return Ok(None) };
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(keys))
    }
}

fn plan_path(id: &str, rest: &str) -> String {
    format!("/usageplans/{id}{rest}")
}

fn throttle(settings: &types::ThrottleSettings) -> Throttle {
    Throttle::of_aws(settings.rate_limit, settings.burst_limit)
}

fn api_key(key: types::ApiKey) -> ApiKey {
    ApiKey {
        id: key.id.unwrap_or_default(),
        name: key.name,
        enabled: key.enabled,
        created_at_ms: ms(key.created_date),
        tags: tags(key.tags),
    }
}
