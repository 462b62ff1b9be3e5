//! Starts `wirelint lsp` in Zed.

use zed_extension_api::{self as zed, Command, Extension, LanguageServerId, Result, Worktree};

struct Wirelint;

impl Extension for Wirelint {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let command = worktree
            .which("wirelint")
            .ok_or("wirelint is not on PATH; install it, or set lsp.wirelint.binary.path")?;
        Ok(Command { command, args: vec!["lsp".into()], env: worktree.shell_env() })
    }

    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        let settings = zed::settings::LspSettings::for_worktree(server.as_ref(), worktree)?;
        Ok(settings.initialization_options)
    }
}

zed::register_extension!(Wirelint);
