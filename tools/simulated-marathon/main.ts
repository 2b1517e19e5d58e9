import { readFile } from "node:fs/promises";
import process from "node:process";
import { type CommandLine, commandLine } from "./commandLine.ts";
import { readAppsFile } from "./readAppsFile.ts";
import { SimulatedMarathon } from "./SimulatedMarathon.ts";

try {
  await run(commandLine().parse().opts<CommandLine>());
} catch (error) {
  console.error(`simulated-marathon: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** Runs until TERM or INT. */
async function run(flags: CommandLine): Promise<void> {
  const apps = (await Promise.all(flags.apps.map(readAppsFile))).flat();
  const fixedApps = (await Promise.all(flags.snapshot.map(readAppsFile))).flat();
  const { host, port, nodes, auth, servicePorts, framing, redirectStatus } = flags;
  const marathon = await SimulatedMarathon.start({
    host,
    port,
    nodes,
    auth,
    servicePorts,
    framing,
    redirectStatus,
    tls: await readTls(flags),
    taskHosts: flags.taskHost.length > 0 ? flags.taskHost : undefined,
    timings: {
      stagingMs: flags.staging,
      healthyMs: flags.healthy,
      killGraceMs: flags.killGrace,
      relaunchMs: flags.relaunch,
      keepAliveMs: flags.keepAlive,
    },
    log: (line) => console.error(line),
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });

  try {
    marathon.setApps(fixedApps);
    for (const app of apps) await marathon.createApp(app);
    for (const [index, url] of marathon.urls.entries()) {
      console.log(`Marathon at ${url}${index === marathon.leader ? " (leader)" : ""}`);
    }
    await stopped;
  } finally {
    await marathon.stop();
  }
}

async function readTls({ tlsKey, tlsCert }: CommandLine): Promise<{ key: string; cert: string } | undefined> {
  if (tlsKey === undefined && tlsCert === undefined) return undefined;
  if (tlsKey === undefined || tlsCert === undefined) {
    throw new Error("HTTPS needs both --tls-key and --tls-cert; only one of them is given");
  }
  const [key, cert] = await Promise.all([readFile(tlsKey, "utf8"), readFile(tlsCert, "utf8")]);
  return { key, cert };
}
