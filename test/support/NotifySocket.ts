import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The socket on which a service manager takes notifications, as systemd makes it for a unit of `Type=notify`. */
export class NotifySocket implements AsyncDisposable {
  /** The notifications that came, each as its assignments; not the question of systemd-notify whether they were taken. */
  readonly notifications: string[][] = [];
  readonly #child: ChildProcess;

  private constructor(
    /** As NOTIFY_SOCKET has it: a path, or @ and an abstract name. */
    readonly address: string,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  static async open(address: string): Promise<NotifySocket> {
    const script = fileURLToPath(new URL("listenForNotifications.ts", import.meta.url));
    const words = ["run", "-A", "--frozen", "--cached-only", "--no-check", "--unstable-net", script];
    // Not among its words: tests look for processes that name their directories.
    const env = { ...process.env, ADDRESS: address };
    const child = spawn(process.execPath, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    const socket = new NotifySocket(address, child);
    const lines = createInterface({ input: child.stdout! });
    const [first] = await once(lines, "line");
    assert.equal(first, "listening");
    lines.on("line", (line) => {
      const assignments = (JSON.parse(line) as string).split("\n").filter(Boolean);
      // Its descriptor was closed when it was read: that is the answer.
      if (assignments[0] !== "BARRIER=1") socket.notifications.push(assignments);
    });
    return socket;
  }

  /** How many notifications have this assignment. */
  count(assignment: string): number {
    return this.notifications.filter((assignments) => assignments.includes(assignment)).length;
  }

  /** The value of the last assignment of this name. */
  last(name: string): string | undefined {
    const assignment = this.notifications.flat().findLast((assignment) => assignment.startsWith(`${name}=`));
    return assignment?.slice(name.length + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    await ended;
  }
}
