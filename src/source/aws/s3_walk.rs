//! Walking the keys of a bucket in order, past the folders whose date is outside of the window.
//!
//! Keys are listed by the page, a thousand at a time. A walk looks at the first page below a prefix. If that
//! is all, or shows no dates in folders, the pages are taken as they come. Otherwise the prefix is listed by
//! folder: those outside of the window are never asked for, those inside are taken whole, those on its edge,
//! or without a date, are walked in the same way.

use std::sync::Arc;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use gwcost_core::model::Window;
use tokio::sync::mpsc::Sender;

use super::error::AwsError;
use super::patience::patiently;
use super::s3::{Listed, S3Location, S3Object};
use super::s3_client::S3Clients;
use super::s3_layout::{Layout, Place, may_hold, place};

/// Folders without a date that are walked one by one. With more of them, asking for each would cost more than
/// to list what is in all of them.
const MOST_UNDATED: usize = 100;

/// A walk over the keys under one location.
pub(super) struct Walk {
    clients: Arc<S3Clients>,
    location: S3Location,
    window: Option<Window>,
    sender: Sender<Listed>,
}

/// What is to be done next; the last one first.
enum Step {
    /// Look at the first page below a prefix.
    Look { prefix: String },
    /// Take the pages below a prefix as they come.
    Pages { prefix: String, token: Option<String> },
    /// List a prefix by folder. Keys below it have their date where the layout says.
    Folders { prefix: String, token: Option<String>, layout: Layout },
    /// Objects between two folders.
    Objects(Vec<S3Object>),
}

/// One answer to a listing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    objects: Vec<S3Object>,
    folders: Vec<String>,
    /// What to ask the next page with, if this is not the last.
    next: Option<String>,
}

/// Nobody waits for more objects.
struct Unwanted;

impl Walk {
    /// A walk that sends objects as it finds them, and its end.
    pub(super) fn new(
        clients: Arc<S3Clients>,
        location: S3Location,
        window: Option<Window>,
        sender: Sender<Listed>,
    ) -> Walk {
        Walk { clients, location, window, sender }
    }

    /// Walks to the end, or until nobody listens any more.
    pub(super) async fn run(self) {
        let result = self.walk().await;
        // If nobody listens, nobody misses the end.
        self.sender.send(Listed::End(result)).await.ok();
    }

    async fn walk(&self) -> Result<(), AwsError> {
        let mut steps = vec![Step::Look { prefix: self.location.prefix.clone() }];
        while let Some(step) = steps.pop() {
            let sent = match step {
                Step::Look { prefix } => {
                    let page = self.page(&prefix, false, None).await?;
                    if let Some(object) = self.exact(&page) {
                        steps.clear();
                        self.send(vec![object]).await
                    } else if let (Some(layout), true) =
                        (self.dates_below(&prefix, &page), page.next.is_some())
                    {
                        steps.push(Step::Folders { prefix, token: None, layout });
                        Ok(())
                    } else {
                        steps.extend(page.next.map(|next| Step::Pages { prefix, token: Some(next) }));
                        self.send(page.objects).await
                    }
                }
                Step::Pages { prefix, token } => {
                    let page = self.page(&prefix, false, token).await?;
                    steps.extend(page.next.map(|next| Step::Pages { prefix, token: Some(next) }));
                    self.send(page.objects).await
                }
                Step::Folders { prefix, token, layout } => {
                    let page = self.page(&prefix, true, token.clone()).await?;
                    let undated = page.folders.iter().filter(|folder| layout.span(folder).is_none()).count();
                    if undated > MOST_UNDATED && token.is_none() {
                        steps.push(Step::Pages { prefix, token });
                    } else {
                        let next = page.next.clone();
                        steps.extend(next.map(|next| Step::Folders { prefix, token: Some(next), layout }));
                        steps.extend(self.by_folder(page, layout).into_iter().rev());
                    }
                    Ok(())
                }
                Step::Objects(objects) => self.send(objects).await,
            };
            if let Err(Unwanted) = sent {
                break;
            }
        }
        Ok(())
    }

    /// The object that the location names, if it names one and not a prefix. It would be the first of its
    /// page.
    fn exact(&self, page: &Page) -> Option<S3Object> {
        let prefix = &self.location.prefix;
        let object = page.objects.first().filter(|object| object.key == *prefix);
        object.filter(|_| !prefix.is_empty() && !prefix.ends_with('/')).cloned()
    }

