//! Bytes that are a whole tree: each file is a record separator, its path, a line end, its content.

use wirelint::base::MemoryTree;

/// What stands before each file.
const SEPARATOR: u8 = 0x1E;

/// Names that mean something to wirelint, for generators to put in.
pub const NAMES: &[&str] = &[
    ".env",
    ".env.production",
    ".env.example",
    ".gitignore",
    ".github/workflows/deploy.yml",
    "Dockerfile",
    "Procfile",
    "app/__init__.py",
    "app/main.py",
    "app/routers/ws.py",
    "docker-compose.yml",
    "docker-compose.override.yml",
    "index.html",
    "manage.py",
    "nginx/conf.d/default.conf",
    "nginx/nginx.conf",
    "nginx/templates/default.conf.template",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "server/index.js",
    "src/App.vue",
    "src/App.svelte",
    "src/main.ts",
    "src/api/client.ts",
    "start.sh",
    "tsconfig.json",
    "vercel.json",
    "vite.config.ts",
    "web/.env",
    "web/Dockerfile",
    "web/package.json",
    "web/src/socket.tsx",
    "wirelint.toml",
];

/// The files of a written tree; at most so many as a small repository has.
pub fn read(bytes: &[u8]) -> MemoryTree {
    let files = bytes.split(|byte| *byte == SEPARATOR).skip(1).take(40).map(|file| {
        let end = file.iter().position(|byte| *byte == b'\n').unwrap_or(file.len());
        let (path, content) = file.split_at(end);
        (String::from_utf8_lossy(path).into_owned(), content.get(1..).unwrap_or_default().to_vec())
    });
    MemoryTree::from_files(files.filter(|(path, _)| !path.is_empty()))
}

/// Files as [`read`] reads them.
pub fn written<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, content) in files {
        bytes.push(SEPARATOR);
        bytes.extend_from_slice(path.as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(content);
    }
    bytes
}
