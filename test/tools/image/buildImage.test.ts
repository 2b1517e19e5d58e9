import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { baseOf } from "../../../tools/image/buildImage.ts";

Deno.test("base image: its name and its release of Debian are those of the Dockerfile's first stage", () => {
  const dockerfile = readFileSync(new URL("../../../Dockerfile", import.meta.url), "utf8");
  const { name, release } = baseOf(dockerfile);
  assert.match(dockerfile, new RegExp(`^FROM ${name} AS build$`, "m"));
  assert.equal(name, `node:22-${release}-slim`);
  assert.throws(() => baseOf("FROM alpine\n"), /teach tools\/image its base image/);
});
