//! Dates in the keys of objects: which objects and which whole folders cannot hold events of a window.
//!
//! A key that is kept for nothing costs its reading. A key that is left out wrongly loses events in silence.
//! So whatever is not clearly a date is none, and dates are read generously.

use gwcost_core::model::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How much earlier than an event the folder may be dated that holds it. Firehose names folders in UTC or in
/// a zone of the user's choice, and zones go back to UTC-12; the hour more is for clocks that disagree.
const EARLY_MS: i64 = 13 * HOUR_MS;

/// How much later. Firehose names a folder by the hour of delivery: the buffer adds up to 15 minutes, and
/// while S3 refuses, Firehose tries again for up to 24 hours. Zones go on to UTC+14.
const LATE_MS: i64 = (24 + 14) * HOUR_MS;

/// How much earlier than an event a file may be dated whose name has a day in it. Such a day may be the first
/// one of a week. Nothing is left out for a late one: an export is named by the day on which it was made,
/// however long after the events.
const EARLY_NAME_MS: i64 = 7 * DAY_MS + EARLY_MS;

/// How much later than its last-modified time an object may hold events. In general nothing in it can be
/// later, but what is uploaded in parts carries the time at which the upload began.
const UPLOAD_MS: i64 = DAY_MS;

/// Names of Hive partitions that hold a day.
const DAY_NAMES: [&str; 5] = ["dt", "date", "ds", "day", "event_date"];

/// Whether an object may hold events of the window.
pub(super) fn may_hold(window: Window, key: &str, modified_ms: i64) -> bool {
    if modified_ms < window.from_ms - UPLOAD_MS {
        return false;
    }
    if let Some(span) = Layout::of(key).and_then(|layout| layout.span(key)) {
        return place(window, span) != Place::Outside;
    }
    match day_in_name(key) {
        Some(day) => day.to_ms + EARLY_NAME_MS > window.from_ms,
        None => true,
    }
}

/// Where a folder's dates lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// No object in it can hold events of the window.
    Outside,
    /// Some may, some may not.
    Partly,
    /// No object in it can be left out for its date.
    Inside,
}

/// Where the dates of a folder lie.
pub(super) fn place(window: Window, span: Window) -> Place {
    let kept = Window { from_ms: window.from_ms - EARLY_MS, to_ms: window.to_ms + LATE_MS };
    if span.to_ms <= kept.from_ms || span.from_ms >= kept.to_ms {
        Place::Outside
    } else if span.from_ms >= kept.from_ms && span.to_ms <= kept.to_ms {
        Place::Inside
    } else {
        Place::Partly
    }
}

/// Where in a key the folders are that say a date, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The first folder of the date, counted from the start of the key.
    at: usize,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `2026/10/31/05/`, Firehose's own.
    Plain,
    /// `year=2026/month=10/day=31/hour=05/`.
    Hive,
    /// `2026-10-31/` or `dt=2026-10-31/`.
    Day,
}

impl Layout {
    /// The layout of an object's key, if its folders have a date. Four digits alone are no year; a month and,
    /// without names, a day must follow.
    pub(super) fn of(key: &str) -> Option<Layout> {
        let folders: Vec<&str> = folders(key).collect();
        let of = |form, at| (parts(form, &folders[at..]).len() >= least(form)).then_some(Layout { at, form });
        (0..folders.len())
            .find_map(|at| [Form::Plain, Form::Hive, Form::Day].into_iter().find_map(|form| of(form, at)))
    }

    /// The time that a key, or a prefix that ends with `/`, belongs to by this layout: a year, a month, a
    /// day or an hour of UTC. `None` if it has no date where the layout has one.
    pub(super) fn span(self, path: &str) -> Option<Window> {
        let folders: Vec<&str> = folders(path).collect();
        let parts = parts(self.form, folders.get(self.at..)?);
        let number = |at: usize, or: i16| parts.get(at).copied().unwrap_or(or);
        let small = |number: i16| i8::try_from(number).ok();
        let day = Date::new(*parts.first()?, small(number(1, 1))?, small(number(2, 1))?).ok()?;
        let length = match parts.len() {
            1 => 1.year(),
            2 => 1.month(),
            3 => 1.day(),
            _ => {
                let from_ms = start_ms(day)? + i64::from(number(3, 0)) * HOUR_MS;
                return Some(Window { from_ms, to_ms: from_ms + HOUR_MS });
            }
        };
        window_from(day, length)
    }

