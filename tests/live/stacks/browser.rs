//! What a browser does with an address, as far as it matters here: handshake and first message, CORS, redirects.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::process::{loopback, read_some};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What every back end of the stacks says.
pub const MESSAGE: &str = "hello";

/// An address on loopback: the name stands in the Host header alone.
#[derive(Clone, Debug)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub path: String,
}

impl Address {
    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// The address that a Location header means.
    fn moved(&self, location: &str) -> Option<Self> {
        let Some(rest) = location.strip_prefix("http://") else {
            return location.starts_with('/').then(|| Self { path: location.to_owned(), ..self.clone() });
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        Some(Self { host: host.to_owned(), port: port.parse().ok()?, path: format!("/{path}") })
    }
}

/// What a page asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `None`: a WebSocket.
    pub method: Option<&'static str>,
    /// Request headers that the code sets.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether cookies travel.
    pub credentials: Credentials,
    /// Sub-protocols that a WebSocket offers.
    pub protocols: &'static [&'static str],
}

/// Whether cookies travel to other origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    Omitted,
    Included,
}

/// An answer.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn names(&self, header: &str, word: &str) -> bool {
        let listed = self.header(header).unwrap_or_default();
        listed == "*" || listed.split(',').any(|one| one.trim().eq_ignore_ascii_case(word))
    }
}

/// Whether the page at `page` gets the message; else why not.
pub fn gets(page: &Address, address: &Address, asked: &Asked) -> Result<(), String> {
    match asked.method {
        None => socket(page, address, asked),
        Some(method) => request(page, address, method, asked, 3),
    }
}

