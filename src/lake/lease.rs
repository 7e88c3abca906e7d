//! The right to write to a lake in a bucket: one object that says who has it, renewed while it is held.
//!
//! Whether a holder is still alive is seen from its object alone: one that does not change for a while, by the
//! clock of the one who waits, is of a dead holder. So clocks need not agree. A holder on this machine that is
//! no more is known at once, because its lock on the cache is gone with it.
//!
//! The lease keeps writers from working in vain. What keeps the lake whole if one was only silent for too
//! long, and wakes up, is in `publish`.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::LakeError;
use crate::store::{Condition, Put, Store};

/// The object.
const KEY: &str = "_locks/lease.json";

/// How long, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// A holder that was silent for so long has lost it.
    pub silent: Duration,
    /// How often a holder renews it.
    pub renew: Duration,
    /// How often one who waits looks.
    pub look: Duration,
}

impl Terms {
    /// Those of every day.
    pub(super) const USUAL: Terms = Terms {
        silent: Duration::from_secs(60),
        renew: Duration::from_secs(15),
        look: Duration::from_secs(1),
    };
}

/// How the last holder left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Before {
    /// There was none, or everything of it is over.
    Released,
    /// It gave up in the middle of a commit.
    Interrupted,
    /// It did not say anything any more.
    Held,
}

#[derive(Serialize, Deserialize)]
struct Written {
    state: Before,
    /// For people: the machine and the process.
    holder: String,
    /// The lock of this machine that goes with it.
    machine_lock: Option<String>,
    session: String,
    renewal: u64,
}

/// The lease, held. Dropping it gives it back.
pub(super) struct Lease {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// How it was found.
    pub before: Before,
}

struct Shared {
    store: Arc<dyn Store>,
    holding: Mutex<Holding>,
    ended: Condvar,
}

struct Holding {
    written: Written,
    etag: String,
    lost: bool,
    /// The last time that it was to be renewed, nobody answered.
    unanswered: bool,
    ended: bool,
    /// Something of a commit that is not over may be in the bucket.
    dirty: bool,
}

impl Lease {
    /// Waits until the lease can be had. `machine_lock` names the lock that the caller holds on this machine,
    /// where it can be told apart from all others; `waiting` is called whenever somebody else is seen.
    ///
    /// # Errors
    /// [`LakeError::Store`].
    pub fn take(
        store: &Arc<dyn Store>,
        machine_lock: Option<String>,
        terms: Terms,
        waiting: &mut dyn FnMut(),
    ) -> Result<Lease, LakeError> {
        let mut written = Written {
            state: Before::Held,
            holder: holder(),
            machine_lock,
            session: super::session::unique(),
            renewal: 0,
        };
        let mut seen: Option<(String, Instant)> = None;
        loop {
            let (before, condition) = match store.read(KEY)? {
                None => (Before::Released, Condition::Absent),
                Some(content) => {
                    // What is no lease of ours counts as held by somebody who will not renew it.
                    let held: Option<Written> = serde_json::from_slice(&content.bytes).ok();
                    let state = held.as_ref().map_or(Before::Held, |held| held.state);
                    let dead = held
                        .and_then(|held| held.machine_lock)
                        .is_some_and(|lock| written.machine_lock.as_ref() == Some(&lock));
                    let silent = match &seen {
                        Some((etag, since)) if *etag == content.etag => since.elapsed() >= terms.silent,
                        _ => {
                            seen = Some((content.etag.clone(), Instant::now()));
                            false
                        }
                    };
                    if state == Before::Held && !dead && !silent {
                        waiting();
                        std::thread::sleep(terms.look);
                        continue;
                    }
                    (state, Condition::Matches(content.etag))
                }
            };
            if let Put::Done(etag) = store.put(KEY, &text(&written)?, &condition)? {
                written.renewal += 1;
                let holding =
                    Holding { written, etag, lost: false, unanswered: false, ended: false, dirty: false };
                let shared = Arc::new(Shared {
                    store: Arc::clone(store),
                    holding: Mutex::new(holding),
                    ended: Condvar::new(),
                });
                let renewing = Arc::clone(&shared);
                let thread = std::thread::spawn(move || renewing.renew_until_ended(terms.renew));
                return Ok(Lease { shared, thread: Some(thread), before });
            }
        }
    }

    /// What tells this holder from every other.
    pub fn session(&self) -> String {
        self.shared.lock().written.session.clone()
    }

    /// Renews it now: it is certainly held at some moment of this call.
    ///
    /// # Errors
    /// [`LakeError::Overtaken`] when somebody else has it, [`LakeError::Store`] when that is not known.
    pub fn confirm(&self) -> Result<(), LakeError> {
        self.shared.renew(&mut self.shared.lock())
    }

