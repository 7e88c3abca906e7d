//! A real server of S3's protocol in this process: it checks signatures, and its buckets are folders.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// The only key pair that the server knows.
pub const ACCESS_KEY: &str = "test";
/// The secret that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "test";
/// The region that tests ask in.
pub const REGION: &str = "eu-central-1";

/// A server on a free port of the loopback interface, until it is dropped.
pub struct S3Server {
    /// As `http://127.0.0.1:40123`.
    pub endpoint: String,
    address: SocketAddr,
    root: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl S3Server {
    /// Starts with no bucket.
    pub fn start() -> S3Server {
        let root = tempfile::tempdir().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.spawn(serve(listener, service));
            runtime.block_on(stopped).ok();
            runtime.shutdown_background();
        });
        let endpoint = format!("http://{address}");
        S3Server { endpoint, address, root, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder whose folders are the buckets.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Puts an object, or replaces one, and the bucket if there is none.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root().join(bucket).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        // What the server itself leaves beside an object that it is given. Without it, each answer with a
        // range of an object would first take the digest of all of it.
        let tag = &blake3::hash(bytes).to_hex()[..32];
        let beside = format!(".bucket-{}.object-{}.internal.json", base64(bucket), base64(key));
        fs::write(self.root().join(beside), format!(r#"{{"e_tag":"{tag}"}}"#)).unwrap();
        path
    }

    /// What a process needs to find the server, and nothing else of AWS.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL_S3", self.endpoint.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((socket, _)) = listener.accept().await {
        socket.set_nodelay(true).ok();
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
        tokio::spawn(async move {
            // A client that goes away in the middle is none of the server's concern.
            connection.await.ok();
        });
    }
}

/// Base64 in the letters of URLs, without padding.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=group.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    out
}
