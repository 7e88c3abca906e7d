//! Which columns fit a width, and how wide each becomes.
//!
//! Figures are never cut, because half a number is a wrong number. So measures go first, the least
//! telling ones before the others; then texts are cut; only then do dimensions go.

use super::sheet::ALWAYS;

/// Spaces between two columns.
pub const GAP: usize = 2;

/// What a column needs.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The width of its widest cell.
    pub natural: usize,
    /// Figures: cannot be cut.
    pub number: bool,
    /// Columns with the lowest value go first; [`ALWAYS`] stays.
    pub keep: u8,
}

impl Need {
    /// The width below which measures are left out for it.
    fn wanted(self) -> usize {
        if self.number { self.natural } else { self.natural.min(if self.keep == ALWAYS { 28 } else { 16 }) }
    }

    /// The width below which it says nothing.
    fn least(self) -> usize {
        if self.number { self.natural } else { self.natural.min(if self.keep == ALWAYS { 8 } else { 6 }) }
    }
}

/// The columns that stay, by index in order, each with its width.
pub fn fit(needs: &[Need], width: usize) -> Vec<(usize, usize)> {
    let mut kept: Vec<usize> = (0..needs.len()).collect();
    let total = |kept: &[usize], of: fn(Need) -> usize| {
        kept.iter().map(|&index| of(needs[index])).sum::<usize>() + GAP * kept.len().saturating_sub(1)
    };
    for (number, of) in [(true, Need::wanted as fn(Need) -> usize), (false, Need::least)] {
        while total(&kept, of) > width {
            let may_go = |index: &&usize| needs[**index].number == number && needs[**index].keep != ALWAYS;
            let Some(&first) = kept.iter().filter(may_go).min_by_key(|&&index| needs[index].keep) else {
                break;
            };
            kept.retain(|&index| index != first);
        }
    }
    // What is left over goes to the texts: to what they want, then to the last, then to the others.
    let mut widths: Vec<usize> = kept.iter().map(|&index| needs[index].least()).collect();
    let mut spare = width.saturating_sub(total(&kept, Need::least));
    let others = |need: Need| if need.keep == ALWAYS { need.least() } else { need.wanted() };
    let last = |need: Need| if need.keep == ALWAYS { need.natural } else { need.wanted() };
    for target in [&others as &dyn Fn(Need) -> usize, &last, &|need: Need| need.natural] {
        for (&index, width) in kept.iter().zip(&mut widths) {
            let more = target(needs[index]).saturating_sub(*width).min(spare);
            *width += more;
            spare -= more;
        }
    }
    kept.into_iter().zip(widths).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn text(natural: usize, keep: u8) -> Need {
        Need { natural, number: false, keep }
    }

    const fn number(natural: usize, keep: u8) -> Need {
        Need { natural, number: true, keep }
    }

    fn indices(needs: &[Need], width: usize) -> Vec<usize> {
        fit(needs, width).into_iter().map(|(index, _)| index).collect()
    }

    #[test]
    fn measures_go_before_dimensions_and_figures_keep_their_width() {
        let needs =
            [text(7, 0), text(60, ALWAYS), number(10, ALWAYS), number(9, ALWAYS), number(6, 9), number(6, 5)];
        assert_eq!(indices(&needs, 200), [0, 1, 2, 3, 4, 5]);
        assert_eq!(indices(&needs, 70), [0, 1, 2, 3, 4]);
        assert_eq!(indices(&needs, 60), [0, 1, 2, 3]);
        assert_eq!(indices(&needs, 36), [1, 2, 3]);
        for width in 36..120 {
            let fitted = fit(&needs, width);
            let used = fitted.iter().map(|(_, width)| width).sum::<usize>() + GAP * (fitted.len() - 1);
            assert!(used <= width, "{used} in {width}");
            assert!(
                fitted.iter().all(|&(index, width)| !needs[index].number || width == needs[index].natural)
            );
        }
    }

    #[test]
    fn what_is_left_over_goes_to_the_route() {
        let needs = [text(40, 0), text(60, ALWAYS), number(10, ALWAYS)];
        assert_eq!(fit(&needs, 70), [(0, 16), (1, 40), (2, 10)]);
        assert_eq!(fit(&needs, 114), [(0, 40), (1, 60), (2, 10)]);
    }
}
