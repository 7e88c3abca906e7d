//! One batch of queries, read to its end: page by page, and again where an answer stays partial.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{MetricDataResult, ScanBy, StatusCode};
use aws_smithy_types::DateTime;
use gwcost_core::model::Window;

use super::control::ask;
use super::error::{AwsError, Call};
use super::metrics::{Query, Reader};
use super::patience::pause;

/// How often a series is asked for that is not answered completely.
const ROUNDS: u32 = 4;
/// Pages of one batch: its points fit into one, so this many lead nowhere.
const MOST_PAGES: u32 = 1_000;

/// What a series has, by the start of the period in milliseconds of Unix time; or AWS's word for why it is
/// not complete.
pub(super) type Series = Result<BTreeMap<i64, f64>, String>;

/// What a batch brought.
pub(super) struct Answer<'q> {
    /// One for each query, in their order.
    pub(super) series: Vec<(&'q Query, Series)>,
    pub(super) queries: u64,
    pub(super) calls: u64,
}

/// Reads a batch. A series that is still partial after its last page is asked for again, from the start.
pub(super) async fn read_whole<'q>(
    reader: &Reader,
    batch: &'q [Query],
    window: Window,
    period_seconds: u32,
) -> Result<Answer<'q>, AwsError> {
    let mut series: Vec<Series> = batch.iter().map(|_| Err("no answer".to_owned())).collect();
    let (mut queries, mut calls) = (0, 0);
    for round in 1..=ROUNDS {
        let open: Vec<usize> = (0..batch.len()).filter(|index| series[*index].is_err()).collect();
        if open.is_empty() {
            break;
        }
        if round > 1 {
            tracing::debug!(series = open.len(), "asking again for metrics that were not complete");
            tokio::time::sleep(pause(round)).await;
        }
        queries += open.len() as u64;
        let read = Pages { reader, batch, window, period_seconds }.read(&open, &mut calls).await?;
        for (index, found) in open.into_iter().zip(read) {
            series[index] = found;
        }
    }
    Ok(Answer { series: batch.iter().zip(series).collect(), queries, calls })
}

/// The pages of one question.
struct Pages<'a> {
    reader: &'a Reader,
    batch: &'a [Query],
    window: Window,
    period_seconds: u32,
}

impl Pages<'_> {
    /// One series for each of the queries `open`.
    async fn read(&self, open: &[usize], calls: &mut u64) -> Result<Vec<Series>, AwsError> {
        let call = self.reader.call("cloudwatch:GetMetricData");
        let mut found: HashMap<String, Found> = HashMap::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            *calls += 1;
            let page = self.page(&call, open, token.as_deref()).await?;
            for message in page.messages() {
                tracing::debug!(code = message.code(), value = message.value(), "CloudWatch says");
            }
            for result in page.metric_data_results() {
                found.entry(result.id().unwrap_or_default().to_owned()).or_default().add(result);
            }
            match page.next_token.filter(|next| !next.is_empty()) {
                None => {
                    let series =
                        open.iter().map(|index| found.remove(&id(*index)).unwrap_or_default().series());
                    return Ok(series.collect());
                }
                next if next == token => break,
                next => token = next,
            }
        }
        Err(AwsError::Other {
            action: call.action.to_owned(),
            resource: call.resource,
            message: "the pages do not end".to_owned(),
        })
    }

    async fn page(
        &self,
        call: &Call,
        open: &[usize],
        token: Option<&str>,
    ) -> Result<GetMetricDataOutput, AwsError> {
        let period = i32::try_from(self.period_seconds).unwrap_or(i32::MAX);
        let queries: Vec<_> = open.iter().map(|index| self.batch[*index].build(id(*index), period)).collect();
        ask(call, || {
            self.reader
                .client
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(DateTime::from_millis(self.window.from_ms))
                // The end is exclusive, as that of a window is.
                .end_time(DateTime::from_millis(self.window.to_ms))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token.map(str::to_owned))
                .send()
        })
        .await
    }
}

/// Ids begin with a small letter.
fn id(index: usize) -> String {
    format!("q{index}")
}

/// What the pages so far said of a series.
#[derive(Default)]
struct Found {
    values: BTreeMap<i64, f64>,
    /// AWS's word on the last page that had it.
    status: Option<StatusCode>,
    /// Two pages say different things of one period, or a page is not whole.
    torn: bool,
}

impl Found {
    fn add(&mut self, result: &MetricDataResult) {
        self.torn |= result.timestamps().len() != result.values().len();
        for (at, value) in result.timestamps().iter().zip(result.values()) {
            let before = self.values.insert(at.secs() * 1000, *value);
            self.torn |= before.is_some_and(|before| before.to_bits() != value.to_bits());
        }
        if let Some(status) = &result.status_code {
            self.status = Some(status.clone());
        }
    }

    fn series(self) -> Series {
        match self.status {
            _ if self.torn => Err("answers that contradict each other".to_owned()),
            Some(StatusCode::Complete) => Ok(self.values),
            Some(status) => Err(status.as_str().to_owned()),
            None => Err("no answer".to_owned()),
        }
    }
}
