//! A server on loopback that plays recorded answers in AWS's shapes, or stands in front of another server;
//! both with faults by a seed.
//!
//! Whether a request meets a fault, and which, depends on the seed, on what it asks for and on how often it
//! was asked before. So a test goes wrong in the same places each time, whatever the threads do.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

pub use super::http::{Protocol, Request, Response};
use super::http::{forward, read_request, read_rest};

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It takes a while.
    Latency,
    /// The connection is reset before the answer.
    Reset,
    /// The connection is reset in the middle of the body.
    ResetInBody,
    /// The connection ends in the middle of the body, without an error.
    Truncated,
    /// The body is missing, and its length says so. Not for answers that may be empty.
    Empty,
    /// An answer without a body that a client knows, from something on the way.
    Status(u16),
    /// The service says that requests come too fast.
    Throttled,
    /// The body comes in small pieces with pauses.
    SlowDrip,
}

/// All faults that may hit any request.
pub const ANY: [Fault; 9] = [
    Fault::Latency,
    Fault::Reset,
    Fault::ResetInBody,
    Fault::Truncated,
    Fault::Status(429),
    Fault::Status(500),
    Fault::Status(503),
    Fault::Throttled,
    Fault::SlowDrip,
];

/// Which requests meet a fault.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    seed: u64,
    per_hundred: u64,
    kinds: Vec<Fault>,
    expires_after: Option<u64>,
}

impl Faults {
    /// None.
    pub fn none() -> Faults {
        Faults::default()
    }

    /// So many in a hundred requests, with the faults of that seed.
    pub fn of(seed: u64, per_hundred: u64, kinds: &[Fault]) -> Faults {
        Faults { seed, per_hundred, kinds: kinds.to_vec(), expires_after: None }
    }

    /// After that many requests, every answer is that the token has expired.
    pub fn expiring_after(mut self, requests: u64) -> Faults {
        self.expires_after = Some(requests);
        self
    }

    fn pick(&self, request: &Request, times: u64) -> Option<Fault> {
        let mut hash = DefaultHasher::new();
        (self.seed, question(request), times).hash(&mut hash);
        let chance = hash.finish();
        let kind = usize::try_from(chance / 100).unwrap() % self.kinds.len().max(1);
        self.kinds.get(kind).copied().filter(|_| chance % 100 < self.per_hundred)
    }
}

/// What a request asks for, without what differs from one attempt to the next.
fn question(request: &Request) -> u64 {
    let mut hash = DefaultHasher::new();
    (&request.method, &request.path, request.header("x-amz-target"), request.header("range")).hash(&mut hash);
    request.body.hash(&mut hash);
    hash.finish()
}

type Answer = Box<dyn Fn(&Request) -> Response + Send + Sync>;

enum Behind {
    Recorded(Answer),
    Server(SocketAddr),
}

struct Shared {
    behind: Behind,
    faults: Faults,
    asked: Mutex<HashMap<u64, u64>>,
    requests: AtomicU64,
    hit: Mutex<HashMap<Fault, u64>>,
    stopped: AtomicBool,
}

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Plays answers.
    pub fn play(faults: Faults, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::start(Behind::Recorded(Box::new(answer)), faults)
    }

    /// Hands requests on to the server at `address`.
    pub fn in_front_of(address: SocketAddr, faults: Faults) -> Server {
        Server::start(Behind::Server(address), faults)
    }

    fn start(behind: Behind, faults: Faults) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            behind,
            faults,
            asked: Mutex::default(),
            requests: AtomicU64::new(0),
            hit: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let server = Server { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, shared) = (stream.unwrap(), Arc::clone(&shared));
                // An error is a client that has gone.
                thread::spawn(move || shared.serve(stream));
            }
        });
        server
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Faults so far.
    pub fn faults(&self) -> u64 {
        self.shared.hit.lock().unwrap().values().sum()
    }

    /// Kinds of faults so far.
    pub fn kinds(&self) -> usize {
        self.shared.hit.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut upstream = None;
        while !self.stopped.load(Ordering::SeqCst) {
            let Some(mut request) = read_request(&mut stream)? else { return Ok(()) };
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            let times = {
                let mut asked = self.asked.lock().unwrap();
                let times = asked.entry(question(&request)).or_default();
                *times += 1;
                *times
            };
            let fault = self.faults.pick(&request, times);
            if let Some(fault) = fault {
                *self.hit.lock().unwrap().entry(fault).or_default() += 1;
            }
            if fault == Some(Fault::Reset) {
                // With a byte that nobody read, closing is a reset.
                return Ok(());
            }
            if fault != Some(Fault::ResetInBody) {
                read_rest(&mut stream, &mut request)?;
            }
            let expired = self.faults.expires_after.is_some_and(|most| number >= most);
            let response = match fault {
                _ if expired => {
                    let message = "The security token included in the request is expired";
                    Response::error(&request, 400, "ExpiredTokenException", message)
                }
                Some(Fault::Status(status)) => Response { status, headers: Vec::new(), body: Vec::new() },
                Some(Fault::Throttled) => throttled(&request),
                Some(Fault::ResetInBody) => {
                    Response { status: 200, headers: Vec::new(), body: vec![b'{'; 999] }
                }
                _ => self.answer(&request, &mut upstream)?,
            };
            let body = if request.method == "HEAD" { &[][..] } else { &response.body[..] };
            match fault {
                Some(Fault::ResetInBody | Fault::Truncated) => {
                    stream.write_all(&response.head())?;
                    stream.write_all(&body[..body.len() / 2])?;
                    stream.flush()?;
                    if fault == Some(Fault::Truncated) {
                        stream.shutdown(Shutdown::Write)?;
                    }
                    return Ok(());
                }
                Some(Fault::Empty) => {
                    let nothing = Response { status: response.status, headers: Vec::new(), body: Vec::new() };
                    stream.write_all(&nothing.head())?;
                    continue;
                }
                Some(Fault::Latency) => sleep(Duration::from_millis(5 + number % 46)),
                _ => {}
            }
            if fault == Some(Fault::SlowDrip) && !body.is_empty() {
                stream.write_all(&response.head())?;
                for piece in body.chunks(body.len().div_ceil(8)) {
                    sleep(Duration::from_millis(5));
                    stream.write_all(piece)?;
                }
            } else {
                stream.write_all(&[&response.head(), body].concat())?;
            }
        }
        Ok(())
    }

    fn answer(&self, request: &Request, upstream: &mut Option<TcpStream>) -> io::Result<Response> {
        let address = match &self.behind {
            Behind::Recorded(answer) => return Ok(answer(request)),
            Behind::Server(address) => address,
        };
        let mut stream = match upstream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(address)?,
        };
        let response = match forward(&mut stream, request) {
            Ok(response) => response,
            // A connection that was kept may be closed at its other end.
            Err(_) => {
                stream = TcpStream::connect(address)?;
                forward(&mut stream, request)?
            }
        };
        *upstream = Some(stream);
        Ok(response)
    }
}

fn throttled(request: &Request) -> Response {
    let (status, code) = match request.protocol() {
        Protocol::Json11 => (400, "ThrottlingException"),
        Protocol::Cbor => (400, "Throttling"),
        Protocol::RestJson => (429, "TooManyRequestsException"),
        Protocol::Xml => (503, "SlowDown"),
    };
    Response::error(request, status, code, "Rate exceeded")
}
