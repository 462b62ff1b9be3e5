//! A look at the bytes of files whose name does not say enough.

use memchr::memmem;

/// Whether bytes under a name that could be nginx configuration are.
#[must_use]
pub fn confirm_nginx(bytes: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_is_told_from_its_neighbours() {
        assert!(confirm_nginx(b"# site\nserver {\n  listen 80;\n}\n"));
        assert!(confirm_nginx(b"proxy_set_header Host $host;\n"));
        assert!(confirm_nginx(b"map $http_upgrade $connection_upgrade {\n"));
        assert!(!confirm_nginx(b"<VirtualHost *:80>\n  ProxyPass / http://a/ # location of\n</VirtualHost>\n"));
        assert!(!confirm_nginx(b"[program:web]\ncommand=x --location y\n"));
        assert!(!confirm_nginx(b"#!/bin/sh\nexec nginx # server {\n"));
        assert!(!confirm_nginx(b"maxmemory 2mb\n"));
    }
}
