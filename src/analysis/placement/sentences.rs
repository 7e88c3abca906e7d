//! What a reader must know of an analysis of placement.

use gwcost_core::model::ApiKind;
use gwcost_core::text::grouped;

use super::PlacementQuestion;
use super::alternatives::Subject;
use super::callers::Networks;
use super::result::ApiPlacement;
use crate::analysis::Catalog;
use crate::geo::Countries;
use crate::lake::Lake;

/// Of one API.
pub(super) fn of_api(
    api: &ApiPlacement,
    subject: &Subject<'_>,
    networks: Networks,
    countries: Option<&Countries>,
) -> Vec<String> {
    let mut notes = Vec::new();
    if networks.with_address == 0 {
        notes.push("its log holds no addresses: nothing is known of where its callers are".to_owned());
    } else if api.proxied {
        let why = if networks.of_cloudfront * 2 > networks.requests {
            format!(
                "{} of {} requests came from CloudFront",
                grouped(networks.of_cloudfront),
                grouped(networks.requests)
            )
        } else {
            format!(
                "{} networks sent {} of {} requests",
                grouped(networks.distinct as u64),
                grouped(networks.of_busiest),
                grouped(networks.with_address)
            )
        };
        notes.push(format!("the addresses are a proxy's, so the geography is not the callers': {why}"));
    } else if countries.is_some_and(|countries| !countries.has_ipv6())
        && api.callers.iter().any(|caller| caller.country.as_deref() == Some("unknown"))
    {
        notes.push("the country database holds IPv4 only: callers over IPv6 are unknown".to_owned());
    }
    if api.kind == ApiKind::Rest {
        let what = match &api.endpoint {
            Some(endpoint) => format!("its endpoint is {endpoint}"),
            None => "settings do not say whether its endpoint is edge-optimized or regional".to_owned(),
        };
        notes.push(format!(
            "{what}; both cost the same, for AWS charges neither for its distribution in front of an edge-optimized \
             one: the choice is one of latency and features"
        ));
        if api.endpoint.as_deref() == Some("PRIVATE") {
            notes.push(
                "it is a private API, whose transfer does not go to the internet; the bill of a log cannot tell and counts \
                 it so"
                    .to_owned(),
            );
        }
    }
    if subject.hits.is_none() && !subject.question.ttls.is_empty() {
        notes.push("its log holds no paths: what a cache in front would answer is not known".to_owned());
    }
    let sized = subject.stage.sized;
    if sized < api.requests {
        notes.push(format!(
            "{} of {} requests have no size: transfer is more than what is counted",
            grouped(api.requests - sized),
            grouped(api.requests)
        ));
    }
    if !api.proxied
        && api.callers.iter().any(|caller| {
            super::callers::country(caller.country.as_deref()).is_some_and(|country| !country.stated)
        })
    {
        notes.push(
            "CloudFront's price page does not name some of the countries; they are priced as the geography of the \
             nearest edges"
                .to_owned(),
        );
    }
    notes
}

/// Of the whole answer.
pub(super) fn notes(
    lake: &Lake,
    question: &PlacementQuestion,
    apis: &[ApiPlacement],
    websocket: u64,
    has_countries: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if apis.is_empty() && websocket == 0 {
        notes.push(match lake.covered() {
            None => "the lake is empty".to_owned(),
            Some(_) => "no requests in this window match".to_owned(),
        });
    }
    if !has_countries && !apis.is_empty() {
        notes.push(
            "without a country database nothing is said of where callers are, and CloudFront's prices are ranges over \
             its geographies: `gwcost geo install` loads DB-IP's country lite"
                .to_owned(),
        );
    }
    if websocket > 0 {
        notes.push(format!(
            "{} events of WebSocket APIs are left out: they have no other placement",
            grouped(websocket)
        ));
    }
    if question.settings.is_none() && !apis.is_empty() {
        notes.push(
            "without settings it is not known what an HTTP API would lose: `gwcost ingest settings:`"
                .to_owned(),
        );
    }
    notes
}

/// What was taken for granted.
pub(super) fn assumptions(catalog: &Catalog, question: &PlacementQuestion) -> Vec<String> {
    let mut all = vec![
        "the volume of all other APIs stays as it is; a difference is what the whole bill changes by".to_owned(),
        "latency is estimated from distance: 13.7 ms and 0.0159 ms a kilometre for a round trip, fitted on 90 pairs of \
         regions (half of them within 22 %, nine tenths within 35 %, which is the range shown); callers are where their \
         country's cities are; the backend's own time comes on top"
            .to_owned(),
        "CloudFront: requests over HTTPS, one new distribution without other traffic, no request bodies sent on to the \
         origin (the log holds no sizes of them); transfer from the region to CloudFront is free"
            .to_owned(),
        "a cache keeps GET and HEAD answers with status 200 up to 1 MiB by method and path; the low end has one cache for \
         each price geography, the high end one for all"
            .to_owned(),
        format!(
            "a private API has one interface endpoint in {} zones that nothing else uses, and pays its traffic by responses \
             alone",
            question.zones
        ),
        "moving to or adding a region moves the backend and its data, too: neither is priced".to_owned(),
    ];
    if catalog.terms().free.is_empty() {
        all.push("no free allowances: neither AWS's 100 GB of transfer nor CloudFront's 1 TB and 10 million requests".to_owned());
    }
    all
}
