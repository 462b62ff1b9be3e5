//! What all configurations of the tests share.

use std::path::Path;

use crate::table::Names;

/// Modules of Debian's package.
const MODULES: [&str; 21] = [
    "mpm_event",
    "authz_core",
    "authz_host",
    "authz_user",
    "authn_core",
    "authn_file",
    "auth_basic",
    "access_compat",
    "alias",
    "dir",
    "env",
    "setenvif",
    "headers",
    "rewrite",
    "slotmem_shm",
    "proxy",
    "proxy_http",
    "lbmethod_byrequests",
    "proxy_balancer",
    "socache_shmcb",
    "ssl",
];

/// Writes `httpd.conf` into a folder, with these sites in it and further files after lines `# file: sites/x.conf`; `root` is
/// the folder's name for httpd.
pub fn write(folder: &Path, root: &str, names: &Names, sites: &str) {
    let modules: String = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let filled = names.fill(sites);
    let mut parts = filled.split("# file: ");
    let own = parts.next().unwrap_or_default();
    let main = names.fill(&format!(
        "ServerRoot {root}\nPidFile {root}/httpd.pid\nErrorLog {root}/error.log\nDefaultRuntimeDir {root}\n\
         Mutex file:{root} default\n{modules}Listen 127.0.0.1:PLAIN1\nListen 127.0.0.1:PLAIN2\nListen 127.0.0.1:TLS1 https\n\
         ServerName main.test\nDocumentRoot ROOT\n{own}"
    ));
    std::fs::write(folder.join("httpd.conf"), main).expect("the main file");
    for part in parts {
        let (path, content) = part.split_once('\n').expect("a path");
        let path = folder.join(path.trim());
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }
}
