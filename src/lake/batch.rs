//! Rows in the making: one buffer for each column, ended as columns sorted by time.

use arrow::array::UInt32Array;
use arrow::compute::take;
use arrow::error::ArrowError;

use super::buffered::{Buffered, Finished, Given};
use super::columns::Column;

/// Rows of one day that are not written yet.
pub struct Batch {
    columns: Vec<Buffered>,
    times: Vec<i64>,
    sorted: bool,
    text_bytes: usize,
    full: bool,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        let columns = Column::ALL.iter().map(|column| Buffered::new(*column)).collect();
        Batch { columns, times: Vec::new(), sorted: true, text_bytes: 0, full: false }
    }

    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// About how many bytes of memory it holds, at most.
    pub fn bytes(&self) -> usize {
        self.text_bytes + self.times.len() * 8 * (Column::ALL.len() / 2)
    }

    /// Whether a column has turned out to say more different things than it is held for, so that the rows
    /// should be written.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Sets a text column of the row in the making; what is not set is null.
    #[inline]
    pub fn text(&mut self, column: Column, value: Option<&str>) {
        if let Some(value) = value {
            let row = self.times.len();
            let column = &mut self.columns[column.index()];
            let grown = column.set_text(row, value);
            if grown > 0 {
                self.text_bytes += grown;
                self.full |= column.is_full();
            }
        }
    }

    /// Sets an integer column of the row in the making; what is not set is null.
    #[inline]
    pub fn integer(&mut self, column: Column, value: Option<i64>) {
        if let Some(value) = value {
            let row = self.times.len();
            let column = &mut self.columns[column.index()];
            let grown = column.set_integer(row, value);
            if grown > 0 {
                self.text_bytes += grown;
                self.full |= column.is_full();
            }
        }
    }

    /// Sets a boolean column of the row in the making; what is not set is null.
    #[inline]
    pub fn boolean(&mut self, column: Column, value: Option<bool>) {
        if let Some(value) = value {
            let row = self.times.len();
            self.columns[column.index()].set(row, Given::Boolean(value));
        }
    }

    /// Sets a time column of the row in the making, in milliseconds of Unix time.
    #[inline]
    pub fn time(&mut self, column: Column, value: Option<i64>) {
        self.integer(column, value);
    }

    /// Ends the row; no column may have been set twice.
    pub fn end_row(&mut self, time_ms: i64) {
        self.sorted &= self.times.last().is_none_or(|last| *last <= time_ms);
        self.times.push(time_ms);
    }

    /// The columns in file order, their rows sorted by time, equal times in the order of their
    /// arrival; the batch is empty after.
    ///
    /// # Errors
    /// When the columns differ in length, which is a bug.
    pub(super) fn finish(&mut self) -> Result<Vec<Finished>, ArrowError> {
        let times = std::mem::take(&mut self.times);
        let rows = times.len();
        self.text_bytes = 0;
        self.full = false;
        let mut columns: Vec<Finished> =
            self.columns.iter_mut().map(|column| column.finish(rows)).collect::<Result<_, _>>()?;
        if !std::mem::replace(&mut self.sorted, true) {
            let mut order: Vec<u32> = (0..rows).filter_map(|row| u32::try_from(row).ok()).collect();
            order.sort_by_key(|row| times[*row as usize]);
            let order = UInt32Array::from(order);
            for column in &mut columns {
                match column {
                    Finished::Varying(array) => *array = take(array, &order, None)?,
                    Finished::Few(few) => few.reorder(order.values()),
                    Finished::Unchanging(_) => {}
                }
            }
        }
        Ok(columns)
    }
}
