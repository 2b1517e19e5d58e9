/** Assembles the root file system of the image: what the Dockerfile copies onto `scratch`. */
import { Command } from "commander";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findProgram } from "../install/findProgram.ts";
import { installMissing } from "../install/installMissing.ts";
import { describeSizes } from "./describeSizes.ts";
import { linkageOf } from "./linkageOf.ts";
import { imagePaths, planRootfs } from "./planRootfs.ts";
import { writeRootfs } from "./writeRootfs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = new Command("rootfs")
  .description("Assembles the root file system of the image: the executable, HAProxy, and what they need.")
  .option("--output <directory>", "where to; what is there is removed", `${root}dist/rootfs`)
  .option("--executable <file>", "the marathon-lb to take", `${root}dist/marathon-lb`)
  .parse(process.argv)
  .opts<{ output: string; executable: string }>();

try {
  const [executable, output] = [resolve(options.executable), resolve(options.output)];
  if (!existsSync(executable)) throw new Error(`There is no ${executable}: run deno task build first`);
  await installMissing(
    ["haproxy", { package: "ca-certificates", file: imagePaths.caBundle }],
    (line) => console.log(line),
  );
  const haproxy = await findProgram("haproxy", process.env.PATH) as string;
  const sizes = await writeRootfs(
    planRootfs({
      marathonLb: { path: executable, linkage: await linkageOf(executable) },
      haproxy: { path: haproxy, linkage: await linkageOf(haproxy) },
      caBundle: imagePaths.caBundle,
    }),
    output,
  );
  console.log(`Assembled ${relative(process.cwd(), output) || "."}:`);
  for (const line of describeSizes(sizes)) console.log(line);
} catch (error) {
  console.error(`rootfs: ${(error as Error).message}`);
  process.exitCode = 1;
}