    /// The layout of the keys on a page, if there is a window and the date goes on below the prefix.
    fn dates_below(&self, prefix: &str, page: &Page) -> Option<Layout> {
        self.window?;
        page.objects.iter().find_map(|object| {
            Layout::of(&object.key).filter(|layout| layout.goes_on_below(prefix, &object.key))
        })
    }

    /// What to do with a page of folders and objects, in the order of keys.
    fn by_folder(&self, page: Page, layout: Layout) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut objects = page.objects.into_iter().peekable();
        for folder in page.folders {
            let mut before = Vec::new();
            while let Some(object) = objects.next_if(|object| object.key < folder) {
                before.push(object);
            }
            if !before.is_empty() {
                steps.push(Step::Objects(before));
            }
            let placed = self.window.and_then(|window| Some(place(window, layout.span(&folder)?)));
            match placed {
                Some(Place::Outside) => {}
                Some(Place::Inside) => steps.push(Step::Pages { prefix: folder, token: None }),
                Some(Place::Partly) | None => steps.push(Step::Look { prefix: folder }),
            }
        }
        steps.push(Step::Objects(objects.collect()));
        steps
    }

    async fn send(&self, mut objects: Vec<S3Object>) -> Result<(), Unwanted> {
        objects.retain(|object| {
            !stands_for_folder(object)
                && self.window.is_none_or(|window| may_hold(window, &object.key, object.modified_ms))
        });
        if objects.is_empty() {
            return if self.sender.is_closed() { Err(Unwanted) } else { Ok(()) };
        }
        self.sender.send(Listed::Objects(objects)).await.map_err(|_| Unwanted)
    }

    async fn page(&self, prefix: &str, folders: bool, token: Option<String>) -> Result<Page, AwsError> {
        patiently(|| self.ask(prefix, folders, token.clone())).await
    }

    async fn ask(&self, prefix: &str, folders: bool, token: Option<String>) -> Result<Page, AwsError> {
        let bucket = &self.location.bucket;
        loop {
            let request = self.clients.of(bucket).list_objects_v2().bucket(bucket).prefix(prefix);
            let request = request.set_delimiter(folders.then(|| "/".to_owned()));
            match request.set_continuation_token(token.clone()).send().await {
                Ok(output) => return self.read(output, token.as_deref()),
                Err(error) if self.clients.learn(bucket, &error) => {}
                Err(error) => return Err(AwsError::of(&self.clients.listing(bucket, prefix), &error)),
            }
        }
    }

    /// What a page says. One that does not say whether it is the last, or goes on without saying how, or goes
    /// round in a circle, would lose keys, so it is none.
    fn read(&self, output: ListObjectsV2Output, asked: Option<&str>) -> Result<Page, AwsError> {
        let bad = |message: &str| {
            let call = self.clients.listing(&self.location.bucket, &self.location.prefix);
            AwsError::Unavailable {
                action: call.action.to_owned(),
                resource: call.resource,
                message: message.to_owned(),
            }
        };
        if output.is_truncated.is_none() {
            return Err(bad("the listing does not say whether it is at its end"));
        }
        let next = output.next_continuation_token.filter(|_| output.is_truncated == Some(true));
        if output.is_truncated == Some(true) && (next.is_none() || next.as_deref() == asked) {
            return Err(bad("the listing is not at its end, but does not say how it goes on"));
        }
        let mut page = Page { next, ..Page::default() };
        for object in output.contents.unwrap_or_default() {
            let bytes = object.size.and_then(|size| u64::try_from(size).ok());
            let modified = object.last_modified.and_then(|time| time.to_millis().ok());
            let (Some(key), Some(bytes), Some(modified_ms)) = (object.key, bytes, modified) else {
                return Err(bad("an object without its key, size or time"));
            };
            let (bucket, etag) = (self.location.bucket.clone(), object.e_tag);
            page.objects.push(S3Object { bucket, key, bytes, etag, modified_ms });
        }
        page.folders
            .extend(output.common_prefixes.unwrap_or_default().into_iter().filter_map(|it| it.prefix));
        Ok(page)
    }
}

/// The console and Hadoop make such objects, so that an empty folder can be seen.
fn stands_for_folder(object: &S3Object) -> bool {
    object.bytes == 0 && (object.key.ends_with('/') || object.key.ends_with("_$folder$"))
}
