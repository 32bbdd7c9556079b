// What the preview shows of a rule's page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rulePage } from "../src/rulePage";

test("the head becomes a list, an example says what it is", () => {
    const printed = [
        "severity:    high",
        "             medium: it is bound to one private address",
        "fix:         unsafe",
        "",
        "# some-rule",
        "",
        "What it finds.",
        "",
        "```bad compose.yaml",
        "services: {}",
        "```",
        "```file .env",
        "A=b",
        "```",
        "",
    ].join("\n");
    const shown = [
        "# some-rule",
        "",
        "- **severity**: high",
        "    - medium: it is bound to one private address",
        "- **fix**: unsafe",
        "",
        "What it finds.",
        "",
        "**Bad**: `compose.yaml`",
        "",
        "```yaml",
        "services: {}",
        "```",
        "**With**: `.env`",
        "",
        "```properties",
        "A=b",
        "```",
        "",
    ].join("\n");
    assert.equal(rulePage(printed), shown);
    assert.equal(rulePage(printed.replaceAll("\n", "\r\n")), shown);
});

test("what is no page is shown as it is", () => {
    assert.equal(rulePage("nothing known"), "nothing known");
});
