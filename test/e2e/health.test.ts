import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";

endToEnd(
  "`marathon-lb health` tells by its exit code whether the one that runs is healthy",
  async (bench) => {
    // With the flags of the one that runs, or with the one flag that it needs.
    const ask = () => bench.run(["health", "--run-dir", bench.path("run")]);
    const before = await ask();
    assert.equal(before.code, 1);
    assert.deepEqual(before.lines.length, 1);
    assert.match(
      before.lines[0]!,
      /^marathon-lb: unhealthy: no marathon-lb listens on .*\/run\/marathon-lb\.sock: start it, or set --run-dir /,
    );

    const marathon = await bench.startMarathon();
    const lb = await bench.serve({ flags: ["--health-after", "0"] });
    assert.deepEqual(await ask(), { code: 0, output: "healthy\n", lines: [] });
    assert.deepEqual(await bench.run(["health", ...bench.flags]), {
      code: 0,
      output: "healthy\n",
      lines: [],
    });

    await marathon.stop();
    await eventually(async () => {
      const { code, output, lines } = await ask();
      assert.deepEqual([code, output], [1, ""]);
      assert.match(
        lines.join("\n"),
        /^marathon-lb: unhealthy: There has been no event stream for \d+ s: .*$/m,
      );
      assert.equal(lines.length, 1);
    });

    lb.signal("SIGKILL");
    await lb.exited;
    const { code, lines } = await ask();
    assert.equal(code, 1);
    // Under Deno a HAProxy that was left behind has inherited the socket, on which nobody answers.
    assert.match(
      lines.join("\n"),
      /^marathon-lb: unhealthy: (no marathon-lb listens on|.*has not answered within 5 s)/,
    );
  },
);

endToEnd("`marathon-lb health` takes flags, and no more words", async (bench) => {
  const { code, lines } = await bench.run(["health", "now"]);
  assert.equal(code, 2);
  assert.deepEqual(lines, ['marathon-lb: health: expected flags after it, got the word "now"; see --help']);
});
