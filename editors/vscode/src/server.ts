// The language server: finds the program, starts it, and says what became of it.

import { homedir } from "node:os";
import { dirname } from "node:path";
import { type LogOutputChannel, Uri, commands, env, window, workspace } from "vscode";
import { LanguageClient, type LanguageClientOptions, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { findProgram, isProgram } from "./program";
import * as settings from "./settings";
import type { Status } from "./status";

const INSTALL = "https://github.com/stacklint/stacklint/blob/main/docs/editors.md#the-program";

/** What belongs to stacks: by its name, since one format goes by several languages (a `.env` is `dotenv`, `properties`, ...). */
export const FILES = [
    { scheme: "file", pattern: "**/*.{yaml,yml,json,toml,properties,ini,conf,cnf,cfg,env}" },
    { scheme: "file", pattern: "**/{.env*,env.*}" },
    ...["dockercompose", "dotenv", "postgresql-conf", "pg-hba"].map((language) => ({ scheme: "file", language })),
];

export class Server {
    private client: LanguageClient | undefined;
    /** Starting and stopping take turns, however fast settings change. */
    private turn: Promise<void> = Promise.resolve();

    constructor(
        private readonly status: Status,
        readonly output: LogOutputChannel,
    ) {}

    /** Starts the server, or starts it anew, as the settings now say. */
    restart(): Promise<void> {
        this.turn = this.turn.then(async () => {
            await this.halt();
            await this.begin();
        });
        return this.turn;
    }

    stop(): Promise<void> {
        this.turn = this.turn.then(() => this.halt());
        return this.turn;
    }

    /** The server if it runs. */
    running(): LanguageClient | undefined {
        return this.client?.isRunning() === true ? this.client : undefined;
    }

    /** Hands changed settings on. */
    async configure(): Promise<void> {
        const parameters = { settings: { stacklint: settings.forServer() } };
        await this.running()?.sendNotification("workspace/didChangeConfiguration", parameters);
    }

    /** The program, or nothing, in which case the user has been told. */
    async program(): Promise<string | undefined> {
        const search = await findProgram(settings.path(), {
            platform: process.platform,
            home: homedir(),
            environment: process.env,
            folder: workspace.workspaceFolders?.[0]?.uri.fsPath,
            runs: isProgram,
        });
        if ("program" in search) {
            return search.program;
        }
        this.failed(search.problem);
        void this.offerHelp(search.problem);
        return undefined;
    }

    private async begin(): Promise<void> {
        if (!settings.enabled()) {
            this.status.show("off", "The setting stacklint.enable switches it off.");
            return;
        }
        this.status.show("starting");
        const program = await this.program();
        if (program === undefined) {
            return;
        }
        this.output.info(`Starting ${program} lsp`);
        const client = new LanguageClient("stacklint", "stacklint", this.invocation(program), this.options(program));
        this.client = client;
        client.onDidChangeState(({ newState }) => {
            if (this.client !== client) {
                return;
            }
            void commands.executeCommand("setContext", "stacklint.running", newState === State.Running);
            if (newState === State.Running) {
                this.status.show("ready", this.version(program));
            } else if (newState === State.Starting) {
                this.status.show("starting");
            } else {
                this.failed("The server stopped. Its output says more.");
            }
        });
        try {
            await client.start();
        } catch (error) {
            this.client = undefined; // what it does from now on is of no interest
            const reason = error instanceof Error ? error.message : String(error);
            const problem = `${program} did not start as a language server. It may be too old for this extension.`;
            this.failed(`${problem} ${reason}`);
            void this.offerHelp(problem);
        }
    }

    private async halt(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        void commands.executeCommand("setContext", "stacklint.running", false);
        this.status.show("off");
        try {
            // A server that failed to start cannot be asked to stop.
            await (client?.needsStop() === true ? client.dispose() : undefined);
        } catch (error) {
            this.output.warn(`The server did not stop in order: ${String(error)}`);
        }
    }

    private invocation(program: string): { command: string; args: string[]; options: { cwd: string } } {
        // The first folder, so that relative paths mean the same as in a terminal there.
        const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath ?? dirname(program);
        return { command: program, args: ["lsp"], options: { cwd } };
    }

    private options(program: string): LanguageClientOptions {
        return {
            documentSelector: FILES,
            initializationOptions: settings.forServer(),
            outputChannel: this.output,
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            middleware: {
                workspace: {
                    configuration: ({ items }) =>
                        items.map(({ section }) => (section === undefined || section === "stacklint" ? settings.forServer() : null)),
                },
                handleWorkDoneProgress: (token, parameters, next) => {
                    const text = [parameters.kind === "begin" ? parameters.title : "", parameters.message ?? ""];
                    const shown = parameters.kind === "end" ? undefined : text.filter((part) => part !== "").join(": ");
                    this.status.scan(token, shown, this.version(program));
                    next(token, parameters);
                },
            },
        };
    }

    private version(program: string): string {
        const version = this.client?.initializeResult?.serverInfo?.version;
        return version === undefined ? program : `${version}, ${program}`;
    }

    private failed(problem: string): void {
        this.output.error(problem);
        this.status.show("failed", problem);
    }

    private async offerHelp(problem: string): Promise<void> {
        const install = "How to Install It";
        const choose = "Set the Path";
        const output = "Show the Output";
        const answer = await window.showErrorMessage(problem, install, choose, output);
        if (answer === install) {
            await env.openExternal(Uri.parse(INSTALL));
        } else if (answer === choose) {
            await commands.executeCommand("workbench.action.openSettings", "stacklint.path");
        } else if (answer === output) {
            this.output.show();
        }
    }
}
