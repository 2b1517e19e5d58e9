import { Command, InvalidArgumentError, Option } from "commander";
import type { PortRange } from "./app/assignServicePorts.ts";
import { type Framing, framings } from "./events/frameEvents.ts";
import type { Credentials } from "./http/MarathonNode.ts";
import { defaultTimings } from "./Timings.ts";

/** The flags of the command, checked and with their defaults. */
export interface CommandLine {
  readonly host: string;
  readonly port: number;
  readonly nodes: number;
  /** Files of apps to create. */
  readonly apps: readonly string[];
  /** Files of apps to serve verbatim. */
  readonly snapshot: readonly string[];
  readonly auth?: Credentials;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
  readonly taskHost: readonly string[];
  readonly servicePorts: PortRange;
  readonly staging: number;
  readonly healthy: number;
  readonly killGrace: number;
  readonly relaunch: number;
  readonly keepAlive: number;
  readonly framing: Framing;
  readonly redirectStatus: 302 | 307;
}

/** The command; its options, once parsed, are a `CommandLine`. */
export function commandLine(): Command {
  return new Command("simulated-marathon")
    .description(
      "A Marathon over real HTTP, whose tasks are real HTTP servers: for tests and demonstrations.",
    )
    .addOption(new Option("--host <address>", "where to listen").default("127.0.0.1"))
    .addOption(port("--port <port>", "of the first node, the others follow; 0 is any free one").default(8080))
    .addOption(number("--nodes <count>", "Marathons in the cluster; the first leads", 1, 100).default(1))
    .addOption(
      new Option("--apps <file>", "JSON of apps to create; repeatable").argParser(append).default([], "none"),
    )
    .addOption(
      new Option("--snapshot <file>", "JSON of apps, with tasks, to serve as they are; repeatable")
        .argParser(append).default([], "none"),
    )
    .addOption(new Option("--auth <user:password>", "require basic authentication").argParser(credentials))
    .addOption(new Option("--tls-key <file>", "PEM of the private key, for HTTPS"))
    .addOption(new Option("--tls-cert <file>", "PEM of the certificate, for HTTPS"))
    .addOption(
      new Option("--task-host <host>", "host of an agent that tasks run on; repeatable")
        .argParser(append).default([], "127.0.0.1"),
    )
    .addOption(
      new Option("--service-ports <range>", "where service ports given as 0 come from")
        .argParser(portRange).default({ min: 10_000, max: 20_000 }, "10000-20000"),
    )
    .addOption(milliseconds("--staging <ms>", "TASK_STAGING before TASK_RUNNING").default(500))
    .addOption(milliseconds("--healthy <ms>", "TASK_RUNNING before the first health result").default(500))
    .addOption(
      milliseconds("--kill-grace <ms>", "TASK_KILLING, still serving, before TASK_KILLED").default(3000),
    )
    .addOption(milliseconds("--relaunch <ms>", "pause before a failed task is replaced").default(1000))
    .addOption(
      milliseconds("--keep-alive <ms>", "between keep-alives of an event stream").default(
        defaultTimings.keepAliveMs,
      ),
    )
    .addOption(
      new Option("--framing <kind>", "how events that happen together are framed").choices(framings).default(
        "one-each",
      ),
    )
    .addOption(
      new Option("--redirect-status <status>", "of the redirection to the leader")
        .choices(["302", "307"]).argParser(redirectStatus).default(307),
    );
}

function append(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function number(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  });
}

function port(flags: string, description: string): Option {
  return number(flags, description, 0, 65_535);
}

function milliseconds(flags: string, description: string): Option {
  return number(flags, description, 0, 86_400_000);
}

function credentials(text: string): Credentials {
  const colon = text.indexOf(":");
  if (colon < 1) throw new InvalidArgumentError("It must be user:password.");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function portRange(text: string): PortRange {
  const [, min, max] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
  if (min && max && min <= max && max <= 65_535) return { min, max };
  throw new InvalidArgumentError("It must be two ports, such as 10000-20000.");
}

function redirectStatus(text: string): number {
  if (text === "302" || text === "307") return Number(text);
  throw new InvalidArgumentError("It must be 302 or 307.");
}
