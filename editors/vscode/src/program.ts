// Where the stacklint program is: what the setting names, else what PATH holds.

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { posix, win32 } from "node:path";

/** What the search depends on, so that it can be tried for every system on one. */
export interface Surroundings {
    readonly platform: string;
    readonly home: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** The first folder of the workspace. */
    readonly folder: string | undefined;
    /** Whether a path is a file that can be run. */
    readonly runs: (path: string) => Promise<boolean>;
}

/** The program as an absolute path, or why there is none, as a sentence for the user. */
export type Search = { readonly program: string } | { readonly problem: string };

/** Finds the program. `setting` is `stacklint.path`; empty means: not set. */
export async function findProgram(setting: string, around: Surroundings): Promise<Search> {
    const paths = around.platform === "win32" ? win32 : posix;
    const wanted = setting.trim();
    if (wanted !== "") {
        const path = expanded(wanted, around);
        if (!paths.isAbsolute(path)) {
            return { problem: `The setting stacklint.path is not an absolute path: ${wanted}` };
        }
        for (const candidate of spellings(path, around)) {
            if (await around.runs(candidate)) {
                return { program: candidate };
            }
        }
        return { problem: `The setting stacklint.path names no program that can be run: ${path}` };
    }
    // A relative entry of PATH would let the opened folder supply the program; so would leaving the search to the
    // system, which on Windows looks into the current directory first.
    const separator = around.platform === "win32" ? ";" : ":";
    const directories = (variable(around, "PATH") ?? "")
        .split(separator)
        .map((directory) => directory.replace(/^"(.*)"$/, "$1"))
        .filter((directory) => paths.isAbsolute(directory));
    // An editor started from the desktop does not always see the PATH that a shell sets up.
    directories.push(paths.join(variable(around, "CARGO_HOME") ?? paths.join(around.home, ".cargo"), "bin"));
    for (const directory of directories) {
        for (const candidate of spellings(paths.join(directory, "stacklint"), around)) {
            if (await around.runs(candidate)) {
                return { program: candidate };
            }
        }
    }
    return { problem: "The stacklint program was not found on PATH." };
}

/** Whether `path` is a file that this system can run. */
export async function isProgram(path: string): Promise<boolean> {
    try {
        await access(path, constants.X_OK);
        return (await stat(path)).isFile();
    } catch {
        return false;
    }
}

function expanded(path: string, around: Surroundings): string {
    if (/^~[/\\]/.test(path)) {
        return around.home + path.slice(1);
    }
    const folder = "${workspaceFolder}";
    if (around.folder !== undefined && path.startsWith(folder)) {
        return around.folder + path.slice(folder.length);
    }
    return path;
}

/** On Windows the ending may be left out. Scripts (`.cmd`) are left alone: they need a shell, which would read arguments. */
function spellings(path: string, around: Surroundings): string[] {
    if (around.platform !== "win32" || /\.exe$/i.test(path)) {
        return [path];
    }
    return [`${path}.exe`];
}

/** Names of environment variables have no case on Windows. */
function variable(around: Surroundings, name: string): string | undefined {
    if (around.platform !== "win32") {
        return around.environment[name];
    }
    const key = Object.keys(around.environment).find((key) => key.toUpperCase() === name);
    return key === undefined ? undefined : around.environment[key];
}
