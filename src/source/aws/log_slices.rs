//! A window of a log group, cut into slices that are fetched side by side.
//!
//! The pages of one slice follow each other, because each begins with a token of the one before. So a
//! window is cut by time, into slices of a few pages: long where little was logged, short where much was,
//! as the slices before have shown. A slice that turns out too large is cut again.

use std::collections::VecDeque;

use gwcost_core::model::Window;

use super::log_hours::HOUR_MS;

/// Pages that a slice is meant to have. Its last page is partly empty, so fewer would cost more calls.
const PAGES: f64 = 3.0;
/// The longest slice, where hardly anything was logged.
const LONGEST_MS: i64 = 24 * HOUR_MS;
/// The most slices that one is cut into.
const MOST_PARTS: i64 = 64;

/// How much of what a slice may hold one page takes up, by whether it has events. Empty pages cost a call
/// and no memory.
const FULL_PAGE: u32 = 4;
const EMPTY_PAGE: u32 = 1;
/// After that much, a slice whose pages do not end is cut: eight full pages.
const ROOM: u32 = 32;

/// How far the pages of a slice have come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extent {
    pages: u32,
    taken: u32,
    /// The latest event so far.
    reached_ms: Option<i64>,
}

impl Extent {
    /// Counts a page; `last_ms` is its latest event.
    pub(super) fn add(&mut self, last_ms: Option<i64>) {
        self.pages += 1;
        self.taken += if last_ms.is_some() { FULL_PAGE } else { EMPTY_PAGE };
        self.reached_ms = self.reached_ms.max(last_ms);
    }

    /// Whether the slice should rather be cut than read on.
    pub(super) fn is_too_much(self) -> bool {
        self.taken >= ROOM
    }

    /// The pages so far.
    pub(super) fn pages(self) -> u32 {
        self.pages
    }
}

/// Hands out the slices of some windows, in order.
#[derive(Debug)]
pub(super) struct Slicer {
    windows: VecDeque<Window>,
    /// Pages in a millisecond, as far as is known.
    density: Option<f64>,
}

impl Slicer {
    pub(super) fn new(windows: impl IntoIterator<Item = Window>) -> Slicer {
        let windows = windows.into_iter().filter(|window| window.from_ms < window.to_ms).collect();
        Slicer { windows, density: None }
    }

    /// The next slice. It ends on an hour if it is longer than one, and crosses none if it is shorter:
    /// the lake's unit is the hour, and one that is complete should be known to be so.
    pub(super) fn next(&mut self) -> Option<Window> {
        let window = self.windows.front_mut()?;
        let from_ms = window.from_ms;
        let hour_end = (from_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS;
        let wanted = self.density.map_or(HOUR_MS, |density| length(PAGES / density));
        let end = if wanted >= 2 * HOUR_MS {
            hour_end + (wanted / HOUR_MS - 1) * HOUR_MS
        } else {
            // Equal parts of what is left of the hour, rather than a small rest.
            let room = hour_end - from_ms;
            from_ms + div_ceil(room, div_ceil(room, wanted.max(1)))
        };
        let to_ms = end.min(window.to_ms);
        window.from_ms = to_ms;
        if window.from_ms >= window.to_ms {
            self.windows.pop_front();
        }
        Some(Window { from_ms, to_ms })
    }

    /// Learns from a slice that was read to its end.
    pub(super) fn learn(&mut self, slice: Window, extent: Extent) {
        let seen = f64::from(extent.pages.max(1)) / width(slice);
        self.density = Some(self.density.map_or(seen, |known| f64::midpoint(known, seen)));
    }

    /// Whether there is no further slice.
    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Cuts a slice of more than a millisecond that was too much, and learns from it.
    pub(super) fn cut(&mut self, slice: Window, extent: Extent) -> Vec<Window> {
        let length_ms = slice.to_ms - slice.from_ms;
        // Events come in the order of time, so the latest one says how much is still to come. Where they
        // do not, the guess is wrong and costs calls, never events: the parts are read from their start.
        let reached = extent.reached_ms.map_or(slice.to_ms, |last| last.clamp(slice.from_ms, slice.to_ms));
        let read = (reached - slice.from_ms).max(1);
        let density = f64::from(extent.pages) / width(Window { from_ms: 0, to_ms: read });
        let parts = div_ceil(length_ms, length(PAGES / density)).clamp(2, MOST_PARTS).min(length_ms);
        self.density = Some(self.density.map_or(density, |known| known.max(density)));
        let bound = |part: i64| slice.from_ms + length_ms * part / parts;
        (0..parts).map(|part| Window { from_ms: bound(part), to_ms: bound(part + 1) }).collect()
    }
}

/// The parts of a slice that lie in one hour each, in order.
pub(super) fn by_hour(slice: Window) -> impl Iterator<Item = Window> {
    let hours = slice.from_ms.div_euclid(HOUR_MS)..=(slice.to_ms - 1).div_euclid(HOUR_MS);
    hours.map(move |hour| Window {
        from_ms: slice.from_ms.max(hour * HOUR_MS),
        to_ms: slice.to_ms.min((hour + 1) * HOUR_MS),
    })
}

/// Whole milliseconds, at least one and at most those of the longest slice.
fn length(ms: f64) -> i64 {
    ms.clamp(1.0, LONGEST_MS as f64) as i64
}

fn width(slice: Window) -> f64 {
    (slice.to_ms - slice.from_ms).max(1) as f64
}

/// Of two numbers above zero.
fn div_ceil(whole: i64, part: i64) -> i64 {
    (whole + part - 1) / part
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_792_195_200_000;

    fn window(from: i64, to: i64) -> Window {
        Window { from_ms: START + from, to_ms: START + to }
    }

    fn extent(pages: u32, last_ms: Option<i64>) -> Extent {
        let mut extent = Extent::default();
        for _ in 0..pages {
            extent.add(last_ms);
        }
        extent
    }

    /// All slices, each found to have that many pages an hour.
    fn slices(windows: &[Window], pages_an_hour: i64) -> Vec<Window> {
        let mut slicer = Slicer::new(windows.iter().copied());
        let mut all = Vec::new();
        while let Some(slice) = slicer.next() {
            let pages = ((slice.to_ms - slice.from_ms) * pages_an_hour / HOUR_MS).max(1);
            slicer.learn(slice, extent(u32::try_from(pages).unwrap(), Some(slice.from_ms)));
            all.push(slice);
        }
        all
    }

    /// They touch, cover the window, and cross an hour only as whole hours.
    fn check(slices: &[Window], whole: Window) {
        assert_eq!(slices.first().map(|slice| slice.from_ms), Some(whole.from_ms));
        assert_eq!(slices.last().map(|slice| slice.to_ms), Some(whole.to_ms));
        assert!(slices.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms));
        for slice in slices {
            assert!(slice.from_ms < slice.to_ms, "{slice:?}");
            let inside = (slice.to_ms - 1).div_euclid(HOUR_MS) == slice.from_ms.div_euclid(HOUR_MS);
            assert!(inside || slice.to_ms % HOUR_MS == 0 || slice.to_ms == whole.to_ms, "{slice:?}");
        }
    }