fn socket(page: &Address, address: &Address, asked: &Asked) -> Result<(), String> {
    let mut headers = vec![
        ("Origin".to_owned(), page.origin()),
        ("Upgrade".to_owned(), "websocket".to_owned()),
        ("Connection".to_owned(), "Upgrade".to_owned()),
        ("Sec-WebSocket-Key".to_owned(), "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
        ("Sec-WebSocket-Version".to_owned(), "13".to_owned()),
    ];
    if !asked.protocols.is_empty() {
        headers.push(("Sec-WebSocket-Protocol".to_owned(), asked.protocols.join(", ")));
    }
    let mut stream = connect(address)?;
    send(&mut stream, "GET", address, &headers, "")?;
    let (status, head, mut rest) = head(&mut stream)?;
    if status != 101 {
        return Err(format!("the handshake is answered with {status}"));
    }
    let selected = head.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"));
    match selected {
        None if !asked.protocols.is_empty() => return Err("no sub-protocol is selected".to_owned()),
        Some((_, value)) if !asked.protocols.contains(&value.as_str()) => {
            return Err(format!("the sub-protocol {value} was not offered"));
        }
        _ => {}
    }
    // One short text frame from the server: two bytes, then the text.
    while rest.len() < 2 + MESSAGE.len() {
        let mut more = [0; 256];
        match read_some(&mut stream, &mut more) {
            Ok(0) | Err(_) => break,
            Ok(read) => rest.extend_from_slice(&more[..read]),
        }
    }
    match rest.as_slice() {
        [0x81, length, text @ ..] if usize::from(*length) == MESSAGE.len() && text.starts_with(MESSAGE.as_bytes()) => {
            stays(&mut stream, &text[MESSAGE.len()..])
        }
        other => Err(format!("no message: {other:?}")),
    }
}

/// Whether the socket stays as it is after its message: bytes that are no frame end it in a browser.
fn stays(stream: &mut TcpStream, rest: &[u8]) -> Result<(), String> {
    stream.set_read_timeout(Some(Duration::from_millis(300))).map_err(|error| error.to_string())?;
    let mut more = [0; 64];
    let read = if rest.is_empty() { read_some(stream, &mut more).unwrap_or(0) } else { 0 };
    let next = rest.first().or(more[..read].first());
    match next {
        Some(byte) if byte & 0x70 != 0 || !matches!(byte & 0x0f, 0x1 | 0x2 | 0x8..=0xa) => {
            Err("after the message come bytes that are no frame".to_owned())
        }
        _ => Ok(()),
    }
}

fn request(page: &Address, address: &Address, method: &str, asked: &Asked, redirects: u32) -> Result<(), String> {
    let same = page.authority() == address.authority();
    let simple = |(name, value): &(&str, &str)| {
        name.eq_ignore_ascii_case("content-type") && matches!(*value, "text/plain" | "multipart/form-data")
    };
    let special: Vec<&str> = asked.headers.iter().filter(|one| !simple(one)).map(|(name, _)| *name).collect();
    if !same && (!matches!(method, "GET" | "HEAD" | "POST") || !special.is_empty()) {
        preflight(page, address, method, &special)?;
    }
    let mut headers = vec![("Origin".to_owned(), page.origin())];
    headers.extend(asked.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let body = if matches!(method, "POST" | "PUT" | "PATCH") { "{}" } else { "" };
    let answer = exchange(address, method, &headers, body)?;
    if matches!(answer.status, 301 | 302 | 307 | 308) && redirects > 0 {
        let location = answer.header("location").unwrap_or_default();
        let next = address.moved(location).ok_or_else(|| format!("redirected to {location}"))?;
        let kept = matches!(answer.status, 307 | 308) || method == "GET";
        return request(page, &next, if kept { method } else { "GET" }, asked, redirects - 1);
    }
    if !same {
        readable(page, &answer, asked)?;
    }
    match answer.status {
        200 if answer.body.contains(MESSAGE) => Ok(()),
        status => Err(format!("{status}: {}", answer.body.chars().take(80).collect::<String>())),
    }
}

fn preflight(page: &Address, address: &Address, method: &str, special: &[&str]) -> Result<(), String> {
    let mut headers =
        vec![("Origin".to_owned(), page.origin()), ("Access-Control-Request-Method".to_owned(), method.to_owned())];
    if !special.is_empty() {
        headers.push(("Access-Control-Request-Headers".to_owned(), special.join(",").to_ascii_lowercase()));
    }
    let answer = exchange(address, "OPTIONS", &headers, "")?;
    let allowed = answer.header("access-control-allow-origin").unwrap_or_default();
    if !(200..300).contains(&answer.status) || allowed != "*" && allowed != page.origin() {
        return Err(format!("the preflight is answered with {} for `{allowed}`", answer.status));
    }
    let safe = matches!(method, "GET" | "HEAD" | "POST");
    if !safe && !answer.names("access-control-allow-methods", method) {
        return Err(format!("the preflight does not allow {method}"));
    }
    match special.iter().find(|name| !answer.names("access-control-allow-headers", name)) {
        Some(name) => Err(format!("the preflight does not allow {name}")),
        None => Ok(()),
    }
}

fn readable(page: &Address, answer: &Answer, asked: &Asked) -> Result<(), String> {
    let allowed = answer.header("access-control-allow-origin").unwrap_or_default();
    let included = asked.credentials == Credentials::Included;
    if allowed != page.origin() && (allowed != "*" || included) {
        return Err(format!("Access-Control-Allow-Origin is `{allowed}`"));
    }
    if included && answer.header("access-control-allow-credentials") != Some("true") {
        return Err("credentials are not allowed".to_owned());
    }
    Ok(())
}

fn connect(address: &Address) -> Result<TcpStream, String> {
    let stream = TcpStream::connect(loopback(address.port)).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    Ok(stream)
}

fn send(
    stream: &mut TcpStream,
    method: &str,
    address: &Address,
    headers: &[(String, String)],
    body: &str,
) -> Result<(), String> {
    let mut text = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", address.path, address.authority());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    stream.write_all(text.as_bytes()).map_err(|error| error.to_string())
}

type Head = (u16, Vec<(String, String)>, Vec<u8>);

/// Status and headers, and what came after them.
fn head(stream: &mut TcpStream) -> Result<Head, String> {
    let mut data = Vec::new();
    let end = loop {
        if let Some(end) = data.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let mut more = [0; 1024];
        match read_some(stream, &mut more) {
            Ok(0) => return Err("the connection is closed without an answer".to_owned()),
            Ok(read) => data.extend_from_slice(&more[..read]),
            Err(error) => return Err(error.to_string()),
        }
    };
    let text = String::from_utf8_lossy(&data[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| format!("no status in {text:?}"))?;
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok((status, headers.collect(), data[end + 4..].to_vec()))
}

fn exchange(address: &Address, method: &str, headers: &[(String, String)], body: &str) -> Result<Answer, String> {
    let mut stream = connect(address)?;
    let mut all = headers.to_vec();
    all.push(("Connection".to_owned(), "close".to_owned()));
    send(&mut stream, method, address, &all, body)?;
    let (status, headers, mut rest) = head(&mut stream)?;
    // The connection ends with the answer.
    let _ = stream.read_to_end(&mut rest);
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&rest).into_owned() })
}
