// Starts `wirelint lsp` and leaves the rest to the language client.
import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

function makeClient(): LanguageClient {
  const settings = vscode.workspace.getConfiguration('wirelint');
  const server: ServerOptions = { command: settings.get('path', 'wirelint'), args: ['lsp'] };
  const options: LanguageClientOptions = {
    // One file of a connection may be of any language: configuration, env files, source code.
    documentSelector: [{ scheme: 'file' }],
    initializationOptions: { local: settings.get('local', false) },
  };
  return new LanguageClient('wirelint', 'wirelint', server, options);
}

async function start(): Promise<void> {
  client = makeClient();
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      `wirelint cannot be started (${reason}). Install it, or set "wirelint.path" to where it is.`,
    );
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('wirelint.restart', restart),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('wirelint.path') || event.affectsConfiguration('wirelint.local')) {
        await restart();
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
