import { deepEqual, equal, match, throws } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type CommandLine, commandLine } from "../../tools/simulated-marathon/commandLine.ts";
import { api, taskUrl } from "./api.ts";

function parse(...flags: string[]): CommandLine {
  const silent = { writeErr: () => {}, writeOut: () => {} };
  return commandLine().exitOverride().configureOutput(silent).parse(flags, { from: "user" }).opts<
    CommandLine
  >();
}

Deno.test("flags have defaults", () => {
  const { port, nodes, apps, taskHost, auth, servicePorts, redirectStatus } = parse();
  deepEqual([port, nodes, apps, taskHost, auth, redirectStatus], [8080, 1, [], [], undefined, 307]);
  deepEqual(servicePorts, { min: 10_000, max: 20_000 });
});

Deno.test("flags are read, repeatable ones in order", () => {
  const flags = parse(
    "--apps",
    "a",
    "--apps",
    "b",
    "--auth",
    "me:pa:ss",
    "--service-ports",
    "5-9",
    "--port",
    "0",
  );
  deepEqual(flags.apps, ["a", "b"]);
  deepEqual(flags.auth, { user: "me", password: "pa:ss" });
  deepEqual(flags.servicePorts, { min: 5, max: 9 });
  equal(flags.port, 0);
});

const bad = [
  ["--port", "70000"],
  ["--nodes", "0"],
  ["--auth", "me"],
  ["--service-ports", "9-5"],
  ["--staging", "1s"],
  ["--redirect-status", "301"],
  ["--framing", "odd"],
  ["--unknown"],
];
for (const flags of bad) {
  Deno.test(`${flags.join(" ")} is refused`, () => {
    throws(() => parse(...flags), { name: /CommanderError|InvalidArgumentError/ });
  });
}

/** Runs the command under the Deno that runs the test. */
function run(...flags: string[]): ChildProcess {
  const main = fileURLToPath(new URL("../../tools/simulated-marathon/main.ts", import.meta.url));
  return spawn(Deno.execPath(), ["run", "-A", "--frozen", "--cached-only", main, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function firstLine(stream: ChildProcess["stdout"]): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

Deno.test("the command serves the apps of its files until it is stopped", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/apps.json`;
    await Deno.writeTextFile(file, JSON.stringify({ apps: [{ id: "/web" }] }));
    const child = run("--port", "0", "--apps", file, "--staging", "0");
    const exited = once(child, "exit");
    const line = await firstLine(child.stdout);
    match(line, /^Marathon at http:\/\/127\.0\.0\.1:\d+ \(leader\)$/);
    const url = line.split(" ")[2] ?? "";
    equal((await api("POST", `${url}/_sim/settled`)).status, 204);
    const [task] = (await api("GET", `${url}/v2/tasks`)).body.tasks;
    equal((await api("GET", taskUrl(task))).status, 200);
    // Not child.kill(): under Deno the exit event then names the signal, however the child ended.
    process.kill(Number(child.pid), "SIGTERM");
    deepEqual(await exited, [0, null]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const failures: { name: string; flags: string[]; message: RegExp }[] = [
  {
    name: "a file that is not there",
    flags: ["--apps", "/nowhere.json"],
    message: /\/nowhere\.json cannot be read/,
  },
  {
    name: "half of what HTTPS needs",
    flags: ["--tls-key", "key.pem"],
    message: /both --tls-key and --tls-cert/,
  },
];
for (const { name, flags, message } of failures) {
  Deno.test(`the command ends with one line for ${name}`, async () => {
    const child = run("--port", "0", ...flags);
    const exited = once(child, "exit");
    const line = await firstLine(child.stderr);
    match(line, /^simulated-marathon: /);
    match(line, message);
    deepEqual(await exited, [1, null]);
  });
}
