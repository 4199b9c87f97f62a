//! A server of archive hours, with ranges, versions and checksums, that goes wrong
//! in the ways it is told to, once each.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::{
    net::TcpListener,
    sync::{OwnedRwLockWriteGuard, RwLock},
};

/// What goes wrong with one answer.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The connection breaks after so many bytes.
    Break(usize),
    /// Nothing more comes after so many bytes.
    Stall(usize),
    /// The answer ends after so many bytes, as if it were whole.
    Truncate(usize),
    /// An answer of this status, which asks to come back at once.
    Status(u16),
    /// Another byte than was stored.
    Flip(usize),
}

/// What was asked for: the name, from which byte, and which known version.
pub type Request = (String, Option<String>, Option<String>);

#[derive(Default)]
struct Stock {
    files: BTreeMap<String, (Vec<u8>, String)>,
    faults: VecDeque<Fault>,
    requests: Vec<Request>,
}

#[derive(Clone, Default)]
pub struct Shelf {
    stock: Arc<Mutex<Stock>>,
    gate: Arc<RwLock<()>>,
    pub url: String,
}

impl Shelf {
    /// Opens on a port of its own.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shelf = Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().route("/{name}", axum::routing::get(answer)).with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        shelf
    }

    /// The template of its hours.
    pub fn template(&self) -> String {
        format!("{}/{{year}}-{{month:02}}-{{day:02}}-{{hour}}.json.gz", self.url)
    }

    /// Puts a file there, as this version.
    pub fn put(&self, name: &str, bytes: Vec<u8>, etag: &str) {
        self.stock.lock().unwrap().files.insert(name.to_owned(), (bytes, format!("\"{etag}\"")));
    }

    /// Goes wrong like this, one answer each.
    pub fn faults(&self, faults: &[Fault]) {
        self.stock.lock().unwrap().faults.extend(faults);
    }

    /// Keeps everybody waiting until what it gives is dropped.
    pub async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        self.gate.clone().write_owned().await
    }

    /// What was asked for since the last time.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.stock.lock().unwrap().requests)
    }
}

async fn answer(State(shelf): State<Shelf>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let _open = shelf.gate.read().await;
    let mut stock = shelf.stock.lock().unwrap();
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    stock.requests.push((name.clone(), text(header::RANGE), text(header::IF_NONE_MATCH)));
    let fault = stock.faults.pop_front();
    if let Some(Fault::Status(status)) = fault {
        return (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, "0")]).into_response();
    }
    let Some((bytes, etag)) = stock.files.get(&name).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    if text(header::IF_NONE_MATCH).is_some_and(|known| known == etag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let from = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_some_and(|part| part == etag));
    let from: usize = from.map_or(0, |range| range[6..range.len() - 1].parse().unwrap());
    let mut response = body(bytes[from..].to_vec(), fault);
    response.headers_mut().insert(header::ETAG, etag.parse().unwrap());
    let sum = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, <sha2::Sha256 as sha2::Digest>::digest(&bytes));
    if !matches!(fault, Some(Fault::Truncate(_))) {
        response.headers_mut().insert("repr-digest", format!("sha-256=:{sum}:").parse().unwrap());
    }
    if from > 0 {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
        response.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
    }
    response
}

fn body(mut bytes: Vec<u8>, fault: Option<Fault>) -> Response {
    let length = bytes.len();
    let some = |n: usize| stream::iter([Ok::<_, io::Error>(Bytes::copy_from_slice(&bytes[..n.min(length)]))]);
    let streamed = match fault {
        Some(Fault::Break(n)) => Body::from_stream(some(n).chain(stream::iter([Err(io::Error::other("broken"))]))),
        Some(Fault::Stall(n)) => Body::from_stream(some(n).chain(stream::pending())),
        Some(Fault::Truncate(n)) => return Body::from_stream(some(n)).into_response(),
        Some(Fault::Flip(at)) => {
            bytes[at] ^= 1;
            return Body::from(bytes).into_response();
        }
        _ => return Body::from(bytes).into_response(),
    };
    ([(header::CONTENT_LENGTH, length.to_string())], streamed).into_response()
}
