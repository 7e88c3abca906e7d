//! Format strings of every shape, made from choices.

use super::choices::Choices;

/// Variables of every class, kept and dropped, with one that AWS has not.
const NAMES: [&str; 46] = [
    "requestId",
    "identity.userAgent",
    "status",
    "path",
    "authorizer.principalId",
    "requestTime",
    "identity.sourceIp",
    "error.message",
    "error.messageString",
    "routeKey",
    "responseLength",
    "requestTimeEpoch",
    "domainName",
    "identity.caller",
    "extendedRequestId",
    "httpMethod",
    "resourcePath",
    "stage",
    "error.responseType",
    "integrationLatency",
    "integration.latency",
    "integrationErrorMessage",
    "accountId",
    "apiId",
    "protocol",
    "responseLatency",
    "integrationStatus",
    "integration.status",
    "integration.integrationStatus",
    "identity.user",
    "identity.userArn",
    "identity.apiKey",
    "identity.apiKeyId",
    "identity.clientCert.clientCertPem",
    "identity.cognitoAuthenticationProvider",
    "authorizer.claims.sub",
    "authorizer.latency",
    "authorizer.status",
    "connectionId",
    "messageId",
    "eventType",
    "connectedAt",
    "customDomain.basePathMatched",
    "wafResponseCode",
    "dataProcessed",
    "colour.of_no.variable",
];

/// A format string. JSON is the first shape, with one variable in each string.
pub fn format(choices: &mut Choices<'_>) -> String {
    let mut format = match choices.below(8) {
        0 => quoted_json(choices),
        1 | 2 => json(choices, false),
        3 => clf(choices),
        4 => delimited(choices),
        5 => xml(choices),
        6 => key_value(choices),
        _ => soup(choices),
    };
    if choices.once_in(8) {
        format.push('\n');
    }
    format
}

fn variable(choices: &mut Choices<'_>) -> String {
    format!("$context.{}", choices.of(&NAMES))
}

/// A JSON object in which every value is a string with one variable.
pub fn quoted_json(choices: &mut Choices<'_>) -> String {
    json(choices, true)
}

/// An object with white space of one style. When `plain`, every value is a string that holds one
/// variable and nothing else.
pub fn json(choices: &mut Choices<'_>, plain: bool) -> String {
    let [open, colon, comma, close] = choices.of(&[
        ["", "", "", ""],
        ["", " ", "", ""],
        [" ", "", " ", " "],
        ["", "", " ", ""],
        ["\n  ", " ", "\n  ", "\n"],
        ["\r\n\t", "", "\r\n\t", "\r\n"],
    ]);
    let style = Style { open, colon, comma, close, plain };
    let mut out = String::new();
    style.object(choices, &mut out, 0);
    out
}

struct Style {
    open: &'static str,
    colon: &'static str,
    comma: &'static str,
    close: &'static str,
    plain: bool,
}

impl Style {
    fn object(&self, choices: &mut Choices<'_>, out: &mut String, depth: usize) {
        out.push('{');
        out.push_str(self.open);
        let count = choices.below(7) + 1;
        for (index, own) in NAMES.into_iter().enumerate().take(count) {
            if index > 0 {
                out.push(',');
                out.push_str(self.comma);
            }
            let keys = [own, "id", "ip", "who.ip", "error.type", "who-is", "a", "a b", "é", "a\\\"b", "s"];
            out.push_str(&format!("\"{}\":{}", choices.of(&keys), self.colon));
            self.value(choices, out, depth);
        }
        out.push_str(self.close);
        out.push('}');
    }

    fn value(&self, choices: &mut Choices<'_>, out: &mut String, depth: usize) {
        let kind = if self.plain { [0, 0, 0, 10][choices.below(4)] } else { choices.below(13) };
        let one = variable(choices);
        match kind {
            1 | 2 => out.push_str(&one),
            3 => out.push_str(&format!("\"\\\"{one}\\\"\"")),
            4 => out.push_str(&format!("\"https://{one}{}\"", variable(choices))),
            5 => out.push_str(&format!("\"{one}{}{}\"", choices.of(SOUP), variable(choices))),
            6 => out.push_str(&format!("\" {one} \"")),
            7 => out.push_str(choices.of(&["\"v1\"", "1", "true", "\"\"", "\"a \\\\\""])),
            8 if depth < 3 => {
                out.push('[');
                self.value(choices, out, depth + 1);
                out.push(',');
                self.value(choices, out, depth + 1);
                out.push(']');
            }
            9 | 10 if depth < 3 => self.object(choices, out, depth + 1),
            11 => out.push_str(&format!("\"{}{one}\"", choices.of(SOUP))),
            _ => out.push_str(&format!("\"{one}\"")),
        }
    }
}

fn clf(choices: &mut Choices<'_>) -> String {
    let mut parts = Vec::new();
    for _ in 0..=choices.below(8) {
        let one = variable(choices);
        parts.push(match choices.below(5) {
            0 | 1 => one,
            2 => "[$context.requestTime]".to_owned(),
            3 => format!("\"{one} {} {}\"", variable(choices), variable(choices)),
            _ => "-".to_owned(),
        });
    }
    let space = choices.of(&[" ", " ", "  ", "\t", " - "]);
    let line = parts.join(space);
    if choices.once_in(3) { line.replace("] \"", "]\"") } else { line }
}

fn delimited(choices: &mut Choices<'_>) -> String {
    let between = choices.of(&[",", "|", ";", "\t", ", ", " | ", "\",\"", "||", "\n"]);
    let parts: Vec<String> = (0..=choices.below(8)).map(|_| variable(choices)).collect();
    let line = parts.join(between);
    if between == "\",\"" { format!("\"{line}\"") } else { line }
}

fn xml(choices: &mut Choices<'_>) -> String {
    let between = choices.of(&["", " ", "\n", "\n  "]);
    let mut out = format!("<request id=\"{}\">", variable(choices));
    for _ in 0..=choices.below(6) {
        let tag = choices.of(&["ip", "t", "status", "ua"]);
        out.push_str(&format!("{between}<{tag}>{}</{tag}>", variable(choices)));
    }
    out + between + "</request>"
}

fn key_value(choices: &mut Choices<'_>) -> String {
    let between = choices.of(&[", ", " ", "\n", "; ", ",\n\t"]);
    let is = choices.of(&[": ", "=", "=\"", ":"]);
    let end = if is == "=\"" { "\"" } else { "" };
    let parts: Vec<String> = (0..=choices.below(8))
        .map(|_| {
            let key = choices.of(&["requestId", "ip", "user agent", "t", "status"]);
            format!("{key}{is}{}{end}", variable(choices))
        })
        .collect();
    parts.join(between)
}

const SOUP: &[&str] = &[
    " ",
    "",
    "-",
    ",",
    "\"",
    "[",
    "]",
    "\n",
    "a",
    " - ",
    "] \"",
    "  ",
    ".",
    "\\",
    "é",
    "$",
    "$context.",
    "{",
    "}",
    ":",
    "=",
    "\\\"",
    "\\n",
    "\u{a0}",
    " a ",
    "<",
    "\t",
];

fn soup(choices: &mut Choices<'_>) -> String {
    let mut out = variable(choices);
    for _ in 0..choices.below(8) {
        out.push_str(choices.of(SOUP));
        if choices.once_in(4) {
            out.push_str(choices.of(SOUP));
        }
        out.push_str(&variable(choices));
    }
    if choices.once_in(4) { format!("{}{out}{}", choices.of(SOUP), choices.of(SOUP)) } else { out }
}
