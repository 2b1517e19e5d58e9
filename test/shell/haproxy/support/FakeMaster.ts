import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Answers one command; undefined says nothing and keeps the connection. */
type Answer = (command: string) => string | undefined;

/** A master socket that answers what a test says, for what a real HAProxy does too seldom. */
export class FakeMaster implements AsyncDisposable {
  readonly commands: string[] = [];
  readonly #open = new Set<Socket>();

  private constructor(readonly directory: string, readonly server: Server, answer: Answer) {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
      socket.once("data", (data) => {
        const [command = ""] = data.toString().split("\n");
        this.commands.push(command);
        const text = answer(command);
        if (text !== undefined) socket.end(text);
      });
    });
  }

  static async listen(answer: Answer): Promise<FakeMaster> {
    const directory = await mkdtemp(join(tmpdir(), "fake-master-"));
    const master = new FakeMaster(directory, createServer(), answer);
    master.server.listen(master.path);
    await once(master.server, "listening");
    return master;
  }

  get path(): string {
    return join(this.directory, "master.sock");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const socket of this.#open) socket.destroy();
    await once(this.server, "close");
    await rm(this.directory, { recursive: true });
  }
}
