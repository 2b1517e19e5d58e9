import { spawnSync } from "node:child_process";
import process from "node:process";
import { findProgram } from "../../../../tools/install/installMissing.ts";
import { words } from "../../../support/readDockerfile.ts";
import { Bench } from "../Bench.ts";
import { type ContainerOptions, ImageContainer } from "./ImageContainer.ts";

const needed = { unshare: "util-linux", nsenter: "util-linux", capsh: "libcap2-bin", ip: "iproute2" };
const whyNot = await whyNoContainer();

/** Why no container can be made here; undefined where it can. */
export async function whyNoContainer(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root can make containers";
  for (const [program, name] of Object.entries(needed)) {
    if (!await findProgram(program, process.env.PATH)) return `there is no ${program}: install ${name}`;
  }
  const words = ["--mount", "--pid", "--net", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
  const { status, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
  return status === 0 ? undefined : `there are no namespaces to be had here: ${stderr.trim()}`;
}

/** Registers a test of the image, in a container on a bench of its own. */
export function inImage(
  name: string,
  options: ContainerOptions,
  test: (container: ImageContainer, bench: Bench) => Promise<void>,
): void {
  if (whyNot !== undefined) return Deno.test.ignore(`image: ${name} (${whyNot})`, () => {});
  const [program, ...rest] = words("ENTRYPOINT");
  Deno.test(`image: ${name}`, () =>
    Bench.use({ name: "image", command: [program!, ...rest] }, async (bench) => {
      await using container = await ImageContainer.prepare(bench, options);
      await test(container, bench);
      await container.stop();
    }));
}
