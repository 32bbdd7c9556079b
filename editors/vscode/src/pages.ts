// Read-only documents that stacklint writes: resolved stacks and pages of rules.

import { EventEmitter, type TextDocumentContentProvider, Uri } from "vscode";

export const SCHEME = "stacklint";

export class Pages implements TextDocumentContentProvider {
    private readonly texts = new Map<string, string>();
    private readonly changed = new EventEmitter<Uri>();
    readonly onDidChange = this.changed.event;

    /** Puts `text` under `path`, in place of what stood there, and says where it can be opened. */
    show(path: string, text: string): Uri {
        const uri = Uri.from({ scheme: SCHEME, path: `/${path}` });
        this.texts.set(uri.toString(), text);
        this.changed.fire(uri);
        return uri;
    }

    provideTextDocumentContent(uri: Uri): string {
        return this.texts.get(uri.toString()) ?? "";
    }

    /** Nobody looks at it any more. */
    forget(uri: Uri): void {
        this.texts.delete(uri.toString());
    }

    dispose(): void {
        this.changed.dispose();
        this.texts.clear();
    }
}
