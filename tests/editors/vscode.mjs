// The extension in a real VS Code: code-server, driven through Chromium.
//
//   STACKLINT=...      the program
//   VSIX=...           the package of editors/vscode
//   CODE_SERVER=...    code-server, or its entry.js
//   CHROMIUM=...       Chromium or Chrome
//   PLAYWRIGHT=...     the folder of playwright-core
//   SCREENSHOT=...     a picture for the README goes there, if it is set
//   KEEP=1             leaves the working folder, with pictures of what failed
//
// Everything listens on 127.0.0.1, lives in a folder of its own, and is ended by its process id.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { STACKLINT, VSIX, CODE_SERVER, CHROMIUM, PLAYWRIGHT, SCREENSHOT, KEEP } = process.env;
const { chromium } = createRequire(import.meta.url)(PLAYWRIGHT);

const base = mkdtempSync(join(tmpdir(), "stacklint-vscode-"));
const stack = join(base, "work", "shop");
const compose = join(stack, "compose.yaml");
const SETTINGS = {
    "stacklint.path": STACKLINT,
    "security.workspace.trust.enabled": false,
    "workbench.startupEditor": "none",
    "workbench.colorTheme": "Default Light Modern",
    "workbench.tips.enabled": false,
    "editor.minimap.enabled": false,
    "editor.fontSize": 13,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": false,
    "git.enabled": false,
};
let failed = 0;

function say(good, what, detail) {
    console.log(`${good ? "ok  " : "FAIL"} ${what}${good || detail === undefined ? "" : `\n     ${detail}`}`);
    failed += good ? 0 : 1;
    return good;
}

