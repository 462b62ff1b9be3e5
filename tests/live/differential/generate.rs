//! Configurations and requests, generated from a seed.

/// A small generator of numbers: the same seed gives the same configurations on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("small")
    }

    pub fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const PREFIXES: &[&str] =
    &["/", "/ws", "/ws/", "/api", "/api/", "/api/ws", "/api/ws/", "/a", "/a/b", "/a/b/", "/chat/", "/socket.io/"];
const PATTERNS: &[&str] =
    &[r"\.json$", "^/ws", "^/api/(.*)$", "^/a/(?<rest>.+)$", "chat", "^/(ws|api)/", r"\.(js|css)$", "^/a/b/?$", "IO/"];

/// One server block, whose locations mark their answers with `X-Loc`.
pub struct Generator<'a> {
    pub dice: &'a mut Dice,
    /// Where the upstream listens.
    pub upstream: u16,
    /// Marks given so far.
    pub marks: usize,
    /// How often each feature appeared.
    pub features: std::collections::BTreeMap<&'static str, usize>,
}

impl Generator<'_> {
    fn used(&mut self, feature: &'static str) {
        *self.features.entry(feature).or_default() += 1;
    }

    pub fn headers(&mut self) -> String {
        match self.dice.below(9) {
            0 => {
                self.used("proxy_set_header: upgrade pair");
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";".into()
            }
            1 => {
                self.used("proxy_set_header: upgrade pair by map");
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;".into()
            }
            2 => {
                self.used("proxy_set_header: host only");
                "proxy_set_header Host $host;".into()
            }
            3 => {
                self.used("proxy_set_header: empty connection");
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"\";".into()
            }
            4 => {
                self.used("proxy_set_header: passed on");
                "proxy_set_header upgrade $http_upgrade; proxy_set_header Connection $http_connection;".into()
            }
            5 => {
                self.used("proxy_set_header: doubled connection");
                "proxy_set_header Upgrade websocket; proxy_set_header Connection \"\"; proxy_set_header Connection Upgrade;"
                    .into()
            }
            _ => String::new(),
        }
    }

    fn version(&mut self) -> &'static str {
        match self.dice.below(6) {
            0 | 1 => {
                self.used("proxy_http_version 1.1");
                "proxy_http_version 1.1;"
            }
            2 => {
                self.used("proxy_http_version 1.0");
                "proxy_http_version 1.0;"
            }
            _ => "",
        }
    }

    /// A server block named `name`.
    pub fn server(&mut self, port: u16, name: &str) -> String {
        let mut inner = String::new();
        if self.dice.one_in(3) {
            inner += &self.headers();
            inner += self.version();
        }
        if self.dice.one_in(5) {
            self.used("set in server");
            inner += "set $cu \"\"; if ($http_upgrade) { set $cu upgrade; }\n";
        } else {
            inner += "set $cu upgrade;\n";
        }
        if self.dice.one_in(12) {
            self.used("server rewrite");
            let flag = self.dice.pick(&["last", "break", ""]);
            inner += &format!("rewrite ^/api/a/(.*)$ /a/$1 {flag};\n");
        }
        if self.dice.one_in(20) {
            self.used("server return in if");
            inner += "if ($uri = /chat/x) { return 307 http://elsewhere.test/; }\n";
        }
        let count = 1 + self.dice.below(5);
        let mut heads = Vec::new();
        for _ in 0..count {
            inner += &self.location(&mut heads, "", 0);
        }
        if self.dice.one_in(3) {
            self.used("named location");
            inner += &format!("location @named {{ {} {} }}\n", self.mark(), self.proxy(Uri::Forbidden));
        } else {
            inner += &format!("location @named {{ {} return 418; }}\n", self.mark());
        }
        format!("server {{ listen 127.0.0.1:{port}; server_name {name};\n{inner}}}\n")
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("add_header X-Loc L{} always;", self.marks)
    }

    fn location(&mut self, heads: &mut Vec<String>, within: &str, depth: usize) -> String {
        let regex = self.dice.one_in(4);
        let (head, prefix, uri) = if regex {
            self.used("location by pattern");
            let modifier = self.dice.pick(&["~", "~*"]);
            let pattern = self.dice.pick(PATTERNS);
            (format!("{modifier} {pattern}"), String::new(), Uri::Forbidden)
        } else {
            let fitting: Vec<&str> = PREFIXES.iter().copied().filter(|prefix| prefix.starts_with(within)).collect();
            let prefix = self.dice.pick(&fitting);
            let modifier = match self.dice.below(6) {
                0 => {
                    self.used("location =");
                    "= "
                }
                1 => {
                    self.used("location ^~");
                    "^~ "
                }
                _ => {
                    self.used("location by prefix");
                    ""
                }
            };
            (format!("{modifier}{prefix}"), prefix.to_owned(), Uri::Free)
        };
        // `^~ /a` and `/a` are the same location to nginx
        let same = head.trim_start_matches("^~ ").to_owned();
        if heads.contains(&same) {
            return String::new();
        }
        heads.push(same);
        let mut inner = format!("{}\n", self.mark());
        let exact = head.starts_with("= ");
        if depth < 2 && !exact && !regex && self.dice.one_in(5) {
            self.used("nested location");
            let mut nested = Vec::new();
            inner += &self.location(&mut nested, &prefix, depth + 1);
        }
        if self.dice.one_in(8) {
            self.used("rewrite");
            let flag = self.dice.pick(&["last", "break", "", "redirect", "permanent"]);
            let (from, to) = [("^/api/(.*)$", "/a/$1"), ("^/ws/?(.*)$", "/$1"), ("/b", "/ws/b"), ("^(.*)$", "/x$1")]
                [self.dice.below(4)];
            inner += &format!("rewrite {from} {to} {flag};\n");
        }
        inner += &self.content(uri);
        format!("location {head} {{ {inner} }}\n")
    }

    fn content(&mut self, uri: Uri) -> String {
        match self.dice.below(16) {
            13 => {
                self.used("deny all");
                format!("deny all; {}", self.proxy(uri))
            }
            14 => {
                self.used("if with break");
                format!("if ($http_upgrade = '') {{ break; }} if ($http_upgrade) {{ set $cu x; }} {}", self.proxy(uri))
            }
            15 => {
                self.used("try_files to a path");
                let target = self.dice.pick(&["/ws/", "/api/x", "/chat/x", "=404"]);
                format!("try_files $uri {target};")
            }
            0 => {
                self.used("return status");
                "return 403;".into()
            }
            1 => {
                self.used("return redirect");
                "return 302 /elsewhere;".into()
            }
            2 => {
                self.used("try_files to index");
                "try_files $uri $uri/ /index.html;".into()
            }
            3 => {
                self.used("try_files to a named location");
                "try_files $uri @named;".into()
            }
            4 => {
                self.used("error_page to a named location");
                if self.dice.one_in(3) {
                    self.used("internal");
                    return format!("internal; {}", self.proxy(uri));
                }
                let condition =
                    self.dice.pick(&["$http_upgrade = websocket", "$http_upgrade", "$request_method = POST"]);
                format!("error_page 418 = @named; if ({condition}) {{ return 418; }} {}", self.proxy(uri))
            }
            5 => {
                self.used("files");
                String::new()
            }
            6 => {
                self.used("limit_except");
                format!("limit_except POST {{ deny all; }} {}", self.proxy(uri))
            }
            7 => {
                self.used("proxy_pass in if");
                let (port, rest) = (self.upstream, self.proxy(uri));
                format!("if ($http_upgrade ~* ^web) {{ proxy_pass http://127.0.0.1:{port}; }} {rest}")
            }
            _ => self.proxy(uri),
        }
    }

    fn proxy(&mut self, uri: Uri) -> String {
        let mut text = String::new();
        if self.dice.one_in(2) {
            text += &self.headers();
        }
        if self.dice.one_in(6) {
            self.used("proxy_set_header: variable of set");
            text += "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $cu;";
        }
        text += self.version();
        let port = self.upstream;
        let pass = match (uri, self.dice.below(10)) {
            (Uri::Free, 0 | 1) => {
                self.used("proxy_pass with /");
                format!("http://127.0.0.1:{port}/")
            }
            (Uri::Free, 2) => {
                self.used("proxy_pass with a path");
                format!("http://back{}", self.dice.pick(&["/x", "/x/", "/ws/"]))
            }
            (_, 3) => {
                self.used("proxy_pass with variable");
                format!("http://$target{}", self.dice.pick(&["", "/fixed", "/"]))
            }
            (Uri::Forbidden, 4) => {
                self.used("proxy_pass with capture");
                "http://back/$1".into()
            }
            _ => {
                self.used("proxy_pass without path");
                "http://back".into()
            }
        };
        if pass.contains("$target") {
            text += &format!("set $target 127.0.0.1:{port};");
        }
        format!("{text} proxy_pass {pass};")
    }
}

/// Whether a constant URI may stand in `proxy_pass`.
#[derive(Clone, Copy)]
pub enum Uri {
    Free,
    Forbidden,
}

/// A path to ask for.
pub fn path(dice: &mut Dice) -> String {
    const PARTS: &[&str] =
        &["ws", "api", "a", "b", "chat", "socket.io", "x", "x.json", "y.JS", "c.css", "%77s", "..", ".", ""];
    let mut path = String::new();
    for _ in 0..dice.below(4) {
        path += "/";
        path += dice.pick(PARTS);
    }
    if path.is_empty() || dice.one_in(4) {
        path += "/";
    }
    path
}
