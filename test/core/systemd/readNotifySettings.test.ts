import assert from "node:assert/strict";
import { type NotifySettings, readNotifySettings } from "../../../lib/core/systemd/readNotifySettings.ts";

const socket = "/run/systemd/notify";
const NOTIFY_SOCKET = socket;

const cases: [name: string, environment: Record<string, string>, settings: NotifySettings | undefined][] = [
  ["nobody wants any", {}, undefined],
  ["an empty variable", { NOTIFY_SOCKET: "" }, undefined],
  ["a watchdog without a socket", { WATCHDOG_USEC: "60000000" }, undefined],
  ["a path", { NOTIFY_SOCKET }, { socket, watchdog: undefined }],
  ["an abstract socket", { NOTIFY_SOCKET: "@a/b@c" }, { socket: "\0a/b@c", watchdog: undefined }],
  ["a watchdog", { NOTIFY_SOCKET, WATCHDOG_USEC: "60000000" }, { socket, watchdog: 60_000 }],
  ["one for us", { NOTIFY_SOCKET, WATCHDOG_USEC: "500", WATCHDOG_PID: "42" }, { socket, watchdog: 0.5 }],
  ["one for another process", { NOTIFY_SOCKET, WATCHDOG_USEC: "500", WATCHDOG_PID: "43" }, {
    socket,
    watchdog: undefined,
  }],
  ["one that is off", { NOTIFY_SOCKET, WATCHDOG_USEC: "0" }, { socket, watchdog: undefined }],
  ["one that is no number", { NOTIFY_SOCKET, WATCHDOG_USEC: "1 min" }, { socket, watchdog: undefined }],
];
for (const [name, environment, settings] of cases) {
  Deno.test(`readNotifySettings: ${name}`, () => {
    assert.deepEqual(readNotifySettings(environment, 42), settings);
  });
}

for (const address of ["vsock:2:1234", "notify", "/", "@"]) {
  Deno.test(`readNotifySettings: ${address} is refused`, () => {
    assert.throws(() => readNotifySettings({ NOTIFY_SOCKET: address }, 42), {
      message: `NOTIFY_SOCKET is "${address}", but should be the path of a socket, or @ and an abstract name`,
    });
  });
}
