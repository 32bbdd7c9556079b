// Builds the extension into dist/, and brings what the package takes from the repository.
//
//   node build.mjs [--minify]    the extension
//   node build.mjs --test        the tests, for node --test

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = join(here, "..", "..");
const common = { absWorkingDir: here, bundle: true, platform: "node", target: "node20", logLevel: "warning" };

if (process.argv.includes("--test")) {
    rmSync(join(here, "dist", "test"), { recursive: true, force: true });
    const tests = readdirSync(join(here, "test")).map((name) => join("test", name));
    await build({ ...common, entryPoints: tests, outdir: "dist/test", format: "esm", outExtension: { ".js": ".mjs" } });
} else {
    rmSync(join(here, "dist"), { recursive: true, force: true });
    const { metafile } = await build({
        ...common,
        metafile: true,
        entryPoints: ["src/extension.ts"],
        outfile: "dist/extension.js",
        format: "cjs",
        external: ["vscode"],
        minify: process.argv.includes("--minify"),
    });
    writeFileSync(join(here, "dist", "THIRD-PARTY.txt"), notices(Object.keys(metafile.inputs)));
    mkdirSync(join(here, "schemas"), { recursive: true });
    cpSync(join(repository, "schemas", "stacklint.schema.json"), join(here, "schemas", "stacklint.schema.json"));
    for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
        cpSync(join(repository, name), join(here, name));
    }
}

/** The licences of the packages that are in the bundle, as they ask for. */
function notices(inputs) {
    const packages = new Set(inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
    const texts = [...packages].sort().map((path) => {
        const { name, version, license } = JSON.parse(readFileSync(join(here, path, "package.json"), "utf8"));
        const file = readdirSync(join(here, path)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
        if (file === undefined) {
            throw new Error(`${name} says nothing of its licence`);
        }
        return `${name} ${version} (${license})\n\n${readFileSync(join(here, path, file), "utf8").trim()}\n`;
    });
    return texts.join("\n----\n\n");
}
