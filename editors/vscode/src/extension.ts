// What VS Code starts: the server, its status, and the commands.

import { type ExtensionContext, window, workspace } from "vscode";
import { register } from "./commands";
import { Pages, SCHEME } from "./pages";
import { FILES, Server } from "./server";
import { Status } from "./status";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
    const output = window.createOutputChannel("stacklint", { log: true });
    const status = new Status(FILES);
    const pages = new Pages();
    const started = new Server(status, output);
    server = started;
    context.subscriptions.push(
        output,
        status,
        pages,
        workspace.registerTextDocumentContentProvider(SCHEME, pages),
        workspace.onDidCloseTextDocument((document) => {
            if (document.uri.scheme === SCHEME) {
                pages.forget(document.uri);
            }
        }),
        workspace.onDidChangeConfiguration(async (event) => {
            if (event.affectsConfiguration("stacklint.enable") || event.affectsConfiguration("stacklint.path")) {
                await started.restart();
            } else if (event.affectsConfiguration("stacklint")) {
                await started.configure();
            }
        }),
        // From now on what the workspace's settings say of the program counts.
        workspace.onDidGrantWorkspaceTrust(() => started.restart()),
        ...register(started, pages),
    );
    // Not waited for: the commands are there even while the server starts, or if it does not.
    void started.restart();
}

export async function deactivate(): Promise<void> {
    await server?.stop();
}
