//! The format that is recommended for each kind of API, and the snippets that set it; with them,
//! whether the lines of a format are valid JSON in every case.

use super::template::{Piece, Template};
use super::variable::{Class, lookup};
use crate::model::ApiKind;

/// What is recommended, in the order in which a person looks for it.
const ORDER: &str = "
    requestTimeEpoch requestId extendedRequestId accountId apiId stage domainName
    customDomain.basePathMatched deploymentId isCanaryRequest httpMethod resourcePath routeKey path
    eventType connectionId messageId connectedAt status error.responseType responseLength
    dataProcessed responseLatency integrationLatency integration.status
    integration.integrationStatus integration.responseTransferMode authorizer.status
    authorizer.latency authorizer.principalId wafResponseCode identity.apiKeyId identity.sourceIp
    identity.vpceId identity.userAgent";

/// HTTP APIs refuse a format with a variable that they do not have, and AWS's newer list for them
/// lacks these two.
const DOUBTFUL_IN_HTTP: [&str; 2] = ["authorizer.status", "authorizer.latency"];

/// The variables of the recommended format.
pub(super) fn recommended(kind: ApiKind) -> impl Iterator<Item = &'static str> {
    ORDER.split_ascii_whitespace().filter(move |name| {
        let doubtful = kind == ApiKind::Http && DOUBTFUL_IN_HTTP.contains(name);
        !doubtful && lookup(name).is_some_and(|variable| variable.offered_by(kind))
    })
}

/// The recommended format string: one line of JSON, valid whatever is unset, keys named as the
/// variables, every variable that is kept.
pub fn suggest(kind: ApiKind) -> String {
    let pairs: Vec<String> =
        recommended(kind).map(|name| format!("\"{name}\":\"$context.{name}\"")).collect();
    format!("{{{}}}", pairs.join(","))
}

/// How a format string is handed to those who deploy an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snippet {
    /// The string alone.
    Text,
    /// HCL.
    Terraform,
    /// YAML.
    CloudFormation,
    /// TypeScript.
    Cdk,
    /// YAML with SAM's resources.
    Sam,
}

/// A snippet that gives an API of that kind the format, ending in a line end.
pub fn snippet(form: Snippet, kind: ApiKind, format: &str) -> String {
    match form {
        Snippet::Text => format!("{format}\n"),
        Snippet::Terraform => terraform(kind, format),
        Snippet::CloudFormation => cloudformation(kind, format),
        Snippet::Cdk => cdk(kind, format),
        Snippet::Sam => sam(kind, format),
    }
}

fn terraform(kind: ApiKind, format: &str) -> String {
    let resource = match kind {
        ApiKind::Rest => "aws_api_gateway_stage",
        ApiKind::Http | ApiKind::WebSocket => "aws_apigatewayv2_stage",
    };
    format!(
        "resource \"aws_cloudwatch_log_group\" \"access\" {{\n  name = \"/aws/apigateway/access\"\n}}\n\n\
         resource \"{resource}\" \"this\" {{\n  # ...\n\n  access_log_settings {{\n    \
         destination_arn = aws_cloudwatch_log_group.access.arn\n    \
         # A plain string: jsonencode() would sort the keys and escape <, > and &; a heredoc adds a line end.\n    \
         format = {}\n  }}\n}}\n",
        hcl_string(format)
    )
}

fn cloudformation(kind: ApiKind, format: &str) -> String {
    let (resource, property) = match kind {
        ApiKind::Rest => ("AWS::ApiGateway::Stage", "AccessLogSetting"),
        ApiKind::Http | ApiKind::WebSocket => ("AWS::ApiGatewayV2::Stage", "AccessLogSettings"),
    };
    yaml_stage("Stage", resource, property, format)
}

fn sam(kind: ApiKind, format: &str) -> String {
    match kind {
        ApiKind::Rest => yaml_stage("Api", "AWS::Serverless::Api", "AccessLogSetting", format),
        ApiKind::Http => yaml_stage("Api", "AWS::Serverless::HttpApi", "AccessLogSettings", format),
        // CloudFormation's own resource: every version of SAM takes it.
        ApiKind::WebSocket => cloudformation(kind, format),
    }
}

fn yaml_stage(name: &str, resource: &str, property: &str, format: &str) -> String {
    format!(
        "Resources:\n  AccessLogs:\n    Type: AWS::Logs::LogGroup\n  {name}:\n    Type: {resource}\n    \
         Properties:\n      # ...\n      {property}:\n        DestinationArn: !GetAtt AccessLogs.Arn\n        \
         # Without Fn::Sub: $context is then literal.\n        Format: {}\n",
        yaml_string(format)
    )
}