    /// Whether the key's date goes on below a prefix, so that folders below it can be told apart by date.
    pub(super) fn goes_on_below(self, prefix: &str, key: &str) -> bool {
        let folders: Vec<&str> = folders(key).collect();
        let Some(dated) = folders.get(self.at..) else { return false };
        let length = if self.form == Form::Day { 1 } else { parts(self.form, dated).len() };
        self.at + length > prefix.matches('/').count()
    }
}

/// The folders of a key: all before the last `/`.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit_once('/').map(|(folders, _)| folders.split('/')).into_iter().flatten()
}

/// Parts that a date must have to be taken for one.
fn least(form: Form) -> usize {
    match form {
        Form::Plain | Form::Day => 3,
        Form::Hive => 2,
    }
}

/// Year, month, day and hour, as many as the folders have from the first one on.
fn parts(form: Form, folders: &[&str]) -> Vec<i16> {
    match form {
        Form::Plain => numbers(folders.iter().map(|folder| Some(*folder)), true),
        Form::Hive => {
            let names: [&[&str]; 4] = [&["year"], &["month"], &["day"], &["hour", "hr"]];
            let values = names.into_iter().zip(folders).map(|(names, folder)| {
                let (name, value) = folder.split_once('=')?;
                names.iter().any(|known| name.eq_ignore_ascii_case(known)).then_some(value)
            });
            numbers(values, false)
        }
        Form::Day => {
            let Some(folder) = folders.first() else { return Vec::new() };
            let text = match folder.split_once('=') {
                Some((name, value)) if DAY_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) => {
                    value
                }
                Some(_) => return Vec::new(),
                None => folder,
            };
            match leading_day(text) {
                Some((day, rest)) if is_time_of_day(rest) => {
                    vec![day.year(), i16::from(day.month()), i16::from(day.day())]
                }
                _ => Vec::new(),
            }
        }
    }
}

/// The numbers of a date up to the first that is none. `padded` asks for two digits, as 07.
fn numbers<'a>(texts: impl Iterator<Item = Option<&'a str>>, padded: bool) -> Vec<i16> {
    let ranges = [2000..=2099, 1..=12, 1..=31, 0..=23];
    let number = |(at, (text, range)): (usize, (Option<&str>, std::ops::RangeInclusive<i16>))| {
        let text = text?;
        let width = if at == 0 {
            4..=4
        } else if padded {
            2..=2
        } else {
            1..=2
        };
        let digits = width.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && range.contains(number))
    };
    texts.zip(ranges).enumerate().map_while(number).collect()
}

/// A day at the start of a text, as 2026-10-31 or 20261031, and what follows.
fn leading_day(text: &str) -> Option<(Date, &str)> {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i16>().ok())?
    };
    let bytes = text.as_bytes();
    let (month, day, end) =
        if bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') { (5, 8, 10) } else { (4, 6, 8) };
    let year = digits(0, 4).filter(|year| (2000..=2099).contains(year))?;
    let month = i8::try_from(digits(month, month + 2)?).ok()?;
    let day = i8::try_from(digits(day, day + 2)?).ok()?;
    let rest = text.get(end..)?;
    let more = rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    Date::new(year, month, day).ok().filter(|_| !more).map(|date| (date, rest))
}

/// Nothing, or a time as `-05` or `T05:00`. A folder that goes on in another way may hold a range of days.
fn is_time_of_day(rest: &str) -> bool {
    rest.len() <= 9
        && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z'))
}

/// A day with dashes in the last part of a key, anywhere in it.
fn day_in_name(key: &str) -> Option<Window> {
    let name = key.rsplit('/').next()?;
    let starts = name.char_indices().map(|(at, _)| at).filter(|at| {
        !name[..*at].ends_with(|before: char| before.is_ascii_digit())
            && name.as_bytes().get(at + 4) == Some(&b'-')
    });
    let day =
        starts.filter_map(|at| name.get(at..)).find_map(|text| leading_day(text).map(|(day, _)| day))?;
    window_from(day, 1.day())
}

fn window_from(day: Date, length: Span) -> Option<Window> {
    Some(Window { from_ms: start_ms(day)?, to_ms: start_ms(day.checked_add(length).ok()?)? })
}

