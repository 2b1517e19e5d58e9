import type { Runtime } from "../BuildOptions.ts";
import { lockedPackage, type LockFile } from "../LockFile.ts";
import type { Target } from "../targets.ts";
import type { Component } from "./Component.ts";
import { npmComponent } from "./npmComponent.ts";

/**
 * The runtime inside an executable as a component.
 *
 * @param denoVersion what is compiled in where the runtime is Deno's, which comes from no package
 */
export function runtimeComponent(
  runtime: Runtime,
  { node: { name, version, integrity } }: Target,
  { lock, denoVersion }: { lock: LockFile; denoVersion: string },
): Component {
  if (runtime === "node") {
    const known = integrity ?? lockedPackage(lock, name, version).integrity;
    return npmComponent("platform", { name, version, integrity: known });
  }
  const purl = `pkg:github/denoland/deno@v${denoVersion}`;
  return { type: "platform", "bom-ref": purl, name: "deno", version: denoVersion, purl };
}
