import assert from "node:assert/strict";
import { parseServerLine, type ServerLine } from "../../../../lib/core/plan/plan.ts";
import { bodiesIn, type Configuration } from "../../../../lib/core/render/configuration.ts";

interface ModelledBackend {
  readonly body: string;
  published: boolean;
  /** Servers by name, each with whether it is in maintenance. */
  readonly servers: Map<string, { readonly line: string; maintenance: boolean }>;
}

/**
 * What HAProxy 3.4 does with the commands of a plan, as far as this program sees it (management guide, "Unix Socket
 * commands"; `cli_parse_add_backend` and `be_check_for_deletion` in its source). A command that HAProxy would refuse
 * fails the test.
 */
export class ModelledHaproxy {
  #bodies = new Set<string>();
  /** The backends that its frontends name, each with the text of the frontend. */
  #frontends = new Map<string, string>();
  readonly #backends = new Map<string, ModelledBackend>();
  readonly #maps = new Map<string, Map<string, string>>();

  constructor(files: Configuration) {
    this.load(files);
  }

  /** Loads files, as a reload does. */
  load(files: Configuration): void {
    this.#bodies = new Set(bodiesIn(files).keys());
    this.#frontends = frontendsOf(files);
    this.#backends.clear();
    for (const chunk of files.chunks.filter(({ backend }) => backend)) {
      const [, name = "", body = ""] = /^backend (\S+)(?: from (\S+))?$/m.exec(chunk.text)!;
      const lines = chunk.text.split("\n").flatMap((line) => parseServerLine(line) ?? []);
      const servers = new Map(
        lines.map((line) => [line.name, { line: lineOf(line), maintenance: line.disabled }]),
      );
      this.#backends.set(name, { body, published: true, servers });
    }
    for (const [file, text] of Object.entries(files.maps)) this.#maps.set(file, entriesOf(text ?? ""));
  }

  /** Executes the commands of one connection. */
  run(commands: readonly string[]): void {
    let experimental = false;
    for (const command of commands) {
      if (command === "experimental-mode on") experimental = true;
      else this.#execute(command, experimental);
    }
  }

  #execute(command: string, experimental: boolean): void {
    const [first, second, name = "", ...rest] = command.split(" ");
    const [backend = "", server = ""] = name.split("/");
    const refuse = (why: string) => assert.fail(`${command}: ${why}`);
    const one = this.#backends.get(backend);
    switch (`${first} ${second}`) {
      case "add backend":
        if (!experimental) refuse("no experimental mode");
        if (one) refuse("the name is used");
        if (!this.#bodies.has(rest[1]!)) refuse("no such body");
        this.#backends.set(backend, { body: rest[1]!, published: false, servers: new Map() });
        return;
      case "publish backend":
      case "unpublish backend":
        if (!one) return refuse("no such backend");
        one.published = first === "publish";
        return;
      case "del backend":
        if (!one || one.published || one.servers.size > 0 || this.#frontends.has(backend)) {
          refuse("not removable");
        }
        this.#backends.delete(backend);
        return;
      case "add server":
        if (!one || one.servers.has(server)) return refuse("no such backend, or a server of that name");
        one.servers.set(server, { line: rest.join(" ").replace(pooling, ""), maintenance: true });
        return;
      case "enable server":
      case "set server": {
        const found = one?.servers.get(server);
        if (!found) return refuse("no such server");
        found.maintenance = rest.join(" ") === "state maint";
        return;
      }
      case "del server":
        if (!one?.servers.get(server)?.maintenance) refuse("not in maintenance");
        one!.servers.delete(server);
        return;
      case "add map":
      case "set map": {
        const [key = "", value = ""] = rest;
        if (!this.#backends.get(value)?.published) refuse("it leads to a backend that is not published");
        this.#map(name).set(key, value);
        return;
      }
      case "del map":
        this.#map(name).delete(rest[0]!);
        return;
      default:
        refuse("unknown");
    }
  }

  #map(path: string): Map<string, string> {
    return this.#maps.get(path.split("/").at(-1)!)!;
  }

  /** All that serves requests, apart from frontends. What waits for its deletion does not: it is in maintenance. */
  serves(): unknown {
    const backends = [...this.#backends].filter(([, { published }]) => published).sort().map(
      ([name, { body, servers }]) => [
        name,
        body,
        [...servers].flatMap(([server, { line, maintenance }]) => maintenance ? [] : `${server} ${line}`)
          .sort(),
      ],
    );
    return { backends, maps: [...this.#maps].sort().map(([file, entries]) => [file, [...entries].sort()]) };
  }

  /** Names that maps lead to and no backend has. */
  dangling(): string[] {
    return [...this.#maps.values()].flatMap((entries) => [...entries.values()])
      .filter((name) => !this.#backends.get(name)?.published);
  }

  /** Frontends for service ports, as they are loaded. */
  get frontends(): ReadonlyMap<string, string> {
    return this.#frontends;
  }

  /** All backends, also those that are unpublished. */
  get names(): string[] {
    return [...this.#backends.keys()].sort();
  }
}

const pooling = " pool-max-conn -1 pool-purge-delay 5s";

function lineOf({ address, port, options }: ServerLine): string {
  return [`${address}:${port}`, ...options].join(" ");
}

function entriesOf(text: string): Map<string, string> {
  return new Map(
    text.split("\n").filter((line) => line !== "").map((line) => {
      const [key = "", value = ""] = line.split(" ");
      return [key, value];
    }),
  );
}

/** The frontends for service ports of a configuration, by the names of their backends. */
export function frontendsOf({ chunks }: Configuration): Map<string, string> {
  return new Map(
    chunks.filter(({ frontend }) => frontend).map(({ text }) => [/use_backend (\S+)/.exec(text)![1]!, text]),
  );
}