fn start_ms(day: Date) -> Option<i64> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn window() -> Window {
        Window { from_ms: ms("2026-10-10T00:00:00Z"), to_ms: ms("2026-10-20T00:00:00Z") }
    }

    /// Whether a key is kept, of an object that was modified long after the window.
    fn kept(key: &str) -> bool {
        may_hold(window(), key, ms("2027-01-01T00:00:00Z"))
    }

    fn span(path: &str, key: &str) -> Option<String> {
        let span = Layout::of(key)?.span(path)?;
        Some(format!("{} {}", span.from_rfc3339(), span.to_rfc3339()))
    }

    #[test]
    fn folders_of_every_layout_are_dated() {
        let hour = "2026-10-31T05:00:00Z 2026-10-31T06:00:00Z";
        let day = "2026-10-31T00:00:00Z 2026-11-01T00:00:00Z";
        for (key, expected) in [
            ("logs/2026/10/31/05/orders-1-2026-10-31-05-12-33-0a1b.gz", hour),
            ("2026/10/31/05/x", hour),
            ("logs/year=2026/month=10/day=31/hour=05/x", hour),
            ("logs/Year=2026/Month=10/Day=31/hr=5/x", hour),
            ("logs/api=orders/dt=2026-10-31/x", day),
            ("logs/date=20261031/hour=05/x", day),
            ("logs/2026-10-31/x", day),
            ("logs/dt=2026-10-31-05/x", day),
            ("logs/2026/10/31/x", day),
            ("year=2026/month=10/x", "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z"),
        ] {
            assert_eq!(span(key, key).as_deref(), Some(expected), "{key}");
        }
        for key in [
            "logs/orders.log",
            "2026/orders.log",
            "2026/10/orders.log",
            "logs/1026/10/31/x",
            "logs/2026/13/31/x",
            "logs/2026-10-31-to-2026-11-30/x",
            "logs/release=2026-10-31/x",
            "logs/20261031123456/x",
            "logs/2026/02/30/x",
            "tenant/\u{e9}2026-1\u{e9}/x",
        ] {
            assert_eq!(span(key, key), None, "{key}");
        }
    }

    #[test]
    fn a_layout_dates_the_folders_above_the_hour() {
        let key = "logs/2026/10/31/05/x";
        let span = |path: &str| span(path, key);
        assert_eq!(span("logs/2026/").unwrap(), "2026-01-01T00:00:00Z 2027-01-01T00:00:00Z");
        assert_eq!(span("logs/2026/12/").unwrap(), "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z");
        assert_eq!(span("logs/2026/10/31/").unwrap(), "2026-10-31T00:00:00Z 2026-11-01T00:00:00Z");
        assert_eq!(span("logs/errors/"), None);
        assert_eq!(span("logs/"), None);
        let below = |prefix: &str| Layout::of(key).unwrap().goes_on_below(prefix, key);
        assert!(below("") && below("logs/") && below("logs/20") && below("logs/2026/10/31/"));
        assert!(!below("logs/2026/10/31/05/"));
    }

    #[test]
    fn delivery_may_be_late_and_zones_differ() {
        assert!(!kept("logs/2026/10/09/09/x"));
        assert!(kept("logs/2026/10/09/11/x"), "Hawaii's folder for the window's first events");
        assert!(kept("logs/2026/10/20/00/x"), "buffered over the end of the window");
        assert!(kept("logs/2026/10/21/13/x"), "delivered a day late, in Kiribati's zone");
        assert!(!kept("logs/2026/10/21/14/x"));
        assert!(kept("logs/dt=2026-10-09/x") && kept("logs/dt=2026-10-21/x"));
        assert!(!kept("logs/dt=2026-10-08/x") && !kept("logs/dt=2026-10-22/x"));
    }

    #[test]
    fn a_day_in_a_name_leaves_out_only_what_is_older() {
        assert!(kept("exports/orders-2026-12-24.json"), "an export that was made later");
        assert!(kept("logs/access-2026-10-05.gz"), "the log of a week");
        assert!(!kept("logs/access-2026-09-30.gz"));
        assert!(
            kept("logs/access-1-12-2026-99-30.gz") && kept("logs/1234567-2026") && kept("logs/access.gz")
        );
    }

    #[test]
    fn what_was_last_written_before_the_window_holds_nothing_of_it() {
        assert!(!may_hold(window(), "a.log", ms("2026-10-08T00:00:00Z")));
        assert!(may_hold(window(), "a.log", ms("2026-10-09T06:00:00Z")), "an upload in parts");
        assert!(may_hold(window(), "a.log", ms("2026-10-10T00:00:00Z")));
    }

    #[test]
    fn folders_are_placed() {
        let place =
            |path: &str| place(window(), Layout::of("a/2026/10/31/05/x").unwrap().span(path).unwrap());
        assert_eq!(place("a/2025/"), Place::Outside);
        assert_eq!(place("a/2026/"), Place::Partly);
        assert_eq!(place("a/2026/10/15/"), Place::Inside);
        assert_eq!(place("a/2026/11/"), Place::Outside);
    }
}
