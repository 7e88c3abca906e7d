//! Custom domains with what they lead to, and VPC links: each of the two control planes knows some of them.
//!
//! A domain is asked for its mappings where it is listed. The control plane of HTTP APIs goes first: only it
//! knows mappings to HTTP and WebSocket APIs and those of several path segments. Private domains are in the
//! other one alone.

use gwcost_core::model::settings::{CustomDomain, DomainMapping, EndpointType, VpcLink};

use super::control::{PAGE, Reader, each, pages};
use super::control_values::tags;
use super::error::{AwsError, Call};

/// A domain, and which control plane to ask for its mappings.
struct Listed {
    domain: CustomDomain,
    in_v2: bool,
}

impl Reader {
    /// All custom domains with their mappings, by name. `None` where one of the control planes does not tell:
    /// the list would not be whole.
    pub(super) async fn custom_domains(&self) -> Result<Option<Vec<CustomDomain>>, AwsError> {
        let call = self.call("custom domains", "/domainnames");
        let (v2, rest) = (self.v2_domains(&call).await?, self.rest_domains(&call).await?);
        let (Some(mut listed), Some(rest)) = (v2, rest) else { return Ok(None) };
        for other in rest {
            let known = listed.iter().any(|one| one.domain.name == other.domain.name);
            // A private domain may have the name of a public one.
            if !known || other.domain.id.is_some() {
                listed.push(other);
            }
        }
        listed.sort_by(|one, other| {
            (&one.domain.name, &one.domain.id).cmp(&(&other.domain.name, &other.domain.id))
        });
        each(listed, |one| self.with_mappings(one)).await.map(Some)
    }

    async fn v2_domains(&self, call: &Call) -> Result<Option<Vec<Listed>>, AwsError> {
        let request = self.v2.get_domain_names();
        let domains = pages(call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(domains) = self.part(call, domains.await)? else { return Ok(None) };
        let listed = domains.into_iter().map(|domain| {
            let places = domain.domain_name_configurations.unwrap_or_default().into_iter();
            let types = places.filter_map(|place| place.endpoint_type);
            let domain = CustomDomain {
                name: domain.domain_name.unwrap_or_default(),
                id: None,
                endpoint_types: types.map(|word| EndpointType::from(word.as_str())).collect(),
                routing_mode: domain.routing_mode.map(|word| word.as_str().to_owned()),
                mappings: None,
                tags: tags(domain.tags),
            };
            Listed { domain, in_v2: true }
        });
        Ok(Some(listed.collect()))
    }

    async fn rest_domains(&self, call: &Call) -> Result<Option<Vec<Listed>>, AwsError> {
        let request = self.rest.get_domain_names().limit(PAGE);
        let domains = pages(call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(domains) = self.part(call, domains.await)? else { return Ok(None) };
        let listed = domains.into_iter().map(|domain| {
            let types = domain.endpoint_configuration.and_then(|endpoint| endpoint.types).unwrap_or_default();
            let types: Vec<EndpointType> =
                types.iter().map(|word| EndpointType::from(word.as_str())).collect();
            let private = types.contains(&EndpointType::Private);
            let domain = CustomDomain {
                name: domain.domain_name.unwrap_or_default(),
                id: domain.domain_name_id.filter(|_| private),
                endpoint_types: types,
                routing_mode: domain.routing_mode.map(|word| word.as_str().to_owned()),
                mappings: None,
                tags: tags(domain.tags),
            };
            Listed { domain, in_v2: false }
        });
        Ok(Some(listed.collect()))
    }

    async fn with_mappings(&self, listed: Listed) -> Result<CustomDomain, AwsError> {
        let Listed { mut domain, in_v2 } = listed;
        domain.mappings =
            if in_v2 { self.api_mappings(&domain).await? } else { self.base_path_mappings(&domain).await? };
        if let Some(mappings) = &mut domain.mappings {
            mappings.sort();
        }
        Ok(domain)
    }

    async fn api_mappings(&self, domain: &CustomDomain) -> Result<Option<Vec<DomainMapping>>, AwsError> {
        let path = format!("/domainnames/{}/apimappings", domain.name);
        let call = self.call(format!("mappings of custom domain {}", domain.name), &path);
        let request = self.v2.get_api_mappings().domain_name(&domain.name);
        let mappings = pages(&call, |token| {
            let request = request.clone().set_next_token(token);
            async {
                let page = request.send().await?;
                let mappings = page.items.unwrap_or_default().into_iter().map(|mapping| DomainMapping {
                    path: base_path(mapping.api_mapping_key),
                    api: mapping.api_id.unwrap_or_default(),
                    stage: mapping.stage,
                });
                Ok((mappings.collect(), page.next_token))
            }
        });
        self.part(&call, mappings.await)
    }

    async fn base_path_mappings(
        &self,
        domain: &CustomDomain,
    ) -> Result<Option<Vec<DomainMapping>>, AwsError> {
        let path = format!("/domainnames/{}/basepathmappings", domain.name);
        let call = self.call(format!("mappings of custom domain {}", domain.name), &path);
        let request = self.rest.get_base_path_mappings().domain_name(&domain.name).limit(PAGE);
        let request = request.set_domain_name_id(domain.id.clone());
        let mappings = pages(&call, |position| {
            let request = request.clone().set_position(position);
            async {
                let page = request.send().await?;
                let mappings = page.items.unwrap_or_default().into_iter().map(|mapping| DomainMapping {
                    path: base_path(mapping.base_path),
                    api: mapping.rest_api_id.unwrap_or_default(),
                    stage: mapping.stage,
                });
                Ok((mappings.collect(), page.position))
            }
        });
        self.part(&call, mappings.await)
    }

    /// The VPC links of both kinds. `None` where one of the two lists cannot be read: it would not be whole.
    pub(super) async fn vpc_links(&self) -> Result<Option<Vec<VpcLink>>, AwsError> {
        let call = self.call("VPC links", "/vpclinks");
        let request = self.rest.get_vpc_links().limit(PAGE);
        let first = pages(&call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let first = self.part(&call, first.await)?;
        let request = self.v2.get_vpc_links();
        let second = pages(&call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let second = self.part(&call, second.await)?;
        let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
        let first = first.into_iter().map(|link| VpcLink {
            id: link.id.unwrap_or_default(),
            name: link.name,
            version: "V1".to_owned(),
            status: link.status.map(|word| word.as_str().to_owned()),
        });
        let second = second.into_iter().map(|link| VpcLink {
            id: link.vpc_link_id.unwrap_or_default(),
            name: link.name,
            version: link.vpc_link_version.map_or_else(|| "V2".to_owned(), |word| word.as_str().to_owned()),
            status: link.vpc_link_status.map(|word| word.as_str().to_owned()),
        });
        let mut links: Vec<VpcLink> = first.chain(second).collect();
        links.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(links))
    }
}

/// The path of a mapping. What stands for the root differs between the control planes.
fn base_path(path: Option<String>) -> String {
    match path.as_deref().map(|path| path.trim_matches('/')) {
        None | Some("(none)") => String::new(),
        Some(path) => path.to_owned(),
    }
}
