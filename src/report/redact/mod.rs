//! Text without secrets, byte for byte as long as before.
//!
//! Everything under `report` sees text only through here: a line of context, a message and a label can all hold a
//! secret. Hiding too much costs a word in a snippet; showing too much costs a password.

mod names;
mod tokens;

use crate::base::FileKind;

/// A file's text with its secrets overwritten by `*`; spans and lines stay where they are.
#[must_use]
pub fn source(text: &str, kind: FileKind) -> String {
    let mut mask = Mask::new();
    tokens::mark(text, &mut mask);
    names::mark(text, kind, &mut mask);
    mask.apply(text)
}

/// A message, label or help with its secrets overwritten by `*`.
#[must_use]
pub fn prose(text: &str) -> String {
    let mut mask = Mask::new();
    tokens::mark(text, &mut mask);
    names::mark_assignments(text, &mut mask);
    mask.apply(text)
}

/// The bytes to overwrite.
struct Mask {
    ranges: Vec<(usize, usize)>,
}

impl Mask {
    fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    fn hide(&mut self, start: usize, end: usize) {
        if start < end {
            self.ranges.push((start, end));
        }
    }

    fn apply(self, text: &str) -> String {
        if self.ranges.is_empty() {
            return text.to_owned();
        }
        let mut hidden = vec![false; text.len()];
        for (start, end) in self.ranges {
            for slot in hidden.iter_mut().take(end).skip(start) {
                *slot = true;
            }
        }
        let mut out = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            // A character that is hidden in part is hidden whole.
            let any = (at..at + c.len_utf8()).any(|byte| hidden.get(byte).copied().unwrap_or(false));
            if any && !matches!(c, '\n' | '\r') {
                out.extend(std::iter::repeat_n('*', c.len_utf8()));
            } else {
                out.push(c);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line of `secret` lines must lose `S3CR3T`; every other line must stay as it is.
    fn check(kind: FileKind, text: &str) {
        let shown = source(text, kind);
        assert_eq!(shown.len(), text.len());
        assert!(!shown.contains("S3CR3T"), "{kind:?} shows a secret:\n{shown}");
        for (before, after) in text.lines().zip(shown.lines()) {
            assert_eq!(before.len(), after.len(), "{before:?}");
            if !before.contains("S3CR3T") {
                assert_eq!(before, after, "nothing secret there");
            }
        }
    }

    #[test]
    fn secrets_of_every_format_are_hidden_and_nothing_else() {
        check(
            FileKind::Env,
            "JWT_SECRET=S3CR3T\nDATABASE_URL=postgres://u:S3CR3T@db/x\nVITE_WS_URL=ws://localhost:8000\nAPI_KEY=\"S3CR3T\nS3CR3T\"\nTOKEN_EXPIRE_MINUTES=30\n",
        );
        check(
            FileKind::Compose,
            "    environment:\n      - SECRET_KEY=S3CR3T\n      POSTGRES_PASSWORD: S3CR3T\n      JWT_SECRET: ${JWT_SECRET}\n      DB_PASS: ${DB_PASS:-S3CR3T}\n",
        );
        check(
            FileKind::Yaml,
            "password: |\n  S3CR3T\n  S3CR3T\nport: 1\n- name: JWT_SECRET\n  value: S3CR3T\n- name: PORT\n  value: 80\n",
        );
        check(
            FileKind::Python,
            "SECRET_KEY = \"S3CR3T\"\nSECRET_KEY = os.getenv(\"SECRET_KEY\", \"S3CR3T\")\njwt_secret: str = 'S3CR3T'\ntoken = os.getenv(\n    \"APP_TOKEN\",\n    \"S3CR3T\",\n)\nif not token: raise ValueError(\"no token\")\n",
        );
        check(
            FileKind::TypeScript,
            "const apiKey = process.env.API_KEY || 'S3CR3T';\nconst url = `wss://x/ws?token=S3CR3T&a=1`;\nconst ws = new WebSocket(`${base}/ws?token=${token}`);\nheaders: { Authorization: 'Bearer S3CR3TS3CR3T' }\nif (!token) { setError('Please log in'); }\n",
        );
        check(
            FileKind::Nginx,
            "proxy_set_header X-Api-Key \"S3CR3T\";\nlocation /a { proxy_set_header Authorization S3CR3T; }\nset $api_token S3CR3T;\nif ($arg_token != \"S3CR3T\") { return 403; }\nsecure_link_secret S3CR3T;\nenv DB_PASS=S3CR3T;\nmap $http_x_api_key $known {\n    default 0;\n    \"S3CR3T\" 1;\n}\nmap $http_upgrade $connection_upgrade {\n    '' close;\n    websocket upgrade;\n}\n",
        );
        check(
            FileKind::Nginx,
            "proxy_pass http://app:8000;\nlocation /ws { proxy_pass http://app:8000; proxy_pass_header Server; }\nssl_certificate_key /etc/tls/key.pem;\nserver { ssl_password_file /etc/tls/pass; }\nproxy_set_header Authorization $http_authorization;\nlocation /token { return 301 /tokens/; }\nif ($http_authorization = \"\") { return 401; }\n",
        );
        check(
            FileKind::Env,
            "COMPASS_URL=https://maps\nBYPASS=1\nTOKEN_URL=https://id/token\nAUTH_HOST=id\nTOKEN_HOST=id\nFTP_PASSIVE=yes\nPASS_THROUGH=1\nDB_PASS=S3CR3T\nSMTP_PASS: S3CR3T\n",
        );
        check(FileKind::Yaml, "nginx:\n  proxy_pass: http://app:8000\n  by_pass: all\n  compass: north\n");
        check(FileKind::Dockerfile, "RUN echo 'proxy_pass=http://app' > a\nENV DB_PASSWORD S3CR3T\nENV AUTH_HOST id\n");
        check(
            FileKind::TypeScript,
            "const compass = 'north';\nconst bypass = ['/a'];\nconst tokenUrl = '/token';\nfetch(url, { credentials: 'include' });\n",
        );
        check(FileKind::Json, "{\"clientSecret\": \"S3CR3T\", \"port\": 80}\n");
        check(FileKind::Other, "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----\nend\n");
    }

    #[test]
    fn tokens_are_known_by_their_form() {
        let jwt = format!("a = '{}.{}.{}'", "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "c2lnbmF0dXJl");
        assert_eq!(source(&jwt, FileKind::TypeScript), format!("a = '{}'", "*".repeat(53)));
        assert_eq!(
            prose("the browser connects to `wss://me:pw@h/ws?token=abc&x=1`"),
            "the browser connects to `wss://*****@h/ws?token=***&x=1`"
        );
        assert_eq!(prose("`proxy_pass=http://app`"), "`proxy_pass=http://app`");
    }
}
