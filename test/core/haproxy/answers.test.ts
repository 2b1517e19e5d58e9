import assert from "node:assert/strict";
import {
  parseReloadAnswer,
  parseServersState,
  parseShowProc,
  servingWorker,
  splitPromptAnswers,
  withoutOldMaintenance,
  withoutServers,
} from "../../../lib/core/haproxy/answers.ts";

const answers: [answer: string, expected: ReturnType<typeof parseReloadAnswer>][] = [
  [
    "Success=1\n--\n[NOTICE]   (9427) : Loading success.\n",
    { success: true, log: "[NOTICE]   (9427) : Loading success." },
  ],
  ["Success=0\n--\n[ALERT]    (1) : a\n[ALERT]    (1) : b", {
    success: false,
    log: "[ALERT]    (1) : a\n[ALERT]    (1) : b",
  }],
  ["Success=0\n--\nAnother reload is still in progress.", {
    success: false,
    log: "Another reload is still in progress.",
  }],
  // Built without shared memory, HAProxy has no log to show.
  ["Success=1\n", { success: true, log: "" }],
  ["", undefined],
  ["Unknown command", undefined],
];

for (const [answer, expected] of answers) {
  Deno.test(`parseReloadAnswer: ${JSON.stringify(answer)}`, () => {
    assert.deepEqual(parseReloadAnswer(answer), expected);
  });
}

const columns =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
  "srv_agent_addr srv_agent_port";

// As HAProxy 2.6.12 answered; 2.8.0 and 3.2.0 answer the same.
const recorded = `1
${columns}
2 b 5 old 127.0.0.1 2 0 1 1 1 1 0 2 0 0 0 1 - 9 - 0 0 - - 0
2 b 77 s 127.0.0.1 0 1 1 1 0 1 0 0 2 0 0 1 - 81 - 0 0 - - 0
2 b 78 t 10.0.0.7 0 5 1 1 0 1 0 0 0 0 0 1 - 82 - 0 0 - - 0
`;

Deno.test("parseServersState: what HAProxy answers", () => {
  assert.deepEqual(parseServersState(recorded), [
    { name: "old", address: "127.0.0.1", port: 9, inMaintenance: false },
    { name: "s", address: "127.0.0.1", port: 81, inMaintenance: true },
    { name: "t", address: "10.0.0.7", port: 82, inMaintenance: true },
  ]);
});

const row = (admin: number) => `2 b 5 old 127.0.0.1 2 ${admin} 1 1 1 1 0 2 0 0 0 1 - 9 - 0 0 - - 0`;
const states: [admin: number, inMaintenance: boolean, what: string][] = [
  [0x00, false, "ready"],
  [0x01, true, "maintenance"],
  [0x02, true, "maintenance by the server it tracks"],
  [0x04, false, "enabled, though disabled in the file"],
  [0x05, true, "disabled in the file"],
  [0x08, false, "drain"],
  [0x20, true, "no address was resolved"],
  [0x40, false, "a name was given by a command"],
];
for (const [admin, expected, what] of states) {
  Deno.test(`parseServersState: ${what}`, () => {
    assert.deepEqual(
      parseServersState(`1\n${columns}\n${row(admin)}`)?.map(({ inMaintenance }) => inMaintenance),
      [
        expected,
      ],
    );
  });
}

Deno.test("parseServersState: columns are found by their names", () => {
  const answer = "1\n# srv_port srv_name new srv_admin_state srv_addr\n80 s x 0 10.0.0.1\n";
  assert.deepEqual(parseServersState(answer), [{
    name: "s",
    address: "10.0.0.1",
    port: 80,
    inMaintenance: false,
  }]);
});

Deno.test("parseServersState: a backend without servers", () => {
  assert.deepEqual(parseServersState(`1\n${columns}\n`), []);
});

const others = [
  "",
  "Can't find backend.",
  "Permission denied",
  `2\n${columns}\n${row(0)}`,
  `1\n${columns.replace("srv_port ", "")}\n`,
  "1\n",
  columns,
];
for (const answer of others) {
  Deno.test(`parseServersState: something else: ${JSON.stringify(answer.slice(0, 40))}`, () => {
    assert.equal(parseServersState(answer), undefined);
  });
}

const head = "#<PID>          <type>          <reloads>       <uptime>        <version>      \n";

Deno.test("parseShowProc: 2.6 with old workers and a program", () => {
  const processes = parseShowProc(
    head +
      "4587            master          3 [failed: 1]   0d00h01m27s     2.6.12-1+deb12u4\n" +
      "# workers\n" +
      "5480            worker          1               0d00h00m02s     2.6.12-1+deb12u4\n" +
      "# old workers\n" +
      "4815            worker          2               0d00h01m25s     2.6.11\n" +
      "4701            worker          3               0d00h01m26s     2.6.11\n" +
      "# programs\n" +
      "4600            exporter        0               0d00h01m27s     -\n\n",
  );
  assert.deepEqual(processes, {
    master: { pid: 4587, reloads: 3, failed: 1, version: "2.6.12-1+deb12u4", seconds: 87 },
    workers: [{ pid: 5480, reloads: 1, version: "2.6.12-1+deb12u4", seconds: 2 }],
    oldWorkers: [
      { pid: 4815, reloads: 2, version: "2.6.11", seconds: 85 },
      { pid: 4701, reloads: 3, version: "2.6.11", seconds: 86 },
    ],
  });
  assert.equal(servingWorker(processes!)?.pid, 5480);
});

