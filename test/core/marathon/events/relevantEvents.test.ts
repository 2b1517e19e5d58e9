import assert from "node:assert/strict";
import {
  eventStreamPath,
  isRelevantEvent,
  relevantEvents,
} from "../../../../lib/core/marathon/events/relevantEvents.ts";

Deno.test("the stream is asked for exactly the kinds that matter", () => {
  const url = new URL(eventStreamPath, "http://marathon");
  assert.equal(url.pathname, "/v2/events");
  assert.equal(url.searchParams.get("plan-format"), "light");
  const asked = url.searchParams.getAll("event_type");
  assert.deepEqual(asked, relevantEvents.map(({ eventType }) => eventType));
  assert.equal(new Set(asked).size, asked.length);
  for (const type of ["api_post_event", "status_update_event", "health_status_changed_event"]) {
    assert.ok(asked.includes(type), type);
  }
});

Deno.test("other kinds lead to nothing", () => {
  assert.ok(isRelevantEvent("instance_changed_event"));
  assert.ok(!isRelevantEvent("event_stream_attached"));
  assert.ok(!isRelevantEvent("deployment_info"));
});
