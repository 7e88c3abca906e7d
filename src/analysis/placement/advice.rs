//! What follows for one API: recommendations with their dollars, and what speaks against them.

use gwcost_core::model::settings::{IntegrationType, Method};
use gwcost_core::model::{ApiKind, Effort, Place, Recommendation, Risk, Saving, Step, Tool};
use gwcost_core::pricing::{LambdaRates, Meter, break_even_hit_ratio, per_month, rounded};
use gwcost_core::text::grouped;
use rust_decimal::Decimal;

use super::alternatives::Subject;
use super::apply;
use super::bills::Line;
use super::blockers::is_mock;
use super::result::{Alternative, Verdict};
use crate::analysis::AnalysisError;

/// Responses from this many bytes on are worth compressing; AWS's own example.
const COMPRESS_FROM: u32 = 1024;

/// How long Chromium keeps the answer to a preflight at most, in seconds.
const PREFLIGHT_SECONDS: u32 = 7200;

/// Names of routes that say that somebody is there, and no more.
const HEALTH_ROUTES: [&str; 7] = ["/health", "/healthz", "/ping", "/status", "/ready", "/live", "/version"];

/// Savings below this a month are not worth a sentence.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What is counted beside alternatives.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    /// OPTIONS requests that a browser which keeps answers would not have sent; `None` if that was not replayed.
    pub(super) spared_preflights: Option<u64>,
    /// Requests by method and route that only say that somebody is there.
    pub(super) by_route: Vec<(String, String, u64)>,
    /// What Lambda charges in the region.
    pub(super) lambda: Option<LambdaRates>,
}

