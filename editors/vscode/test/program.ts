// Which program is found, on which system.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Surroundings, findProgram } from "../src/program";

function around(programs: string[], more: Partial<Surroundings> = {}): Surroundings {
    return {
        platform: "linux",
        home: "/home/ann",
        environment: { PATH: "/usr/local/bin:/usr/bin" },
        folder: "/srv/shop",
        runs: (path) => Promise.resolve(programs.includes(path)),
        ...more,
    };
}

const WINDOWS: Partial<Surroundings> = {
    platform: "win32",
    home: "C:\\Users\\ann",
    environment: { Path: 'C:\\Tools;"D:\\More Tools"' },
    folder: "C:\\shop",
};

test("the first directory of PATH that holds it", async () => {
    const found = await findProgram("", around(["/usr/bin/stacklint", "/usr/local/bin/stacklint"]));
    assert.deepEqual(found, { program: "/usr/local/bin/stacklint" });
});

test("where cargo installs, if PATH has none", async () => {
    assert.deepEqual(await findProgram("", around(["/home/ann/.cargo/bin/stacklint"])), {
        program: "/home/ann/.cargo/bin/stacklint",
    });
    const elsewhere = { environment: { PATH: "/usr/bin", CARGO_HOME: "/opt/cargo" } };
    assert.deepEqual(await findProgram("", around(["/opt/cargo/bin/stacklint"], elsewhere)), {
        program: "/opt/cargo/bin/stacklint",
    });
});

test("a relative entry of PATH does not count: the opened folder must not supply the program", async () => {
    const relative = { environment: { PATH: ".:bin::/usr/bin" } };
    const found = await findProgram("", around(["stacklint", "./stacklint", "bin/stacklint", "/usr/bin/stacklint"], relative));
    assert.deepEqual(found, { program: "/usr/bin/stacklint" });
});

test("none at all is said in a sentence", async () => {
    assert.deepEqual(await findProgram("", around([])), { problem: "The stacklint program was not found on PATH." });
});

test("the setting wins over PATH, with ~ and ${workspaceFolder}", async () => {
    const programs = ["/usr/bin/stacklint", "/opt/stacklint", "/home/ann/bin/stacklint", "/srv/shop/bin/stacklint"];
    for (const [setting, program] of [
        ["/opt/stacklint", "/opt/stacklint"],
        [" /opt/stacklint ", "/opt/stacklint"],
        ["~/bin/stacklint", "/home/ann/bin/stacklint"],
        ["${workspaceFolder}/bin/stacklint", "/srv/shop/bin/stacklint"],
    ] as const) {
        assert.deepEqual(await findProgram(setting, around(programs)), { program });
    }
});

test("a setting that leads nowhere is no reason to take another program", async () => {
    const missing = await findProgram("/opt/none", around(["/usr/bin/stacklint"]));
    assert.deepEqual(missing, { problem: "The setting stacklint.path names no program that can be run: /opt/none" });
    const relative = await findProgram("bin/stacklint", around(["bin/stacklint"]));
    assert.ok("problem" in relative && relative.problem.includes("not an absolute path"));
    const nowhere = await findProgram("${workspaceFolder}/a", { ...around(["/a"]), folder: undefined });
    assert.ok("problem" in nowhere);
});

test("Windows: Path in any spelling, quotes, .exe, no scripts", async () => {
    const found = await findProgram("", around(["C:\\Tools\\stacklint.cmd", "D:\\More Tools\\stacklint.exe"], WINDOWS));
    assert.deepEqual(found, { program: "D:\\More Tools\\stacklint.exe" });
    const set = await findProgram("C:\\Tools\\stacklint", around(["C:\\Tools\\stacklint.exe"], WINDOWS));
    assert.deepEqual(set, { program: "C:\\Tools\\stacklint.exe" });
});
