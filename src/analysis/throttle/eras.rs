//! Times during which no settings changed, as far as snapshots show: each request meets the limits of its own time.

use std::collections::BTreeSet;

use gwcost_core::model::Window;
use gwcost_core::model::settings::{History, Snapshot, Span};

/// The eras of a window, in the order of time: at least one.
#[derive(Clone, Debug)]
pub struct Eras {
    window: Window,
    /// The first instant of each.
    starts: Vec<i64>,
    /// What held in each, of all accounts and regions. Empty where nothing is known.
    settings: Vec<Snapshot>,
    assumed_until_ms: Option<i64>,
}

impl Eras {
    /// The eras of a window, going by snapshots.
    pub fn new(history: &[Snapshot], window: Window) -> Eras {
        let places: BTreeSet<(&str, &str)> = history
            .iter()
            .flat_map(|snapshot| &snapshot.regions)
            .map(|region| (region.account.as_str(), region.region.as_str()))
            .collect();
        let histories: Vec<History<'_>> =
            places.into_iter().map(|(account, region)| History::of(history, account, region)).collect();
        let spans: Vec<Vec<Span<'_>>> = histories.iter().map(|of| of.spans(window)).collect();
        // A change is what follows something that was seen: before the first snapshot it is assumed already.
        let follows = |pair: &[Span<'_>]| match pair {
            [before, after] if !before.assumed => Some(after.from_ms),
            _ => None,
        };
        let changes: BTreeSet<i64> = spans.iter().flat_map(|of| of.windows(2).filter_map(follows)).collect();
        let assumed = spans.iter().flatten().filter(|span| span.assumed).map(|span| span.to_ms);
        let assumed_until_ms = assumed.max();
        let mut starts = vec![window.from_ms];
        starts.extend(changes);
        let at = |ms: i64| {
            let spans: Vec<_> = histories.iter().filter_map(|of| of.at(ms)).collect();
            let taken = spans.iter().map(|span| span.taken_at_ms).max().unwrap_or(ms);
            Snapshot::new(taken, spans.into_iter().map(|span| span.settings.clone()).collect())
        };
        let settings =
            if histories.is_empty() { Vec::new() } else { starts.iter().map(|start| at(*start)).collect() };
        Eras { window, starts, settings, assumed_until_ms }
    }

    /// The era of an instant, from `era` on, which is not later.
    pub fn era_of(&self, era: usize, ms: i64) -> usize {
        let later = self.starts.iter().skip(era + 1).take_while(|start| **start <= ms);
        era + later.count()
    }

    /// What held in an era.
    pub fn settings(&self, era: usize) -> Option<&Snapshot> {
        self.settings.get(era)
    }

    /// What holds at the end of the window.
    pub fn latest(&self) -> Option<&Snapshot> {
        self.settings.last()
    }

    /// Settings changed inside the window.
    pub fn are_several(&self) -> bool {
        self.starts.len() > 1
    }

    /// When settings changed inside the window.
    pub fn changes(&self) -> &[i64] {
        self.starts.get(1..).unwrap_or_default()
    }

    /// Until when nobody looked, and the first snapshot is taken.
    pub fn assumed_until_ms(&self) -> Option<i64> {
        self.assumed_until_ms
    }

    /// From the beginning of one era to the end of another, half-open.
    pub fn span(&self, first: usize, last: usize) -> (i64, i64) {
        let start = |era: usize| self.starts.get(era).copied();
        (start(first).unwrap_or(self.window.from_ms), start(last + 1).unwrap_or(self.window.to_ms))
    }
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::settings::RegionSettings;

    use super::*;

    fn snapshot(taken_at_ms: i64, region: &str) -> Snapshot {
        let settings = RegionSettings {
            account: "1".to_owned(),
            region: region.to_owned(),
            ..RegionSettings::default()
        };
        Snapshot::new(taken_at_ms, vec![settings])
    }

    #[test]
    fn changes_inside_the_window_make_eras_and_the_first_snapshot_makes_none() {
        let window = Window { from_ms: 100, to_ms: 200 };
        let history = [
            snapshot(120, "a"),
            snapshot(150, "a"),
            snapshot(90, "b"),
            snapshot(170, "b"),
            snapshot(300, "b"),
        ];
        let eras = Eras::new(&history, window);
        assert_eq!(eras.changes(), [150, 170]);
        assert_eq!((eras.era_of(0, 149), eras.era_of(0, 150), eras.era_of(1, 199)), (0, 1, 2));
        assert_eq!((eras.span(0, 0), eras.span(1, 2)), ((100, 150), (150, 200)));
        assert_eq!(
            eras.settings(0).map(|settings| (settings.regions.len(), settings.taken_at_ms)),
            Some((2, 120))
        );
        assert_eq!(eras.latest().map(|settings| settings.taken_at_ms), Some(170));
        assert_eq!(eras.assumed_until_ms(), Some(120));
    }

    #[test]
    fn without_settings_there_is_one_era_of_nothing() {
        let eras = Eras::new(&[], Window { from_ms: 0, to_ms: 9 });
        assert!(!eras.are_several() && eras.settings(0).is_none());
        assert_eq!((eras.era_of(0, 8), eras.span(0, 0)), (0, (0, 9)));
    }
}