    /// Says whether something of a commit that is not over may be in the bucket.
    pub fn set_dirty(&self, dirty: bool) {
        self.shared.lock().dirty = dirty;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            // A renewal that is under way must not come after what is written below.
            drop(thread.join());
        }
        let mut holding = self.shared.lock();
        // With nobody there, a holder that is silent says the same.
        if !holding.lost && !holding.unanswered {
            holding.written.state = if holding.dirty { Before::Interrupted } else { Before::Released };
            if let Err(error) = self.shared.renew(&mut holding) {
                tracing::warn!("cannot give the right to write back: {error}");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self, holding: &mut Holding) -> Result<(), LakeError> {
        let overtaken = || LakeError::Overtaken(self.store.name(""));
        if holding.lost {
            return Err(overtaken());
        }
        let bytes = text(&holding.written)?;
        let put = self.store.put(KEY, &bytes, &Condition::Matches(holding.etag.clone()));
        holding.unanswered = put.is_err();
        match put? {
            Put::Done(etag) => {
                holding.etag = etag;
                holding.written.renewal += 1;
                Ok(())
            }
            Put::Refused => {
                holding.lost = true;
                Err(overtaken())
            }
        }
    }

    fn renew_until_ended(&self, every: Duration) {
        let mut holding = self.lock();
        loop {
            let waited = self.ended.wait_timeout_while(holding, every, |holding| !holding.ended);
            holding = waited.unwrap_or_else(PoisonError::into_inner).0;
            if holding.ended || holding.lost {
                return;
            }
            if let Err(error) = self.renew(&mut holding) {
                tracing::warn!("the right to write was not renewed: {error}");
            }
        }
    }
}

/// Whether nobody writes, and nobody was interrupted.
pub(super) fn is_free(store: &Arc<dyn Store>) -> Result<bool, LakeError> {
    let Some(content) = store.read(KEY)? else { return Ok(true) };
    let held: Option<Written> = serde_json::from_slice(&content.bytes).ok();
    Ok(held.is_some_and(|held| held.state == Before::Released))
}

fn text(written: &Written) -> Result<Vec<u8>, LakeError> {
    serde_json::to_vec(written).map_err(|source| LakeError::Record { path: KEY.into(), source })
}

/// The machine and the process, as far as the system says.
fn holder() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} process {}", machine.trim(), std::process::id()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    const QUICK: Terms = Terms {
        silent: Duration::from_millis(300),
        renew: Duration::from_millis(20),
        look: Duration::from_millis(5),
    };

    fn store() -> (Arc<MemoryStore>, Arc<dyn Store>) {
        let memory = Arc::new(MemoryStore::default());
        (Arc::clone(&memory), memory)
    }

    fn take(store: &Arc<dyn Store>, lock: &str) -> (Lease, u32) {
        let mut waited = 0;
        let lease = Lease::take(store, Some(lock.to_owned()), QUICK, &mut || waited += 1).unwrap();
        (lease, waited)
    }

    #[test]
    fn a_second_one_waits_until_it_is_given_back() {
        let (_, store) = store();
        let (first, _) = take(&store, "a");
        assert_eq!(first.before, Before::Released);
        let other = Arc::clone(&store);
        let second = std::thread::spawn(move || take(&other, "b"));
        // Longer than a holder may be silent: this one renews it.
        std::thread::sleep(QUICK.silent * 2);
        assert!(!second.is_finished());
        first.confirm().unwrap();
        drop(first);
        let (second, waited) = second.join().unwrap();
        assert!(waited > 0 && second.before == Before::Released);
        drop(second);
    }

    #[test]
    fn a_silent_holder_loses_it_and_is_told() {
        let (_, store) = store();
        let silent = Terms { renew: Duration::from_secs(3600), ..QUICK };
        let first = Lease::take(&store, None, silent, &mut || ()).unwrap();
        first.set_dirty(true);
        let (second, waited) = take(&store, "b");
        assert!(waited > 0 && second.before == Before::Held);
        assert!(matches!(first.confirm(), Err(LakeError::Overtaken(_))));
        // Giving back what one does not have takes it from nobody.
        drop(first);
        second.confirm().unwrap();
    }

    #[test]
    fn a_holder_that_died_on_this_machine_is_known_at_once() {
        let (memory, store) = store();
        let (first, _) = take(&store, "a");
        let held = memory.all()[KEY].clone();
        drop(first);
        memory.all().insert(KEY.to_owned(), held);
        let (second, waited) = take(&store, "a");
        assert_eq!((waited, second.before), (0, Before::Held));
        second.set_dirty(true);
        drop(second);
        assert_eq!(take(&store, "b").0.before, Before::Interrupted);
    }

    #[test]
    fn what_is_no_lease_is_waited_for_and_taken() {
        let (memory, store) = store();
        memory.all().insert(KEY.to_owned(), b"who knows".to_vec());
        let (lease, waited) = take(&store, "a");
        assert!(waited > 0 && lease.before == Before::Held);
    }
}