fn cdk(kind: ApiKind, format: &str) -> String {
    let string = ts_string(format);
    match kind {
        ApiKind::Rest => format!(
            "const accessLogs = new logs.LogGroup(this, 'AccessLogs');\n\
             new apigateway.RestApi(this, 'Api', {{\n  // ...\n  deployOptions: {{\n    \
             accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs),\n    \
             accessLogFormat: apigateway.AccessLogFormat.custom(\n      {string},\n    ),\n  }},\n}});\n"
        ),
        ApiKind::Http | ApiKind::WebSocket => {
            let class = if kind == ApiKind::Http { "HttpStage" } else { "WebSocketStage" };
            format!(
                "const accessLogs = new logs.LogGroup(this, 'AccessLogs');\n\
                 // `stage` is the API's apigatewayv2.{class}.\n\
                 const cfnStage = stage.node.defaultChild as apigatewayv2.CfnStage;\n\
                 cfnStage.accessLogSettings = {{\n  destinationArn: accessLogs.logGroupArn,\n  \
                 format:\n    {string},\n}};\n"
            )
        }
    }
}

/// A quoted string of HCL: `${` and `%{` would begin a template.
fn hcl_string(text: &str) -> String {
    format!("\"{}\"", escaped(text, '"').replace("${", "$${").replace("%{", "%%{"))
}

/// A single-quoted scalar, in which only its quote is special; with line ends a double-quoted one.
fn yaml_string(text: &str) -> String {
    if text.chars().any(char::is_control) {
        format!("\"{}\"", escaped(text, '"'))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn ts_string(text: &str) -> String {
    format!("'{}'", escaped(text, '\''))
}

/// Backslashes before what ends or breaks a string.
fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote || character == '\\' => out.extend(['\\', character]),
            _ if character.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}

/// When the lines of a JSON format are no JSON: variables by the case that breaks them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Breaks {
    /// Text without quotes: always.
    pub always: Vec<String>,
    /// Without quotes, unset when the integration is not reached.
    pub integration: Vec<String>,
    /// Without quotes, when unset.
    pub unset: Vec<String>,
    /// Inside quotes, and brings its own when set.
    pub message: Vec<String>,
}

