//! Connections that end when nothing moves on them: a client that opens hundreds and says nothing, or half a header, must not
//! use up what this server may open.
//!
//! Only silence ends a connection, never its length (R12): 1 MB takes three minutes at 50 kbit/s. What dribbles a byte now
//! and then costs a task of some KiB and nobody else's time; how many connections one address may hold is for the web server
//! that stands before this one to say.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

/// Longest silence on a connection: more than twice a counter's own (45 s), so that the counter always gives up first, and
/// more than the 90 s for which it keeps a connection for its next call.
pub const SILENCE_MAX: Duration = Duration::from_secs(120);

/// A listener whose connections end when they are silent for too long.
pub struct Patient {
    listener: TcpListener,
    silence_max: Duration,
}

impl Patient {
    /// Puts a limit on the silence of what `listener` accepts; [`SILENCE_MAX`] in the product.
    #[must_use]
    pub fn new(listener: TcpListener, silence_max: Duration) -> Patient {
        Patient { listener, silence_max }
    }
}

impl Listener for Patient {
    type Io = Moving;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Moving, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.listener).await;
        (Moving { stream, silence: Box::pin(tokio::time::sleep(self.silence_max)), most: self.silence_max }, from)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The address a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub SocketAddr);

impl Connected<IncomingStream<'_, Patient>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Patient>) -> Caller {
        Caller(*stream.remote_addr())
    }
}

/// A connection, and how long it has been silent.
pub struct Moving {
    stream: TcpStream,
    silence: Pin<Box<Sleep>>,
    most: Duration,
}

impl Moving {
    /// Lets `done` through; when it moved, the silence begins anew, and when it waits, the silence may be over.
    fn watched<T>(&mut self, context: &mut Context<'_>, done: Poll<Result<T>>) -> Poll<Result<T>> {
        if done.is_ready() {
            let until = Instant::now() + self.most;
            self.silence.as_mut().reset(until);
            return done;
        }
        match self.silence.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "nothing moved"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Moving {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, into);
        self.watched(context, done)
    }
}

impl AsyncWrite for Moving {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