Deno.test("parseShowProc: 3.2 after a failed reload, where the worker that serves is an old one", () => {
  const processes = parseShowProc(
    head +
      "9427            master          4 [failed: 1]   0d00h00m04s     3.2.0-e134140d2\n" +
      "# workers\n" +
      "# old workers\n" +
      "9600            worker          3               0d00h00m00s     3.2.0-e134140d2\n" +
      "9732            worker          1               0d00h00m00s     3.2.0-e134140d2\n",
  );
  assert.deepEqual(processes?.workers, []);
  assert.equal(servingWorker(processes!)?.pid, 9732);
});

Deno.test("parseShowProc: without any worker", () => {
  const processes = parseShowProc(`${head}17  master  0 [failed: 0]  0d00h00m00s  2.6.12\n# workers\n`);
  assert.equal(processes && servingWorker(processes), undefined);
  assert.equal(processes?.master.pid, 17);
});

for (const busy of ["", "\n", head, "Unknown command\n"]) {
  Deno.test(`parseShowProc: nothing in ${JSON.stringify(busy.slice(0, 20))}`, () => {
    assert.equal(parseShowProc(busy), undefined);
  });
}

const table: [what: string, output: string, expected: string[] | undefined][] = [
  // As HAProxy 2.6.12 answered to `add server`, the same again, `enable server`, `enable health`, `quit`.
  [
    "HAProxy 2.6",
    "master> 24029> New server registered.\n\n24029> 'id' : custom id 77 already used at (null):0 ('server s').\n" +
    "\n24029> \n24029> \n24029> 24029> \n",
    [
      "New server registered.",
      "'id' : custom id 77 already used at (null):0 ('server s').",
      "",
      "",
      "24029>",
    ],
  ],
  // HAProxy 2.6 and 2.8 leave out the empty line behind this one; 3.2 does not.
  [
    "an answer of one line only",
    "master> 24486> Server deleted.\n24486> New server registered.\n\n24486> 24486> \n",
    ["Server deleted.", "New server registered.", "24486>"],
  ],
  ["an answer of several lines", "master> 7> 1\n# a b\n1 2\n\n7> \n7> ", ["1\n# a b\n1 2", "", ""]],
  ["an answer that ends early", "master> 7> \n7> New ser", ["", "New ser"]],
  ["another number in an answer", "master> 7> 8> \n7> ", ["8>", ""]],
  ["a mode that is set first", "master> 7> 7(x)> Done.\n\n7(x)> \n7(x)> ", ["", "Done.", "", ""]],
  ["nothing yet", "", undefined],
  ["the master only", "master> ", undefined],
];
for (const [what, output, expected] of table) {
  Deno.test(`splitPromptAnswers: ${what}`, () => assert.deepEqual(splitPromptAnswers(output), expected));
}

const state = (...rows: string[]) =>
  ["1", "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight", ...rows].join(
    "\n",
  );
const withoutOldMaintenanceRow = (admin: string) => `3 app 4 s 10.0.0.4 4 ${admin} 4`;

const withoutOldMaintenanceTable: [admin: string, expected: string, what: string][] = [
  ["0", "0", "one that serves"],
  ["1", "1", "one that was put in maintenance by hand"],
  ["4", "0", "one that was enabled since the load"],
  ["5", "5", "one that its file has in maintenance"],
  ["8", "8", "one that drains"],
  ["12", "8", "one that was enabled since the load, and drains"],
];
for (const [admin, expected, what] of withoutOldMaintenanceTable) {
  Deno.test(`withoutOldMaintenance: ${what}`, () => {
    assert.equal(
      withoutOldMaintenance(state(withoutOldMaintenanceRow(admin), withoutOldMaintenanceRow("0"))),
      state(withoutOldMaintenanceRow(expected), withoutOldMaintenanceRow("0")),
    );
  });
}

Deno.test("withoutOldMaintenance: without servers, and what is no state", () => {
  for (const text of [state(), "", "Permission denied\n4 4 4 4 4 4 4 4", "1\n# be_id be_name\n4 4"]) {
    assert.equal(withoutOldMaintenance(text), text);
  }
});

const withoutServersHead = "1\n# be_id be_name srv_id srv_name srv_addr\n";
const withoutServersState = `${withoutServersHead}3 a 1 s1 10.0.0.1\n3 a 2 s2 10.0.0.2\n4 b 1 s1 10.0.0.3\n`;

Deno.test("withoutServers: leaves out servers of these names in their backends", () => {
  assert.equal(
    withoutServers(withoutServersState, new Set(["a/s1", "b/s2"])),
    `${withoutServersHead}3 a 2 s2 10.0.0.2\n4 b 1 s1 10.0.0.3\n`,
  );
  assert.equal(withoutServers(withoutServersState, new Set()), withoutServersState);
});
