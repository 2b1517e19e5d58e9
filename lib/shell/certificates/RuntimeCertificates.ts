import {
  type LoadedCertificates,
  parseFingerprint,
  parseShowSslCert,
} from "../../core/certificates/parseShowSslCert.ts";
import type { CertificateUpdate } from "../../core/certificates/planCertificateUpdate.ts";
import { parseShowProc } from "../../core/haproxy/parseShowProc.ts";
import { servingWorker } from "../../core/haproxy/servingWorker.ts";
import type { MasterSocket } from "../haproxy/MasterSocket.ts";

/** The certificates of HAProxy's serving worker, through its runtime commands. Every method throws an `Error` of one line. */
export class RuntimeCertificates {
  readonly #socket: MasterSocket;

  constructor(socket: MasterSocket) {
    this.#socket = socket;
  }

  /** What the worker has loaded. */
  async list(signal: AbortSignal): Promise<LoadedCertificates> {
    const answer = await this.#ask(await this.#worker(signal), "show ssl cert", signal);
    const loaded = parseShowSslCert(answer);
    if (!loaded) throw new Error(`HAProxy listed no certificates but answered "${oneLine(answer)}"`);
    return loaded;
  }

  /** The fingerprint of what the worker has in service for a file; undefined when it does not tell. */
  async fingerprint(path: string, signal: AbortSignal): Promise<string | undefined> {
    return parseFingerprint(await this.#ask(await this.#worker(signal), `show ssl cert ${path}`, signal));
  }

  /** Brings one file into service; when that fails the old one stays. */
  async apply({ path, set, commit, abort }: CertificateUpdate, signal: AbortSignal): Promise<void> {
    const worker = await this.#worker(signal);
    try {
      const answer = await this.#ask(worker, set, signal);
      if (!/^Transaction (?:created|updated) for certificate /m.test(answer)) {
        throw new Error(`HAProxy did not take ${path}: ${oneLine(answer)}`);
      }
      // Dots for the instances it is used in come before the verdict, and warnings may.
      const outcome = await this.#ask(worker, commit, signal);
      if (!/^Success!$/m.test(outcome)) {
        throw new Error(`HAProxy did not bring ${path} into service: ${oneLine(outcome)}`);
      }
    } catch (error) {
      signal.throwIfAborted();
      await this.#abandon(worker, abort, signal);
      throw error;
    }
  }

  /** A transaction that stays open would have HAProxy refuse all others. */
  async #abandon(worker: string, abort: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#ask(worker, abort, signal);
    } catch {
      // The worker has ended, and its transaction with it; the failure before is the one to tell.
      signal.throwIfAborted();
    }
  }

  /** The prefix of its commands. Asked for anew each time: it changes with each reload. */
  async #worker(signal: AbortSignal): Promise<string> {
    const processes = parseShowProc(await this.#socket.command("show proc", signal));
    const worker = processes && servingWorker(processes);
    if (!worker) throw new Error(`HAProxy's master socket ${this.#socket.path} knows of no worker`);
    return `@!${worker.pid}`;
  }

  #ask(worker: string, command: string, signal: AbortSignal): Promise<string> {
    return this.#socket.command(`${worker} ${command}`, signal);
  }
}

function oneLine(answer: string): string {
  return answer.replace(/\s+/g, " ").slice(0, 300) || "no answer";
}
