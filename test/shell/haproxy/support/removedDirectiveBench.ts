import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RemovedDirectiveCase } from "./removedDirectiveCases.ts";

/** Fields that Node and HAProxy set by themselves, and those that say what to do. */
const unseen = /^(?:connection|date|content-length|keep-alive|transfer-encoding|case-index|answer-with)$/;

/** A server that says what it got, and answers with the fields that the request asks for. */
export async function startEcho(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const seen = [`${incoming.method} ${incoming.url}`, ...fields(incoming.rawHeaders, ">")];
    const wanted: string[] = JSON.parse(incoming.headers["answer-with"] as string);
    const headers = wanted.flatMap((field) => [field.slice(0, field.indexOf(": ")), field.split(": ")[1]!]);
    outgoing.writeHead(200, headers);
    outgoing.end(JSON.stringify(seen));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Backends in sections of their own, and a frontend that chooses one by number. */
export function writeSections(server: Server, sections: readonly string[]): { rules: string; more: string } {
  const { port } = server.address() as AddressInfo;
  return {
    rules: "use_backend case%[req.hdr(case-index)]",
    more: sections.map((section, index) =>
      `backend case${index}\n${section}\n  timeout tarpit 1ms\n  server echo 127.0.0.1:${port}\n`
    ).join(""),
  };
}

/** Sends the request of a case; what server and client saw, as in `RemovedDirectiveCase.seen`. */
export function observe(
  port: number,
  index: number,
  { path = "/", headers = [], answer = [] }: RemovedDirectiveCase,
  signal: AbortSignal,
): Promise<string[]> {
  const sent = headers.flatMap((field) => [field.slice(0, field.indexOf(": ")), field.split(": ")[1]!]);
  if (!headers.some((field) => field.startsWith("Host:"))) sent.push("Host", "");
  sent.push("case-index", String(index), "answer-with", JSON.stringify(answer), "Connection", "close");
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers: sent, agent: false, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => body += chunk).on("error", reject).on("end", () => {
        const got: string[] = body.startsWith("[") ? JSON.parse(body) : [];
        const own = response.statusCode === 200 ? fields(response.rawHeaders, "<") : [];
        resolve([...got, String(response.statusCode), ...own]);
      });
    }).on("error", reject).end();
  });
}

function fields(raw: readonly string[], mark: string): string[] {
  const seen: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name, value] = [raw[index]!.toLowerCase(), raw[index + 1]!];
    if (!unseen.test(name) && value !== "") seen.push(`${mark} ${name}: ${value}`);
  }
  return seen;
}
