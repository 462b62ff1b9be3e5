//! A look at the bytes of files whose name does not say enough.

use memchr::memmem;

use crate::base::FileKind;

/// What bytes under a name are that several programs use, when it is as `kind` says or another proxy's.
#[must_use]
pub fn confirmed_kind(kind: FileKind, bytes: &[u8]) -> Option<FileKind> {
    match kind {
        FileKind::Nginx | FileKind::NginxTemplate if is_nginx(bytes) => Some(kind),
        FileKind::Nginx | FileKind::NginxTemplate | FileKind::Apache => is_apache(bytes).then_some(FileKind::Apache),
        FileKind::Haproxy => is_haproxy(bytes).then_some(kind),
        _ => None,
    }
}

/// Directives and sections that nearly every Apache configuration that matters has, and no other format as written.
const APACHE_SIGNS: [&[u8]; 24] = [
    b"<virtualhost",
    b"<directory",
    b"<directorymatch",
    b"<location",
    b"<locationmatch",
    b"<proxy",
    b"<files",
    b"<filesmatch",
    b"<ifmodule",
    b"documentroot",
    b"fallbackresource",
    b"loadmodule",
    b"proxypass",
    b"proxypassmatch",
    b"proxypassreverse",
    b"proxypreservehost",
    b"redirectmatch",
    b"requestheader",
    b"rewritecond",
    b"rewriteengine",
    b"rewriterule",
    b"serveralias",
    b"serverroot",
    b"sslengine",
];

/// Whether a line starts with a directive of Apache and does not end as one of nginx.
fn is_apache(bytes: &[u8]) -> bool {
    first_words(bytes).any(|(word, line)| {
        let sign = APACHE_SIGNS.iter().any(|sign| word.eq_ignore_ascii_case(sign));
        sign && !line.ends_with(b";") && !line.ends_with(b"{")
    })
}

/// Whether lines open two of HAProxy's sections, or one with `bind` or `server` in it.
fn is_haproxy(bytes: &[u8]) -> bool {
    let mut sections = 0;
    let mut members = 0;
    for (word, line) in first_words(bytes) {
        match word {
            b"global" | b"defaults" | b"frontend" | b"backend" | b"listen" if !line.ends_with(b"{") => sections += 1,
            b"bind" | b"server" | b"default_backend" | b"use_backend" if !line.ends_with(b";") => members += 1,
            _ => {}
        }
    }
    sections > 1 || sections == 1 && members > 0
}

/// The first word of each line that is no comment, and the line.
fn first_words(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.starts_with(b"#"));
    lines.map(|line| (line.split(u8::is_ascii_whitespace).next().unwrap_or_default(), line))
}

/// Whether bytes under a name that could be nginx configuration are.
fn is_nginx(bytes: &[u8]) -> bool {
    !has_foreign_start(bytes) && SIGNS.iter().any(|sign| memmem::find(bytes, sign).is_some())
}

/// Directives that are in nearly every nginx file that matters, and in no other format as written.
const SIGNS: [&[u8]; 8] =
    [b"server {", b"server{", b"location ", b"proxy_pass ", b"proxy_set_header ", b"upstream ", b"map $", b"geo $"];

/// Section headers and tags open the files of other programs (`[supervisord]`, `<VirtualHost *:80>`, `#!/bin/sh`).
fn has_foreign_start(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if start.starts_with(b"#!") {
        return true;
    }
    start
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"))
        .is_some_and(|line| line.starts_with(b"[") || line.starts_with(b"<"))
}

/// Bytes from the start that tell text from everything else.
const LOOKED_AT: usize = 8_192;

/// Whether bytes are no text. Text that a broken disk or editor left NULs in is text: what people wrote is still there.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let nuls = memchr::memchr_iter(0, bytes).count();
    if nuls == 0 {
        return false;
    }
    // UTF-16: every other byte
    let alone = bytes.windows(3).filter(|near| near[1] == 0 && near[0] != 0 && near[2] != 0).count();
    let is_foreign = |byte: &&u8| matches!(byte, 1..=8 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F);
    let no_text: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    let foreign = bytes.iter().filter(is_foreign).count() + no_text;
    let others = bytes.len() - nuls;
    alone * 3 > bytes.len() || foreign * 20 > others || others == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_nuls_is_told_from_binary() {
        let text = b"services:\n  web:\n    image: nginx\n";
        assert!(!is_binary(text));
        assert!(!is_binary(&[&text[..], &[0; 40], text].concat()));
        assert!(is_binary(&[&text[..], &[0, 1, 2, 3]].concat()));
        assert!(is_binary(b"\0GITCRYPT\0\x8f\x13\xf2\x07ab"));
        assert!(is_binary(&text.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<u8>>()));
        assert!(is_binary(&[0; 100]));
    }

    #[test]
    fn nginx_is_told_from_its_neighbours() {
        assert!(is_nginx(b"# site\nserver {\n  listen 80;\n}\n"));
        assert!(is_nginx(b"proxy_set_header Host $host;\n"));
        assert!(is_nginx(b"map $http_upgrade $connection_upgrade {\n"));
        assert!(!is_nginx(b"<VirtualHost *:80>\n  ProxyPass / http://a/ # location of\n</VirtualHost>\n"));
        assert!(!is_nginx(b"[program:web]\ncommand=x --location y\n"));
        assert!(!is_nginx(b"#!/bin/sh\nexec nginx # server {\n"));
        assert!(!is_nginx(b"maxmemory 2mb\n"));
    }

    #[test]
    fn proxies_are_told_from_each_other() {
        use FileKind::{Apache, Haproxy, Nginx, NginxTemplate};
        let apache = b"# site\n<VirtualHost *:80>\n  ServerName a.test\n</VirtualHost>\n";
        let haproxy = b"global\n  daemon\ndefaults\n  mode http\nfrontend a\n  bind :80\n";
        let nginx = b"server {\n  listen 80;\n}\n";
        let table: [(FileKind, &[u8], Option<FileKind>); 9] = [
            (Nginx, apache, Some(Apache)),
            (NginxTemplate, b"RewriteEngine on\nRewriteRule ^ - [F]\n", Some(Apache)),
            (Apache, apache, Some(Apache)),
            (Apache, nginx, None),
            (Nginx, nginx, Some(Nginx)),
            (Haproxy, haproxy, Some(Haproxy)),
            (Haproxy, b"[metadata]\nname = x\n", None),
            (Nginx, b"maxmemory 2mb\n", None),
            (Nginx, b"location /a { proxypass x; }\n", Some(Nginx)),
        ];
        for (kind, bytes, expected) in table {
            assert_eq!(confirmed_kind(kind, bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
