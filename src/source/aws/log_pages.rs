//! The pages of one slice of a log group, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_cloudwatchlogs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudwatchlogs::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_cloudwatchlogs::operation::filter_log_events::{FilterLogEventsError, FilterLogEventsOutput};
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use gwcost_core::framing::Event;
use gwcost_core::model::Window;

use super::log_events::LogReading;
use super::log_slices::Extent;
use super::logs::LogGroup;
use super::pace::{Gate, Patience, Verdict, is_throttling, verdict};
use super::{AwsError, Call};

/// How often a slice is read from its start when its tokens lead nowhere.
const MOST_STARTS: u32 = 3;

/// What came of a slice.
pub(super) enum Fetched {
    /// All its events.
    Whole(Vec<Event>, Extent),
    /// Its pages did not end soon; none of its events is kept.
    TooMuch(Extent),
}

/// Reads slices of one log group.
pub(super) struct Pages {
    client: Client,
    group: LogGroup,
    gate: Arc<Gate>,
    reading: Arc<LogReading>,
    call: Call,
}

/// One page that came, or a token that the service does not take.
enum Page {
    Came(FilterLogEventsOutput),
    BadToken(AwsError),
}

impl Pages {
    pub(super) fn new(client: Client, group: LogGroup, gate: Arc<Gate>, reading: Arc<LogReading>) -> Pages {
        let call = Call::new(
            "logs:FilterLogEvents",
            format!("log group {}", group.name),
            format!("{}:*", group.arn()),
        );
        Pages { client, group, gate, reading, call }
    }

    /// Reads a slice, up to its end or until it is too much.
    pub(super) async fn fetch(&self, slice: Window) -> Result<Fetched, AwsError> {
        let mut starts = 1;
        'start: loop {
            let (mut events, mut extent) = (Vec::new(), Extent::default());
            let mut token: Option<String> = None;
            loop {
                let problem = match self.page(slice, token.as_deref()).await? {
                    Page::Came(page) => {
                        self.count(&page);
                        let next = page.next_token.filter(|next| !next.is_empty());
                        let found = page.events.unwrap_or_default();
                        extent.add(found.iter().filter_map(|event| event.timestamp).max());
                        self.keep(slice, found, &mut events);
                        match next {
                            None => return Ok(Fetched::Whole(events, extent)),
                            Some(next) if token.as_ref() == Some(&next) => {
                                // It would be given for ever, and whether all has come is not known.
                                self.unavailable("the same token came twice in a row")
                            }
                            Some(next) => {
                                if extent.is_too_much() && slice.to_ms - slice.from_ms > 1 {
                                    self.dropped(extent);
                                    return Ok(Fetched::TooMuch(extent));
                                }
                                token = Some(next);
                                continue;
                            }
                        }
                    }
                    // A token lives for a day, which is longer than a computer sleeps.
                    Page::BadToken(error) => error,
                };
                if starts >= MOST_STARTS {
                    return Err(problem);
                }
                tracing::debug!(%slice, %problem, "starting over");
                starts += 1;
                self.dropped(extent);
                continue 'start;
            }
        }
    }

    /// One page, after as many attempts as it takes.
    async fn page(&self, slice: Window, token: Option<&str>) -> Result<Page, AwsError> {
        let mut patience = Patience::default();
        loop {
            let pass = self.gate.enter().await;
            let mut request = self
                .client
                .filter_log_events()
                .start_time(slice.from_ms)
                // Its end is inclusive.
                .end_time(slice.to_ms - 1)
                .set_next_token(token.map(str::to_owned));
            request = if self.group.linked {
                request.log_group_identifier(self.group.arn())
            } else {
                request.log_group_name(&self.group.name)
            };
            let watch = Watch { gate: Arc::clone(&self.gate), begun: AtomicU64::new(self.gate.halved()) };
            let answer = request.customize().interceptor(watch).send().await;
            drop(pass);
            self.reading.throttled.store(self.gate.throttles(), Ordering::Relaxed);
            let (verdict, error) = match answer {
                // An answer without a body is read as one without events and without a token. That would be
                // the end of the slice, but the service always sends the list of events, even an empty one.
                Ok(page) if page.events.is_none() => {
                    (Verdict::Transient, self.unavailable("an answer without a body"))
                }
                Ok(page) => {
                    self.gate.succeeded();
                    return Ok(Page::Came(page));
                }
                Err(error) => {
                    let meant = match error.raw_response() {
                        Some(response) if response.status().is_success() => {
                            self.unavailable("an answer that breaks off")
                        }
                        _ => AwsError::of(&self.call, &error),
                    };
                    let bad_token = token.is_some()
                        && matches!(
                            error.as_service_error(),
                            Some(FilterLogEventsError::InvalidParameterException(_))
                        );
                    if bad_token {
                        return Ok(Page::BadToken(meant));
                    }
                    (verdict(&error), meant)
                }
            };
            let Some(wait) = patience.after(verdict) else { return Err(error) };
            tracing::debug!(%slice, %error, ?wait, "again");
            self.reading.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(wait).await;
        }
    }

    fn count(&self, page: &FilterLogEventsOutput) {
        self.reading.pages.fetch_add(1, Ordering::Relaxed);
        self.reading.empty_pages.fetch_add(u64::from(page.events().is_empty()), Ordering::Relaxed);
    }

    fn dropped(&self, extent: Extent) {
        self.reading.dropped_pages.fetch_add(u64::from(extent.pages()), Ordering::Relaxed);
    }

    /// Keeps the events of a page that lie in the slice.
    fn keep(&self, slice: Window, found: Vec<FilteredLogEvent>, events: &mut Vec<Event>) {
        events.reserve(found.len());
        for event in found {
            // Another slice asks for those that lie outside, or nobody does.
            if event.timestamp.is_some_and(|at| !slice.contains(at)) {
                self.reading.outside.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            events.push(Event {
                ordinal: 0,
                time_ms: event.timestamp,
                id: event.event_id,
                text: event.message.unwrap_or_default().into_bytes(),
            });
        }
    }

    fn unavailable(&self, message: &str) -> AwsError {
        AwsError::Unavailable {
            action: self.call.action.to_owned(),
            resource: self.call.resource.clone(),
            message: message.to_owned(),
        }
    }
}

/// Sees each attempt of the SDK: those that were throttled and then went through are a reason to slow down
/// too.
#[derive(Debug)]
struct Watch {
    gate: Arc<Gate>,
    /// How often the pace was halved when the attempt began.
    begun: AtomicU64,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.begun.store(self.gate.halved(), Ordering::Relaxed);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let error =
            context.output_or_error().and_then(Result::err).and_then(|error| error.as_operation_error());
        let code =
            error.and_then(|error| error.downcast_ref::<FilterLogEventsError>()).and_then(|e| e.code());
        let status = context.response().map(|response| response.status().as_u16());
        if is_throttling(code) || status == Some(429) {
            self.gate.throttled(self.begun.load(Ordering::Relaxed));
        }
        Ok(())
    }
}