    #[test]
    fn slices_cover_a_window_whatever_was_logged() {
        let month = window(17 * 60_000, 30 * 24 * HOUR_MS + 123);
        for (pages_an_hour, most) in [(0, 80), (1, 400), (60, 30 * 24 * 25), (3600, 30 * 24 * 1500)] {
            let all = slices(&[month], pages_an_hour);
            check(&all, month);
            assert!(all.len() < most, "{} slices for {pages_an_hour} pages an hour", all.len());
        }
    }

    #[test]
    fn windows_apart_stay_apart() {
        let (one, two) = (window(0, HOUR_MS), window(5 * HOUR_MS, 7 * HOUR_MS));
        let all = slices(&[one, window(9, 9), two], 0);
        assert_eq!(all, [one, two]);
    }

    #[test]
    fn a_slice_that_is_too_much_is_cut_by_how_far_it_came() {
        let mut slicer = Slicer::new([window(0, 2 * HOUR_MS)]);
        let slice = slicer.next().unwrap();
        let some = extent(8, Some(START + HOUR_MS / 10));
        assert!(some.is_too_much());
        let parts = slicer.cut(slice, some);
        check(&parts, slice);
        assert!((25..=30).contains(&parts.len()), "{}", parts.len());
        // What comes after is cut as finely from the start.
        assert!(slicer.next().unwrap().to_ms - START - HOUR_MS < HOUR_MS / 20);
    }

    #[test]
    fn a_slice_without_order_is_cut_too() {
        let mut slicer = Slicer::new([]);
        let slice = window(0, HOUR_MS);
        assert!(slicer.cut(slice, extent(8, Some(slice.to_ms - 1))).len() <= 3);
        assert_eq!(slicer.cut(window(0, 2), extent(32, None)), [window(0, 1), window(1, 2)]);
    }

    #[test]
    fn empty_pages_count_for_less() {
        assert!(!extent(31, None).is_too_much());
        assert!(extent(32, None).is_too_much());
        assert!(!extent(7, Some(1)).is_too_much());
    }

    #[test]
    fn a_slice_of_many_hours_falls_into_them() {
        let parts: Vec<Window> = by_hour(window(HOUR_MS / 2, 3 * HOUR_MS)).collect();
        assert_eq!(
            parts,
            [window(HOUR_MS / 2, HOUR_MS), window(HOUR_MS, 2 * HOUR_MS), window(2 * HOUR_MS, 3 * HOUR_MS)]
        );
    }
}
