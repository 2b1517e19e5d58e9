import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseCommandLine } from "../../lib/core/flags/commandLine.ts";
import { version } from "../../lib/core/version.ts";
import { fixedEntries, imagePaths, writableDirectories } from "../../tools/rootfs/planRootfs.ts";
import { instruction, readDockerfile, words } from "../support/readDockerfile.ts";

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const [base, ...others] = readDockerfile().filter(({ name }) => name === "FROM").map(({ text }) => text);
const last = readDockerfile().slice(readDockerfile().findLastIndex(({ name }) => name === "FROM") + 1);

Deno.test("Dockerfile: what is built in one stage is copied onto nothing, and nothing runs there", () => {
  assert.match(base!, /^node:\d+-trixie-slim AS build$/);
  assert.deepEqual(others, ["scratch"]);
  assert.deepEqual(last.filter(({ name }) => name === "COPY").map(({ text }) => text), [
    "--from=build /rootfs/ /",
  ]);
  assert.deepEqual(last.filter(({ name }) => name === "RUN" || name === "ADD"), []);
});

Deno.test("Dockerfile: it is built by this repository's tasks, with the Deno that CI has", () => {
  const [, deno] = /npx -y (deno@\S+) task test/.exec(text(".ci/run"))!;
  const [install, ...build] = readDockerfile().filter(({ name }) => name === "RUN").map(({ text }) => text);
  assert.match(
    install!,
    /^apt-get update && apt-get install -y --no-install-recommends [a-z0-9 -]+ && rm -rf \S+$/,
  );
  assert.deepEqual(build, [
    `npx -y ${deno} task build --runtime node`,
    `npx -y ${deno} task rootfs --output /rootfs`,
  ]);
  const { tasks } = JSON.parse(text("deno.json"));
  assert.ok(tasks.build && tasks.rootfs);
});

Deno.test("Dockerfile: the command is that of the reference's image, and can be read", () => {
  const [program, ...more] = words("ENTRYPOINT");
  assert.deepEqual([program, more], [imagePaths.marathonLb, []]);
  assert.deepEqual(words("CMD"), ["sse", "--health-check", "--group", "external"]);
  const started = parseCommandLine(words("CMD"), {});
  assert.ok(started.kind === "run");
  const { mode, healthCheck, groups } = started.options;
  assert.deepEqual([mode, healthCheck, groups], ["sse", true, ["external"]]);
});

Deno.test("Dockerfile: what is exposed is what the program listens on", () => {
  const started = parseCommandLine(words("CMD"), {});
  assert.ok(started.kind === "run");
  const { httpBind, httpsBind, adminBind, appidBind } = started.options;
  const ports = [httpBind, httpsBind, adminBind, appidBind].map((bind) => bind.split(":").at(-1));
  assert.deepEqual(instruction("EXPOSE").split(" "), ports);
});

Deno.test("Dockerfile: the health check is a command of the program, with time for its answer", () => {
  const [program, ...argv] = words("HEALTHCHECK");
  assert.equal(program, imagePaths.marathonLb);
  assert.deepEqual(parseCommandLine(argv, {}).kind, "health");
  const [, seconds] = /--timeout=(\d+)s/.exec(instruction("HEALTHCHECK"))!;
  assert.ok(Number(seconds) > 5, "it gives up by itself after 5 s");
});

Deno.test("Dockerfile: its directories are in the image, and it is stopped as the program expects", () => {
  const directories = fixedEntries.filter(({ kind }) => kind === "directory").map(({ path }) => path);
  assert.ok(directories.includes(last.find(({ name }) => name === "WORKDIR")!.text));
  assert.equal(instruction("STOPSIGNAL"), "SIGTERM");
  assert.equal(instruction("ENV"), "PATH=/usr/local/bin:/usr/sbin MALLOC_ARENA_MAX=1");
  const started = parseCommandLine(words("CMD"), {});
  assert.ok(started.kind === "run");
  const { workDir, runDir, stateDir, certDir } = started.options;
  const written = [certDir, workDir, runDir.replace(/^\/var\/run\//, "/run/"), stateDir];
  assert.deepEqual(written, [...writableDirectories]);
});

Deno.test("Dockerfile: its labels are those of OCI, and the version is the program's", () => {
  const labels = Object.fromEntries(
    [...instruction("LABEL").matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g)].map((
      [, key, value],
    ) => [key, value]),
  );
  assert.deepEqual(Object.keys(labels), ["title", "description", "version", "licenses"]);
  assert.equal(labels.version, version, "write the version of lib/core/version.ts into the Dockerfile");
});

Deno.test("Dockerfile: what was built or installed outside does not get into the build", () => {
  const ignored = text(".dockerignore").trim().split("\n");
  for (const path of ["dist", "node_modules"]) assert.ok(ignored.includes(path), path);
});