impl Subject<'_> {
    /// Everything that saves something.
    pub(super) fn recommendations(
        &self,
        alternatives: &[Alternative],
        counted: &Counted,
    ) -> Result<Vec<Recommendation>, AnalysisError> {
        let mut all = Vec::new();
        all.extend(self.http_api(alternatives));
        all.extend(self.cloudfront_cache(alternatives));
        all.extend(self.compress()?);
        all.extend(self.keep_preflights(counted)?);
        all.extend(self.direct(counted));
        all.retain(|one| one.saving.is_none_or(|saving| saving.high >= LEAST));
        Recommendation::rank(&mut all);
        Ok(all)
    }

    fn recommendation(&self, name: &str, title: String, saving: Option<Saving>) -> Recommendation {
        let id = &self.stage.id;
        Recommendation {
            name: name.to_owned(),
            place: Place {
                account: id.account.clone(),
                region: id.region.clone(),
                api: Some(id.api.clone()),
                stage: Some(id.stage.clone()),
                ..Place::default()
            },
            title,
            saving,
            effort: Effort::Medium,
            risk: Risk::Medium,
            evidence: Vec::new(),
            assumptions: Vec::new(),
            apply: Vec::new(),
            check: Vec::new(),
            excludes: Vec::new(),
        }
    }

    fn monthly(&self, amount: Decimal) -> Option<Decimal> {
        let logged = self.logged?;
        per_month(amount, (logged.to_ms - logged.from_ms).unsigned_abs()).map(rounded)
    }

    fn http_api(&self, alternatives: &[Alternative]) -> Option<Recommendation> {
        let http = alternatives.iter().find(|one| one.name == "http_regional" && !one.as_is)?;
        let saved = -http.delta_per_month.filter(|delta| delta.is_sign_negative())?;
        if self.stage.kind != ApiKind::Rest || http.verdict == Verdict::Cannot {
            return None;
        }
        let lost: Vec<&str> = http.blockers.iter().map(|blocker| blocker.name).collect();
        let evidence = match http.verdict {
            Verdict::Unknown => "what its methods use is not known: ingest settings first".to_owned(),
            _ if lost.is_empty() => "its settings use nothing that an HTTP API does not have".to_owned(),
            _ => format!("it would have to do without, or rebuild: {}", lost.join(", ")),
        };
        Some(Recommendation {
            effort: Effort::High,
            risk: if http.verdict == Verdict::MovesAsIs { Risk::Medium } else { Risk::High },
            evidence: vec![
                format!(
                    "{} requests, each metered by its real size in increments of 512 KB",
                    grouped(self.stage.requests)
                ),
                evidence,
            ],
            apply: http.apply.clone(),
            check: vec![
                "`gwcost bill` of the month after has the requests on the line http_requests".to_owned(),
                "error rate and latency of the new API are those of the old one".to_owned(),
            ],
            excludes: vec!["cloudfront".to_owned()],
            ..self.recommendation(
                "http_api",
                "serve these routes by an HTTP API instead of a REST API".to_owned(),
                Some(Saving::exactly(saved)),
            )
        })
    }

    fn cloudfront_cache(&self, alternatives: &[Alternative]) -> Option<Recommendation> {
        let name = if self.stage.kind == ApiKind::Rest {
            "rest_regional_cloudfront"
        } else {
            "http_regional_cloudfront"
        };
        let as_is = alternatives.iter().find(|one| one.as_is)?;
        let best = alternatives
            .iter()
            .filter(|one| {
                one.name == name && one.delta_per_month.is_some_and(|delta| delta.is_sign_negative())
            })
            .min_by_key(|one| one.delta_per_month)?;
        let (now, low, high) = (as_is.cost?, best.cost_low?, best.cost_high?);
        let saving = Saving { low: self.monthly(now - high)?, high: self.monthly(now - low)? };
        let percent = |ratio: Option<Decimal>| {
            (ratio.unwrap_or_default() * Decimal::ONE_HUNDRED).round_dp(1).normalize()
        };
        let ttl = best.ttl_seconds.unwrap_or(0);
        let mut evidence = vec![format!(
            "replayed with a TTL of {ttl} s, {} % to {} % of all requests are answered at the edge",
            percent(best.hit_ratio_low),
            percent(best.hit_ratio_high)
        )];
        let rate = |region: &str, meter| {
            let (part, _) = self.stage.parts.iter().next_back()?;
            let quote = self.pools.catalog().quote(region, meter, part.1).ok()?;
            Some(quote.tiers.steps().first()?.rate)
        };
        let front = rate("cloudfront-us", Meter::CloudfrontHttpsRequests);
        let origin = rate(&self.stage.id.region, Meter::of_calls(self.stage.kind));
        if let Some(ratio) = front.zip(origin).and_then(|(front, origin)| break_even_hit_ratio(front, origin))
        {
            evidence.push(format!(
                "bytes aside, a cache in front breaks even at {} % of hits for viewers in the US",
                percent(Some(ratio))
            ));
        }
        Some(Recommendation {
            effort: Effort::Medium,
            risk: Risk::Medium,
            evidence,
            assumptions: vec![
                "an answer depends on method and path: the log holds no query string, so the ratio is an upper bound where \
                 methods take one"
                    .to_owned(),
                "answers may be as old as the TTL".to_owned(),
            ],
            apply: best.apply.clone(),
            check: vec!["CacheHitRate of the distribution, and Count of the API, after a day".to_owned()],
            excludes: vec!["http_api".to_owned()],
            ..self.recommendation(
                "cloudfront",
                format!("put CloudFront in front and let it keep answers for {ttl} s"),
                Some(saving),
            )
        })
    }

    /// What fewer bytes would not pay, priced at the end of the tiers.
    fn compress(&self) -> Result<Option<Recommendation>, AnalysisError> {
        let Some((api, _)) = self.settings else { return Ok(None) };
        if api.minimum_compression_size.is_some() || self.stage.kind != ApiKind::Rest {
            return Ok(None);
        }
        let ratio = self.question.compression_ratio;
        let region = &self.stage.id.region;
        let compressed = |bytes: u64| {
            let fewer = Decimal::from(bytes).checked_div(ratio).unwrap_or(Decimal::from(bytes)).ceil();
            u64::try_from(fewer).unwrap_or(bytes).min(bytes)
        };
        let lines = |squeeze: bool| -> Vec<Line> {
            let bytes = |bytes: u64| if squeeze { compressed(bytes) } else { bytes };
            let parts = self.stage.parts.iter();
            parts
                .map(|(part, used)| {
                    Line::exact(region, Meter::InternetTransfer, *part, bytes(used.transfer.base))
                })
                .collect()
        };
        let (Ok(now), Ok(then)) =
            (self.pools.price(self.stage, &lines(false))?, self.pools.price(self.stage, &lines(true))?)
        else {
            return Ok(None);
        };
        let Some(most) = self.monthly(now.base - then.base) else { return Ok(None) };
        Ok(Some(Recommendation {
            effort: Effort::Low,
            risk: Risk::Low,
            evidence: vec!["the API has no minimum_compression_size, so it never compresses".to_owned()],
            assumptions: vec![format!(
                "text compresses to one part in {ratio}; which responses are text, which callers accept it, and what the \
                 backend compresses already is not in the log, so nothing may be saved"
            )],
            apply: apply::compression(&self.stage.id, COMPRESS_FROM),
            check: vec!["the mean of response_bytes in `gwcost analyze --by api` falls".to_owned()],
            ..self.recommendation(
                "compression",
                "compress responses".to_owned(),
                Some(Saving { low: Decimal::ZERO, high: most }),
            )
        }))
    }

    fn keep_preflights(&self, counted: &Counted) -> Result<Option<Recommendation>, AnalysisError> {
        let Some(spared) = counted.spared_preflights.filter(|spared| *spared > 0) else { return Ok(None) };
        let Some((part, _)) = self.stage.parts.iter().next_back() else { return Ok(None) };
        let meter = Meter::of_calls(self.stage.kind);
        let region = &self.stage.id.region;
        let calls: u64 = self.stage.parts.values().map(|part| part.calls.base).sum();
        let price = |units: u64| self.pools.price(self.stage, &[Line::exact(region, meter, *part, units)]);
        let (Ok(all), Ok(fewer)) = (price(calls)?, price(calls.saturating_sub(spared))?) else {
            return Ok(None);
        };
        let saving = self.monthly(all.base - fewer.base).map(|high| Saving { low: Decimal::ZERO, high });
        Ok(Some(Recommendation {
            effort: Effort::Low,
            risk: Risk::Low,
            evidence: vec![
                format!("{} requests have the method OPTIONS", grouped(self.stage.preflights)),
                format!(
                    "{} of them came from a network and user agent that had asked for the same path within {} s",
                    grouped(spared),
                    grouped(u64::from(PREFLIGHT_SECONDS))
                ),
            ],
            assumptions: vec![
                "a network with one user agent is one browser; where it is several, less is saved".to_owned(),
                "what Access-Control-Max-Age is now is not known, so nothing may be saved".to_owned(),
            ],
            apply: apply::preflights(&self.stage.id, self.stage.kind == ApiKind::Http, PREFLIGHT_SECONDS),
            check: vec!["OPTIONS in `gwcost analyze --by method` falls".to_owned()],
            ..self.recommendation(
                "preflights",
                format!(
                    "let browsers keep the answers to preflights for {} s",
                    grouped(u64::from(PREFLIGHT_SECONDS))
                ),
                saving,
            )
        }))
    }

    /// Lambda functions that only say that somebody is there.
    fn direct(&self, counted: &Counted) -> Option<Recommendation> {
        let (api, _) = self.settings?;
        let lambda = counted.lambda.as_ref()?;
        let mut requests = 0u64;
        let mut named = Vec::new();
        for (method, route, count) in &counted.by_route {
            let is_health = HEALTH_ROUTES.iter().any(|known| route.ends_with(known));
            let found = api.method(route, method).filter(|found| is_function(found) && !is_mock(found));
            if is_health && found.is_some() {
                requests += count;
                named.push(format!("{method} {route}"));
            }
        }
        let price = lambda.per_request.checked_mul(Decimal::from(requests))?;
        let low = self.monthly(price)?;
        (requests > 0).then(|| Recommendation {
            effort: Effort::Low,
            risk: Risk::Low,
            evidence: vec![format!("{} requests to {}, which call a function", grouped(requests), named.join(", "))],
            assumptions: vec![
                "only the price of an invocation is counted: how much memory the function has, and so what its time costs, is \
                 not known"
                    .to_owned(),
                "the route says that it answers the same to everybody; read the function before it goes".to_owned(),
            ],
            apply: vec![Step {
                tool: Tool::Terraform,
                text: "resource \"aws_api_gateway_integration\" \"health\" {\n  type              = \"MOCK\"\n  \
                       request_templates = { \"application/json\" = \"{\\\"statusCode\\\": 200}\" }\n}"
                    .to_owned(),
            }],
            check: vec!["Invocations of the function fall by as many".to_owned()],
            ..self.recommendation(
                "mock_health_checks",
                "answer health checks in API Gateway instead of a function".to_owned(),
                Some(Saving::exactly(low)),
            )
        })
    }
}

fn is_function(method: &Method) -> bool {
    let integration = method.integration.as_ref();
    let kind = integration.and_then(|of| of.kind.as_ref());
    matches!(kind, Some(IntegrationType::AwsProxy | IntegrationType::Aws))
        && integration.and_then(|of| of.target.service.as_deref()) == Some("lambda")
}
