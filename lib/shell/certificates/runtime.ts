import {
  type CertificateUpdate,
  type LoadedCertificates,
  parseFingerprint,
  parseShowCrtList,
  parseShowCrtLists,
  parseShowSslCert,
  withoutSlash,
} from "../../core/certificates/update.ts";
import { parseShowProc, servingWorker } from "../../core/haproxy/answers.ts";
import { isWord, type SocketCommand, socketCommand, toWorker } from "../../core/haproxy/socketCommand.ts";
import type { MasterSocket } from "../haproxy/socket.ts";

/** What the serving worker has loaded. */
export interface WorkerCertificates extends LoadedCertificates {
  /** Its process id. */
  readonly worker: number;
}

/** HAProxy was reloaded since it was asked what it has loaded. */
export class OtherWorker extends Error {}

/** The certificates of HAProxy's serving worker, through its runtime commands. Every method throws an `Error` of one line. */
export class RuntimeCertificates {
  readonly #socket: MasterSocket;

  constructor(socket: MasterSocket) {
    this.#socket = socket;
  }

  /**
   * What the worker has loaded.
   *
   * @param paths files and directories: the files of these directories are listed as such
   */
  async list(signal: AbortSignal, paths: readonly string[] = []): Promise<WorkerCertificates> {
    const worker = await this.#worker(signal);
    const answer = await this.#ask(worker, socketCommand`show ssl cert`, signal);
    const loaded = parseShowSslCert(answer);
    if (!loaded) throw new Error(`HAProxy listed no certificates but answered "${oneLine(answer)}"`);
    const directories = new Map<string, readonly string[]>();
    const given = new Set(paths.map(withoutSlash).filter(isWord));
    const lists = given.size === 0 ? "" : await this.#ask(worker, socketCommand`show ssl crt-list`, signal);
    for (const list of parseShowCrtLists(lists)) {
      if (!given.has(list)) continue;
      const entries = parseShowCrtList(
        await this.#ask(worker, socketCommand`show ssl crt-list ${list}`, signal),
      );
      if (entries) directories.set(list, entries);
    }
    return { ...loaded, directories, worker };
  }

  /** The fingerprint of what the worker has in service for a file; undefined when it does not tell. */
  async fingerprint(path: string, signal: AbortSignal): Promise<string | undefined> {
    // A file that no command can name is compared with its earlier content alone.
    if (!isWord(path)) return undefined;
    const command = socketCommand`show ssl cert ${path}`;
    return parseFingerprint(await this.#ask(await this.#worker(signal), command, signal));
  }

  /**
   * Brings one file into service, or out of it. When that fails, what was done is undone.
   *
   * @param expected the worker that the update is for; any by default
   * @throws {OtherWorker} when another one serves
   */
  async apply({ commands, undo }: CertificateUpdate, signal: AbortSignal, expected?: number): Promise<void> {
    const worker = await this.#worker(signal);
    if (worker !== (expected ?? worker)) {
      throw new OtherWorker(`HAProxy's worker ${expected} does not serve any more, ${worker} does`);
    }
    try {
      for (const { text, expect, failure } of commands) {
        const answer = await this.#ask(worker, text, signal);
        if (!expect.test(answer)) throw new Error(`${failure}: ${oneLine(answer)}`);
      }
    } catch (error) {
      signal.throwIfAborted();
      await this.#abandon(worker, undo, signal);
      throw error;
    }
  }

  /** A transaction that stays open would have HAProxy refuse all others. */
  async #abandon(worker: number, undo: readonly SocketCommand[], signal: AbortSignal): Promise<void> {
    try {
      for (const command of undo) await this.#ask(worker, command, signal);
    } catch {
      // The worker has ended, and its transaction with it; the failure before is the one to tell.
      signal.throwIfAborted();
    }
  }

  /** Its process id. Queried each time: it changes with each reload. */
  async #worker(signal: AbortSignal): Promise<number> {
    const processes = parseShowProc(await this.#socket.command(socketCommand`show proc`, signal));
    const worker = processes && servingWorker(processes);
    if (!worker) throw new Error(`HAProxy's master socket ${this.#socket.path} lists no worker`);
    return worker.pid;
  }

  #ask(worker: number, command: SocketCommand, signal: AbortSignal): Promise<string> {
    return this.#socket.command(toWorker(worker, command), signal);
  }
}

function oneLine(answer: string): string {
  return answer.replace(/\s+/g, " ").slice(0, 300) || "no answer";
}
