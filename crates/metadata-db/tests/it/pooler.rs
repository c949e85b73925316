//! A pooler as `PgBouncer` is in transaction mode: what SQL prepares is in one of several sessions.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Serves every connection with two of the server of `url`. Returns the pooler's own URL.
pub(crate) async fn start(url: &str) -> String {
    let (rest, database) = url.rsplit_once('/').unwrap();
    let (user, server) = rest.rsplit_once('@').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let sessions = [connect(&server).await, connect(&server).await];
            // Ends with an error when the client goes.
            tokio::spawn(serve(client, sessions));
        }
    });
    format!("{user}@127.0.0.1:{port}/{database}")
}

async fn connect(server: &str) -> TcpStream {
    TcpStream::connect(server).await.unwrap()
}

async fn serve(mut client: TcpStream, mut sessions: [TcpStream; 2]) -> std::io::Result<()> {
    let mut startup = untagged(&mut client).await?;
    // The request for TLS.
    if startup.len() == 8 {
        client.write_all(b"N").await?;
        startup = untagged(&mut client).await?;
    }
    for session in &mut sessions {
        session.write_all(&startup).await?;
    }
    answer(&mut sessions[1], &mut tokio::io::sink()).await?;
    let mut is_idle = answer(&mut sessions[0], &mut client).await?;
    let mut simple = 0;
    loop {
        let tag = client.read_u8().await?;
        let body = untagged(&mut client).await?;
        let is_begin = body[4..].starts_with(b"BEGIN");
        // What the driver prepares is found again: all that is in the first session. Statements by
        // themselves, which is what SQL can prepare or execute, alternate.
        let chosen = if tag == b'Q' && is_idle && !is_begin {
            simple += 1;
            simple % 2
        } else {
            0
        };
        let session = &mut sessions[chosen];
        session.write_u8(tag).await?;
        session.write_all(&body).await?;
        if tag == b'Q' || tag == b'S' {
            is_idle = answer(session, &mut client).await?;
        }
    }
}

/// Passes on what the server says until it is ready. Returns whether no transaction is open.
async fn answer(
    session: &mut TcpStream,
    client: &mut (impl tokio::io::AsyncWrite + Unpin),
) -> std::io::Result<bool> {
    loop {
        let tag = session.read_u8().await?;
        let body = untagged(session).await?;
        client.write_u8(tag).await?;
        client.write_all(&body).await?;
        if tag == b'Z' {
            client.flush().await?;
            return Ok(body.ends_with(b"I"));
        }
    }
}

/// A message without its tag: the length, and what it counts.
async fn untagged(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    let mut body = length.to_be_bytes().to_vec();
    body.resize(usize::try_from(length).unwrap(), 0);
    stream.read_exact(&mut body[4..]).await?;
    Ok(body)
}
