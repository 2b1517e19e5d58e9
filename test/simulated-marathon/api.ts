// deno-lint-ignore-file no-explicit-any -- Marathon's answers have no types here; the assertions are what checks them
/** An answer of the simulated Marathon, its JSON read. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** Sends a request with an optional JSON body; redirections are not followed. */
export async function api(method: string, url: string, body?: unknown): Promise<ApiAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(url, { method, body: text, redirect: "manual" });
  const answer = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer };
}

/** What the only or first task of an app answers at one of its ports. */
export function taskUrl(task: any, portIndex = 0): string {
  return `http://${task.host}:${task.ports[portIndex]}`;
}
