//! Whose word names the caller: a format's own principal, or another variable of its authorizer.
//!
//! The lake has one column for who called. Which claim that is differs from company to company, so a format can be
//! read as if the claim were the principal; what was the principal is then read and dropped.

/// The variable that fills the column.
const PRINCIPAL: &str = "$context.authorizer.principalId";

/// A variable of the same kind that no column takes.
const DROPPED: &str = "$context.authorizer.otherPrincipal";

/// The format string with `variable` (without `$context.`) in the principal's place. Unchanged if the format does
/// not hold it.
pub fn with_principal(format: &str, variable: &str) -> String {
    let wanted = format!("$context.{variable}");
    if wanted == PRINCIPAL || places(format, &wanted).is_empty() {
        return format.to_owned();
    }
    let freed = replaced(format, PRINCIPAL, DROPPED);
    replaced(&freed, &wanted, PRINCIPAL)
}

fn replaced(format: &str, from: &str, to: &str) -> String {
    let mut text = String::new();
    let mut seen = 0;
    for place in places(format, from) {
        text.push_str(&format[seen..place]);
        text.push_str(to);
        seen = place + from.len();
    }
    text.push_str(&format[seen..]);
    text
}

/// Where a variable stands as a whole: `authorizer.claims.sub` is no part of `authorizer.claims.subject`.
fn places(format: &str, variable: &str) -> Vec<usize> {
    format
        .match_indices(variable)
        .map(|(place, _)| place)
        .filter(|place| {
            let rest = &format.as_bytes()[place + variable.len()..];
            let continues = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let dotted = rest.first() == Some(&b'.') && rest.get(1).is_some_and(continues);
            !rest.first().is_some_and(continues) && !dotted
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_takes_the_principals_place() {
        let format = r#"{"who":"$context.authorizer.principalId","sub":"$context.authorizer.claims.sub","subject":"$context.authorizer.claims.subject"}"#;
        assert_eq!(
            with_principal(format, "authorizer.claims.sub"),
            r#"{"who":"$context.authorizer.otherPrincipal","sub":"$context.authorizer.principalId","subject":"$context.authorizer.claims.subject"}"#
        );
        for same in ["authorizer.claims.tenant", "authorizer.principalId"] {
            assert_eq!(with_principal(format, same), format);
        }
    }
}
