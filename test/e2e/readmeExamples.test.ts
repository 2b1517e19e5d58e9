import assert from "node:assert/strict";
import { markdownBlocks } from "../support/markdownBlocks.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { labels as page } from "./support/readme/readmeCommands.ts";

const blocks = markdownBlocks(page);
/** Labels, and the lines that docs/labels.md says they lead to. */
const examples = blocks.flatMap(({ language, text }, index) =>
  language === "json" && !("id" in JSON.parse(text)) ? [{ labels: text, lines: blocks[index + 1] }] : []
);

endToEnd("docs/labels.md: each example of labels leads to the lines shown with it", async (bench) => {
  assert.ok(examples.length >= 8);
  const marathon = await bench.startMarathon();
  for (const { labels, lines } of examples) {
    assert.equal(lines?.language, "haproxy", `the block after ${labels}`);
    marathon.setApps([appWith(JSON.parse(labels))]);
    const { code, output, lines: log } = await bench.run([
      ...["--dry", "--strict-exit", "--group", "external", "--marathon", bench.marathonUrl],
      ...["--syslog-socket", "/dev/null"],
    ]);
    assert.equal(code, 0, log.join("\n"));
    assertInOrder(output.split("\n"), lines!.text.split("\n"));
  }
});

/** The app of the page's examples. */
function appWith(labels: Record<string, string>) {
  return {
    id: "/web",
    instances: 1,
    labels: { HAPROXY_GROUP: "external", ...labels },
    portDefinitions: [{ port: 10000 }],
    healthChecks: [{ protocol: "HTTP", path: "/health", portIndex: 0 }],
    tasks: [{ id: "web.1", appId: "/web", host: "10.0.0.11", ports: [31000], state: "TASK_RUNNING" }],
  };
}

/** The shown lines are in the configuration in this order; `…` in them stands for anything within the line. */
function assertInOrder(configuration: readonly string[], shown: readonly string[]): void {
  let position = 0;
  for (const line of shown) {
    const pattern = new RegExp(`^${line.trimEnd().split("…").map(RegExp.escape).join(".*")}$`);
    const found = configuration.findIndex((candidate, index) => index >= position && pattern.test(candidate));
    assert.ok(
      found >= 0,
      `no line ${JSON.stringify(line)} after line ${position} of\n${configuration.join("\n")}`,
    );
    position = found + 1;
  }
}
