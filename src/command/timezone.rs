//! A time zone as typed: `UTC`, an offset as `+02:00`, or a name that the system's database knows.

use std::fs;
use std::path::Path;

use jiff::tz::{Offset, TimeZone};

use super::CommandError;

/// Where systems keep the database.
const DATABASE: &str = "/usr/share/zoneinfo";

/// A zone with the name that is shown.
#[derive(Clone, Debug)]
pub struct Zone {
    /// What was typed.
    pub name: String,
    /// Its rules.
    pub zone: TimeZone,
}

impl Zone {
    /// Reads what was typed.
    pub fn parse(typed: &str) -> Result<Zone, CommandError> {
        let zone = match typed {
            "UTC" => Some(TimeZone::UTC),
            offset if offset.starts_with(['+', '-']) => fixed(offset),
            name => named(name),
        };
        let problem = || {
            let text = format!(
                "{typed:?} is no time zone: expected UTC, an offset as +02:00, or a name that {DATABASE} has, as \
                 Europe/Berlin"
            );
            CommandError::flag("--timezone")(text)
        };
        Ok(Zone { name: typed.to_owned(), zone: zone.ok_or_else(problem)? })
    }
}

/// `+02:00`, `-0330` or `+2`.
fn fixed(typed: &str) -> Option<TimeZone> {
    let (sign, digits) =
        if let Some(digits) = typed.strip_prefix('-') { (-1, digits) } else { (1, typed.get(1..)?) };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let whole = plain && hours <= 14 && minutes < 60;
    let offset = whole.then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())??;
    Some(TimeZone::fixed(offset))
}

fn named(name: &str) -> Option<TimeZone> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    if name.is_empty() || name.starts_with('/') || !name.bytes().all(plain) {
        return None;
    }
    let bytes = fs::read(Path::new(DATABASE).join(name)).ok()?;
    TimeZone::tzif(name, &bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_nothing_else_passes_for_one() {
        let seconds = |typed: &str| {
            let zone = Zone::parse(typed).ok()?.zone;
            Some(zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds())
        };
        assert_eq!(seconds("+02:00"), Some(7200));
        assert_eq!(seconds("-0330"), Some(-12_600));
        assert_eq!(seconds("+2"), Some(7200));
        assert_eq!(seconds("UTC"), Some(0));
        for typed in
            ["", "+", "+25:00", "+02:60", "+2h", "../../etc/passwd", "/etc/localtime", "Mars/Olympus"]
        {
            assert_eq!(seconds(typed), None, "{typed}");
        }
    }
}
