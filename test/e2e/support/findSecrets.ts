import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./Bench.ts";
import type { MarathonLb } from "../../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./processesNaming.ts";

/**
 * Where one of the secrets can be read, as it is or in the forms that HTTP and URLs give it: the output of a run, its files,
 * its arguments, and the arguments and environment of its HAProxy.
 */
export function findSecrets(bench: Bench, lb: MarathonLb, secrets: readonly string[]): string[] {
  const forms = secrets.flatMap(formsOf);
  return [...placesOf(bench, lb)].filter(([, text]) => forms.some((form) => text.includes(form)))
    .map(([place]) => place);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, encoded, encodeURIComponent(secret), bytes.toString("base64")];
  return [...new Set([...forms, bytes.toString("base64url")])];
}

function* placesOf(bench: Bench, lb: MarathonLb): Generator<[place: string, text: string]> {
  yield ["standard output", lb.output];
  for (const line of lb.lines) yield [`the log: ${line}`, line];
  for (const path of readdirSync(bench.directory, { recursive: true, encoding: "utf8" })) {
    yield [`the name ${path}`, path];
  }
  for (const entry of readdirSync(bench.directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      yield [`the file ${entry.name}`, readFileSync(join(entry.parentPath, entry.name), "utf8")];
    }
  }
  yield ["the arguments", readProcess(lb.pid, "cmdline")];
  for (const pid of processesNaming(bench.configFile)) {
    for (const what of ["cmdline", "environ"]) yield [`HAProxy's ${what}`, readProcess(pid, what)];
  }
}

/** Nothing of a process that has ended. */
function readProcess(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return "";
  }
}
