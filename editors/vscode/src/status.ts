// What stacklint is doing, in the language status of the files that it reads.

import { type DocumentSelector, type LanguageStatusItem, LanguageStatusSeverity, languages } from "vscode";

export type State = "off" | "starting" | "scanning" | "ready" | "failed";

const WORDS: Record<State, string> = {
    off: "stacklint is off",
    starting: "stacklint is starting",
    scanning: "stacklint is reading the stacks",
    ready: "stacklint",
    failed: "stacklint does not run",
};

export class Status {
    private readonly item: LanguageStatusItem;
    private readonly scans = new Set<string | number>();

    constructor(selector: DocumentSelector) {
        this.item = languages.createLanguageStatusItem("stacklint", selector);
        this.item.name = "stacklint";
        this.item.command = { command: "stacklint.showOutput", title: "Show the output" };
        this.show("off");
    }

    /** `detail` is the version, or what went wrong. */
    show(state: State, detail = ""): void {
        this.item.text = WORDS[state];
        this.item.busy = state === "starting" || state === "scanning";
        this.item.severity = state === "failed" ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
        this.item.detail = detail;
        if (state !== "scanning" && state !== "ready") {
            this.scans.clear();
        }
    }

    /** A scan began or went on (`text`), or ended (`undefined`). */
    scan(token: string | number, text: string | undefined, version: string): void {
        if (text === undefined) {
            this.scans.delete(token);
        } else {
            this.scans.add(token);
        }
        this.show(this.scans.size > 0 ? "scanning" : "ready", text ?? version);
    }

    dispose(): void {
        this.item.dispose();
    }
}
