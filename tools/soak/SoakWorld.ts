import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSignedCertificate } from "../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { type DemoPorts, demoPorts, killLeftoverHaproxy, startMarathonLb } from "../demo/marathonLb.ts";
import type { MarathonLb } from "../harness/MarathonLb.ts";
import { SimulatedMarathon } from "../simulated-marathon/SimulatedMarathon.ts";
import { soakApp } from "./soakApp.ts";

const nodes = 2;

/** A cluster of two simulated Marathons, and a marathon-lb that follows them. */
export class SoakWorld implements AsyncDisposable {
  readonly #cleanup: AsyncDisposableStack;

  private constructor(
    readonly directory: string,
    readonly ports: DemoPorts,
    readonly marathon: SimulatedMarathon,
    readonly marathonLb: MarathonLb,
    cleanup: AsyncDisposableStack,
  ) {
    this.#cleanup = cleanup;
  }

  /** Starts it with so many apps. Rejects, with nothing left behind, when something cannot be started. */
  static async start(
    { executable, haproxy, apps, killGraceMs, onLine }: {
      executable: string;
      haproxy: string;
      apps: number;
      killGraceMs: number;
      /** Gets each line of marathon-lb's log. */
      onLine: (line: string) => void;
    },
  ): Promise<SoakWorld> {
    await using cleanup = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-soak-"));
    cleanup.defer(() => rm(directory, { recursive: true, force: true }));
    // The last service port is the guest's.
    const ports = await demoPorts(apps + 1);

    const timings = { stagingMs: 100, healthyMs: 100, keepAliveMs: 500, killGraceMs };
    const marathon = cleanup.use(await SimulatedMarathon.start({ nodes, timings }));
    for (let index = 0; index < apps; index++) {
      await marathon.createApp(soakApp(index, ports.services[index] as number));
    }
    await marathon.settled();
    await replaceCertificate(directory);

    const serving = Promise.withResolvers<void>();
    const marathonLb = startMarathonLb({
      executable,
      directory,
      haproxy,
      marathonUrl: marathon.url,
      ports,
      flags: [
        ...["--marathon", ...marathon.urls],
        ...["--ssl-certs", certificateFile(directory)],
        ...["--sse-idle-timeout", "2", "--max-backoff", "2", "--hard-stop-after", "20"],
      ],
      onLine: (line) => {
        // Before that HAProxy may answer already, but dies with the start when it is killed.
        if (line.includes("HAProxy serves")) serving.resolve();
        onLine(line);
      },
    });
    cleanup.defer(async () => {
      await marathonLb.stop();
      await killLeftoverHaproxy(ports.admin);
    });
    const ended = marathonLb.ended.then((how) => {
      throw new Error(`marathon-lb ended by itself, ${how}`);
    });
    await Promise.race([serving.promise, ended]);
    return new SoakWorld(directory, ports, marathon, marathonLb, cleanup.move());
  }

  get admin(): string {
    return `http://127.0.0.1:${this.ports.admin}`;
  }

  get guestPort(): number {
    return this.ports.services.at(-1) as number;
  }

  /** Another certificate for all hosts. */
  replaceCertificate(): Promise<void> {
    return replaceCertificate(this.directory);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}

const certificateFile = (directory: string) => join(directory, "soak.pem");

/** By a rename, as careful programs do. */
async function replaceCertificate(directory: string): Promise<void> {
  const file = certificateFile(directory);
  await writeFile(`${file}~new`, await selfSignedCertificate("localhost", systemClock));
  await rename(`${file}~new`, file);
}
