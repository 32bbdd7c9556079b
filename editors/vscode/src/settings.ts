// The settings of the editor, and what the server is told of them.

import { workspace } from "vscode";

/** The names under `stacklint` that the server reads. The others concern only the extension. */
const FOR_SERVER = ["config", "environment", "select", "ignore", "minSeverity", "minConfidence"] as const;

export function enabled(): boolean {
    return workspace.getConfiguration("stacklint").get<boolean>("enable", true);
}

export function path(): string {
    const value: unknown = workspace.getConfiguration("stacklint").get("path");
    return typeof value === "string" ? value : "";
}

/** What somebody set. What is left alone is not sent, so that `stacklint.yaml` and the defaults count. */
export function forServer(): Record<string, unknown> {
    const configuration = workspace.getConfiguration("stacklint");
    const settings: Record<string, unknown> = {};
    for (const name of FOR_SERVER) {
        const value: unknown = configuration.get(name);
        const unset = value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
        if (!unset) {
            settings[name] = value;
        }
    }
    return settings;
}
