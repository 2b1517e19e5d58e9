import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Bench } from "./Bench.ts";

/** Gives HAProxy a command as an operator does, by the socket in its configuration, which has to take it. */
export async function askHaproxy(bench: Bench, command: string): Promise<void> {
  const socket = connect({ path: bench.path("run/socket") });
  socket.write(`${command}\n`);
  const answer = (await text(socket)).trim();
  assert.match(answer, /^$|changed from|deleted|no need to change/i, `${command}: ${answer}`);
}
