import type { RequestListener } from "node:http";
import { type AppDefinition, networkModeOf } from "../app/AppDefinition.ts";
import { TaskServer } from "./TaskServer.ts";

/** The ports a task has got, in the order of its app's service ports. */
export interface TaskBinding {
  readonly servers: readonly TaskServer[];
  /** Of the task's own in `container` mode, else of its agent. */
  readonly ipAddress: string;
  /** Ports of the agent; none in `container` mode, where the ports are those of the port mappings. */
  readonly ports: readonly number[];
}

/**
 * Binds the ports of a new task. In `container` mode the task gets its own address in 127.0.0.0/8. On Linux all of that
 * is loopback, elsewhere only 127.0.0.1. Rejects when a port cannot be had.
 */
export async function bindTask(
  definition: AppDefinition,
  agentHost: string,
  handlerOf: (portIndex: number) => RequestListener,
): Promise<TaskBinding> {
  const mappings = definition.container?.portMappings ?? [];
  switch (networkModeOf(definition)) {
    case "host": {
      const wanted = (definition.portDefinitions ?? []).map(({ port }) => definition.requirePorts ? port : 0);
      return await bindOnAgent(agentHost, wanted, handlerOf);
    }
    case "container/bridge":
      return await bindOnAgent(agentHost, mappings.map(({ hostPort }) => hostPort ?? 0), handlerOf);
    case "container":
      return await bindOnOwnAddress(mappings.map(({ containerPort }) => containerPort), handlerOf);
  }
}

async function bindOnAgent(
  host: string,
  wanted: readonly number[],
  handlerOf: (portIndex: number) => RequestListener,
): Promise<TaskBinding> {
  const servers = await listenOnAll(host, wanted, handlerOf);
  return { servers, ipAddress: host, ports: servers.map((server) => server.port) };
}

async function bindOnOwnAddress(
  wanted: readonly number[],
  handlerOf: (portIndex: number) => RequestListener,
): Promise<TaskBinding> {
  for (let attempt = 1;; attempt++) {
    const ipAddress = randomLoopbackAddress();
    try {
      return { servers: await listenOnAll(ipAddress, wanted, handlerOf), ipAddress, ports: [] };
    } catch (error) {
      // Another task, perhaps of another process, may have drawn the same address.
      const clash = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!clash || attempt === 10) throw error;
    }
  }
}

/** All or none of the ports. */
async function listenOnAll(
  host: string,
  wanted: readonly number[],
  handlerOf: (portIndex: number) => RequestListener,
): Promise<TaskServer[]> {
  const servers: TaskServer[] = [];
  try {
    for (const [index, port] of wanted.entries()) {
      servers.push(await TaskServer.listen(host, port, handlerOf(index)));
    }
    return servers;
  } catch (error) {
    await Promise.all(servers.map((server) => server.destroy()));
    throw error;
  }
}

function randomLoopbackAddress(): string {
  const part = () => 1 + Math.floor(Math.random() * 254);
  return `127.${part()}.${part()}.${part()}`;
}
