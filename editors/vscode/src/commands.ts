// The commands of the palette.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Disposable, type QuickPickItem, QuickPickItemKind, Uri, commands, languages, window, workspace } from "vscode";
import type { Pages } from "./pages";
import { rulePage } from "./rulePage";
import type { Server } from "./server";

const run = promisify(execFile);

/** What `stacklint rules --format json` says of a rule, as far as it is read here. */
interface Rule {
    readonly id: string;
    readonly family: string;
    readonly summary: string;
}

export function register(server: Server, pages: Pages): Disposable[] {
    return [
        commands.registerCommand("stacklint.restart", () => server.restart()),
        commands.registerCommand("stacklint.showOutput", () => server.output.show()),
        commands.registerCommand("stacklint.fixFile", () =>
            commands.executeCommand("editor.action.codeAction", { kind: "source.fixAll.stacklint", apply: "first" }),
        ),
        commands.registerCommand("stacklint.fixWorkspace", () => told(server, () => fixWorkspace(server))),
        commands.registerCommand("stacklint.showStack", () => told(server, () => showStack(server, pages))),
        commands.registerCommand("stacklint.explainRule", (rule?: unknown) =>
            told(server, () => explainRule(server, pages, typeof rule === "string" ? rule : undefined)),
        ),
    ];
}

/** Runs a command; if it fails, the user hears why. */
async function told(server: Server, command: () => Promise<void>): Promise<void> {
    try {
        await command();
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        server.output.error(reason);
        void window.showErrorMessage(`stacklint: ${reason}`);
    }
}

/** The document that a command is about, or nothing, in which case the user has been told. */
function subject(): Uri | undefined {
    const uri = window.activeTextEditor?.document.uri;
    if (uri?.scheme === "file") {
        return uri;
    }
    void window.showInformationMessage("stacklint: open a file of the stack first.");
    return undefined;
}

async function fixWorkspace(server: Server): Promise<void> {
    // The server answers with an edit, which VS Code applies and leaves to be looked at and saved.
    await server.running()?.sendRequest("workspace/executeCommand", { command: "stacklint.fixAll", arguments: [] });
}

async function showStack(server: Server, pages: Pages): Promise<void> {
    const uri = subject();
    if (uri === undefined) {
        return;
    }
    const text: unknown = await server.running()?.sendRequest("workspace/executeCommand", {
        command: "stacklint.explainStack",
        arguments: [uri.toString()],
    });
    if (typeof text !== "string" || text === "") {
        const name = workspace.asRelativePath(uri);
        void window.showInformationMessage(`stacklint: ${name} belongs to no stack.`);
        return;
    }
    const folder = workspace.asRelativePath(Uri.joinPath(uri, ".."), true);
    const page = pages.show(`stacks/${folder}.properties`, text);
    await window.showTextDocument(page, { preview: true });
}

async function explainRule(server: Server, pages: Pages, asked: string | undefined): Promise<void> {
    const program = await server.program();
    if (program === undefined) {
        return;
    }
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    const options = folder === undefined ? {} : { cwd: folder };
    const id = asked ?? (await pickRule(program, options));
    if (id === undefined) {
        return;
    }
    if (!/^[a-z0-9-]+$/.test(id) || id.startsWith("-")) {
        throw new Error(`${id} is not the id of a rule.`);
    }
    const { stdout } = await run(program, ["explain", id, "--color", "never"], options);
    const page = pages.show(`rules/${id}.md`, rulePage(stdout));
    await commands.executeCommand("markdown.showPreview", page);
}

/** Rules that found something at the cursor come first, then those of this file, then all. */
async function pickRule(program: string, options: { cwd?: string }): Promise<string | undefined> {
    const { stdout } = await run(program, ["rules", "--format", "json"], { ...options, maxBuffer: 16 << 20 });
    const rules = JSON.parse(stdout) as Rule[];
    const here = found();
    const items: QuickPickItem[] = [];
    const add = (heading: string, chosen: Rule[]): void => {
        if (chosen.length > 0) {
            items.push({ label: heading, kind: QuickPickItemKind.Separator });
            items.push(...chosen.map(({ id, family, summary }) => ({ label: id, description: family, detail: summary })));
        }
    };
    add("At the cursor", rules.filter(({ id }) => here.cursor.has(id)));
    add("In this file", rules.filter(({ id }) => here.file.has(id) && !here.cursor.has(id)));
    add("All rules", rules.filter(({ id }) => !here.file.has(id)));
    const picked = await window.showQuickPick(items, {
        placeHolder: "The rule to explain",
        matchOnDescription: true,
        matchOnDetail: true,
    });
    return picked?.label;
}

/** The rules with problems in the active document, and those at its cursor. */
function found(): { cursor: Set<string>; file: Set<string> } {
    const cursor = new Set<string>();
    const file = new Set<string>();
    const editor = window.activeTextEditor;
    for (const diagnostic of editor === undefined ? [] : languages.getDiagnostics(editor.document.uri)) {
        const code = typeof diagnostic.code === "object" ? diagnostic.code.value : diagnostic.code;
        if (diagnostic.source === "stacklint" && code !== undefined) {
            file.add(String(code));
            if (editor?.selection.intersection(diagnostic.range) !== undefined) {
                cursor.add(String(code));
            }
        }
    }
    return { cursor, file };
}
