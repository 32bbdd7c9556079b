// A rule's page, as `stacklint explain` prints it, for VS Code's preview of Markdown.

/** What heads the page (severity, confidence, ...) as a list, and examples under the names of their files, in colour. */
export function rulePage(printed: string): string {
    const lines = printed.replace(/\r\n/g, "\n").split("\n");
    const title = lines.findIndex((line) => line.startsWith("# "));
    if (title < 0) {
        return printed;
    }
    const head = lines
        .slice(0, title)
        .filter((line) => line.trim() !== "")
        .map((line) => headLine(line));
    const page = lines.slice(title + 1).flatMap((line) => fence(line) ?? [line]);
    return [lines[title], "", ...head, ...page].join("\n");
}

/** `severity:    high` as an item of a list; lines that go on below it are its own items. */
function headLine(line: string): string {
    const named = /^(\S[^:]*):\s+(.*)$/.exec(line);
    return named === null ? `    - ${line.trim()}` : `- **${named[1]}**: ${named[2]}`;
}

/** ` ```bad compose.yaml ` says what the example shows; an editor's preview only knows the language. */
function fence(line: string): string[] | undefined {
    const opened = /^(`{3,})(bad|good|fixed|file)(?:\s+(.*))?$/.exec(line.trimEnd());
    if (opened === null) {
        return undefined;
    }
    const [, ticks, kind = "", name = ""] = opened;
    const words: Record<string, string> = { bad: "Bad", good: "Good", fixed: "Fixed", file: "With" };
    return [`**${words[kind]}**${name === "" ? "" : `: \`${name}\``}`, "", `${ticks}${language(name)}`];
}

function language(name: string): string {
    const ending = /\.([a-z]+)$/.exec(name)?.[1] ?? "";
    if (ending === "yml" || ending === "yaml") {
        return "yaml";
    }
    return ["json", "toml"].includes(ending) ? ending : "properties";
}
