import assert from "node:assert/strict";
import {
  deploymentEvents,
  type EventFrame,
  eventsPath,
  eventStreamPath,
  firstWait,
  isRelevantEvent,
  type MarathonEvent,
  nextWait,
  podEvents,
  readEventFrame,
  relevantEvents,
} from "../../../lib/core/marathon/events.ts";

const cases: { name: string; frame: EventFrame; events: MarathonEvent[]; problems?: string[] }[] = [
  {
    name: "a task event states its app",
    frame: { event: "status_update_event", data: '{"eventType":"status_update_event","appId":"/a"}' },
    events: [{ eventType: "status_update_event", appId: "/a" }],
  },
  {
    name: "an instance event states its run specification",
    frame: { data: '{"eventType":"instance_changed_event","runSpecId":"/a/b"}' },
    events: [{ eventType: "instance_changed_event", appId: "/a/b" }],
  },
  {
    name: "an API event holds the app's definition",
    frame: { data: '{"eventType":"api_post_event","appDefinition":{"id":"/c"}}' },
    events: [{ eventType: "api_post_event", appId: "/c" }],
  },
  {
    name: "an app id that is no text is none",
    frame: { data: '{"eventType":"api_post_event","appId":7,"appDefinition":null}' },
    events: [{ eventType: "api_post_event" }],
  },
  ...["/../../v2/leader?x", "/../../v2/leader", "web", "/a b", "/", `/${"x".repeat(2 ** 20)}`].map((id) => ({
    name: `an app id that is no id, ${id.slice(0, 30)}, is none: any app may have changed`,
    frame: { data: JSON.stringify({ eventType: "api_post_event", appDefinition: { id } }) },
    events: [{ eventType: "api_post_event" }],
  })),
  {
    name: "several objects in one frame",
    frame: { event: "x", data: '{"eventType":"a"}\n{"eventType":"b"}\r\n{"eventType":"c"}\r\n' },
    events: [{ eventType: "a" }, { eventType: "b" }, { eventType: "c" }],
  },
  {
    name: "one object over several lines",
    frame: { data: '{\n"eventType":\n"a"\n}' },
    events: [{ eventType: "a" }],
  },
  {
    name: "an object without eventType has the name of its frame",
    frame: { event: "app_terminated_event", data: '{"appId":"/a"}' },
    events: [{ eventType: "app_terminated_event", appId: "/a" }],
  },
  {
    name: "without any name it is a problem",
    frame: { data: '{"appId":"/a"}' },
    events: [],
    problems: ["Ignored an event of 14 characters: it is a JSON object without an eventType"],
  },
  {
    name: "what is malformed does not hide what is not, and is not quoted",
    frame: {
      event: "api_post_event",
      data: '{"eventType":"a"}\n{"password":"secret\n[1]\n{"eventType":"b"}',
    },
    events: [{ eventType: "a" }, { eventType: "b" }],
    problems: [
      'Ignored an event named "api_post_event" of 19 characters: it is not JSON',
      'Ignored an event named "api_post_event" of 3 characters: it is JSON, but not an object',
    ],
  },
  {
    name: "null is no event",
    frame: { data: "null" },
    events: [],
    problems: [
      "Ignored an event of 4 characters: it is JSON, but not an object",
    ],
  },
  { name: "an empty frame is nothing", frame: { event: "x", data: "" }, events: [] },
];

for (const { name, frame, events, problems = [] } of cases) {
  Deno.test(`readEventFrame: ${name}`, () => {
    assert.deepEqual(readEventFrame(frame), { events, problems });
  });
}

Deno.test("the wait grows by half from 3 s up to the bound", () => {
  const waits = [firstWait];
  for (let attempt = 0; attempt < 4; attempt++) waits.push(nextWait(waits.at(-1)!, 10_000));
  assert.deepEqual(waits, [3_000, 4_500, 6_750, 10_000, 10_000]);
});

Deno.test("the stream is asked for exactly the kinds that matter", () => {
  const url = new URL(eventStreamPath, "http://marathon");
  assert.equal(url.pathname, "/v2/events");
  assert.equal(url.searchParams.get("plan-format"), "light");
  const asked = url.searchParams.getAll("event_type");
  assert.deepEqual(asked, [...relevantEvents.map(({ eventType }) => eventType), ...deploymentEvents]);
  assert.equal(new Set(asked).size, asked.length);
  for (const type of ["api_post_event", "status_update_event", "health_status_changed_event"]) {
    assert.ok(asked.includes(type), type);
  }
});

Deno.test("with --pods the kinds of pods are asked for too, and matter only then", () => {
  const url = new URL(eventsPath(true), "http://marathon");
  const kinds = podEvents.map(({ eventType }) => eventType);
  assert.deepEqual(url.searchParams.getAll("event_type").slice(-kinds.length), kinds);
  assert.equal(eventsPath(), eventStreamPath);
  for (const kind of kinds) {
    assert.deepEqual([isRelevantEvent(kind), isRelevantEvent(kind, true)], [false, true]);
  }
});

Deno.test("other kinds lead to nothing", () => {
  assert.ok(isRelevantEvent("instance_changed_event"));
  assert.ok(!isRelevantEvent("event_stream_attached"));
  assert.ok(!isRelevantEvent("deployment_info"));
});

Deno.test("readEventFrame: a deployment event is one for each of its apps, and none without any", () => {
  const actions = (...apps: unknown[]) => ({
    actions: apps.map((app) => ({ action: "StartApplication", app })),
  });
  const event = (members: object) =>
    readEventFrame({ data: JSON.stringify({ eventType: "deployment_success", ...members }) });
  const plan = { steps: [actions("/a", "/b"), actions("/b", "no id", 7), null] };
  assert.deepEqual(event({ plan, currentStep: actions("/c") }), {
    events: ["/a", "/b", "/c"].map((appId) => ({ eventType: "deployment_success", appId })),
    problems: [],
  });
  assert.deepEqual(event({ id: "x" }), { events: [], problems: [] });
  assert.deepEqual(event({ plan: { steps: {} }, currentStep: [] }), { events: [], problems: [] });
});
