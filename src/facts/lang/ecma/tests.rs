//! Source to expressions, in the notation of `facts::notation`. Each case is the URL of the first `new WebSocket`.

use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::notation::notation;
use crate::facts::{DefinitionValue, ExprKind, FileFacts, extract};

pub(crate) fn facts_of(path: &str, kind: FileKind, text: &str) -> FileFacts {
    let path = RepoPath::new(path).expect("inside");
    let size = text.len() as u64;
    extract(&Entry { path, size, kind, role: FileRole::Production, tracking: Tracking::Tracked }, text)
}

fn url(source: &str) -> String {
    let facts = facts_of("src/a.tsx", FileKind::Tsx, source);
    let call = facts.client_calls.first().expect("a call");
    match &call.function {
        Some(function) => format!("{function}: {}", notation(&call.url)),
        None => notation(&call.url),
    }
}

#[test]
fn expressions() {
    let cases = [
        (r#"new WebSocket("ws://a\u0041/x")"#, r#""ws://aA/x""#),
        (
            "new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/ws`)",
            r#"{https ? "wss" ; "ws"} + "://" + page.host + "/ws""#,
        ),
        ("const B = import.meta.env.VITE_WS ?? 'ws://localhost:1'; new WebSocket(B + '/ws')", r#"B + "/ws""#),
        (
            "function f() { const B = import.meta.env['VITE_WS'] || process.env.X || 'ws://b'; return new WebSocket(`${B!}/ws`) }",
            r#"{truthy $VITE_WS ? $VITE_WS ; truthy $X ? $X ; "ws://b"} + "/ws""#,
        ),
        (
            "function f() { let p; if (window.location.protocol == 'https:') { p = 'wss:' } else { p = 'ws:' } new WebSocket(p + '//' + location.hostname + ':' + 8000) }",
            r#"{https ? "wss:" ; "ws:"} + "//" + page.hostname + ":" + 8000"#,
        ),
        (
            "function f() { let u = 'a'; u += '/b'; u = u.replace('a', 'c'); new WebSocket(u) }",
            r#"Replace("a" + "/b", "a", "c")"#,
        ),
        ("function f() { let u = 'a'; for (const x of y) u = x; new WebSocket(u) }", "?Reassigned"),
        ("const f = (path, port = 1) => new WebSocket(`ws://h:${port}${path}`)", r##"f: "ws://h:" + #1 + #0"##),
        (
            "function f({ url = 'ws://d', id }) { useEffect(() => { new WebSocket(`${url}/${id}`) }, []) }",
            r##"f: {defined #0.url ? #0.url ; "ws://d"} + "/" + #0.id"##,
        ),
        (
            "function f() { const get = (p) => { if (p) return `ws://a${p}`; return 'ws://b' }; new WebSocket(get('/x')) }",
            r#"{truthy "/x" ? "ws://a" + "/x" ; "ws://b"}"#,
        ),
        (
            "function f() { const u = new URL('/ws', location.href); u.protocol = u.protocol === 'https:' ? 'wss:' : 'ws:'; u.searchParams.set('t', tok); new WebSocket(u.toString()) }",
            r#"UrlPart(Href)(SetUrlPart(Search)(SetUrlPart(Protocol)(ParseUrl("/ws", page.href), {https ? "wss:" ; "ws:"}), "?t=" + EncodeForm(?UnknownName("tok"))))"#,
        ),
        (
            "class S { private url: string; constructor(u: string, private base = 'ws://x') { this.url = u + '/ws' } open() { new WebSocket(this.base + this.url) } }",
            r##"S: #1 + #0 + "/ws""##,
        ),
        (
            "class S { path = '/ws'; get full() { return `ws://h${this.path}` } open() { new WebSocket(this.full) } }",
            r#""ws://h" + "/ws""#,
        ),
        (
            "class S { u() { return location.protocol !== 'https:' ? 'ws://a' : 'wss://a' } open() { new WebSocket(this.u()) } }",
            r#"{!https ? "ws://a" ; "wss://a"}"#,
        ),
        (
            "function f() { const { protocol, host: h } = window.location; const s = protocol === 'https'; new WebSocket((s ? 'wss' : 'ws') + '://' + h) }",
            r#"{scheme without colon ? "wss" ; "ws"} + "://" + page.host"#,
        ),
        (
            "function f() { const isDev = import.meta.env.DEV; const port = location.port ? ':' + location.port : ''; new WebSocket(isDev ? 'ws://l' + port : `wss://${location.hostname}`) }",
            r#"{mode development ? "ws://l" + {port ? ":" + page.port ; ""} ; "wss://" + page.hostname}"#,
        ),
        (
            "function f() { const h = process.env.NODE_ENV !== 'production' && typeof window !== 'undefined' ? 'a' : 'b'; new WebSocket(h) }",
            r#"{!mode production & browser ? "a" ; "b"}"#,
        ),
        (
            "function f() { const u = useMemo(() => `ws://${['localhost','127.0.0.1'].includes(location.hostname) ? 'x' : 'y'}`, []); new WebSocket(u) }",
            r#""ws://" + {host in ["localhost", "127.0.0.1"] ? "x" ; "y"}"#,
        ),
        (
            "function f() { const r = useRef('ws://r'); const [s] = useState('/s'); const [t, setT] = useState('/t'); setT(1); new WebSocket(r.current + s + t) }",
            r#""ws://r" + "/s" + ?Runtime"#,
        ),
        (
            "import { WS as W } from './c'; import cfg from './c'; new WebSocket(cfg.ws.url + W + cfg.get('/p'))",
            r#"cfg.ws.url + W + cfg.get("/p")"#,
        ),
        (
            "const O = { a: { b: 'ws://o' } } as const; function f() { const { a: { b } } = O; new WebSocket(b) }",
            "O.a.b",
        ),
        (
            "function f(env) { const u = (() => { switch (env) { case 'dev': return 'ws://d'; case 'a': case 'b': return 'ws://ab'; default: return 'wss://p' } })(); new WebSocket(u) }",
            r##"f: {(#0 == "dev") ? "ws://d" ; (#0 == "a") ? "ws://ab" ; (#0 == "b") ? "ws://ab" ; "wss://p"}"##,
        ),
        ("socket.on('x', (data) => { new WebSocket(data.url) })", "?Runtime"),
        (
            "function f() { const k = localStorage.getItem('k'); new WebSocket('ws://h/?t=' + encodeURIComponent(k) + `&p=${new URLSearchParams({a: 1})}`) }",
            r#""ws://h/?t=" + Encode(?Runtime) + "&p=" + Query("a", 1)"#,
        ),
        (
            "const T = { dev: 'ws://d', prod: 'wss://p' }; function f() { const hosts = (process.env.H || '').split(',').map(s => s.trim()).filter(Boolean); new WebSocket(hosts[0]) }",
            r#"Index(DropEmpty(Each(Trim)(Split({truthy $H ? $H ; ""}, ","))), 0)"#,
        ),
        (
            "function f() { let u: string | null = null; if (!location.host.startsWith('localhost') || x) return; if (a) { u = 'ws://1' } new WebSocket(u) }",
            r#"{<a> ? "ws://1" ; null}"#,
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(url(source), expected, "{source}");
    }
}

#[test]
fn modules() {
    let source = "
import React from 'react';
import { HOST as H, unused } from '@/lib/config';
import other from '../other';
import cfg from './cfg.json';
const base = `ws://${H}`;
let mode = 'a';
export const wsUrl = (path: string) => `${base}${path}`;
export const Widget = () => <p>{unused}</p>;
export default class Api { static root = cfg.root; url = base; }
export { base as root } ;
export * from './more';
";
    let facts = facts_of("src/a.tsx", FileKind::Tsx, source);
    let module = facts.module.expect("module");
    let shown: Vec<String> = module
        .definitions
        .iter()
        .map(|definition| match &definition.value {
            DefinitionValue::Value(value) => format!("{} = {}", definition.name, notation(value)),
            DefinitionValue::Function(function) => {
                format!(
                    "{}({}) = {}",
                    definition.name,
                    function.params.len(),
                    function.returns.as_ref().map_or(String::new(), notation)
                )
            }
            DefinitionValue::Class(class) => {
                let fields: Vec<String> = class
                    .fields
                    .iter()
                    .map(|field| format!("{} = {}", field.name, field.value.as_ref().map_or(String::new(), notation)))
                    .collect();
                format!("class {} {{ {} }}", definition.name, fields.join("; "))
            }
        })
        .collect();
    assert_eq!(
        shown,
        [
            "cfg = file(./cfg.json)",
            r#"base = "ws://" + H"#,
            "wsUrl(1) = base + #0",
            "class Api { root = cfg.root; url = base }",
        ]
    );
    let exports: Vec<String> =
        module.exports.iter().map(|export| format!("{}<-{}", export.exported, export.local)).collect();
    assert_eq!(exports, ["wsUrl<-wsUrl", "Widget<-Widget", "default<-Api", "root<-base", "*<-*"]);
    let demands: Vec<String> = facts.demands.iter().map(|demand| format!("{demand:?}")).collect();
    assert_eq!(demands, [r#"Data("./cfg.json")"#, r#"EcmaModule("./more")"#, r#"EcmaModule("@/lib/config")"#]);
}

#[test]
fn hostile_text_never_overflows() {
    let sum = format!("const x = {}; new WebSocket(x)", vec!["'a'"; 60_000].join("+"));
    let nested = format!("new WebSocket({}x{})", "(".repeat(20_000), ")".repeat(20_000));
    let ternary = format!("new WebSocket({}'x'", "a ? 'b' : ".repeat(20_000));
    let calls = format!("new WebSocket({}'x'{})", "fetch(".repeat(10_000), ")".repeat(10_000));
    let members = format!("new WebSocket(a{})", ".b".repeat(30_000));
    let doubling: String = (1..60).map(|n| format!("const a{n} = a{0} + a{0};", n - 1)).collect();
    let doubling = format!("function f() {{ const a0 = 'x'; {doubling} new WebSocket(a59) }}");
    let cycle = "function f() { const a = () => b(); const b = () => a(); new WebSocket(a()) }".to_owned();
    let rewritten: String = (0..4_000).map(|n| format!("let v{n}; v{n} = fetch('/a');")).collect();
    let wide = format!(
        "fetch('/a'); const t = {{ {} }};",
        (0..10_000).map(|n| format!("k{n}: f('a' + {n}),")).collect::<String>()
    );
    for text in [rewritten, wide, sum, nested, ternary, calls, members, doubling, cycle] {
        let _ = facts_of("src/a.tsx", FileKind::Tsx, &text);
    }
}

#[test]
fn calls_of_every_client() {
    let source = "
import axios from 'axios';
import { io } from 'socket.io-client';
import api from '@/lib/api';
import { open } from './open';
const own = axios.create({ baseURL: import.meta.env.VITE_API, withCredentials: true });
axios.defaults.baseURL = '/base';
own.get('/a'); axios.post<User>(`/b`); axios({ url: '/c', method: 'put', baseURL: 'http://h' });
api.get<Item[]>('/d', { withCredentials: true });
app.get('/no', (req, res) => {}); cache.get('/no');
io('http://s', { path: '/io', transports: ['websocket'] }); io();
fetch('/e', { method: 'post', credentials: 'include' }); refetch('/no'); this.fetch('/no');
const xhr = new XMLHttpRequest(); xhr.open('GET', '/f'); window.open('GET', '/no');
new EventSource('/g', { withCredentials: true });
navigator.sendBeacon('/h');
export async function getServerSideProps() { await fetch('http://api:1/i') }
function connect(path) { new WebSocket(path) }
const view = () => { connect('/j'); open('/k'); open(1); return <Chat url=\"/l\" /> };
function Chat({ url }) { useEffect(() => { new WebSocket(url) }) }
";
    let facts = facts_of("src/a.tsx", FileKind::Tsx, source);
    let mut shown: Vec<String> = facts
        .client_calls
        .iter()
        .map(|call| {
            let mut line = format!("{:?} {:?} {}", call.api, call.runs, notation(&call.url));
            let options = [("method", call.method.as_ref().map(|method| method.to_string()))];
            let exprs = [
                ("base", &call.base),
                ("credentials", &call.credentials),
                ("path", &call.socket_path),
                ("transports", &call.transports),
            ];
            let exprs = exprs.into_iter().map(|(name, expr)| (name, expr.as_ref().map(notation)));
            for (name, value) in options.into_iter().chain(exprs) {
                if let Some(value) = value {
                    line.push_str(&format!(" {name}={value}"));
                }
            }
            line
        })
        .collect();
    shown.extend(facts.call_sites.iter().map(|site| {
        format!("{}({})", notation(&site.callee), site.args.iter().map(notation).collect::<Vec<_>>().join(", "))
    }));
    shown.extend(facts.client_defaults.iter().map(notation));
    assert_eq!(
        shown,
        [
            r#"Axios Unknown "/a" method=GET base=own.$baseURL credentials=own.withCredentials"#,
            r#"Axios Unknown "/b" method=POST"#,
            r#"Axios Unknown "/c" method=PUT base="http://h""#,
            r#"Axios Unknown "/d" method=GET base=api.$baseURL credentials=true"#,
            r#"SocketIo Unknown "http://s" path="/io" transports=["websocket"]"#,
            "SocketIo Unknown \"/\"",
            r#"Fetch Unknown "/e" method=POST credentials=true"#,
            r#"Xhr Unknown "/f" method=GET"#,
            r#"EventSource Unknown "/g" credentials=true"#,
            r#"Fetch Unknown "/h" method=POST"#,
            r#"Fetch Server "http://api:1/i" method=GET"#,
            "WebSocket Unknown #0",
            // Other files know whether it is a client that is called itself.
            r#"Axios Unknown "/k" method=GET base=open.$baseURL credentials=open.withCredentials"#,
            "WebSocket Unknown #0.url",
            r#"own.get("/a")"#,
            r#"api.get("/d", {withCredentials: true})"#,
            r#"connect("/j")"#,
            r#"open("/k")"#,
            "open(1)",
            r#"Chat({url: "/l"})"#,
            r#""/base""#,
        ]
    );
}

#[test]
fn pages() {
    let source = "<html><head><meta http-equiv=\"Content-Security-Policy\" content=\"connect-src 'self'\">
<script src=/src/main.ts type=module></script><script src=\"http://cdn.test/x.js\"></script></head>
<img src='http://h/i.png'><a href=\"http://h/\"></a><form action=\"http://{{ host }}/x\"></form>
<script type=\"application/json\">{\"a\": 1}</script>
<script>const ws = new WebSocket('ws://' + location.host + '/ws/{{ room }}/');</script></html>";
    let facts = facts_of("index.html", FileKind::Html, source);
    let shown: Vec<String> =
        facts.client_calls.iter().map(|call| format!("{:?} {}", call.api, notation(&call.url))).collect();
    assert_eq!(
        shown,
        [
            r#"Blockable "http://cdn.test/x.js""#,
            r#"Upgradable "http://h/i.png""#,
            r#"WebSocket "ws://" + page.host + "/ws/" + ?Template("{{ room }}") + "/""#,
        ]
    );
    assert_eq!(facts.pages.len(), 4);
}

#[test]
fn components() {
    let vue = "<template><p>new WebSocket('no')</p></template>\n<script setup lang=\"ts\">\nconst base = ref('ws://v'); const url = computed(() => base.value + '/ws');\nnew WebSocket(url.value)\n</script>";
    let facts = facts_of("src/A.vue", FileKind::Vue, vue);
    let call = facts.client_calls.first().expect("a call");
    assert_eq!(
        (notation(&call.url), facts.lines.position(call.span.start).line),
        (r#""ws://v" + "/ws""#.to_owned(), 4)
    );
    assert_eq!(call.runs, crate::facts::RunsIn::Browser);
    // What a component is given is not known in it, whatever it has by itself.
    let svelte = "<script>\nexport let room;\nexport let base = '/ws';\nconst id = 7;\nnew WebSocket(`${base}/${room}/${id}`);\n</script>";
    let facts = facts_of("src/A.svelte", FileKind::Svelte, svelte);
    let module = facts.module.as_deref().expect("a module");
    for name in ["room", "base"] {
        let definition = module.definitions.iter().find(|definition| &*definition.name == name);
        let value = definition.map(|definition| &definition.value);
        let is_open = matches!(value, Some(DefinitionValue::Value(value)) if matches!(value.kind, ExprKind::Hole(_)));
        assert!(is_open, "{name}: {value:?}");
    }
}