/** Waits until `condition` holds, for at most 30 seconds. */
async function wait(what, condition, detail) {
    const end = Date.now() + 30_000;
    let last;
    while (Date.now() < end) {
        last = await condition().catch(() => undefined);
        if (last) {
            return say(true, what);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return say(false, what, await detail?.());
}

function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.on("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

function codeServer(...args) {
    const isScript = CODE_SERVER.endsWith(".js");
    return [isScript ? process.execPath : CODE_SERVER, [...(isScript ? [CODE_SERVER] : []), ...args]];
}

/** Writes the settings of the workspace, which win over those of the user. */
function configure(settings) {
    mkdirSync(join(stack, ".vscode"), { recursive: true });
    writeFileSync(join(stack, ".vscode", "settings.json"), JSON.stringify(settings));
}

/** What `stacklint check` says of the files as they are on disk: [rule, path, line]. */
function checked() {
    let output;
    try {
        output = execFileSync(STACKLINT, ["check", "--format", "json", "."], { cwd: stack, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
        output = error.stdout;
    }
    return JSON.parse(output).findings.map(({ rule, location }) => [rule, location.path, location.start.line]);
}

const environment = { ...process.env, HOME: base, XDG_CONFIG_HOME: join(base, "config") };
delete environment.VSCODE_IPC_HOOK_CLI;
const extensions = `--extensions-dir=${join(base, "extensions")}`;

async function main() {
    const [installer, installing] = codeServer("--install-extension", VSIX, `--user-data-dir=${join(base, "data")}`, extensions);
    execFileSync(installer, installing, { env: environment, stdio: "pipe" });
    await serve(SETTINGS, session);
    const trust = { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };
    await serve({ ...SETTINGS, ...trust }, restricted);
}

/** Opens a fresh copy of the shop in VS Code with these settings of the user, and has `body` look at it. */
async function serve(settings, body) {
    rmSync(stack, { recursive: true, force: true });
    mkdirSync(dirname(stack), { recursive: true });
    cpSync(join(here, "..", "..", "fixtures", "stacks", "shop"), stack, {
        recursive: true,
        filter: (path) => !path.endsWith("expected.txt"),
    });
    const data = mkdtempSync(join(base, "data-"));
    mkdirSync(join(data, "User"), { recursive: true });
    writeFileSync(join(data, "User", "settings.json"), JSON.stringify(settings));
    if (body === restricted) {
        configure({ "stacklint.path": trap() });
    }
    const port = await freePort();
    const [program, starting] = codeServer(
        "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check",
        "--disable-getting-started-override", `--user-data-dir=${data}`, extensions, stack,
    );
    const server = spawn(program, starting, { env: environment, stdio: "pipe", detached: true });
    process.on("exit", () => end(server));
    let browser;
    try {
        await new Promise((resolve, reject) => {
            server.on("exit", (code) => reject(new Error(`code-server ended with ${code}`)));
            server.stdout.on("data", (data) => String(data).includes("HTTP server listening") && resolve());
        });
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--force-color-profile=srgb"] });
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 });
        try {
            await body(page, port, server);
        } catch (error) {
            say(false, "the script", error.stack);
            await page.screenshot({ path: join(base, "failed.png") }).catch(() => {});
        }
    } finally {
        await browser?.close();
        end(server);
    }
}

/** A program that a stranger's workspace wants to have run: it leaves a file. */
function trap() {
    const path = join(stack, "stacklint");
    writeFileSync(path, `#!/bin/sh\ntouch "${join(base, "sprung")}"\nexec "${STACKLINT}" "$@"\n`, { mode: 0o755 });
    return path;
}

/** A workspace that nobody trusts yet. */
async function restricted(page, port, server) {
    await page.goto(address(port));
    await page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor();
    await wait("a workspace that is not trusted has its problems", () => page.locator(".squiggly-error").first().isVisible());
    say(running(server).length === 1 && !existsSync(join(base, "sprung")), "and its settings do not choose the program");
}

/** The stack with compose.yaml opened. */
function address(port) {
    const payload = JSON.stringify([["openFile", `vscode-remote://127.0.0.1:${port}${compose}`]]);
    return `http://127.0.0.1:${port}/?folder=${encodeURIComponent(stack)}&payload=${encodeURIComponent(payload)}`;
}

/** The process ids of the language servers that code-server runs. */
function running(server) {
    try {
        return execFileSync("pgrep", ["-g", String(server.pid), "-f", `${STACKLINT} lsp`], { encoding: "utf8" }).trim().split("\n");
    } catch {
        return []; // pgrep found none
    }
}

/** Ends code-server with the extension host and the language server, which are in its group. */
function end(server) {
    try {
        process.kill(-server.pid, "SIGTERM");
    } catch {
        // It is gone.
    }
}

async function session(page, port, server) {
    await page.goto(address(port));

    const command = async (title) => {
        await page.keyboard.press("F1");
        const input = page.locator(".quick-input-widget .quick-input-box input");
        await input.waitFor();
        await input.fill(`>${title}`);
        const first = page.locator(".quick-input-list .monaco-list-row").first();
        await first.filter({ hasText: title }).waitFor({ timeout: 10_000 });
        await page.keyboard.press("Enter");
    };
    const open = async (name) => {
        // Not by Ctrl+P, which needs ripgrep: an installation without install scripts has none.
        await page.locator(".explorer-folders-view .label-name").getByText(name, { exact: true }).dblclick();
        await page.locator(".tab.active").filter({ hasText: name }).waitFor();
        await page.keyboard.press("Control+1");
    };
    const goTo = async (line, column) => {
        await page.keyboard.press("Control+G");
        const input = page.locator(".quick-input-widget .quick-input-box input");
        await input.waitFor();
        await input.fill(`:${line},${column}`);
        await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: `line ${line}` }).first().waitFor();
        await page.keyboard.press("Enter");
        await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    };
    const labels = () => page.locator(".markers-panel .monaco-list-row").evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label") ?? ""));
    const text = () => page.locator(".editor-group-container.active .view-lines").innerText().then((text) => text.replaceAll("\u00a0", " "));

    // Problems: those of the command line, of all files, opened or not.
    await wait("a problem is underlined", () => page.locator(".squiggly-error").first().isVisible(), () => page.locator(".notifications-toasts").innerText());
    await command("Problems: Focus on Problems View");
    const wanted = checked();
    const badge = async () => Number(await page.locator(".panel .action-item.checked .badge-content").innerText({ timeout: 1000 }));
    await wait(`all ${wanted.length} problems of \`stacklint check\` are counted`, async () => (await badge()) === wanted.length, badge);
    const rows = await labels();
    const names = await page.locator(".markers-panel .monaco-list-row").allInnerTexts();
    say(names.some((row) => row.includes("plaintext-secret")), "with the names of their rules", names.join("\n     "));
    say(!rows.some((row) => row.includes("k9mQ2vXw7LpR")), "and without the secret");

    if (SCREENSHOT) {
        await open("compose.yaml");
        await goTo(11, 9);
        await page.keyboard.press("Control+K");
        await page.keyboard.press("Control+I");
        await page.locator(".monaco-hover .hover-contents").first().waitFor();
        await page.waitForTimeout(1500);
        await page.screenshot({ path: SCREENSHOT });
        await page.keyboard.press("Escape");
    }

    const version = execFileSync(STACKLINT, ["--version"], { encoding: "utf8" }).trim().split(" ")[1];
    const status = async () => (await page.locator(".statusbar-item").evaluateAll((items) => items.map((item) => item.getAttribute("aria-label") ?? ""))).join("\n     ");
    await page.locator(".statusbar-item[id='status.languageStatus']").hover();
    const hover = page.locator(".hover-language-status");
    await wait("the status tells that it runs, and which one", async () => (await hover.allInnerTexts()).join(" ").includes(version), async () => `${await hover.allInnerTexts()}\n     ${await status()}`);

    // A quick fix, as a person picks it, and what is on disk after saving.
    await open("compose.override.yaml");
    await goTo(4, 12);
    await page.keyboard.press("Control+.");
    const menu = page.locator(".action-widget .monaco-list-row.action");
    await menu.first().waitFor();
    for (const title of await menu.allInnerTexts()) {
        console.log(`     action: ${title.trim()}`);
    }
    await page.screenshot({ path: join(base, "actions.png") });
    await page.keyboard.press("Enter");
    await wait("the quick fix changes the text", async () => (await text()).includes("!reset"), text);
    await page.keyboard.press("Control+S");
    const [saved, fixed] = [join(stack, "compose.override.yaml"), fixedByCheck("compose.override.yaml", "ineffective-override")];
    await wait("what is saved is what `check --fix` would write", async () => readFileSync(saved, "utf8") === fixed, async () => readFileSync(saved, "utf8"));
    await wait("and the port that it closes is no problem any more", async () => !(await labels()).some((row) => row.includes("port 5432")), async () => (await labels()).join("\n     "));

    // An edit of .env that is not saved.
    await open(".env");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("DB_PASSWORD=");
    await wait("an unsaved edit of .env takes its problem away", async () => !(await labels()).some((row) => row.includes("plaintext-secret")), async () => (await labels()).join("\n     "));
    await page.keyboard.press("Control+Z");
    await page.keyboard.press("Control+Z");
    await page.keyboard.press("Control+Z");

    // The commands.
    await open("compose.yaml");
    await command("stacklint: Show the Resolved Stack");
    await wait("the resolved stack is shown", async () => (await text()).includes("services.api."), text);
    say(!(await text()).includes("k9mQ2vXw7LpR"), "without the secret");
    await open("compose.yaml");
    await command("stacklint: Explain a Rule");
    const pick = page.locator(".quick-input-widget .quick-input-box input");
    await pick.fill("published-datastore-port");
    await page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    await page.keyboard.press("Enter");
    await wait("the page of a rule is shown", () => page.locator(".tab.active").filter({ hasText: /published-datastore-port/ }).isVisible());
    const preview = async () => (await Promise.all(page.frames().map((frame) => frame.locator("body").innerText({ timeout: 1000 }).catch(() => "")))).join("\n");
    await wait("as Markdown, with its severity and its examples", async () => /published-datastore-port[\s\S]*severity: high[\s\S]*Bad: compose.yaml/.test(await preview()), preview);
    await page.screenshot({ path: join(base, "rule.png") });
    await open("compose.yaml");
    const [before] = running(server);
    await command("stacklint: Restart the Server");
    await wait("another server runs after a restart", async () => (running(server)[0] ?? before) !== before);
    await wait("and tells the problems again", async () => (await labels()).length > 0);

    const unfixed = await badge();
    await open("compose.yaml");
    await command("stacklint: Fix All Safe Problems in This File");
    await wait("all safe fixes of a file are applied", async () => (await text()).includes("max-size"), text);
    await page.keyboard.press("Control+Z");
    await command("stacklint: Fix All Safe Problems in the Workspace");
    await wait("and those of all files", async () => (await text()).includes("max-size") && (await badge()) < unfixed, text);

    // Settings, while it runs.
    await command("Problems: Focus on Problems View");
    configure({ "stacklint.minSeverity": "critical" });
    await wait("what is less severe than the setting says goes away", async () => (await labels()).length === 0, async () => (await labels()).join("\n     "));
    configure({});
    await wait("and comes back", async () => (await labels()).length > 0);
    configure({ "stacklint.path": "/nowhere/stacklint" });
    const toasts = () => page.locator(".notifications-toasts").innerText({ timeout: 1000 }).catch(() => "");
    await wait("a program that is not there is told, with what to do", async () => /names no program.*/.test(await toasts()) && (await toasts()).includes("How to Install It"), toasts);
    await wait("and leaves no problems behind", async () => (await labels()).length === 0);
    await page.screenshot({ path: join(base, "absent.png") });
    configure({});
    await wait("with the program they come back", async () => (await labels()).length > 0);
    await page.screenshot({ path: join(base, "end.png") });
}

/** The text of a file of the shop after the command line has mended the findings of one rule, in a copy. */
function fixedByCheck(name, rule) {
    const copy = join(base, "copy");
    cpSync(join(here, "..", "..", "fixtures", "stacks", "shop"), copy, { recursive: true });
    try {
        execFileSync(STACKLINT, ["check", "--fix", "--select", rule, "."], { cwd: copy, stdio: "pipe" });
    } catch {
        // It found something, which is what its exit code says.
    }
    return readFileSync(join(copy, name), "utf8");
}

for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => process.exit(1)); // so that what hangs on the exit is done
}
try {
    await main();
} finally {
    if (KEEP) {
        console.log(`     kept: ${base}`);
    } else {
        rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
}
process.exit(failed > 0 ? 1 : 0);
