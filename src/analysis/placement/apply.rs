//! How alternatives are applied: lines of Terraform and of the AWS CLI, with what is known filled in.
//!
//! Ids come from logs, so whatever is not a letter, a digit or one of `-_.$` is left out of a line that somebody may
//! paste into a shell.

use gwcost_core::model::{Step, Tool};

use crate::analysis::cache::StageId;

fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter)).collect()
}

fn terraform(text: String) -> Step {
    Step { tool: Tool::Terraform, text }
}

fn cli(text: String) -> Step {
    Step { tool: Tool::AwsCli, text }
}

fn words(text: String) -> Step {
    Step { tool: Tool::Words, text }
}

/// An endpoint of another type.
pub(super) fn endpoint(id: &StageId, to: &str) -> Vec<Step> {
    let from = if to == "EDGE" { "REGIONAL" } else { "EDGE" };
    vec![
        terraform(format!("endpoint_configuration {{\n  types = [\"{to}\"]\n}}")),
        cli(format!(
            "aws apigateway update-rest-api --region {} --rest-api-id {} --patch-operations \
             op=replace,path=/endpointConfiguration/types/{from},value={to}",
            plain(&id.region),
            plain(&id.api)
        )),
    ]
}

/// The same routes as an HTTP API.
pub(super) fn http_api(id: &StageId) -> Vec<Step> {
    let (region, api, stage) = (plain(&id.region), plain(&id.api), plain(&id.stage));
    vec![
        cli(format!(
            "aws apigateway get-export --region {region} --rest-api-id {api} --stage-name {stage} --export-type oas30 \
             --parameters extensions=integrations {api}.json\naws apigatewayv2 import-api --region {region} --body \
             file://{api}.json"
        )),
        terraform(format!(
            "resource \"aws_apigatewayv2_api\" \"{api}\" {{\n  name          = \"{api}\"\n  protocol_type = \"HTTP\"\n  \
             body          = file(\"{api}.json\")\n}}"
        )),
        words("move the custom domain's mapping once both answer alike".to_owned()),
    ]
}

/// A distribution in front.
pub(super) fn cloudfront(id: &StageId, ttl_seconds: u32) -> Vec<Step> {
    let (region, api, stage) = (plain(&id.region), plain(&id.api), plain(&id.stage));
    vec![
        terraform(format!(
            "resource \"aws_cloudfront_cache_policy\" \"{api}\" {{\n  name        = \"{api}\"\n  min_ttl     = 0\n  \
             default_ttl = {ttl_seconds}\n  max_ttl     = {ttl_seconds}\n  # what an answer depends on\n  \
             parameters_in_cache_key_and_forwarded_to_origin {{\n    cookies_config {{ cookie_behavior = \"none\" }}\n    \
             headers_config {{ header_behavior = \"none\" }}\n    query_strings_config {{ query_string_behavior = \
             \"all\" }}\n  }}\n}}"
        )),
        terraform(format!(
            "origin {{\n  origin_id   = \"{api}\"\n  domain_name = \"{api}.execute-api.{region}.amazonaws.com\"\n  \
             origin_path = \"/{stage}\"\n  custom_origin_config {{\n    http_port              = 80\n    \
             https_port             = 443\n    origin_protocol_policy = \"https-only\"\n    origin_ssl_protocols   = \
             [\"TLSv1.2\"]\n  }}\n}}"
        )),
        cli(format!(
            "aws cloudfront create-distribution --origin-domain-name {api}.execute-api.{region}.amazonaws.com"
        )),
    ]
}

/// An API behind endpoints of a VPC.
pub(super) fn private(id: &StageId) -> Vec<Step> {
    let region = plain(&id.region);
    vec![
        cli(format!(
            "aws ec2 create-vpc-endpoint --region {region} --vpc-endpoint-type Interface --service-name \
             com.amazonaws.{region}.execute-api --vpc-id VPC --subnet-ids SUBNETS"
        )),
        terraform("endpoint_configuration {\n  types            = [\"PRIVATE\"]\n  vpc_endpoint_ids = [aws_vpc_endpoint.api.id]\n}".to_owned()),
    ]
}

/// The API in other regions.
pub(super) fn region(id: &StageId, regions: &[&str]) -> Vec<Step> {
    let mut steps = vec![words(format!(
        "deploy {} with its backend and its data in {}",
        plain(&id.api),
        regions.join(" and ")
    ))];
    if regions.len() > 1 {
        steps.push(terraform(
            "resource \"aws_route53_record\" \"api\" {\n  # one for each region\n  latency_routing_policy { region = \
             each.key }\n}"
                .to_owned(),
        ));
    }
    steps
}

/// Compressed answers.
pub(super) fn compression(id: &StageId, from_bytes: u32) -> Vec<Step> {
    vec![
        terraform(format!("minimum_compression_size = \"{from_bytes}\"")),
        cli(format!(
            "aws apigateway update-rest-api --region {} --rest-api-id {} --patch-operations \
             op=replace,path=/minimumCompressionSize,value={from_bytes}",
            plain(&id.region),
            plain(&id.api)
        )),
    ]
}

/// Answers to preflights that browsers keep.
pub(super) fn preflights(id: &StageId, is_http: bool, seconds: u32) -> Vec<Step> {
    let (region, api) = (plain(&id.region), plain(&id.api));
    if is_http {
        vec![
            terraform(format!("cors_configuration {{\n  max_age = {seconds}\n}}")),
            cli(format!(
                "aws apigatewayv2 update-api --region {region} --api-id {api} --cors-configuration MaxAge={seconds}"
            )),
        ]
    } else {
        vec![
            terraform(format!(
                "response_parameters = {{\n  \"method.response.header.Access-Control-Max-Age\" = \"'{seconds}'\"\n}}"
            )),
            words("set it on the integration response of every OPTIONS method, then deploy".to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_log_gets_into_a_shell() {
        let id = StageId {
            account: "1".to_owned(),
            region: "us-east-1".to_owned(),
            api: "a;rm -rf $(x)`y`\"'\n".to_owned(),
            stage: "$default".to_owned(),
        };
        let all =
            [endpoint(&id, "EDGE"), http_api(&id), cloudfront(&id, 60), private(&id), compression(&id, 1024)];
        for step in all.iter().flatten().filter(|step| step.tool == Tool::AwsCli) {
            assert!(!step.text.contains([';', '$', '`', '(', '\'']), "{}", step.text);
        }
    }
}
