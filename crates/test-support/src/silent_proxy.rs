//! A way to a server on which packets can vanish, as behind a router that forgets a connection: nobody
//! is told, and nobody hears anything any more.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
    task::{AbortHandle, JoinSet},
};

/// Ends with this value, and with it every connection.
#[derive(Debug)]
pub struct SilentProxy {
    /// The `sql_alchemy_conn` that leads through here.
    pub url: String,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    /// Connections accepted so far, and how many of the first of them are silent.
    accepted: AtomicUsize,
    silent_up_to: AtomicUsize,
    /// Every later connection is silent, too.
    is_gone: AtomicBool,
    /// The next connection that commits falls silent with it: the server has it, the client hears
    /// nothing.
    hides_commit: AtomicBool,
    hidden: Notify,
}

impl SilentProxy {
    /// To the server of the database with that `sql_alchemy_conn`, which is on this machine.
    ///
    /// # Errors
    /// When no port can be had, or the address names none.
    pub async fn start(url: &str) -> io::Result<Self> {
        let (before, rest) = url.rsplit_once(':').unwrap_or_default();
        let (server, name) = rest.split_once('/').unwrap_or_default();
        let server = server.parse().map_err(io::Error::other)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            url: format!("{before}:{port}/{name}"),
            shared,
            accepting,
        })
    }

    /// What is connected now hears nothing any more. New connections work.
    pub fn forget_connections(&self) {
        let accepted = self.shared.accepted.load(Ordering::SeqCst);
        self.shared.silent_up_to.store(accepted, Ordering::SeqCst);
    }

    /// The server has vanished: new connections are accepted and hear nothing, either.
    pub fn vanish(&self) {
        self.shared.is_gone.store(true, Ordering::SeqCst);
        self.forget_connections();
    }

    /// New connections work again.
    pub fn come_back(&self) {
        self.forget_connections();
        self.shared.is_gone.store(false, Ordering::SeqCst);
    }

    /// The next commit is applied, and its connection falls silent; returns then.
    pub async fn hide_next_commit(&self) {
        self.shared.hides_commit.store(true, Ordering::SeqCst);
        self.shared.hidden.notified().await;
    }
}

impl Drop for SilentProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: u16, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = shared.accepted.fetch_add(1, Ordering::SeqCst) + 1;
        connections.spawn(pass(client, server, number, Arc::clone(&shared)));
    }
}

async fn pass(
    client: TcpStream,
    server: u16,
    number: usize,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let is_gone = shared.is_gone.load(Ordering::SeqCst);
    let is_silent = Arc::new(AtomicBool::new(is_gone));
    let server = TcpStream::connect(("127.0.0.1", server)).await?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let way = |commits| Way {
        number,
        commits,
        shared: Arc::clone(&shared),
        is_silent: Arc::clone(&is_silent),
    };
    let (up, down) = (way(true), way(false));
    let (up, down) = tokio::join!(
        up.forward(from_client, to_server),
        down.forward(from_server, to_client)
    );
    up.and(down)
}

/// One direction of a connection.
struct Way {
    number: usize,
    /// To the server.
    commits: bool,
    shared: Arc<Shared>,
    is_silent: Arc<AtomicBool>,
}

impl Way {
    async fn forward(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let length = from.read(&mut bytes).await?;
            if length == 0 {
                // A silent connection hears of no end, either.
                if self.is_silent() {
                    std::future::pending::<()>().await;
                }
                return to.shutdown().await;
            }
            if self.is_silent() {
                continue;
            }
            let part = &bytes[..length];
            let is_commit = self.commits && part.windows(6).any(|word| word == b"COMMIT");
            if is_commit && self.shared.hides_commit.swap(false, Ordering::SeqCst) {
                self.is_silent.store(true, Ordering::SeqCst);
                self.shared.hidden.notify_one();
            }
            to.write_all(part).await?;
        }
    }

    fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::SeqCst)
            || self.number <= self.shared.silent_up_to.load(Ordering::SeqCst)
    }
}
