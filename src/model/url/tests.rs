use super::*;
use crate::base::{FileId, Span};
use crate::facts::PagePart;
use crate::model::{DeploymentId, Known, Mode, PackageId, Piece, ServedBy};

fn place(start: usize) -> Place {
    Place::new(FileId(0), Span::new(start, start + 1))
}

fn page(origin: &str) -> PageOrigin {
    let url = Url::parse(origin).expect("origin");
    let scheme = if url.scheme() == "https" { PageScheme::Https } else { PageScheme::Http };
    PageOrigin {
        package: PackageId(0),
        deployment: DeploymentId(0),
        mode: Mode::Production,
        served_by: ServedBy::Unknown,
        scheme: Known::Is(scheme, vec![]),
        host: Known::Is(Arc::from(url.host_str().expect("host")), vec![]),
        port: Known::Is(url.port_or_known_default().expect("port"), vec![]),
        https: vec![],
        assumptions: vec![],
    }
}

/// A text from a sketch: `{proto}` and the like are page parts, `{?}` is unknown.
fn text(sketch: &str) -> Text {
    let mut pieces = Vec::new();
    let mut rest = sketch;
    while let Some((known, tail)) = rest.split_once('{') {
        let (name, tail) = tail.split_once('}').expect("closed");
        if !known.is_empty() {
            pieces.push(Piece::Known(Arc::from(known), Some(place(pieces.len() + 1))));
        }
        pieces.push(match name {
            "protocol" => Piece::Page(PagePart::Protocol, place(90)),
            "host" => Piece::Page(PagePart::Host, place(91)),
            "hostname" => Piece::Page(PagePart::Hostname, place(92)),
            "origin" => Piece::Page(PagePart::Origin, place(93)),
            _ => Piece::Unknown(Unknown { reason: HoleReason::Parameter, place: None }),
        });
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Known(Arc::from(rest), Some(place(pieces.len() + 1))));
    }
    Text(pieces)
}

fn summary(api: ClientApi, origin: &str, sketch: &str) -> String {
    let page = page(origin);
    let text = text(sketch);
    let given =
        Given { text: &text, api, socket_path: None, page: Some(&page), base: None, scheme_choice: SchemeChoice::Text };
    let bound = bind(&given);
    let problem = bound.problem.map(|problem| format!(" !{}", problem.what)).unwrap_or_default();
    let Some(url) = bound.url else { return format!("nothing{problem}") };
    fn show<T: ToString>(component: &Component<T>) -> String {
        component.value().map_or_else(|| "?".to_owned(), ToString::to_string)
    }
    let path = url.path.value().map(PathText::display).unwrap_or_default();
    let namespace = url.namespace.map(|name| format!(" ns {name}")).unwrap_or_default();
    format!("{} {} {} {path}{namespace}{problem}", show(&url.scheme), show(&url.host), show(&url.port))
}

#[test]
fn urls_are_read_as_browsers_read_them() {
    use ClientApi::{EventSource, Fetch, SocketIo, WebSocket};
    let https = "https://app.example.com";
    let dev = "http://localhost:5173";
    for (api, origin, sketch, expected) in [
        (WebSocket, https, "ws://api.example.com/ws/a%20b", "ws api.example.com 80 /ws/a b"),
        (WebSocket, https, "/ws", "wss app.example.com 443 /ws"),
        (WebSocket, dev, "ws://{host}/ws/{?}/x", "ws localhost 5173 /ws/{...}/x"),
        (WebSocket, https, "ws://{host}/ws", "ws app.example.com 80 /ws"),
        (WebSocket, dev, "ws://{hostname}:8000/ws", "ws localhost 8000 /ws"),
        (WebSocket, https, "{?}//{host}/ws", "? app.example.com ? /ws"),
        (WebSocket, https, "wss://{?}/ws", "wss ? ? /ws"),
        (WebSocket, https, "wss://{?}:{?}/ws", "wss ? ? /ws"),
        (WebSocket, https, "{?}/ws", "? ? ? {...}/ws"),
        (WebSocket, https, "undefined/ws", "wss app.example.com 443 {...}/undefined/ws"),
        (WebSocket, dev, "{origin}/ws", "ws localhost 5173 /ws"),
        (
            WebSocket,
            dev,
            "localhost:8000/ws",
            "ws localhost 8000 /ws !has no scheme, so browsers take `localhost:` for one",
        ),
        (Fetch, dev, "{protocol}//api.test:99/a?b={?}", "http api.test 99 /a"),
        (Fetch, dev, "ws://h/a", "ws h 80 /a !has the scheme `ws:`, which fetch refuses"),
        (EventSource, https, "//cdn.example.com/e", "https cdn.example.com 443 /e"),
        (SocketIo, dev, "http://localhost:3001/chat", "ws localhost 3001 /socket.io/ ns /chat"),
        (SocketIo, dev, "localhost:3001", "ws localhost 3001 /socket.io/"),
        (SocketIo, dev, "", "ws localhost 5173 /socket.io/"),
        (Fetch, dev, "data:text/plain,x", "nothing"),
        (
            Fetch,
            https,
            "API_URL=https://api.example.com/a",
            "https app.example.com 443 {...}/API_URL=https://api.example.com/a !begins with `API_URL=https`, which is no \
             scheme, so browsers take it all for a path of the page",
        ),
        (Fetch, https, "{?}://api.example.com/a", "? api.example.com ? /a"),
    ] {
        assert_eq!(summary(api, origin, sketch), expected, "{sketch} on {origin}");
    }
}
