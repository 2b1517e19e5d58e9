/** Assembles the root file system of the image: what the Dockerfile copies onto `scratch`. */
import { Command } from "commander";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findProgram, installMissing } from "../install/installMissing.ts";
import { linkageOf } from "./linkage.ts";
import { imagePaths, planRootfs } from "./planRootfs.ts";
import { describeSizes, writeRootfs } from "./writeRootfs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = new Command("rootfs")
  .description("Assembles the root file system of the image: the executable, HAProxy, and what they need.")
  .option("--output <directory>", "where to; what is there is removed", `${root}dist/rootfs`)
  .option("--executable <file>", "the marathon-lb to take", `${root}dist/marathon-lb`)
  .option("--tree <directory>", "the root of another Debian release to take HAProxy and libraries from")
  .parse(process.argv)
  .opts<{ output: string; executable: string; tree?: string }>();

try {
  const [executable, output] = [resolve(options.executable), resolve(options.output)];
  const tree = options.tree && resolve(options.tree);
  if (!existsSync(executable)) throw new Error(`There is no ${executable}: run deno task build first`);
  await installMissing(
    [...tree === undefined ? ["haproxy"] : [], { package: "ca-certificates", file: imagePaths.caBundle }],
    (line) => console.log(line),
  );
  const haproxy = tree === undefined
    ? await findProgram("haproxy", process.env.PATH) as string
    : `${tree}${imagePaths.haproxy}`;
  const sizes = await writeRootfs(
    planRootfs({
      marathonLb: { path: executable, linkage: await linkageOf(executable, tree) },
      haproxy: { path: haproxy, linkage: await linkageOf(haproxy, tree) },
      caBundle: imagePaths.caBundle,
      tree,
    }),
    output,
  );
  console.log(`Assembled ${relative(process.cwd(), output) || "."}:`);
  for (const line of describeSizes(sizes)) console.log(line);
} catch (error) {
  console.error(`rootfs: ${(error as Error).message}`);
  process.exitCode = 1;
}
