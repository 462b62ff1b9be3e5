//! What nginx does to an answer before it hands it on: buffers, compression.

use super::NginxInstance;
use super::tree::{LevelId, LevelKind, Statement, is_harmless};
use crate::base::Place;
use crate::model::proxy::Buffering;

impl NginxInstance {
    /// Whether answers of `level` are buffered; `None` when an include that is not in the repository may say so.
    #[must_use]
    pub(super) fn buffers(&self, level: LevelId) -> Option<Buffering> {
        let written = self.tree.effective(level, "proxy_buffering");
        let until = written.as_ref().map(|(id, _)| *id);
        for (id, level) in self.tree.outward(level) {
            if level.kind == LevelKind::Http || Some(id) == until {
                break;
            }
            if level.unseen.iter().any(|(_, path)| !is_harmless(path)) {
                return None;
            }
        }
        match written.and_then(|(_, found)| found.last().copied()) {
            None => {}
            Some(statement) => match statement.arg(0)? {
                "on" => {}
                "off" => return Some(Buffering::Off),
                _ => return None,
            },
        }
        let ignored = self.tree.effective(level, "proxy_ignore_headers").is_some_and(|(_, found)| {
            let args = found.iter().flat_map(|statement| &statement.args);
            args.into_iter().any(|arg| arg.text.eq_ignore_ascii_case("x-accel-buffering"))
        });
        Some(if ignored { Buffering::Always } else { Buffering::On })
    }

    /// Whether browsers speak HTTP/2 to a port that takes TLS; `None` when an include that is not in the repository may say
    /// so.
    #[must_use]
    pub(super) fn has_http2(&self, port: u16) -> Option<bool> {
        let on = |statement: &Statement| &*statement.name == "http2" && statement.arg(0) == Some("on");
        let mut unseen = false;
        for (id, server) in self.tree.http_servers() {
            if !super::select::listens(server).iter().any(|listen| listen.port == Some(port)) {
                continue;
            }
            // One `listen` with the word turns it on for the whole address.
            let by_listen = server.statements.iter().any(|statement| {
                &*statement.name == "listen" && statement.args.iter().any(|arg| matches!(&*arg.text, "http2" | "quic"))
            });
            for (_, level) in self.tree.outward(id) {
                if level.statements.iter().any(on) {
                    return Some(true);
                }
                unseen |= level.kind != LevelKind::Http && level.unseen.iter().any(|(_, path)| !is_harmless(path));
            }
            if by_listen {
                return Some(true);
            }
        }
        (!unseen).then_some(false)
    }

    /// The directive by which answers of this type are compressed at `level`.
    pub(super) fn gzips(&self, level: LevelId, content_type: &str) -> Option<Place> {
        let (_, gzip) = self.tree.effective(level, "gzip")?;
        if gzip.last()?.arg(0) != Some("on") {
            return None;
        }
        let (_, types) = self.tree.effective(level, "gzip_types")?;
        let names = |statement: &&Statement| {
            statement.args.iter().any(|arg| &*arg.text == "*" || arg.text.eq_ignore_ascii_case(content_type))
        };
        types.iter().copied().find(names).map(|statement| statement.place)
    }
}
