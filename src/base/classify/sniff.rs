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
        assert!(confirm_nginx(b"# site\nserver {\n  listen 80;\n}\n"));
        assert!(confirm_nginx(b"proxy_set_header Host $host;\n"));
        assert!(confirm_nginx(b"map $http_upgrade $connection_upgrade {\n"));
        assert!(!confirm_nginx(b"<VirtualHost *:80>\n  ProxyPass / http://a/ # location of\n</VirtualHost>\n"));
        assert!(!confirm_nginx(b"[program:web]\ncommand=x --location y\n"));
        assert!(!confirm_nginx(b"#!/bin/sh\nexec nginx # server {\n"));
        assert!(!confirm_nginx(b"maxmemory 2mb\n"));
    }
}
