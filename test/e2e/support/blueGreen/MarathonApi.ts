import assert from "node:assert/strict";

/** An app as a deployment tool sees it in Marathon's answers. */
export interface DeployedApp {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly deployments: readonly unknown[];
  /** In the answer for one app only. */
  readonly tasks?: readonly DeployedTask[];
  /** Before Marathon 1.5. */
  readonly ports?: readonly number[];
}

export interface DeployedTask {
  readonly id: string;
  readonly host: string;
  readonly ports: readonly number[];
}

/** The requests to Marathon that a blue/green deployment consists of. Each rejects when the answer is an error. */
export class MarathonApi {
  constructor(private readonly url: string) {}

  async apps(): Promise<DeployedApp[]> {
    return (await this.#send("GET", "/v2/apps") as { apps: DeployedApp[] }).apps;
  }

  async app(id: string): Promise<DeployedApp> {
    return (await this.#send("GET", `/v2/apps${id}`) as { app: DeployedApp }).app;
  }

  async create(app: object): Promise<void> {
    await this.#send("POST", "/v2/apps", app);
  }

  async scale(id: string, instances: number): Promise<void> {
    await this.#send("PUT", `/v2/apps${id}`, { instances });
  }

  /** Kills tasks and takes them off their app's number of instances. */
  async killAndScale(ids: readonly string[]): Promise<void> {
    await this.#send("POST", "/v2/tasks/delete?scale=true", { ids });
  }

  async remove(id: string): Promise<void> {
    await this.#send("DELETE", `/v2/apps${id}`);
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { "content-type": "application/json", connection: "close" };
    const response = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