impl Breaks {
    /// Each case in words, with its variables.
    pub fn cases(&self) -> [(&'static str, &[String]); 4] {
        [
            ("lines are never valid JSON: text stands without quotes in", &self.always),
            ("lines are not valid JSON when the integration is not reached, which unsets", &self.integration),
            ("lines are not valid JSON when a variable without quotes is unset:", &self.unset),
            ("lines are not valid JSON when a message is set, which brings its own quotes:", &self.message),
        ]
    }
}

/// What breaks lines of a format that is meant as JSON.
///
/// # Errors
/// The byte of the format at which it is no JSON, whatever its variables hold.
pub(super) fn breaks(template: &Template) -> Result<Breaks, usize> {
    let (line, sources) = filled(template, usize::MAX);
    check_json(&line).map_err(|at| {
        let (rendered, source) =
            sources.iter().rev().find(|(rendered, _)| *rendered <= at).unwrap_or(&(0, 0));
        (source + at - rendered).min(template.source().len())
    })?;
    let mut breaks = Breaks::default();
    for (index, name) in template.variables().enumerate() {
        // Text is JSON only inside quotes.
        let quoted = check_json(&filled(template, index).0).is_ok();
        let variable = lookup(name);
        let class = variable.map(|variable| variable.class);
        let list = match class {
            Some(Class::QuotedFree) if quoted => &mut breaks.message,
            _ if quoted => continue,
            Some(Class::ClfTime | Class::Host | Class::Path | Class::RouteKey | Class::Caller) => {
                &mut breaks.always
            }
            Some(Class::Token) if !plain(name) => &mut breaks.always,
            _ if name.starts_with("integration") => &mut breaks.integration,
            _ => &mut breaks.unset,
        };
        if !list.iter().any(|known| known == name) {
            list.push(name.to_owned());
        }
    }
    Ok(breaks)
}

/// Tokens that are JSON without quotes.
fn plain(name: &str) -> bool {
    matches!(name, "accountId" | "identity.accountId" | "isCanaryRequest")
}

/// The line with `1` for every variable but one, which is `x`; and where each piece begins in it
/// and in the format.
fn filled(template: &Template, text_at: usize) -> (String, Vec<(usize, usize)>) {
    let (mut line, mut sources) = (String::new(), Vec::new());
    let (mut source, mut index) = (0, 0);
    for piece in template.pieces() {
        sources.push((line.len(), source));
        match piece {
            Piece::Literal(text) => {
                line.push_str(text);
                source += text.len();
            }
            Piece::Variable(name) => {
                line.push(if index == text_at { 'x' } else { '1' });
                source += "$context.".len() + name.len();
                index += 1;
            }
        }
    }
    (line, sources)
}

/// Whether a text is one JSON value; else the byte at which it is not.
fn check_json(text: &str) -> Result<(), usize> {
    let mut json = Json { bytes: text.as_bytes(), at: 0 };
    let whole = json.value(0).is_some() && {
        json.space();
        json.at == text.len()
    };
    if whole { Ok(()) } else { Err(json.at) }
}

/// A position in a JSON text; it stays where something did not fit.
struct Json<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Json<'_> {
    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'{' if depth < 64 => self.items(b'}', |json| {
                json.string()?;
                json.take(b':')?;
                json.value(depth + 1)
            }),
            b'[' if depth < 64 => self.items(b']', |json| json.value(depth + 1)),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                let rest = &self.bytes[self.at..];
                let word = ["true", "false", "null"].iter().find(|word| rest.starts_with(word.as_bytes()))?;
                self.at += word.len();
                Some(())
            }
        }
    }

    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.next()? == end {
            return self.take(end);
        }
        loop {
            item(self)?;
            match self.next()? {
                b',' => self.at += 1,
                _ => return self.take(end),
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\'
                    if matches!(
                        self.bytes.get(self.at + 1)?,
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u'
                    ) =>
                {
                    self.at += 2
                }
                0..=0x1f | b'\\' => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.bytes[self.at] == b'-');
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let leading = digits > 1 && self.bytes[self.at] == b'0';
        (digits > 0 && !leading).then(|| self.at += digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_format::capability::{LONGEST_V2, Level, capabilities};
    use crate::log_format::variable::Target;
    use crate::log_format::variable::names;

    #[test]
    fn suggestions_hold_every_field_and_fit() {
        for kind in ApiKind::ALL {
            let format = suggest(kind);
            assert!(kind == ApiKind::Rest || format.len() <= LONGEST_V2, "{kind}: {}", format.len());
            let template = Template::parse(&format).unwrap();
            assert_eq!(breaks(&template), Ok(Breaks::default()), "{kind}");
            let held: Vec<Target> = template.variables().map(|name| lookup(name).unwrap().target).collect();
            for name in names() {
                let variable = lookup(name).unwrap();
                let left_out = matches!(name, "requestTime" | "requestLength")
                    || (kind == ApiKind::Http && DOUBTFUL_IN_HTTP.contains(&name));
                let kept = !matches!(variable.target, Target::Dropped | Target::Unknown);
                if kept && variable.offered_by(kind) && !left_out {
                    assert!(held.contains(&variable.target), "{kind}: {name}");
                }
            }
            let missing = capabilities(&template, Some(kind));
            assert!(missing.iter().all(|finding| finding.level != Level::Missing), "{kind}: {missing:?}");
        }
    }

    #[test]
    fn strings_are_escaped_for_each_language() {
        let hostile = "{\"a\":\"\\\"$context.path\\\"\",'b':\"${x} %{y}\"}";
        assert!(
            snippet(Snippet::Terraform, ApiKind::Http, hostile)
                .contains(r#"format = "{\"a\":\"\\\"$context.path\\\"\",'b':\"$${x} %%{y}\"}""#)
        );
        assert!(
            snippet(Snippet::CloudFormation, ApiKind::Rest, hostile)
                .contains(r#"Format: '{"a":"\"$context.path\"",''b'':"${x} %{y}"}'"#)
        );
        assert!(
            snippet(Snippet::Cdk, ApiKind::Rest, hostile)
                .contains(r#"'{"a":"\\"$context.path\\"",\'b\':"${x} %{y}"}'"#)
        );
        assert_eq!(yaml_string("a\n\"b\""), "\"a\\n\\\"b\\\"\"");
        assert_eq!(snippet(Snippet::Text, ApiKind::Rest, "x"), "x\n");
        assert!(snippet(Snippet::Sam, ApiKind::Http, "x").contains("AWS::Serverless::HttpApi"));
        assert!(snippet(Snippet::Sam, ApiKind::WebSocket, "x").contains("AWS::ApiGatewayV2::Stage"));
    }
}
